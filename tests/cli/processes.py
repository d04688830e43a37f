"""`karvo …` as processes of the operating system, for the tests that start, ask and end them."""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import typing
from collections.abc import Callable

import psutil

ROOT = pathlib.Path(__file__).parents[2]
WAIT = 60


class Karvo:
    """One `karvo …` process that leads its own group, as a terminal or systemd would start it."""

    def __init__(self, data_dir: pathlib.Path, *arguments: str, **environ: str) -> None:
        settings = {name: text for name, text in os.environ.items() if name[:6] != 'KARVO_'}
        self.process = subprocess.Popen(
            [sys.executable, '-m', 'karvo', *arguments],
            # Another folder than the project's: it must not matter.
            cwd=data_dir.parent,
            env=settings | {'PYTHONPATH': str(ROOT), 'KARVO_DATA_DIR': str(data_dir), **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def line(self, beginning: str) -> str:
        """The next line of stdout that begins like this."""
        assert self.process.stdout
        for text in self.process.stdout:
            if text.startswith(beginning):
                return text.strip()
        assert self.process.stderr
        raise AssertionError(f'it ended: {self.process.stderr.read()}')

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """The whole group gets the signal; returns exit status and stderr."""
        os.killpg(self.process.pid, number)
        return self.refused()

    def refused(self) -> tuple[int, str]:
        _, errors = self.process.communicate(timeout=WAIT)
        return self.process.returncode, errors

    def kill(self) -> None:
        """As the loss of the machine would: every process of it at once."""
        family = [psutil.Process(self.process.pid)]
        family += family[0].children(recursive=True)
        for one in family:
            one.kill()
        self.refused()

    def web(self) -> psutil.Process:
        [master] = self.roles('gunicorn')
        return master

    def roles(self, word: str) -> list[psutil.Process]:
        """The processes of a role, by a word of their command line."""
        children = psutil.Process(self.process.pid).children()
        return [one for one in children if word in one.cmdline()]


Start = Callable[..., Karvo]


def serve(start: Start, port: int, workers: str = '1', only: str = 'web', **environ: str) -> Karvo:
    """Ready to answer."""
    options = ('--port', str(port), '--workers', workers, '--only', only)
    one = start('serve', *options, **environ)
    assert one.line('KARVO') == f'KARVO ready on http://127.0.0.1:{port}'
    return one


def get(port: int, path: str = '/wp-json/se-erp/v2/ping', **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=10)
    with contextlib.closing(connection):
        connection.request('GET', path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(('127.0.0.1', port)) == 0


def holders(data_dir: pathlib.Path) -> list[int]:
    return [one['pid'] for one in json.loads((data_dir / 'postgres.holders').read_text())]


def wait_until(holds: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return int(probe.getsockname()[1])


SECRET = 'the-same-on-every-machine'


def start_machine(
    folder: pathlib.Path, database: str, workers: str = '2', **settings: str
) -> tuple[Karvo, int]:
    """A machine with a data folder of its own, of several that share a server; and its port."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()

    def start(*arguments: str, **environ: str) -> Karvo:
        own = {'KARVO_DATABASE_URL': database, 'KARVO_SECRET_KEY': SECRET, **settings}
        return Karvo(folder / 'var', *arguments, **own, **environ)

    return serve(start, port, workers), port


class Answer(typing.NamedTuple):
    status: int
    body: typing.Any
    headers: dict[str, str]


def ask(
    port: int, key: str, method: str, path: str, body: typing.Any = None, **headers: str
) -> Answer:
    """One request of se-erp/v2 on a connection of its own, which ends with it."""
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=30)
    sent = {'X-SE-ERP-Key': key, 'Content-Type': 'application/json', 'Connection': 'close'}
    named = {name.replace('_', '-'): value for name, value in headers.items()}
    with contextlib.closing(connection):
        text = None if body is None else json.dumps(body)
        connection.request(method, f'/wp-json/se-erp/v2{path}', text, sent | named)
        answer = connection.getresponse()
        return Answer(answer.status, json.loads(answer.read()), dict(answer.getheaders()))
