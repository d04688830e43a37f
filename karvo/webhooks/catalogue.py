"""The kinds of events there are: what each means, the JSON Schema of its body, an example.

Names come from the events that the modules declare; words and examples from event_types.json, the
core's and those of plugins. One that is not in there has a schema without its object's members.
"""

import datetime as dt
import functools
import importlib.resources
import typing

import msgspec

from karvo.events.reads import API_VERSION
from karvo.kit import plugins
from karvo.kit.errors import invalid
from karvo.kit.events import CATALOGUE
from karvo.kit.outbox import EventOut, encode
from karvo.webhooks.schemas import EventType

PING = 'webhook.ping'  #: sent on request only; nothing is recorded under this name
DRAFT = 'https://json-schema.org/draft/2020-12/schema'
AT = dt.datetime(2026, 11, 20, 14, 3, 11, tzinfo=dt.UTC)
EXAMPLE_ID = 'evt_019aa3c17b3e7c209d364f3a1d9f0b11'
Schema = dict[str, typing.Any]


class Described(msgspec.Struct, kw_only=True):
    """What event_types.json says of one: `object` differs from the resource's in these members."""

    description: str
    object: Schema = {}
    previous: Schema = {}


class Known(msgspec.Struct, kw_only=True):
    """The whole file: an example of each resource, the words for each type."""

    resources: dict[str, Schema]
    types: dict[str, Described]


@functools.cache
def _known() -> Known:
    """The core's words, and those that plugins bring for their own events."""
    packages = [plugin.package for plugin in plugins.active()]
    files = (
        importlib.resources.files(package).joinpath('event_types.json')
        for package in ('karvo.webhooks', *packages)
    )
    said = [msgspec.json.decode(one.read_bytes(), type=Known) for one in files if one.is_file()]
    return Known(
        resources={name: shape for one in said for name, shape in one.resources.items()},
        types={name: words for one in said for name, words in one.types.items()},
    )


def event_types() -> list[EventType]:
    """All that can be subscribed to, by name."""
    return [event_type(name) for name in sorted(CATALOGUE)]


def event_type(name: str) -> EventType:
    """One of them. Raises KeyError."""
    event = CATALOGUE[name]
    said = _known().types.get(name) or Described(description=(event.__doc__ or name).split('\n')[0])
    return EventType(
        type=name,
        description=said.description,
        resource=event.resource,
        schema=_schema(name, event.resource, said.description),
        example=msgspec.to_builtins(_example(name, event.resource, said)),
    )


def _example(name: str, resource: str, said: Described) -> EventOut:
    shown = _known().resources.get(resource, {'id': 1}) | said.object
    return _event(name, EXAMPLE_ID, AT, 1, shown, said.previous, sequence=1042)


def _event(
    name: str,
    uid: str,
    at: dt.datetime,
    tenant_id: int,
    shown: Schema,
    previous: Schema,
    sequence: int = 0,
) -> EventOut:
    return EventOut(
        type=name,
        timestamp=at,
        data={'object': shown, 'previous_attributes': previous},
        id=uid,
        api_version=API_VERSION,
        tenant_id=tenant_id,
        sequence=sequence,
    )


def _schema(name: str, resource: str, description: str) -> Schema:
    properties: Schema = {
        'type': {'const': name},
        'timestamp': {'type': 'string', 'format': 'date-time'},
        'data': {
            'type': 'object',
            'properties': {
                'object': object_schema(resource),
                'previous_attributes': {'type': 'object'},
            },
            'required': ['object', 'previous_attributes'],
        },
        'id': {'type': 'string', 'pattern': '^evt_[A-Za-z0-9_]+$'},
        'api_version': {'const': API_VERSION},
        'tenant_id': {'type': 'integer'},
        'sequence': {'type': 'integer', 'minimum': 0},
    }
    words = {'$schema': DRAFT, 'title': name, 'description': description, 'type': 'object'}
    return words | {'properties': properties, 'required': list(properties)}


def object_schema(resource: str) -> Schema:
    """Of the record in an event: its members and their types, each of which may be null."""
    example = _known().resources.get(resource)
    if example is None:
        return {'type': 'object'}
    return {
        'type': 'object',
        'properties': {name: {'type': [_kind(v), 'null']} for name, v in example.items()},
    }


def _kind(value: typing.Any) -> str:
    kinds = {bool: 'boolean', int: 'integer', float: 'number', str: 'string', list: 'array'}
    return kinds.get(type(value), 'object')


def sample_body(
    name: str, uid: str, at: dt.datetime, tenant_id: int, webhook: tuple[int, str]
) -> bytes:
    """The body of a test: the example of this event under a new id, sequence 0; or a ping, whose

    object is the webhook, (id, uid). Raises Invalid for an unknown type.
    """
    if name == PING:
        shown: Schema = {'id': webhook[0], 'uid': webhook[1]}
        return encode(_event(name, uid, at, tenant_id, shown, {}))
    if name not in CATALOGUE:
        raise invalid(type=f'is unknown: {name}')
    example = event_type(name).example['data']
    return encode(_event(name, uid, at, tenant_id, *example.values()))


def openapi_webhooks() -> Schema:
    """The section `webhooks` of an OpenAPI document."""
    return {one.type: {'post': _operation(one)} for one in event_types()}


def _operation(one: EventType) -> Schema:
    schema = {name: value for name, value in one.schema.items() if name != '$schema'}
    content = {'application/json': {'schema': schema, 'example': one.example}}
    return {
        'summary': one.description,
        'operationId': f'on_{one.type.replace(".", "_")}',
        'tags': ['webhooks'],
        'requestBody': {'required': True, 'content': content},
        'responses': {'2XX': {'description': 'Anything of 2xx is success'}},
    }
