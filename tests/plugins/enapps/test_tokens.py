"""Tokens of /api/v1/auth: whose they are, what they are worth, and what ends them."""

import time

import jwt

from karvo.kit import clock, ids
from karvo.kit.actor import system_actor
from karvo.kit.db import company_place
from karvo.kit.idempotency import IdempotencyKey
from tenants.credentials import revoke_key
from tenants.models import ApiKey, Company, Membership, User
from tenants.operations import change_status
from tenants.secrets import password_hash
from tenants.shared import invalidate
from tests.conftest import Api, wide_key
from tests.plugins.enapps.conftest import Enapps


def person(api: Api, login: str, password: str = 'Right-horse-1') -> User:
    """A manager of the tenant."""
    now = clock.now()
    user = User.create(
        uid=ids.uuid7(), display_name='P', login=login, email=f'{login}@p.example',
        password_hash=password_hash(password), created_at=now, updated_at=now,
    )  # fmt: skip
    tenant = api.tenant.tenant_id
    Membership.create(user=user, tenant=tenant, role='administrator', created_at=now)
    return user


def changed(user: User, **values: object) -> None:
    User.update(**values).where(User.id == user.id).execute()
    invalidate()


class TestTokens:
    def test_log_in_and_use_it(self, enapps: Enapps) -> None:
        tenant = enapps.api.tenant
        answer = enapps.log_in(tenant.username, tenant.password)
        assert answer.status_code == 200, answer.text
        assert answer.json['expires_in'] == 86_400
        assert answer.json['token'] == answer.json['access_token']
        claims = jwt.decode(answer.json['access_token'], options={'verify_signature': False})
        company = Company.get(Company.uid == tenant.company_id)
        assert {'exp', 't', 'l', 'db'} <= set(claims)
        assert (claims['t'], claims['l'], claims['db']) == ('access', tenant.username, company.key)
        assert 86_000 < claims['exp'] - time.time() <= 86_400
        shop = Enapps(enapps.api, answer.json['access_token'])
        assert shop.get('/partners').status_code == 200
        assert shop.log_in(tenant.username, tenant.password).status_code == 401

    def test_an_idempotency_key_keeps_neither_token_nor_password(self, enapps: Enapps) -> None:
        tenant = enapps.api.tenant
        for password, status in ((tenant.password, 200), ('wrong', 401), (tenant.password, 200)):
            answer = enapps.log_in(
                tenant.username, password, json={'login': tenant.username, 'password': password},
                headers={'Idempotency-Key': 'log-in-1'},
            )  # fmt: skip
            assert answer.status_code == status
            assert 'idempotency-replayed' not in answer.headers
        with enapps.api.company():
            assert IdempotencyKey.select().count() == 0

    def test_people_of_a_suspended_tenant_read(self, enapps: Enapps) -> None:
        tenant = enapps.api.tenant
        company = Company.get(Company.uid == tenant.company_id)
        actor = system_actor('test', company_place(company.id))
        change_status(tenant.tenant_id, 'suspended', actor=actor)
        try:
            answer = enapps.log_in(tenant.username, tenant.password)
            assert answer.status_code == 200, answer.text
            assert Enapps(enapps.api, answer.json['token']).get('/partners').status_code == 200
        finally:
            change_status(tenant.tenant_id, 'active', actor=actor)

    def test_as_a_form(self, enapps: Enapps) -> None:
        tenant = enapps.api.tenant
        body = f'login={tenant.username}&password={tenant.password}'
        form = {'Content-Type': 'application/x-www-form-urlencoded'}
        assert enapps.log_in('', '', body=body, headers=form).status_code == 200

    def test_wrong_ones(self, enapps: Enapps, other: Api) -> None:
        tenant = enapps.api.tenant
        cases = [(tenant.username, 'wrong'), ('nobody', 'x'),
                 (other.tenant.username, other.tenant.password)]  # fmt: skip
        answers = [enapps.log_in(login, password) for login, password in cases]
        assert {a.status_code for a in answers} == {401}
        assert len({a.text for a in answers}) == 1

    def test_a_forged_a_foreign_and_an_old_one(self, enapps: Enapps, other: Api) -> None:
        tenant = enapps.api.tenant
        good = enapps.log_in(tenant.username, tenant.password).json['access_token']
        claims = jwt.decode(good, options={'verify_signature': False})
        forged = jwt.encode(claims, 'guess' * 8, algorithm='HS256')
        unsigned = jwt.encode(claims, None, algorithm='none')
        for token in (forged, unsigned, good[:-2], 'a.b.c', ''):
            answer = enapps.client.simulate_get(
                '/api/v1/partners', headers={'Authorization': f'Bearer {token}'}
            )
            assert answer.status_code == 401
            assert list(answer.json) == ['error']

    def test_a_revoked_key_takes_its_tokens_with_it(self, enapps: Enapps) -> None:
        tenant = enapps.api.tenant
        key = wide_key(tenant, name='shop')
        token = Enapps(enapps.api, key).log_in(tenant.username, tenant.password).json['token']
        shop = Enapps(enapps.api, token)
        assert shop.get('/partners').status_code == 200
        row = ApiKey.get(ApiKey.name == 'shop', ApiKey.tenant == tenant.tenant_id)
        company = Company.get(Company.uid == tenant.company_id)
        revoke_key(row.id, company, actor=system_actor('test', company_place(company.id)))
        assert shop.get('/partners').status_code == 401

    def test_is_worth_what_key_and_person_may_both_do(self, enapps: Enapps) -> None:
        tenant = enapps.api.tenant
        narrow = wide_key(tenant, scopes=['customers:read'])
        token = Enapps(enapps.api, narrow).log_in(tenant.username, tenant.password).json['token']
        shop = Enapps(enapps.api, token)
        assert shop.get('/partners').status_code == 200
        assert shop.get('/invoices?_id=1').status_code == 403
        user = User.get(User.login == tenant.username)
        wide = enapps.log_in(tenant.username, tenant.password).json['token']
        mine = (Membership.user == user) & (Membership.tenant == tenant.tenant_id)
        Membership.update(role='subscriber').where(mine).execute()
        assert Enapps(enapps.api, wide).get('/partners').status_code == 403
        Membership.update(role='administrator').where(mine).execute()

    def test_ends_with_the_persons_password(self, enapps: Enapps) -> None:
        user = person(enapps.api, f'ends{enapps.api.tenant.tenant_id}')
        shop = Enapps(enapps.api, enapps.log_in(user.login, 'Right-horse-1').json['token'])
        assert shop.get('/partners').status_code == 200
        changed(user, password_hash=password_hash('Other-horse-2'))
        assert shop.get('/partners').status_code == 401
        again = enapps.log_in(user.login, 'Other-horse-2').json['token']
        assert Enapps(enapps.api, again).get('/partners').status_code == 200

    def test_is_nobody_elses_whoever_gets_the_login(self, enapps: Enapps) -> None:
        name = f'heir{enapps.api.tenant.tenant_id}'
        user = person(enapps.api, name)
        shop = Enapps(enapps.api, enapps.log_in(name, 'Right-horse-1').json['token'])
        assert shop.get('/partners').status_code == 200
        changed(user, login=f'{name}old')
        assert shop.get('/partners').status_code == 200
        Membership.delete().where(Membership.user == user).execute()
        user.delete_instance()
        person(enapps.api, name)
        invalidate()
        assert shop.get('/partners').status_code == 401

    def test_another_tenants_right_password_is_a_wrong_try(
        self, enapps: Enapps, other: Api
    ) -> None:
        name = f'try{enapps.api.tenant.tenant_id}'
        stranger = person(other, name)

        def status() -> int:
            answer = enapps.client.simulate_post(
                '/api/v1/auth',
                headers={'Authorization': f'Bearer {enapps.token}'},
                json={'login': stranger.login, 'password': 'Right-horse-1'},
                remote_addr='203.0.113.99',
            )
            return int(answer.status_code)

        assert [status() for _ in range(11)] == [401] * 10 + [429]

    def test_namesakes_of_two_tenants_get_their_own(self, enapps: Enapps, other: Api) -> None:
        email = f'twin{enapps.api.tenant.tenant_id}@p.example'
        for n, api in enumerate((other, enapps.api)):
            changed(person(api, f'twin{n}x{enapps.api.tenant.tenant_id}'), email=email)
        claims = enapps.log_in(email, 'Right-horse-1').json['token']
        assert jwt.decode(claims, options={'verify_signature': False})['l'].startswith('twin1x')
