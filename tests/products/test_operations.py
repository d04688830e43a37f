"""How products come to be: names, stock, what is refused (PRD-1, PRD-3, G-9)."""

import typing

import pytest

from tests.conftest import Api, wide_key
from tests.invoicing import refused
from tests.paper import made
from tests.payfiles.paid import together
from tests.products.goods import ALL, KEPT, events, product, types


class TestCreate:
    def test_everything_is_kept(self, api: Api) -> None:
        new = made(api, '/products', ALL)
        assert {name: new[name] for name in ALL} == ALL | KEPT
        assert (new['name'], new['price'], new['description']) == ('Cleaner 5L', 25, 'Strong')
        assert api.get(f'/products/{new["id"]}').json == new

    def test_a_sku_and_a_name_are_enough(self, api: Api) -> None:
        new = product(api)
        assert (new['name'], new['name_fr'], new['name_en']) == ('Mop', 'Mop', 'Mop')
        assert (new['type'], new['uom'], new['tax_code']) == ('stockable', 'unit', 'taxable')
        assert (new['list_price'], new['cost'], new['min_price']) == (0, 0, None)
        assert (new['status'], new['allow_backorder']) == ('active', True)
        assert (new['aliases'], new['metadata'], new['stock']) == ([], {}, None)
        assert (new['hazardous'], new['whmis'], new['category']) == (False, None, None)

    @pytest.mark.parametrize(
        ('names', 'kept'),
        [
            ({'name_fr': 'Balai'}, ('Balai', 'Balai')),
            ({'name_en': 'Broom'}, ('Broom', 'Broom')),
            ({'name_fr': 'Balai', 'name_en': 'Broom'}, ('Balai', 'Broom')),
            ({'name': 'Broom', 'name_fr': 'Balai'}, ('Balai', 'Broom')),
            ({'name': ' Broom '}, ('Broom', 'Broom')),
            ({'name_fr': ' ', 'name_en': 'Broom'}, ('Broom', 'Broom')),
        ],
    )
    def test_one_name_is_enough(
        self, api: Api, names: dict[str, str], kept: tuple[str, str]
    ) -> None:
        new = made(api, '/products', {'sku': 'A'} | names)
        assert (new['name_fr'], new['name_en']) == kept

    @pytest.mark.parametrize(
        'names', [{}, {'name': ''}, {'name': ' '}, {'name_fr': '', 'name_en': '\t'}]
    )
    def test_none_is_not(self, api: Api, names: dict[str, str]) -> None:
        answer = api.post('/products', {'sku': 'A'} | names)
        assert answer.json['code'] == 'rest_missing_callback_param'
        refused(answer, 'name')

    @pytest.mark.parametrize('sku', ['A', '0', 'a.b_c+d-e', 'A' * 64])
    def test_a_sku(self, api: Api, sku: str) -> None:
        assert product(api, sku=sku)['sku'] == sku

    @pytest.mark.parametrize(
        'sku',
        ['', ' ', ' A', 'A B', 'A/B', '-A', '.A', 'É', '١', 'A' * 65, 'A\n', 5, None]
        + ['rules', 'Negotiations'],
    )
    def test_no_sku(self, api: Api, sku: typing.Any) -> None:
        refused(api.post('/products', {'sku': sku, 'name': 'A'}), 'sku')

    def test_without_one(self, api: Api) -> None:
        answer = api.post('/products', {'name': 'A'})
        assert answer.json['code'] == 'rest_missing_callback_param'
        refused(answer, 'sku')

    @pytest.mark.parametrize(
        ('field', 'value'),
        [
            ('price', '-0.01'),
            ('list_price', -1),
            ('list_price', '1.00001'),
            ('list_price', True),
            ('list_price', None),
            ('cost', '-1'),
            ('cost', 'NaN'),
            ('min_price', '-1'),
            ('weight', -1),
            ('reorder_point', -1),
            ('lead_time_days', 1.5),
            ('type', 'thing'),
            ('tax_code', 'other'),
            ('tax_rate', '101'),
            ('status', 'gone'),
            ('track', 'serial'),
            ('name', 'x' * 201),
            ('barcode', '4006381333930'),
            ('barcode', '12345671'),
            ('barcode', '²' * 8),
            ('barcode', '٤' * 13),
            ('aliases', [5]),
            ('aliases', ['']),
            ('aliases', [' ']),
            ('aliases', ['x' * 65]),
            ('aliases', [{'alias': 'X', 'customer_code': 'NOBODY'}]),
            ('metadata', {str(n): 1 for n in range(51)}),
            ('uom', 'x' * 65),
        ],
    )
    def test_what_is_no_such_value(self, api: Api, field: str, value: typing.Any) -> None:
        body = {'sku': 'A', 'name': 'A'} | {field: value}
        answer = api.post('/products', body)
        refused(answer)
        params = [name.partition('[')[0] for name in answer.json['data']['params']]
        assert params == [field]
        assert api.get('/products').json['total'] == 0

    @pytest.mark.parametrize(
        'code', ['4006381333931', '96385074', '036000291452', '00036000291452', '123', 'ab-1']
    )
    def test_a_barcode(self, api: Api, code: str) -> None:
        assert product(api, barcode=code)['barcode'] == code

    def test_price_and_list_price_are_one(self, api: Api) -> None:
        assert product(api, price='9.99')['list_price'] == 9.99
        same = product(api, sku='B', price=5, list_price='5.00')
        assert (same['price'], same['list_price']) == (5, 5)
        answer = api.post('/products', {'sku': 'C', 'name': 'C', 'price': 5, 'list_price': 6})
        refused(answer, 'list_price')

    def test_it_is_announced(self, api: Api) -> None:
        product(api, price=5)
        [event] = events(api)
        assert (event['type'], event['data']['object']['sku']) == ('product.created', 'A-1')
        assert event['data']['object']['list_price'] == 5


class TestNames:
    """Of all that a product is called, nothing may name two (PRD-1, PRD-3)."""

    @pytest.mark.parametrize(
        'other',
        [
            {'sku': 'a-1'},
            {'sku': 'OLD-1'},
            {'sku': 'B', 'aliases': ['A-1']},
            {'sku': 'B', 'aliases': ['old-1']},
            {'sku': 'B', 'aliases': ['NEW', {'alias': 'a-1', 'customer_code': 'ACME'}]},
            {'sku': 'B', 'aliases': [{'alias': 'his-1', 'customer_code': 'acme'}]},
            {'sku': 'HIS-1'},
            {'sku': 'B', 'aliases': ['STRAßE']},
        ],
        ids=str,
    )
    def test_taken(self, api: Api, other: dict[str, typing.Any]) -> None:
        made(api, '/customers', {'code': 'ACME', 'name': 'Acme'})
        product(api, aliases=['Old-1', 'Straße', {'alias': 'HIS-1', 'customer_code': 'ACME'}])
        answer = api.post('/products', {'name': 'Other'} | other)
        assert answer.json['code'] == 'erp_duplicate'
        refused(answer)
        free = product(api, sku='FREE')['id']
        answer = api.put(f'/products/{free}', other)
        assert (answer.status_code, answer.json['code']) == (422, 'erp_duplicate')
        assert api.get(f'/products/{free}').json['aliases'] == []
        assert api.get('/products').json['total'] == 2

    def test_two_customers_may_call_two_products_the_same(self, api: Api) -> None:
        for code in ('ONE', 'TWO'):
            made(api, '/customers', {'code': code, 'name': code})
            product(api, sku=code, aliases=[{'alias': 'X-9', 'customer_code': code}])
        product(api, sku='ALL', aliases=['X-9'])
        for code in ('ONE', 'TWO'):
            # Everybody's name comes first.
            assert api.get(f'/products/sku/x-9?customer_code={code}').json['sku'] == 'ALL'
        api.put('/products/3', {'aliases': []})
        for code in ('ONE', 'TWO'):
            assert api.get(f'/products/sku/x-9?customer_code={code}').json['sku'] == code

    def test_what_is_said_twice_counts_once(self, api: Api) -> None:
        aliases = ['Old', 'OLD', 'a-1', 'New', ' new ']
        one = product(api, aliases=aliases)
        assert one['aliases'] == ['Old', 'New']
        assert api.put('/products/1', {'aliases': aliases}).json['aliases'] == ['Old', 'New']

    def test_aliases_are_replaced_and_emptied(self, api: Api) -> None:
        product(api, aliases=['X', 'Y'])
        assert api.put('/products/1', {'aliases': ['Y', 'Z']}).json['aliases'] == ['Y', 'Z']
        assert api.get('/products/sku/X').status_code == 404
        assert api.put('/products/1', {'name': 'B'}).json['aliases'] == ['Y', 'Z']
        assert api.put('/products/1', {'aliases': []}).json['aliases'] == []
        assert product(api, sku='Z')['sku'] == 'Z'
        refused(api.put('/products/1', {'aliases': None}), 'aliases')

    def test_a_customers_part_number_stays_his(self, api: Api) -> None:
        made(api, '/customers', {'code': 'ACME', 'name': 'Acme'})
        his = {'alias': 'HIS-1', 'customer_code': 'ACME'}
        shown = product(api, aliases=['OLD', his])
        assert shown['aliases'] == ['OLD', 'HIS-1']
        answer = api.put('/products/1', {'aliases': [*shown['aliases'], 'NEW']})
        assert answer.json['aliases'] == ['OLD', 'HIS-1', 'NEW']
        assert api.get('/products/sku/HIS-1').status_code == 404
        match = api.get('/products/sku/HIS-1?customer_code=ACME').json
        assert match['matched_by'] == 'customer_alias'
        # Said in full it becomes everybody's.
        api.put('/products/1', {'aliases': [{'alias': 'HIS-1'}]})
        assert api.get('/products/sku/HIS-1').json['matched_by'] == 'alias'


class TestOpening:
    """The stock that a product comes with: Dr 1200 / Cr 3000 (PRD-1, WHS-6)."""

    @pytest.fixture
    def places(self, api: Api) -> Api:
        for code in ('MTL', 'QC'):
            made(api, '/warehouses', {'code': code, 'name': code})
        return api

    def test_in_both_spellings(self, places: Api) -> None:
        one = {'warehouse': 'MTL', 'qty': 1, 'unit_cost': 7}
        more = [{'warehouse_code': 'qc', 'qty': 2, 'reorder_point': 9}]
        shown = product(places, cost=4, initial_stock=one, stock=more)
        assert (shown['stock']['on_hand'], shown['reorder_point']) == (3, 9)
        # What names no cost comes at the product's.
        rows = places.get('/ledger/trial-balance').json['data']
        assert {row['code']: row['balance'] for row in rows} == {'1200': 15, '3000': -15}
        total = places.get('/warehouses/stock/A-1').json['total']
        assert (total['unit_cost'], total['value']) == (5, 15)

    def test_of_nothing(self, places: Api) -> None:
        assert product(places, initial_stock={'warehouse': 'MTL', 'qty': 0})['stock'] is None

    @pytest.mark.parametrize(
        ('opening', 'field'),
        [
            ({'qty': 1}, 'warehouse'),
            ({'warehouse': 'NOWHERE', 'qty': 1}, 'warehouse'),
            ({'warehouse': 'MTL'}, 'qty'),
            ({'warehouse': 'MTL', 'qty': -1}, 'qty'),
            ({'warehouse': 'MTL', 'qty': 1, 'unit_cost': -1}, 'unit_cost'),
        ],
    )
    def test_both_or_neither(self, places: Api, opening: dict[str, typing.Any], field: str) -> None:
        good = {'warehouse': 'QC', 'qty': 1}
        answer = places.post('/products', {'sku': 'A', 'name': 'A', 'stock': [good, opening]})
        refused(answer)
        assert [name.rpartition('.')[2] for name in answer.json['data']['params']] == [field]
        assert places.get('/products').json['total'] == 0
        assert places.get('/ledger/trial-balance').json['data'] == []


class TestRepeats:
    def test_the_first_answer_again(self, api: Api) -> None:
        headers, body = {'Idempotency-Key': 'one'}, {'sku': 'A', 'name': 'A'}
        first = api.post('/products', body, headers=headers)
        again = api.post('/products', body, headers=headers)
        assert (again.status_code, again.json) == (201, first.json)
        assert again.headers['idempotency-replayed'] == 'true'
        other = api.post('/products', body | {'sku': 'B'}, headers=headers)
        assert (other.status_code, other.json['code']) == (422, 'erp_idempotency')
        assert api.get('/products').json['total'] == 1

    def test_of_a_change(self, api: Api) -> None:
        product(api)
        headers = {'Idempotency-Key': 'one'}
        for _ in range(2):
            answer = api.put('/products/1', {'name': 'B'}, headers=headers)
            assert (answer.status_code, answer.json['version']) == (200, 2)
        assert types(api) == ['created', 'updated']


class TestCost:
    def test_with_keys_that_may_know(self, api: Api, app: typing.Any) -> None:
        product(api, cost=5)
        scopes = ['products:read', 'products:write']
        clerk = Api(app, api.tenant, wide_key(api.tenant, scopes=scopes))
        for answer in (
            clerk.get('/products/1'),
            clerk.get('/products/sku/A-1'),
            clerk.put('/products/1', {'name': 'B'}),
            clerk.post('/products', {'sku': 'B', 'name': 'B', 'cost': 2}),
        ):
            assert answer.status_code < 300, answer.text
            assert 'cost' not in answer.json
        assert all('cost' not in row for row in clerk.get('/products').json['data'])
        assert [row['cost'] for row in api.get('/products').json['data']] == [5, 2]

    def test_with_a_key_that_only_reads(self, api: Api, app: typing.Any) -> None:
        product(api)
        reader = Api(app, api.tenant, wide_key(api.tenant, scopes=['read-only']))
        assert reader.put('/products/1', {'name': 'B'}).status_code == 403
        assert reader.post('/products', {'sku': 'B', 'name': 'B'}).status_code == 403
        assert reader.get('/products').json['total'] == 1


class TestAtOnce:
    @pytest.mark.parametrize('names', [{'sku': 'A'}, {'aliases': ['X']}], ids=['sku', 'alias'])
    def test_one_name(self, api: Api, names: dict[str, typing.Any]) -> None:
        def make(n: int) -> typing.Any:
            return api.post('/products', {'sku': f'B-{n}', 'name': 'A'} | names)

        answers = together(6, make)
        assert sorted(answer.status_code for answer in answers) == [201] + [422] * 5
        assert {a.json['code'] for a in answers if a.status_code == 422} == {'erp_duplicate'}
        assert api.get('/products').json['total'] == 1

    def test_one_new_category(self, api: Api) -> None:
        def make(n: int) -> typing.Any:
            return api.post('/products', {'sku': f'B-{n}', 'name': 'A', 'category': 'Soaps'})

        assert {answer.status_code for answer in together(6, make)} == {201}
        [row] = api.get('/products/categories').json['data']
        assert row['product_count'] == 6
