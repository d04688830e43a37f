"""Past events delivered once more, in the background and in bounded steps.

A replay goes through a range of the outbox by sequence. It never has more than MOST_WAITING
deliveries of its webhook wait at once, so that what happens now is not buried under the past.
"""

import datetime as dt
import typing

from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, invalid, not_found
from karvo.kit.work import Work, atomic
from karvo.webhooks.models import Webhook, WebhookReplay
from karvo.webhooks.operations.fan_out import (
    Listener,
    events_between,
    insert_deliveries,
    is_wanted,
    listening,
    new_delivery,
)
from karvo.webhooks.operations.records import cancel_replays, check_hears, locked
from karvo.webhooks.schemas import ReplayOrder

KEPT = dt.timedelta(days=30)  #: of deliveries; before that nobody knows what has arrived
MOST_WAITING = 1000
WINDOW = 20  #: times the limit: sequences that one step looks through for failed deliveries
#: the instant of an event is that of its unit of work, which may last before it is committed
SLACK = dt.timedelta(minutes=15)

OPEN = ('waiting', 'running')
AGAIN = """UPDATE SET state = 'waiting', is_single = false, attempts = 0, deferrals = 0,
  due_at = excluded.due_at, finished_at = NULL, order_key = excluded.order_key
  WHERE d.state <> ALL (ARRAY[{0}])"""
#: what is left alone: what waits anyway and, of what is missing, what has arrived
LEFT_ALONE = {'all': "'waiting'", 'missing': "'waiting', 'delivered'"}
AGAIN_FAILED = """
UPDATE @webhook_delivery SET state = 'waiting', is_single = false, attempts = 0, deferrals = 0,
  due_at = %(at)s::timestamptz, finished_at = NULL
WHERE id IN (SELECT d.id FROM @webhook_delivery d
  WHERE d.webhook_id = %(webhook)s::bigint AND d.state = 'failed'
    AND d.event_seq > %(after)s::bigint AND d.event_seq <= %(until)s::bigint
    AND d.occurred_at BETWEEN %(since)s::timestamptz AND %(before)s::timestamptz
  ORDER BY d.event_seq LIMIT %(room)s::int)
RETURNING event_seq"""
WAITING = """
SELECT count(*) FROM (SELECT 1 FROM @webhook_delivery
  WHERE webhook_id = %(webhook)s::bigint AND state = 'waiting' LIMIT %(most)s::int) x"""
# Sequences go with time, so halving finds an instant by some twenty looks at the index of `seq`.
FIRST_SINCE = """
WITH RECURSIVE h(low, high) AS (
  SELECT 1::bigint, (SELECT coalesce(max(seq), 0) + 1 FROM @event)
  UNION ALL
  SELECT CASE WHEN e.occurred_at < %(at)s::timestamptz THEN e.seq + 1 ELSE h.low END,
    CASE WHEN e.occurred_at < %(at)s::timestamptz THEN h.high ELSE (h.low + h.high) / 2 END
  FROM h, LATERAL (SELECT seq, occurred_at FROM @event
    WHERE seq >= (h.low + h.high) / 2 ORDER BY seq LIMIT 1) e WHERE h.low < h.high)
SELECT min(high) FROM h"""


def start_replay(webhook_id: int, order: ReplayOrder, *, actor: Actor) -> int:
    """The new replay's id. Raises NotFound, Invalid, Conflict (disabled, or one is running)."""
    with atomic() as work:
        row = locked(webhook_id)
        check_hears(row)
        since, until = _range(order, work.at)
        own = WebhookReplay.webhook == row.id
        if WebhookReplay.select().where(own & WebhookReplay.state.in_(OPEN)).exists():
            raise Conflict('a replay of this webhook is running: wait for its end or cancel it')
        start = _first_since(since - SLACK) - 1
        end = max(start, _first_since(until + SLACK) - 1)
        made = WebhookReplay.create(
            webhook=row.id,
            which=order.which,
            since=since,
            until=until,
            after_seq=start,
            until_seq=end,
            total=end - start,
            created_at=work.at,
        )
        told = {'which': order.which, 'since': since, 'until': until}
        work.audit('webhook.replay', 'webhook', row.id, actor, after=told)
    return int(made.id)


def _range(order: ReplayOrder, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    since = _aware(order.since or now - KEPT)
    until = min(_aware(order.until or now), now)
    if since < now - KEPT - dt.timedelta(minutes=1):
        raise invalid(since=f'must be at most {KEPT.days} days ago')
    if since >= until:
        raise invalid(since='must be before until and in the past')
    return since, until


def _aware(at: dt.datetime) -> dt.datetime:
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _first_since(at: dt.datetime) -> int:
    """The first sequence whose event is not before this instant; one more than the last if none."""
    return int(database.values(FIRST_SINCE, {'at': at})[0] or 1)


def cancel_replay(replay_id: int, *, actor: Actor) -> None:
    """What it has queued stays queued. Raises NotFound, Conflict (it is over)."""
    with atomic() as work:
        row = WebhookReplay.get_or_none(WebhookReplay.id == replay_id)
        there = Webhook.status != 'deleted'
        if row is None or not Webhook.select().where(there, Webhook.id == row.webhook_id).exists():
            raise not_found('Replay')
        if not cancel_replays(WebhookReplay.id == replay_id, work):
            raise Conflict('the replay is over already')
        work.audit('webhook.replay_cancelled', 'webhook', row.webhook_id, actor)


def advance_replays(actor: Actor, limit: int = 500) -> bool:
    """One step of each open replay, `limit` events among them; True while one can go on at once.

    One whose webhook has MOST_WAITING deliveries waiting goes on at a later call.
    """
    replays = list(WebhookReplay.select().where(WebhookReplay.state.in_(OPEN)))
    share = max(50, limit // max(1, len(replays)))
    steps = [_advance(one.id, one.webhook_id, share) for one in replays]  # each takes its turn
    return any(steps)


def _advance(replay_id: int, webhook_id: int, limit: int) -> bool:
    with atomic() as work:
        listeners = listening(f"w.id = {int(webhook_id)} AND w.status IN ('active', 'paused')")
        same = (WebhookReplay.id == replay_id) & WebhookReplay.state.in_(OPEN)
        row = WebhookReplay.select().where(same).for_update().get_or_none()
        room = min(limit, MOST_WAITING - _waiting(webhook_id))
        if row is None or not listeners or room <= 0:
            return False
        if row.which == 'failed':
            reached, queued = _again_failed(row, room, limit * WINDOW, work)
        else:
            reached, queued = _again(row, listeners[0], room, work)
        return _note(row, reached, queued, work)


def _again(row: WebhookReplay, listener: Listener, room: int, work: Work) -> tuple[int, int]:
    """(sequence reached, how many wait again), of the next `room` events."""
    events = events_between(row.after_seq, row.until_seq, room, [listener])
    reached = events[-1].seq if len(events) == room else row.until_seq
    heard = [event for event in events if row.since <= event.occurred_at <= row.until]
    new = [new_delivery(listener, event) for event in heard if is_wanted(listener, event)]
    again = AGAIN.format(LEFT_ALONE[row.which])
    return reached, insert_deliveries(new, work.at, again)


def _waiting(webhook_id: int) -> int:
    found = database.values(WAITING, {'webhook': webhook_id, 'most': MOST_WAITING})
    return int(found[0] or 0)


def _again_failed(row: WebhookReplay, room: int, window: int, work: Work) -> tuple[int, int]:
    """(sequence reached, how many wait again)."""
    until = min(row.after_seq + window, row.until_seq)
    named: dict[str, typing.Any] = {
        'webhook': row.webhook_id,
        'after': row.after_seq,
        'until': until,
        'room': room,
    }
    named |= {'since': row.since, 'before': row.until, 'at': work.at}
    found = [seq for (seq,) in database.run(AGAIN_FAILED, named).fetchall()]
    return (max(found) if len(found) == room else until), len(found)


def _note(row: WebhookReplay, reached: int, queued: int, work: Work) -> bool:
    """Write down how far it has come; True while it is not through."""
    row.done += reached - row.after_seq
    row.after_seq, row.queued = reached, row.queued + queued
    is_done = reached >= row.until_seq
    row.state = 'done' if is_done else 'running'
    row.finished_at = work.at if is_done else None
    row.save()
    return not is_done
