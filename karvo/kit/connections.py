"""Connections to the database: how many are open, whether one is still alive, what went wrong."""

import functools
import select
import threading
import weakref
from collections.abc import Callable

import psycopg
from psycopg import conninfo

PLANNED_ONCE = '-c plan_cache_mode=force_generic_plan'
Watcher = Callable[[int], None]

_lock = threading.Lock()
_known: 'weakref.WeakSet[psycopg.Connection]' = weakref.WeakSet()
_watchers: list[Watcher] = []


@functools.cache
def planned_once(url: str, is_pooled: bool) -> str:
    """The same address, with statements that are planned once for a connection, not anew for each
    of the first five values: one with six sections is planned for as long as it runs ten times.
    Behind a pooler nothing is prepared, and no option gets through.
    """
    if is_pooled:
        return url
    options = conninfo.conninfo_to_dict(url).get('options') or ''
    return conninfo.make_conninfo(url, options=f'{options} {PLANNED_ONCE}'.strip())


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
