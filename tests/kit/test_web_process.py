"""The worker under gunicorn, as a process: one thread, and callers that keep their connections."""

import contextlib
import http.client
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
import types
import typing
from collections.abc import Iterator

import pytest
from gunicorn.http.errors import InvalidResponseHeader
from gunicorn.workers.gthread import ThreadWorker

from karvo.kit.web_process import FEW, JOINED, STEP_SECONDS, VARIED, Answer, WebProcess

APP = """
import time
def app(environ, start):
    if environ['PATH_INFO'] == '/slow':
        time.sleep(0.3)
    if environ['PATH_INFO'] == '/panic':
        raise BaseException('of what is not Python')
    length = str(len(environ['PATH_INFO']))
    start('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', length)])
    return [environ['PATH_INFO'].encode()]
"""


@pytest.fixture(scope='module')
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving(tmp_path_factory.mktemp('web'), threads=1) as port:
        yield port


@contextlib.contextmanager
def serving(folder: pathlib.Path, threads: int) -> Iterator[int]:
    """The port of one process of so many threads that answers each path with itself."""
    (folder / 'echo.py').write_text(APP)
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, '-m', 'gunicorn', '--config', 'python:karvo.gunicorn_conf']
    command += ['--worker-class', 'karvo.kit.web_process.WebProcess', '--threads', str(threads)]
    command += [
        '--workers',
        '1',
        '--bind',
        f'127.0.0.1:{port}',
        '--chdir',
        str(folder),
        'echo:app',
    ]
    environ = os.environ | {'PYTHONPATH': f'{os.getcwd()}:{folder}'}
    with subprocess.Popen(command, env=environ) as process:
        try:
            _wait(port)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _wait(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            return socket.create_connection(('127.0.0.1', port)).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def connected(port: int) -> contextlib.closing[http.client.HTTPConnection]:
    return contextlib.closing(http.client.HTTPConnection('127.0.0.1', port, timeout=20))


def ask(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request('GET', path)
    return connection.getresponse().read()


class Hasty(threading.Thread):
    """Asks again as soon as it is answered, on one connection."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.count = 0
        self.is_over = False

    def run(self) -> None:
        with connected(self.port) as connection:
            while not self.is_over:
                assert ask(connection, f'/{self.count}') == f'/{self.count}'.encode()
                self.count += 1


class TestCallersThatGoOn:
    def test_a_caller_is_answered_again_and_again_on_its_connection(self, port: int) -> None:
        with connected(port) as connection:
            connection.connect()
            own = connection.sock.getsockname()
            for pause in (0, 0, 0.01, 0, 0.3, 0):  # shorter and longer than a thread waits
                time.sleep(pause)
                assert ask(connection, '/again') == b'/again'
            assert connection.sock.getsockname() == own

    def test_requests_sent_ahead_are_all_answered(self, port: int) -> None:
        with socket.create_connection(('127.0.0.1', port), timeout=20) as pipe:
            pipe.sendall(b''.join(b'GET /%d HTTP/1.1\r\nHost: k\r\n\r\n' % n for n in range(5)))
            got = b''
            while got.count(b'HTTP/1.1 200') < 5 or not got.endswith(b'/4'):
                assert (more := pipe.recv(65_536))
                got += more

    @pytest.mark.parametrize('length', [0, 10, 5000])
    def test_a_body_that_nobody_read_is_not_taken_for_a_request(
        self, port: int, length: int
    ) -> None:
        with connected(port) as connection:
            for _ in range(3):
                connection.request('POST', '/unread', b'GET / ' * length)
                assert connection.getresponse().read() == b'/unread'
            assert ask(connection, '/after') == b'/after'

    def test_who_never_pauses_keeps_nobody_else_out(self, port: int) -> None:
        """There is one thread, and two callers who would each have it for themselves."""
        hasty = [Hasty(port), Hasty(port)]
        for one in hasty:
            one.start()
        for _ in range(20):
            with connected(port) as other:
                assert ask(other, '/other') == b'/other'
        for one in hasty:
            one.is_over = True
        for one in hasty:
            one.join(20)
        assert min(one.count for one in hasty) > 0

    def test_a_panic_costs_its_own_connection_and_nobody_elses(self, port: int) -> None:
        with connected(port) as other:
            assert ask(other, '/before') == b'/before'
            for _ in range(3):
                with connected(port) as gone, pytest.raises(http.client.HTTPException):
                    ask(gone, '/panic')
            assert ask(other, '/after') == b'/after'

    def test_who_hangs_up_leaves_the_thread_free(self, port: int) -> None:
        for _ in range(5):
            with connected(port) as gone:
                ask(gone, '/gone')
        with connected(port) as other:
            assert ask(other, '/other') == b'/other'


class Wire:
    """A socket that remembers what it was given, piece by piece."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def sendall(self, piece: bytes) -> None:
        self.pieces.append(piece)


def answer(method: str = 'GET') -> tuple[Answer, Wire]:
    wire = Wire()
    request = types.SimpleNamespace(method=method, version=(1, 1), should_close=lambda: False)
    return Answer(request, wire, types.SimpleNamespace(protocol='http')), wire


def headers(length: int, **more: str) -> list[tuple[str, str]]:
    named = [(name.replace('_', '-'), value) for name, value in more.items()]
    return [('content-length', str(length)), *named]


class TestAccept:
    @pytest.mark.parametrize('count', range(FEW + 3))
    def test_who_has_a_few_connections_is_slower_to_take_another(
        self, monkeypatch: pytest.MonkeyPatch, count: int
    ) -> None:
        """The other processes are asked at the same moment; of many, chance deals evenly."""
        process, steps = object.__new__(WebProcess), []
        process.nr_conns = count
        monkeypatch.setattr(time, 'sleep', steps.append)
        monkeypatch.setattr(ThreadWorker, 'accept', lambda _, listener: steps.append(listener))
        process.accept('listener')
        waits = [count * STEP_SECONDS] if 1 <= count <= FEW else []
        assert steps == [*waits, 'listener']


class TestAnswer:
    def test_head_and_body_leave_together(self) -> None:
        sent, wire = answer()
        sent.start_response('200 OK', headers(5, vary='Origin'))
        sent.write(b'12345')
        sent.close()
        (piece,) = wire.pieces
        head, _, body = piece.partition(b'\r\n\r\n')
        assert head.startswith(b'HTTP/1.1 200 OK\r\n')
        assert b'\r\nvary: Origin' in head
        assert b'\r\ncontent-length: 5' in head
        assert body == b'12345'

    def test_later_pieces_follow(self) -> None:
        sent, wire = answer()
        sent.start_response('200 OK', headers(4))
        sent.write(b'12')
        sent.write(b'34')
        assert wire.pieces[0].endswith(b'\r\n\r\n12')
        assert wire.pieces[1:] == [b'34']

    def test_a_long_body_is_not_copied(self) -> None:
        sent, wire = answer()
        body = bytes(JOINED + 1)
        sent.start_response('200 OK', headers(len(body)))
        sent.write(body)
        assert wire.pieces[-1] is body

    def test_chunks_stay_chunks(self) -> None:
        sent, wire = answer()
        sent.start_response('200 OK', [('vary', 'Origin')])
        sent.write(b'12345')
        sent.close()
        whole = b''.join(wire.pieces)
        assert whole.endswith(b'\r\n\r\n5\r\n12345\r\n0\r\n\r\n')

    def test_no_body_where_none_may_be(self) -> None:
        sent, wire = answer('HEAD')
        sent.start_response('200 OK', headers(5))
        sent.write(b'12345')
        sent.close()
        assert b''.join(wire.pieces).endswith(b'\r\n\r\n')

    def test_the_same_headers_twice_are_the_same_answer(self) -> None:
        pieces = []
        for _ in range(2):
            sent, wire = answer()
            given = headers(2, allow='GET, POST', etag='"7"', expires='0', x_request_id='a')
            sent.start_response('200 OK', given)
            sent.write(b'ok')
            pieces.append(sorted(wire.pieces[0].split(b'\r\n')))
        assert pieces[0] == pieces[1]
        assert {b'allow: GET, POST', b'etag: "7"', b'x-request-id: a'} <= set(pieces[0])

    @pytest.mark.parametrize('name', ['vary', *sorted(VARIED)])
    @pytest.mark.parametrize('end', ['\r\nset-cookie: b', '\n', '\0', '\x7f'])
    def test_what_ends_a_header_is_refused_each_time(self, name: str, end: str) -> None:
        for _ in range(2):
            sent, _ = answer()
            with pytest.raises(InvalidResponseHeader):
                sent.start_response('200 OK', headers(0, **{name: f'a{end}'}))

    def test_a_stranger_among_known_headers_is_looked_at(self) -> None:
        known = headers(0, vary='Origin')
        answer()[0].start_response('200 OK', known)
        refused: typing.Any = [*known, ('x-o', 'ö\n')]
        with pytest.raises(InvalidResponseHeader):
            answer()[0].start_response('200 OK', refused)

    def test_values_that_never_come_back_are_not_kept_for_ever(self) -> None:
        for page in range(3000):
            answer()[0].start_response('200 OK', headers(0, link=f'<http://k/?page={page}>'))
        assert len(Answer._sound) <= 1001
