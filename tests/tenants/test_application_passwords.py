"""/users/{id|me}/application-passwords of wp/v2, held to what WordPress 7.1 answered."""

import datetime as dt
import re
import uuid

import pytest

from karvo.kit import clock
from karvo.kit.errors import RateLimited
from karvo.wp_v2 import STATUS, error
from tenants import usage
from tenants.models import ApplicationPassword
from tenants.operations import change_status
from tests.conftest import Api, new_tenant, wide_key
from tests.recycled import recycle
from tests.tenants.people import UUID, WP, Person, add_member, basic, golden, person, shape

GOLDEN = golden('08_application_passwords.json')
PRODUCTION = golden('12_production_plain_http.json')
MINE = '/users/me/application-passwords'


@pytest.fixture(scope='module')
def tenant(server):
    made = new_tenant()
    yield made
    recycle(made)


@pytest.fixture(scope='module')
def boss(app, tenant):
    """The tenant's first user, an administrator."""
    return Person(app, tenant.username, tenant.application_password)


@pytest.fixture
def user(tenant):
    return add_member(tenant, f'u{uuid.uuid4().hex[:6]}', 'sales')


@pytest.fixture
def client(app, tenant, user):
    return person(app, tenant, user)


@pytest.fixture
def events(app, tenant):
    """(type, object) of what happened to application passwords since."""
    api = Api(app, tenant, wide_key(tenant))
    after = api.get('/events?limit=1000').json['next_after']

    def since():
        rows = api.get(f'/events?after={after}&type=application_password.*').json['data']
        return [(row['type'], row['data']['object']) for row in rows]

    return since


def made(client, name='Till', path=MINE, **more):
    answer = client.ask('POST', path, {'name': name} | more)
    assert answer.status_code == 201, answer.text
    return answer.json


def held_to(label, answer):
    """Status, type and body's members are those of the exchange."""
    measured = GOLDEN[label]['response']
    assert answer.status_code == measured['status']
    assert answer.headers['Content-Type'] == measured['headers']['Content-Type']
    assert answer.headers['X-Robots-Tag'] == 'noindex'
    assert shape(answer.json) == shape(measured['body'])
    return measured['body']


class TestCreate:
    def test_as_measured(self, client, user):
        answer = client.ask('POST', MINE, GOLDEN['create']['request']['body'])
        held_to('create', answer)
        shown = answer.json
        assert (shown['name'], shown['app_id']) == ('Golden', UUID)
        assert re.fullmatch(r'([A-Za-z0-9]{4} ){5}[A-Za-z0-9]{4}', shown['password'])
        assert uuid.UUID(shown['uuid']).version == 4
        own = f'http://localhost/wp-json/wp/v2/users/{user.id}/application-passwords/'
        assert answer.headers['Location'] == own + shown['uuid']
        assert shown['_links']['self'] == [
            {
                'href': own + shown['uuid'],
                'targetHints': {'allow': ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']},
            }
        ]
        age = clock.now().replace(tzinfo=None) - dt.datetime.fromisoformat(shown['created'])
        assert abs(age) < dt.timedelta(seconds=10)

    def test_opens_the_api_and_is_shown_only_here(self, app, client, user):
        shown = made(client)
        again = Person(app, user.login, shown['password'])
        assert again.get('/users/me').json['id'] == user.id
        read = client.get(f'{MINE}/{shown["uuid"]}').text + client.get(MINE).text
        assert 'password"' not in read and 'generic' not in read
        stored = ApplicationPassword.get(ApplicationPassword.uid == shown['uuid'])
        assert stored.digest.startswith('$generic$')
        assert shown['password'].replace(' ', '') not in str(stored.__data__)

    def test_the_same_name_twice(self, client):
        assert made(client, 'Twin')['uuid'] != made(client, 'Twin')['uuid']

    @pytest.mark.parametrize(
        ('name', 'kept'),
        [
            ('<b>Till</b> 2', 'Till 2'),
            ('a\n\tb', 'a b'),
            ('  x ', 'x'),
            ('<script>alert(1)</script>', 'alert(1)'),
            ('Épicerie & fils', 'Épicerie & fils'),
        ],
    )
    def test_names_are_stripped_of_tags(self, client, name, kept):
        assert made(client, name)['name'] == kept

    @pytest.mark.parametrize(
        ('label', 'body'),
        [
            ('missing name', {}),
            ('missing name', None),
            ('missing name', {'name': None}),
            ('empty name', {'name': ''}),
            ('bad app_id', {'name': 'x', 'app_id': 'zz'}),
        ],
    )
    def test_refused_as_measured(self, client, label, body):
        answer = client.ask('POST', MINE, body)
        measured = GOLDEN[label]['response']
        assert answer.status_code == measured['status']
        assert answer.json == measured['body']

    @pytest.mark.parametrize(
        ('body', 'code', 'inner'),
        [
            ({'name': ' \t '}, 'rest_invalid_param', 'rest_invalid_pattern'),
            ({'name': 7}, 'rest_invalid_param', 'rest_invalid_type'),
            ({'name': 'x' * 201}, 'rest_invalid_param', 'rest_too_long'),
            ({'name': 'x', 'app_id': 5}, 'rest_invalid_param', 'rest_invalid_type'),
            ({'name': 'x', 'app_id': UUID[:-1]}, 'rest_invalid_param', 'rest_no_matching_schema'),
            ({'name': 'x\x00'}, 'rest_invalid_param', 'rest_invalid_param'),
            ({'name': '<b></b>'}, 'application_password_empty_name', None),
        ],
    )
    def test_other_bad_input(self, client, body, code, inner):
        answer = client.ask('POST', MINE, body)
        assert (answer.status_code, answer.json['code']) == (400, code)
        details = answer.json['data'].get('details', {})
        assert [told['code'] for told in details.values()] == ([inner] if inner else [])

    def test_no_json(self, client):
        headers = basic(client.login, client.password) | {'Content-Type': 'application/json'}
        answer = client.client.simulate_post(
            WP + MINE, headers=headers, body='{"name":', host='localhost'
        )
        assert (answer.status_code, answer.json['code']) == (400, 'rest_invalid_json')
        assert answer.json['data']['json_error_message'] == 'Syntax error'

    def test_once_for_an_idempotency_key(self, client):
        headers = {'Idempotency-Key': 'once'}
        first, again = (client.ask('POST', MINE, {'name': 'x'}, headers=headers) for _ in '12')
        assert first.json == again.json
        assert len(client.get(MINE).json) == 2

    def test_carries_the_role_of_its_user(self, app, client, user):
        password = made(client)['password']
        api, headers = Api(app, None), basic(user.login, password)
        assert api.get('/customers', headers=headers).status_code == 200
        assert api.post('/keys', {}, headers=headers).status_code == 403

    def test_is_an_event_without_the_secret(self, client, user, events):
        shown = made(client, 'Evented', app_id=UUID)
        [(kind, told)] = events()
        assert kind == 'application_password.created'
        row = ApplicationPassword.get(ApplicationPassword.uid == shown['uuid'])
        assert told == {
            'id': row.id,
            'uuid': shown['uuid'],
            'name': 'Evented',
            'app_id': UUID,
            'user_id': user.id,
        }

    def test_a_suspended_tenant_makes_none(self, app):
        tenant = new_tenant()
        boss = Person(app, tenant.username, tenant.application_password)
        change_status(tenant.tenant_id, 'suspended', actor=_actor())
        answer = boss.ask('POST', MINE, {'name': 'x'})
        assert (answer.status_code, answer.json['message']) == (403, 'tenant suspended')
        assert boss.get(MINE).status_code == 200


def _actor():
    return type('Somebody', (), {'name': 'tests'})()


class TestRead:
    def test_as_measured(self, client):
        shown = made(client, 'Golden', app_id=UUID)
        answer = client.get(f'{MINE}/{shown["uuid"]}')
        held_to('read', answer)
        assert answer.json == {k: v for k, v in shown.items() if k != 'password'}

    def test_by_upper_case_too(self, client):
        assert client.get(f'{MINE}/{made(client)["uuid"].upper()}').status_code == 200

    @pytest.mark.parametrize('name', [UUID, 'zz', '%00', '1' * 300])
    def test_unknown(self, client, name):
        answer = client.get(f'{MINE}/{name}')
        if name == '%00':
            assert answer.status_code == 400
            return
        measured = GOLDEN['delete again']['response']['body']
        assert (answer.status_code, answer.json) == (404, measured)

    def test_embedded(self, client):
        shown = made(client)
        embedded = client.get(f'{MINE}/{shown["uuid"]}?context=embed').json
        assert list(embedded) == ['uuid', 'app_id', 'name', '_links']
        assert client.get(f'{MINE}?context=edit').json[0]['created']


class TestList:
    def test_as_measured_oldest_first(self, client):
        usage.flush()
        client.get(MINE)
        usage.flush()
        names = ['b', 'a', 'c']
        for name in names:
            made(client, name, app_id=UUID)
        answer = client.get(MINE)
        held_to('list', answer)
        assert [row['name'] for row in answer.json] == ['test', *names]
        assert 'X-WP-Total' not in answer.headers

    def test_of_others(self, app, tenant, boss, client, user):
        path = f'/users/{user.id}/application-passwords'
        assert [row['name'] for row in boss.get(path).json] == ['test']
        stranger = person(app, tenant, add_member(tenant, f's{uuid.uuid4().hex[:6]}', 'subscriber'))
        measured = GOLDEN['list of another user, as subscriber']['response']
        answer = stranger.get(path)
        assert (answer.status_code, answer.json) == (measured['status'], measured['body'])
        assert stranger.get(MINE).status_code == 200

    def test_of_nobody(self, boss):
        measured = GOLDEN['unknown user']['response']
        answer = boss.get('/users/999999/application-passwords')
        assert (answer.status_code, answer.json) == (measured['status'], measured['body'])

    def test_by_nobody(self, app):
        answer = Person(app, '', '').get(MINE)
        assert (answer.status_code, answer.json['code']) == (401, 'rest_not_logged_in')


class TestRename:
    def test_as_measured(self, client, events):
        shown = made(client, 'Golden', app_id=UUID)
        body = {'name': 'Golden <i>2</i>', 'app_id': UUID.replace('1', '2')}
        answer = client.ask('PUT', f'{MINE}/{shown["uuid"]}', body)
        held_to('update (POST, PUT or PATCH); app_id is fixed', answer)
        assert (answer.json['name'], answer.json['app_id']) == ('Golden 2', UUID)
        assert [kind for kind, _ in events()] == [
            'application_password.created',
            'application_password.updated',
        ]

    def test_nothing_to_change(self, client, events):
        shown = made(client)
        answer = client.ask('PUT', f'{MINE}/{shown["uuid"]}', {})
        assert (answer.status_code, answer.json['name']) == (200, 'Till')
        assert len(events()) == 1

    @pytest.mark.parametrize('name', ['', ' ', '<b>', 5, None])
    def test_bad_names(self, client, name):
        path = f'{MINE}/{made(client)["uuid"]}'
        assert client.ask('PUT', path, {'name': name}).status_code == 400
        assert client.get(path).json['name'] == 'Till'


class TestIntrospect:
    def test_as_measured(self, client):
        client.get(MINE)
        usage.flush()
        answer = client.get(f'{MINE}/introspect')
        held_to('introspect', answer)
        assert answer.json['name'] == 'test'

    def test_by_ones_own_id_only(self, boss, client, user):
        assert client.get(f'/users/{user.id}/application-passwords/introspect').status_code == 200
        answer = boss.get(f'/users/{user.id}/application-passwords/introspect')
        assert answer.status_code == 403
        assert answer.json['code'].startswith('rest_cannot_introspect_app_password')

    def test_anonymous(self, app):
        measured = GOLDEN['introspect anonymous']['response']
        answer = Person(app, '', '').get(f'{MINE}/introspect')
        assert (answer.status_code, answer.json) == (measured['status'], measured['body'])


class TestRevoke:
    def test_as_measured(self, app, client, user, events):
        shown = made(client, 'Golden 2', app_id=UUID)
        victim, path = Person(app, user.login, shown['password']), f'{MINE}/{shown["uuid"]}'
        assert victim.get('/users/me').status_code == 200
        answer = client.ask('DELETE', path)
        held_to('delete', answer)
        assert victim.get('/users/me').json['code'] == 'incorrect_password'
        measured = GOLDEN['delete again']['response']
        again = client.ask('DELETE', path)
        assert (again.status_code, again.json) == (measured['status'], measured['body'])
        assert events()[-1][0] == 'application_password.deleted'

    def test_the_one_in_use(self, client):
        own = client.get(f'{MINE}/introspect').json['uuid']
        assert client.ask('DELETE', f'{MINE}/{own}').json['deleted'] is True
        assert client.get('/users/me').status_code == 401

    def test_all(self, app, tenant, boss, client, user):
        made(client)
        path = f'/users/{user.id}/application-passwords'
        assert boss.ask('DELETE', path).json == {'deleted': True, 'count': 2}
        assert client.get('/users/me').status_code == 401
        assert boss.ask('DELETE', path).json == {'deleted': True, 'count': 0}
        assert boss.get('/users/me').status_code == 200


class TestLastUse:
    def test_is_noted_once_a_day(self, client, user):
        client.get(MINE)
        usage.flush()
        row = ApplicationPassword.get(ApplicationPassword.user == user)
        assert row.last_ip == '127.0.0.1'
        first = row.last_used_at
        client.get(MINE)
        usage.flush()
        assert ApplicationPassword.get_by_id(row.id).last_used_at == first
        row.last_used_at = first - dt.timedelta(hours=24)
        row.save()
        client.get(MINE)
        usage.flush()
        assert ApplicationPassword.get_by_id(row.id).last_used_at >= first
        shown = client.get(f'{MINE}/introspect').json['last_used']
        assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d', shown)


class TestWhoManagesWhom:
    ONE = ('GET', 'PUT', 'DELETE')

    def test_members_only_their_own(self, app, tenant, client, user):
        other = person(app, tenant, add_member(tenant, f'o{uuid.uuid4().hex[:6]}', 'accountant'))
        path = f'/users/{user.id}/application-passwords'
        own = client.get(MINE).json[0]['uuid']
        codes = {}
        for method, where in [('GET', path), ('POST', path), ('DELETE', path)] + [
            (method, f'{path}/{own}') for method in self.ONE
        ]:
            body = {'name': 'x'} if method in ('POST', 'PUT') else None
            answer = other.ask(method, where, body)
            assert answer.status_code == 403
            codes[method, where == path] = answer.json['code']
        assert codes == {
            ('GET', True): 'rest_cannot_list_application_passwords',
            ('POST', True): 'rest_cannot_create_application_passwords',
            ('DELETE', True): 'rest_cannot_delete_application_passwords',
            ('GET', False): 'rest_cannot_read_application_password',
            ('PUT', False): 'rest_cannot_edit_application_password',
            ('DELETE', False): 'rest_cannot_delete_application_password',
        }
        assert client.get('/users/me').status_code == 200

    def test_anothers_password_is_not_reached_through_ones_own_path(self, app, tenant, client):
        other = person(app, tenant, add_member(tenant, f'o{uuid.uuid4().hex[:6]}', 'sales'))
        theirs = other.get(MINE).json[0]['uuid']
        for method in self.ONE:
            answer = client.ask(method, f'{MINE}/{theirs}', {'name': 'x'})
            assert answer.status_code == 404

    def test_a_manager_makes_no_administrator(self, app, tenant, boss, user):
        manager = person(app, tenant, add_member(tenant, f'm{uuid.uuid4().hex[:6]}', 'manager'))
        chief = boss.get('/users/me').json['id']
        own = made(manager, path=f'/users/{user.id}/application-passwords')
        assert Person(app, user.login, own['password']).get('/users/me').json['id'] == user.id
        path = f'/users/{chief}/application-passwords'
        answer = manager.ask('POST', path, {'name': 'x'})
        assert answer.status_code == 403
        assert answer.json['code'] == 'rest_cannot_create_application_passwords'

    def test_keys(self, app, tenant, user):
        path = f'/users/{user.id}/application-passwords'
        wide = _with_key(app, tenant)
        assert wide('POST', path, {'name': 'by key'}).status_code == 201
        assert [row['name'] for row in wide('GET', path).json] == ['by key']
        assert wide('GET', MINE).json['code'] == 'rest_not_logged_in'
        assert wide('GET', f'{path}/introspect').json['code'] == 'rest_not_logged_in'
        for scopes in ('read-only', ['users:read']):
            assert _with_key(app, tenant, scopes=scopes)('GET', path).status_code == 403
        narrow = _with_key(app, tenant, scopes=['keys:write'])
        assert narrow('POST', path, {'name': 'x'}).status_code == 403

    def test_nobody_of_another_tenant(self, app, client, user):
        other = new_tenant()
        chief = Person(app, other.username, other.application_password)
        key = _with_key(app, other)
        own = client.get(MINE).json[0]['uuid']
        path = f'/users/{user.id}/application-passwords'
        for ask in (chief.ask, key):
            for method in ('GET', 'POST', 'DELETE'):
                answer = ask(method, path, {'name': 'x'} if method == 'POST' else None)
                assert (answer.status_code, answer.json['code']) == (404, 'rest_user_invalid_id')
            for method in self.ONE:
                assert ask(method, f'{path}/{own}', {'name': 'x'}).status_code == 404
        assert chief.get(f'{MINE}/{own}').status_code == 404
        assert client.get('/users/me').status_code == 200


def _with_key(app, tenant, **values):
    key, caller = wide_key(tenant, **values), Person(app, '', '')
    return lambda method, path, body=None: caller.ask(
        method, path, body, headers={'X-SE-ERP-Key': key}
    )


class TestOverPlainHttp:
    @pytest.mark.parametrize('path', [MINE, f'{MINE}/introspect', f'{MINE}/{UUID}'])
    def test_not_available_elsewhere(self, app, boss, path):
        measured = PRODUCTION['application-passwords route']['response']
        away = Person(app, boss.login, boss.password, host='erp.example')
        answer = away.get(path)
        assert (answer.status_code, answer.json) == (measured['status'], measured['body'])

    def test_over_https_it_is(self, app, boss):
        away = Person(app, boss.login, boss.password, host='erp.example')
        answer = away.get(MINE, protocol='https')
        assert answer.status_code == 200
        assert answer.json[0]['_links']['self'][0]['href'].startswith('https://erp.example/wp-json')

    @pytest.mark.parametrize(
        'headers', [{'X-Forwarded-For': '203.0.113.9'}, {'X-Forwarded-Proto': 'https', 'Via': 'x'}]
    )
    def test_a_proxy_on_this_machine_speaks_for_others(self, boss, headers):
        assert boss.get(MINE, headers=headers).status_code == 501

    def test_a_caller_from_elsewhere_who_names_localhost(self, boss):
        answer = boss.get(MINE, remote_addr='203.0.113.9')
        assert answer.status_code == 501

    def test_users_are_shown_all_the_same(self, app, boss):
        away = Person(app, boss.login, boss.password, host='erp.example')
        assert away.get('/users/me').status_code == 200


def test_every_refusal_has_a_status():
    """A class of refusals that the dialect does not know would be a 500."""
    for kind, due in STATUS.items():
        problem = kind('x', 1) if kind is RateLimited else kind('x')
        status, body = error(problem, {})
        assert (status, body['data']['status']) == (due, due)
        assert set(body) == {'code', 'message', 'data'}
