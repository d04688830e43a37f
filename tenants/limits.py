"""Rate limits in memory that all processes of one machine share; no SQL on the hot path.

A file of fixed slots is mapped into every process. A slot belongs to a bucket by its hash; stripes
of slots are guarded by a lock between threads and a lock of the file between processes, and the
latter dies with its process, so that a kill leaves nothing locked.

Locking a file lets other threads run and costs a turn, so of a large limit each process takes a few
requests ahead: never more than the limit together, and refused by one while another still has some
only at its very end.
"""

import errno
import fcntl
import functools
import hashlib
import math
import mmap
import os
import pathlib
import struct
import threading
import time
import typing
import weakref

import msgspec

SLOTS = 65_536
PROBES = 8
STRIPES = 64
#: hash of the bucket, window start or theoretical arrival time, used, allowance on lease, last use
SLOT = struct.Struct('<16sdqqd16x')
HEADER = 64  #: bytes before the slots; a number of 8, how often something was revoked, begins them
MINUTE = 60
AHEAD = 1000  #: a process takes a thousandth of a limit at a time,
NEAR_END = 16  #: and no more than a sixteenth of what is left of it,
MOST_AHEAD = 100  #: nor than so many requests
MOST_STOCKS = 10_000  #: buckets of which a process has some ahead

Lease = typing.Callable[[str, int, int, int], int]  #: (bucket, limit, window start, want) → got


class Verdict(msgspec.Struct, frozen=True):
    """The outcome of one request. `reset` in epoch seconds, `retry_after` in seconds."""

    allowed: bool
    limit: int
    remaining: int
    reset: int
    retry_after: int


class _Slot(typing.NamedTuple):
    offset: int
    start: float
    used: int
    leased: int


class _Window(typing.NamedTuple):
    """A bucket's window as a request finds it."""

    key: str
    limit: int
    start: float
    end: float
    used: int
    most: int  #: that may be used: the limit, or what is leased of it


class _Stock(typing.NamedTuple):
    """What a process has taken ahead of a window: how many remain after each request."""

    start: float
    end: float
    left: typing.Iterator[int]


@functools.lru_cache(maxsize=10_000)
def _hashed(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=16).digest()


class Limits:
    """The limits of this machine, in the file at `path`."""

    def __init__(self, path: pathlib.Path):
        size = HEADER + SLOTS * SLOT.size
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._file).st_size < size:
            os.ftruncate(self._file, size)
        self._map = mmap.mmap(self._file, size)
        self._generation = memoryview(self._map)[:HEADER].cast('Q')
        self._threads = [threading.Lock() for _ in range(STRIPES)]
        self._stocks: dict[tuple[str, int], _Stock] = {}
        _all.add(self)

    def take(
        self,
        key: str,
        limit: int,
        now: float,
        *,
        burst: int | None = None,
        window: int = MINUTE,
        lease: Lease | None = None,
    ) -> Verdict:
        """Count one request. With `burst` a bucket of that size that refills at limit/minute.

        Without: exactly `limit` in a window of `window` seconds that the first request opens
        (aligned to the clock when several machines share the bucket by `lease`).
        """
        if limit >= 2 * AHEAD and (verdict := self._ahead(key, limit, now)):
            return verdict
        if burst is not None and lease is not None:
            # The machines share the minute by leases; each smooths its own part of it.
            minute = self.take(f'{key}:minute', limit, now, lease=lease)
            if not minute.allowed:
                return minute
        name = _hashed(key)
        stripe = self._enter(name)
        try:
            if limit >= 2 * AHEAD and (verdict := self._ahead(key, limit, now)):
                return verdict  # another thread has just taken some
            slot = self._find(name, now)
            if burst is not None:
                return self._take_token(name, slot, limit, burst, now)
            if lease is not None:
                return self._take_leased(name, slot, key, limit, now, window, lease)
            return self._take_window(name, slot, key, limit, now, window)
        finally:
            self._leave(stripe)

    def blocked(self, key: str, limit: int, now: float, window: int = MINUTE) -> bool:
        """Whether a plain window is used up, without counting."""
        name = _hashed(key)
        stripe = self._enter(name)
        try:
            slot = self._find(name, now)
        finally:
            self._leave(stripe)
        return slot.used >= limit and now < slot.start + window

    def generation(self) -> int:
        """Counts the calls of `bump` by all processes."""
        return self._generation[0]

    def bump(self) -> None:
        stripe = self._enter(bytes(16))
        try:
            self._generation[0] += 1
        finally:
            self._leave(stripe)

    # Not a context manager: each request passes here, and a generator would cost it more than the
    # two locks do.
    def _enter(self, name: bytes) -> int:
        """Lock the bucket's stripe against the other threads, then the other processes."""
        stripe = name[0] % STRIPES
        self._threads[stripe].acquire()
        try:
            self._lock(stripe)
        except BaseException:
            self._threads[stripe].release()
            raise
        return stripe

    def _leave(self, stripe: int) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, stripe)
        self._threads[stripe].release()

    def _lock(self, stripe: int) -> None:
        """Wait for the other processes.

        The kernel sees processes, not their threads, so under load it takes two stripes held by
        different threads for a deadlock; there is none, a thread never holds two.
        """
        while True:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX, 1, stripe)
            except OSError as error:
                if error.errno != errno.EDEADLK:
                    raise
                time.sleep(0.0005)
            else:
                return

    def _find(self, name: bytes, now: float) -> _Slot:
        """The bucket's slot, or the one it may have: free, idle, else the least recently used.

        All probes stay in the stripe of the name, so the one lock guards them.
        """
        stripe, per_stripe = name[0] % STRIPES, SLOTS // STRIPES
        first = int.from_bytes(name[1:5], 'little')
        oldest, oldest_use = 0, math.inf
        for probe in range(PROBES):
            index = stripe * per_stripe + (first + probe) % per_stripe
            offset = HEADER + index * SLOT.size
            owner, start, used, leased, last = SLOT.unpack_from(self._map, offset)
            if owner == name:
                return _Slot(offset, start, used, leased)
            if last < oldest_use:
                oldest, oldest_use = offset, last
        return _Slot(oldest, 0.0, 0, 0)

    def _save(
        self, name: bytes, slot: _Slot, start: float, used: int, leased: int, now: float
    ) -> None:
        SLOT.pack_into(self._map, slot.offset, name, start, used, leased, now)

    def _take_window(
        self, name: bytes, slot: _Slot, key: str, limit: int, now: float, window: int
    ) -> Verdict:
        start, used = slot.start, slot.used
        if start - window < now < start:
            now = start  # who read the clock first may come last: it is no new window
        if not start <= now < start + window:
            start, used = now, 0
        at = _Window(key, limit, start, start + window, used, limit)
        count = _at_once(at)
        self._save(name, slot, start, used + count, 0, now)
        return self._spent(at, count, now)

    def _take_leased(
        self,
        name: bytes,
        slot: _Slot,
        key: str,
        limit: int,
        now: float,
        window: int,
        lease: Lease,
    ) -> Verdict:
        start = now // window * window
        used, leased = (slot.used, slot.leased) if slot.start == start else (0, 0)
        if used >= leased and leased < limit:
            got = lease(key, limit, int(start), math.ceil(limit / 10))
            # Nothing left anywhere: remembered as used up, so that refusals ask no more.
            used, leased = (used, leased + got) if got else (limit, limit)
        at = _Window(key, limit, start, start + window, used, leased)
        count = _at_once(at)
        self._save(name, slot, start, used + count, leased, now)
        return self._spent(at, count, now)

    def _ahead(self, key: str, limit: int, now: float) -> Verdict | None:
        """One that this process has taken before; None where it has none left."""
        stock = self._stocks.get((key, limit))
        if stock is None:
            return None
        start, end, left = stock
        # A clock that was set back opens no new window.
        if not start + start - end < now < end:
            return None
        remaining = next(left, None)
        if remaining is None:
            return None
        return Verdict(True, limit, remaining, math.ceil(end), 0)

    def _spent(self, at: _Window, count: int, now: float) -> Verdict:
        """The first of so many requests of a window; the others are kept for this process."""
        if not count:
            return _verdict(False, at.limit, 0, at.end, now)
        left = at.limit - at.used - 1
        if count > 1:
            if len(self._stocks) >= MOST_STOCKS:
                self._stocks = {}
            others = iter(range(left - 1, left - count, -1))
            self._stocks[at.key, at.limit] = _Stock(at.start, at.end, others)
        return _verdict(True, at.limit, left, at.end, now)

    def _take_token(self, name: bytes, slot: _Slot, limit: int, burst: int, now: float) -> Verdict:
        """GCRA: `start` is the theoretical arrival time of the next conforming request."""
        step = MINUTE / limit
        # A clock that was set back must not block anybody for longer than a full bucket.
        arrival = min(max(slot.start, now), now + burst * step)
        wait = arrival - now - (burst - 1) * step
        allowed = wait <= step / 1000  # seconds since 1970 are too coarse to be exact
        if allowed:
            arrival += step
        self._save(name, slot, arrival, 0, 0, now)
        left = int((burst * step - (arrival - now)) / step + 0.001)
        return _verdict(allowed, limit, max(0, left), arrival, now, wait)


def _at_once(at: _Window) -> int:
    """How many requests a process takes of a window at a time; 0 where nothing is left."""
    left = at.most - at.used
    if left <= 0:
        return 0
    return max(1, min(at.limit // AHEAD, left // NEAR_END, MOST_AHEAD))


_all: 'weakref.WeakSet[Limits]' = weakref.WeakSet()


def _forget_stocks() -> None:
    """What the parent has taken is not its children's too."""
    for one in _all:
        one._stocks = {}


os.register_at_fork(after_in_child=_forget_stocks)


def _verdict(
    allowed: bool, limit: int, remaining: int, end: float, now: float, wait: float | None = None
) -> Verdict:
    seconds = end - now if wait is None else wait
    retry_after = 0 if allowed else max(1, math.ceil(seconds))
    return Verdict(allowed, limit, max(0, remaining), math.ceil(end), retry_after)
