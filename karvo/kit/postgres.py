"""The embedded PostgreSQL of an installation without an own server, shared by every process that
needs it: the first starts it, the rest join, the last one out stops it.
"""

import os
import pathlib
import types
import urllib.parse

import psycopg

from karvo.kit import holders
from karvo.kit.cluster import PORT, SUPERUSER, Cluster
from karvo.kit.server_user import CannotStart

__all__ = ['CannotStart', 'Embedded']

DATABASE = 'karvo'
#: in the cluster's path these would be read by the shell that starts the server
UNUSABLE = frozenset('\'"`$\\\n')


class Embedded:
    """One process's hold on the server; usable as a context manager, several times over."""

    def __init__(self, data_dir: pathlib.Path) -> None:
        self._data_dir = data_dir.expanduser().resolve()
        self._cluster = Cluster(self._data_dir / 'postgres')
        self._held_by: int | None = None

    def __enter__(self) -> 'Embedded':
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self.release()

    def start(self) -> str:
        """Starts the server or joins the running one; returns the URL of the database `karvo`.

        Called again it sees to it that the server runs, under the same hold. Raises CannotStart
        with one line that says what to do.
        """
        self._check_folder()
        with holders.locked(self._list) as holding:
            if self._held_by == os.getpid():
                return self._run()
            holding.add_self()
            try:
                url = self._run()
            except BaseException:
                self._leave(holding)
                raise
            self._held_by = os.getpid()
        return url

    def revive(self) -> bool:
        """Starts a server again that died under its holders; True when that was needed."""
        if self._cluster.is_running():
            return False
        with holders.locked(self._list):
            self._run()
        return True

    def release(self) -> None:
        """Gives this hold back; a second call, or one from a forked child, does nothing."""
        if self._held_by != os.getpid():
            return
        self._held_by = None
        with holders.locked(self._list) as holding:
            self._leave(holding)

    def _leave(self, holding: holders.Holders) -> None:
        holding.remove_self()
        if not holding.living():
            self._cluster.stop()

    def _run(self) -> str:
        try:
            socket_dir = self._cluster.ensure_running()
            _create_database(socket_dir)
        except (OSError, psycopg.Error) as error:
            reason = ' '.join(str(error).split())
            raise CannotStart(
                f'the embedded database in {self._cluster.folder} is out of reach: {reason}'
            ) from error
        return _url(socket_dir, DATABASE)

    @property
    def _list(self) -> pathlib.Path:
        return self._data_dir / 'postgres.holders'

    def _check_folder(self) -> None:
        if UNUSABLE & set(str(self._data_dir)):
            raise CannotStart(
                f'the data folder {self._data_dir} has quotes, $ or \\ in its name: set '
                f'KARVO_DATA_DIR to another folder'
            )
        try:
            self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(holders.open_lock(self._list))
        except OSError as error:
            raise CannotStart(
                f'the data folder {self._data_dir} cannot be written ({error.strerror}): make it '
                f'writable, or set KARVO_DATA_DIR to another folder'
            ) from None


def _url(socket_dir: pathlib.Path, database: str) -> str:
    host = urllib.parse.quote(str(socket_dir), safe='')
    return f'postgresql://{SUPERUSER}@/{database}?host={host}&port={PORT}'


def _create_database(socket_dir: pathlib.Path) -> None:
    with psycopg.connect(_url(socket_dir, 'postgres'), autocommit=True) as connection:
        known = connection.execute('SELECT 1 FROM pg_database WHERE datname = %s', [DATABASE])
        if known.fetchone() is None:
            connection.execute(f'CREATE DATABASE {DATABASE}')
