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
from collections.abc import Iterator

import pytest

APP = """
import os
def app(environ, start):
    length = str(len(environ['PATH_INFO']))
    start('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', length)])
    return [environ['PATH_INFO'].encode()]
"""


@pytest.fixture(scope='module')
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder: pathlib.Path = tmp_path_factory.mktemp('web')
    (folder / 'echo.py').write_text(APP)
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, '-m', 'gunicorn', '--config', 'python:karvo.gunicorn_conf']
    command += ['--worker-class', 'karvo.kit.web_process.WebProcess', '--threads', '1']
    command += ['--workers', '1', '--bind', f'127.0.0.1:{port}', '--chdir', str(folder), 'echo:app']
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

    def test_who_hangs_up_leaves_the_thread_free(self, port: int) -> None:
        for _ in range(5):
            with connected(port) as gone:
                ask(gone, '/gone')
        with connected(port) as other:
            assert ask(other, '/other') == b'/other'
