"""Prepared statements straight through libpq: one round trip, values as text, no cursor.

psycopg's cursor costs 60 to 80 µs of this process a statement, most of it for what reads that
return JSON made by PostgreSQL do not need: adapters, types of columns, rows.
"""

import datetime as dt
import functools
import itertools
import re
import typing
from collections.abc import Mapping

import psycopg
from psycopg import pq
from psycopg._preparing import PrepareManager

MOST = 4000  #: statements a connection keeps; plans cost the server some 9 to 47 KB each
PLACE = re.compile(r'%\((\w+)\)s|%%')
TUPLES_OK = pq.ExecStatus.TUPLES_OK
GONE = '26000'  #: invalid_sql_statement_name


class Lasting(PrepareManager):
    """psycopg forgets every prepared statement, on the server too, at each ROLLBACK, in case it
    undid a table. No table changes on these connections (DDL has its own), and a refused request
    must not cost the plans of all companies.
    """

    def _should_discard(self, *_: object, **__: object) -> bool:
        return False


class _Statement(typing.NamedTuple):
    sql: bytes
    names: tuple[str, ...]


class _Prepared(typing.NamedTuple):
    name: bytes
    parameters: tuple[str, ...]  #: in the order of $1, $2, …


class _Names:
    """The statements that one connection has prepared, by their SQL."""

    def __init__(self) -> None:
        self.names: dict[str, _Prepared] = {}
        self.count = 0


NOUGHTS = itertools.repeat(0)
KNOWN = 'karvo_names'  #: the attribute of a connection that holds its names


def fetch(
    connection: psycopg.Connection, sql: str, params: Mapping[str, typing.Any]
) -> tuple[bytes | None, ...]:
    """The first row's columns as text; (None,) without a row. Raises psycopg's errors."""
    result = _run(connection, sql, params)
    if not result.ntuples:
        return (None,)
    return tuple(map(result.get_value, NOUGHTS, range(result.nfields)))


def fetch_all(
    connection: psycopg.Connection, sql: str, params: Mapping[str, typing.Any]
) -> list[tuple[bytes | None, ...]]:
    """All rows, their columns as text."""
    result = _run(connection, sql, params)
    columns = range(result.nfields)
    return [
        tuple([result.get_value(row, column) for column in columns])
        for row in range(result.ntuples)
    ]


def texts(row: typing.Iterable[typing.Any]) -> tuple[bytes | None, ...]:
    """What psycopg made of such columns, as they were."""
    return tuple(None if value is None else str(value).encode() for value in row)


def _run(
    connection: psycopg.Connection, sql: str, params: Mapping[str, typing.Any]
) -> pq.abc.PGresult:
    kept: _Names | None = vars(connection).get(KNOWN)
    found = kept.names.get(sql) if kept else None
    name, parameters = found or _prepare(connection, sql)
    values = [
        value.encode() if type(value := params[one]) is str else _text(value) for one in parameters
    ]
    if b'\0' in b''.join(filter(None, values)):
        raise _nul()
    # libpq takes None for NULL; the stubs do not say so.
    result = connection.pgconn.exec_prepared(name, typing.cast('list[bytes]', values))
    if result.status != TUPLES_OK:
        raise _error(connection, result)
    return result


def _prepare(connection: psycopg.Connection, sql: str) -> _Prepared:
    kept: _Names | None = vars(connection).get(KNOWN)
    if kept is None:
        kept = vars(connection)[KNOWN] = _Names()
    if len(kept.names) >= MOST:
        oldest = next(iter(kept.names))
        connection.pgconn.exec_(b'DEALLOCATE ' + kept.names.pop(oldest).name)
    kept.count += 1
    statement = _parsed(sql)
    name = f'karvo_{kept.count}'.encode()
    result = connection.pgconn.prepare(name, statement.sql)
    if result.status != pq.ExecStatus.COMMAND_OK:
        raise _error(connection, result)
    kept.names[sql] = prepared = _Prepared(name, statement.names)
    return prepared


def _error(connection: psycopg.Connection, result: typing.Any) -> psycopg.Error:
    error = psycopg.errors.error_from_result(result)
    if error.sqlstate == GONE:
        vars(connection).pop(KNOWN, None)  # somebody said DISCARD: prepare anew when asked again
    if error.sqlstate is None:
        return psycopg.OperationalError(str(error))
    return error


@functools.lru_cache(maxsize=20_000)
def _parsed(sql: str) -> _Statement:
    """`%(name)s` → $n, each name once; `%%` → %."""
    names: dict[str, int] = {}

    def place(match: re.Match[str]) -> str:
        if match[0] == '%%':
            return '%'
        return f'${names.setdefault(match[1], len(names) + 1)}'

    text = PLACE.sub(place, sql)
    return _Statement(text.encode(), tuple(names))


def _text(value: typing.Any) -> bytes | None:
    """A parameter as PostgreSQL reads it; the statement's own casts and columns give its type."""
    return _TEXTS.get(type(value), _other)(value)


def _nul() -> psycopg.Error:
    """It would end the text silently in libpq."""
    return psycopg.DataError('PostgreSQL text fields cannot contain NUL (0x00) bytes')


def _list(values: typing.Iterable[typing.Any]) -> bytes:
    return b'{' + b','.join(map(_element, values)) + b'}'


def array(values: typing.Iterable[typing.Any]) -> str:
    """An SQL array as text, for a parameter with a cast, however it is sent."""
    return _list(values).decode()


def _other(value: typing.Any) -> bytes:
    return str(value).encode()


_TEXTS: dict[type, typing.Callable[[typing.Any], bytes | None]] = {
    type(None): lambda _: None,
    str: str.encode,
    bool: lambda value: b't' if value else b'f',
    int: lambda value: b'%d' % value,
    float: lambda value: repr(value).encode(),
    dt.date: lambda value: value.isoformat().encode(),
    dt.datetime: lambda value: value.isoformat().encode(),
    list: _list,
    tuple: _list,
}


def _element(value: typing.Any) -> bytes:
    text = _text(value)
    if text is None:
        return b'NULL'
    if isinstance(value, str):
        return b'"' + text.replace(b'\\', b'\\\\').replace(b'"', b'\\"') + b'"'
    return text
