"""The processes that a supervisor watches over: started, told to stop, started again."""

import contextlib
import ctypes
import os
import pathlib
import select
import signal
import subprocess
import sys
import time
import typing

import click
import msgspec

import karvo

#: a little more than gunicorn's graceful_timeout
STOP_SECONDS = 35
FIRST_DELAY, LONGEST_DELAY = 1.0, 30.0  #: seconds until one that died is started again
SOUND = 60.0  #: seconds of life after which the next delay is the first again
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == 'linux' else None


class Child(msgspec.Struct, kw_only=True):
    """One process of a role. Without a vital one there is nothing to watch over."""

    name: str
    command: list[str]
    environ: dict[str, str]
    is_vital: bool
    process: subprocess.Popen[bytes]
    began: float
    delay: float = FIRST_DELAY
    again_at: float | None = None  #: it died, and is started again then
    is_starting: bool = False  #: until it has said that it is ready


class Starting(typing.NamedTuple):
    """One that is not ready yet; the descriptor is closed at its end once it is."""

    child: Child
    ready: int


class Children:
    """The processes of the roles, each in its own group: only the supervisor hears the signals of
    the terminal, and ends them in order."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._environ = environ | _python_path(environ)
        self._all: list[Child] = []

    def __enter__(self) -> 'Children':
        return self

    def __exit__(self, *_: object) -> None:
        ignore([signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
        for child in self._all:
            child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._all:
            try:
                child.process.wait(max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()

    def start(
        self, name: str, command: list[str], environ: dict[str, str], *, is_vital: bool
    ) -> Child:
        """A process that prints what it has to say for itself."""
        child = Child(
            name=name,
            command=command,
            environ=environ,
            is_vital=is_vital,
            process=self._launch(command, environ),
            began=time.monotonic(),
        )
        self._all.append(child)
        return child

    def start_ready(self, name: str, command: list[str]) -> Starting:
        """One that says when it is ready, by closing the descriptor that `--ready` names."""
        ready, theirs = os.pipe()
        os.set_inheritable(theirs, True)
        process = self._launch([*command, '--ready', str(theirs)], {}, [theirs])
        os.close(theirs)
        began = time.monotonic()
        child = Child(
            name=name,
            command=command,
            environ={},
            is_vital=False,
            process=process,
            began=began,
            is_starting=True,
        )
        self._all.append(child)
        return Starting(child, ready)

    def wait_ready(self, starting: Starting, seconds: float) -> None:
        """Raises ClickException when it ends before it is ready, or takes longer."""
        child, deadline = starting.child, time.monotonic() + seconds
        try:
            while not select.select([starting.ready], [], [], 0.2)[0]:
                self.check()
                if time.monotonic() > deadline:
                    raise click.ClickException(
                        f'the {child.name} process is not ready after {seconds:g} s; everything '
                        f'is stopped'
                    )
            # Closed: by a word of it, or by its end.
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(0.1)
                _refuse(child)
            child.is_starting = False
        finally:
            os.close(starting.ready)

    def _launch(
        self, command: list[str], environ: dict[str, str], passed: list[int] | None = None
    ) -> subprocess.Popen[bytes]:
        parent = os.getpid()
        return subprocess.Popen(
            command,
            env=self._environ | environ,
            stdin=subprocess.DEVNULL,
            process_group=0,
            pass_fds=passed or [],
            preexec_fn=lambda: _die_with(parent),
        )

    def check(self) -> None:
        """Refuses to go on without a vital one, or one that never was ready; starts others again
        that ended by themselves.
        """
        for child in self._all:
            if child.process.poll() is not None:
                if child.is_vital or child.is_starting:
                    _refuse(child)
                self._revive(child)

    def _revive(self, child: Child) -> None:
        now = time.monotonic()
        if child.again_at is None:
            if now - child.began > SOUND:
                child.delay = FIRST_DELAY
            child.again_at = now + child.delay
            click.echo(
                f'The {child.name} process ended by itself (exit status '
                f'{child.process.returncode}); started again in {child.delay:g} s.',
                err=True,
            )
            child.delay = min(2 * child.delay, LONGEST_DELAY)
        elif now >= child.again_at:
            child.process = self._launch(child.command, child.environ)
            child.began, child.again_at = now, None


def _refuse(child: Child) -> None:
    raise click.ClickException(
        f'the {child.name} process ended by itself (exit status {child.process.returncode}), '
        f'its reason is above; everything is stopped'
    )


def ignore(numbers: list[signal.Signals]) -> None:
    """These signals do nothing from now on."""
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)


def _die_with(parent: int) -> None:
    """Runs in the child: a supervisor killed with -9 must not leave it on the port (Linux)."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)


def _python_path(environ: dict[str, str]) -> dict[str, str]:
    """From a checkout that is not installed the children find nothing by themselves."""
    root = pathlib.Path(karvo.__file__).resolve().parents[1]
    if not (root / 'pyproject.toml').exists():
        return {}
    known = environ.get('PYTHONPATH')
    return {'PYTHONPATH': os.pathsep.join([str(root), *([known] if known else [])])}
