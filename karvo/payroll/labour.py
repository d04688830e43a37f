"""The Act respecting labour standards, as far as it makes pay: overtime, holidays, vacation.

Pure functions; hours and dollars. Section numbers are those of the Act (CQLR c. N-1.1).
"""

import datetime as dt
import typing
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from karvo.kit.errors import invalid
from karvo.kit.money import EXACT, HUNDRED, ZERO, cents

NORMAL_WEEK = Decimal(40)
OVERTIME = Decimal('1.5')
WEEK = dt.timedelta(days=7)
SUNDAY = 6

Easter = typing.Literal['good_friday', 'easter_monday']


class Worked(msgspec.Struct, frozen=True):
    """Hours of a day or part of one; leave is paid annual leave or a paid statutory holiday."""

    hours: Decimal
    is_leave: bool = False


class Hours(msgspec.Struct, frozen=True):
    """What of it is paid at the wage, at 1.5 times the wage, and as leave."""

    regular: Decimal
    overtime: Decimal
    leave: Decimal


def split_week(worked: Sequence[Worked]) -> list[Hours]:
    """The hours of one week, in their order, over 40 in all as overtime (s. 52, 55).

    Leave counts as worked for the 40 hours, wherever in the week it lies (s. 56), but is never
    overtime itself: the last hours worked are. Raises Invalid (hours).
    """
    if any(one.hours < 0 for one in worked):
        raise invalid(hours='must not be negative')
    left = max(sum((one.hours for one in worked), ZERO) - NORMAL_WEEK, ZERO)
    found = []
    for one in reversed(worked):
        over = ZERO if one.is_leave else min(left, one.hours)
        left -= over
        rest = one.hours - over
        found.append(Hours(ZERO, ZERO, rest) if one.is_leave else Hours(rest, over, ZERO))
    return found[::-1]


def overtime_pay(hours: Decimal, wage: Decimal) -> Decimal:
    """1.5 × the hourly wage, premiums computed by the hour left out (s. 55), to the cent."""
    return cents(hours * wage * OVERTIME)


class Holiday(msgspec.Struct, frozen=True):
    """A statutory holiday on the day on which it is to be given."""

    date: dt.date
    name_fr: str
    name_en: str


def holidays(
    year: int, *, easter: Easter = 'good_friday', works_sundays: bool = False
) -> list[Holiday]:
    """The eight paid holidays of a year in Quebec (s. 60; National Holiday Act), in their order.

    The employer chooses Good Friday or Easter Monday. 24 June on a Sunday is given on the 25th to
    who does not normally work on Sundays; 1 July on a Sunday on the 2nd to everybody.
    """
    june, july = dt.date(year, 6, 24), dt.date(year, 7, 1)
    friday, monday = easter_days(year)
    day = dt.timedelta(days=1)
    if easter == 'good_friday':
        spring = Holiday(friday, 'Vendredi saint', 'Good Friday')
    else:
        spring = Holiday(monday, 'Lundi de Pâques', 'Easter Monday')
    if june.weekday() == SUNDAY and not works_sundays:
        june += day
    if july.weekday() == SUNDAY:
        july += day
    return [
        Holiday(dt.date(year, 1, 1), 'Jour de l’An', 'New Year’s Day'),
        spring,
        Holiday(patriots_day(year), 'Journée nationale des patriotes', 'National Patriots’ Day'),
        Holiday(june, 'Fête nationale', 'National Holiday'),
        Holiday(july, 'Fête du Canada', 'Canada Day'),
        Holiday(nth_monday(year, 9, 1), 'Fête du Travail', 'Labour Day'),
        Holiday(nth_monday(year, 10, 2), 'Action de grâces', 'Thanksgiving'),
        Holiday(dt.date(year, 12, 25), 'Noël', 'Christmas Day'),
    ]


def easter_days(year: int) -> tuple[dt.date, dt.date]:
    """Good Friday and Easter Monday."""
    sunday = easter_sunday(year)
    return sunday - dt.timedelta(days=2), sunday + dt.timedelta(days=1)


def easter_sunday(year: int) -> dt.date:
    """The Gregorian computus (Meeus, Jones and Butcher)."""
    century, rest = divmod(year, 100)
    golden = year % 19
    leap, off = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap - moon + 15) % 30
    quad, years = divmod(rest, 4)
    weekday = (32 + 2 * off + 2 * quad - epact - years) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return dt.date(year, month, day + 1)


def nth_monday(year: int, month: int, nth: int) -> dt.date:
    """The nth Monday of a month."""
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=-first.weekday() % 7) + (nth - 1) * WEEK


def patriots_day(year: int) -> dt.date:
    """The Monday before 25 May; the day itself does not count."""
    return dt.date(year, 5, 24) - dt.timedelta(days=dt.date(year, 5, 24).weekday())


def reference_weeks(
    holiday: dt.date, *, weeks: int = 4, first_weekday: int = SUNDAY
) -> tuple[dt.date, dt.date]:
    """First and last day of the complete pay weeks before the week of a holiday (s. 62).

    4 for wages, 12 for commissions. `first_weekday`: 0 is Monday, 6 Sunday.
    """
    start = holiday - dt.timedelta(days=(holiday.weekday() - first_weekday) % 7)
    return start - weeks * WEEK, start - dt.timedelta(days=1)


def holiday_indemnity(wages: Decimal, *, absent_without_reason: bool = False) -> Decimal:
    """1/20 of the wages of the 4 complete weeks of `reference_weeks`, overtime left out (s. 62).

    Nothing for who was absent without reason the working day before or after (s. 65).
    """
    return ZERO if absent_without_reason else _part(wages, 20)


def commission_indemnity(commissions: Decimal, *, absent_without_reason: bool = False) -> Decimal:
    """1/60 of what was earned in the 12 complete weeks of `reference_weeks` (s. 62)."""
    return ZERO if absent_without_reason else _part(commissions, 60)


def _part(amount: Decimal, parts: int) -> Decimal:
    return cents(EXACT.divide(amount, Decimal(parts)))


class Vacation(msgspec.Struct, frozen=True):
    """Working days of annual leave, five to a week, and the indemnity in percent of gross."""

    days: int
    percent: Decimal

    @property
    def weeks(self) -> Decimal:
        """Of five days each."""
        return EXACT.divide(Decimal(self.days), Decimal(5))


def vacation(hired: dt.date, on: dt.date) -> Vacation:
    """What uninterrupted service gives at the end of a reference year, 30 April unless agreed.

    Under a year: a day a month, at most two weeks, 4 % (s. 67). From one year: two weeks, 4 %
    (s. 68). From three: three weeks, 6 % (s. 69). Raises Invalid (hired).
    """
    if hired > on:
        raise invalid(hired='must not be after the end of the reference year')
    months = seniority_months(hired, on)
    if months >= 36:
        return Vacation(15, Decimal(6))
    return Vacation(10 if months >= 12 else min(months, 10), Decimal(4))


def seniority_months(hired: dt.date, on: dt.date) -> int:
    """Whole months from the day of hiring to the end of the day `on`."""
    after = on + dt.timedelta(days=1)
    months = (after.year - hired.year) * 12 + after.month - hired.month
    return months - (after.day < hired.day)


def vacation_pay(wages: Decimal, rights: Vacation) -> Decimal:
    """The indemnity: the percent of the gross wages of the reference year (s. 74)."""
    return cents(EXACT.divide(wages * rights.percent, HUNDRED))
