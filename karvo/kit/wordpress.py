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
from karvo.kit.discovery import Discovery
from karvo.kit.errors import Malformed
from karvo.kit.http import JSON, Dialect, Resource, encode, endpoint_of
from karvo.kit.links import Linker
from karvo.kit.methods import METHODS, REST, Router, is_rest
from karvo.kit.origin import api_link, origin_of
from karvo.kit.requests import read_body

#: What a browser's script may read and send. Credentials: an API key or Basic in a header of its
#: own, never a cookie, so any origin may ask; see decision 0009.
STANDARD = {
    'Access-Control-Expose-Headers': 'X-WP-Total, X-WP-TotalPages, Link, Allow, ETag, Location, '
    'Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id, '
    'X-Ignored-Fields, Idempotency-Replayed',
    'Access-Control-Allow-Headers': 'Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, '
    'Content-Type, X-SE-ERP-Key, X-Company-Id, X-HTTP-Method-Override, Idempotency-Key, If-Match',
    'Vary': 'Origin',
    'Expires': 'Wed, 11 Jan 1984 05:00:00 GMT',
}
SHARED = {
    'Access-Control-Allow-Methods': 'OPTIONS, GET, POST, PUT, PATCH, DELETE',
    # api-fetch asks with `credentials: include`; without this a browser withholds the answer.
    'Access-Control-Allow-Credentials': 'true',
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
META = ('_embed', '_envelope', '_fields', '_links', '_pretty')

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

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Path and method, before anything is routed."""
        req.context.is_rest = False  # until it is known, should this refuse
        req.context.is_rest = self._addresses.rewrite(req)
        req.context.app = self.app

    def process_resource(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        resource: Resource,
        params: dict[str, typing.Any],
    ) -> None:
        """Parameters; the caller is known by now."""
        if not is_rest(resource):
            return
        given = typing.cast(dict[str, typing.Any], req.params)
        if given and ('[' in req.query_string or '%5' in req.query_string):
            given |= parameters.query_members(req.query_string)
        if req.method in ('GET', 'HEAD') and req.content_length:
            given |= _parameters_in(read_body(req))
        if '_embed' in given and resource.links and req.method in ('GET', 'HEAD'):
            req.context.borrowed = _borrow(given, resource.links)

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: typing.Any, succeeded: bool
    ) -> None:
        """Headers of every answer; then what its parameters ask for."""
        if not getattr(req.context, 'is_rest', False) and not req.path.startswith(REST):
            return
        resp.set_headers(STANDARD)
        if origin := req.env.get('HTTP_ORIGIN'):
            _share(resp, origin)
        if req.method == 'OPTIONS' and resource is None:
            resp.status, resp.data = 200, b'[]'  # what WordPress answers for no route
        actor: Actor | None = getattr(req.context, 'actor', None)
        if actor is not None and resource is not None and _is_routed(resource, req.method):
            if allow := allowed(resource, actor):
                resp.set_header('Allow', ', '.join(allow))
        root = origin_of(req)
        pages = resp.get_header('X-WP-TotalPages')
        link = _paging(req, root, int(pages)) if pages and req.method in ('GET', 'HEAD') else ''
        if req.params and any(name in req.params for name in META):
            self._reshape(req, resp, resource, link)
        else:
            resp.set_header('Link', link or api_link(root))

    def _reshape(
        self, req: falcon.Request, resp: falcon.Response, resource: typing.Any, link: str
    ) -> None:
        asked = req.params
        is_json = resp.content_type == JSON and resp.data is not None
        if is_json and resp.status_code < 300 and req.method != 'OPTIONS':
            resp.data = self._cut(req, resource, typing.cast(bytes, resp.data))
        if is_json and '_envelope' in asked:
            _envelop(resp, link)
            link = ''
        if is_json and '_pretty' in asked:
            resp.data = msgspec.json.format(typing.cast(bytes, resp.data), indent=4)
        resp.set_header('Link', link or api_link(origin_of(req)))

    def _cut(self, req: falcon.Request, resource: typing.Any, body: bytes) -> bytes:
        fields = selection.names_in(req.params.get('_fields', []))
        is_linked = '_embed' in req.params or '_links' in req.params
        is_linked |= any(name.split('.')[0] == '_links' for name in fields)
        if is_linked and resource is not None and resource.links and body:
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
            allow=allowed(one.resource, actor) if one else [],
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


def allowed(resource: Resource, actor: Actor) -> list[str]:
    """The methods of a resource that this caller may use, in WordPress' order."""
    return _allowed(
        resource,
        actor.scopes,
        actor.kind == 'anonymous',
        actor.is_suspended,
        actor.place is not None,
    )


@functools.lru_cache(maxsize=4096)
def _allowed(
    resource: Resource,
    scopes: frozenset[str],
    is_anonymous: bool,
    is_suspended: bool,
    has_company: bool,
) -> list[str]:
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
    return found


def _is_routed(resource: Resource, method: str) -> bool:
    return method == 'OPTIONS' or endpoint_of(resource, method) is not None


def _share(resp: falcon.Response, origin: str) -> None:
    if ORIGIN.fullmatch(origin):
        resp.set_headers({'Access-Control-Allow-Origin': origin, **SHARED})


def _parameters_in(body: bytes) -> dict[str, typing.Any]:
    """JSON on GET counts as parameters and wins over the query. Raises Malformed."""
    if not body:
        return {}
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Malformed('Invalid JSON body passed.') from error
    return found if isinstance(found, dict) else {}


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
        found.append(f'<{_with_page(req, root, min(page - 1, pages))}>; rel="prev"')
    if page < pages:
        found.append(f'<{_with_page(req, root, page + 1)}>; rel="next"')
    return ', '.join(found)


def _page_of(given: typing.Any) -> int:
    try:
        return int(given[-1] if isinstance(given, list) else given)
    except (TypeError, ValueError):
        return 1


def _with_page(req: falcon.Request, root: str, page: int) -> str:
    """The request's own address with another page; a parameter without a value stays without."""
    pairs = urllib.parse.parse_qsl(req.query_string, keep_blank_values=True)
    given = {name: value for name, value in pairs if not name.endswith(']')} | {'page': str(page)}
    lists = [(name, value) for name, value in pairs if name.endswith(']')]
    quote = urllib.parse.quote_plus
    parts = [
        f'{quote(name)}={quote(value)}' if value else quote(name)
        for name, value in [*given.items(), *lists]
    ]
    return f'{root}{urllib.parse.quote(req.path)}?{"&".join(parts)}'


def _envelop(resp: falcon.Response, link: str) -> None:
    """Status and headers go into the body; the answer itself is 200."""
    if link:
        resp.set_header('Link', link)
    kept = {}
    for name, kind in OWN:
        value = resp.get_header(name)
        if value is not None:
            kept[name] = kind(value)
            resp.delete_header(name)
    body = msgspec.Raw(resp.data or b'null')
    resp.data = encode({'body': body, 'status': resp.status_code, 'headers': kept})
    resp.status = 200
