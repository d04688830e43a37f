"""Requests within a request: routed, authorised, validated and refused as if they came by network.

`_embed` asks this way for what a record is linked with, a batch for what it does.
"""

import io
import typing
from collections.abc import Callable, Mapping

import falcon
import msgspec

from karvo.kit.actor import Actor

#: of the environment: the request is one of a batch, and is to be done, or only looked at; what
#: was looked at has been counted against its rate when it is done
BATCHED = 'karvo.batched'
RUN, CHECK, CHECKED = 'run', 'check', 'checked'
ACTOR = 'karvo.actor'  #: of the environment: who asks, known already. No client can set it
#: what belongs to the outer request alone
OUTER = (
    'CONTENT_TYPE',
    'HTTP_IDEMPOTENCY_KEY',
    'HTTP_IF_MATCH',
    'HTTP_IF_NONE_MATCH',
    'HTTP_ORIGIN',
    'HTTP_X_HTTP_METHOD_OVERRIDE',
)

App = Callable[..., typing.Iterable[bytes]]


class Inner(msgspec.Struct, frozen=True):
    """The answer of an inner request; names of headers in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(
    app: App,
    req: falcon.Request,
    method: str,
    path: str,
    *,
    query: str = '',
    body: bytes = b'',
    headers: Mapping[str, str] | None = None,
    actor: Actor | None = None,
    batched: str = '',
) -> Inner:
    """The answer of `app` to a request made on behalf of `req`.

    `path` is decoded and starts with `/`. `headers` come on top of the outer request's. With an
    `actor` the request counts against nobody's rate and is not logged; without one the credentials
    of the outer request, or of `headers`, are looked at as always. `batched` RUN asks for what may
    come in a batch only, CHECK for nothing but the refusal that it would get before it is run.
    """
    env = {name: value for name, value in req.env.items() if name not in OUTER}
    env |= {
        'REQUEST_METHOD': method,
        'PATH_INFO': path.encode().decode('latin-1'),
        'QUERY_STRING': query,
        'CONTENT_LENGTH': str(len(body)),
        'wsgi.input': io.BytesIO(body),
        'HTTP_X_REQUEST_ID': getattr(req.context, 'request_id', ''),
    }
    if body:
        env['CONTENT_TYPE'] = 'application/json'
    for name, value in (headers or {}).items():
        key = name.upper().replace('-', '_')
        env[key if key == 'CONTENT_TYPE' else f'HTTP_{key}'] = value
    env.pop(ACTOR, None)
    env[BATCHED] = batched
    if actor is not None:
        env[ACTOR] = actor
    told: list[tuple[str, list[tuple[str, str]]]] = []
    answer = b''.join(app(env, lambda status, given, *_: told.append((status, given))))
    status, given = told[-1]
    return Inner(int(status[:3]), {name.lower(): value for name, value in given}, answer)
