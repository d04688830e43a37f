"""Gunicorn's worker with threads, but for how it stops, how long it waits for silent callers, how
it goes on with busy ones, how it sends an answer and how large it may grow.
"""

import concurrent.futures
import contextlib
import itertools
import os
import pathlib
import time
import typing

from gunicorn.http import wsgi
from gunicorn.http.body import Body, LengthReader
from gunicorn.workers.gthread import _DEFER, STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from karvo.config import config
from karvo.kit.turns import Turns

#: How long a thread waits for the first byte of a connection before it leaves it to the poller.
FIRST_BYTE_SECONDS = 0.25
FEW = 4  #: connections of a process
#: How long it waits for each of these before it takes another.
STEP_SECONDS = 0.00003
LOOK_SECONDS = 1.0  #: between two looks at its own memory
STATM = pathlib.Path('/proc/self/statm')
LENGTH = 'content-length'
#: Headers whose values are plain texts, and others each time.
VARIED = {
    LENGTH,
    'etag',
    'link',
    'location',
    'x-ratelimit-remaining',
    'x-ratelimit-reset',
    'x-request-id',
    'x-wp-total',
    'x-wp-totalpages',
}
#: Headers whose values are the same in answer after answer; that of most is one.
STEADY = {
    'access-control-allow-credentials',
    'access-control-allow-headers',
    'access-control-allow-methods',
    'access-control-allow-origin',
    'access-control-expose-headers',
    'allow',
    'cache-control',
    'content-type',
    'expires',
    'link',  # but for a list's
    'vary',
    'x-content-type-options',
    'x-ratelimit-limit',
    'x-robots-tag',
    'x-sandbox',
}
MOST_SOUND = 1000  #: of them that are remembered
JOINED = 1 << 16  #: bytes; a body up to this is copied to go out with its head


def own_mib() -> float:
    """The memory that this process shares with no file and no other; 0 where nobody tells."""
    try:
        _, resident, shared, *_ = STATM.read_text().split()
    except OSError:
        return 0.0
    return (int(resident) - int(shared)) * os.sysconf('SC_PAGE_SIZE') / (1 << 20)


class Answer(wsgi.Response):  # type: ignore[misc]
    """Gunicorn's sends the head, then the body: two turns of this thread, and its caller wakes up
    twice. And it looks at each header as if it had never seen it.
    """

    headers: list[tuple[str, str]]
    headers_sent: bool
    response_length: int | None
    sock: typing.Any
    _omits_body: bool
    _sound: typing.ClassVar[set[tuple[str, str]]] = set()

    def process_headers(self, headers: list[tuple[str, str]]) -> None:
        """Refuses what is no header; what was found to be one once is not looked at again."""
        for name, value in itertools.filterfalse(self._sound.__contains__, headers):
            if name not in VARIED or not value.isascii() or not value.isprintable():
                self._look_at(headers)
                return
            if name == LENGTH:
                self.response_length = int(value)
        self.headers += headers

    def _look_at(self, headers: list[tuple[str, str]]) -> None:
        super().process_headers(headers)
        if len(self._sound) > MOST_SOUND:
            self._sound.clear()
        self._sound.update([pair for pair in self.headers if pair[0] in STEADY])

    def write(self, body: bytes) -> None:
        """Head and body in one piece, where there is a head to send still."""
        length, size = self.response_length, len(body)
        if self.headers_sent or self._omits_body or length is None or size > min(length, JOINED):
            super().write(body)
            return
        self._send(body)
        self.sent = size

    def send_headers(self) -> None:
        """The head alone: of no body, of a long one, or of one whose length nobody knows."""
        if not self.headers_sent:
            self._send(b'')

    def _send(self, body: bytes) -> None:
        own = '\r\n'.join([*map(': '.join, self.headers), '', ''])
        whole = ''.join([*self.default_headers(), own]).encode('latin-1') + body
        self.headers_sent = True  # a part of it, should it fail
        self.sock.sendall(whole)


def _is_read(body: Body) -> bool:
    """Whether all of a body was read, or there was none; not always known."""
    reader = body.reader
    return isinstance(reader, LengthReader) and not reader.length and not body.failed


class WebProcess(ThreadWorker):  # type: ignore[misc]
    """Told to stop, it listens no more while it ends what it has begun.

    Gunicorn's own keeps the listening socket until its last request has ended, and the system goes
    on taking connections that nobody will ever answer; refused, a client or proxy asks elsewhere.
    """

    _looked = 0.0
    _is_orphan = False

    def init_process(self) -> None:
        wsgi.Response = Answer
        self._turns = Turns(self.cfg.threads, self._give_back)
        super().init_process()

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
                super().accept(listener)

    def accept(self, listener: object) -> None:
        """Somebody connects, and all processes hear of it: who has fewer connections is to be
        quicker. By chance one of two has all of four kept connections in every tenth case, and the
        other does nothing as long as they are kept. Of many, chance deals evenly enough.
        """
        if 0 < self.nr_conns <= FEW:
            time.sleep(self.nr_conns * STEP_SECONDS)
        super().accept(listener)

    def handle(self, conn: TConn) -> object:
        """Gunicorn's own has a thread wait 5 seconds for whoever connects and then says nothing:
        two browsers that connect ahead, and a worker of two threads answers nobody.
        """
        if not conn.initialized and not conn.wait_for_data(FIRST_BYTE_SECONDS):
            return _DEFER
        return super().handle(conn)

    def enqueue_req(self, conn: TConn) -> None:
        """Somebody asks who was not held: he is new, or has paused."""
        if self._turns.ask(conn):
            self.tpool.submit(self._serve)

    def _serve(self) -> None:
        """What a thread does: whoever is next, until nobody is."""
        self._turns.begin()
        try:
            while (conn := self._turns.next()) is not None:
                self._go_on(conn, self._handled(conn))
                self._look()
        except BaseException:
            self.log.exception('a thread was lost')
            self._turns.quit()

    def _handled(self, conn: TConn) -> object:
        try:
            return self.handle(conn)
        except BaseException:  # a panic of what is not Python is no Exception
            self.log.exception('a connection was given up')
            return False

    def _go_on(self, conn: TConn, is_kept: object) -> None:
        """After a request of his: he may send another at once, or has sent it already."""
        if is_kept is not True or not self.alive or self._is_orphan:
            self._give_back(conn, is_kept)
        elif conn.parser.unreader.buf.getvalue():
            self.enqueue_req(conn)
        else:
            self._turns.hold(conn)

    def _give_back(self, conn: TConn, is_kept: object = True) -> None:
        """To gunicorn's poller, or to be closed."""
        done: concurrent.futures.Future[object] = concurrent.futures.Future()
        done.set_result(is_kept)
        self.method_queue.defer(self.finish_request, conn, done)

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        """Gunicorn's own reads on, twice, for what may be left of a body; each time it sets the
        socket's timeout and sets it back, and each of that lets other threads run first.
        """
        if keepalive and _is_read(conn.parser.mesg.body):
            conn.parser.mesg = None
            return True
        return bool(super()._keepalive_after(conn, keepalive))

    def _look(self) -> None:
        """After a request. Setting long documents leaves hundreds of MiB in typst's caches, which
        nothing gives back: such a worker answers one more request and is replaced.
        """
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        self._is_orphan = self.ppid != os.getppid()
        if own_mib() > config.worker_memory_mib:
            self.max_requests = 0

    def murder_pending(self) -> None:
        """Connections on which nothing was ever asked must not hold the stop up either."""
        if not self.alive:
            soon = time.monotonic() + STOP_KEEPALIVE_LINGER
            for connection in self.pending_conns:
                connection.timeout = min(connection.timeout, soon)
        super().murder_pending()
