"""The role worker: told after the commit, fair, stubborn, and once for each event."""

import datetime as dt
import pathlib
import threading
import time
import typing
from collections.abc import Iterator

import psycopg
import pytest

from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.db import connect, url_of
from karvo.kit.jobs import Carrier, PlatformCarrier, StoredEvent
from karvo.kit.outbox import AuditLog
from karvo.kit.work import atomic
from tenants import claims, wake
from tenants.models import Company, CompanyWork, control
from tests import recycled
from tests.conftest import Api
from tests.tenants.workers import FAST, process, until, working

BODY = {'customer_code': 'A', 'customer_name': 'A', 'subtotal': 100}
#: Each event leaves a line in the audit log, in a transaction that takes a while.
SLOW = """
import time
from karvo.cli.database import open_database
from karvo.kit.work import atomic
from tenants.worker import Pace, Worker
def note(event, actor):
    with atomic() as work:
        work.audit('seen', 'event', event.seq, actor)
    time.sleep(0.01)
with open_database():
    one = Worker({'invoice.posted': [note]}, [], pace=Pace(lease=1.0, poll=0.05, adopt=0.2))
    one.run(lambda: print('ready', flush=True))
"""


def company_id(api: Api) -> int:
    return int(Company.get(Company.uid == api.tenant.company_id).id)


@pytest.fixture
def quiet(api: Api) -> Iterator[Api]:
    """Nobody else in this database is due: what a test sees is its own doing."""
    wake.flush()
    claims.adopt()
    CompanyWork.update(due=clock.now() + dt.timedelta(hours=1), held_until=None).execute()
    yield api
    control.run('DELETE FROM control.company_work')


class Log:
    """What was carried: (company, what), in order."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, typing.Any]] = []

    def note(self, event: StoredEvent, actor: Actor) -> None:
        self.lines.append((actor.company_id, event.type))


class TestWake:
    def test_a_commit_with_events_is_carried_at_once(self, quiet: Api) -> None:
        log = Log()
        with working({'invoice.posted': [log.note]}, pace=_slow_poll(), listens=True):
            time.sleep(0.2)
            quiet.post('/invoices', BODY)
            assert until(lambda: log.lines) < 2
        assert log.lines == [(company_id(quiet), 'invoice.posted')]

    def test_so_is_a_write_with_an_idempotency_key(self, quiet: Api) -> None:
        quiet.post('/invoices', BODY, headers={'Idempotency-Key': 'one'})
        assert wake._hints.companies or wake.flush()
        wake.flush()
        assert CompanyWork.get(CompanyWork.company == company_id(quiet)).due <= clock.now()

    def test_one_that_announced_nothing_tells_nobody(self, quiet: Api) -> None:
        wake.flush()
        quiet.get('/invoices')
        with quiet.company(), atomic():
            pass
        assert quiet.post('/invoices', {'subtotal': 1}).status_code == 422
        assert wake._hints.companies == set()

    def test_a_database_that_is_down_loses_no_hint(self, quiet: Api, monkeypatch) -> None:
        wake.flush()
        wake.close()
        with monkeypatch.context() as patch:
            patch.setattr(wake, 'url_of', lambda name: 'postgresql://127.0.0.1:1/nobody')
            wake._hints.companies.add(company_id(quiet))
            assert wake.flush() is False
            assert company_id(quiet) in wake._hints.companies
        assert wake.flush() is True
        assert CompanyWork.get(CompanyWork.company == company_id(quiet)).due <= clock.now()

    def test_a_company_that_is_gone_does_no_harm(self, quiet: Api) -> None:
        wake.wake(10**15)
        wake.wake(company_id(quiet))
        assert until(lambda: not wake._hints.companies) < 5
        assert wake.flush() is True

    def test_a_lost_hint_is_found_by_the_sweep(self, quiet: Api) -> None:
        quiet.post('/invoices', BODY)
        wake.flush()
        CompanyWork.delete().execute()
        log = Log()
        with working({'invoice.posted': [log.note]}):
            CompanyWork.update(due=clock.now()).execute()  # its second of the minute has come
            until(lambda: log.lines)


def _slow_poll() -> typing.Any:
    """Only a notice can make this one fast."""
    return type(FAST)(poll=3.0, lease=12.0)


class TestTurns:
    def test_one_company_with_much_to_do_gives_way(self, quiet: Api, other: Api) -> None:
        wake.flush()
        CompanyWork.update(due=clock.now() + dt.timedelta(hours=1)).execute()
        big, small, turns = company_id(quiet), company_id(other), []

        def carry(actor: Actor) -> dt.datetime | None:
            turns.append(actor.company_id)
            time.sleep(0.01)
            return clock.now() if actor.company_id == big else None

        with working(carriers=[Carrier(name='test', carry=carry)], threads=1):
            wake.wake(big)
            until(lambda: len(turns) > 5)
            wake.wake(small)
            until(lambda: small in turns, 2)
            before = turns.index(small)
            until(lambda: len(turns) > before + 3)
        assert set(turns[before + 1 :]) == {big}

    def test_a_failing_carrier_stops_neither_the_others_nor_other_companies(
        self, quiet: Api, other: Api
    ) -> None:
        bad, good, log = company_id(quiet), company_id(other), Log()

        def fail(actor: Actor) -> None:
            log.lines.append((actor.company_id, 'fail'))
            if actor.company_id == bad:
                raise RuntimeError('no luck')

        def carry(actor: Actor) -> None:
            log.lines.append((actor.company_id, 'carry'))

        both = [Carrier(name='bad', carry=fail), Carrier(name='good', carry=carry)]
        with working(carriers=both):
            wake.wake(bad)
            wake.wake(good)
            until(lambda: log.lines.count((bad, 'fail')) >= 2)  # tried again
            until(lambda: (good, 'carry') in log.lines)
        assert (bad, 'carry') in log.lines

    def test_a_hint_that_comes_during_the_turn_is_not_lost(self, quiet: Api) -> None:
        begun, go_on, turns = threading.Event(), threading.Event(), []

        def carry(actor: Actor) -> None:
            turns.append(actor.company_id)
            begun.set()
            go_on.wait(5)

        with working(carriers=[Carrier(name='test', carry=carry)]):
            wake.wake(company_id(quiet))
            assert begun.wait(5)
            wake.wake(company_id(quiet))
            until(lambda: not wake._hints.companies)
            wake.flush()
            time.sleep(0.3)
            assert len(turns) == 1  # one at a time
            go_on.set()
            until(lambda: len(turns) == 2)

    def test_suspended_tenants_are_served_and_sizes_are_told(
        self, quiet: Api, app: typing.Any
    ) -> None:
        control.run(
            "UPDATE control.tenant SET status = 'suspended' WHERE id = %s",
            [quiet.tenant.tenant_id],
        )
        actors: list[Actor] = []
        one = Carrier(name='test', carry=actors.append, size=lambda: 7)
        with working(carriers=[one]):
            wake.wake(company_id(quiet))
            until(lambda: actors)
        assert (actors[0].is_suspended, actors[0].tenant_id) == (True, quiet.tenant.tenant_id)
        row = CompanyWork.get(CompanyWork.company == company_id(quiet))
        assert (row.waiting, row.held_by) == ({'test': 7}, None)
        shown = quiet.client.simulate_get('/metrics', extras={'REMOTE_ADDR': '127.0.0.1'}).text
        assert 'karvo_waiting{what="test"} 7.0' in shown
        assert 'karvo_queue_oldest_seconds{queue="control.company_work"}' in shown

    def test_work_in_control_tables(self, quiet: Api) -> None:
        calls: list[float] = []

        def carry() -> dt.datetime | None:
            calls.append(time.monotonic())
            if len(calls) == 1:
                raise RuntimeError('no luck')
            return clock.now() if len(calls) < 4 else None

        with working(platform=[PlatformCarrier(name='test', carry=carry)]) as one:
            until(lambda: len(calls) >= 4)
            wake.wake_platform()
            one.news()
            until(lambda: len(calls) >= 5)


class TestLeases:
    def test_a_company_has_one_worker_at_a_time_and_another_after_its_death(
        self, quiet: Api
    ) -> None:
        CompanyWork.update(due=clock.now()).where(
            CompanyWork.company == company_id(quiet)
        ).execute()
        [mine] = claims.claim('a', 5, 0.3)
        assert (mine.company_id, mine.slug) == (company_id(quiet), quiet.tenant.slug)
        assert claims.claim('b', 5) == []
        claims.renew('a', 0.3)
        time.sleep(0.35)
        assert [one.company_id for one in claims.claim('b', 5)] == [mine.company_id]
        # The first one lives after all: what it gives back is no longer its own.
        claims.release('a', [claims.Turn(mine.company_id, clock.now(), {})])
        assert CompanyWork.get(CompanyWork.company == mine.company_id).held_by == 'b'

    def test_the_database_goes_away_and_comes_back(self, quiet: Api) -> None:
        log = Log()
        with working({'invoice.posted': [log.note]}, listens=True):
            quiet.post('/invoices', BODY)
            until(lambda: len(log.lines) == 1)
            with connect(url_of('main')) as connection:
                connection.execute(
                    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity '
                    "WHERE pid NOT IN (pg_backend_pid(), %s) AND backend_type = 'client backend'",
                    [recycled._connection().info.backend_pid],
                )
            time.sleep(1.1)
            quiet.post('/invoices', BODY)
            until(lambda: len(log.lines) == 2)

    def test_killed_in_the_middle_each_event_is_handled_once(
        self, quiet: Api, tmp_path: pathlib.Path
    ) -> None:
        for _ in range(40):
            assert quiet.post('/invoices', BODY).status_code == 201
        wake.flush()
        one = process(SLOW, tmp_path)
        assert one.stdout and one.stdout.readline() == 'ready\n'
        until(lambda: len(seen(quiet)) >= 5)
        one.kill()
        one.communicate()
        assert len(seen(quiet)) < 40
        one = process(SLOW, tmp_path)
        until(lambda: len(seen(quiet)) >= 40)
        one.terminate()
        one.communicate()
        assert len(seen(quiet)) == len(set(seen(quiet))) == 40


def test_behind_a_pooler_it_polls(quiet: Api, tmp_path: pathlib.Path) -> None:
    one = process(SLOW, tmp_path, KARVO_DATABASE_POOLER='transaction')
    assert one.stdout and one.stdout.readline() == 'ready\n'
    quiet.post('/invoices', BODY)
    until(lambda: len(seen(quiet)) == 1)
    one.terminate()
    one.communicate()


def seen(api: Api) -> list[int]:
    with api.company():
        rows = AuditLog.select(AuditLog.entity_id).where(AuditLog.action == 'seen')
        return [row.entity_id for row in rows]


@pytest.mark.wall_clock
def test_no_statement_of_a_request_waits_for_it(quiet: Api) -> None:
    """The index is locked by somebody: requests do not notice."""
    with psycopg.connect(url_of('main')) as connection:
        connection.execute('LOCK TABLE control.company_work')
        started = time.monotonic()
        assert quiet.post('/invoices', BODY).status_code == 201
        assert time.monotonic() - started < 1
        connection.rollback()
