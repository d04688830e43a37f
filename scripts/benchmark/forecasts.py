"""How good the forecast is: rolling origins over real monthly series, beside "as a year ago".

As measured in the facts that chose the method: up to 8 origins 7 months apart, at most 60 months
known, each series' error scaled by its own seasonal-naive one (MASE).
"""

import argparse
import json
import pathlib
import statistics
import time
import typing
from collections.abc import Callable, Iterator, Sequence

from karvo.analytics.forecast import WINDOW, Z80, Z95, Point, forecast
from karvo.analytics.seasons import YEAR

SERIES = pathlib.Path(__file__).parents[2] / 'tests' / 'data' / 'monthly_series.json'
ORIGINS, APART, LEAST = 8, 7, 24
HORIZONS = (6, 12)
Method = Callable[[Sequence[float], int], list[Point]]


class Row(typing.NamedTuple):
    """One method over one horizon; `rel` against seasonal naive, `is95` in units of MASE."""

    method: str
    horizon: int
    mase: float
    rel: float
    cov80: float
    cov95: float
    is95: float
    median_ms: float


class _Fit(typing.NamedTuple):
    mase: float
    cov80: float
    cov95: float
    is95: float
    seconds: float


def all_series() -> dict[str, list[float]]:
    """By name, oldest month first."""
    return {one['name']: one['values'] for one in json.loads(SERIES.read_text())['series']}


def ours(history: Sequence[float], horizon: int) -> list[Point]:
    return forecast(history, horizon).points


def seasonal_naive(history: Sequence[float], horizon: int) -> list[Point]:
    """As a year ago, give or take what a year has changed so far."""
    changes = [(b - a) ** 2 for a, b in zip(history, history[YEAR:], strict=False)]
    deviation = statistics.fmean(changes) ** 0.5
    found = []
    for k in range(horizon):
        value, wide = history[len(history) - YEAR + k % YEAR], deviation * (1 + k // YEAR) ** 0.5
        near, far = Z80 * wide, Z95 * wide
        found.append(Point(value, value - near, value + near, value - far, value + far))
    return found


def measured(series: dict[str, list[float]]) -> list[Row]:
    """Both methods over both horizons."""
    rows = []
    for horizon in HORIZONS:
        naive = [fit for one in series.values() for fit in _fits(one, horizon, seasonal_naive)]
        mine = [fit for one in series.values() for fit in _fits(one, horizon, ours)]
        least = statistics.fmean(fit.mase for fit in naive)
        rows += [_row('seasonal naive', horizon, naive, least)]
        rows += [_row('karvo', horizon, mine, least)]
    return rows


def _row(name: str, horizon: int, fits: list[_Fit], naive: float) -> Row:
    mase, cov80, cov95, is95, _ = (statistics.fmean(column) for column in zip(*fits, strict=True))
    milliseconds = 1000 * statistics.median(fit.seconds for fit in fits)
    return Row(name, horizon, mase, mase / naive, cov80, cov95, is95, milliseconds)


def _fits(values: list[float], horizon: int, method: Method) -> Iterator[_Fit]:
    for n in range(ORIGINS):
        end = len(values) - horizon - n * APART
        if end < LEAST:
            return
        yield _fit(values[max(end - WINDOW, 0) : end], values[end : end + horizon], method)


def _fit(known: list[float], actual: list[float], method: Method) -> _Fit:
    started = time.perf_counter()
    points = method(known, len(actual))
    seconds = time.perf_counter() - started
    scale = statistics.fmean(abs(b - a) for a, b in zip(known, known[YEAR:], strict=False))
    both = list(zip(points, actual, strict=True))
    return _Fit(
        statistics.fmean(abs(one.point - value) for one, value in both) / scale,
        statistics.fmean(one.lo80 <= value <= one.hi80 for one, value in both),
        statistics.fmean(one.lo95 <= value <= one.hi95 for one, value in both),
        statistics.fmean(_missed(one, value) for one, value in both) / scale,
        seconds,
    )


def _missed(one: Point, value: float) -> float:
    """The interval score at 95 %: its width, and forty times what lies outside."""
    outside = max(one.lo95 - value, 0) + max(value - one.hi95, 0)
    return one.hi95 - one.lo95 + 2 / 0.05 * outside


def main(arguments: argparse.Namespace) -> None:
    """Prints the table, or the JSON object."""
    rows = measured(all_series())
    if not arguments.json:
        print(f'{"method":16} {"h":>2}  MASE   rel  cov80 cov95  IS95  median ms')
        for row in rows:
            print(
                f'{row.method:16} {row.horizon:>2} {row.mase:5.3f} {row.rel:5.2f}  '
                f'{row.cov80:5.2f} {row.cov95:5.2f} {row.is95:5.2f} {row.median_ms:8.1f}'
            )
    print(json.dumps({'forecast': [row._asdict() for row in rows]}))
