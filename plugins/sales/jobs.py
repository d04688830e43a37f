"""What sales do by the clock."""

import datetime as dt

from karvo.kit.actor import Actor
from karvo.kit.jobs import Job, Report
from plugins.sales.operations.steps import expire_quotes


def expire(actor: Actor, day: dt.date) -> Report:
    """Quotes that nobody took in time end."""
    return {'expired': expire_quotes(day, actor=actor)}


jobs = [Job(name='sales.expire', run=expire, at=dt.time(0, 20))]
