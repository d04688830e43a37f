"""The se-erp/v2 dialect: KARVO's own API, in words that WordPress clients understand too."""

import typing

import msgspec

from karvo.kit.dialects import Dialect, wire_name
from karvo.kit.errors import (
    Conflict,
    Forbidden,
    InFlight,
    Invalid,
    KarvoError,
    Malformed,
    Missing,
    NoRoute,
    NotFound,
    NotOffered,
    PreconditionFailed,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
)

STATUS: dict[type[KarvoError], int] = {
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    NoRoute: 404,
    InFlight: 409,
    PreconditionFailed: 412,
    TooLarge: 413,
    Missing: 422,
    Invalid: 422,
    Conflict: 422,
    RateLimited: 429,
    NotOffered: 501,
    Unavailable: 503,
    KarvoError: 500,
}


REFUSALS = {
    '400': 'Unreadable JSON',
    '401': 'Missing, unknown, expired or revoked credential',
    '403': 'The credential lacks the scope, the tenant is suspended, or the plan allows no more',
    '404': 'No such record in this company',
    '409': 'The first request with this Idempotency-Key is still running',
    '412': 'If-Match names another version',
    '413': 'The body is over the limit',
    '422': 'Missing or invalid fields, a duplicate, or a state that forbids this',
    '429': 'Rate limit exceeded: retry after Retry-After seconds',
    '503': 'The database cannot be reached; nothing was changed',
}


class ErrorData(msgspec.Struct, kw_only=True):
    """The status again, and the fields at fault."""

    status: int
    params: typing.Any = None
    details: typing.Any = None


class Error(msgspec.Struct, kw_only=True):
    """Every refusal: `error` and `message` are the same text, `code` is for machines."""

    error: str
    code: str
    message: str
    data: ErrorData


def error(problem: KarvoError, fields: dict[str, str]) -> tuple[int, dict[str, typing.Any]]:
    """(status, body): the API text's `error` and WordPress' `code`, `message`, `data` at once."""
    status = STATUS[type(problem)]
    wire = {wire_name(name, fields): why for name, why in problem.fields.items()}
    text = problem.message
    if problem.fields and text == _sentence(problem.fields):
        text = _sentence(wire)
    data: dict[str, typing.Any] = {'status': status}
    if isinstance(problem, Missing):
        data['params'] = list(wire)
    elif wire:
        data['params'] = wire
        data['details'] = {name: _detail(problem, why) for name, why in wire.items()}
    return status, {'error': text, 'code': problem.code, 'message': text, 'data': data}


def _sentence(fields: dict[str, str]) -> str:
    return '; '.join(f'{name} {why}' for name, why in fields.items())


def _detail(problem: KarvoError, why: str) -> dict[str, typing.Any]:
    return {'code': problem.code, 'message': why, 'data': None}


se_erp = Dialect(
    name='se-erp',
    prefix='/wp-json/se-erp/v2',
    title='KARVO ERP API v2',
    error=error,
    credentials=('api_key', 'application_password'),
    allows_batch=True,
    schemes={
        'apiKey': {'type': 'apiKey', 'in': 'header', 'name': 'X-SE-ERP-Key'},
        'applicationPassword': {'type': 'http', 'scheme': 'basic'},
    },
    problem=Error,
    refusals=REFUSALS,
)
