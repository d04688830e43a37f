"""From the outbox to deliveries: which webhook hears of which event.

The events read, the deliveries made of them and the place reached commit as one, under the lock of
the consumer's row: each event is gone through once, whatever dies when. Nothing is sent here.
"""

import datetime as dt
import typing
from collections.abc import Iterable, Iterator

import msgspec

from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.jobs import read_on, read_to
from karvo.kit.outbox import as_json
from karvo.kit.work import atomic
from karvo.webhooks.compute import exact, passes, wants
from karvo.webhooks.schemas import EventFilter

CONSUMER = 'webhooks'

# FOR SHARE: a webhook that is being disabled or deleted is so before or after, not meanwhile.
LISTENING = """
SELECT coalesce(json_agg(row_to_json(x)), '[]')::text FROM (
  SELECT w.id, w.events, w.filters, w.ordering, w.since_seq FROM @webhook w
  WHERE {0} ORDER BY w.id FOR SHARE) x"""
EVENTS = """
SELECT coalesce(json_agg(row_to_json(x)), '[]')::text FROM (
  SELECT e.seq, e.type, e.occurred_at, e.resource, e.resource_id{0} FROM @event e
  WHERE e.seq > %(after)s::bigint AND e.seq <= %(until)s::bigint
  ORDER BY e.seq LIMIT %(limit)s) x"""
BODY = ', e.object::text AS object, e.previous::text AS previous'
LAST = 'SELECT coalesce(max(seq), 0) FROM @event'
INSERT = """
INSERT INTO @webhook_delivery AS d (webhook_id, event_seq, event_uid, event_type, occurred_at,
  order_key, state, is_single, attempts, deferrals, due_at, last_error, created_at)
SELECT n.webhook_id, e.seq, e.uid, e.type, e.occurred_at, n.order_key, 'waiting', false, 0, 0,
  %(at)s::timestamptz, '', %(at)s::timestamptz
FROM json_to_recordset(%(new)s::json) AS n(webhook_id bigint, seq bigint, order_key text)
JOIN @event e ON e.seq = n.seq ORDER BY e.seq, n.webhook_id
ON CONFLICT (webhook_id, event_seq) WHERE event_seq IS NOT NULL DO """


class Listener(msgspec.Struct, kw_only=True):
    """A webhook, as far as it decides what it hears of."""

    id: int
    events: list[str]
    filters: list[EventFilter]
    ordering: str
    since_seq: int


class Heard(msgspec.Struct, kw_only=True):
    """An event, as far as it decides who hears of it; its JSON only where filters look at it."""

    seq: int
    type: str
    occurred_at: dt.datetime
    resource: str
    resource_id: int
    object: str = '{}'
    previous: str = '{}'


New = dict[str, typing.Any]
_listeners = msgspec.json.Decoder(list[Listener])
_heard = msgspec.json.Decoder(list[Heard])


def fan_out(actor: Actor, limit: int = 500) -> bool:
    """Queue deliveries of the next `limit` events; True while there may be more of them.

    Without any webhook it jumps to the last event.
    """
    with atomic() as work:
        after = read_on(CONSUMER)
        # First how far, then who: one that is resumed in between hears of what comes after.
        last = int(database.values(LAST)[0] or 0)
        listeners = listening("w.status IN ('active', 'paused')")
        until, is_more = last, False
        start = max(after, min((one.since_seq for one in listeners), default=last))
        if start < last:
            events = events_between(start, last, limit, listeners)
            is_more = len(events) == limit
            until = events[-1].seq if is_more else last
            new = [delivery for one in listeners for delivery in matching(one, events)]
            insert_deliveries(new, work.at, 'NOTHING')
        if until > after:
            read_to(CONSUMER, until)
    return is_more


def listening(condition: str) -> list[Listener]:
    """Webhooks for which the condition on `w` holds; nobody changes them until the commit."""
    return _listeners.decode(database.json(LISTENING.format(condition)) or b'[]')


def events_between(
    after: int, until: int, limit: int, listeners: Iterable[Listener]
) -> list[Heard]:
    """The first `limit` events of a range, with what the filters of these webhooks look at."""
    sql = EVENTS.format(BODY if any(one.filters for one in listeners) else '')
    named = {'after': after, 'until': until, 'limit': limit}
    return _heard.decode(database.json(sql, named) or b'[]')


def matching(listener: Listener, events: Iterable[Heard]) -> Iterator[New]:
    """Deliveries of those events that the webhook wants and that are recorded after its start."""
    for event in events:
        if event.seq > listener.since_seq and is_wanted(listener, event):
            yield new_delivery(listener, event)


def is_wanted(listener: Listener, event: Heard) -> bool:
    """By type and by all filters."""
    if not wants(listener.events, event.type):
        return False
    return not listener.filters or passes(listener.filters, _body(event))


def _body(event: Heard) -> dict[str, typing.Any]:
    return {
        'type': event.type,
        'object': exact(event.object),
        'previous_attributes': exact(event.previous),
    }


def new_delivery(listener: Listener, event: Heard) -> New:
    """A row for `insert_deliveries`."""
    is_ordered = listener.ordering == 'resource'
    key = f'{event.resource}:{event.resource_id}' if is_ordered else ''
    return {'webhook_id': listener.id, 'seq': event.seq, 'order_key': key}


def insert_deliveries(new: list[New], at: dt.datetime, otherwise: str) -> int:
    """All in one statement, due now; `otherwise` is done with those that exist. How many."""
    if not new:
        return 0
    return int(database.run(INSERT + otherwise, {'new': as_json(new), 'at': at}).rowcount)
