"""The role scheduler: one leader, jobs once a day and company, failures of one are no other's."""

import datetime as dt
import pathlib
import signal
import threading
import time
import typing
from collections.abc import Iterator

import pytest

from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.jobs import Job, JobFailed, PlatformJob
from karvo.kit.outbox import AuditLog
from karvo.kit.work import atomic
from tenants import leases, runs
from tenants.job_runs import run_for_company, run_for_platform, served_companies, slot_of
from tenants.models import Company, JobRun, LeaseRow, control
from tenants.runs import Runs
from tenants.scheduler import Scheduler, jobs_due, next_look
from tests.conftest import Api
from tests.tenants.workers import process, until

#: A scheduler of its own with one job, which leaves a line in the company's audit log.
PROCESS = """
import datetime as dt, signal, time
from karvo.cli.database import open_database
from karvo.kit import log
from karvo.kit.jobs import Job
from karvo.kit.work import atomic
from tenants.scheduler import Scheduler
def run(actor, day):
    if actor.tenant_slug == {1!r}:  # not in those that other tests left
        time.sleep({0})
    with atomic() as work:
        work.audit('job', 'test', 1, actor)
    return {{}}
log.configure()
with open_database():
    one = Scheduler([Job(name='test.audit', run=run, at=dt.time(0, 0))], [], lease=1.5, tick=0.3)
    signal.signal(signal.SIGTERM, lambda *_: one.stop())
    one.run(lambda: print('ready', flush=True))
"""
DAY = dt.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def clean(api: Api) -> Iterator[None]:
    """No run and no leader of an earlier test."""
    yield
    control.run('DELETE FROM control.job_run')
    control.run('DELETE FROM control.lease')


@pytest.fixture
def row(api: Api) -> Company:
    return next(one for one in served_companies() if str(one.uid) == api.tenant.company_id)


def job(run: typing.Any = lambda actor, day: {}, name: str = 'test.job', at: str = '00:00') -> Job:
    return Job(name=name, run=run, at=dt.time.fromisoformat(at))


def state(name: str, row: Company) -> tuple[str, int]:
    own = (JobRun.job == name) & (JobRun.company == row.id)
    found = JobRun.select().where(own).order_by(JobRun.slot).get()
    return found.state, found.attempts


class TestLease:
    def test_one_holder_until_it_is_over_or_given_back(self, server: typing.Any) -> None:
        a, b = (leases.Lease('test', name, 0.4) for name in 'ab')
        assert (a.take(), b.take(), a.take()) == (True, False, True)
        assert (a.is_held, b.is_held) == (True, False)
        time.sleep(0.45)
        assert not a.is_held
        assert (b.take(), a.take()) == (True, False)
        b.give_back()
        assert (b.is_held, a.take()) == (False, True)
        assert LeaseRow.get(LeaseRow.name == 'test').holder == 'a'


class TestRuns:
    def test_a_day_of_a_company_is_done_once(self, row: Company) -> None:
        with Runs() as log:
            days: list[dt.date] = []
            one = job(lambda actor, day: days.append(day) or {'n': 1})
            first = run_for_company(one, row, DAY, log)
            assert first is not None
            assert (first.state, first.report, first.tenant) == ('done', {'n': 1}, row.tenant.slug)
            assert run_for_company(one, row, DAY, log) is None
            assert run_for_company(one, row, DAY + dt.timedelta(days=1), log) is not None
            assert run_for_company(one, row, DAY, log, again=True) is not None
        assert days == [DAY, DAY + dt.timedelta(days=1), DAY]
        assert state('test.job', row) == ('done', 2)

    def test_one_that_fails_is_tried_again_later_and_not_for_ever(
        self, row: Company, monkeypatch
    ) -> None:
        def fail(actor: Actor, day: dt.date) -> typing.Any:
            with atomic() as work:
                work.audit('half', 'test', 1, actor)
                raise RuntimeError('no luck')

        with Runs() as log:
            outcome = run_for_company(job(fail), row, DAY, log)
            assert outcome is not None
            assert (outcome.state, outcome.error) == ('failed', 'RuntimeError: no luck')
            assert run_for_company(job(fail), row, DAY, log) is None  # not before its time
            monkeypatch.setattr(runs, 'RETRY', dt.timedelta(0))
            JobRun.update(retry_at=clock.now()).execute()
            for _ in range(5):
                run_for_company(job(fail), row, DAY, log)
        assert state('test.job', row) == ('failed', runs.ATTEMPTS)

    def test_bad_findings_are_no_reason_to_try_again(self, row: Company) -> None:
        def find(actor: Actor, day: dt.date) -> typing.Any:
            raise JobFailed('books are off', {'problems': ['x']})

        with Runs() as log:
            outcome = run_for_company(job(find), row, DAY, log)
        assert outcome is not None
        assert (outcome.error, outcome.report) == ('books are off', {'problems': ['x']})
        assert JobRun.get(JobRun.company == row.id).retry_at is None

    def test_a_run_belongs_to_one_process_and_to_another_after_its_death(
        self, row: Company
    ) -> None:
        dead, alive = Runs(0.3), Runs(0.3)
        assert dead.begin('test.job', row.id, '2026-11-20') is not None
        assert alive.begin('test.job', row.id, '2026-11-20', again=True) is None
        time.sleep(0.35)
        taken = alive.begin('test.job', row.id, '2026-11-20')
        assert taken is not None and taken.attempts == 2
        with alive:
            time.sleep(0.6)  # longer than a lease: it is kept
            assert dead.begin('test.job', row.id, '2026-11-20') is None
            alive.done(taken, {})
        assert state('test.job', row) == ('done', 2)

    def test_the_platform_runs_once_in_a_slot(self, server: typing.Any) -> None:
        hourly = PlatformJob(name='test.hourly', run=lambda at: {}, every=dt.timedelta(hours=1))
        at = dt.datetime(2026, 11, 20, 10, 40, tzinfo=dt.UTC)
        assert slot_of(hourly, at) == at.replace(minute=0)
        with Runs() as log:
            outcomes = [
                run_for_platform(hourly, at + dt.timedelta(minutes=n), log) for n in (0, 10, 30)
            ]
        assert [one and one.slot[11:16] for one in outcomes] == ['10:00', None, '11:00']


class TestClock:
    ALL = (job(name='b', at='02:00'), job(name='a', at='00:10'))

    @pytest.mark.parametrize(
        ('zone', 'names'),
        [('America/Toronto', ['a']), ('UTC', ['a', 'b']), ('Asia/Dubai', ['a', 'b'])],
    )
    def test_times_are_the_companys_own(self, zone: str, names: list[str]) -> None:
        now = dt.datetime(2026, 11, 20, 6, 30, tzinfo=dt.UTC)  # 01:30 in Toronto
        assert [one.name for one in jobs_due(self.ALL, zone, now)] == names

    def test_the_next_look_is_at_the_next_time_and_soon_enough(self) -> None:
        now = dt.datetime(2026, 11, 20, 6, 50, tzinfo=dt.UTC)
        assert next_look(self.ALL, 'America/Toronto', now) == now + dt.timedelta(minutes=10)
        assert next_look(self.ALL, 'UTC', now) == now + dt.timedelta(minutes=15)
        late = now.replace(hour=23)
        assert next_look(self.ALL, 'UTC', late) == late + dt.timedelta(minutes=10)


class TestScheduler:
    def test_does_everybodys_jobs_and_a_failing_company_stops_no_other(
        self, api: Api, other: Api
    ) -> None:
        bad, done, ready = api.tenant.slug, [], threading.Event()

        def run(actor: Actor, day: dt.date) -> typing.Any:
            if actor.tenant_slug == bad:
                raise RuntimeError('no luck')
            done.append((actor.tenant_slug, day))
            return {}

        ticks: list[dt.datetime] = []
        often = PlatformJob(
            name='test.often',
            run=lambda at: ticks.append(at) or {},
            every=dt.timedelta(seconds=1),
        )
        one = Scheduler([job(run)], [often], lease=1.5, tick=0.2)
        thread = threading.Thread(target=one.run, args=(ready.set,))
        thread.start()
        until(lambda: other.tenant.slug in [slug for slug, _ in done])
        until(lambda: ticks)
        time.sleep(0.5)
        one.stop()
        thread.join(10)
        day = clock.today('America/Toronto')
        assert done.count((other.tenant.slug, day)) == 1
        companies = {str(row.uid): row for row in served_companies()}
        assert state('test.job', companies[api.tenant.company_id]) == ('failed', 1)
        shown = api.client.simulate_get('/metrics', extras={'REMOTE_ADDR': '127.0.0.1'}).text
        assert 'karvo_jobs_failed{job="test.job"} 1.0' in shown
        assert LeaseRow.get(LeaseRow.name == 'scheduler').until <= clock.now()

    def test_who_loses_the_lease_stops_and_begins_again_once_it_is_free(
        self, api: Api, row: Company
    ) -> None:
        days: list[dt.date] = []
        one = Scheduler([job(lambda actor, day: days.append(day) or {})], [], lease=0.6, tick=0.1)
        thread = threading.Thread(target=one.run)
        thread.start()
        until(lambda: days)
        later = clock.now() + dt.timedelta(seconds=1.2)
        control.run("UPDATE control.lease SET holder = 'other', until = %s", [later])
        until(lambda: one._leading is None)
        control.run('DELETE FROM control.job_run')
        count = len(days)
        time.sleep(0.3)
        assert (len(days), one.lease.is_held) == (count, False)
        until(lambda: len(days) > count)
        one.stop()
        thread.join(10)

    @pytest.mark.wall_clock
    def test_of_two_one_leads_and_its_death_makes_the_other(
        self, api: Api, row: Company, tmp_path: pathlib.Path
    ) -> None:
        first = process(PROCESS.format(30, row.tenant.slug), tmp_path / 'a')
        assert first.stdout and first.stdout.readline() == 'ready\n'
        second = process(PROCESS.format(0, ''), tmp_path / 'b')
        try:
            until(lambda: running(row), 40)
            assert second.stdout and second.stdout.readline() == 'ready\n'
            holder = LeaseRow.get(LeaseRow.name == 'scheduler').holder
            first.send_signal(signal.SIGKILL)  # in the middle of the job
            took = until(lambda: state('test.audit', row) == ('done', 2), 40)
            assert took < 30
            assert LeaseRow.get(LeaseRow.name == 'scheduler').holder != holder
            with api.company():
                assert AuditLog.select().where(AuditLog.action == 'job').count() == 1
            second.terminate()
            assert second.wait(5) == 0
            assert LeaseRow.get(LeaseRow.name == 'scheduler').until <= clock.now()
        finally:
            for one in (first, second):
                one.kill()
                one.communicate()


def running(row: Company) -> bool:
    return JobRun.select().where((JobRun.company == row.id) & (JobRun.state == 'running')).exists()
