"""WordPress' manners round every request under /wp-json: what is done at which of Falcon's hooks.

Before routing: the meant path and method (`addresses`). Before the responder: parameters as PHP
clients write them (`parameters`). After it: headers, then `_embed` (`links`), `_fields`
(`selection`), `_envelope`, `_pretty`, each only when asked for.
"""

import functools
import re
import typing
import urllib.parse
from collections.abc import Iterable

import falcon
import msgspec

from karvo.kit import inside, links, parameters, selection
from karvo.kit.actor import Actor
from karvo.kit.addresses import Addresses
from karvo.kit.dialects import Dialect
from karvo.kit.discovery import Discovery
from karvo.kit.errors import Malformed
from karvo.kit.http import JSON, Endpoint, Resource, Response, encode, endpoint_of
from karvo.kit.links import Linker
from karvo.kit.methods import METHODS, REST, Router, is_rest
from karvo.kit.origin import api_link, origin_of
from karvo.kit.requests import read_body

#: What a browser's script may read and send. Credentials: an API key or Basic in a header of its
#: own, never a cookie, so any origin may ask; see decision 0009.
STANDARD = {
    'access-control-expose-headers': 'X-WP-Total, X-WP-TotalPages, Link, Allow, ETag, Location, '
    'Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id, '
    'X-Ignored-Fields, Idempotency-Replayed',
    'access-control-allow-headers': 'Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, '
    'Content-Type, X-SE-ERP-Key, X-Company-Id, X-HTTP-Method-Override, Idempotency-Key, If-Match',
    'vary': 'Origin',
    'expires': 'Wed, 11 Jan 1984 05:00:00 GMT',
}
SHARED = {
    'access-control-allow-methods': 'OPTIONS, GET, POST, PUT, PATCH, DELETE',
    # api-fetch asks with `credentials: include`; without this a browser withholds the answer.
    'access-control-allow-credentials': 'true',
}
ORIGIN = re.compile(r'[!-~]{1,300}')  #: repeated to the caller, so nothing that ends a header
OWN = (
    ('Link', str),
    ('Allow', str),
    ('ETag', str),
    ('Location', str),
    ('Retry-After', int),
    ('X-WP-Total', int),
    ('X-WP-TotalPages', int),
    ('X-Ignored-Fields', str),
    ('Idempotency-Replayed', str),
)  #: headers that `_envelope` takes along
#: a query that is the same once decoded and encoded again
PLAIN = re.compile(r'(\w+(=[\w.~-]+)?&)*(\w+(=[\w.~-]+)?)?', re.ASCII)
PAGE = re.compile(r'(?<![^&])page(=[^&]*)?(?![^&])')
META = {'_embed', '_envelope', '_fields', '_links', '_pretty'}

Routes = Iterable[tuple[str, Resource]]


class WordPress:
    """A middleware, last of an application's; and the routes and the router that go with it."""

    def __init__(self, routes: Routes, dialect: Dialect) -> None:
        """`dialect` words what the index refuses."""
        known = list(routes)
        self.discovery = Discovery(known, dialect)
        self.routes = [*known, *self.discovery.resources()]
        self.router = Router(self.discovery.describe)
        self.app: inside.App | None = None  #: set when it is made: what is embedded asks it
        templates = (resource.dialect.prefix + path for path, resource in self.routes)
        self._addresses = Addresses(t for t in templates if t.startswith(REST))

    def process_request(self, req: falcon.Request, resp: Response) -> None:
        """Path and method, before anything is routed."""
        req.context.is_rest = False  # until it is known, should this refuse
        req.context.is_rest = self._addresses.rewrite(req)
        req.context.app = self.app

    def process_resource(
        self,
        req: falcon.Request,
        resp: Response,
        resource: Resource,
        params: dict[str, typing.Any],
    ) -> None:
        """Parameters; the caller is known by now."""
        if req.env.get(inside.BATCHED):
            _check_batched(resource, req.method)
        has_body = req.method in ('GET', 'HEAD') and req.env.get('CONTENT_LENGTH')
        if not (req.query_string or has_body) or not is_rest(resource):
            return
        given: dict[str, typing.Any] = req.params  # type: ignore[assignment]
        if '[' in req.query_string or '%5' in req.query_string:
            given |= parameters.query_members(req.query_string)
        if has_body:
            given |= _parameters_in(read_body(req))
        if '_embed' in given and resource.links and _takes_include(resource, req.method):
            req.context.borrowed = _borrow(given, resource.links)

    def process_response(
        self, req: falcon.Request, resp: Response, resource: typing.Any, succeeded: bool
    ) -> None:
        """Headers of every answer; then what its parameters ask for."""
        if not getattr(req.context, 'is_rest', False) and not req.path.startswith(REST):
            return
        root = origin_of(req)
        resp.add(_standard(root, _allow(req, resp, resource) if resource is not None else ''))
        if origin := req.env.get('HTTP_ORIGIN'):
            _share(resp, origin)
        if resource is None and req.method == 'OPTIONS':
            resp.status, resp.data = 200, b'[]'  # what WordPress answers for no route
        pages = resp.known('x-wp-totalpages')
        if pages and req.method in ('GET', 'HEAD'):
            if link := _paging(req, root, int(pages)):
                resp.add({'link': link})
        if req.params and not META.isdisjoint(req.params):
            self._reshape(req, resp, resource)

    def _reshape(self, req: falcon.Request, resp: Response, resource: typing.Any) -> None:
        asked = req.params
        is_json = resp.content_type == JSON and resp.data is not None
        if is_json and resp.status_code < 300 and req.method != 'OPTIONS':
            resp.data = self._cut(req, resource, typing.cast(bytes, resp.data))
        if is_json and '_envelope' in asked and not req.env.get(inside.BATCHED):
            _envelop(resp, api_link(origin_of(req)))
        if is_json and '_pretty' in asked:
            resp.data = msgspec.json.format(typing.cast(bytes, resp.data), indent=4)

    def _cut(self, req: falcon.Request, resource: typing.Any, body: bytes) -> bytes:
        fields = selection.names_in(req.params.get('_fields', []))
        is_linked = '_embed' in req.params or '_links' in req.params
        is_linked |= any(name.split('.')[0] == '_links' for name in fields)
        if is_linked and resource is not None and resource.links and req.method != 'DELETE':
            rels = links.rels_asked(req.params['_embed']) if '_embed' in req.params else None
            borrowed = getattr(req.context, 'borrowed', [])
            body = self._linker(req, resource).linked(body, rels, borrowed)
        return selection.select(body, fields)

    def _linker(self, req: falcon.Request, resource: Resource) -> Linker:
        prefix = resource.dialect.prefix
        found = typing.cast(links.Links, resource.links)
        one = self.discovery.route(f'{prefix}{found.collection}/{{id:int}}')
        actor: Actor = req.context.actor
        return Linker(
            links=found,
            base=origin_of(req) + prefix,
            allow=allowed(one.resource, actor).split(', ') if one else [],
            fetch=functools.partial(self._fetch, req, prefix, actor),
        )

    def _fetch(
        self, req: falcon.Request, prefix: str, actor: Actor, path: str
    ) -> tuple[list[bytes], int] | None:
        path, _, query = path.partition('?')
        answer = inside.ask(
            typing.cast(inside.App, self.app), req, 'GET', prefix + path, query=query, actor=actor
        )
        if answer.status != 200:
            return None
        rows = selection.items(selection.members(answer.body)['data'])
        return [bytes(row) for row in rows], int(answer.headers['x-wp-totalpages'])


@functools.lru_cache(maxsize=1024)
def _standard(root: str, allow: str) -> dict[str, str]:
    may = {'allow': allow} if allow else {}
    return {**STANDARD, 'link': api_link(root), **may}


def _check_batched(resource: Resource, method: str) -> None:
    spec = endpoint_of(resource, method)
    if not (resource.dialect.allows_batch and spec and spec.is_write):
        text = 'The requested route does not support batch requests.'
        raise Malformed(text, code='rest_batch_not_allowed')


def _allow(req: falcon.Request, resp: Response, resource: Resource) -> str:
    """The header's text; '' where no route answers, or nothing is allowed."""
    actor: Actor | None = getattr(req.context, 'actor', None)
    spec: Endpoint | None = getattr(req.context, 'spec', None)
    if actor is None or (spec is None and req.method != 'OPTIONS'):
        return ''
    if spec and spec.scope == '' and resp.status_code == 403:
        return ''  # anybody may ask there, and was told that this record is not for him
    return allowed(resource, actor)


def allowed(resource: Resource, actor: Actor) -> str:
    """The methods of a resource that this caller may use, `GET, POST`, in WordPress' order."""
    return _allowed(
        resource,
        actor.scopes,
        actor.kind == 'anonymous',
        actor.is_suspended or actor.is_unpaid,
        actor.place is not None,
    )


@functools.lru_cache(maxsize=4096)
def _allowed(
    resource: Resource,
    scopes: frozenset[str],
    is_anonymous: bool,
    is_suspended: bool,
    has_company: bool,
) -> str:
    found = []
    for method in METHODS:
        spec = endpoint_of(resource, method)
        if spec is None:
            continue
        is_open = spec.scope is None
        may = not is_anonymous and (not spec.scope or spec.scope in scopes)
        may &= has_company or spec.is_platform
        if is_open or (may and not (is_suspended and spec.is_write)):
            found.append(method)
    return ', '.join(found)


def _share(resp: Response, origin: str) -> None:
    if ORIGIN.fullmatch(origin):
        resp.add({'access-control-allow-origin': origin, **SHARED})


def _parameters_in(body: bytes) -> dict[str, typing.Any]:
    """JSON on GET counts as parameters and wins over the query. Raises Malformed."""
    if not body:
        return {}
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Malformed('Invalid JSON body passed.') from error
    return found if isinstance(found, dict) else {}


def _takes_include(resource: Resource, method: str) -> bool:
    spec = endpoint_of(resource, method)
    return bool(spec and spec.query and 'include' in spec.query.__struct_fields__)


def _borrow(given: dict[str, typing.Any], found: links.Links) -> list[str]:
    """Asks a list for the sections that `_embed` needs; those that were not asked for anyway."""
    sections = found.sections(links.rels_asked(given['_embed']))
    included = selection.names_in(given.get('include', []))
    borrowed = [name for name in sections if name not in included]
    if borrowed:
        given['include'] = ','.join([*included, *borrowed])
    return borrowed


def _paging(req: falcon.Request, root: str, pages: int) -> str:
    """WordPress' own form: api-fetch looks for `<…>; rel="next"` to the letter."""
    page = _page_of(req.params.get('page', 1))
    found = []
    if page > 1 and pages:
        before = _with_page(root + _quoted(req.path), req.query_string, min(page - 1, pages))
        found.append(f'<{before}>; rel="prev"')
    if page < pages:
        after = _with_page(root + _quoted(req.path), req.query_string, page + 1)
        found.append(f'<{after}>; rel="next"')
    return ', '.join(found)


@functools.lru_cache(maxsize=1024)
def _quoted(path: str) -> str:
    return urllib.parse.quote(path)


def _page_of(given: typing.Any) -> int:
    try:
        return int(given[-1] if isinstance(given, list) else given)
    except (TypeError, ValueError):
        return 1


@functools.lru_cache(maxsize=512)
def _with_page(path: str, query: str, page: int) -> str:
    """The request's own address with another page; a parameter without a value stays without."""
    if PLAIN.fullmatch(query):
        replaced, count = PAGE.subn(f'page={page}', query)
        kept = replaced if count else f'{query}&page={page}'.lstrip('&')
        return f'{path}?{kept}'
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    given = {name: value for name, value in pairs if not name.endswith(']')} | {'page': str(page)}
    lists = [(name, value) for name, value in pairs if name.endswith(']')]
    quote = urllib.parse.quote_plus
    parts = [
        f'{quote(name)}={quote(value)}' if value else quote(name)
        for name, value in [*given.items(), *lists]
    ]
    return f'{path}?{"&".join(parts)}'


def _envelop(resp: Response, link: str) -> None:
    """Status and headers go into the body; the answer itself is 200, its Link is `link`."""
    if resp.get_header('Link') == link:
        resp.delete_header('Link')
    kept = {}
    for name, kind in OWN:
        value = resp.get_header(name)
        if value is not None:
            kept[name] = kind(value)
            resp.delete_header(name)
    body = msgspec.Raw(resp.data or b'null')
    resp.data = encode({'body': body, 'status': resp.status_code, 'headers': kept})
    resp.status = 200
    resp.add({'link': link})
