"""What webhooks do by the clock, and what workers do for them."""

import datetime as dt
import functools

from karvo.kit.actor import Actor
from karvo.kit.jobs import Carrier, Job, Report, StoredEvent
from karvo.mail.operations import notify_admin
from karvo.webhooks.engine import Engine
from karvo.webhooks.operations.retention import clear_away
from karvo.webhooks.schemas import WebhookDisabled


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


def tell_of_disabled(event: StoredEvent, actor: Actor) -> None:
    """Somebody hears of it by another way than the endpoint that is dead: by mail."""
    host, reason = event.object['host'], event.object['status_reason']
    notify_admin(
        f'Un webhook a été désactivé : {host}',
        f'A webhook was disabled: {host}',
        f'Le webhook {event.resource_id} vers {host} ne reçoit plus rien. {reason}\n\n'
        f'Ce qui manque peut être renvoyé : POST /webhooks/{event.resource_id}/resume, puis '
        f'POST /webhooks/{event.resource_id}/replay avec "which": "missing".',
        f'The webhook {event.resource_id} to {host} receives nothing any more. {reason}\n\n'
        f'What is missing can be sent again: POST /webhooks/{event.resource_id}/resume, then '
        f'POST /webhooks/{event.resource_id}/replay with "which": "missing".',
        actor=actor,
        kind='webhook.disabled',
    )


def stop() -> None:
    """Lets requests in progress end."""
    if _engine.cache_info().currsize:
        _engine().stop()


jobs = [Job(name='webhooks.retention', run=retention, at=dt.time(3, 40))]
carriers = [Carrier(name='webhooks', carry=carry, stop=stop)]
handlers = {WebhookDisabled: [tell_of_disabled]}
