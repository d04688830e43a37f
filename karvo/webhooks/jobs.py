"""What webhooks do by the clock, and what workers do for them."""

import datetime as dt
import functools

from karvo.kit.actor import Actor
from karvo.kit.jobs import Carrier, Job, Report
from karvo.webhooks.engine import Engine
from karvo.webhooks.operations.retention import clear_away


def retention(actor: Actor, date: dt.date) -> Report:
    """Clear away what is over 30 days old; what went."""
    return dict(clear_away(actor))


@functools.cache
def _engine() -> Engine:
    """This process's; made with the first company that it carries for."""
    return Engine()


def carry(actor: Actor) -> dt.datetime | None:
    """A company's turn: its events become deliveries, and what is due is sent."""
    return _engine().carry(actor)


def stop() -> None:
    """Lets requests in progress end."""
    if _engine.cache_info().currsize:
        _engine().stop()


jobs = [Job(name='webhooks.retention', run=retention, at=dt.time(3, 40))]
carriers = [Carrier(name='webhooks', carry=carry, stop=stop)]
