"""Tells the workers that a company has news: after the commit, from a thread of its own.

A hint that costs the request nothing: it lands in memory, and one statement writes all of the last
moments into the workers' index. What gets lost with the process is found by the slow sweep.
"""

import atexit
import contextlib
import os
import threading

import psycopg

from karvo.config import BadConfig, config
from karvo.kit import clock, prepared
from karvo.kit.db import Place, connect, url_of
from karvo.kit.log import log

GATHER = 0.02  #: seconds that hints are gathered for one statement
REST = 0.1  #: seconds at least until the next one, however many more come
AGAIN = 1.0  #: seconds until the next try where the database is down
CHANNEL = 'karvo_work'

#: Who was dropped meanwhile is left out; in one order, so that no two processes deadlock.
ADD = """
INSERT INTO control.company_work AS w (company_id, due, hinted_at, waiting)
SELECT c.id, %(now)s::timestamptz, %(now)s::timestamptz, '{}' FROM control.company c
WHERE c.id = ANY(%(ids)s::bigint[]) ORDER BY c.id
ON CONFLICT (company_id) DO UPDATE SET due = least(w.due, excluded.due),
  hinted_at = excluded.hinted_at"""
NOTIFY = f"SELECT pg_notify('{CHANNEL}', '')"
#: Both in one round trip and one commit.
ADD_AND_NOTIFY = f'WITH added AS ({ADD}) {NOTIFY}'


class _Hints:
    """What this process has to tell, and its own connection: requests' statements stay theirs."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.flushing = threading.Lock()
        self.pid = 0
        self.is_waiting = threading.Event()
        self.companies: set[int] = set()
        self.platform = False
        self.connection: psycopg.Connection | None = None


_hints = _Hints()


def wake(company: Place | int) -> None:
    """Have a worker look at this company soon. Asks no database: may be called after any commit."""
    number = company if isinstance(company, int) else int(company.schema.removeprefix('c_'))
    if _hints.pid != os.getpid():
        _start()
    with _hints.lock:
        _hints.companies.add(number)
    _hints.is_waiting.set()


def wake_platform() -> None:
    """Have the workers look for work in the control tables soon."""
    if _hints.pid != os.getpid():
        _start()
    _hints.platform = True
    _hints.is_waiting.set()


def _start() -> None:
    """A thread does not survive a fork: each process has its own, from its first hint on."""
    with _hints.lock:
        if _hints.pid == os.getpid():
            return
        _hints.flushing = threading.Lock()
        _hints.pid, _hints.companies, _hints.platform = os.getpid(), set(), False
        _hints.connection, _hints.is_waiting = None, threading.Event()
    threading.Thread(target=_flush_forever, daemon=True, name='wake').start()
    atexit.register(flush)


def _flush_forever() -> None:
    ticker, is_down = threading.Event(), False
    while _hints.is_waiting.wait():
        ticker.wait(AGAIN if is_down else GATHER)
        _hints.is_waiting.clear()
        was_down, is_down = is_down, not flush()
        if is_down:
            _hints.is_waiting.set()
            if not was_down:
                log.warning('workers not told, tried again')
        ticker.wait(REST)


def flush() -> bool:
    """Write what was gathered; kept for the next time, and False, where that fails."""
    with _hints.flushing:
        with _hints.lock:
            companies, _hints.companies = _hints.companies, set()
            platform, _hints.platform = _hints.platform, False
        if not companies and not platform:
            return True
        try:
            _write(companies)
            return True
        except (psycopg.Error, OSError, BadConfig):
            _forget_connection()
    with _hints.lock:
        _hints.companies |= companies
        _hints.platform |= platform
    return False


def _write(companies: set[int]) -> None:
    connection = _hints.connection
    if connection is None or connection.closed:
        connection = _hints.connection = connect(url_of('main'))
        if config.is_pooled:
            connection.prepare_threshold = None
    sql = ADD_AND_NOTIFY if companies else NOTIFY
    params = {'ids': sorted(companies), 'now': clock.now()}
    if config.is_pooled:
        connection.execute(sql, params)
    else:
        prepared.fetch(connection, sql, params)


def close() -> None:
    """Tell what is left, and let go of the connection."""
    if _hints.pid == os.getpid():
        flush()
        with _hints.flushing:
            _forget_connection()


def _forget_connection() -> None:
    if _hints.connection is not None:
        with contextlib.suppress(psycopg.Error):
            _hints.connection.close()
    _hints.connection = None
