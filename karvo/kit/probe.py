"""Asks a database something and gives up in time, whatever state the database is in.

psycopg waits for an answer as long as it takes. Health checks must not: a server that is stopped,
or behind a broken network, accepts a query and never answers.
"""

import select
import time

import psycopg
from psycopg import pq

from karvo.kit.db import Database, connect

CONNECT_SECONDS = 2  #: the least that libpq and psycopg know
SECONDS = 2.5  #: a health check is answered within three, on a busy machine too

Rows = list[tuple[bytes | None, ...]]


def ask(database: Database, sql: str, seconds: float = SECONDS) -> Rows:
    """The rows of `sql` as text, over this thread's connection; the statement takes no parameters.

    Raises psycopg.OperationalError or peewee.OperationalError when no answer comes within so many
    seconds. The connection is given up then, so that the next one who asks gets a new one.
    """
    deadline = time.monotonic() + seconds
    if not database.is_closed():
        try:
            return _answer(database.connection(), sql, deadline)
        except psycopg.Error:
            # The server was restarted since: it refuses at once, and there is time to ask again.
            database.close()
            if time.monotonic() > deadline - CONNECT_SECONDS:
                raise
    # A connection of its own tells in time whether one can be had; the thread's has more patience.
    with connect(database.url, CONNECT_SECONDS):
        pass
    try:
        return _answer(database.connection(), sql, deadline)
    except psycopg.Error:
        database.close()
        raise


def _answer(connection: psycopg.Connection, sql: str, deadline: float) -> Rows:
    server = connection.pgconn
    server.send_query(sql.encode())
    rows: Rows = []
    while True:
        _wait(server, deadline)
        result = server.get_result()
        if result is None:
            return rows
        if result.status != pq.ExecStatus.TUPLES_OK:
            raise psycopg.errors.error_from_result(result)
        columns = range(result.nfields)
        rows += [
            tuple([result.get_value(row, column) for column in columns])
            for row in range(result.ntuples)
        ]


def _wait(server: pq.abc.PGconn, deadline: float) -> None:
    """Until there is a result to get, and no longer."""
    poller = select.poll()
    poller.register(server.socket, select.POLLIN)
    while server.is_busy():
        left = deadline - time.monotonic()
        if left <= 0 or not poller.poll(left * 1000):
            raise psycopg.OperationalError('the database gave no answer in time')
        server.consume_input()
