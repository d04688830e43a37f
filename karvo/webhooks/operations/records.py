"""What all verbs share: a webhook's row, locked; its news, without anything secret."""

import typing

import peewee

from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, PreconditionFailed, not_found
from karvo.kit.work import Work
from karvo.webhooks.models import Webhook, WebhookDelivery, WebhookReplay
from karvo.webhooks.schemas import WebhookEvent
from karvo.webhooks.targets import origin_of

SHOWN = ('id', 'uid', 'description', 'events', 'payload', 'signatures', 'ordering') + (
    'status',
    'status_reason',
    'version',
)
Snapshot = dict[str, typing.Any]

# The counter's row is locked by the same statement: what commits later has a higher sequence.
HEAR = """heard§ AS (UPDATE @webhook AS w SET since_seq = t.next_value - 1 FROM taken t
  WHERE t.code = 'EVENT' AND w.id = %(id)s::bigint)"""


def locked(webhook_id: int, version: int | None = None) -> Webhook:
    """The row, locked. Raises NotFound, PreconditionFailed."""
    there = (Webhook.id == webhook_id) & (Webhook.status != 'deleted')
    row = Webhook.select().where(there).for_update().get_or_none()
    if row is None:
        raise not_found('Webhook')
    if version is not None and version != row.version:
        raise PreconditionFailed(f'the webhook is at version {row.version}')
    return row


def check_hears(row: Webhook) -> None:
    """Raises Conflict for a disabled webhook: nothing may be queued for it."""
    if row.status == 'disabled':
        raise Conflict('the webhook is disabled: resume it first')


def hear_from_now(webhook_id: int, work: Work) -> None:
    """Of what is recorded up to and with this very change the webhook does not hear."""
    work.write(HEAR, {'id': webhook_id})


def snapshot(row: Webhook) -> Snapshot:
    """What events and the audit log tell: of addresses the host alone, of headers nothing."""
    return {name: getattr(row, name) for name in SHOWN} | {'host': origin_of(row.url)}


def save(
    row: Webhook, kind: type[WebhookEvent], before: Snapshot, work: Work, actor: Actor
) -> None:
    """Write the row as its next version and tell of it."""
    row.version, row.updated_at = row.version + 1, work.at
    row.save()
    after = snapshot(row)
    previous = {name: value for name, value in before.items() if after[name] != value}
    work.record(kind(id=row.id, uid=row.uid, object=after, previous=previous), actor)


def end_waiting(row: Webhook, state: str, work: Work) -> int:
    """End all that waits for this webhook, replays too; how many deliveries."""
    own = (WebhookDelivery.webhook == row.id) & (WebhookDelivery.state == 'waiting')
    ended = {'state': state, 'finished_at': work.at, 'due_at': None}
    count = WebhookDelivery.update(ended).where(own).execute()
    cancel_replays(WebhookReplay.webhook == row.id, work)
    return int(count)


def cancel_replays(condition: peewee.Expression, work: Work) -> int:
    """End those that are not done; how many."""
    running = condition & WebhookReplay.state.in_(('waiting', 'running'))
    ended = {'state': 'cancelled', 'finished_at': work.at}
    return int(WebhookReplay.update(ended).where(running).execute())
