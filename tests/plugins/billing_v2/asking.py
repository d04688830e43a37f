"""What tests of api/v2 share: what a request costs, and how a refusal reads."""

import typing

from falcon import testing

from karvo.kit import db
from karvo.kit.actor import Actor, system_actor
from karvo.kit.db import current_place
from tests.conftest import wide_key
from tests.plugins.billing_v2.conftest import BillingV2

FORBIDDEN = {'success': False, 'message': 'Forbidden', 'code': 'rest_forbidden'}
FRAMES = ('BEGIN', 'COMMIT', 'ROLLBACK', 'SET ')


def statements(v2: BillingV2, path: str) -> int:
    """How many statements a GET sends that finds all its caches warm."""
    v2.get(path)
    # Who asks is looked up anew every five seconds, usage is written down every three.
    return min(_asked(v2, path) for _ in range(3))


def _asked(v2: BillingV2, path: str) -> int:
    asked: list[str] = []

    def note(_path: str, sql: str) -> None:
        if not sql.lstrip().startswith(FRAMES):
            asked.append(sql)

    db.watch(note)
    try:
        answer = v2.get(path)
    finally:
        db.unwatch(note)
    assert answer.status_code == 200, answer.text
    return len(asked)


def refusal(answer: testing.Result, *names: str) -> dict[str, str]:
    """The `errors` of a 400 that names exactly these members."""
    assert answer.status_code == 400, answer.text
    body: dict[str, typing.Any] = answer.json
    assert body['success'] is False
    assert set(body) == {'success', 'errors', 'message', 'code'}
    assert set(body['errors']) == set(names)
    if names:
        assert body['message'] == 'Validation failed'
    return body['errors']


def is_missing(answer: testing.Result, what: str) -> bool:
    """Whether it is a 404 in api/v2's words."""
    whole = {'success': False, 'message': f'{what} not found', 'code': 'erp_not_found'}
    return (answer.status_code, answer.json) == (404, whole)


def is_forbidden(answer: testing.Result) -> bool:
    """Whether it is a 403 in api/v2's words."""
    return (answer.status_code, answer.json) == (403, FORBIDDEN)


def reader(v2: BillingV2) -> BillingV2:
    """The same company asked with a read-only key."""
    return BillingV2(v2.api, wide_key(v2.api.tenant, scopes=['read-only']))


def made(answer: testing.Result, message: str, status: int = 201) -> typing.Any:
    """The record of an answer that did something."""
    assert answer.status_code == status, answer.text
    assert answer.json['success'] is True
    assert answer.json['message'] == message
    return answer.json['data']


def clerk() -> Actor:
    """Somebody of the company that is entered."""
    return system_actor('clerk', current_place())
