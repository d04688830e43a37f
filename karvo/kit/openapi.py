"""OpenAPI 3.1 out of the same structs that validate requests, so that it cannot be wrong."""

import functools
import re
import sys
import types
import typing
from collections.abc import Iterable, Mapping

import msgspec

from karvo.kit import samples
from karvo.kit.dialects import Dialect
from karvo.kit.http import Endpoint, Media, Resource, endpoints
from karvo.kit.ids import LAST_ID

REF = '#/components/schemas/{name}'
PARAMETER = re.compile(r'\{(\w+)(?::(\w+))?\}')

Document = dict[str, typing.Any]


SUCCESS = {200: 'OK', 201: 'Created', 202: 'Accepted: it is done in the background'}
#: {'POST /invoices': {'body': …, name of a parameter: …}}, paths as the document has them
Examples = Mapping[str, Document]


def document(
    routes: Iterable[tuple[str, Resource]],
    dialect: Dialect,
    version: str,
    *,
    origin: str,
    examples: Examples,
    webhooks: Document | None = None,
) -> Document:
    """The document of one dialect, with `x-codeSamples` for each operation.

    `origin` is where the samples send their requests (`https://erp.example`), `webhooks` its
    section of that name.
    """
    own = [(path, resource) for path, resource in routes if resource.dialect is dialect]
    described = list(endpoints(own))
    paths: Document = {}
    for path, method, _resource, spec in described:
        plain = PARAMETER.sub(r'{\1}', path.removeprefix(dialect.prefix))
        paths.setdefault(plain, {})[method.lower()] = _operation(path, method, spec, dialect)
    _link(paths)
    shapes = _schemas(described, dialect)
    _illustrate(paths, f'{origin}{dialect.prefix}', examples, shapes, dialect.schemes)
    return {
        'openapi': '3.1.0',
        'info': {'title': dialect.title, 'version': version},
        'servers': [{'url': dialect.prefix}],
        'tags': _groups(paths, described),
        'paths': paths,
        'webhooks': webhooks or {},
        'components': {'schemas': shapes, 'securitySchemes': dialect.schemes},
    }


def _groups(
    paths: Document, described: list[tuple[str, str, Resource, Endpoint]]
) -> list[Document]:
    """Every tag in the order of the paths; one that is a module says what that module says."""
    packages = {type(resource).__module__.rpartition('.')[0] for _, _, resource, _ in described}
    # Sorted, since two packages may have one name: karvo's own text is the one that stays.
    known = sorted((name for name in packages if name), reverse=True)
    texts = {name.rpartition('.')[2]: sys.modules[name].__doc__ or '' for name in known}
    names = [operation['tags'][0] for methods in paths.values() for operation in methods.values()]
    return [
        {'name': name, **({'description': texts[name].strip()} if name in texts else {})}
        for name in dict.fromkeys(names)
    ]


def _link(paths: Document) -> None:
    """What was made leads to what can be done with it: `POST /x` → all of `/x/{id}`."""
    for path, methods in paths.items():
        made = methods.get('post', {}).get('responses', {}).get('201')
        if made is None:
            continue
        one = re.compile(rf'{re.escape(path)}/{{(\w+)}}(/[\w-]+)?')
        links = {
            operation['operationId']: {
                'operationId': operation['operationId'],
                'parameters': {match[1]: '$response.body#/id'},
            }
            for other, operations in paths.items()
            if (match := one.fullmatch(other))
            for operation in operations.values()
        }
        if links:
            made['links'] = links


def _illustrate(
    paths: Document, base: str, examples: Examples, shapes: Document, schemes: Document
) -> None:
    auth = samples.headers_of(schemes)
    for path, methods in paths.items():
        for method, operation in methods.items():
            given = dict(examples.get(f'{method.upper()} {path}', {}))
            if 'requestBody' in operation and 'body' not in given:
                schema = operation['requestBody']['content']['application/json']['schema']
                given['body'] = samples.made_up(schema, shapes)
            samples.illustrate(operation, method.upper(), base + path, given, auth)


def _schemas(described: list[tuple[str, str, Resource, Endpoint]], dialect: Dialect) -> Document:
    kinds: list[typing.Any] = [dialect.problem, *dialect.problems.values()]
    for *_, spec in described:
        kinds += [kind for kind in (spec.body, *_shapes(spec)) if _is_shape(kind)]
    _, found = msgspec.json.schema_components(kinds, ref_template=REF)
    return {name: _numbers(schema) for name, schema in found.items()}


def _is_shape(kind: typing.Any) -> bool:
    return kind not in (None, bytes, type(None))


def _answers(spec: Endpoint) -> list[typing.Any]:
    """The alternatives of what a responder returns."""
    is_union = typing.get_origin(spec.returns) in (typing.Union, types.UnionType)
    return list(typing.get_args(spec.returns)) if is_union else [spec.returns]


def _media(spec: Endpoint) -> list[Media]:
    marks = (getattr(kind, '__metadata__', ()) for kind in _answers(spec))
    return [mark for found in marks for mark in found if isinstance(mark, Media)]


def _shapes(spec: Endpoint) -> list[typing.Any]:
    """What a responder returns as JSON: at most one."""
    kinds = [kind for kind in _answers(spec) if not hasattr(kind, '__metadata__')]
    return [kind for kind in kinds if _is_shape(kind)]


def _schema(kind: typing.Any) -> Document:
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=REF)
    return typing.cast(Document, _numbers(schema))


def _numbers(schema: typing.Any) -> typing.Any:
    """Decimals are JSON numbers here; msgspec calls them strings with a format."""
    if isinstance(schema, list):
        return [_numbers(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get('type') == 'string' and schema.get('format') == 'decimal':
        rest = {k: v for k, v in schema.items() if k not in ('type', 'format', 'default')}
        return {'type': 'number', **rest}
    return {name: _numbers(value) for name, value in schema.items()}


def _operation(path: str, method: str, spec: Endpoint, dialect: Dialect) -> Document:
    own = path.removeprefix(dialect.prefix)
    plain = PARAMETER.sub(r'\1', own).strip('/')
    name = re.sub(r'\W+', '_', plain)
    operation: Document = {
        'operationId': f'{method.lower()}_{name or "root"}',
        'summary': spec.summary.split('\n')[0],
        'tags': [re.split(r'\W', plain)[0] or 'root'],
        'parameters': [*_path_parameters(path), *_query_parameters(spec), *_headers(spec)],
        'responses': _responses(spec, dialect),
        'security': _security(dialect) if spec.scope is not None else [],
    }
    if spec.scope:
        operation['x-scope'] = spec.scope
    if spec.body:
        content = {'application/json': {'schema': _schema(spec.body)}}
        operation['requestBody'] = {'required': True, 'content': content}
    return operation


def _security(dialect: Dialect) -> list[Document]:
    return list(dialect.security) or [{scheme: []} for scheme in dialect.schemes]


def _path_parameters(path: str) -> list[Document]:
    number = {'type': 'integer', 'format': 'int64', 'minimum': 1, 'maximum': LAST_ID}
    return [
        {
            'name': name,
            'in': 'path',
            'required': True,
            'schema': number if kind == 'int' else {'type': 'string'},
        }
        for name, kind in PARAMETER.findall(path)
    ]


def _query_parameters(spec: Endpoint) -> list[Document]:
    if not spec.query:
        return []
    hints = typing.get_type_hints(spec.query, include_extras=True)
    return [
        {
            'name': field.encode_name,
            'in': 'query',
            'required': field.required,
            'schema': _schema(hints[field.name]),
        }
        for field in msgspec.structs.fields(spec.query)
    ]


def _headers(spec: Endpoint) -> list[Document]:
    found = []
    if spec.is_write:
        found.append(_header('Idempotency-Key', {'type': 'string', 'maxLength': 255}))
    if spec.takes_version:
        found.append(_header('If-Match', {'type': 'string'}))
    return found


def _header(name: str, schema: Document) -> Document:
    return {'name': name, 'in': 'header', 'required': False, 'schema': schema}


def _responses(spec: Endpoint, dialect: Dialect) -> Document:
    content: Document = {}
    for kind in _shapes(spec):
        content['application/json'] = {'schema': _schema(kind)}
    for media in _media(spec):
        content[media.type] = {'schema': {'type': 'string', 'format': 'binary'}}
    good: Document = {
        str(status): {'description': SUCCESS[status], **({'content': content} if content else {})}
        for status in (spec.status, *spec.also)
    }
    refusals = {
        status: {'description': text, 'content': _refusal(dialect, status)}
        for status, text in dialect.refusals.items()
    }
    return {**good, **refusals}


def _refusal(dialect: Dialect, status: str) -> Document:
    shape = dialect.problems.get(status, dialect.problem)
    return {'application/json': {'schema': _refused(shape)}}


@functools.cache
def _refused(shape: typing.Any) -> Document:
    """The schema of a problem: every operation has ten, and they are one or two shapes."""
    return _schema(shape)
