"""Bad input: a clear refusal that names the field, nothing half-written, never a 5xx."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

POSTS = ('/invoices', '/customers', '/products', '/billing/payments', '/billing/credits')
DEEP = b'{"metadata": {"a": ' + b'[' * 10_000 + b']' * 10_000 + b'}}'


@pytest.mark.parametrize('path', POSTS)
@pytest.mark.parametrize(
    'body',
    [b'{"amount": NaN}', DEEP, b'{"name": "\\ud800"}', b'{"name": "\xe9"}', b'{"name":', b'{1: 2}'],
    ids=['nan', 'deep', 'surrogate', 'not utf-8', 'cut off', 'no json'],
)
def test_unreadable(api, path, body):
    answer = api.raw('POST', path, body)
    assert (answer.status_code, answer.json['code']) == (400, 'rest_invalid_json')


def test_another_charset(api):
    headers = {'Content-Type': 'application/json; charset=iso-8859-1'}
    assert api.raw('POST', '/customers', b'{"name": "x"}', **headers).status_code == 400


@pytest.mark.parametrize(
    ('path', 'body', 'field'),
    [
        ('/invoices', b'{"customer_code": "A", "subtotal": 1e400}', 'subtotal'),
        ('/invoices', b'{"customer_code": "A", "subtotal": "NaN"}', 'subtotal'),
        ('/invoices', b'{"customer_code": "A", "subtotal": "Infinity"}', 'subtotal'),
        ('/invoices', b'{"customer_code": "A", "subtotal": true}', 'subtotal'),
        ('/invoices', b'{"customer_code": "A", "subtotal": "ten"}', 'subtotal'),
        ('/invoices', b'{"customer_code": "A", "subtotal": -1}', 'subtotal'),
        ('/invoices', b'{"customer_code": "A\\u0000", "subtotal": 1}', 'customer_code'),
        ('/invoices', b'{"customer_code": 5, "subtotal": 1}', 'customer_code'),
        ('/invoices', b'{"customer_id": 9223372036854775808, "subtotal": 1}', 'customer_id'),
        ('/invoices', b'{"customer_code": "A", "subtotal": 1, "date": "2026-02-30"}', 'date'),
        ('/invoices', b'{"customer_code": "A", "lines": [{"qty": "x"}]}', 'lines[0].qty'),
        (
            '/invoices',
            b'{"customer_code": "A", "lines": [{"description": "x", "unit_price": 0.00001}]}',
            'lines[0].unit_price',
        ),
        ('/customers', b'{"name": 5}', 'name'),
        ('/customers', b'{"name": "x", "email": "nobody"}', 'email'),
        ('/customers', b'{"name": "x", "country": "Canada"}', 'country'),
        ('/products', b'{"sku": "A", "name": "x", "price": -1}', 'price'),
        ('/products', b'{"sku": "A", "name": "x", "barcode": "4006381333930"}', 'barcode'),
        ('/billing/payments', b'{"amount": 0, "invoice_id": 1}', 'amount'),
        ('/billing/payments', b'{"amount": 1, "invoice_id": 1, "method": "gold"}', 'method'),
        ('/billing/credits', b'{"reason": "x", "invoice_id": 77, "amount": 1}', 'invoice_id'),
    ],
)
def test_the_field_is_named(api, path, body, field):
    answer = api.raw('POST', path, body)
    assert answer.status_code == 422, answer.text
    assert field in answer.json['data']['params']
    assert answer.json['data']['status'] == 422
    assert api.get('/invoices').json['total'] == 0


def test_every_field_at_fault_is_named(api):
    body = b'{"subtotal": "x", "date": "x", "lines": [{"qty": "x"}, {"unit_price": -1}]}'
    params = api.raw('POST', '/invoices', body).json['data']['params']
    assert set(params) == {'subtotal', 'date', 'lines[0].qty', 'lines[1].unit_price'}


def test_a_body_over_the_limit(api):
    body = b'{"name": "' + b'x' * 1_000_000 + b'"}'
    answer = api.raw('POST', '/customers', body)
    assert (answer.status_code, answer.json['code']) == (413, 'erp_too_large')


def test_what_is_accepted_all_the_same(api):
    body = (
        b'{"customer_code": "a", "customer_name": "A", "subtotal": 1, "subtotal": "10.50", "x": 1}'
    )
    answer = api.raw('POST', '/invoices', body)
    assert (answer.status_code, answer.json['subtotal']) == (201, 10.5)
    assert answer.headers['X-Ignored-Fields'] == 'x'
    assert api.get('/invoices?_locale=user&page=7').json['data'] == []


@pytest.mark.parametrize(
    ('method', 'path', 'status', 'code'),
    [
        ('GET', '/nothing', 404, 'rest_no_route'),
        ('GET', '/invoices/abc', 404, 'rest_no_route'),
        ('PATCH', '/invoices', 404, 'rest_no_route'),
        ('GET', '/invoices/1', 404, 'erp_not_found'),
        ('GET', '/invoices/9223372036854775808', 422, 'rest_invalid_param'),
        ('GET', '/invoices?per_page=0', 422, 'rest_invalid_param'),
        ('GET', '/invoices?per_page=101', 422, 'rest_invalid_param'),
        ('GET', '/invoices?page=x', 422, 'rest_invalid_param'),
        ('GET', '/invoices?status=lost', 422, 'rest_invalid_param'),
        ('GET', '/invoices?orderby=colour', 422, 'rest_invalid_param'),
        ('GET', '/invoices/search?q=a', 422, 'rest_invalid_param'),
        ('GET', '/customers?search=%00', 422, 'rest_invalid_param'),
    ],
)
def test_addresses_and_queries(api, method, path, status, code):
    answer = api.ask(method, path)
    assert (answer.status_code, answer.json['code']) == (status, code)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ['customer_code', 'customer_name', 'customer_id', 'subtotal', 'lines', 'date', 'total', 'tps']
    + ['status', 'ship_to', 'metadata', 'invoice_no', 'due_date', 'payment_terms', 'notes']
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.dictionaries(NAMES, JSON, max_size=6))
def test_anything_at_all(api, body):
    assert api.post('/invoices', body).status_code < 500
