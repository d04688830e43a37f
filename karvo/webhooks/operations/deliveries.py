"""Deliveries by hand: a test event queued, a delivery sent once more."""

import datetime as dt

from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, not_found
from karvo.kit.work import Work, atomic
from karvo.webhooks.catalogue import sample_body
from karvo.webhooks.models import Webhook, WebhookDelivery
from karvo.webhooks.operations.records import check_hears, locked

MOST_TESTS = 100  #: that wait for one webhook


def send_test(webhook_id: int, event_type: str, *, actor: Actor) -> int:
    """Queue a ping, or the example of an event; the delivery's id. One attempt, no retry.

    Raises NotFound, Invalid (no such type), Conflict (disabled, or a hundred tests wait already).
    """
    with atomic() as work:
        row = locked(webhook_id)
        check_hears(row)
        delivery_id = queue_test(row, event_type, work, actor)
        work.audit('webhook.test', 'webhook', row.id, actor, after={'type': event_type})
    return delivery_id


def queue_test(row: Webhook, event_type: str, work: Work, actor: Actor) -> int:
    """The delivery's row, within the caller's transaction."""
    own = (WebhookDelivery.webhook == row.id) & (WebhookDelivery.state == 'waiting')
    tests = WebhookDelivery.select().where(own & WebhookDelivery.event_seq.is_null())
    if tests.count() >= MOST_TESTS:
        raise Conflict(f'{MOST_TESTS} tests wait already')
    uid = ids.event_id()
    made = WebhookDelivery.create(
        webhook=row.id,
        event_uid=uid,
        event_type=event_type,
        occurred_at=work.at,
        body=sample_body(event_type, uid, work.at, actor.tenant_id, (row.id, row.uid)),
        is_single=True,
        due_at=work.at,
        created_at=work.at,
    )
    return int(made.id)


def resend(delivery_id: int, *, actor: Actor) -> None:
    """Send once more: of what has ended a single attempt; what waits is due now and keeps its

    retries. Raises NotFound, Conflict (the webhook is disabled).
    """
    with atomic() as work:
        found = WebhookDelivery.get_or_none(WebhookDelivery.id == delivery_id)
        if found is None or not _is_there(found.webhook_id):
            raise not_found('Delivery')
        check_hears(locked(found.webhook_id))
        same = WebhookDelivery.id == delivery_id
        row = WebhookDelivery.select().where(same).for_update().get()
        _make_due(row, work.at)
        work.audit('webhook.resend', 'webhook', row.webhook_id, actor, after={'delivery': row.id})


def _is_there(webhook_id: int) -> bool:
    same = (Webhook.id == webhook_id) & (Webhook.status != 'deleted')
    return Webhook.select().where(same).exists()


def _make_due(row: WebhookDelivery, at: dt.datetime) -> None:
    if row.state != 'waiting':
        row.state, row.is_single, row.finished_at = 'waiting', True, None
        row.attempts = row.deferrals = 0
    row.due_at = at
    row.save()
