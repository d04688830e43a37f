"""/api/v2/products."""

import typing

from karvo.kit.db import statement_count
from karvo.products.models import Product
from tests.conftest import Api
from tests.payfiles.paid import together
from tests.plugins.billing_v2.conftest import BillingV2

#: of the text, verbatim
HOSTING = {
    'name': 'Web Hosting',
    'price': 99.99,
    'description': 'Annual web hosting package',
    'type': 'service',
    'tax_rate': 10,
}


def made(v2: BillingV2, **values: typing.Any) -> dict[str, typing.Any]:
    answer = v2.post('/products', {'name': 'Thing', 'price': 5, **values})
    assert answer.status_code == 201, answer.text
    return answer.json['data']


class TestCreate:
    def test_the_sample_of_the_text(self, v2: BillingV2) -> None:
        answer = v2.post('/products', HOSTING)
        assert (answer.status_code, answer.json['message']) == (201, 'Product created')
        data = answer.json['data']
        assert {name: data[name] for name in HOSTING} == HOSTING
        assert (data['sku'], data['taxable']) == ('P00001', True)
        seen = v2.api.get(f'/products/{data["id"]}').json
        assert (seen['list_price'], seen['type'], seen['name_fr']) == (
            99.99,
            'service',
            'Web Hosting',
        )
        assert (seen['tax_code'], seen['tax_rate']) == ('taxable', 10)

    def test_skus_that_are_made_at_once(self, v2: BillingV2) -> None:
        answers = together(10, lambda n: v2.post('/products', {'name': 'Thing', 'price': 5}))
        assert {answer.status_code for answer in answers} == {201}
        skus = sorted(answer.json['data']['sku'] for answer in answers)
        assert skus == [f'P{n:05d}' for n in range(1, 11)]

    def test_skus_are_made_or_given(self, v2: BillingV2) -> None:
        given = ({}, {'sku': 'P00009'}, {'sku': ''}, {'sku': 'own'})
        skus = [made(v2, **values)['sku'] for values in given]
        assert skus == ['P00001', 'P00009', 'P00010', 'own']
        refused = v2.post('/products', {'name': 'A', 'price': 1, 'sku': 'OWN'})
        assert (refused.status_code, refused.json['success']) == (400, False)
        assert refused.json['message'] == 'own is the SKU or alias of a product already'

    def test_how_it_is_taxed(self, v2: BillingV2) -> None:
        for given, shown in (
            ({}, (0, False)),
            ({'tax_rate': 0}, (0, False)),
            ({'tax_rate': None}, (0, False)),
            ({'taxable': False}, (0, False)),
            ({'taxable': True}, (None, True)),
            ({'tax_rate': 9.975}, (9.975, True)),
            ({'tax_rate': 100, 'taxable': True}, (100, True)),
        ):
            one = made(v2, **given)
            assert (one['tax_rate'], one['taxable']) == shown
        v2.api.put('/settings', {'v2_auto_tax': True})
        assert made(v2)['taxable'] is True
        assert made(v2, tax_rate=0)['taxable'] is False

    def test_goods_where_nothing_else_is_said(self, v2: BillingV2) -> None:
        one = made(v2)
        assert (one['type'], one['description']) == ('product', None)
        assert v2.api.get(f'/products/{one["id"]}').json['type'] == 'stockable'

    def test_what_is_wrong(self, v2: BillingV2) -> None:
        for change, errors in (
            ({'price': -0.01}, {'price': 'Price must be at least 0'}),
            ({'tax_rate': 101}, {'tax_rate': 'Tax rate must be at most 100'}),
            ({'tax_rate': -1}, {'tax_rate': 'Tax rate must be at least 0'}),
            ({'type': 'goods'}, {'type': 'Type must be one of service, product'}),
            ({'name': ' '}, {'name': 'Name is required'}),
            ({'price': None}, {'price': 'Price is required'}),
            ({'sku': '?'}, {'sku': 'Sku must be 1 to 64 of letters, digits and ._+-'}),
        ):
            refused = v2.post('/products', {**HOSTING, **change})
            assert (refused.status_code, refused.json) == (
                400, {'success': False, 'errors': errors, 'message': 'Validation failed',
                      'code': refused.json['code']}
            )  # fmt: skip
        assert v2.get('/products').json['data'] == []

    def test_once_for_one_idempotency_key(self, v2: BillingV2) -> None:
        headers = {'Idempotency-Key': 'p-1'}
        first, again = (v2.post('/products', HOSTING, headers=headers) for _ in range(2))
        assert first.json == again.json
        assert v2.get('/products').json['meta']['total_records'] == 1


class TestList:
    def test_pages_and_search(self, v2: BillingV2) -> None:
        for n in range(3):
            made(v2, name=f'Savon {n}')
        hosting = made(v2, **HOSTING)
        page = v2.get('/products?limit=3').json
        assert page['meta'] == {'current_page': 1, 'total_pages': 2, 'total_records': 4, 'limit': 3}
        assert [row['sku'] for row in page['data']] == ['P00001', 'P00002', 'P00003']
        assert v2.get('/products?page=2&limit=3').json['data'] == [hosting]
        assert v2.get('/products?search=HOST').json['data'] == [hosting]

    def test_what_se_erp_made_is_there(self, v2: BillingV2) -> None:
        v2.api.post('/products', {'sku': 'CLN', 'name_fr': 'Savon', 'name_en': 'Soap', 'price': 2})
        [row] = v2.get('/products').json['data']
        assert (row['name'], row['tax_rate'], row['taxable']) == ('Soap', None, True)

    def test_a_hundred_cost_as_many_statements_as_one(self, v2: BillingV2) -> None:
        for n in range(20):
            made(v2, name=f'Thing {n}')
        v2.get('/products?limit=1')
        costs = []
        for limit in (1, 20):
            before = statement_count()
            assert len(v2.get(f'/products?limit={limit}').json['data']) == limit
            costs.append(statement_count() - before)
        assert costs[0] == costs[1] <= 2


class TestOne:
    def test_get_and_put(self, v2: BillingV2) -> None:
        one = made(v2, **HOSTING)
        path = f'/products/{one["id"]}'
        assert v2.get(path).json == {'success': True, 'data': one}
        answer = v2.put(path, {'price': 109.99, 'tax_rate': 0, 'description': ''})
        assert (answer.status_code, answer.json['message']) == (200, 'Product updated')
        changed = answer.json['data']
        assert (changed['price'], changed['tax_rate'], changed['taxable']) == (109.99, 0, False)
        assert (changed['description'], changed['name']) == (None, 'Web Hosting')
        assert v2.put(path, {'name': 'Hosting'}).json['data']['taxable'] is False
        assert v2.put(path, {'taxable': True}).json['data']['tax_rate'] is None
        assert v2.put(path, {'name': ''}).json['errors'] == {'name': 'Name is required'}

    def test_what_was_read_may_be_sent_back(self, v2: BillingV2) -> None:
        v2.api.post('/products', {'sku': 'SET', 'name_en': 'Set', 'price': 2, 'type': 'kit'})
        made(v2, **HOSTING)
        for one in v2.get('/products').json['data']:
            answer = v2.put(f'/products/{one["id"]}', one)
            assert answer.json['data'] | {'updated_at': ''} == one | {'updated_at': ''}

    def test_what_it_does_not_show_survives(self, v2: BillingV2) -> None:
        texts = {
            'name_fr': 'Savon',
            'name_en': 'Soap',
            'description_fr': 'Un savon',
            'description_en': 'A soap',
        }
        new = {'sku': 'SOAP', 'price': 2, 'tax_code': 'exempt', **texts}
        path = f'/products/{v2.api.post("/products", new).json["id"]}'
        shown = v2.get(path).json['data']
        for body in (shown, {'taxable': False}, {'tax_rate': 0}, {'tax_rate': None}, {'price': 3}):
            assert v2.put(path, body).status_code == 200
            seen = v2.api.get(path).json
            assert {name: seen[name] for name in texts} == texts
            assert seen['tax_code'] == 'exempt'
        v2.put(path, {'name': 'Fine soap', 'description': None})
        seen = v2.api.get(path).json
        assert (seen['name_en'], seen['name_fr']) == ('Fine soap', 'Savon')
        assert (seen['description_en'], seen['description_fr']) == (None, 'Un savon')
        v2.put(path, {'taxable': True})
        assert v2.api.get(path).json['tax_code'] == 'taxable'

    def test_between_a_rate_of_its_own_and_the_places(self, v2: BillingV2) -> None:
        one = made(v2, **HOSTING)
        for change, shown in (
            ({'taxable': True}, (10, True)),
            ({'taxable': True, 'tax_rate': None}, (None, True)),
            ({'taxable': True, 'tax_rate': None}, (None, True)),
            ({'tax_rate': None}, (None, True)),
            ({'taxable': True, 'tax_rate': 5}, (5, True)),
            ({'taxable': True, 'tax_rate': 0}, (0, False)),
            ({'taxable': False, 'tax_rate': 7}, (7, True)),
            ({'taxable': False, 'tax_rate': 7}, (0, False)),
        ):
            row = v2.put(f'/products/{one["id"]}', change).json['data']
            assert (row['tax_rate'], row['taxable']) == shown

    def test_one_name_is_one_translation_missing(self, v2: BillingV2) -> None:
        path = f'/products/{made(v2, name="Soap")["id"]}'
        with v2.api.company():
            assert [row.translation_missing for row in Product.select()] == [True]
        v2.put(path, {'name': 'Soap bar'})
        seen = v2.api.get(path).json
        assert (seen['name_fr'], seen['name_en']) == ('Soap bar', 'Soap bar')

    def test_delete(self, v2: BillingV2) -> None:
        one = made(v2)
        path = f'/products/{one["id"]}'
        answer = v2.delete(path)
        assert (answer.status_code, answer.json) == (
            200, {'success': True, 'message': 'Product deleted'}
        )  # fmt: skip
        gone = (404, {'success': False, 'message': 'Product not found', 'code': 'erp_not_found'})
        for method, body in (('GET', None), ('PUT', {'price': 1}), ('DELETE', None)):
            refused = v2.ask(method, path, body)
            assert (refused.status_code, refused.json) == gone
        assert v2.get('/products').json['data'] == []
        assert v2.api.get(f'/products/{one["id"]}').json['status'] == 'archived'

    def test_another_companys_is_not_found(self, v2: BillingV2, other: Api) -> None:
        path = f'/products/{made(v2)["id"]}'
        for method, body in (('GET', None), ('PUT', {'price': 1}), ('DELETE', None)):
            assert BillingV2(other).ask(method, path, body).status_code == 404
        assert BillingV2(other).get('/products').json['data'] == []


class TestOwnRateElsewhere:
    def test_an_se_erp_invoice_charges_it_too(self, v2: BillingV2) -> None:
        made(v2, **HOSTING)
        line = {'sku': 'P00001', 'qty': 1}
        more = [line, {**line, 'tax_code': 'exempt'}, {'description': 'Work', 'unit_price': 100}]
        body = {'customer_code': 'ACME', 'customer_name': 'Acme', 'lines': more}
        answer = v2.api.post('/invoices', body).json
        assert {tax['code']: tax['base'] for tax in answer['taxes']} == {
            'TPS': 100, 'TVQ': 100, 'OWN-10': 99.99
        }  # fmt: skip
        assert answer['total'] == 324.96
