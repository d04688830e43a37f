"""Gunicorn's worker with threads, but for how it stops and how long it waits for silent callers."""

import contextlib
import time

from gunicorn.workers.gthread import _DEFER, STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

#: How long a thread waits for the first byte of a connection before it leaves it to the poller.
FIRST_BYTE_SECONDS = 0.25


class WebProcess(ThreadWorker):  # type: ignore[misc]
    """Told to stop, it listens no more while it ends what it has begun.

    Gunicorn's own keeps the listening socket until its last request has ended, and the system goes
    on taking connections that nobody will ever answer; refused, a client or proxy asks elsewhere.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        """Called with False, and no longer alive, when the stop begins."""
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            self._take_waiting(listener)
            listener.close()

    def _take_waiting(self, listener: object) -> None:
        """Who is connected already has been promised an answer."""
        before = -1
        while before < self.nr_conns < self.worker_connections:
            before = self.nr_conns
            with contextlib.suppress(OSError):
                self.accept(listener)

    def handle(self, conn: TConn) -> object:
        """Gunicorn's own has a thread wait 5 seconds for whoever connects and then says nothing:
        two browsers that connect ahead, and a worker of two threads answers nobody.
        """
        if not conn.initialized and not conn.wait_for_data(FIRST_BYTE_SECONDS):
            return _DEFER
        return super().handle(conn)

    def murder_pending(self) -> None:
        """Connections on which nothing was ever asked must not hold the stop up either."""
        if not self.alive:
            soon = time.monotonic() + STOP_KEEPALIVE_LINGER
            for connection in self.pending_conns:
                connection.timeout = min(connection.timeout, soon)
        super().murder_pending()
