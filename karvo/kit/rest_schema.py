"""Structs as WordPress shows them: JSON Schema draft-04 without references, and lists of args."""

import re
import typing

import msgspec

from karvo.kit import hints
from karvo.kit.http import Endpoint, Page
from karvo.kit.ids import LAST_ID

DRAFT = 'http://json-schema.org/draft-04/schema#'
#: what WordPress keeps of a parameter's schema (its rest_get_allowed_schema_keywords)
KEYWORDS = {
    'title', 'description', 'default', 'type', 'format', 'enum', 'items', 'properties',
    'additionalProperties', 'patternProperties', 'minProperties', 'maxProperties', 'minimum',
    'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minLength', 'maxLength',
    'pattern', 'minItems', 'maxItems', 'uniqueItems', 'anyOf', 'oneOf',
}  # fmt: skip
PARAMETER = re.compile(r'\{(\w+)(?::(\w+))?\}')
GROUPS = {'int': r'[\d]+'}
REF = '#/'
DEEPEST = 8  #: structs within structs; a shape that holds itself ends there
TYPES = {str: 'string', int: 'integer', bool: 'boolean', float: 'number'}

Schema = dict[str, typing.Any]


def route_key(path: str) -> str:
    """`/customers/{id:int}` → `/customers/(?P<id>[\\d]+)`.

    No parentheses inside the group: node-wpapi cannot compile those.
    """
    return PARAMETER.sub(lambda m: rf'(?P<{m[1]}>{GROUPS.get(m[2], "[^/]+")})', path)


def args_of(path: str, spec: Endpoint) -> Schema:
    """{parameter: schema with `required`} of the path, the query and the body of an endpoint."""
    found: Schema = {name: _path_parameter(kind) for name, kind in PARAMETER.findall(path)}
    for shape in (spec.query, spec.body):
        # Of a body that may take several forms there is no one list of members.
        struct = hints.struct_in(shape) if shape else None
        if struct is None:
            continue
        described = schema_of(struct)
        required = {f.encode_name for f in msgspec.structs.fields(struct) if f.required}
        for name, schema in described.get('properties', {}).items():
            found.setdefault(name, {**schema, 'required': name in required})
    return found


def _path_parameter(kind: str) -> Schema:
    if kind == 'int':
        return {'type': 'integer', 'minimum': 1, 'maximum': LAST_ID, 'required': False}
    return {'type': 'string', 'required': False}


def record_schema(spec: Endpoint) -> Schema | None:
    """The schema of what an endpoint answers, of one row where that is a list; None if unknown."""
    shape = spec.returns
    if typing.get_origin(shape) is Page:
        shape = typing.get_args(shape)[0]
    struct = hints.struct_in(shape)
    if struct is None:
        return None
    described = schema_of(struct)
    title = re.sub(r'(Out|Detail|Read)$', '', struct.__name__)
    title = re.sub(r'(?<=[a-z])(?=[A-Z])', '-', title).lower()
    properties = described.get('properties', {})
    return {'$schema': DRAFT, 'title': title, 'type': 'object', 'properties': properties}


def schema_of(shape: typing.Any) -> Schema:
    """Draft-04, references put in place."""
    (schema,), components = msgspec.json.schema_components([shape], ref_template=REF + '{name}')
    return _plain(schema, components, 0)


def _plain(schema: Schema, components: Schema, depth: int) -> Schema:
    if '$ref' in schema:
        if depth >= DEEPEST:
            return {'type': 'object'}
        return _plain(components[schema['$ref'].removeprefix(REF)], components, depth + 1)
    found = {name: schema[name] for name in schema if name in KEYWORDS}
    found.pop('title', None)
    if 'const' in schema:
        found['enum'] = [schema['const']]
    if found.get('default', ...) is None:
        del found['default']
    if 'properties' in found:
        inner = found['properties'].items()
        found['properties'] = {n: _plain(value, components, depth + 1) for n, value in inner}
    for name in ('items', 'additionalProperties'):
        if isinstance(found.get(name), dict):
            found[name] = _plain(found[name], components, depth + 1)
    _bounds(found, schema)
    return _number(_typed(_alternatives(found, components, depth)))


def _bounds(found: Schema, schema: Schema) -> None:
    """Draft-04 says with a boolean that a bound is itself excluded."""
    for side in ('minimum', 'maximum'):
        name = f'exclusive{side.capitalize()}'
        if name in schema:
            found |= {side: schema[name], name: True}


def _alternatives(found: Schema, components: Schema, depth: int) -> Schema:
    """Several simple alternatives become one schema with several types: `["string", "null"]`."""
    parts = [_plain(part, components, depth + 1) for part in found.pop('anyOf', [])]
    if not parts:
        return found
    real = [part for part in parts if part != {'type': 'null'}]
    null = ['null'] * (len(real) < len(parts))
    if len(real) == 1 and isinstance(real[0].get('type'), str):
        if 'enum' in real[0]:
            real[0]['enum'] = real[0]['enum'] + [None] * len(null)
        return {**real[0], 'type': [real[0]['type'], *null] if null else real[0]['type'], **found}
    if all(part.keys() == {'type'} for part in parts):
        return {'type': [part['type'] for part in parts], **found}
    return {'anyOf': parts, **found}


def _typed(found: Schema) -> Schema:
    """WordPress wants a type beside each enum."""
    if 'enum' in found and 'type' not in found:
        kinds = {TYPES[type(value)] for value in found['enum'] if type(value) in TYPES}
        kinds |= {'null'} if None in found['enum'] else set()
        found = {'type': kinds.pop() if len(kinds) == 1 else sorted(kinds), **found}
    return found


def _number(found: Schema) -> Schema:
    """Decimals are JSON numbers here; msgspec calls them strings with a format."""
    if found.get('format') != 'decimal':
        return found
    kinds = found['type'] if isinstance(found['type'], list) else [found['type']]
    numbers = ['number' if kind == 'string' else kind for kind in kinds]
    rest = {name: value for name, value in found.items() if name != 'format'}
    if isinstance(rest.get('default'), str):
        rest['default'] = float(rest['default'])
    return {**rest, 'type': numbers if len(numbers) > 1 else numbers[0]}
