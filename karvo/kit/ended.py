"""What is told of requests that have ended: their numbers, and a line of log of each.

Writing a line lets other threads run in the middle of an answer (decision 8), which is a twentieth
of a small read. So it is done for all that ended in the last moment.
"""

import collections
import datetime as dt
import os

import msgspec

from karvo.kit import metrics
from karvo.kit.later import Later
from karvo.kit.log import Request, log_requests

GATHER = 0.05  #: seconds
MOST_WAITING = 2000  #: requests of a process, should nobody read the log for a while


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


_waiting: collections.deque[Ended] = collections.deque()
os.register_at_fork(after_in_child=_waiting.clear)  # they are the parent's to tell


def tell(request: Ended) -> None:
    """Soon; at once, and for all that wait, where these are too many."""
    _waiting.append(request)
    _later.ask()
    if len(_waiting) > MOST_WAITING:
        flush()


def _tell_all() -> bool:
    batch = [_waiting.popleft() for _ in range(len(_waiting))]
    seconds = collections.defaultdict(list)
    for one in batch:
        seconds[one.template, one.method, one.status].append(one.ended - one.started)
    for kind, taken in seconds.items():
        metrics.count_requests(kind, taken)
    log_requests([_line(one) for one in batch])
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


_later = Later('ended', _tell_all, gather=GATHER)
flush = _later.flush
