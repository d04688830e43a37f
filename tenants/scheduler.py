"""The role scheduler: jobs by the clock, in one process of the installation at a time.

Whoever holds the lease leads; the others wait for it (decision 0011). What was done is in the log
of runs, so that a new leader goes on where the old one stopped.
"""

import datetime as dt
import logging
import queue
import threading
import time
import typing
from collections.abc import Callable, Sequence

import peewee
import psycopg
from apscheduler.schedulers.background import BackgroundScheduler

from karvo.config import BadConfig
from karvo.kit import clock
from karvo.kit.db import close_all
from karvo.kit.jobs import Job, PlatformJob
from karvo.kit.log import log
from tenants.job_runs import run_for_company, run_for_platform, served_companies, timezone_of
from tenants.leases import Lease
from tenants.models import Company, control
from tenants.runs import LEASE, Runs, is_over

DOWN = (psycopg.Error, peewee.PeeweeException, BadConfig, OSError)
NAME = 'scheduler'
THREADS = 4
STOP_SECONDS = 8.0
TICK = 60.0  #: seconds between two looks at the clock
LONGEST = dt.timedelta(minutes=15)  #: a company's time zone may change


class Scheduler:
    """One process of the role. `run` returns after `stop`."""

    def __init__(
        self,
        jobs: Sequence[Job],
        platform_jobs: Sequence[PlatformJob],
        *,
        lease: float = LEASE,
        tick: float = TICK,
    ) -> None:
        self._runs = Runs(lease)
        self.lease = Lease(NAME, self._runs.holder, lease)
        self._jobs, self._platform_jobs, self._tick = jobs, platform_jobs, tick
        self._leading: _Leading | None = None
        self._stopping = threading.Event()

    def stop(self) -> None:
        """From a signal or another thread: begin no other job, give the lease back."""
        self._stopping.set()

    def run(self, ready: Callable[[], None] | None = None) -> None:
        """Until `stop`; `ready` is called once it is known who leads."""
        logging.getLogger('apscheduler').setLevel(logging.ERROR)  # its remarks are no JSON
        with self._runs:
            while not self._stopping.is_set():
                if self._round() and ready:
                    ready()
                    ready = None
                self._stopping.wait(self.lease.seconds / 3)
            self._leave()

    def _round(self) -> bool:
        """Take or renew the lease; False where the database is down."""
        is_up = True
        try:
            self.lease.take()
            control.recycle()
        except DOWN as error:
            log.warning('the lease could not be taken, tried again', error=str(error))
            is_up = False
        if self.lease.is_held and self._leading is None:
            log.info('leads from now on', holder=self.lease.holder)
            self._leading = _Leading(self)
        elif not self.lease.is_held and self._leading is not None:
            log.warning('leads no longer', holder=self.lease.holder)
            self._step_down()
        return is_up

    def _step_down(self) -> None:
        if self._leading is not None:
            self._leading.stop()
            self._leading = None

    def _leave(self) -> None:
        self._step_down()
        deadline = time.monotonic() + STOP_SECONDS
        while not self._runs.are_over and time.monotonic() < deadline:
            time.sleep(0.05)
        try:
            self.lease.give_back()
            control.close()
        except DOWN as error:
            log.warning('the lease was not given back', error=str(error))


class _Leading:
    """The time during which a scheduler leads; the next time begins with nothing remembered."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._lease, self._runs, self._jobs = scheduler.lease, scheduler._runs, scheduler._jobs
        self._look: dict[int, dt.datetime] = {}
        self._clock = BackgroundScheduler(timezone=dt.UTC)
        options: dict[str, typing.Any] = {
            'coalesce': True,
            'max_instances': 1,
            'misfire_grace_time': None,
        }
        options |= {'next_run_time': clock.now()}
        self._clock.add_job(self.tick, 'interval', seconds=scheduler._tick, **options)
        for job in scheduler._platform_jobs:
            seconds = job.every.total_seconds()
            self._clock.add_job(self._platform, 'interval', [job], seconds=seconds, **options)
        self._clock.start()

    def stop(self) -> None:
        """At once: what runs may end, nothing else begins."""
        self._clock.shutdown(wait=False)

    def tick(self) -> None:
        """Every company's jobs whose time has come today, several companies at a time."""
        try:
            rows = list(served_companies())
        except DOWN as error:
            log.warning('companies not read, tried again', error=str(error))
            return
        finally:
            control.close()
        now, waiting = clock.now(), queue.SimpleQueue[Company]()
        for row in rows:
            if self._look.get(row.id, now) <= now:
                waiting.put(row)
        those = range(min(THREADS, waiting.qsize()))
        threads = [threading.Thread(target=self._serve_all, args=[waiting]) for _ in those]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _serve_all(self, waiting: queue.SimpleQueue[Company]) -> None:
        try:
            while self._lease.is_held:
                self._serve(waiting.get_nowait())
        except queue.Empty:
            return
        finally:
            control.close()
            close_all()

    def _serve(self, row: Company) -> None:
        """One company; its failure is its own."""
        try:
            zone = timezone_of(row)
            self._look[row.id] = next_look(self._jobs, zone, clock.now())
            for job in jobs_due(self._jobs, zone, clock.now()):
                self._run(job, row, clock.today(zone))
        except Exception as error:
            self._look.pop(row.id, None)
            log.error('jobs failed, tried again', tenant=row.tenant.slug, exc_info=error)

    def _run(self, job: Job, row: Company, day: dt.date) -> None:
        if not self._lease.is_held:
            self._look.pop(row.id, None)
            return
        run_for_company(job, row, day, self._runs)
        if not is_over(job.name, row.id, day.isoformat()):
            self._look.pop(row.id, None)  # it waits for its next attempt, or its process died

    def _platform(self, job: PlatformJob) -> None:
        if not self._lease.is_held:
            return
        try:
            run_for_platform(job, clock.now(), self._runs)
        except DOWN as error:
            log.warning('job not begun', job=job.name, error=str(error))
        finally:
            control.close()
            close_all()


def jobs_due(jobs: Sequence[Job], zone: str, now: dt.datetime) -> list[Job]:
    """Those whose time has passed on the company's clock today, the earliest first."""
    local = now.astimezone(clock.zone(zone)).time()
    return sorted((job for job in jobs if job.at <= local), key=lambda job: job.at)


def next_look(jobs: Sequence[Job], zone: str, now: dt.datetime) -> dt.datetime:
    """When a company whose jobs were all looked at may have another one due."""
    local = now.astimezone(clock.zone(zone))
    times = [job.at for job in jobs if job.at > local.time()]
    nearest = min(times, default=dt.time.min)
    day = local.date() if times else local.date() + dt.timedelta(days=1)
    at = dt.datetime.combine(day, nearest, local.tzinfo).astimezone(dt.UTC)
    return min(at, now + LONGEST)
