"""Falcon with typed bodies: `@endpoint` says what a responder takes, gives and needs.

A responder is `on_post(self, actor, body: InvoiceIn) -> InvoiceOut`; by their names it may also
take `query: SomeStruct`, `version: int | None` (If-Match) and `site: Site`. Everything the API
promises of all endpoints happens here once: scope, shapes, idempotency, retries, ETag, errors.
"""

import contextlib
import functools
import re
import time
import typing
from collections.abc import Callable, Iterable

import falcon
import msgspec
import peewee
import psycopg

from karvo.kit import connections, db, idempotency, ids, shapes
from karvo.kit.actor import Actor
from karvo.kit.dialects import Dialect
from karvo.kit.errors import (
    Invalid,
    NotFound,
    invalid,
)
from karvo.kit.idempotency import Answer, Attempt, Store
from karvo.kit.inside import BATCHED, CHECK
from karvo.kit.links import Links
from karvo.kit.methods import responder_of
from karvo.kit.origin import site_of
from karvo.kit.requests import LARGEST_BODY, expected_version, read_body

JSON = 'application/json; charset=UTF-8'
WRITES = ('POST', 'PUT', 'PATCH', 'DELETE')
RETRIED = {'40001', '40P01', '55P03', '23503', '23505', '26000', '42P05'}  #: SQLSTATE, facts E3
TRIES = 4
CREDENTIAL = re.compile(r'(?<![^&])api_key=[^&]*&?')  #: of a query
CONTROL = re.compile(r'[\x00-\x1f\x7f]')

encode = msgspec.json.Encoder(decimal_format='number').encode
Responder = Callable[..., typing.Any]
Members = dict[str, typing.Any]


class Resource:
    """A Falcon resource that knows its dialect and what its fields are called on the wire."""

    dialect: Dialect
    fields: typing.ClassVar[dict[str, str]] = {}
    largest: typing.ClassVar[int] = LARGEST_BODY  #: bytes of a body
    store: typing.ClassVar[Store] = idempotency.company_store
    links: typing.ClassVar[Links | None] = None  #: of the records it answers with
    plugin: str = ''  #: that brought it; set where the routes are put together


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What a responder takes and gives; the source of validation and of OpenAPI."""

    scope: str | None  #: None = open to all
    status: int = 200
    also: tuple[int, ...] = ()  #: further statuses of the same answer
    summary: str = ''
    body: typing.Any = None
    query: typing.Any = None
    returns: typing.Any = None
    is_write: bool = False
    is_framed: bool = True
    takes_version: bool = False
    takes_site: bool = False
    takes_more: bool = False  #: a body, a query, a version or the site
    is_platform: bool = False


Shape = typing.TypeVar('Shape')


class Ready(msgspec.Struct, typing.Generic[Shape], gc=False):
    """An answer of this shape that is JSON already, written by PostgreSQL, and its headers."""

    body: bytes
    headers: dict[str, str]


class Media(msgspec.Struct, frozen=True):
    """Of an annotated return: the answer is bytes of this content type, not JSON."""

    type: str


class Reply(msgspec.Struct):
    """An answer with headers of its own."""

    value: typing.Any
    headers: dict[str, str] = {}
    status: int | None = None


def endpoint(
    *,
    scope: str | None,
    status: int = 200,
    also: tuple[int, ...] = (),
    is_write: bool | None = None,
    is_framed: bool = True,
    is_platform: bool = False,
) -> Callable[[Responder], Responder]:
    """Marks a responder; `is_platform` endpoints belong to no company.

    `is_write`: whether a suspended tenant may not, and an Idempotency-Key keeps the answer; None =
    as method and scope say.
    """

    def wrap(responder: Responder) -> Responder:
        hints = typing.get_type_hints(responder, include_extras=True)
        spec = Endpoint(
            scope=scope,
            status=status,
            also=also,
            summary=(responder.__doc__ or '').strip(),
            body=hints.get('body'),
            query=hints.get('query'),
            returns=_shape_of(hints.get('return')),
            is_write=_changes(responder.__name__, scope) if is_write is None else is_write,
            is_framed=is_framed,
            takes_version='version' in hints,
            takes_site='site' in hints,
            takes_more=not hints.keys().isdisjoint(('body', 'query', 'version', 'site')),
            is_platform=is_platform,
        )

        @functools.wraps(responder)
        def respond(
            self: Resource, req: falcon.Request, resp: Response, **params: typing.Any
        ) -> None:
            _respond(spec, responder, self, req, resp, params)

        respond.endpoint = spec  # type: ignore[attr-defined]
        return respond

    return wrap


def _changes(name: str, scope: str | None) -> bool:
    return name != 'on_get' and not (scope or '').endswith(':read')


def _shape_of(hint: typing.Any) -> typing.Any:
    return typing.get_args(hint)[0] if typing.get_origin(hint) is Ready else hint


def _respond(
    spec: Endpoint,
    responder: Responder,
    resource: Resource,
    req: falcon.Request,
    resp: 'Response',
    params: dict[str, typing.Any],
) -> None:
    actor: Actor = req.context.actor
    if spec.scope:
        actor.require(spec.scope)
    if params:
        _check_ids(params)
    body = read_body(req, resource.largest) if req.method in WRITES else b''
    if spec.takes_more:
        _take(spec, resource, req, body, params)
    if req.env.get(BATCHED) == CHECK:
        resp.status = 204
        return

    def act() -> Answer:
        return _answer(spec, responder(resource, actor, **params))

    is_replay = False
    with db.company(actor.place) if actor.place else _NO_COMPANY:
        if spec.is_write and 'HTTP_IDEMPOTENCY_KEY' in req.env:
            answer, is_replay = _once(spec, resource, req, body, act)
        else:
            answer = retrying(act)
    resp.send(answer)
    if is_replay:
        resp.set_header('Idempotency-Replayed', 'true')
    if spec.body and (ignored := shapes.unknown_members(body, spec.body)):
        resp.set_header('X-Ignored-Fields', _header_text(', '.join(ignored)))


def _take(
    spec: Endpoint,
    resource: Resource,
    req: falcon.Request,
    body: bytes,
    params: dict[str, typing.Any],
) -> None:
    """What the responder takes besides what its path names."""
    if spec.body:
        params['body'] = shapes.decode_body(body, spec.body)
    if spec.query:
        params['query'] = shapes.decode_query(resource.dialect.parameters(req), spec.query)
    if spec.takes_version:
        params['version'] = expected_version(req)
    if spec.takes_site:
        params['site'] = site_of(req)


_NO_COMPANY: typing.ContextManager[None] = contextlib.nullcontext()


def _once(
    spec: Endpoint,
    resource: Resource,
    req: falcon.Request,
    body: bytes,
    act: Callable[[], Answer],
) -> tuple[Answer, bool]:
    """The answer, and whether it is the one that this Idempotency-Key had before."""
    key = req.env['HTTP_IDEMPOTENCY_KEY']
    if not key:
        return retrying(act), False
    actor: Actor = req.context.actor
    credential = f'{actor.tenant_id}:{actor.kind}:{actor.id}'
    # A credential may move from the query to a header, or be a new one, and the write is the same.
    path = f'{req.path}?{CREDENTIAL.sub("", req.query_string)}'
    attempt = Attempt(key=key, credential=credential, method=req.method, path=path, body=body)
    return retrying(
        lambda: idempotency.once(resource.store, attempt, act, is_framed=spec.is_framed)
    )


Result = typing.TypeVar('Result')


def retrying(act: Callable[[], Result]) -> Result:
    """Run again what lost a race: deadlocks, serialization, a number taken meanwhile (G-8)."""
    tried = 0
    while True:
        try:
            return act()
        except (psycopg.Error, peewee.PeeweeException) as error:
            tried += 1
            if tried == TRIES or connections.sqlstate(error) not in RETRIED:
                raise
        time.sleep(0.01 * tried)


def _answer(spec: Endpoint, value: typing.Any) -> Answer:
    if isinstance(value, Ready):
        return Answer(spec.status, value.body, value.headers)
    reply = value if isinstance(value, Reply) else Reply(value)
    headers = dict(reply.headers)
    version = getattr(reply.value, 'version', None)
    if isinstance(version, int):
        headers['ETag'] = f'"{version}"'
    if isinstance(reply.value, Page):
        headers['X-WP-Total'] = str(reply.value.total)
        headers['X-WP-TotalPages'] = str(reply.value.total_pages)
    body = reply.value if isinstance(reply.value, bytes) else encode(reply.value)
    return Answer(reply.status or spec.status, body, headers)


def _header_text(text: str) -> str:
    # Control characters would end the header, or have gunicorn refuse the whole answer.
    return CONTROL.sub(' ', text.encode('ascii', 'backslashreplace').decode())[:1000]


def _check_ids(params: dict[str, typing.Any]) -> None:
    for name, value in params.items():
        if isinstance(value, int):
            if value > ids.LAST_ID:
                raise invalid(**{name: 'is too large'})
        elif '\0' in value:
            raise Invalid(
                f'{name} must not hold the NUL character',
                fields={name: 'must not hold the NUL character'},
            )


Item = typing.TypeVar('Item')


class Page(msgspec.Struct, typing.Generic[Item]):
    """The standard envelope of a list."""

    data: list[Item]
    total: int
    page: int
    per_page: int
    total_pages: int


class Deleted(msgspec.Struct):
    """The answer of every DELETE (G-11)."""

    deleted: bool
    id: int


class Response(falcon.Response):
    """Falcon's, with quick ways for what needs no look."""

    def send(self, answer: Answer) -> None:
        """An endpoint's answer: JSON, unless its headers say otherwise."""
        self.status, self.data = answer.status, answer.body
        headers = self._headers
        headers['content-type'] = JSON
        for name, value in answer.headers.items():
            headers[name.lower()] = value

    def known(self, name: str) -> str | None:
        """A header's value; its name in lower case."""
        return self._headers.get(name)

    def add(self, headers: dict[str, str]) -> None:
        """Sets headers; names in lower case, values as they go out, no cookies."""
        self._headers.update(headers)


def endpoint_of(resource: object, method: str) -> Endpoint | None:
    """The endpoint of a resource for an HTTP method, its stand-ins included; None for none."""
    return _endpoint_of(resource, method) if method in falcon.HTTP_METHODS else None


@functools.lru_cache(maxsize=4096)
def _endpoint_of(resource: object, method: str) -> Endpoint | None:
    return getattr(responder_of(resource, method), 'endpoint', None)


def endpoints(
    routes: Iterable[tuple[str, Resource]],
) -> Iterable[tuple[str, str, Resource, Endpoint]]:
    """Every (path, METHOD, resource, endpoint); fails on a responder without `@endpoint`."""
    for path, resource in routes:
        for name in sorted(n for n in dir(resource) if n.startswith('on_')):
            yield (
                resource.dialect.prefix + path,
                name[3:].upper(),
                resource,
                getattr(resource, name).endpoint,
            )


def found(value: Item | None, what: str) -> Item:
    """The value, or NotFound in the API's words."""
    if value is None:
        raise NotFound(f'{what} not found')
    return value
