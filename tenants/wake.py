"""Tells the workers that a company has news: after the commit, from a thread of its own.

A hint that costs the request nothing: it lands in memory, and one statement writes all of the last
moments into the workers' index. What gets lost with the process is found by the slow sweep.
"""

import contextlib
import os
import threading

import psycopg

from karvo.config import BadConfig, config
from karvo.kit import clock, prepared
from karvo.kit.db import Place, connect, url_of
from karvo.kit.later import PATIENCE, Later
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
        self.companies: set[int] = set()
        self.platform = False
        self.is_down = False  #: the database, at the last try
        self.connection: psycopg.Connection | None = None


_hints = _Hints()


def _begin_anew() -> None:
    """A child has nothing to tell yet, and its parent's connection is not its own."""
    global _hints
    _hints = _Hints()


os.register_at_fork(after_in_child=_begin_anew)


def wake(company: Place | int) -> None:
    """Have a worker look at this company soon. Asks no database: may be called after any commit."""
    number = company if isinstance(company, int) else int(company.schema.removeprefix('c_'))
    with _hints.lock:
        _hints.companies.add(number)
    _later.ask()


def wake_platform() -> None:
    """Have the workers look for work in the control tables soon."""
    with _hints.lock:
        _hints.platform = True
    _later.ask()


def _tell() -> bool:
    """Write what was gathered; kept for the next time, and False, where that fails."""
    with _hints.lock:
        companies, _hints.companies = _hints.companies, set()
        platform, _hints.platform = _hints.platform, False
    if not companies and not platform:
        return True
    is_told = False
    try:
        _write(companies)
        is_told = True
    except (psycopg.Error, OSError, BadConfig):
        _forget_connection()
    finally:
        if not is_told:
            _put_back(companies, platform)
    was_down, _hints.is_down = _hints.is_down, not is_told
    if _hints.is_down and not was_down:
        log.warning('workers not told, tried again')
    return is_told


def _put_back(companies: set[int], platform: bool) -> None:
    with _hints.lock:
        _hints.companies |= companies
        _hints.platform |= platform


_later = Later('wake', _tell, gather=GATHER, rest=REST, again=AGAIN)
flush = _later.flush


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
    flush()
    if _later.doing.acquire(timeout=PATIENCE):
        try:
            _forget_connection()
        finally:
            _later.doing.release()


def _forget_connection() -> None:
    if _hints.connection is not None:
        with contextlib.suppress(psycopg.Error):
            _hints.connection.close()
    _hints.connection = None
