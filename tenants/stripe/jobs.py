"""What the workers and the scheduler do for Stripe, for the whole installation."""

import datetime as dt

from karvo.kit.jobs import PlatformCarrier, PlatformJob, Report
from tenants.stripe import meters, missed, plans, receipts, work


def purge_receipts(now: dt.datetime) -> Report:
    """Events that were dealt with long ago."""
    return {'purged': receipts.purge(now)}


def end_grace(now: dt.datetime) -> Report:
    """Tenants whose plan stayed unpaid become read-only."""
    return {'read_only': plans.end_grace(now)}


def collect_usage(now: dt.datetime) -> Report:
    """The usage of the hour that is over."""
    return {'tenants': meters.collect(now)}


def fetch_missed(now: dt.datetime) -> Report:
    """Events that could not be delivered."""
    return {'new': missed.fetch(now)}


platform_carriers = [
    PlatformCarrier(name='stripe.events', carry=work.carry),
    PlatformCarrier(name='stripe.usage', carry=meters.carry),
]
platform_jobs = [
    PlatformJob(name='stripe.grace', run=end_grace, every=dt.timedelta(hours=1)),
    PlatformJob(name='stripe.meters', run=collect_usage, every=dt.timedelta(hours=1)),
    PlatformJob(name='stripe.missed', run=fetch_missed, every=dt.timedelta(hours=1)),
    PlatformJob(name='stripe.receipts', run=purge_receipts, every=dt.timedelta(days=1)),
]
