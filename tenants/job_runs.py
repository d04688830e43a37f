"""Doing a job: for a company and its business day, or for the platform, with the log beside it."""

import datetime as dt
import typing
from collections.abc import Callable, Iterator

import msgspec

from karvo.kit.actor import system_actor
from karvo.kit.db import company
from karvo.kit.jobs import Job, JobFailed, PlatformJob, Report
from karvo.kit.log import log
from karvo.settings.reads import read_settings
from tenants import schema
from tenants.models import Company, Tenant
from tenants.runs import Run, Runs

SERVED = ('active', 'suspended')


class Outcome(msgspec.Struct, kw_only=True):
    """What came of a job; `tenant` is empty for the platform's."""

    job: str
    tenant: str = ''
    company_id: str = ''
    slot: str
    state: str  #: done, failed, or running: somebody else is at it
    report: Report = {}
    error: str = ''


def served_companies(tenant: Tenant | None = None) -> Iterator[Company]:
    """Companies whose tenants are served, each with its tenant, in one statement."""
    query = Company.select(Company, Tenant).join(Tenant).where(Tenant.status.in_(SERVED))
    if tenant is not None:
        query = query.where(Company.tenant == tenant)
    return iter(list(query.order_by(Company.id)))


def timezone_of(row: Company) -> str:
    with company(schema.place_of(row)):
        return read_settings().timezone


def run_for_company(
    job: Job, row: Company, day: dt.date, runs: Runs, *, again: bool = False
) -> Outcome | None:
    """None when there is nothing to do: it was done, or waits for its next attempt."""
    outcome = Outcome(
        job=job.name,
        tenant=row.tenant.slug,
        company_id=str(row.uid),
        slot=day.isoformat(),
        state='running',
    )
    run = runs.begin(job.name, row.id, outcome.slot, again=again)
    if run is None:
        return outcome if again else None
    place = schema.place_of(row)
    actor = system_actor(
        job.name,
        place,
        tenant_id=row.tenant_id,
        tenant_slug=row.tenant.slug,
        company_id=row.id,
        company_uid=str(row.uid),
        is_sandbox=row.tenant.is_sandbox,
    )
    with company(place):
        return _finished(outcome, run, runs, lambda: job.run(actor, day))


def run_for_platform(
    job: PlatformJob, at: dt.datetime, runs: Runs, *, again: bool = False
) -> Outcome | None:
    """The same, for the slot of time that `at` lies in."""
    slot = slot_of(job, at).isoformat()
    outcome = Outcome(job=job.name, slot=slot, state='running')
    run = runs.begin(job.name, None, slot, again=again)
    if run is None:
        return outcome if again else None
    return _finished(outcome, run, runs, lambda: job.run(at), is_last=True)


def slot_of(job: PlatformJob, at: dt.datetime) -> dt.datetime:
    """When the slot began that `at` lies in."""
    every = job.every.total_seconds()
    return dt.datetime.fromtimestamp(at.timestamp() // every * every, dt.UTC)


def _finished(
    outcome: Outcome, run: Run, runs: Runs, act: Callable[[], Report], is_last: bool = False
) -> Outcome:
    """One that fails is told, and leaves the others alone."""
    try:
        outcome.report = act()
    except JobFailed as failure:
        outcome.report, is_last = failure.report, True
        _say(outcome, failure, None)
    except Exception as error:
        _say(outcome, error, error)
    else:
        outcome.state = 'done'
        runs.done(run, outcome.report)
        log.info('job done', **_named(outcome), report=outcome.report)
        return outcome
    runs.failed(run, outcome.error, outcome.report, is_last)
    return outcome


def _say(outcome: Outcome, error: Exception, trace: Exception | None) -> None:
    outcome.state = 'failed'
    outcome.error = str(error) if trace is None else f'{type(error).__name__}: {error}'
    log.error('job failed', **_named(outcome), error=outcome.error, exc_info=trace)


def _named(outcome: Outcome) -> dict[str, typing.Any]:
    return {'job': outcome.job, 'tenant': outcome.tenant, 'slot': outcome.slot}
