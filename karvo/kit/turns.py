"""Whom the threads of a web process serve next.

Gunicorn's own gives each kept connection back to its poller after a request, and has it queued
anew when its caller goes on: three changes of threads a request, each of which waits for the
interpreter. Here who was just answered is held for a millisecond, and served by whichever thread
has time.
"""

import collections
import select
import threading
import typing
from collections.abc import Callable

NEXT_MILLISECONDS = 1  #: how long a thread waits for the next request of those it holds
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
        self._is_asked_first = False

    def ask(self, conn: Connection) -> bool:
        """Somebody asks. Whether a thread is to `begin`: those that are here see him anyway."""
        with self._lock:
            self._asking.append(conn)
            is_wanted = self._coming + self._present < self._threads
            self._coming += is_wanted
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
        if not held:
            return None
        conn = _readable(held, 0 if self._asking else NEXT_MILLISECONDS)
        if conn is not None:
            held.remove(conn)
        elif not self._asking:
            self._return(held)
            return None
        with self._lock:
            self._held = held + self._held
        return conn

    def _leave_held(self) -> None:
        """Before this thread is busy: the others would not see who is held if they are not here."""
        with self._lock:
            if self._present == self._threads and len(self._held) <= MOST_HELD:
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


def _readable(held: list[Connection], milliseconds: int) -> Connection | None:
    """The first that has sent something, or has hung up."""
    poller = select.poll()
    for conn in held:
        poller.register(conn.sock, select.POLLIN)
    ready = {fd for fd, _ in poller.poll(milliseconds)}
    return next((conn for conn in held if conn.sock.fileno() in ready), None) if ready else None
