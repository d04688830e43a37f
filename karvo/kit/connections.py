"""Connections to the database: how many are open, whether one is still alive, what went wrong."""

import select
import threading
import weakref
from collections.abc import Callable

import psycopg

Watcher = Callable[[int], None]

_lock = threading.Lock()
_known: 'weakref.WeakSet[psycopg.Connection]' = weakref.WeakSet()
_watchers: list[Watcher] = []


def opened(connection: psycopg.Connection) -> psycopg.Connection:
    """Count a new connection for as long as it is open; returns it."""
    with _lock:
        _known.add(connection)
    tell()
    return connection


def count() -> int:
    """Those that are open; one that its server dropped counts until somebody used it."""
    with _lock:
        return sum(not connection.closed for connection in _known)


def watch(watcher: Watcher) -> None:
    """Call `watcher(count)` whenever a connection was opened or closed."""
    _watchers.append(watcher)


def tell() -> None:
    """A connection was closed, or opened."""
    now_open = count()
    for watcher in _watchers:
        watcher(now_open)


def was_dropped(connection: psycopg.Connection) -> bool:
    """Whether the server has closed it meanwhile (it was restarted): no statement is lost to find
    out, and so a write need not be refused for it.
    """
    poller = select.poll()
    poller.register(connection.fileno(), select.POLLIN)
    try:
        while poller.poll(0):  # its last words, then the end
            connection.pgconn.consume_input()
    except psycopg.OperationalError:
        return True
    return connection.pgconn.status != psycopg.pq.ConnStatus.OK


def sqlstate(error: BaseException | None) -> str:
    """The SQLSTATE behind a psycopg or Peewee error, '' if none; match on nothing else."""
    while error is not None:
        if isinstance(error, psycopg.Error):
            return error.sqlstate or (
                '08006' if isinstance(error, psycopg.OperationalError) else ''
            )
        error = error.__cause__ or error.__context__
    return ''
