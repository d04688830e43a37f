"""The bytes of a delivery: the event exactly as `GET /events` shows it, or its thin form.

They are made from the outbox at each attempt, and are the same each time: nothing in them depends
on when or where that happens. Only a change of the webhook's `payload` changes them.
"""

import datetime as dt
import typing
from collections.abc import Sequence

import msgspec

from karvo.events.reads import EventRead, event_out
from karvo.kit.db import database
from karvo.kit.outbox import encode

BODIES = """
SELECT coalesce(json_agg(row_to_json(x)), '[]')::text FROM (
  SELECT d.id, convert_from(d.body, 'UTF8') AS own, w.payload, e.seq, e.uid, e.type,
    e.occurred_at, e.resource_id, e.resource_uid, e.object, e.previous
  FROM @webhook_delivery d JOIN @webhook w ON w.id = d.webhook_id
  LEFT JOIN @event e ON e.seq = d.event_seq
  WHERE d.id = ANY(%(ids)s::bigint[])) x"""

NOTHING = msgspec.Raw(b'{}')


class _Row(msgspec.Struct, kw_only=True):
    """A delivery and its event; a test has a body of its own instead."""

    id: int
    own: str | None
    payload: str
    seq: int | None
    uid: str | None
    type: str | None
    occurred_at: dt.datetime | None
    resource_id: int | None
    resource_uid: str | None
    object: msgspec.Raw
    previous: msgspec.Raw


_rows = msgspec.json.Decoder(list[_Row])


def bodies(deliveries: Sequence[int], tenant_id: int) -> dict[int, bytes]:
    """{id of a delivery: its body}, in one statement. What has no event any more is absent."""
    if not deliveries:
        return {}
    found = database.json(BODIES, {'ids': list(deliveries)})
    made = ((row.id, _body(row, tenant_id)) for row in _rows.decode(found or b'[]'))
    return {id: body for id, body in made if body is not None}


def _body(row: _Row, tenant_id: int) -> bytes | None:
    if row.own is not None:
        return row.own.encode()
    if row.seq is None:
        return None
    values: dict[str, typing.Any] = {
        name: getattr(row, name) for name in EventRead.__struct_fields__
    }
    if row.payload == 'thin':
        values |= {'object': _thin(row), 'previous': NOTHING}
    return encode(event_out(EventRead(**values), tenant_id))


def _thin(row: _Row) -> msgspec.Raw:
    """Whom it is about and nothing else: personal data stays home."""
    uid = {'uid': row.resource_uid} if row.resource_uid else {}
    return msgspec.Raw(encode({'id': row.resource_id, **uid}))
