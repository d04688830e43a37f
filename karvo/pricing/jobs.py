"""What pricing does by the clock."""

import datetime as dt

from karvo.kit.actor import Actor
from karvo.kit.jobs import Job, Report
from karvo.pricing.operations.negotiations import expire_negotiations
from karvo.pricing.operations.rules import announce_expired


def expire(actor: Actor, day: dt.date) -> Report:
    """Negotiations whose time is over end; of prices that hold no more somebody hears."""
    return {
        'expired': expire_negotiations(day, actor=actor),
        'rules': announce_expired(day, actor=actor),
    }


jobs = [Job(name='pricing.expire', run=expire, at=dt.time(0, 20))]
