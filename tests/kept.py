"""The rows that a company has when it was provisioned, and the way back to them.

One function in the database per company puts everything back: as the names in it stand still, its
statements are planned once. Rows that a test left alone are recognised by the transaction that
wrote them, and stay.
"""

import psycopg
from psycopg import sql

from tenants import schema

KEEPING = 'kept'  #: the schema of the functions and of the rows to put back
COUNTERS = """
SELECT c.relname, s.last_value IS NOT NULL, coalesce(s.last_value, 1)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_sequences s ON s.schemaname = n.nspname AND s.sequencename = c.relname
WHERE c.relkind = 'S' AND n.nspname = %s AND c.relname NOT LIKE 'migration\\_%%'"""
EMPTY = 'DELETE FROM {here};'
#: Rows that were added or changed go; where one is missing then, all are put back.
PUT_BACK = """
DELETE FROM {here} WHERE xmin::text::bigint >= since[{position}];
SELECT count(*) INTO found FROM {here};
IF found <> {count} THEN
  DELETE FROM {here};
  INSERT INTO {here} SELECT * FROM {there};
  anew := anew || {position};
END IF;"""
COUNT_ON = """
PERFORM setval({name}, {value}, {is_called}) FROM {here}
WHERE last_value <> {value} OR is_called <> {is_called};"""
FUNCTION = """
CREATE FUNCTION {name}(since bigint[]) RETURNS int[] LANGUAGE plpgsql AS $body$
DECLARE anew int[] := array[]::int[]; found bigint;
BEGIN
{body}
RETURN anew;
END $body$"""


class Kept:
    """One company's; made when it was provisioned and nothing else has happened in it."""

    def __init__(self, connection: psycopg.Connection, name: str) -> None:
        self._name = name
        self._opened = [table for table in schema.tables() if self._keep(connection, table)]
        body = sql.SQL('\n').join([*self._tables(connection), *self._counters(connection)])
        function = sql.SQL(FUNCTION).format(name=sql.Identifier(KEEPING, name), body=body)
        connection.execute(function)
        self._since = [_transaction(connection)] * len(self._opened)

    def restore(self, connection: psycopg.Connection) -> None:
        """Back to the rows and counters of the beginning; inside the caller's transaction."""
        call = f'SELECT {KEEPING}."{self._name}"(%s::bigint[])'
        [anew] = connection.execute(call, [self._since]).fetchone() or [[]]
        if anew:
            now = _transaction(connection) + 1
            for position in anew:
                self._since[position - 1] = now

    def _keep(self, connection: psycopg.Connection, table: str) -> bool:
        """The rows of a table that has some, in a table of their own."""
        here, there = self._places(table)
        found = connection.execute(sql.SQL('SELECT EXISTS (SELECT FROM {})').format(here))
        [has_rows] = found.fetchone() or [False]
        if has_rows:
            copy = sql.SQL('CREATE TABLE {} AS SELECT * FROM {}').format(there, here)
            connection.execute(copy)
        return bool(has_rows)

    def _tables(self, connection: psycopg.Connection) -> list[sql.Composed]:
        found = []
        for table in schema.tables():
            here, there = self._places(table)
            if table not in self._opened:
                found.append(sql.SQL(EMPTY).format(here=here))
                continue
            rows = connection.execute(sql.SQL('SELECT count(*) FROM {}').format(there))
            [count] = rows.fetchone() or [0]
            position = sql.Literal(self._opened.index(table) + 1)
            found.append(
                sql.SQL(PUT_BACK).format(
                    here=here, there=there, count=sql.Literal(count), position=position
                )
            )
        return found

    def _counters(self, connection: psycopg.Connection) -> list[sql.Composed]:
        return [
            sql.SQL(COUNT_ON).format(
                name=sql.Literal(f'"{self._name}"."{counter}"'),
                here=sql.Identifier(self._name, counter),
                value=sql.Literal(value),
                is_called=sql.Literal(is_called),
            )
            for counter, is_called, value in connection.execute(COUNTERS, [self._name])
        ]

    def _places(self, table: str) -> tuple[sql.Identifier, sql.Identifier]:
        return sql.Identifier(self._name, table), sql.Identifier(KEEPING, f'{self._name}_{table}')


def _transaction(connection: psycopg.Connection) -> int:
    """This transaction's number; those of later ones are greater."""
    [number] = connection.execute('SELECT pg_current_xact_id()::text::bigint').fetchone() or [0]
    return int(number)
