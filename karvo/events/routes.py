"""/events of se-erp/v2."""

import datetime as dt
import typing

import msgspec
from msgspec import Meta

from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.events import CATALOGUE
from karvo.kit.http import Resource, endpoint
from karvo.kit.ids import LAST_ID
from karvo.kit.outbox import EventOut
from karvo.se_erp import se_erp

API_VERSION = 'v2'


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


class EventRead(msgspec.Struct, kw_only=True):
    """An event as stored; its JSON is passed on untouched, cents and all."""

    seq: int
    uid: str
    type: str
    occurred_at: dt.datetime
    object: msgspec.Raw
    previous: msgspec.Raw


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
        types = _types(query.type)
        named = {'after': query.after, 'limit': query.limit + 1, 'types': types}
        body = database.json(ALL if types is None else SOME, named) or b'[]'
        rows = msgspec.json.decode(body, type=list[EventRead])
        shown = rows[: query.limit]
        return Feed(
            data=[_event_out(row, actor) for row in shown],
            next_after=shown[-1].seq if shown else query.after,
            has_more=len(rows) > query.limit,
        )


def _types(text: str | None) -> list[str] | None:
    """All types that `invoice.*` stands for; unknown ones are refused (G-12). None = every type."""
    families = {f'{name.split(".")[0]}.*' for name in CATALOGUE}
    values = paging.choices(text, {*CATALOGUE, *families, '*'}, 'type')
    if values is None or '*' in values:
        return None
    return sorted(name for name in CATALOGUE if {name, f'{name.split(".")[0]}.*'} & {*values})


def _event_out(row: EventRead, actor: Actor) -> EventOut:
    return EventOut(
        type=row.type,
        timestamp=row.occurred_at,
        data={'object': row.object, 'previous_attributes': row.previous},
        id=row.uid,
        api_version=API_VERSION,
        tenant_id=actor.tenant_id,
        sequence=row.seq,
    )


routes = [('/events', Events())]
