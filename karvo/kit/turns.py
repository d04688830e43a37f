"""Whom the threads of a web process serve next.

Gunicorn's own gives each kept connection back to its poller after a request, and has it queued
anew when its caller goes on: three changes of threads a request, each of which waits for the
interpreter. Here who was just answered is held for a moment, and served by whichever thread has
time.
"""

import collections
import contextlib
import os
import select
import threading
import typing
from collections.abc import Callable

NEXT_MILLISECONDS = 100  #: how long a thread waits for the next request of those it holds
MOST_HELD = 8  #: connections of a process; more than that do without


class Connection(typing.Protocol):
    """A client's, as gunicorn keeps it."""

    sock: typing.Any


class Turns:
    """Who asks, and who was just answered.

    Nobody waits in vain: connections are only left here while every thread comes back to look, and
    a thread that leaves has given back to gunicorn's poller (`give_back`) whoever did not go on.
    """

    def __init__(self, threads: int, give_back: Callable[[Connection], None]) -> None:
        self._threads = threads
        self._give_back = give_back
        self._lock = threading.Lock()
        self._asking: collections.deque[Connection] = collections.deque()
        self._held: list[Connection] = []  #: the one that was answered first is first
        self._coming = 0  #: threads that were told to begin
        self._present = 0  #: threads that come back to look
        self._waiting = 0  #: threads that wait for those they hold, and see nobody else
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._waker, False)
        self._is_asked_first = False

    def ask(self, conn: Connection) -> bool:
        """Somebody asks. Whether a thread is to `begin`: those that are here see him anyway."""
        with self._lock:
            self._asking.append(conn)
            is_wanted = self._coming + self._present < self._threads
            self._coming += is_wanted
            if not is_wanted:
                self._wake()
        return is_wanted

    def hold(self, conn: Connection) -> None:
        """Somebody was answered by this thread, which looks for the `next` at once."""
        with self._lock:
            self._held.append(conn)

    def begin(self) -> None:
        """This thread looks for the `next` until there is none, or it must `quit`."""
        with self._lock:
            self._coming = max(0, self._coming - 1)
            self._present += 1

    def quit(self) -> None:
        """This thread comes back no more, although there may be a `next`."""
        with self._lock:
            self._present -= 1
        self._leave_held()

    def next(self) -> Connection | None:
        """Who is to be served now. With None the thread leaves: nobody has asked for a moment.

        Those who ask and those who go on come in turn, so that neither keep the others out.
        """
        while True:
            self._is_asked_first = not self._is_asked_first
            conn = self._asked() if self._is_asked_first else None
            conn = conn or self._going_on() or self._asked()
            if conn is not None:
                self._leave_held()
                return conn
            if self._leave():
                return None

    def _asked(self) -> Connection | None:
        try:
            return self._asking.popleft()
        except IndexError:
            return None

    def _going_on(self) -> Connection | None:
        """One of those held who asks again; if nobody does, and nobody else, all are given back."""
        with self._lock:
            held, self._held = self._held, []
            is_patient = bool(held) and not self._asking
            self._waiting += is_patient
        if not held:
            return None
        try:
            conn, is_woken = self._readable(held, is_patient)
        except BaseException:
            self._return(held)
            raise
        if conn is not None:
            held.remove(conn)
        elif is_patient and not is_woken:
            self._return(held)
            return None
        with self._lock:
            self._held = held + self._held
        return conn

    def _readable(self, held: list[Connection], is_patient: bool) -> tuple[Connection | None, bool]:
        """The first that has sent something, or has hung up; and whether somebody else is there."""
        try:
            poller = select.poll()
            for one in (self._woken, *[conn.sock for conn in held]):
                poller.register(one, select.POLLIN)
            ready = {fd for fd, _ in poller.poll(NEXT_MILLISECONDS if is_patient else 0)}
        finally:
            with self._lock:
                self._waiting -= is_patient
        if self._woken in ready:
            with contextlib.suppress(BlockingIOError):  # another thread was quicker
                os.read(self._woken, select.PIPE_BUF)
        found = (conn for conn in held if conn.sock.fileno() in ready)
        return next(found, None) if ready else None, self._woken in ready

    def _wake(self) -> None:
        """With the lock: those who wait are to look again."""
        if self._waiting:
            with contextlib.suppress(BlockingIOError):
                os.write(self._waker, b'.')

    def _leave_held(self) -> None:
        """Before this thread is busy: the others see who is held, if they are here."""
        with self._lock:
            if self._present == self._threads and len(self._held) <= MOST_HELD:
                if self._held or self._asking:
                    self._wake()
                return
            held, self._held = self._held, []
        self._return(held)

    def _leave(self) -> bool:
        with self._lock:
            if self._held or self._asking:
                return False
            self._present -= 1
            return True

    def _return(self, held: list[Connection]) -> None:
        for conn in held:
            self._give_back(conn)
