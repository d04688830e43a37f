"""How regular a tenant's customers are: k of the churn chance, fitted to what came of them.

Facts on AI, §5: on the first of each month of two years, what would have been expected, and who did
not order within 90 days.
"""

import bisect
import datetime as dt
import math
from collections.abc import Iterator, Sequence

import msgspec

from karvo.analytics.health import HORIZON, USUAL_GAP, Rhythm
from karvo.analytics.months import month_start

MONTHS = 24
LEAST = 50  #: customers on a day, of all days together
LOW, HIGH = 0.3, 5.0


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """`brier`: the mean squared error of the chance over the `count` outcomes it was fitted to."""

    k: float
    count: int
    brier: float


def calibrate(orders: Sequence[Sequence[dt.date]], today: dt.date) -> Calibration | None:
    """From each customer's order dates, in order; None where there is too little to go by."""
    known = [one for n in range(MONTHS) for one in _outcomes(orders, _snapshot(today, n))]
    if len(known) < LEAST:
        return None
    share = sum(is_lost for _, is_lost in known) / len(known)
    k = _solved([expected for expected, _ in known], share)
    errors = [(math.exp(-k * expected) - is_lost) ** 2 for expected, is_lost in known]
    return Calibration(k=k, count=len(known), brier=sum(errors) / len(errors))


def _snapshot(today: dt.date, months: int) -> dt.date:
    """A first of the month, the latest whose 90 days are over or one before it."""
    return month_start(today - dt.timedelta(HORIZON), -months)


def _outcomes(orders: Sequence[Sequence[dt.date]], day: dt.date) -> Iterator[tuple[float, bool]]:
    """(expected orders, whether none came) of who had bought by the day."""
    counts = [(dates, bisect.bisect_right(dates, day)) for dates in orders]
    those = [(dates, count) for dates, count in counts if count]
    gaps = sum(count - 1 for _, count in those)
    days = sum((dates[count - 1] - dates[0]).days for dates, count in those)
    usual = days / gaps if gaps else USUAL_GAP
    end = day + dt.timedelta(HORIZON)
    for dates, count in those:
        age, since = (day - dates[0]).days, (day - dates[count - 1]).days
        rhythm = Rhythm(repeats=count - 1, age=age, since=since, usual=usual)
        yield rhythm.expected, count == len(dates) or dates[count] > end


def _solved(expected: list[float], share: float) -> float:
    """The k at which the mean chance is the share that was lost; by bisection."""
    low, high = LOW, HIGH
    for _ in range(40):
        k = (low + high) / 2
        mean = sum(math.exp(-k * one) for one in expected) / len(expected)
        low, high = (k, high) if mean > share else (low, k)
    return round((low + high) / 2, 4)
