"""Whether monthly figures go by the calendar, and what each month of it is worth.

Facts on AI, §4, steps 1 and 2. Standard library only; lists of floats, oldest first.
"""

import math
import typing

YEAR = 12
#: Months of history from which a season can be told.
LEAST = 24
#: Years that a season is mistrusted for: indices are drawn to neutral by years / (years + 0.5).
DOUBT = 0.5


class Season(typing.NamedTuple):
    """`indices[n % 12]` belongs to the n-th month of the history."""

    indices: list[float]
    is_factor: bool

    def without(self, values: list[float]) -> list[float]:
        """The figures without their season."""
        if self.is_factor:
            return [value / self.of(n) for n, value in enumerate(values)]
        return [value - self.of(n) for n, value in enumerate(values)]

    def of(self, n: int) -> float:
        return self.indices[n % YEAR]

    def put(self, value: float, n: int) -> float:
        """A figure of the n-th month with its season."""
        return value * self.of(n) if self.is_factor else value + self.of(n)

    def width(self, n: int) -> float:
        """What a deviation without season is in the n-th month."""
        return self.of(n) if self.is_factor else 1.0


NONE = Season([1.0] * YEAR, True)


def season_of(values: list[float]) -> Season:
    """The season of the figures, or NONE where the test finds none."""
    if len(values) < LEAST or not is_seasonal(values):
        return NONE
    is_factor = all(value > 0 for value in values)
    middle = _centred(values)
    found: list[list[float]] = [[] for _ in range(YEAR)]
    for n, level in middle.items():
        ratio = values[n] / level if is_factor else values[n] - level
        found[n % YEAR].append(ratio)
    raw = [_typical(ratios) for ratios in found]
    mean = sum(raw) / YEAR
    centred = [one / mean if is_factor else one - mean for one in raw]
    years = len(values) / YEAR
    trust, neutral = years / (years + DOUBT), 1.0 if is_factor else 0.0
    return Season([neutral + trust * (one - neutral) for one in centred], is_factor)


def is_seasonal(values: list[float]) -> bool:
    """One-way ANOVA of the first differences by calendar month, at the 1 % point.

    The autocorrelation test of the M4 contest misses strong seasons in two or three years.
    """
    steps = [after - before for before, after in zip(values, values[1:], strict=False)]
    groups = [steps[month::YEAR] for month in range(YEAR)]
    freedom = len(steps) - YEAR
    mean = sum(steps) / len(steps)
    between = sum(len(one) * (sum(one) / len(one) - mean) ** 2 for one in groups)
    within = sum((step - sum(one) / len(one)) ** 2 for one in groups for step in one)
    if between <= 1e-18 * max(sum(value * value for value in values), 1e-300):
        return False  # a straight line
    return between / (YEAR - 1) > _critical(freedom) * within / freedom


def _critical(freedom: int) -> float:
    """The 99 % point of F(11, freedom), within 0.5 % for 11 to 47."""
    return 2.2477 + 17.0 / freedom + 80.0 / freedom**2


def _centred(values: list[float]) -> dict[int, float]:
    """The 2 × 12 moving average, by position."""
    half = YEAR // 2
    found = {}
    for n in range(half, len(values) - half):
        inner = math.fsum(values[n - half + 1 : n + half])
        found[n] = (inner + (values[n - half] + values[n + half]) / 2) / YEAR
    return found


def _typical(ratios: list[float]) -> float:
    """The median of three or five years, which one odd month cannot move; else the mean."""
    if len(ratios) in (3, 5):
        return sorted(ratios)[len(ratios) // 2]
    return sum(ratios) / len(ratios)
