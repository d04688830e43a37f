"""One process per role and the one that watches over them: starts them, says when they are ready,
passes a signal on, starts workers again that died, and ends them all when the web does.
"""

import contextlib
import fcntl
import http.client
import os
import pathlib
import shutil
import signal
import socket
import sys
import time
import types
from collections.abc import Callable, Iterator

import click
import msgspec

from karvo.cli.children import Children, ignore
from karvo.cli.database import migrate_all, open_database
from karvo.config import config
from karvo.kit.holders import open_lock
from karvo.kit.postgres import CannotStart, Embedded

READY_SECONDS = 120
PING = '/wp-json/se-erp/v2/ping'
PORT_SECONDS = 3
WORKER = 'karvo.kit.web_process.WebProcess'


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Where the role web answers, and how many processes the roles have."""

    host: str
    port: int
    workers: int
    worker_processes: int = 1

    @property
    def address(self) -> str:
        host = f'[{self.host}]' if ':' in self.host else self.host
        return f'{host}:{self.port}'

    @property
    def url(self) -> str:
        return f'http://{self.address}'


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """What `karvo serve --only` names."""

    #: of one process; one of the role web brings its own workers along
    command: Callable[[Site], list[str]]
    #: how many of them
    count: Callable[[Site], int] = lambda site: 1
    #: listens on the site's port, and only once per data folder
    has_http: bool


class Stopped(BaseException):
    """SIGTERM, SIGINT or SIGHUP came."""


def web(site: Site) -> list[str]:
    """Gunicorn over `wsgi:app`. -P: modules of the current folder must not shadow ours."""
    command = [sys.executable, '-P', '-m', 'gunicorn', '--config', 'python:karvo.gunicorn_conf']
    command += ['--worker-class', WORKER, '--threads', '2', '--workers', str(site.workers)]
    if pathlib.Path('/dev/shm').is_dir() and os.access('/dev/shm', os.W_OK):
        # Heartbeats on a slow disk would have workers killed as if they hung.
        command += ['--worker-tmp-dir', '/dev/shm']
    return [*command, '--bind', site.address, 'wsgi:app']


def of_role(name: str) -> Callable[[Site], list[str]]:
    """A process of a role without HTTP (karvo/cli/roles.py)."""
    return lambda site: [sys.executable, '-P', '-m', 'karvo', 'role', name]


ROLES = {
    'web': Role(command=web, has_http=True),
    'worker': Role(
        command=of_role('worker'), count=lambda site: site.worker_processes, has_http=False
    ),
    'scheduler': Role(command=of_role('scheduler'), has_http=False),
}
PLANNED = ('realtime',)


def supervise(
    site: Site, names: list[str], *, prepare: Callable[[], None], announce: Callable[[], None]
) -> int:
    """Runs the named roles until a signal comes; returns the exit status.

    `prepare` runs with the database migrated and before any role starts, `announce` once
    requests succeed.
    """
    roles = {name: ROLES[name] for name in names}
    _warn_of_fixed_date()
    try:
        with _signals(), contextlib.ExitStack() as stack:
            for name, role in roles.items():
                if role.has_http:
                    stack.enter_context(_alone(config.data_dir, name))
                    _refuse_taken_port(site)
            environ = stack.enter_context(open_database())
            migrate_all()
            prepare()
            children = stack.enter_context(Children({**os.environ, **environ}))
            return _run(site, roles, children, announce)
    except Stopped:
        return 0


def _run(
    site: Site, roles: dict[str, Role], children: Children, announce: Callable[[], None]
) -> int:
    served = {name: role for name, role in roles.items() if role.has_http}
    for name, role in served.items():
        environ = _own_environ(name)
        children.start(name, role.command(site), environ, is_vital=True)
    starting = {
        name: [children.start_ready(name, role.command(site)) for _ in range(role.count(site))]
        for name, role in roles.items()
        if not role.has_http
    }
    for _ in served:
        _wait_until_answering(site, children)
        click.echo(f'KARVO ready on {site.url}')
    for name, ones in starting.items():
        for one in ones:
            children.wait_ready(one, READY_SECONDS)
        click.echo(f'KARVO ready ({name})')
    announce()
    while True:
        for _ in range(5):
            children.check()
            time.sleep(0.2)
        _revive_database()


def _own_environ(name: str) -> dict[str, str]:
    """Where the processes of a role count for `/metrics`: a folder that is empty at the start."""
    folder = config.data_dir.resolve() / 'run' / f'metrics-{name}'
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return {'PROMETHEUS_MULTIPROC_DIR': str(folder)}


def _revive_database() -> None:
    # The embedded server may be killed for its memory; an own server is its operator's business.
    if config.database_url:
        return
    try:
        if Embedded(config.data_dir).revive():
            click.echo('The embedded database had died; it runs again.', err=True)
    except CannotStart as error:
        raise click.ClickException(str(error)) from None


def _warn_of_fixed_date() -> None:
    if config.today is not None:
        click.echo(
            f'Warning: KARVO_TODAY={config.today}: the business clock stands still. For tests '
            f'and sandboxes only.',
            err=True,
        )


def cores() -> int:
    """Those that this process may use, where the system tells."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    """The first signal raises Stopped; those after it do not disturb the orderly end."""
    numbers = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # ignored: started under nohup
        numbers.append(signal.SIGHUP)

    def stop(_number: int, _frame: types.FrameType | None) -> None:
        ignore(numbers)
        raise Stopped

    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _alone(data_dir: pathlib.Path, name: str) -> Iterator[None]:
    """Refuses a second one on the same data folder; the lock dies with this process."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = open_lock(data_dir / f'{name}.lock')
    except OSError as error:
        raise click.ClickException(
            f'the data folder {data_dir.resolve()} cannot be written ({error.strerror}): make it '
            f'writable, or set KARVO_DATA_DIR to another folder'
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise click.ClickException(
            f'the role {name} already runs on the data folder {data_dir.resolve()}: stop that '
            f'one first, or set KARVO_DATA_DIR to another folder'
        ) from None
    try:
        yield
    finally:
        os.close(descriptor)


def port_problem(host: str, port: int) -> str | None:
    """Why nothing can listen there, None when it is free."""
    try:
        family, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error.strerror or str(error)
    return None


def _refuse_taken_port(site: Site) -> None:
    # A web process whose supervisor was just killed needs a moment to let go of the port.
    deadline = time.monotonic() + PORT_SECONDS
    while problem := port_problem(site.host, site.port):
        if time.monotonic() > deadline:
            raise click.ClickException(
                f'cannot listen on {site.address} ({problem}): choose another --port or --host'
            )
        time.sleep(0.1)


def _wait_until_answering(site: Site, children: Children) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while _ping(site) != 200:
        children.check()
        if time.monotonic() > deadline:
            raise click.ClickException(
                f'{site.url}{PING} does not answer after {READY_SECONDS} s; everything is stopped'
            )
        time.sleep(0.05)


def _ping(site: Site) -> int | None:
    """The status, None while nobody listens. Straight, whatever proxies the environment names."""
    everywhere = {'0.0.0.0': '127.0.0.1', '': '127.0.0.1', '::': '::1'}
    host = everywhere.get(site.host, site.host)
    connection = http.client.HTTPConnection(host, site.port, timeout=10)
    try:
        connection.request('GET', PING, headers={'Connection': 'close'})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
