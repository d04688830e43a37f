"""Two ways of smoothing monthly figures: damped Holt, and Theta. Facts on AI, §4, step 3.

Parameters come from grids, by the least squared error one month ahead. Lists of floats, oldest
first, without season.
"""

import math
import typing
from collections.abc import Iterator

from karvo.analytics.seasons import YEAR

ALPHAS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 0.95)
BETAS = (0.01, 0.05, 0.1, 0.2, 0.4)
PHIS = (0.8, 0.9, 0.95, 0.98)
FINE = tuple(n / 20 for n in range(1, 20))
HALF = (0.5,)


class Holt(typing.NamedTuple):
    """Level and slope after each month; the slope fades by `phi`."""

    states: list[tuple[float, float]]
    alpha: float
    phi: float

    def ahead(self, n: int, steps: int) -> list[float]:
        """From the month n on."""
        level, slope = self.states[n]
        found, fade = [], 1.0
        for _ in range(steps):
            fade *= self.phi
            level += fade * slope
            found.append(level)
        return found


class Theta(typing.NamedTuple):
    """Simple smoothing plus half the slope of the straight line."""

    levels: list[float]
    alpha: float
    slope: float

    def ahead(self, n: int, steps: int) -> list[float]:
        lag = (1 - (1 - self.alpha) ** (n + 1)) / self.alpha - 1
        return [self.levels[n] + self.slope / 2 * (k + lag) for k in range(1, steps + 1)]


def fit_holt(values: list[float], is_short: bool) -> Holt:
    """The one of the grid with the least squared error one month ahead."""
    start = _start(values)
    best, least = (0.5, 0.1, 0.9), math.inf
    for alpha, beta, phi in _grid(is_short):
        error = _holt_error(values, start, alpha, beta, phi, least)
        if error < least:
            best, least = (alpha, beta, phi), error
    alpha, beta, phi = best
    states = []
    level, slope = start
    for value in values:
        expected = level + phi * slope
        fault = value - expected
        level, slope = expected + alpha * fault, phi * slope + alpha * beta * fault
        states.append((level, slope))
    return Holt(states, alpha, phi)


def _start(values: list[float]) -> tuple[float, float]:
    """A level and slope before the first month, from the first year."""
    slope = _slope(values[:YEAR])
    year = values[:YEAR]
    return sum(year) / len(year) - slope * (len(year) + 1) / 2, slope


def _grid(is_short: bool) -> Iterator[tuple[float, float, float]]:
    for alpha in HALF if is_short else ALPHAS:
        for beta in BETAS:
            for phi in PHIS:
                yield alpha, beta, phi


def _holt_error(
    values: list[float],
    start: tuple[float, float],
    alpha: float,
    beta: float,
    phi: float,
    most: float,
) -> float:
    """The sum of squares, or anything above `most`."""
    level, slope = start
    gain, total = alpha * beta, 0.0
    for value in values:
        slope *= phi
        level += slope
        fault = value - level
        level += alpha * fault
        slope += gain * fault
        total += fault * fault
        if total > most:
            break
    return total


def fit_theta(values: list[float], is_short: bool) -> Theta:
    best = min(HALF if is_short else FINE, key=lambda alpha: _smoothed(values, alpha)[1])
    return Theta(_smoothed(values, best)[0], best, _slope(values))


def _smoothed(values: list[float], alpha: float) -> tuple[list[float], float]:
    """The level after each month, and the sum of squared errors."""
    level, total, levels = values[0], 0.0, []
    for value in values:
        fault = value - level
        total += fault * fault
        level += alpha * fault
        levels.append(level)
    return levels, total


def _slope(values: list[float]) -> float:
    """Of the straight line through the values, by month."""
    middle = (len(values) - 1) / 2
    top = sum((n - middle) * value for n, value in enumerate(values))
    return top / sum((n - middle) ** 2 for n in range(len(values)))
