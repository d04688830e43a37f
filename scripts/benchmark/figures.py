"""What the windows of an operation come to, and how it is said."""

import statistics
import typing

import msgspec

from scripts.benchmark.client import Window


class Figures(msgspec.Struct, kw_only=True):
    """One operation; CPU in milliseconds a request, of the workers and of PostgreSQL."""

    rps: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    ratio: float
    statements: int
    app_cpu_ms: float
    database_cpu_ms: float
    limit_rps: float
    limit_cpu_ms: float


class Measured(msgspec.Struct, kw_only=True):
    """A window with its costs, seconds of CPU."""

    window: Window
    app: float
    database: float


Rounds = list[tuple[Measured, Measured]]  #: KARVO, and what it is measured beside


def figures_of(rounds: Rounds, statements: int) -> Figures:
    """Over all rounds; `ratio` is the median of the rounds' own."""
    ours, limits = zip(*rounds, strict=True)
    latencies = sorted(x for own in ours for x in own.window.latencies)
    app, database = _costs(ours)
    return Figures(
        rps=statistics.median(own.window.rps for own in ours),
        p50_ms=latencies[len(latencies) // 2],
        p95_ms=latencies[int(len(latencies) * 0.95)],
        cpu_ms=app + database,
        ratio=statistics.median(own.window.rps / limit.window.rps for own, limit in rounds),
        statements=statements,
        app_cpu_ms=app,
        database_cpu_ms=database,
        limit_rps=statistics.median(limit.window.rps for limit in limits),
        limit_cpu_ms=sum(_costs(limits)),
    )


def _costs(windows: typing.Sequence[Measured]) -> tuple[float, float]:
    """CPU of the workers and of PostgreSQL, milliseconds a request. Of all windows at once: the
    system counts in hundredths of a second, which is coarse for a single one.
    """
    count = sum(len(one.window.latencies) for one in windows) / 1000
    return sum(one.app for one in windows) / count, sum(one.database for one in windows) / count


HEAD = (
    f'{"":8}{"req/s":>8}{"p50 ms":>8}{"p95 ms":>8}{"CPU ms":>8}{"app":>7}{"db":>7}'
    f'{"stmts":>7}{"limit/s":>9}{"CPU ms":>8}{"ratio":>7}'
)


def row(name: str, x: Figures) -> str:
    return (
        f'{name:8}{x.rps:8.0f}{x.p50_ms:8.2f}{x.p95_ms:8.2f}{x.cpu_ms:8.2f}{x.app_cpu_ms:7.2f}'
        f'{x.database_cpu_ms:7.2f}{x.statements:7}{x.limit_rps:9.0f}{x.limit_cpu_ms:8.2f}'
        f'{x.ratio:7.2f}'
    )


def rounded(figures: Figures) -> dict[str, float]:
    return {name: round(value, 3) for name, value in msgspec.structs.asdict(figures).items()}
