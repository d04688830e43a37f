"""Credentials over HTTP: issued once, narrowed, rotated, revoked; people with Basic auth."""

import base64
import datetime as dt

import pytest

from karvo.app import create_app
from karvo.kit import clock
from tenants import usage
from tenants.credentials import NewKey, insert_key
from tenants.models import ApiKey, ApplicationPassword, Tenant, User
from tenants.operations import NewTenant, change_status, provision
from tenants.scopes import PLATFORM
from tests.conftest import INVOICE, Api, new_tenant, wide_key


def basic(login, password):
    return {'Authorization': 'Basic ' + base64.b64encode(f'{login}:{password}'.encode()).decode()}


def with_key(api, key):
    return Api(api.client.app, api.tenant, key)


@pytest.fixture
def platform(app):
    key = insert_key(NewKey(scopes=PLATFORM, rate_limit=10_000), tenant_id=None, company_id=None)
    return Api(app, None, key.api_key)


class TestKeys:
    def test_shown_once_and_stored_hashed(self, api):
        made = api.post('/keys', {'name': 'till', 'scopes': 'read-only'}).json
        assert made['api_key'].startswith('se_')
        assert 'api_key' not in api.get(f'/keys/{made["id"]}').json
        stored = ApiKey.get_by_id(made['id']).__data__
        assert made['api_key'] not in str(stored)

    def test_fine_scopes(self, api):
        made = api.post('/keys', {'scopes': ['customers:read']}).json
        narrow = with_key(api, made['api_key'])
        assert narrow.get('/customers').status_code == 200
        assert narrow.get('/invoices').status_code == 403
        assert narrow.post('/customers', {'name': 'x'}).status_code == 403

    def test_nobody_grants_what_he_does_not_have(self, api):
        made = api.post('/keys', {'scopes': ['keys:write', 'keys:read']}).json
        narrow = with_key(api, made['api_key'])
        assert narrow.post('/keys', {'scopes': 'read-write'}).status_code == 403
        assert api.post('/keys', {'scopes': PLATFORM}).status_code == 403

    def test_cost_is_only_for_those_who_may_see_it(self, api):
        api.post('/products', {'sku': 'A', 'name': 'A', 'cost': 3})
        assert api.get('/products/1').json['cost'] == 3
        reader = with_key(api, wide_key(api.tenant, scopes='read-only'))
        assert 'cost' not in reader.get('/products/1').json

    def test_revoked_at_once(self, api):
        made = api.post('/keys', {}).json
        narrow = with_key(api, made['api_key'])
        assert narrow.get('/customers').status_code == 200
        assert api.delete(f'/keys/{made["id"]}').json == {'deleted': True, 'id': made['id']}
        assert narrow.get('/customers').status_code == 401

    def test_rotated_with_and_without_overlap(self, api):
        made = api.post('/keys', {}).json
        path = f'/keys/{made["id"]}/rotate'
        second = api.post(path, {'overlap_hours': 1}).json['api_key']
        assert with_key(api, made['api_key']).get('/customers').status_code == 200
        third = api.post(path, {'overlap_hours': 0}).json['api_key']
        assert with_key(api, second).get('/customers').status_code == 401
        assert with_key(api, third).get('/customers').status_code == 200

    def test_expired(self, api):
        gone = (clock.now() - dt.timedelta(seconds=1)).isoformat()
        made = api.post('/keys', {'expires_at': gone}).json
        assert with_key(api, made['api_key']).get('/customers').status_code == 401

    def test_only_from_some_addresses(self, api):
        made = api.post('/keys', {'ip_allow': ['203.0.113.0/24']}).json
        assert with_key(api, made['api_key']).get('/customers').status_code == 401
        here = api.post('/keys', {'ip_allow': ['127.0.0.1']}).json
        assert with_key(api, here['api_key']).get('/customers').status_code == 200

    def test_own_rate_limit(self, api):
        made = api.post('/keys', {'rate_limit': 2}).json
        narrow = with_key(api, made['api_key'])
        answers = [narrow.get('/customers') for _ in range(3)]
        assert [a.status_code for a in answers] == [200, 200, 429]
        assert [a.headers['X-RateLimit-Remaining'] for a in answers] == ['1', '0', '0']
        assert answers[2].json['error'] == 'Rate limit exceeded'
        assert 1 <= int(answers[2].headers['Retry-After']) <= 60

    def test_last_used_and_usage_are_flushed(self, api):
        api.get('/customers')
        usage.flush()
        used = [key['last_used_at'] for key in api.get('/keys').json['data']]
        assert any(used)

    def test_idempotent_and_the_stored_answer_is_encrypted(self, api):
        headers = {'Idempotency-Key': 'k'}
        first = api.post('/keys', {'name': 'once'}, headers=headers)
        again = api.post('/keys', {'name': 'once'}, headers=headers)
        assert again.json == first.json
        assert again.headers['Idempotency-Replayed'] == 'true'
        assert len(api.get('/keys').json['data']) == 3


class TestPeople:
    def test_by_login_or_e_mail_spaces_and_case_aside(self, api):
        tenant, nobody = api.tenant, Api(api.client.app, None)
        packed = tenant.application_password.replace(' ', '')
        for login in (tenant.username, tenant.username.upper()):
            for password in (tenant.application_password, packed):
                answer = nobody.get('/customers', headers=basic(login, password))
                assert answer.status_code == 200

    def test_wrong_ones(self, api):
        nobody, tenant = Api(api.client.app, None), api.tenant
        for login, password in (
            (tenant.username, 'wrong'),
            ('nobody', tenant.application_password),
            (tenant.username, tenant.password),
        ):
            assert nobody.get('/customers', headers=basic(login, password)).status_code == 401
        assert nobody.get('/customers', headers={'Authorization': 'Basic !'}).status_code == 401

    def test_nothing_is_stored_in_the_clear(self, api):
        user = User.get(User.login == api.tenant.username)
        assert user.password_hash.startswith('$wp$2y$')
        digest = ApplicationPassword.get(ApplicationPassword.user == user).digest
        assert digest.startswith('$generic$')


class TestTenants:
    def test_provisioned_over_http(self, platform):
        body = {'name': 'Shop', 'slug': f'shop_{id(platform)}', 'email': 'a@shop.example'}
        made = platform.post('/tenants', body)
        assert made.status_code == 201
        shop = Api(platform.client.app, None, made.json['api_key'])
        assert shop.post('/invoices', INVOICE).status_code == 201
        assert platform.post('/tenants', body).status_code == 422
        usage.flush()
        used = platform.get(f'/tenants/{made.json["tenant_id"]}/usage').json
        assert (used['invoices'], used['customers'], used['users']) == (1, 1, 1)
        assert used['api_calls_today'] >= 1
        assert platform.get('/tenants?search=Shop').json['total'] >= 1
        assert platform.get('/invoices').status_code == 403

    def test_a_suspended_one_reads_but_does_not_write(self, api, platform):
        path = f'/tenants/{api.tenant.tenant_id}'
        assert platform.post(f'{path}/suspend').json['status'] == 'suspended'
        assert api.get('/customers').status_code == 200
        refused = api.post('/customers', {'name': 'x'})
        assert (refused.status_code, refused.json['error']) == (403, 'tenant suspended')
        assert platform.post(f'{path}/resume').json['status'] == 'active'
        assert api.post('/customers', {'name': 'x'}).status_code == 201
        types = [event['type'] for event in api.get('/events?type=tenant.*').json['data']]
        assert types == ['tenant.provisioned', 'tenant.suspended', 'tenant.reactivated']

    def test_a_failure_rolls_back_and_may_be_tried_again(self, server, monkeypatch):
        new = NewTenant(name='x', slug=f'fails_{id(server)}', email='a@b.example')
        monkeypatch.setattr('tenants.operations.open_chart', _fail)
        with pytest.raises(RuntimeError):
            provision(new)
        row = Tenant.get(Tenant.slug == new.slug)
        assert (row.status, row.error) == ('failed', 'injected')
        monkeypatch.undo()
        made = provision(new)
        assert Api(create_app(), made).post('/invoices', INVOICE).status_code == 201

    @pytest.mark.parametrize('slug', ['Shop', '1shop', 'ab', 'pg_shop', 'public', 'a-b', 'x' * 32])
    def test_bad_slugs(self, platform, slug):
        body = {'name': 'x', 'slug': slug, 'email': 'a@b.example'}
        assert platform.post('/tenants', body).json['data']['params'] == {
            'slug': 'must be 3 to 31 of a-z, 0-9 and _, beginning with a letter'
        }

    def test_a_company_elsewhere_has_no_taxes_and_speaks_english(self, app):
        tenant = new_tenant(country='GB')
        shop = Api(app, tenant, wide_key(tenant))
        shown = shop.get('/settings').json
        assert (shown['currency'], shown['language'], shown['province']) == ('GBP', 'en', '')
        invoice = shop.post('/invoices', {**INVOICE, 'tps': 0, 'tvq': 0, 'total': 1250}).json
        assert (invoice['total'], invoice['taxes']) == (1250, [])

    def test_status_changes_are_guarded(self, api, server):
        with pytest.raises(Exception, match='cannot become active'):
            change_status(api.tenant.tenant_id, 'active', actor=None)


def _fail():
    raise RuntimeError('injected')
