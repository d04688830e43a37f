"""What pricing does by the clock."""

import datetime as dt

from karvo.kit.actor import Actor
from karvo.kit.jobs import Job, Report
from karvo.pricing.operations.negotiations import expire_negotiations


def expire(actor: Actor, day: dt.date) -> Report:
    """Negotiations whose time is over end."""
    return {'expired': expire_negotiations(day, actor=actor)}


jobs = [Job(name='pricing.expire', run=expire, at=dt.time(0, 20))]
