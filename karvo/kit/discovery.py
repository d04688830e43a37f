"""What WordPress clients find by asking: the index, each namespace, OPTIONS of each route.

All of it is made of the routes and their endpoints' structs; what does not answer is not listed.
"""

import typing
from collections.abc import Callable, Iterable

import falcon
import msgspec

from karvo.kit.dialects import Dialect
from karvo.kit.http import JSON, Endpoint, Resource, encode
from karvo.kit.methods import EDITABLE, METHODS, REST, is_rest
from karvo.kit.origin import origin_of, site_of
from karvo.kit.rest_schema import args_of, record_schema, route_key

AUTHORIZE = '/wp-admin/authorize-application.php'
BATCH = '/batch/v1'
HELP = 'https://developer.wordpress.org/rest-api/'
ANY = 'http://origin.invalid'  #: stands for the caller's in texts that are kept
CONTEXT = {'default': 'view', 'required': False}

Document = dict[str, typing.Any]
Routes = Iterable[tuple[str, Resource]]


class Route(typing.NamedTuple):
    """A route under /wp-json: `path` is Falcon's template without that prefix."""

    path: str
    resource: Resource

    @property
    def namespace(self) -> str:
        """`se-erp/v2`, or '' for what belongs to none."""
        return namespace_of(self.resource.dialect)


def namespace_of(dialect: Dialect) -> str:
    return dialect.prefix.removeprefix(REST).strip('/')


def endpoints_of(resource: Resource) -> list[tuple[list[str], Endpoint]]:
    """(methods, endpoint) in the order of listing; a PUT stands for all of EDITABLE it may."""
    found = {method: _own(resource, method) for method in METHODS}
    listed = []
    for method, spec in found.items():
        if spec is None:
            continue
        others = [m for m in EDITABLE if m == 'PUT' or found[m] is None]
        listed.append((others if method == 'PUT' else [method], spec))
    return listed


def _own(resource: Resource, method: str) -> Endpoint | None:
    return getattr(getattr(resource, f'on_{method.lower()}', None), 'endpoint', None)


class Discovery:
    """The index of an application."""

    def __init__(self, routes: Routes, dialect: Dialect) -> None:
        """`dialect` words the refusals of the index itself."""
        routes = list(routes)
        self._dialect = msgspec.structs.replace(dialect, name='wp-json', prefix=REST)
        self.routes = [
            Route((resource.dialect.prefix + path).removeprefix(REST), resource)
            for path, resource in routes
            if is_rest(resource)
        ]
        self._paths = {resource.dialect.prefix + path for path, resource in routes}
        self._by_template = {REST + route.path: route for route in self.routes}
        self._written: dict[str, bytes] = {}

    def resources(self) -> list[tuple[str, Resource]]:
        """The routes of the index and of each namespace."""
        spoken = {namespace_of(r.resource.dialect): r.resource.dialect for r in self.routes}
        own: list[tuple[str, Resource]] = [('', Index(self._dialect, self))]
        own += [('', Namespace(spoken[name], self)) for name in self.namespaces()]
        self._by_template |= {
            resource.dialect.prefix: Route(resource.dialect.prefix.removeprefix(REST), resource)
            for _, resource in own
        }
        return own

    def namespaces(self) -> list[str]:
        """In the order of registration."""
        return list(dict.fromkeys(route.namespace for route in self.routes if route.namespace))

    def route(self, template: str) -> Route | None:
        """The route of a Falcon template, as `req.uri_template` has it."""
        return self._by_template.get(template)

    def describe(self, req: falcon.Request, resp: falcon.Response, **ids: typing.Any) -> None:
        """OPTIONS: the route's entry and the schema of its records; open to all."""
        template = req.uri_template or ''
        route = self._by_template[template]
        self._answer(req, resp, f'OPTIONS {template}', lambda: self._described(route, ANY))

    def index(self, req: falcon.Request, resp: falcon.Response) -> None:
        """All routes of all namespaces."""
        is_private = site_of(req).is_private
        key = REST if is_private else f'{REST} in the open'
        self._answer(req, resp, key, lambda: self._index(ANY, is_private))

    def namespace(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """The routes of one namespace."""
        self._answer(req, resp, name, lambda: self._namespace(name, ANY))

    def _answer(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        key: str,
        make: Callable[[], Document],
    ) -> None:
        # Callers choose the origin (Host): each text is made once, whatever they say.
        if key not in self._written:
            self._written[key] = encode(make())
        resp.data = self._written[key].replace(ANY.encode(), origin_of(req).encode())
        resp.content_type = JSON

    def _index(self, origin: str, is_private: bool) -> Document:
        return {
            'name': 'KARVO',
            'description': self._dialect.title,
            'url': origin,
            'home': origin,
            'gmt_offset': '0',
            'timezone_string': '',
            'page_for_posts': 0,
            'page_on_front': 0,
            'show_on_front': 'posts',
            'namespaces': self.namespaces(),
            'authentication': self._authentication(origin) if is_private else {},
            'routes': self._entries(origin),
            'site_logo': 0,
            'site_icon': 0,
            'site_icon_url': '',
            '_links': {'help': [{'href': HELP}]},
        }

    def _authentication(self, origin: str) -> Document:
        if AUTHORIZE not in self._paths:
            return {}
        return {'application-passwords': {'endpoints': {'authorization': origin + AUTHORIZE}}}

    def _namespace(self, name: str, origin: str) -> Document:
        return {
            'namespace': name,
            'routes': self._entries(origin, name),
            '_links': {'up': [{'href': f'{origin}{REST}/'}]},
        }

    def _entries(self, origin: str, namespace: str | None = None) -> Document:
        """{route key: entry}; roots of namespaces before what they hold."""
        routes = sorted(self._by_template.values(), key=self._place)
        return {
            route_key(route.path) or '/': self._entry(route, origin)
            for route in routes
            if namespace is None or route.namespace == namespace
        }

    def _place(self, route: Route) -> tuple[int, bool]:
        """Where it is listed: '' first, then namespaces by registration, each one's root first."""
        order = ['', *self.namespaces()]
        return order.index(route.namespace), not isinstance(route.resource, Index | Namespace)

    def _entry(self, route: Route, origin: str) -> Document:
        listed = endpoints_of(route.resource)
        entry: Document = {
            'namespace': route.namespace,
            'methods': list(dict.fromkeys(m for methods, _ in listed for m in methods)),
            'endpoints': [self._endpoint(route, methods, spec) for methods, spec in listed],
        }
        if '{' not in route.path:
            href = f'{origin}{REST}{route.path or "/"}'
            entry['_links'] = {'self': [{'href': href}]}
        return entry

    def _endpoint(self, route: Route, methods: list[str], spec: Endpoint) -> Document:
        is_batched = route.resource.dialect.allows_batch and REST + BATCH in self._paths
        batched = {'allow_batch': {'v1': True}} if is_batched and spec.is_write else {}
        if isinstance(route.resource, Index | Namespace):
            args = route.resource.args()
        else:
            args = args_of(route.path, spec)
        return {'methods': methods, **batched, 'args': args}

    def _described(self, route: Route, origin: str) -> Document:
        entry = self._entry(route, origin)
        links = entry.pop('_links', None)
        specs = [spec for methods, spec in endpoints_of(route.resource)]
        schemas = (record_schema(spec) for spec in specs if spec.returns)
        if schema := next((schema for schema in schemas if schema), None):
            entry['schema'] = schema
        return entry | ({'_links': links} if links else {})


class Index(Resource):
    """What there is."""

    def __init__(self, dialect: Dialect, discovery: Discovery) -> None:
        self.dialect = dialect
        self._discovery = discovery

    def args(self) -> Document:
        return {'context': CONTEXT}

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The index of all routes."""
        self._discovery.index(req, resp)

    on_get.endpoint = Endpoint(scope=None)  # type: ignore[attr-defined]


class Namespace(Resource):
    """What there is in one namespace."""

    def __init__(self, dialect: Dialect, discovery: Discovery) -> None:
        self.dialect = dialect
        self._discovery = discovery

    def args(self) -> Document:
        return {
            'namespace': {'default': namespace_of(self.dialect), 'required': False},
            'context': CONTEXT,
        }

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The index of this namespace's routes."""
        self._discovery.namespace(req, resp, namespace_of(self.dialect))

    on_get.endpoint = Endpoint(scope=None)  # type: ignore[attr-defined]
