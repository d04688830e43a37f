"""The servers under measurement and what they cost: gunicorn, its workers, the database."""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator

import psutil
import psycopg

WORKERS, THREADS = 2, 2
Used = dict[int, float]  #: seconds of CPU by process
ROOT = pathlib.Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def gunicorn(application: str, environ: dict[str, str], log: pathlib.Path) -> Iterator['Server']:
    """The application under the very gunicorn of `karvo serve`, on a port of its own."""
    port = free_port()
    command = [sys.executable, '-m', 'gunicorn', '--config', 'python:karvo.gunicorn_conf']
    command += ['--worker-class', 'karvo.kit.web_process.WebProcess', '--threads', str(THREADS)]
    command += ['--workers', str(WORKERS), '--bind', f'127.0.0.1:{port}', application]
    if pathlib.Path('/dev/shm').is_dir():
        command[3:3] = ['--worker-tmp-dir', '/dev/shm']
    with log.open('wb') as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environ | {'PYTHONPATH': str(ROOT)}, stderr=output
        )
    try:
        _wait(port, process, log)
        yield Server(process, port, log)
    finally:
        process.terminate()
        process.wait(40)


def _wait(port: int, process: subprocess.Popen[bytes], log: pathlib.Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', port)):
            return
        time.sleep(0.05)
    raise SystemExit(f'the server did not start:\n{log.read_text()}')


class Server:
    """A running gunicorn."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: pathlib.Path):
        self.port, self.log = port, log
        self._master = psutil.Process(process.pid)

    def workers(self) -> list[psutil.Process]:
        return list(self._master.children())

    def cpu(self) -> Used:
        """What its workers have used so far."""
        return _used(self.workers())

    def mib(self) -> float:
        """The unique memory of its largest worker."""
        return max(worker.memory_full_info().uss for worker in self.workers()) / (1 << 20)


def set_durable(url: str, is_durable: bool) -> None:
    """Whether the database waits for its disk: what is measured does, making the books and
    throwing them away need not.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'ALTER SYSTEM SET fsync = {"on" if is_durable else "off"}')
        connection.execute('SELECT pg_reload_conf()')
    os.sync()


def database_cpu(data_dir: pathlib.Path) -> Used:
    """What the backends of the embedded server have used so far."""
    pid = int(next(data_dir.rglob('postmaster.pid')).read_text().split()[0])
    return _used(psutil.Process(pid).children())


def since(before: Used, now: Used) -> float:
    """Seconds of CPU between two looks. Of a process that ended meanwhile nobody can tell."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in now.items())


def _used(processes: Iterable[psutil.Process]) -> Used:
    return {process.pid: _seconds(process) for process in processes}


def _seconds(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def environment(data_dir: pathlib.Path) -> dict[str, str]:
    """What a measured server sees: nothing of this shell's KARVO settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith('KARVO_')}
    return kept | {'KARVO_DATA_DIR': str(data_dir), 'KARVO_LOG_FORMAT': 'json'}
