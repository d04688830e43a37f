"""How many pay dates a year has (P), and what age means for QPP on a pay date."""

import calendar
import datetime as dt
import typing
from collections.abc import Sequence

from karvo.kit.errors import invalid
from karvo.payroll.schemas.employees import Exemptions
from karvo.payroll.schemas.settings import PayCalendar

FIXED = {'semi_monthly': 24, 'monthly': 12}
DAYS = {'weekly': 7, 'biweekly': 14}
ALLOWED = {'weekly': (52, 53), 'biweekly': (26, 27), 'semi_monthly': (24,), 'monthly': (12,)}


class QppStanding(typing.NamedTuple):
    """Whether QPP is withheld, and of how many months its maximums are (PM)."""

    is_exempt: bool
    months: int


def pay_dates(frequency: str, year: int, anchor: dt.date) -> int:
    """Pay dates of a weekly or biweekly calendar in a year: those whole steps from the anchor."""
    step = DAYS[frequency]
    first = dt.date(year, 1, 1)
    ahead = (anchor - first).days % step
    days = 366 if calendar.isleap(year) else 365
    return (days - 1 - ahead) // step + 1


def periods_of(
    frequency: str, pay_date: dt.date, calendars: Sequence[PayCalendar], anchor: dt.date
) -> int:
    """P of the pay date's year, fixed at the start of the year (facts 2).

    By the company's calendar: its number for the year, else its anchor; without one by `anchor`,
    a pay date that there was.
    """
    if frequency in FIXED:
        return FIXED[frequency]
    own = [one for one in calendars if one.frequency == frequency]
    for one in own:
        if one.year == pay_date.year and one.periods is not None:
            return one.periods
    known = next((one.anchor for one in own if one.anchor and one.year is None), None)
    known = next((one.anchor for one in own if one.anchor and one.year == pay_date.year), known)
    return pay_dates(frequency, pay_date.year, known or anchor)


def check_periods(frequency: str, periods: int, field: str) -> None:
    """Raises Invalid for a number that no year has."""
    if periods not in ALLOWED[frequency]:
        allowed = ' or '.join(map(str, ALLOWED[frequency]))
        raise invalid(**{field: f'must be {allowed} when paid {frequency}'})


def qpp_standing(
    birth_date: dt.date | None, pay_date: dt.date, exemptions: Exemptions
) -> QppStanding:
    """By age and by form RR-50 (facts 2, special cases).

    None before the month after the 18th birthday, whose year counts the months after it; none from
    January of the year of the 73rd; none from the month after RR-50 was handed in, PM staying 12.
    """
    months = 12 if exemptions.qpp_months is None else exemptions.qpp_months
    if exemptions.qpp or months == 0:
        return QppStanding(True, months)
    if exemptions.rr50_date and pay_date >= _month_after(exemptions.rr50_date):
        return QppStanding(True, 12)
    if birth_date is None:
        return QppStanding(False, months)
    adult = birth_date.year + 18
    if pay_date.year >= birth_date.year + 73:
        return QppStanding(True, months)
    if pay_date < _month_after(dt.date(adult, birth_date.month, 1)):
        return QppStanding(True, months)
    if pay_date.year == adult:
        months = min(months, 12 - birth_date.month)
    return QppStanding(False, months)


def _month_after(date: dt.date) -> dt.date:
    return (date.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


def pays_left(frequency: str, pay_date: dt.date, periods: int) -> int:
    """Pay dates from this one to the end of its year, this one included."""
    if frequency == 'monthly':
        return 13 - pay_date.month
    if frequency == 'semi_monthly':
        return (12 - pay_date.month) * 2 + (2 if pay_date.day <= 15 else 1)
    left = (dt.date(pay_date.year, 12, 31) - pay_date).days // DAYS[frequency] + 1
    return min(left, periods)
