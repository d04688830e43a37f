"""What the control plane does by the clock: what is over is forgotten."""

import datetime as dt

from karvo.kit import clock, idempotency
from karvo.kit.actor import Actor
from karvo.kit.jobs import Job, PlatformJob, Report
from tenants import runs
from tenants.events import relay_all
from tenants.limits import MINUTE
from tenants.models import RateLease, Session, Tenant
from tenants.operations import RESET
from tenants.sandbox import reset_company
from tenants.stores import control_store

HOUR = dt.timedelta(hours=1)
RUNS_KEPT = dt.timedelta(days=90)
WINDOWS_KEPT = 120 * MINUTE  #: seconds; no window of a bucket is longer than an hour


def forget_keys(actor: Actor, day: dt.date) -> Report:
    """Answers that were kept for Idempotency-Keys of more than a day ago, of one company."""
    return {'forgotten': idempotency.purge(idempotency.company_store)}


def reset_sandbox(actor: Actor, day: dt.date) -> Report:
    """A sandbox goes back to its snapshot (V2-11); of other companies nothing is touched."""
    tenant = Tenant.get_or_none(Tenant.id == actor.tenant_id)
    return reset_company(actor.company_id) if tenant and tenant.is_sandbox else {}


def forget_control_keys(at: dt.datetime) -> Report:
    """The same in the control plane."""
    return {'forgotten': idempotency.purge(control_store)}


def forget_sessions(at: dt.datetime) -> Report:
    """Browsers whose sign-in is over."""
    return {'forgotten': Session.delete().where(Session.expires_at <= at).execute()}


def forget_windows(at: dt.datetime) -> Report:
    """What machines took of rates in windows that have passed."""
    oldest = int(clock.epoch()) - WINDOWS_KEPT
    return {'forgotten': RateLease.delete().where(RateLease.window_start < oldest).execute()}


def relay_news(at: dt.datetime) -> Report:
    """Events of control changes whose process died before they reached their company."""
    relay_all()
    return {}


def forget_runs(at: dt.datetime) -> Report:
    """The log of jobs, of some months ago."""
    return {'forgotten': runs.purge(at - RUNS_KEPT)}


jobs = [
    Job(name=RESET, run=reset_sandbox, at=dt.time(3, 0)),
    Job(name='keys.forget', run=forget_keys, at=dt.time(3, 0)),
]
platform_jobs = [
    PlatformJob(name='news.relay', run=relay_news, every=dt.timedelta(minutes=5)),
    PlatformJob(name='keys.forget-control', run=forget_control_keys, every=HOUR),
    PlatformJob(name='sessions.forget', run=forget_sessions, every=HOUR),
    PlatformJob(name='rates.forget', run=forget_windows, every=HOUR),
    PlatformJob(name='runs.forget', run=forget_runs, every=HOUR),
]
