"""How Enapps speaks: `{"error": text}`, and parameters wherever its clients put them."""

import typing
from collections.abc import Mapping

import falcon
import msgspec

from karvo.kit.dialects import INTERNAL, Dialect, Members, Rate, known_as
from karvo.kit.errors import (
    Conflict,
    Forbidden,
    InFlight,
    KarvoError,
    Malformed,
    NoRoute,
    NotFound,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from karvo.kit.http import endpoint_of
from karvo.kit.requests import read_body
from karvo.kit.shapes import UNREADABLE
from tenants.signing import is_signed

STATUSES: list[tuple[type[KarvoError], int]] = [
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (NoRoute, 404),
    (Conflict, 409),
    (InFlight, 409),
    (TooLarge, 413),
    (RateLimited, 429),
    (Unavailable, 503),
]


class Problem(msgspec.Struct, kw_only=True):
    """The body of every refusal."""

    error: str


def error(problem: KarvoError, fields: dict[str, str]) -> tuple[int, Problem]:
    """(status, body); what is not listed is the caller's own mistake: 400."""
    status = 500 if problem.code == INTERNAL else known_as(problem, STATUSES) or 400
    return status, Problem(error=problem.message)


def parameters(req: falcon.Request) -> Members:
    """Of the query string, then of a body (JSON or a form, on GET too), then of headers.

    What is blank counts as not given. Headers are not signed, so nothing is taken from those of a
    request that had to be. Raises Malformed, TooLarge.
    """
    given: Members = {}
    for source in (req.params, _members(read_body(req)), _headers(req)):
        given = _filled(source) | given
    return given


def _headers(req: falcon.Request) -> Members:
    spec = endpoint_of(req.context.resource, req.method)
    if spec is None or spec.query is None or is_signed(req):
        return {}
    return {name: req.get_header(name) for name in spec.query.__struct_encode_fields__}


def _filled(given: Mapping[str, typing.Any]) -> Members:
    return {
        name: value
        for name, value in given.items()
        if value is not None and not (isinstance(value, str) and not value.strip())
    }


def _members(body: bytes) -> Members:
    try:
        found = msgspec.json.decode(body or b'{}')
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed(UNREADABLE) from error
    if found and not isinstance(found, dict):
        raise Malformed('The body must be an object of parameters.')
    return found or {}  # PHP writes an empty array for no parameters


REFUSALS = {
    '400': 'A parameter is missing or makes no sense',
    '401': 'No token, a wrong one, or one that has run out',
    '403': 'The token may not do this',
    '404': 'No such address',
    '413': 'The body is over the limit',
    '429': 'More than 60 requests in a minute: retry after Retry-After seconds',
    '503': 'The database cannot be reached; nothing was changed',
}

dialect = Dialect(
    name='enapps',
    prefix='/api/v1',
    title='Enapps API, as KARVO speaks it',
    error=error,
    credentials=('access_token', 'bearer_key'),
    rate=Rate(60, 60),
    parameters=parameters,
    schemes={'bearer': {'type': 'http', 'scheme': 'bearer'}},
    problem=Problem,
    refusals=REFUSALS,
)
