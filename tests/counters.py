"""Somebody who holds a company's counters, so that whoever wants a number waits."""

import contextlib
from collections.abc import Iterator

import psycopg

from karvo.kit.db import url_of
from tests.conftest import Api

WAITING = 'SELECT count(*) FROM pg_catalog.pg_locks WHERE NOT granted'


@contextlib.contextmanager
def counters_held(api: Api) -> Iterator[psycopg.Connection]:
    """Until the connection's transaction is rolled back, or the block ends."""
    assert api.tenant
    with psycopg.connect(url_of('main')) as connection:
        connection.execute(f'SELECT * FROM {api.tenant.schema}.number_series FOR UPDATE')
        yield connection
        connection.rollback()


def waiting() -> int:
    """How many sessions wait for a lock."""
    with psycopg.connect(url_of('main')) as connection:
        [(count,)] = connection.execute(WAITING)
        return int(count)
