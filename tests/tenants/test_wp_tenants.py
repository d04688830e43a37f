"""Two tenants side by side in wp/v2: whatever the route, neither sees the other."""

import pytest

from karvo.app import routes
from karvo.kit.http import endpoints
from tenants.models import ApplicationPassword
from tests.conftest import new_tenant, wide_key
from tests.tenants.people import UUID, WP, Person

ENDPOINTS = [
    (method, path.removeprefix(WP), spec)
    for path, method, _, spec in endpoints(routes)
    if path.startswith(f'{WP}/users')
]
BODY = {'name': 'x'}
BY_ID = [(m, p) for m, p, _ in ENDPOINTS if '{id:int}' in p]
WRITES = [(m, p) for m, p, s in ENDPOINTS if s.is_write]


@pytest.fixture(scope='module')
def pair(app):
    tenants = [new_tenant() for _ in range(2)]
    return [(t, Person(app, t.username, t.application_password)) for t in tenants]


def filled(path, user_id):
    return path.replace('{id:int}', str(user_id)).replace('{uuid}', UUID)


def test_what_is_tried():
    assert len(ENDPOINTS) == 17
    assert len(BY_ID) == 8
    assert all(spec.scope is not None for _, _, spec in ENDPOINTS)


@pytest.mark.parametrize(('method', 'path'), BY_ID, ids=' '.join)
@pytest.mark.parametrize('by', ['person', 'key'])
def test_an_id_that_only_the_other_has(app, pair, method, path, by):
    (mine, me), (_, other) = pair
    theirs = other.get('/users/me').json['id']
    before = ApplicationPassword.select().where(ApplicationPassword.user == theirs).count()
    caller = me if by == 'person' else Person(app, '', '')
    key = wide_key(mine, scopes=['read-write', 'users:read'])  # else it sees nobody at all
    headers = {} if by == 'person' else {'X-SE-ERP-Key': key}
    body = BODY if method in ('POST', 'PUT') else None
    answer = caller.ask(method, filled(path, theirs), body, headers=headers)
    if by == 'key' and path.endswith('introspect'):
        assert (answer.status_code, answer.json['code']) == (401, 'rest_not_logged_in')
        return
    assert (answer.status_code, answer.json['code']) == (404, 'rest_user_invalid_id')
    after = ApplicationPassword.select().where(ApplicationPassword.user == theirs).count()
    assert after == before


@pytest.mark.parametrize(('method', 'path'), [(m, p) for m, p, _ in ENDPOINTS], ids=' '.join)
def test_nobody_without_a_credential(app, pair, method, path):
    user_id = pair[0][1].get('/users/me').json['id']
    body = BODY if method in ('POST', 'PUT') else None
    answer = Person(app, '', '').ask(method, filled(path, user_id), body)
    assert answer.status_code == 401
    assert answer.json['code'] in ('rest_not_logged_in', 'rest_user_cannot_view')


@pytest.mark.parametrize(('method', 'path'), [(m, p) for m, p, _ in ENDPOINTS], ids=' '.join)
def test_nobody_with_a_wrong_one(app, pair, method, path):
    tenant, me = pair[0]
    body = BODY if method in ('POST', 'PUT') else None
    wrong = Person(app, tenant.username, 'wrong')
    answer = wrong.ask(method, filled(path, me.get('/users/me').json['id']), body)
    assert (answer.status_code, answer.json['code']) == (401, 'incorrect_password')


@pytest.mark.parametrize(('method', 'path'), WRITES, ids=' '.join)
def test_a_read_only_key_writes_nothing(app, pair, method, path):
    tenant, me = pair[0]
    headers = {'X-SE-ERP-Key': wide_key(tenant, scopes='read-only')}
    body = BODY if method in ('POST', 'PUT') else None
    where = filled(path, me.get('/users/me').json['id'])
    answer = Person(app, '', '').ask(method, where, body, headers=headers)
    assert answer.status_code == (401 if '/me/' in path else 403)
    assert me.get('/users/me').status_code == 200


@pytest.mark.parametrize(('method', 'path'), BY_ID, ids=' '.join)
@pytest.mark.parametrize('id', ['0', '9223372036854775808', '99999999999999999999999'])
def test_ids_that_are_none(pair, method, path, id):
    body = BODY if method in ('POST', 'PUT') else None
    answer = pair[0][1].ask(method, filled(path, id), body)
    assert answer.status_code in (400, 404)
    assert answer.json['code'] in ('rest_user_invalid_id', 'rest_invalid_param')
