"""WordPress' `/batch/v1`: up to 25 writes in one request, each as if it had come by itself.

Every inner request has its own credential, rate, scope, validation, transaction and answer; what
one of them wrote stays when the next is refused. `require-all-validate` runs none unless all are
well-formed, routed, and allowed to their callers. Form and texts: WordPress 7.1, measured.
"""

import typing
import urllib.parse

import falcon
import msgspec
from msgspec import Meta

from karvo.kit import inside
from karvo.kit.dialects import Dialect
from karvo.kit.http import JSON, Endpoint, Resource, encode
from karvo.kit.inside import App, Inner
from karvo.kit.requests import read_body
from karvo.kit.shapes import decode_body
from karvo.wp_v2 import error

MOST = 25
MULTI_STATUS = 207
#: Headers that an inner request may have of its own. Others would lie about where it comes from.
OWN_HEADERS = {
    'accept-language',
    'authorization',
    'content-type',
    'idempotency-key',
    'if-match',
    'x-company-id',
    'x-http-method-override',
    'x-se-erp-key',
}
CREDENTIALS = ('authorization', 'x-se-erp-key')
#: headers of an inner answer that are told
TOLD = ('Allow', 'ETag', 'Location', 'Retry-After', 'X-Ignored-Fields', 'Idempotency-Replayed')

Path = typing.Annotated[str, Meta(min_length=1, max_length=2000)]


class InnerRequest(msgspec.Struct, kw_only=True):
    """One of the writes; `path` begins behind `/wp-json` and may have a query."""

    path: Path
    method: typing.Literal['POST', 'PUT', 'PATCH', 'DELETE'] = 'POST'
    body: dict[str, msgspec.Raw] = {}
    headers: dict[str, str | list[str]] = {}


class BatchIn(msgspec.Struct, kw_only=True):
    """What is to be done, in this order."""

    requests: typing.Annotated[list[InnerRequest], Meta(min_length=1, max_length=MOST)]
    validation: typing.Literal['normal', 'require-all-validate'] = 'normal'


batch = Dialect(
    name='batch', prefix='/wp-json', title='Batches of writes', error=error, credentials=()
)


class Batch(Resource):
    """Open to all: each inner request is authenticated by itself."""

    dialect = batch

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Several writes in one request."""
        asked: BatchIn = decode_body(read_body(req), BatchIn)
        how = inside.RUN
        resp.status, resp.content_type = MULTI_STATUS, JSON
        if asked.validation == 'require-all-validate':
            checked = [_asked(req, inner, inside.CHECK) for inner in asked.requests]
            if any(answer.status >= 300 for answer in checked):
                told = [None if answer.status < 300 else _told(answer) for answer in checked]
                resp.data = encode({'failed': 'validation', 'responses': told})
                return
            how = inside.CHECKED
        answers = [_told(_asked(req, inner, how)) for inner in asked.requests]
        resp.data = encode({'responses': answers})

    on_post.endpoint = Endpoint(  # type: ignore[attr-defined]
        scope=None, status=MULTI_STATUS, summary='Several writes in one request', body=BatchIn
    )


def _asked(req: falcon.Request, inner: InnerRequest, batched: str) -> Inner:
    path, _, query = inner.path.partition('?')
    return inside.ask(
        typing.cast(App, req.context.app),
        req,
        inner.method,
        f'/wp-json/{urllib.parse.unquote(path).lstrip("/")}',
        query=query,
        body=encode(inner.body) if inner.body else b'',
        headers=_headers(inner),
        batched=batched,
    )


def _headers(inner: InnerRequest) -> dict[str, str]:
    """Those that count; a credential of its own takes the place of the outer request's."""
    given = {
        name.lower(): ', '.join(value) if isinstance(value, list) else value
        for name, value in inner.headers.items()
        if name.lower() in OWN_HEADERS
    }
    if any(name in given for name in CREDENTIALS):
        given = dict.fromkeys(CREDENTIALS, '') | given
    return given


def _told(answer: Inner) -> dict[str, typing.Any]:
    headers = {
        name: answer.headers[name.lower()] for name in TOLD if name.lower() in answer.headers
    }
    body = msgspec.Raw(answer.body or b'null')
    return {'body': body, 'status': answer.status, 'headers': headers}


routes = [('/batch/v1', Batch())]
