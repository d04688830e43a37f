"""How Karbon v3 speaks: OData's refusals, its own 429, both credentials, 120 requests a minute."""

import typing

import falcon
import msgspec

from karvo.kit.dialects import INTERNAL, Dialect, Members, Rate, known_as, wire_name
from karvo.kit.errors import (
    Conflict,
    Forbidden,
    InFlight,
    KarvoError,
    NoRoute,
    NotFound,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
    invalid,
)
from karvo.kit.http import endpoint_of

#: every other one is the caller's own mistake: 400
CODES: list[tuple[type[KarvoError], tuple[int, str]]] = [
    (Unauthenticated, (401, 'Unauthorized')),
    (Forbidden, (403, 'Forbidden')),
    (NotFound, (404, 'NotFound')),
    (NoRoute, (404, 'NotFound')),
    (Conflict, (409, 'Conflict')),
    (InFlight, (409, 'Conflict')),
    (TooLarge, (413, 'RequestEntityTooLarge')),
    (Unavailable, (503, 'ServiceUnavailable')),
]


class Fault(msgspec.Struct, kw_only=True):
    """What went wrong."""

    code: str
    message: str


class ODataError(msgspec.Struct, kw_only=True):
    """The body of every refusal but 429."""

    error: Fault


class TooMany(msgspec.Struct, rename='camel', kw_only=True):
    """The body of 429, which Karbon's gateway words."""

    status_code: typing.Literal['429'] = '429'
    message: str


def error(problem: KarvoError, fields: dict[str, str]) -> tuple[int, typing.Any]:
    """(status, body) in OData v4's words; too many requests in Karbon's own."""
    if isinstance(problem, RateLimited):
        text = f'Rate limit is exceeded. Try again in {problem.retry_after} seconds.'
        return 429, TooMany(message=text)
    status, code = known_as(problem, CODES) or (400, 'BadRequest')
    if problem.code == INTERNAL:
        status, code = 500, 'InternalServerError'
    said = (f'{wire_name(name, fields)} {why}' for name, why in problem.fields.items())
    message = '; '.join(said) or problem.message
    return status, ODataError(error=Fault(code=code, message=message))


def options(req: falcon.Request) -> Members:
    """A query's members. Raises Invalid for an option of OData that is not offered there."""
    spec = endpoint_of(req.context.resource, req.method)
    known = spec.query.__struct_encode_fields__ if spec and spec.query else ()
    for name in req.params:
        if name.startswith('$') and name not in known:
            raise invalid(**{name: 'is not supported here'})
    return typing.cast(Members, req.params)


REFUSALS = {
    '400': 'An option or a value that is not understood',
    '401': 'No token, a wrong one, or an AccessKey of another company',
    '403': 'The token may not do this',
    '404': 'No such record, or a draft',
    '409': 'The state of the record forbids it, or the first such request is still running',
    '413': 'The body is over the limit',
    '429': 'More than 120 requests in a minute: retry after Retry-After seconds',
    '503': 'The database cannot be reached; nothing was changed',
}

dialect = Dialect(
    name='karbon',
    prefix='/v3',
    title='Karbon API v3, as KARVO speaks it',
    error=error,
    credentials=('bearer_with_access_key',),
    rate=Rate(120, 60),
    parameters=options,
    headers={'odata-version': '4.0'},
    schemes={
        'bearer': {'type': 'http', 'scheme': 'bearer'},
        'accessKey': {'type': 'apiKey', 'in': 'header', 'name': 'AccessKey'},
    },
    security=({'bearer': []}, {'bearer': [], 'accessKey': []}),
    problem=ODataError,
    problems={'429': TooMany},
    refusals=REFUSALS,
)
