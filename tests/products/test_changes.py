"""What may become of a product (PRD-1, PRD-6, G-6, G-8, G-10, G-13)."""

import pytest

from tests.conftest import Api
from tests.invoicing import created, refused
from tests.paper import made
from tests.products.goods import ALL, events, product, types


class TestChange:
    def test_absent_is_unchanged(self, api: Api) -> None:
        before = made(api, '/products', ALL)
        after = api.put('/products/1', {'uom': 'box'}).json
        changed = {name for name in before if after[name] != before[name]}
        assert changed == {'uom', 'version', 'updated_at'}

    @pytest.mark.parametrize(
        'field',
        [
            *('description_fr', 'description_en', 'category', 'barcode', 'min_price', 'tax_rate'),
            *('weight', 'un_number', 'track_stock', 'reorder_point', 'reorder_qty'),
            *('lead_time_days', 'superseded_by'),
        ],
    )
    def test_null_clears(self, api: Api, field: str) -> None:
        made(api, '/products', ALL)
        answer = api.put('/products/1', {field: None})
        assert answer.status_code == 200, answer.text
        assert answer.json[field] is None

    @pytest.mark.parametrize(
        'field', ['sku', 'name', 'name_en', 'type', 'uom', 'price', 'cost', 'status', 'hazardous']
    )
    def test_what_cannot_be_cleared(self, api: Api, field: str) -> None:
        made(api, '/products', ALL)
        refused(api.put('/products/1', {field: None}), field)

    @pytest.mark.parametrize('field', ['name', 'name_fr', 'name_en'])
    @pytest.mark.parametrize('name', ['', '  '])
    def test_nor_emptied(self, api: Api, field: str, name: str) -> None:
        made(api, '/products', ALL)
        refused(api.put('/products/1', {field: name}))
        assert api.get('/products/1').json['name_fr'] == 'Nettoyant 5 L'

    def test_a_name_in_one_language(self, api: Api) -> None:
        made(api, '/products', ALL)
        shown = api.put('/products/1', {'name_fr': 'Savon'}).json
        assert (shown['name_fr'], shown['name_en']) == ('Savon', 'Cleaner 5L')
        shown = api.put('/products/1', {'name': 'Soap'}).json
        assert (shown['name_fr'], shown['name_en']) == ('Soap', 'Soap')

    def test_metadata_are_replaced_and_cleared(self, api: Api) -> None:
        product(api, metadata={'a': 1, 'b': {'c': [2]}})
        assert api.put('/products/1', {'metadata': {'d': 3}}).json['metadata'] == {'d': 3}
        assert api.put('/products/1', {'metadata': None}).json['metadata'] == {}

    def test_what_was_read_may_be_sent_back(self, api: Api) -> None:
        made(api, '/customers', {'code': 'ACME', 'name': 'Acme'})
        his = {'alias': 'HIS-1', 'customer_code': 'ACME'}
        before = made(api, '/products', ALL | {'aliases': ['OLD', his]})
        answer = api.put('/products/1', before)
        assert answer.status_code == 200, answer.text
        assert answer.json == before
        assert types(api) == ['created']
        assert api.get('/products/sku/HIS-1').status_code == 404

    def test_nothing_new_is_no_event(self, api: Api) -> None:
        made(api, '/products', ALL)
        same = [{}, {'price': '25'}, {'sku': 'CLN-5000'}, {'category': 'nettoyants savons'}]
        for change in [*same, {'aliases': ['cleaner', 'OLD-5000']}]:
            assert api.put('/products/1', change).json['version'] == 1
        assert types(api) == ['created']

    def test_a_price_is_announced_of_its_own(self, api: Api) -> None:
        product(api, price=5)
        api.put('/products/1', {'price': 6, 'uom': 'box'})
        assert types(api) == ['created', 'updated', 'price_changed']
        assert events(api)[-1]['data']['previous_attributes'] == {'list_price': 5, 'uom': 'unit'}
        assert events(api)[-1]['data']['object']['list_price'] == 6

    def test_two_prices_that_differ(self, api: Api) -> None:
        product(api, price=5)
        refused(api.put('/products/1', {'price': 6, 'list_price': 7}), 'list_price')
        assert api.get('/products/1').json['price'] == 5

    @pytest.mark.parametrize('name', ['price', 'list_price'])
    def test_one_price_of_what_was_read(self, api: Api, name: str) -> None:
        shown = product(api, price=5)
        after = api.put('/products/1', shown | {name: 6}).json
        assert (after['price'], after['list_price']) == (6, 6)

    @pytest.mark.parametrize(
        ('kept', 'change', 'names'),
        [
            ({'name_fr': 'Balai'}, {'name': 'Soap'}, ('Balai', 'Soap')),
            ({'name_fr': 'Mop'}, {'name': 'Soap'}, ('Soap', 'Soap')),
            ({'name_fr': 'Balai'}, {'name_fr': 'Savon'}, ('Savon', 'Mop')),
            ({'name_fr': 'Balai'}, {'name_en': 'Soap'}, ('Balai', 'Soap')),
            ({'name_fr': 'Balai'}, {'name': 'A', 'name_en': 'B'}, ('Balai', 'B')),
            ({'name_fr': 'Balai'}, {}, ('Balai', 'Mop')),
        ],
    )
    def test_one_name_of_what_was_read(
        self, api: Api, kept: dict[str, str], change: dict[str, str], names: tuple[str, str]
    ) -> None:
        shown = product(api, **kept)
        after = api.put('/products/1', shown | change).json
        assert (after['name_fr'], after['name_en']) == names
        assert after['name'] == after['name_en']

    def test_one_that_there_is_not(self, api: Api) -> None:
        answer = api.put('/products/99', {'name': 'B'})
        assert (answer.status_code, answer.json['code']) == (404, 'erp_not_found')

    def test_stock_is_no_part_of_it(self, api: Api) -> None:
        product(api)
        answer = api.put('/products/1', {'stock': [{'qty': 5}], 'id': 7})
        assert answer.headers['x-ignored-fields'] == 'stock, id'
        assert (answer.json['stock'], answer.json['id']) == (None, 1)


class TestSnapshots:
    def test_posted_lines_stay_as_they_were(self, api: Api) -> None:
        product(api, price=5, uom='can')
        before = created(api, lines=[{'sku': 'a-1', 'qty': 2}])
        change = {'name': 'Broom', 'price': 6, 'uom': 'box', 'tax_code': 'exempt'}
        assert api.put('/products/1', change).status_code == 200
        assert api.get(f'/invoices/{before["id"]}').json['lines'] == before['lines']
        assert before['lines'][0]['description'] == 'Mop'
        assert created(api, lines=[{'sku': 'A-1'}])['lines'][0]['description'] == 'Broom'


class TestRename:
    def test_until_a_document_carries_it(self, api: Api) -> None:
        product(api, aliases=['OLD'])
        assert api.put('/products/1', {'sku': 'B-1'}).json['sku'] == 'B-1'
        assert api.get('/products/sku/A-1').status_code == 404
        assert api.get('/products/sku/old').json['sku'] == 'B-1'
        assert api.get('/products?search=b-1').json['total'] == 1
        created(api, lines=[{'sku': 'OLD', 'unit_price': 1}], status='draft')
        answer = api.put('/products/1', {'sku': 'C-1', 'name': 'Lost'})
        assert answer.json['code'] == 'erp_invalid_state'
        assert 'alias' in refused(answer)
        assert api.put('/products/1', {'sku': 'B-1', 'name': 'Kept'}).json['name'] == 'Kept'

    def test_until_its_stock_moves(self, api: Api) -> None:
        made(api, '/warehouses', {'code': 'MTL', 'name': 'MTL'})
        product(api, cost=5, initial_stock={'warehouse': 'MTL', 'qty': 2})
        refused(api.put('/products/1', {'sku': 'C-1'}))

    @pytest.mark.parametrize('sku', ['', 'A B', 'rules', 'B-1', 'b-1'])
    def test_to_what_is_none(self, api: Api, sku: str) -> None:
        product(api)
        product(api, sku='B-1')
        refused(api.put('/products/1', {'sku': sku}))
        assert api.get('/products/1').json['sku'] == 'A-1'

    def test_to_its_own_alias(self, api: Api) -> None:
        product(api, aliases=['B-1'])
        shown = api.put('/products/1', {'sku': 'b-1'}).json
        assert shown['sku'] == 'b-1'
        assert api.get('/products/sku/B-1').json['matched_by'] == 'sku'


class TestType:
    @pytest.mark.parametrize('kind', ['service', 'kit'])
    def test_not_with_stock(self, api: Api, kind: str) -> None:
        made(api, '/warehouses', {'code': 'MTL', 'name': 'MTL'})
        product(api, cost=5, initial_stock={'warehouse': 'MTL', 'qty': 2})
        answer = api.put('/products/1', {'type': kind})
        assert (answer.status_code, answer.json['code']) == (422, 'erp_invalid_state')
        less = {'warehouse': 'MTL', 'reason': 'lost', 'lines': [{'sku': 'A-1', 'qty': -2}]}
        made(api, '/warehouses/adjustments', less)
        assert api.put('/products/1', {'type': kind}).json['type'] == kind

    @pytest.mark.parametrize('kind', ['service', 'kit'])
    def test_what_has_none_comes_with_none(self, api: Api, kind: str) -> None:
        made(api, '/warehouses', {'code': 'MTL', 'name': 'MTL'})
        body = {'sku': 'A', 'name': 'A', 'type': kind, 'cost': 1}
        refused(api.post('/products', body | {'initial_stock': {'warehouse': 'MTL', 'qty': 1}}))
        assert api.get('/products').json['total'] == 0
        assert made(api, '/products', body | {'track_stock': True})['stock'] is None


class TestArchive:
    def test_is_shown_and_not_sold(self, api: Api) -> None:
        product(api, price=5)
        api.put('/products/1', {'status': 'archived'})
        assert types(api)[-1] == 'archived'
        assert api.get('/products/1').json['status'] == 'archived'
        assert api.get('/products/sku/a-1').json['status'] == 'archived'
        sold = {'customer_code': 'A', 'customer_name': 'A', 'lines': [{'sku': 'A-1'}]}
        assert 'A-1' in refused(api.post('/invoices', sold))
        refused(api.post('/products', {'sku': 'a-1', 'name': 'Again'}))
        assert api.put('/products/1', {'status': 'active'}).json['status'] == 'active'
        assert api.post('/invoices', sold).status_code == 201

    def test_a_discontinued_one_is_sold(self, api: Api) -> None:
        product(api, price=5, status='discontinued')
        assert created(api, lines=[{'sku': 'A-1'}])['subtotal'] == 5

    def test_there_is_no_deletion(self, api: Api) -> None:
        product(api)
        answer = api.delete('/products/1')
        assert (answer.status_code, answer.json['code']) == (404, 'rest_no_route')
        assert api.get('/products/1').status_code == 200


class TestVersion:
    def test_of_every_answer(self, api: Api) -> None:
        answer = api.post('/products', {'sku': 'A', 'name': 'A'})
        assert answer.headers['etag'] == '"1"'
        assert api.put('/products/1', {'name': 'B'}).headers['etag'] == '"2"'
        for path in ('/products/1', '/products/sku/a'):
            assert api.get(path).headers['etag'] == '"2"'

    @pytest.mark.parametrize(('tag', 'status'), [('"1"', 200), ('*', 200), ('"2"', 412)])
    def test_expected(self, api: Api, tag: str, status: int) -> None:
        product(api)
        answer = api.put('/products/1', {'name': 'B'}, headers={'If-Match': tag})
        assert answer.status_code == status
        assert api.get('/products/1').json['name'] == ('B' if status == 200 else 'Mop')
