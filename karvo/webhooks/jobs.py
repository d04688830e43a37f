"""What webhooks do by the clock."""

import datetime as dt

from karvo.kit.actor import Actor
from karvo.kit.jobs import Job, Report
from karvo.webhooks.operations.retention import clear_away


def retention(actor: Actor, date: dt.date) -> Report:
    """Clear away what is over 30 days old; what went."""
    return dict(clear_away(actor))


jobs = [Job(name='webhooks.retention', run=retention, at=dt.time(3, 40))]
