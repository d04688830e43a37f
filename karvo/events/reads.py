"""Events as the feed shows them and as subscribers get them: one text for both."""

import datetime as dt
import typing

import msgspec

from karvo.kit import paging
from karvo.kit.events import CATALOGUE
from karvo.kit.outbox import EventOut

API_VERSION = 'v2'


class EventRead(msgspec.Struct, kw_only=True):
    """An event as stored; its JSON is passed on untouched, cents and all."""

    seq: int
    uid: str
    type: str
    occurred_at: dt.datetime
    object: msgspec.Raw
    previous: msgspec.Raw


def event_out(row: EventRead, tenant_id: int) -> EventOut:
    """The event in its public form. In UTC, whatever the zone of the connection."""
    return EventOut(
        type=row.type,
        timestamp=row.occurred_at.astimezone(dt.UTC),
        data={'object': row.object, 'previous_attributes': row.previous},
        id=row.uid,
        api_version=API_VERSION,
        tenant_id=tenant_id,
        sequence=row.seq,
    )


def types_named(text: str | None, more: typing.Collection[str] = ()) -> list[str] | None:
    """All types that a comma list names, `invoice.*` too; unknown ones are refused (G-12).

    None = every type. `more` are types that are no events.
    """
    names = {*CATALOGUE, *more}
    known = {*names, '*', *(f'{name.split(".")[0]}.*' for name in names)}
    values = paging.choices(text, known, 'type')
    if values is None or '*' in values:
        return None
    return sorted(name for name in names if {name, f'{name.split(".")[0]}.*'} & {*values})
