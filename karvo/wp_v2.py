"""The wp/v2 dialect: WordPress' own users and application passwords, refused in its own words.

Statuses, codes and texts are those measured on WordPress 7.1 (20 Nov 2026); `data.params` and
`data.details` have its shapes. Unlike in se-erp/v2, invalid and missing parameters are 400.
"""

import functools
import re
import typing

import msgspec

from karvo.kit.dialects import Dialect
from karvo.kit.errors import (
    Conflict,
    Forbidden,
    Invalid,
    KarvoError,
    Malformed,
    Missing,
    Unauthenticated,
)
from karvo.se_erp import STATUS as SE_ERP

STATUS: dict[type[KarvoError], int] = SE_ERP | {Missing: 400, Invalid: 400, Conflict: 409}
NOT_LOGGED_IN = ('rest_not_logged_in', 'You are not currently logged in.')
WRONG_PASSWORD = (
    'incorrect_password',
    'The provided password is an invalid application password.',
)
NOT_ALLOWED = 'Sorry, you are not allowed to do that.'
BLANK = 'must hold more than spaces'
NO_UUID = 'must be a UUID, or empty'

Wording = typing.Callable[[str, re.Match[str]], tuple[str, str]]


def _type(kind: str) -> Wording:
    return lambda name, _: ('rest_invalid_type', f'{name} is not of type {kind}.')


def _choices(name: str, found: re.Match[str]) -> tuple[str, str]:
    *first, last = found[1].split(', ')
    words = f'{", ".join(first)}{"," if len(first) > 1 else ""} and {last}' if first else last
    return 'rest_not_in_enum', f'{name} is not one of {words}.'


def _length(side: str, code: str) -> Wording:
    def worded(name: str, found: re.Match[str]) -> tuple[str, str]:
        unit = 'character' if found[1] == '1' else 'characters'
        return code, f'{name} must be at {side} {found[1]} {unit} long.'

    return worded


def _bound(word: str) -> Wording:
    return lambda name, found: (
        'rest_out_of_bounds',
        f'{name} must be {word} than or equal to {found[1]}',
    )


#: what is wrong, in KARVO's words → (code, message) of WordPress
WORDINGS: list[tuple[str, Wording]] = [
    ('must be text', _type('string')),
    ('must be a whole number', _type('integer')),
    ('must be a number', _type('number')),
    ('must be true or false', _type('boolean')),
    ('must be a list', _type('array')),
    ('must be an object', _type('object')),
    ('must be one of (.+)', _choices),
    (r'must have at least (\d+) characters', _length('least', 'rest_too_short')),
    (r'must have at most (\d+) characters', _length('most', 'rest_too_long')),
    (r'must be at least (-?\d+)', _bound('greater')),
    (r'must be at most (-?\d+)', _bound('less')),
    (BLANK, lambda name, _: ('rest_invalid_pattern', f'{name} does not match pattern .*\\S.*.')),
    (
        NO_UUID,
        lambda name, _: (
            'rest_no_matching_schema',
            f'{name} does not match any of the expected formats.',
        ),
    ),
]


def error(
    problem: KarvoError,
    fields: dict[str, str],
    anonymous: tuple[str, str] = NOT_LOGGED_IN,
) -> tuple[int, dict[str, typing.Any]]:
    """(status, body) as WordPress has them; `anonymous`: what a caller without credentials hears.

    A wrong user name and a wrong password sound the same.
    """
    status = STATUS[type(problem)]
    data: dict[str, typing.Any] = {'status': status}
    code, text = problem.code, problem.message
    wire = {fields.get(name, name): why for name, why in problem.fields.items()}
    if isinstance(problem, Unauthenticated):
        code, text = WRONG_PASSWORD if problem.is_given else anonymous
    elif isinstance(problem, Forbidden) and text == 'Insufficient scope':
        text = NOT_ALLOWED
    elif isinstance(problem, Malformed) and code == 'rest_invalid_json':
        data |= {'json_error_code': 4, 'json_error_message': 'Syntax error'}
    elif isinstance(problem, Missing):
        text = f'Missing parameter(s): {", ".join(wire)}'
        data['params'] = list(wire)
    elif isinstance(problem, Invalid) and wire:
        text = f'Invalid parameter(s): {", ".join(wire)}'
        data['details'] = {name: _detail(name, why) for name, why in wire.items()}
        data['params'] = {name: told['message'] for name, told in data['details'].items()}
    return status, {'code': code, 'message': text, 'data': data}


def _detail(name: str, why: str) -> dict[str, typing.Any]:
    code, message = 'rest_invalid_param', f'{name} {why}.'
    for pattern, wording in WORDINGS:
        if found := re.fullmatch(pattern, why):
            code, message = wording(name, found)
            break
    data = {'param': name} if code == 'rest_invalid_type' else None
    return {'code': code, 'message': message, 'data': data}


wp_v2 = Dialect(
    name='wp',
    prefix='/wp-json/wp/v2',
    title='WordPress users and application passwords',
    error=error,
    credentials=('api_key', 'application_password'),
)

#: the same, where WordPress tells those without credentials what they may not see
wp_v2_users = msgspec.structs.replace(
    wp_v2,
    error=functools.partial(
        error,
        anonymous=('rest_user_cannot_view', 'Sorry, you are not allowed to list users.'),
    ),
)
