"""Who calls how often: added up in memory, written by a thread, kept where that fails."""

import datetime as dt
import threading

import psycopg
import pytest

from karvo.kit.actor import Actor
from tenants import usage
from tenants.models import control
from tests.conftest import Api

NOON = dt.datetime(2026, 3, 5, 12, tzinfo=dt.UTC).timestamp()
HALF_A_DAY = 12 * 3600


def caller(api: Api, ip: str = '203.0.113.5') -> Actor:
    return Actor(kind='system', tenant_id=api.tenant.tenant_id, ip=ip)


def written(api: Api) -> dict[dt.date, tuple[int, int]]:
    """Day → calls, those over the limit."""
    sql = 'SELECT day, api_calls, rate_limited_calls FROM control.usage WHERE tenant_id = %(id)s'
    rows = control.run(sql, {'id': api.tenant.tenant_id}).fetchall()
    return {day: (calls, limited) for day, calls, limited in rows}


def test_calls_of_each_day_and_those_over_the_limit(api: Api) -> None:
    for n in range(5):
        usage.count(caller(api), NOON, is_limited=n > 2)
    usage.count(caller(api), NOON + HALF_A_DAY, is_limited=False)
    assert usage.flush() is True
    assert written(api) == {dt.date(2026, 3, 5): (5, 2), dt.date(2026, 3, 6): (1, 0)}


@pytest.mark.parametrize('error', [psycopg.OperationalError('gone'), OSError('no socket')])
def test_what_could_not_be_written_is_written_the_next_time(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    usage.count(caller(api), NOON, is_limited=False)
    with monkeypatch.context() as patch:
        patch.setattr(control, 'run', fail)
        try:
            assert usage.flush() is False
        except OSError:
            assert isinstance(error, OSError)
        usage.count(caller(api), NOON, is_limited=True)
    assert usage.flush() is True
    assert written(api) == {dt.date(2026, 3, 5): (2, 1)}


def test_none_is_lost_when_many_call_at_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, 'MOST_CALLS', 50)

    def call() -> None:
        for n in range(3000):
            usage.count(caller(api), NOON, is_limited=n % 3 == 0)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        usage.flush()
    assert len(usage._calls) < 50
    assert usage.flush() is True
    assert written(api) == {dt.date(2026, 3, 5): (12_000, 4_000)}
