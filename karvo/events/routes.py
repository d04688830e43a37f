"""/events of se-erp/v2."""

import typing

import msgspec
from msgspec import Meta

from karvo.events.reads import EventRead, event_out, types_named
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.http import Resource, endpoint
from karvo.kit.ids import LAST_ID
from karvo.kit.outbox import EventOut
from karvo.se_erp import se_erp


class EventQuery(msgspec.Struct, kw_only=True):
    """From where to read on."""

    after: typing.Annotated[int, Meta(ge=0, le=LAST_ID)] = 0
    limit: typing.Annotated[int, Meta(ge=1, le=1000)] = 100
    type: str | None = None


class Feed(msgspec.Struct, kw_only=True):
    """Oldest first. Ask again with `after=next_after`; nothing is missed (decision 0004)."""

    data: list[EventOut]
    next_after: int
    has_more: bool


FEED = """
SELECT coalesce(json_agg(row_to_json(e)), '[]')::text FROM (
  SELECT seq, uid, type, occurred_at, object, previous FROM @event
  WHERE seq > %(after)s<types> ORDER BY seq LIMIT %(limit)s) e"""
ALL = FEED.replace('<types>', '')
SOME = FEED.replace('<types>', ' AND type = ANY(%(types)s::text[])')


class Events(Resource):
    """The change feed."""

    dialect = se_erp

    @endpoint(scope='events:read')
    def on_get(self, actor: Actor, query: EventQuery) -> Feed:
        """Events after a sequence number, oldest first; `type` is a comma list, `invoice.*` too."""
        types = types_named(query.type)
        named = {'after': query.after, 'limit': query.limit + 1, 'types': types}
        body = database.json(ALL if types is None else SOME, named) or b'[]'
        rows = msgspec.json.decode(body, type=list[EventRead])
        shown = rows[: query.limit]
        return Feed(
            data=[event_out(row, actor.tenant_id) for row in shown],
            next_after=shown[-1].seq if shown else query.after,
            has_more=len(rows) > query.limit,
        )


routes = [('/events', Events())]
