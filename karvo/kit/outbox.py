"""Events and the audit log, written with the change they describe, in the same transaction."""

import datetime as dt
import functools
import typing

import msgspec
import peewee

from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.columns import Instant, Json
from karvo.kit.db import Keyed, Model
from karvo.kit.events import Event
from karvo.kit.log import request_id


class EventRow(Keyed):
    """One event; `seq` counts the company's events without a gap, in the order of their commits."""

    seq = peewee.BigIntegerField(primary_key=True)
    uid = peewee.TextField()
    type = peewee.TextField()
    occurred_at = Instant()
    actor = Json()
    resource = peewee.TextField()
    resource_id = peewee.BigIntegerField()
    resource_uid = peewee.TextField()
    object = Json()
    previous = Json()

    class Meta:
        table_name = 'event'
        indexes = ((('type', 'seq'), False),)


class AuditLog(Model):
    """Who changed what, from where (G-14). Appended to, never changed."""

    at = Instant()
    actor_type = peewee.TextField()
    actor_id = peewee.BigIntegerField()
    actor_name = peewee.TextField()
    ip = peewee.TextField()
    dialect = peewee.TextField()
    request_id = peewee.TextField()
    action = peewee.TextField()
    entity = peewee.TextField()
    entity_id = peewee.BigIntegerField()
    before = Json(null=True)
    after = Json(null=True)

    class Meta:
        indexes = ((('entity', 'entity_id', 'id'), False),)


class Consumer(Model):
    """How far somebody has read the events; sequences have no gap and appear in order."""

    name = peewee.TextField(unique=True)
    seq = peewee.BigIntegerField()
    updated_at = Instant()


encode = msgspec.json.Encoder(decimal_format='number').encode


class PendingEvent(msgspec.Struct):
    """An event on its way to the outbox; what it holds may stand for numbers and ids."""

    uid: str
    type: str
    resource: str
    resource_id: int
    resource_uid: str
    actor: msgspec.Raw
    object: msgspec.Raw
    previous: msgspec.Raw


class PendingAudit(msgspec.Struct):
    """A line of the audit log on its way."""

    action: str
    entity: str
    entity_id: int
    before: typing.Any
    after: typing.Any
    actor_type: str
    actor_id: int
    actor_name: str
    ip: str
    dialect: str
    request_id: str


_NOTHING = msgspec.Raw(b'{}')


@functools.lru_cache(maxsize=1000)
def _actor(kind: str, id: int, name: str) -> msgspec.Raw:
    return as_raw({'type': kind, 'id': id, 'name': name})


def pending_event(event: Event, actor: Actor, shown: msgspec.Raw) -> PendingEvent:
    """`shown`: the event's object as JSON."""
    return PendingEvent(
        uid=ids.event_id(),
        type=event.name,
        resource=event.resource,
        resource_id=event.id,
        resource_uid=event.uid,
        actor=_actor(actor.kind, actor.id, actor.name),
        object=shown,
        previous=as_raw(event.previous) if event.previous else _NOTHING,
    )


def pending_audit(
    action: str, entity: str, entity_id: int, actor: Actor, before: typing.Any, after: typing.Any
) -> PendingAudit:
    return PendingAudit(
        action=action,
        entity=entity,
        entity_id=entity_id,
        before=before,
        after=after,
        actor_type=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        ip=actor.ip,
        dialect=actor.dialect,
        request_id=request_id.get(),
    )


def as_raw(value: typing.Any) -> msgspec.Raw:
    """JSON with exact decimals, as a part of other JSON."""
    return msgspec.Raw(encode(value))


def as_json(value: typing.Any) -> str:
    """JSON with exact decimals, for a jsonb parameter."""
    return encode(value).decode()


class EventOut(msgspec.Struct, kw_only=True):
    """An event as subscribers and the change feed see it; the order of the members is public."""

    type: str
    timestamp: dt.datetime
    data: dict[str, typing.Any]
    id: str
    api_version: str
    tenant_id: int
    sequence: int
