"""The Falcon application out of routes, and how what goes wrong becomes an answer."""

import functools
import typing
from collections.abc import Callable, Iterable, Sequence

import falcon

from karvo.kit import connections
from karvo.kit.dialects import INTERNAL, Dialect
from karvo.kit.errors import Conflict, Invalid, KarvoError, NoRoute, TooLarge, Unavailable
from karvo.kit.http import JSON, RETRIED, Resource, Response, encode
from karvo.kit.log import log
from karvo.kit.methods import Router
from karvo.kit.wsgi_app import App


class Rewriting:
    """The first middleware: dialects may be reached at other addresses than their own."""

    def __init__(self, rewrites: Iterable[Callable[[falcon.Request], None]]) -> None:
        self.rewrites = list(rewrites)

    def process_request(self, req: falcon.Request, resp: Response) -> None:
        for rewrite in self.rewrites:
            rewrite(req)


def make_app(
    routes: Iterable[tuple[str, Resource]],
    middleware: list[typing.Any],
    dialects: Sequence[Dialect],
    router: Router,
) -> App:
    """A Falcon application from (path, resource) pairs.

    What no route answers is worded by the dialect with the longest prefix that fits, else by the
    first.
    """
    app = App(middleware=middleware, router=router)
    app.req_options.strip_url_path_trailing_slash = True
    app.req_options.keep_blank_qs_values = True
    app.add_error_handler(KarvoError, functools.partial(_refuse, dialects))
    app.add_error_handler(falcon.HTTPError, functools.partial(_refuse_http, dialects))
    app.add_error_handler(Exception, functools.partial(_refuse_unexpected, dialects))
    for path, resource in routes:
        app.add_route(resource.dialect.prefix + path, resource)
    return app


def _refuse(
    dialects: Sequence[Dialect],
    req: falcon.Request,
    resp: Response,
    error: KarvoError,
    params: typing.Any,
) -> None:
    resource = getattr(req.context, 'resource', None)
    dialect = resource.dialect if resource else _speaker(dialects, req.path)
    status, body = dialect.error(error, resource.fields if resource else {})
    resp.status = status
    resp.data = encode(body)
    resp.content_type = JSON
    resp.add(dialect.headers)
    if retry_after := getattr(error, 'retry_after', None):
        resp.set_header('Retry-After', str(retry_after))


def _speaker(dialects: Sequence[Dialect], path: str) -> Dialect:
    fitting = [one for one in dialects if f'{path}/'.startswith(f'{one.prefix}/')]
    return max(fitting, key=lambda one: len(one.prefix), default=dialects[0])


def _refuse_http(
    dialects: Sequence[Dialect],
    req: falcon.Request,
    resp: Response,
    error: falcon.HTTPError,
    params: typing.Any,
) -> None:
    """Falcon's own refusals in our words: unknown route or method, odd headers."""
    refusal: KarvoError = Invalid(error.title or str(error.status))
    if error.status_code in (404, 405):
        refusal = NoRoute('No route was found matching the URL and request method.')
    elif error.status_code == 413:
        refusal = TooLarge('The body is too large')
    _refuse(dialects, req, resp, refusal, params)


def _refuse_unexpected(
    dialects: Sequence[Dialect],
    req: falcon.Request,
    resp: Response,
    error: Exception,
    params: typing.Any,
) -> None:
    """Errors of the database by SQLSTATE; anything else is a bug: logged whole, told in short."""
    state = connections.sqlstate(error)
    if state == '23505':
        refusal: KarvoError = Conflict('the record exists already', code='erp_duplicate')
    elif state.startswith('22'):
        refusal = Invalid('a value is out of range')
    elif state[:2] in ('08', '57', '53') or state in RETRIED:
        refusal = Unavailable('The database cannot be reached; nothing was changed')
        log.error('database', path=req.path, sqlstate=state, error=str(error))
    else:
        log.exception('unexpected', path=req.path, method=req.method, exc_info=error)
        refusal = KarvoError('Internal server error', code=INTERNAL)
    _refuse(dialects, req, resp, refusal, params)
