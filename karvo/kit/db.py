"""Connections. One database object serves every company, each in a schema of its own.

The search path is set here and nowhere else (decision 0003). Direct mode keeps one connection per
thread and placement, and sets the path only when the connection's company changes; pooled mode
sets it first in every transaction. Without a company nothing can be read at all.
"""

import contextlib
import functools
import re
import threading
import time
import typing
from collections.abc import Iterator, Mapping, Sequence

import msgspec
import peewee
import psycopg

from karvo.config import BadConfig, config
from karvo.kit import connections, prepared
from karvo.kit.unit import Unit

DENY = 'karvo_no_company'  #: a schema that never exists: a forgotten company finds no table
MAX_AGE = 1800.0  #: seconds; backends never give back what they cached about tables
IDLE = 1.0  #: seconds; a connection unused for so long is looked at before it is used
CLOSED = psycopg.pq.ConnStatus.BAD
SCHEMA = re.compile(r'c_[0-9]{1,18}')

Params = Mapping[str, typing.Any] | Sequence[typing.Any]
StatementHook = typing.Callable[[str, str], None]


class NoCompany(RuntimeError):
    """A company's table was touched without saying whose. A bug, never a request's fault."""


class Place(msgspec.Struct, frozen=True):
    """Where a company's rows are: its schema, and the database that holds it."""

    schema: str
    placement: str = 'main'

    def __post_init__(self) -> None:
        if not SCHEMA.fullmatch(self.schema):
            raise ValueError(f'no company schema: {self.schema!r}')


def company_place(number: int, placement: str = 'main') -> Place:
    """The one function that names schemas."""
    return Place(f'c_{number}', placement)


class _Local(threading.local):
    def __init__(self) -> None:
        self.place: Place | None = None
        self.states: dict[str, _State] = {}
        self.statements = 0


class _State(peewee._ConnectionState):
    """Peewee's state of one connection, with the company that it points at and its age."""

    conn: psycopg.Connection
    begun: contextlib.AbstractContextManager[object] | None = None

    def reset(self) -> None:
        super().reset()
        self.schema = ''
        self.opened = self.used = time.monotonic()
        self.owes_begin = False


class _LocalState(_State, threading.local):
    """The same, one per thread."""


_local = _Local()
_urls: dict[str, str] = {}
_hooks: list[StatementHook] = []


def use_url(placement: str, url: str) -> None:
    """Say where a placement is (the embedded server is known only once it runs)."""
    _urls[placement] = url


def url_of(placement: str) -> str:
    """The libpq URL of a placement; raises BadConfig when there is none."""
    url = _urls.get(placement) or config.database_placements.get(placement)
    if not url and placement == 'main':
        url = config.database_url
    if not url:
        raise BadConfig(
            f'no database for {placement!r}: start with `karvo serve`, or set KARVO_DATABASE_URL'
        )
    return url


def ddl_url_of(placement: str) -> str:
    """Migrations and provisioning go here: past any pooler."""
    if placement == 'main' and config.database_ddl_url:
        return config.database_ddl_url
    return url_of(placement)


def connect(url: str, seconds: int = 10) -> psycopg.Connection:
    """A plain connection in autocommit mode, for DDL and the like; given up after `seconds`."""
    return psycopg.connect(url, autocommit=True, connect_timeout=seconds)


class Database(peewee.PostgresqlDatabase):
    """A Peewee database over psycopg 3 that reconnects, counts its statements and can be pooled."""

    def __init__(self) -> None:
        super().__init__('karvo', prefer_psycopg3=True)
        self._state: _State = _LocalState()

    @property
    def url(self) -> str:
        return url_of('main')

    def _path(self) -> str:
        """The search path of this unit of work; '' = none needed."""
        return ''

    def _connect(self) -> psycopg.Connection:
        connection = connect(self.url)
        if config.is_pooled:
            connection.prepare_threshold = None
        else:
            connection._prepared = prepared.Lasting()
            connection.prepare_threshold = 2
            connection.prepared_max = prepared.MOST
        return connections.opened(connection)

    def begin(self, opening: object = None) -> None:
        path, first = self._path(), str(opening or 'BEGIN')
        if config.is_pooled and path:
            self._send(f'{first}; SET LOCAL search_path TO {path}')
        else:
            self._point()
            self._send(first)

    def unit(self) -> Unit:
        """A transaction that begins with its first statement but for reads through `values`.

        A unit that reads and then writes all it has in one `last` statement needs no BEGIN and no
        COMMIT: two round trips less. Its reads see what was committed before each of them, as they
        would inside (READ COMMITTED).
        """
        return Unit(self._open_state())

    def _begin_if_owed(self) -> None:
        if self._state.owes_begin:
            self._state.owes_begin = False
            transaction = self.transaction()
            transaction.__enter__()
            self._state.begun = transaction

    def in_transaction(self) -> bool:
        return self._state.owes_begin or bool(super().in_transaction())

    def last(self, sql: str, params: Mapping[str, typing.Any]) -> list[tuple[bytes | None, ...]]:
        """The last statement of a unit; by itself where nothing has begun. Rows as text."""
        text = self.qualify(sql)
        if config.is_pooled:
            rows = self._send(text, params, begins=False).fetchall()
            return [prepared.texts(row) for row in rows]
        self._announce(text)
        # Never asked twice: a lost connection may have lost only the answer.
        return prepared.fetch_all(self._usable_connection(), text, params)

    def execute_sql(self, sql: str, params: typing.Any = None, **_: object) -> typing.Any:
        """Peewee's way in: unqualified names, so the path must be right first."""
        self._begin_if_owed()
        with peewee.__exception_wrapper__:
            if config.is_pooled and not self.in_transaction():
                with self.transaction():
                    return self._send(sql, params or None)
            self._point()
            return self._send(sql, params or None)

    def run(self, sql: str, params: Params | None = None) -> psycopg.Cursor:
        """Hand-written SQL in which `@table` names a table of this company (README: hot path).

        Qualified names need no search path: prepared statements survive a change of company.
        """
        return self._send(self.qualify(sql), params)

    def qualify(self, sql: str) -> str:
        return sql

    def json(self, sql: str, params: Mapping[str, typing.Any] | None = None) -> bytes | None:
        """The single column of the single row, JSON made by PostgreSQL; None without a row."""
        return self.values(sql, params)[0]

    def values(
        self, sql: str, params: Mapping[str, typing.Any] | None = None
    ) -> tuple[bytes | None, ...]:
        """The columns of the single row as PostgreSQL writes them; (None,) without a row.

        For reads. They go past psycopg's cursors, straight to its libpq: half as dear.
        """
        text = self.qualify(sql)
        if config.is_pooled:
            return prepared.texts(self._send(text, params, begins=False).fetchone() or (None,))
        self._announce(text)
        try:
            return prepared.fetch(self._usable_connection(), text, params or {})
        except psycopg.OperationalError:
            if self.in_transaction() or not self._is_lost():
                raise
        self._state.reset()
        return prepared.fetch(self._usable_connection(), text, params or {})

    def _is_lost(self) -> bool:
        return bool(self._state.conn.pgconn.status != psycopg.pq.ConnStatus.OK)

    def _point(self) -> None:
        path = self._path()
        if config.is_pooled or not path:
            return
        self._usable_connection()  # a new one points nowhere yet
        if self._open_state().schema != path:
            self._send(f'SET search_path TO {path}')
            self._open_state().schema = path

    def _open_state(self) -> _State:
        if self._state.closed:
            self.connect()
        return self._state

    def _send(
        self, sql: str, params: Params | None = None, *, begins: bool = True
    ) -> psycopg.Cursor:
        if begins:
            self._begin_if_owed()
        connection = self._usable_connection()
        self._announce(sql)
        try:
            return connection.execute(sql, params)
        except psycopg.OperationalError:
            if not connection.closed or self.in_transaction():
                raise
        # The server was restarted since; nothing was in progress, so asking again is safe.
        self._state.reset()
        return self._usable_connection().execute(sql, params)

    def _announce(self, sql: str) -> None:
        _local.statements += 1
        for hook in _hooks:
            hook(self._path(), sql)

    def _usable_connection(self) -> psycopg.Connection:
        state, now = self._state, time.monotonic()
        if state.closed:
            self.connect()
        is_lost = state.conn.pgconn.status == CLOSED
        if now - state.used > IDLE and not state.transactions:
            is_lost = is_lost or connections.was_dropped(state.conn)
        if is_lost:
            if state.transactions:
                raise psycopg.OperationalError('the connection was lost in a transaction')
            self._forget_connection(state)
            state = self._open_state()
        state.used = now
        return state.conn

    def _forget_connection(self, state: _State) -> None:
        owes_begin = state.owes_begin
        state.conn.close()
        state.reset()
        self._state.owes_begin = owes_begin

    def recycle(self) -> None:
        """Close this thread's connection when it is old; called between requests."""
        state = self._state
        if not state.closed and time.monotonic() - state.opened > MAX_AGE:
            self.close()
            connections.tell()


class CompanyDatabase(Database):
    """All companies. Which one is asked is the thread's current `company(...)`."""

    @property
    def _state(self) -> _State:
        placement = current_place().placement
        state = _local.states.get(placement)
        if state is None:
            state = _local.states[placement] = _State()
        return state

    @_state.setter
    def _state(self, value: object) -> None:
        """Peewee's constructor sets one state for all; ours are per thread and placement."""

    def recycle(self) -> None:
        """Old connections of every placement that this thread has used."""
        for state in _local.states.values():
            if not state.closed and time.monotonic() - state.opened > MAX_AGE:
                state.conn.close()
                state.reset()
                connections.tell()

    def init(self, database: str, **options: object) -> None:
        self.database, self.deferred = database, False
        self._adapter = self.psycopg3_adapter()
        self._isolation_level = None

    @property
    def url(self) -> str:
        return connections.planned_once(url_of(current_place().placement), config.is_pooled)

    def _path(self) -> str:
        return f'"{current_place().schema}", public'

    def qualify(self, sql: str) -> str:
        return _qualified(sql, current_place().schema)

    def _initialize_connection(self, conn: psycopg.Connection) -> None:
        if not config.is_pooled:
            conn.execute(f'SET search_path TO {DENY}')


@functools.lru_cache(maxsize=20_000)
def _qualified(sql: str, schema: str) -> str:
    return sql.replace('@', f'"{schema}".')


database = CompanyDatabase()


class Keyed(peewee.Model):
    """Base of a company's tables whose rows have a key of their own."""

    class Meta:
        database = database
        legacy_table_names = False


class Model(Keyed):
    """Base of every other table of a company."""

    id = peewee.BigAutoField()


def current_place() -> Place:
    """The thread's company; raises NoCompany."""
    place = _local.place
    if place is None:
        raise NoCompany('no company was chosen: use `with company(place):`')
    return place


class company:  # noqa: N801 - reads as the statement that it is
    """`with company(place):` everything inside reads and writes this company, on this thread."""

    __slots__ = ('_before', '_place')

    def __init__(self, place: Place) -> None:
        self._place = place

    def __enter__(self) -> None:
        self._before = before = _local.place
        if before is not None and before != self._place and database.in_transaction():
            raise NoCompany('a transaction belongs to one company')
        _local.place = self._place

    def __exit__(self, *_: object) -> None:
        _local.place = self._before


def rows(query: typing.Any) -> Iterator[tuple[typing.Any, ...]]:
    """The rows of a Peewee query as tuples, which its stubs do not know."""
    return iter(query.tuples())


def statement_count() -> int:
    """Statements sent by this thread so far, BEGIN and COMMIT included only where sent by us."""
    return _local.statements


def watch(hook: StatementHook) -> None:
    """Call `hook(search path, sql)` for every statement of this process (tests, debugging)."""
    _hooks.append(hook)


def unwatch(hook: StatementHook) -> None:
    _hooks.remove(hook)


def close_all() -> None:
    """This thread's connections to companies."""
    for state in _local.states.values():
        if not state.closed:
            state.conn.close()
            state.reset()
