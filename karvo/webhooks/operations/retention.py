"""Clearing away: what ended long ago, what belongs to deleted webhooks, secrets that expired."""

import datetime as dt
import typing

from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.work import atomic
from karvo.webhooks import sealed
from karvo.webhooks.models import Webhook, WebhookReplay

KEPT = dt.timedelta(days=30)
BATCH = 1000  #: deliveries looked at in one transaction

# By id, oldest first, and no further than what was queued before the limit: no index is needed
# that each delivery would have to keep up. Attempts go with their delivery.
LOOKED_AT = """
WITH seen AS (SELECT d.id, d.state, d.created_at, d.finished_at, d.due_at, w.status
    FROM @webhook_delivery d JOIN @webhook w ON w.id = d.webhook_id
    WHERE d.id > %(after)s::bigint ORDER BY d.id LIMIT %(batch)s::int),
  gone AS (DELETE FROM @webhook_delivery d USING seen s WHERE d.id = s.id
    AND (s.status = 'deleted' OR s.finished_at < %(before)s::timestamptz
      OR (s.state = 'waiting' AND s.status = 'paused' AND s.due_at < %(before)s::timestamptz))
    RETURNING d.id)
SELECT (SELECT count(*) FROM gone), (SELECT max(s.id) FROM seen s),
  (SELECT count(*) FROM seen s WHERE s.status <> 'deleted'
    AND s.created_at >= %(before)s::timestamptz)"""
OF_DELETED = """
WITH gone AS (DELETE FROM @webhook_delivery WHERE id IN (SELECT d.id FROM @webhook_delivery d
    WHERE d.webhook_id = %(webhook)s::bigint ORDER BY d.id LIMIT %(batch)s::int) RETURNING id)
SELECT count(*) FROM gone"""


def clear_away(actor: Actor) -> dict[str, int]:
    """All of it, in transactions of bounded size; what went. Safe to repeat, and to kill."""
    before = clock.now() - KEPT
    return {
        'deliveries': _old_deliveries(before) + _of_deleted(),
        'replays': _old_replays(before),
        'secrets': _expired_secrets(),
    }


def _old_deliveries(before: dt.datetime) -> int:
    """Ended before, and what has waited since before for a paused webhook."""
    gone, after = 0, 0
    while True:
        named = {'after': after, 'batch': BATCH, 'before': before}
        count, last, newer = _counts(LOOKED_AT, named)
        gone += count
        if not last or newer:
            return gone
        after = last


def _of_deleted() -> int:
    """Deliveries of deleted webhooks, and then the webhooks."""
    gone = 0
    for row in list(Webhook.select().where(Webhook.status == 'deleted')):
        named = {'webhook': row.id, 'batch': BATCH}
        while count := _counts(OF_DELETED, named)[0]:
            gone += count
        with atomic():
            Webhook.delete().where(Webhook.id == row.id).execute()
    return gone


def _counts(sql: str, named: dict[str, typing.Any]) -> tuple[int, ...]:
    with atomic():
        row = database.run(sql, named).fetchall()[0]
    return tuple(value or 0 for value in row)


def _old_replays(before: dt.datetime) -> int:
    with atomic():
        old = WebhookReplay.delete().where(WebhookReplay.finished_at < before)
        return int(old.execute())


def _expired_secrets() -> int:
    """Secrets whose overlap is over leave the table; how many webhooks had any."""
    now = clock.now()
    with atomic():
        due = Webhook.select().where(Webhook.secrets_expire_at < now).for_update()
        rows = list(due.order_by(Webhook.id))
        for row in rows:
            row.secrets = sealed.seal_secrets(sealed.live(sealed.open_secrets(row.secrets), now))
            row.secrets_expire_at = None
            row.save()
    return len(rows)
