"""Two tenants side by side: whatever the route, neither sees the other."""

import re

import psycopg
import pytest

from karvo.app import routes
from karvo.invoices.models import Document
from karvo.kit.db import DENY, NoCompany, connect, database, url_of
from karvo.kit.http import endpoints
from tests.conftest import BASE, INVOICE, Api, new_tenant, wide_key

#: of se-erp/v2; wp/v2 has other credentials and words, see tests/tenants/test_wp_tenants.py
ENDPOINTS = [
    (method, path.removeprefix(BASE), spec)
    for path, method, _, spec in endpoints(routes)
    if path.startswith(BASE)
]
GUARDED = [(m, p, s) for m, p, s in ENDPOINTS if s.scope is not None]
OWN = [(m, p, s) for m, p, s in GUARDED if not s.is_platform]
#: what some routes ask for before they look for the record
BODY = {
    'reason': 'x',
    'action': 'reject',
    'code': 'X1',
    'scheduled_at': '2026-12-01T08:00:00Z',
    'message': 'Revenue this year',
    'year': 2026,
}
SCOPES = ['read-write', 'period.unlock', 'payroll:full']
BY_ID = [(m, p) for m, p, s in OWN if ':int}' in p]


def filled(path, number):
    return re.sub(r'\{\w+:int\}', str(number), path).replace('{sku}', 'CLN-5000')


def fill(api, times):
    """Rows of every kind, so that ids exist."""
    for n in range(times):
        api.post('/invoices', INVOICE | {'invoice_no': f'X-{n}'})
        api.post('/billing/payments', {'invoice_no': f'X-{n}', 'amount': 1})
        api.post('/billing/credits', {'invoice_no': f'X-{n}', 'amount': 1, 'reason': 'x'})
        api.post('/products', {'sku': f'P-{n}', 'name': 'x'})
        api.post('/customers', {'name': f'Customer {n}'})
        asked = {'sku': f'P-{n}', 'customer_code': 'ACME01', 'requested_price': 1}
        assert api.post('/pricing/negotiations', asked).status_code == 201


@pytest.fixture(scope='module')
def pair(app):
    both = (new_tenant(), new_tenant())
    mine, theirs = (Api(app, t, wide_key(t, scopes=SCOPES)) for t in both)
    fill(theirs, 6)
    return mine, theirs


@pytest.mark.parametrize(('method', 'path'), BY_ID, ids=' '.join)
def test_an_id_that_only_the_other_has(pair, method, path):
    mine, _ = pair
    asked = filled(path, 5) + ('?year=2026' if path.endswith('/t4') else '')
    answer = mine.ask(method, asked, BODY if method != 'GET' else None)
    assert answer.status_code == 404, answer.text
    assert answer.json['code'] == 'erp_not_found'


@pytest.mark.parametrize(
    ('method', 'path'), [(m, p) for m, p, _ in GUARDED], ids=lambda value: str(value)
)
def test_nobody_without_a_credential(pair, method, path):
    mine, _ = pair
    stranger = Api(mine.client.app, None)
    answer = stranger.ask(method, filled(path, 1), {} if method != 'GET' else None)
    assert answer.status_code == 401
    assert answer.json['error'] == 'Invalid or missing API key'


@pytest.mark.parametrize(
    ('method', 'path'), [(m, p) for m, p, s in OWN if s.is_write], ids=lambda value: str(value)
)
def test_a_read_only_key_writes_nothing(pair, method, path):
    _, theirs = pair
    reader = Api(theirs.client.app, theirs.tenant, wide_key(theirs.tenant, scopes='read-only'))
    answer = reader.ask(method, filled(path, 1), {})
    assert (answer.status_code, answer.json['error']) == (403, 'Insufficient scope')


@pytest.mark.parametrize(
    ('method', 'path'), [(m, p) for m, p, s in GUARDED if s.is_platform], ids=lambda v: str(v)
)
def test_platform_routes_are_not_for_tenants(pair, method, path):
    mine, _ = pair
    answer = mine.ask(method, filled(path, 1), {} if method != 'GET' else None)
    assert answer.status_code == 403


def test_lists_show_ones_own_only(pair):
    mine, theirs = pair
    for path in ('/invoices', '/customers', '/products', '/billing/payments', '/billing/credits'):
        assert mine.get(path).json['total'] == 0, path
        assert theirs.get(path).json['total'] >= 6, path


def test_the_same_id_is_ones_own_record(app):
    one, two = (Api(app, t, wide_key(t)) for t in (new_tenant(), new_tenant()))
    for api, name in ((one, 'One'), (two, 'Two')):
        api.post('/customers', {'name': name})
    assert [api.get('/customers/1').json['name'] for api in (one, two)] == ['One', 'Two']


def test_a_key_of_another_tenant_cannot_be_touched(pair):
    mine, theirs = pair
    key_id = theirs.get('/keys').json['data'][0]['id']
    assert mine.get(f'/keys/{key_id}').status_code == 404
    assert mine.delete(f'/keys/{key_id}').status_code == 404


class TestForgottenCompany:
    def test_reading_without_a_company_fails(self, server):
        with pytest.raises(NoCompany):
            Document.select().count()
        with pytest.raises(NoCompany):
            database.run('SELECT 1 FROM @document')

    def test_the_deny_schema_holds_no_table(self, server):
        with connect(url_of('main')) as connection:
            connection.execute(f'SET search_path TO {DENY}')
            with pytest.raises(psycopg.errors.UndefinedTable):
                connection.execute('SELECT 1 FROM document')

    def test_a_transaction_belongs_to_one_company(self, pair):
        mine, theirs = pair
        elsewhere = theirs.company()
        with mine.company(), database.transaction(), pytest.raises(NoCompany):
            elsewhere.__enter__()
