"""The se-erp/v2 dialect: KARVO's own API, in words that WordPress clients understand too."""

import typing

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
from karvo.kit.http import Dialect

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


def error(problem: KarvoError, fields: dict[str, str]) -> tuple[int, dict[str, typing.Any]]:
    """(status, body): the API text's `error` and WordPress' `code`, `message`, `data` at once."""
    status = STATUS[type(problem)]
    wire = {_wire(name, fields): why for name, why in problem.fields.items()}
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


def _wire(name: str, fields: dict[str, str]) -> str:
    """`lines[0].quantity` → `lines[0].qty`: each part is translated by itself."""
    if not fields:
        return name
    parts = (part.partition('[') for part in name.split('.'))
    return '.'.join(fields.get(head, head) + bracket + rest for head, bracket, rest in parts)


se_erp = Dialect(
    name='se-erp',
    prefix='/wp-json/se-erp/v2',
    title='KARVO ERP API v2',
    error=error,
    credentials=('api_key', 'application_password'),
    allows_batch=True,
)
