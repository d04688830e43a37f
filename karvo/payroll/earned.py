"""Gross pay of a period: salary or hours, overtime, holidays, vacation (facts 3). Pure.

Hours beyond 40 in a week are overtime at 1.5; paid holidays and vacation count as worked (s. 55,
56). A statutory holiday gives 1/20 of the wages of the four complete weeks before its week.
"""

import datetime as dt
import typing
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import msgspec

from karvo.kit.money import EXACT, HUNDRED, ZERO, cents, quantize
from karvo.payroll.labour import (
    OVERTIME,
    Worked,
    holiday_indemnity,
    reference_weeks,
    split_week,
)

DAY = dt.timedelta(days=1)
WEEKS_A_YEAR = Decimal(52)
LEAVE = ('holiday', 'vacation')  #: counts for the 40 hours and is no overtime itself (s. 56)
WAGES = ('regular', 'vacation', 'sick', 'holiday')  #: what a holiday's indemnity is a part of


class Sheet(msgspec.Struct, kw_only=True):
    """A timesheet as it is paid; `is_own` ones are of this pay, others of earlier ones."""

    id: int
    employee_id: int
    date: dt.date
    hours: Decimal
    type: str
    rate_multiplier: Decimal
    is_own: bool
    paid_rate: Decimal | None = None  #: dollars an hour at which an earlier run paid it


class Terms(msgspec.Struct, kw_only=True):
    """How somebody is paid."""

    pay_type: str
    pay_rate: Decimal
    weekly_hours: Decimal
    hire_date: dt.date | None
    termination_date: dt.date | None
    vacation_pct: Decimal
    vacation_method: str
    covered: list[tuple[dt.date, dt.date]] = []  #: days that another run has paid

    def is_employed(self, day: dt.date) -> bool:
        return (self.hire_date is None or self.hire_date <= day) and (
            self.termination_date is None or day <= self.termination_date
        )

    def is_due(self, day: dt.date) -> bool:
        """Employed, and not paid for the day by a run of another frequency."""
        return self.is_employed(day) and not any(a <= day <= b for a, b in self.covered)


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """The days that are paid, both ends counted; its statutory holidays."""

    start: dt.date
    end: dt.date
    periods: int
    week_starts: int  #: weekday, Monday = 0
    holidays: tuple[dt.date, ...]

    def week_of(self, day: dt.date) -> dt.date:
        """The first day of its week."""
        return day - ((day.weekday() - self.week_starts) % 7) * DAY

    @property
    def first_needed(self) -> dt.date:
        """From when on timesheets matter to this period's pay."""
        days = [self.week_of(self.start)]
        days += [self.reference(day)[0] for day in self.holidays]
        return min(days)

    def reference(self, holiday: dt.date) -> tuple[dt.date, dt.date]:
        """The weeks of whose wages the holiday's indemnity is a part, both ends counted."""
        return reference_weeks(holiday, first_weekday=self.week_starts)


class Earning(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the gross pay, dollars; `rate` is dollars an hour."""

    code: str
    amount: Decimal
    hours: Decimal | None = None
    rate: Decimal | None = None
    note: str | None = None


def earnings(terms: Terms, period: Period, sheets: Sequence[Sheet]) -> list[Earning]:
    """The lines of a regular pay, lump sums apart; vacation paid with each pay among them."""
    paid = _salary if terms.pay_type == 'salary' else _hourly
    lines = [line for line in paid(terms, period, sheets) if line.amount]
    if terms.vacation_method == 'each_pay' and terms.vacation_pct:
        base = sum((line.amount for line in lines), ZERO)
        lines.append(
            Earning(code='vacation_pay', amount=cents(base * terms.vacation_pct / HUNDRED))
        )
    return lines


def hourly_value(terms: Terms) -> Decimal:
    """Dollars an hour; of a salary by the hours of its weeks, to four decimals."""
    if terms.pay_type == 'hourly':
        return terms.pay_rate
    return quantize(EXACT.divide(terms.pay_rate, WEEKS_A_YEAR * terms.weekly_hours), 4)


def usual_pay(terms: Terms, periods: int) -> Decimal:
    """Dollars of a whole period by the terms alone: what a lump sum is added to for its taxes."""
    yearly = terms.pay_rate
    if terms.pay_type == 'hourly':
        yearly = terms.pay_rate * terms.weekly_hours * WEEKS_A_YEAR
    return cents(EXACT.divide(yearly, Decimal(periods)))


def _salary(terms: Terms, period: Period, sheets: Sequence[Sheet]) -> Iterator[Earning]:
    """A P-th of the year's salary, for the days of employment; overtime that was entered."""
    whole = cents(EXACT.divide(terms.pay_rate, Decimal(period.periods)))
    amount, value = _prorated(whole, terms, period), hourly_value(terms)
    own = [sheet for sheet in sheets if sheet.is_own]
    away = _hours(own, 'vacation'), _hours(own, 'unpaid')
    vacation = min(cents(away[0] * value), amount)
    unpaid = min(cents(away[1] * value), amount - vacation)
    yield Earning(code='salary', amount=amount - vacation - unpaid)
    yield Earning(code='vacation', amount=vacation, hours=away[0], rate=value)
    yield from _grouped('overtime', value, [sheet for sheet in own if sheet.type == 'overtime'])


def _prorated(whole: Decimal, terms: Terms, period: Period) -> Decimal:
    """By the weekdays of the period for which the employee is due a salary."""
    days = [day for day in _days(period.start, period.end) if day.weekday() < 5]
    due = sum(terms.is_due(day) for day in days)
    if not days or due == len(days):
        return whole
    return cents(EXACT.divide(whole * due, Decimal(len(days))))


def _days(start: dt.date, end: dt.date) -> Iterator[dt.date]:
    for n in range((end - start).days + 1):
        yield start + n * DAY


def _hourly(terms: Terms, period: Period, sheets: Sequence[Sheet]) -> Iterator[Earning]:
    own = [sheet for sheet in sheets if sheet.is_own]
    beyond = overtime_of(period, sheets)
    regular = [
        msgspec.structs.replace(sheet, hours=sheet.hours - beyond.get(sheet.id, ZERO))
        for sheet in own
        if sheet.type == 'regular'
    ]
    yield from _grouped('regular', terms.pay_rate, regular)
    over = [
        msgspec.structs.replace(sheet, hours=beyond[sheet.id], rate_multiplier=OVERTIME)
        for sheet in own
        if beyond.get(sheet.id)
    ]
    entered = [sheet for sheet in own if sheet.type == 'overtime']
    yield from _grouped('overtime', terms.pay_rate, [*over, *entered])
    for kind in ('vacation', 'sick'):
        yield from _grouped(kind, terms.pay_rate, [sheet for sheet in own if sheet.type == kind])
    off = [s for s in own if s.type == 'holiday' and s.date not in period.holidays]
    yield from _grouped('holiday', terms.pay_rate, off)
    for day in period.holidays:
        if terms.is_due(day):
            yield Earning(code='holiday_indemnity', amount=indemnity(terms, period, day, sheets))


def overtime_of(period: Period, sheets: Iterable[Sheet]) -> dict[int, Decimal]:
    """{timesheet: its hours beyond 40 in their week}."""
    weeks: dict[dt.date, list[Sheet]] = {}
    for sheet in sorted(sheets, key=lambda sheet: (sheet.date, sheet.id)):
        if sheet.type == 'regular' or sheet.type in LEAVE:
            weeks.setdefault(period.week_of(sheet.date), []).append(sheet)
    found: dict[int, Decimal] = {}
    for week in weeks.values():
        split = split_week([Worked(sheet.hours, sheet.type in LEAVE) for sheet in week])
        found |= {
            sheet.id: hours.overtime
            for sheet, hours in zip(week, split, strict=True)
            if hours.overtime
        }
    return found


def indemnity(terms: Terms, period: Period, day: dt.date, sheets: Sequence[Sheet]) -> Decimal:
    """1/20 of the wages of the four complete weeks before the holiday's, overtime left out.

    Wages are what was earned then: hours that a run has paid count at the rate that it paid.
    """
    first, last = period.reference(day)
    beyond = overtime_of(period, sheets)
    wages = [
        (sheet.hours - beyond.get(sheet.id, ZERO))
        * (sheet.paid_rate or terms.pay_rate)
        * sheet.rate_multiplier
        for sheet in sheets
        if first <= sheet.date <= last and sheet.type in WAGES
    ]
    return holiday_indemnity(sum(wages, ZERO))


def _hours(sheets: Iterable[Sheet], kind: str) -> Decimal:
    return sum((sheet.hours for sheet in sheets if sheet.type == kind), ZERO)


def _grouped(code: str, value: Decimal, sheets: Sequence[Sheet]) -> Iterator[Earning]:
    """A line for each rate."""
    hours: dict[Decimal, Decimal] = {}
    for sheet in sheets:
        hours[sheet.rate_multiplier] = hours.get(sheet.rate_multiplier, ZERO) + sheet.hours
    for multiplier, count in sorted(hours.items()):
        rate = quantize(value * multiplier, 4)
        yield Earning(code=code, amount=cents(count * rate), hours=count, rate=rate)


class Vacation(typing.NamedTuple):
    """Vacation pay of a pay: what it paid out, what it earned."""

    paid: Decimal
    accrued: Decimal


def vacation_of(terms: Terms, lines: Iterable[Earning]) -> Vacation:
    """By the gross without vacation pay; paid with each pay, one is the other."""
    paid, base = ZERO, ZERO
    for line in lines:
        if line.code in ('vacation', 'vacation_pay', 'lump_vacation'):
            paid += line.amount
        else:
            base += line.amount
    each = sum((line.amount for line in lines if line.code == 'vacation_pay'), ZERO)
    accrued = each or cents(base * terms.vacation_pct / HUNDRED)
    return Vacation(paid, accrued)
