"""How many database connections this process has open. Who wants to know is told of changes."""

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
