"""/users of api/v2."""

import typing
import uuid

import pytest

from karvo.kit import clock
from plugins.billing_v2.examples import EXAMPLES
from tenants import people
from tenants.models import Membership, User, control
from tenants.sign_in import sign_in
from tests.conftest import Api, wide_key
from tests.plugins.billing_v2.asking import (
    is_forbidden,
    is_missing,
    made,
    reader,
    refusal,
    statements,
)
from tests.plugins.billing_v2.conftest import BillingV2
from tests.recycled import password_hash

SAMPLE = {
    'name': 'Admin User',
    'email': 'admin@example.com',
    'password': 'securepassword',
    'role': 'administrator',
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, 'password_hash', password_hash)


def administrating(api: Api) -> BillingV2:
    """Asks with a key like a tenant's first one."""
    return BillingV2(api, wide_key(api.tenant, scopes=['read-write', 'users:read', 'users:write']))


@pytest.fixture
def boss(api: Api) -> BillingV2:
    return administrating(api)


def user(v2: BillingV2, **values: typing.Any) -> typing.Any:
    """Of an address of his own: people outlive the tenants of tests, and log-ins find namesakes."""
    own = {'email': f'{uuid.uuid4().hex}@example.com'}
    return made(v2.post('/users', SAMPLE | own | values), 'User created')


class TestCreate:
    def test_the_sample_of_the_text(self, boss: BillingV2) -> None:
        assert EXAMPLES['POST /users']['body'] == SAMPLE
        answer = boss.post('/users', SAMPLE)
        shown = made(answer, 'User created')
        assert {name: shown[name] for name in SAMPLE if name != 'password'} == {
            name: value for name, value in SAMPLE.items() if name != 'password'
        }
        assert 'password' not in answer.text
        assert boss.get(f'/users/{shown["id"]}').json == {'success': True, 'data': shown}
        assert sign_in(shown['login'], 'securepassword').id == shown['id']
        assert boss.delete(f'/users/{shown["id"]}').status_code == 200

    def test_a_tenants_first_key_may(self, api: Api) -> None:
        assert user(BillingV2(api, api.tenant.api_key))['role'] == 'administrator'

    def test_the_same_key_makes_one(self, boss: BillingV2) -> None:
        body = SAMPLE | {'email': 'once@example.com'}
        key = {'Idempotency-Key': uuid.uuid4().hex}
        first, second = (boss.post('/users', body, headers=key) for _ in range(2))
        assert first.json == second.json
        assert second.headers['idempotency-replayed'] == 'true'
        assert boss.get('/users').json['meta']['total_records'] == 2

    def test_one_address_one_user(self, boss: BillingV2) -> None:
        taken = user(boss)['email']
        said = refusal(boss.post('/users', SAMPLE | {'email': taken.upper()}), 'email')
        assert said == {'email': 'Email is the e-mail of another user'}

    @pytest.mark.parametrize(
        ('change', 'name', 'why'),
        [
            ({'email': 'nobody'}, 'email', 'Invalid email format'),
            ({'email': None}, 'email', 'Email is required'),
            ({'password': 'short'}, 'password', 'Password must have at least 10 characters'),
            ({'password': '1234567890'}, 'password', 'Password is one of those that everybody'),
            ({'role': 'king'}, 'role', 'Role must be one of'),
            ({'name': ' '}, 'name', 'Name must not be empty'),
        ],
    )
    def test_a_wrong_member_is_named(
        self, ruled: BillingV2, change: dict[str, typing.Any], name: str, why: str
    ) -> None:
        answer = ruled.post('/users', SAMPLE | change)
        assert refusal(answer, name)[name].startswith(why)

    def test_only_an_administrators_key(self, shop: BillingV2) -> None:
        assert is_forbidden(shop.post('/users', SAMPLE))
        assert is_forbidden(reader(shop).post('/users', SAMPLE))
        narrow = wide_key(shop.api.tenant, scopes=['users:read', 'users:write'])
        # Who may write users and nothing else makes nobody mightier than himself.
        assert is_forbidden(BillingV2(shop.api, narrow).post('/users', SAMPLE))


@pytest.fixture(scope='module')
def ruled(shop: BillingV2) -> BillingV2:
    """One company for tests that make nobody."""
    return administrating(shop.api)


class TestList:
    def test_found_by_name(self, boss: BillingV2) -> None:
        shown = user(boss, name='Julie Roy', email='julie@example.com', role='sales')
        page = boss.get('/users').json
        assert page['meta'] == {
            'current_page': 1,
            'total_pages': 1,
            'total_records': 2,
            'limit': 20,
        }
        assert boss.get('/users?search=julie').json['data'] == [shown]
        assert boss.get('/users?limit=1&page=2').json['data'] == [shown]

    def test_a_hundred_cost_the_statements_of_one(self, boss: BillingV2) -> None:
        one = statements(boss, '/users?limit=100')
        with control.atomic():
            for n in range(99):
                crowd(boss, n)
        assert statements(boss, '/users?limit=100') == one < 10
        assert len(boss.get('/users?limit=100').json['data']) == 100

    def test_another_tenants_are_not_there(self, boss: BillingV2, other: Api) -> None:
        user(administrating(other))
        assert boss.get('/users').json['meta']['total_records'] == 1


def crowd(v2: BillingV2, n: int) -> None:
    """A member without the ceremony."""
    now, login = clock.now(), f'{v2.api.tenant.slug}_{n}'
    row = User.create(
        uid=uuid.uuid4(),
        login=login,
        email=f'{login}@example.com',
        display_name=login,
        password_hash='',
        created_at=now,
        updated_at=now,
    )
    tenant = v2.api.tenant.tenant_id
    Membership.create(user=row, tenant=tenant, role='sales', created_at=now)


class TestChange:
    def test_role_name_and_password(self, boss: BillingV2) -> None:
        shown = user(boss, role='sales')
        change = {'name': 'Julie', 'role': 'accountant', 'password': 'Correct-horse-9'}
        answer = boss.put(f'/users/{shown["id"]}', change)
        after = made(answer, 'User updated', 200)
        assert (after['name'], after['role']) == ('Julie', 'accountant')
        assert after['email'] == shown['email']
        assert 'Correct-horse-9' not in answer.text
        assert sign_in(shown['login'], 'Correct-horse-9').id == shown['id']

    def test_the_last_administrator_stays_one(self, boss: BillingV2) -> None:
        [only] = boss.get('/users').json['data']
        answer = boss.put(f'/users/{only["id"]}', {'role': 'sales'})
        refusal(answer)
        assert answer.json['message'] == 'the last administrator of a tenant stays one'
        refusal(boss.delete(f'/users/{only["id"]}'))


class TestDelete:
    def test_gone(self, boss: BillingV2) -> None:
        path = f'/users/{user(boss)["id"]}'
        assert boss.delete(path).json == {'success': True, 'message': 'User deleted'}
        assert is_missing(boss.get(path), 'User')
        assert is_missing(boss.delete(path), 'User')


class TestForeign:
    def test_another_tenants_is_not_found(self, boss: BillingV2, other: Api) -> None:
        path = f'/users/{user(administrating(other))["id"]}'
        for answer in (boss.get(path), boss.put(path, {'name': 'x'}), boss.delete(path)):
            assert is_missing(answer, 'User')

    def test_a_reader_does_not_even_see_them(self, boss: BillingV2) -> None:
        path = f'/users/{user(boss)["id"]}'
        assert is_forbidden(reader(boss).get(path))
        assert is_forbidden(BillingV2(boss.api).get('/users'))
        assert is_forbidden(reader(boss).put(path, {'name': 'x'}))
        assert is_forbidden(reader(boss).delete(path))
