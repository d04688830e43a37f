"""How api/v2 speaks: `success` in every answer, 400 for whatever is wrong with a request."""

import re
import typing

import falcon
import msgspec

from karvo.kit.dialects import INTERNAL, Dialect, Rate, known_as, wire_name
from karvo.kit.errors import (
    Forbidden,
    InFlight,
    KarvoError,
    NoRoute,
    NotFound,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
)

PREFIX = '/api/v2'
#: (kind of refusal, status, text; '' = the refusal's own)
KNOWN: list[tuple[type[KarvoError], tuple[int, str]]] = [
    (Unauthenticated, (401, 'Invalid API key or unauthorized access')),
    (Forbidden, (403, 'Forbidden')),
    (NotFound, (404, '')),
    (NoRoute, (404, 'Endpoint not found')),
    (InFlight, (409, '')),
    (TooLarge, (413, '')),
    (RateLimited, (429, 'Rate limit exceeded')),
    (Unavailable, (503, '')),
]
#: our words for what its clients know under others
WORDS = ((re.compile(r'\bmust be more than\b'), 'must be greater than'),)


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Every refusal; `errors` says what is wrong with which member.

    `code` is the reason for machines: of a 401, `erp_invalid_signature` where the key is good and
    its signature is not, `erp_invalid_key` else.
    """

    success: typing.Literal[False]
    errors: dict[str, str] = {}
    message: str
    code: str


def error(problem: KarvoError, fields: dict[str, str]) -> tuple[int, typing.Any]:
    """(status, body); what is not listed is the caller's own mistake: 400."""
    status, body = _worded(problem, fields)
    return status, {**body, 'code': problem.code}


def _worded(problem: KarvoError, fields: dict[str, str]) -> tuple[int, dict[str, typing.Any]]:
    if known := known_as(problem, KNOWN):
        status, text = known
        return status, {'success': False, 'message': text or problem.message}
    if problem.code == INTERNAL:
        return 500, {'success': False, 'message': 'Server error'}
    errors = {wire_name(name, fields): why for name, why in problem.fields.items()}
    said = {name: _sentence(name, why) for name, why in errors.items()}
    message = 'Validation failed' if said else problem.message
    return 400, {'success': False, 'errors': said, 'message': message}


def _sentence(name: str, why: str) -> str:
    """`amount`, `must be more than 0` → `Amount must be greater than 0`."""
    head = name.rpartition('.')[2].partition('[')[0]
    if head == 'email' and not why.startswith('is required'):
        return 'Invalid email format' if 'mail address' in why else f'Email {why}'
    for pattern, text in WORDS:
        why = pattern.sub(text, why)
    return f'{head.replace("_", " ").capitalize()} {why}'


def rewrite(req: falcon.Request) -> None:
    """`/?api_key=…&ng=api/v2/customers`, the original's own routing, is `/api/v2/customers`."""
    if req.path != '/' or 'ng=' not in req.query_string:
        return
    wanted = req.get_param('ng', default='').strip('/')
    if f'/{wanted}/'.startswith(f'{PREFIX}/'):
        req.path = f'/{wanted}'


REFUSALS = {
    '400': 'Unreadable, incomplete or wrong: `errors` names the members',
    '401': 'Missing, unknown, expired or revoked key',
    '403': 'The key may not do this',
    '404': 'No such record in this company',
    '409': 'The first request with this Idempotency-Key is still running',
    '413': 'The body is over the limit',
    '429': 'More than 1000 requests in an hour: retry after Retry-After seconds',
    '503': 'The database cannot be reached; nothing was changed',
}

dialect = Dialect(
    name='billing-v2',
    prefix=PREFIX,
    title='Billing API v2, as KARVO speaks it',
    error=error,
    credentials=('bearer_key', 'query_key'),
    rate=Rate(1000, 3600),
    schemes={
        'bearer': {'type': 'http', 'scheme': 'bearer'},
        'apiKey': {'type': 'apiKey', 'in': 'query', 'name': 'api_key'},
    },
    problem=Problem,
    refusals=REFUSALS,
)
