"""Days, periods and prices of contracts: pure functions (CLN-2)."""

import datetime as dt
import typing
from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec

from karvo.kit.money import EXACT, ZERO, cents, quantize

WEEKDAYS = ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')
#: Months between the visits of a line, and between billing days.
MONTHS = {'monthly': 1, 'quarterly': 3, 'annual': 12}
PER_VISIT = 1  #: months after which visits are invoiced together
DAY = dt.timedelta(days=1)
HUNDRED = Decimal(100)
PRICE_PLACES = 4


class Period(msgspec.Struct, frozen=True):
    """Days from `start` to `end` of a contract; `first` to `last` is the whole billing period."""

    first: dt.date
    last: dt.date
    start: dt.date
    end: dt.date

    @property
    def days(self) -> int:
        """Of the whole billing period."""
        return (self.last - self.first).days + 1

    @property
    def billed_on(self) -> dt.date:
        """The billing day that follows it."""
        return self.last + DAY


class Suspended(msgspec.Struct, frozen=True):
    """Days without service, both ends counted; `until` None = still so."""

    since: dt.date
    until: dt.date | None


def add_months(date: dt.date, months: int, day: int) -> dt.date:
    """That day so many months after the month of `date`; its last one where it is shorter."""
    at = date.year * 12 + date.month - 1 + months
    year, month = divmod(at, 12)
    following = dt.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return dt.date(year, month + 1, min(day, (following - DAY).day))


def months_of(billing: str) -> int:
    """How many months a billing period has."""
    return MONTHS.get(billing, PER_VISIT)


def period_after(
    through: dt.date | None, start: dt.date, end: dt.date | None, billing: str, billing_day: int
) -> Period | None:
    """The period that follows what is settled `through`; None after the contract's end.

    Periods run from one billing day to the eve of the next; the first one begins with the contract
    and may be shorter, as the last one may.
    """
    next_day = start if through is None else through + DAY
    if end is not None and next_day > end:
        return None
    months = months_of(billing)
    anchor = add_months(start, 0, billing_day)
    if anchor > start:
        anchor = add_months(start, -1, billing_day)
    apart = (next_day.year - anchor.year) * 12 + next_day.month - anchor.month
    count = max(0, apart // months - 1)
    while add_months(anchor, (count + 1) * months, billing_day) <= next_day:
        count += 1
    first = add_months(anchor, count * months, billing_day)
    last = add_months(anchor, (count + 1) * months, billing_day) - DAY
    return Period(first, last, next_day, min(last, end) if end else last)


def active_days(period: Period, suspended: Iterable[Suspended]) -> int:
    """Days of the period on which there was a contract in force."""
    days = (period.end - period.start).days + 1
    for one in suspended:
        since = max(one.since, period.start)
        until = min(one.until or period.end, period.end)
        days -= max(0, (until - since).days + 1)
    return max(days, 0)


def indexations(priced_on: dt.date, at: dt.date, month: int | None) -> int:
    """How many indexation days (the first of that month) lie after `priced_on`, up to `at`."""
    if month is None:
        return 0
    years = range(priced_on.year, at.year + 1)
    return sum(priced_on < dt.date(year, month, 1) <= at for year in years)


def indexed(price: Decimal, pct: Decimal, times: int) -> Decimal:
    """A unit price raised so many times, to four decimals."""
    factor = EXACT.power(EXACT.divide(EXACT.add(HUNDRED, pct), HUNDRED), times)
    return quantize(EXACT.multiply(price, factor), PRICE_PLACES)


def share(amount: Decimal, days: int, of: int) -> Decimal:
    """The part of an amount for so many days, to the cent."""
    if days == of:
        return cents(amount)
    return cents(EXACT.divide(EXACT.multiply(amount, Decimal(days)), Decimal(of)))


class Due(typing.Protocol):
    """A line as far as its days go."""

    frequency: typing.Any
    weekdays: typing.Any


def is_due(line: Due, start: dt.date, day: dt.date) -> bool:
    """Whether a line of a contract that began at `start` asks for a visit on that day.

    Weeks begin on Monday; every second one counts from the week of the start. Where weekdays are
    given, a monthly visit is on the first of them on or after the start's day of the month.
    """
    if day < start:
        return False
    named = [WEEKDAYS.index(name) for name in line.weekdays]
    if line.frequency == 'once':
        return day == _first_of(named, start)
    if line.frequency == 'daily':
        return not named or day.weekday() in named
    if line.frequency in ('weekly', 'biweekly'):
        weeks = (_monday(day) - _monday(start)).days // 7
        is_week = line.frequency == 'weekly' or weeks % 2 == 0
        return is_week and day.weekday() in (named or [start.weekday()])
    return _is_due_by_month(MONTHS[line.frequency], named, start, day)


def _is_due_by_month(months: int, named: list[int], start: dt.date, day: dt.date) -> bool:
    for back in (0, 1):  # a visit of the end of a month may fall into the next one
        anchor = add_months(day, -back, start.day)
        apart = (anchor.year - start.year) * 12 + anchor.month - start.month
        if apart >= 0 and apart % months == 0 and _first_of(named, anchor) == day:
            return True
    return False


def _first_of(named: list[int], since: dt.date) -> dt.date:
    days = (since + n * DAY for n in range(7))
    return next((day for day in days if not named or day.weekday() in named), since)


def _monday(day: dt.date) -> dt.date:
    return day - day.weekday() * DAY


def days_between(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Both ends counted."""
    for n in range((last - first).days + 1):
        yield first + n * DAY


def is_suspended(day: dt.date, suspended: Iterable[Suspended]) -> bool:
    return any(one.since <= day and (one.until is None or day <= one.until) for one in suspended)


def successor_end(start: dt.date, end: dt.date) -> dt.date:
    """The end of a contract that follows this one and lasts as long: whole months, else days."""
    following = end + DAY
    months = (following.year - start.year) * 12 + following.month - start.month
    if months and add_months(start, months, start.day) == following:
        return add_months(following, months, start.day) - DAY
    return following + (end - start)


def total_of(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
