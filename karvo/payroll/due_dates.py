"""When source deductions are due at the CRA and at Revenu Québec: by pay date and frequency.

Sources: CRA, Types of remitters; Revenu Québec, Frequency of Remittances and Due Dates, and
Remittance Schedules for 2025. A due date on a Saturday, Sunday or public holiday moves to the
next business day.
"""

import calendar
import datetime as dt
import functools
import typing

from karvo.kit.errors import invalid
from karvo.payroll.labour import SUNDAY, easter_days, nth_monday, patriots_day

Authority = typing.Literal['cra', 'rq']
Frequency = typing.Literal['annual', 'quarterly', 'monthly', 'twice_monthly', 'weekly']
SATURDAY = 5
WEEK_ENDS = (7, 14, 21)
DAY = dt.timedelta(days=1)
#: Fixed days on which nothing can be remitted, beside those of `_common`. The CRA's are the public
#: holidays that it names for Quebec; Revenu Québec's offices are closed on the others.
OTHERS: dict[Authority, tuple[tuple[int, int], ...]] = {
    'cra': ((9, 30), (11, 11), (12, 26)),
    'rq': ((1, 2), (12, 24), (12, 26), (12, 31)),
}


@functools.cache
def closed_days(year: int, authority: Authority) -> frozenset[dt.date]:
    """The public holidays of an authority in a year.

    Days off that an office moves, because a holiday falls on a weekend, are not in it, but for
    Canada Day, which the law itself moves: what is computed may be early then, never late.
    """
    fixed = (dt.date(year, month, day) for month, day in OTHERS[authority])
    return frozenset((*_common(year), *fixed))


def _common(year: int) -> typing.Iterator[dt.date]:
    yield dt.date(year, 1, 1)
    yield from easter_days(year)
    yield patriots_day(year)
    yield dt.date(year, 6, 24)
    canada = dt.date(year, 7, 1)
    yield canada + DAY if canada.weekday() == SUNDAY else canada
    yield nth_monday(year, 9, 1)
    yield nth_monday(year, 10, 2)
    yield dt.date(year, 12, 25)


def is_business_day(day: dt.date, authority: Authority) -> bool:
    """Neither weekend nor public holiday."""
    return day.weekday() < SATURDAY and day not in closed_days(day.year, authority)


def next_business_day(day: dt.date, authority: Authority) -> dt.date:
    """The day itself if it is one."""
    while not is_business_day(day, authority):
        day += DAY
    return day


def business_days_after(day: dt.date, count: int, authority: Authority) -> dt.date:
    """The day that is `count` business days after a day."""
    for _ in range(count):
        day = next_business_day(day + DAY, authority)
    return day


def period_end(pay_date: dt.date, frequency: Frequency) -> dt.date:
    """Last day of the remitting period that a pay date is in."""
    if frequency == 'annual':
        return dt.date(pay_date.year, 12, 31)
    if frequency == 'quarterly':
        return _month_end(pay_date.replace(day=1, month=(pay_date.month - 1) // 3 * 3 + 3))
    ends = {'twice_monthly': (15,), 'weekly': WEEK_ENDS}.get(frequency, ())
    day = next((end for end in ends if pay_date.day <= end), None)
    return pay_date.replace(day=day) if day else _month_end(pay_date)


def due_date(pay_date: dt.date, frequency: Frequency, authority: Authority) -> dt.date:
    """By when what was withheld on a pay date is to be received. Raises Invalid (frequency).

    Annual (Revenu Québec only), quarterly, monthly: the 15th after the period. Twice monthly: the
    25th for pays up to the 15th, the 10th for the others. Weekly: the third business day after the
    7th, 14th, 21st or last day of the month.
    """
    if frequency == 'annual' and authority == 'cra':
        raise invalid(frequency='annual is known to Revenu Québec only')
    end = period_end(pay_date, frequency)
    if frequency == 'weekly':
        return business_days_after(end, 3, authority)
    if frequency == 'twice_monthly':
        day = end.replace(day=25) if end.day == 15 else (end + DAY).replace(day=10)
    else:
        day = (end + DAY).replace(day=15)
    return next_business_day(day, authority)


def tolerated_until(pay_date: dt.date, frequency: Frequency, authority: Authority) -> dt.date:
    """Until when Revenu Québec asks no penalty, but interest: the due date; for the last period of
    December, weekly or twice monthly, 15 January, which no weekend extends."""
    due = due_date(pay_date, frequency, authority)
    is_last = period_end(pay_date, frequency) == dt.date(pay_date.year, 12, 31)
    if authority == 'rq' and is_last and frequency in ('weekly', 'twice_monthly'):
        return max(due, dt.date(pay_date.year + 1, 1, 15))
    return due


def _month_end(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
