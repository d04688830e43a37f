"""What is told of requests that have ended: their numbers, and a line of log of each.

Writing a line lets other threads run in the middle of an answer (decision 8), which is a twentieth
of a small read. So it is done for all that ended in the last moment.
"""

import collections
import contextlib
import datetime as dt
import os

import msgspec

from karvo.kit import metrics
from karvo.kit.later import Later
from karvo.kit.log import Request, log_requests

GATHER = 0.05  #: seconds
MOST = 5000  #: requests that wait in a process, should nobody read the log for a while


class Ended(msgspec.Struct, gc=False):
    """A request that was answered."""

    template: str | None  #: of its route
    method: str
    path: str
    status: int
    started: float  #: seconds since 1970
    ended: float
    tenant: str
    ip: str
    request_id: str


_uncounted: collections.deque[Ended] = collections.deque()
_untold: collections.deque[Ended] = collections.deque(maxlen=MOST)  #: the oldest of too many go


class _Lost:
    count = 0  #: that were never told


_lost = _Lost()


def tell(request: Ended) -> None:
    """Soon. Waits for nobody: what happens to the log is no reason not to answer."""
    _uncounted.append(request)
    _later.ask()
    if len(_uncounted) >= MOST:
        count()


def count() -> None:
    """In the metrics, all that have ended until now."""
    seconds = collections.defaultdict(list)
    with contextlib.suppress(IndexError):  # another thread is at it too
        for _ in range(len(_uncounted)):
            one = _uncounted.popleft()
            _lost.count += len(_untold) == MOST
            _untold.append(one)
            seconds[one.template, one.method, one.status].append(one.ended - one.started)
    for kind, taken in seconds.items():
        metrics.count_requests(kind, taken)


def _tell_all() -> bool:
    try:
        count()
    finally:
        lost, _lost.count = _lost.count, 0
        log_requests([_line(_untold.popleft()) for _ in range(len(_untold))], lost)
    return True


def _line(one: Ended) -> Request:
    return Request(
        one.method,
        one.path,
        one.status,
        round((one.ended - one.started) * 1000, 1),
        one.tenant,
        one.ip,
        'request',
        one.request_id,
        'info',
        dt.datetime.fromtimestamp(one.ended, dt.UTC),
    )


def _begin_anew() -> None:
    """What the parent has not told yet is not its children's to tell."""
    _uncounted.clear()
    _untold.clear()


os.register_at_fork(after_in_child=_begin_anew)
_later = Later('ended', _tell_all, gather=GATHER)
flush = _later.flush
