"""What Prometheus is told: requests as they end, the rest when it asks.

Each gunicorn worker writes its numbers to files of its own under PROMETHEUS_MULTIPROC_DIR; the
worker that is asked adds them up. Without that variable there is one process and no file.
"""

import bisect
import collections
import os
import pathlib
import platform
import typing
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

import karvo
from karvo.kit import connections
from karvo.kit.lazy import lazy
from karvo.kit.log import log

psutil = lazy('psutil')

FOLDER = 'PROMETHEUS_MULTIPROC_DIR'
BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  #: seconds
METHODS = {'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'}
NO_ROUTE = 'none'

_own = CollectorRegistry()
_requests = Counter(
    'karvo_http_requests_total',
    'Requests answered.',
    ['route', 'method', 'status'],
    registry=_own,
)
_seconds = Histogram(
    'karvo_http_request_duration_seconds',
    'Time that requests took, from the first look at them to the answer.',
    ['route', 'method'],
    buckets=BUCKETS,
    registry=_own,
)
_connections = Gauge(
    'karvo_database_connections',
    'Database connections open in the web processes.',
    multiprocess_mode='livesum',
    registry=_own,
)
connections.watch(_connections.set)

Request = tuple[str | None, str, int]  #: route template, method, status


class _Value(typing.Protocol):
    def inc(self, amount: float) -> None: ...


class _Cell(typing.NamedTuple):
    """Where requests of one kind are counted, found once: the very numbers of the library's counter
    and histogram, whose own ways to them look at each request for what never changes.
    """

    number: _Value
    seconds: _Value
    buckets: list[_Value]  #: one more than BUCKETS: what took longer


_cells: dict[Request, _Cell] = {}


def count_requests(request: Request, seconds: Iterable[float]) -> None:
    """Requests of one kind have ended, after so many seconds each. A number costs the library some
    1.5 µs to raise, by however much.
    """
    cell = _cells.get(request) or _cell(request)
    taken = [max(0.0, one) for one in seconds]
    cell.number.inc(len(taken))
    cell.seconds.inc(sum(taken))
    places = collections.Counter(bisect.bisect_left(BUCKETS, one) for one in taken)
    for place, times in places.items():
        cell.buckets[place].inc(times)


def _cell(request: Request) -> _Cell:
    """Methods that nobody knows share one, or a caller could fill the memory with his own."""
    template, method, status = request
    if method not in METHODS:
        request = (template, method := 'other', status)
    cell = _cells.get(request)
    if cell is None:
        route = (template or NO_ROUTE).replace(':int}', '}')
        count, times = _requests.labels(route, method, str(status)), _seconds.labels(route, method)
        cell = _cells[request] = _Cell(count._value, times._sum, times._buckets)
    return cell


class Depth(typing.NamedTuple):
    """How many wait in a queue, and for how many seconds the oldest has."""

    size: int
    oldest: float


Measure = Callable[[], Depth]
_queues: dict[str, Measure] = {}


def watch_queue(name: str, measure: Measure) -> None:
    """Tell of this queue too. `measure` is called at each scrape, so it is one fast statement,
    bounded in time; where it fails the queue is left out.
    """
    _queues[name] = measure


def queue_families() -> Iterator[Metric]:
    """Sizes and ages of all queues."""
    size = GaugeMetricFamily('karvo_queue_size', 'What waits in the queue.', labels=['queue'])
    age = GaugeMetricFamily(
        'karvo_queue_oldest_seconds', 'How long the oldest has waited.', labels=['queue']
    )
    for name, measure in _queues.items():
        try:
            depth = measure()
        except Exception as error:  # the other metrics are worth more than this one
            log.warning('queue not measured', queue=name, error=str(error))
            continue
        size.add_metric([name], depth.size)
        age.add_metric([name], depth.oldest)
    yield size
    yield age


class _Told:
    """What is found out only when somebody asks."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families
        build = GaugeMetricFamily(
            'karvo_build_info', 'Always 1.', labels=['version', 'python_version']
        )
        build.add_metric([karvo.__version__, platform.python_version()], 1)
        yield build
        memory = GaugeMetricFamily(
            'karvo_worker_memory_bytes', 'Resident memory of each web process.', labels=['pid']
        )
        for pid, size in _memory():
            memory.add_metric([str(pid)], size)
        yield memory


def exposition(families: Iterable[Metric]) -> bytes:
    """Everything, in Prometheus' text format: `families` first, then what is kept here."""
    registry = _own
    if FOLDER in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    told: typing.Any = _Told(families)  # all that is asked of a registry is to collect
    return bytes(generate_latest(told) + generate_latest(registry))


def _memory() -> Iterator[tuple[int, int]]:
    """(process id, bytes) of each web process that lives."""
    for pid in _living():
        try:
            yield pid, psutil.Process(pid).memory_info().rss
        except psutil.Error:
            continue  # it has just ended


def _living() -> list[int]:
    """The files of live gauges are taken away with their process (karvo/gunicorn_conf.py)."""
    if FOLDER not in os.environ:
        return [os.getpid()]
    files = pathlib.Path(os.environ[FOLDER]).glob('gauge_livesum_*.db')
    return sorted(int(path.stem.rpartition('_')[2]) for path in files)
