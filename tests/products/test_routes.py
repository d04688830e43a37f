"""How products are listed, found and shown (PRD-2 to PRD-5, PRD-7, G-12, L-6)."""

import typing
from collections.abc import Iterator

import falcon
import pytest

from tests.conftest import Api, new_tenant, wide_key
from tests.days import stand_still
from tests.invoicing import created, refused
from tests.paper import made
from tests.recycled import recycle

GOODS: list[dict[str, typing.Any]] = [
    {'sku': 'CLN-5000', 'name': 'Cleaner 5L', 'name_fr': 'Nettoyant à Sœurs', 'price': 25},
    {'sku': 'cln_1', 'name': 'Acid 100 %', 'price': 5, 'barcode': '4006381333931'},
    {'sku': 'MOP', 'name': 'Mop', 'price': 9},
    {'sku': 'VISIT', 'name': 'Visit', 'price': 40, 'type': 'service'},
]
GOODS[0] |= {'category': "Produits d'entretien", 'aliases': ['Éponge-1'], 'cost': 3}
GOODS[1] |= {'category': 'Acids', 'hazardous': True, 'status': 'discontinued'}
GOODS[2] |= {'category': 'Acids', 'status': 'archived', 'type': 'consumable'}
ALL = ['CLN-5000', 'MOP', 'VISIT', 'cln_1']


@pytest.fixture
def goods(api: Api) -> Api:
    """Four products without stock."""
    for one in GOODS:
        made(api, '/products', one)
    return api


@pytest.fixture(scope='module')
def shelf(app: falcon.App) -> Iterator[Api]:
    """The same four, for all tests that only read; the third has names of every sort, and some of
    them are others' too.
    """
    tenant = new_tenant()
    api = Api(app, tenant, wide_key(tenant))
    for one in GOODS:
        made(api, '/products', one)
    made(api, '/customers', {'code': 'ACME', 'name': 'Acme'})
    his = {'alias': 'HIS-1', 'customer_code': 'ACME'}
    api.put('/products/3', {'aliases': ['Old-1', 'Straße', his], 'barcode': 'ab-12'})
    api.put('/products/4', {'barcode': 'OLD-1'})
    yield api
    recycle(tenant)


@pytest.fixture
def stocked(goods: Api) -> Api:
    """Five of the first in one warehouse, two in another; a warehouse of nothing else."""
    for code in ('MTL', 'QC'):
        made(goods, '/warehouses', {'code': code, 'name': code})
    for code, qty in (('MTL', 5), ('QC', 2)):
        lines = [{'sku': 'CLN-5000', 'qty': qty, 'unit_cost': 3}]
        made(goods, '/warehouses/receipts', {'warehouse': code, 'lines': lines})
    return goods


def skus(answer: typing.Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    assert answer.json['total'] == len(answer.json['data'])
    return [row['sku'] for row in answer.json['data']]


def listed(api: Api, **params: typing.Any) -> list[str]:
    return sorted(skus(api.get('/products', params=params)))


class TestFilters:
    @pytest.mark.parametrize(
        ('params', 'expected'),
        [
            ({}, ALL),
            ({'sku': 'mop'}, ['MOP']),
            ({'sku': 'mop, CLN_1,,NONE'}, ['MOP', 'cln_1']),
            ({'sku': 'MO'}, []),
            ({'sku': 'Éponge-1'}, []),
            ({'sku': ' , '}, ALL),
            ({'category': 'ACIDS'}, ['MOP', 'cln_1']),
            ({'category': 'Acids'}, ['MOP', 'cln_1']),
            ({'category': "produits d'entretien"}, ['CLN-5000']),
            ({'category': 'PRODUITS-D-ENTRETIEN'}, ['CLN-5000']),
            ({'category': 'ACID'}, []),
            ({'type': 'service'}, ['VISIT']),
            ({'type': 'service,consumable'}, ['MOP', 'VISIT']),
            ({'type': 'kit'}, []),
            ({'status': 'archived'}, ['MOP']),
            ({'status': 'active,discontinued'}, ['CLN-5000', 'VISIT', 'cln_1']),
            ({'hazardous': 'true'}, ['cln_1']),
            ({'hazardous': 'false', 'status': 'active'}, ['CLN-5000', 'VISIT']),
            ({'category': 'ACIDS', 'type': 'consumable'}, ['MOP']),
            ({'sku': 'MOP,VISIT', 'search': 'visit'}, ['VISIT']),
            ({'in_stock': 'true'}, []),
            ({'in_stock': 'false'}, ALL),
            ({'low_stock': 'true'}, []),
            ({'updated_since': '2999-01-01T00:00:00Z'}, []),
        ],
    )
    def test_filter(self, shelf: Api, params: dict[str, str], expected: list[str]) -> None:
        assert listed(shelf, **params) == expected

    @pytest.mark.parametrize(
        ('search', 'expected'),
        [
            ('cln', ['CLN-5000', 'cln_1']),
            ('CLEANER', ['CLN-5000']),
            ('nettoyant a', ['CLN-5000']),
            ('SOEURS', ['CLN-5000']),
            ('sœurs', ['CLN-5000']),
            ('eponge', ['CLN-5000']),
            ('38133393', ['cln_1']),
            ('100 %', ['cln_1']),
            ('cln_', ['cln_1']),
            ('%', ['cln_1']),
            (' mop ', ['MOP']),
            ('acids', []),
        ],
    )
    def test_search(self, shelf: Api, search: str, expected: list[str]) -> None:
        assert listed(shelf, search=search) == expected

    @pytest.mark.parametrize(
        ('name', 'value'),
        [
            ('type', 'thing'),
            ('status', 'active,gone'),
            ('hazardous', 'maybe'),
            ('in_stock', '7'),
            ('orderby', 'cost'),
            ('page', '0'),
            ('per_page', '0'),
            ('per_page', '101'),
            ('sku', 'x' * 201),
        ],
    )
    def test_what_is_no_filter(self, shelf: Api, name: str, value: str) -> None:
        refused(shelf.get('/products', params={name: value}), name)

    def test_what_is_there(self, stocked: Api) -> None:
        assert listed(stocked, in_stock='true') == ['CLN-5000']
        assert listed(stocked, in_stock='false') == ['MOP', 'VISIT', 'cln_1']
        assert listed(stocked, in_stock='true', category='ACIDS') == []

    def test_what_runs_low(self, stocked: Api) -> None:
        assert listed(stocked, low_stock='true') == []
        for point, expected in (('6.9999', []), (7, ['CLN-5000']), (100, ['CLN-5000'])):
            stocked.put('/products/1', {'reorder_point': point})
            assert listed(stocked, low_stock='true') == expected
        assert listed(stocked, low_stock='false') == ['MOP', 'VISIT', 'cln_1']


class TestOrder:
    @pytest.mark.parametrize(
        ('params', 'expected'),
        [
            ({}, ['CLN-5000', 'MOP', 'VISIT', 'cln_1']),
            ({'order': 'desc'}, ['cln_1', 'VISIT', 'MOP', 'CLN-5000']),
            ({'orderby': 'name'}, ['cln_1', 'CLN-5000', 'MOP', 'VISIT']),
            ({'orderby': 'price'}, ['cln_1', 'MOP', 'CLN-5000', 'VISIT']),
            ({'orderby': 'price', 'order': 'desc'}, ['VISIT', 'CLN-5000', 'MOP', 'cln_1']),
            ({'orderby': 'created_at'}, ['CLN-5000', 'cln_1', 'MOP', 'VISIT']),
        ],
    )
    def test_by(self, shelf: Api, params: dict[str, str], expected: list[str]) -> None:
        assert skus(shelf.get('/products', params=params)) == expected

    @pytest.mark.parametrize(('page', 'rows'), [(1, 3), (2, 1), (3, 0)])
    def test_pages(self, shelf: Api, page: int, rows: int) -> None:
        answer = shelf.get('/products', params={'page': page, 'per_page': 3})
        shown = dict(answer.json)
        assert len(shown.pop('data')) == rows
        assert shown == {'total': 4, 'page': page, 'per_page': 3, 'total_pages': 2}

    def test_a_row_is_as_the_record(self, shelf: Api) -> None:
        for row in shelf.get('/products').json['data']:
            one = shelf.get(f'/products/{row["id"]}').json
            assert row == {name: one[name] for name in row}


class TestBySku:
    @pytest.mark.parametrize(
        ('name', 'query', 'matched_by'),
        [
            ('MOP', '', 'sku'),
            ('mop', '', 'sku'),
            ('Old-1', '', 'alias'),
            ('OLD-1', '', 'alias'),
            ('Straße', '', 'alias'),
            ('straße', '', 'alias'),
            ('ab-12', '', 'barcode'),
            ('AB-12', '', 'barcode'),
            ('his-1', '?customer_code=acme', 'customer_alias'),
            ('old-1', '?customer_code=ACME', 'alias'),
            ('mop', '?customer_code=NOBODY', 'sku'),
        ],
    )
    def test_by_any_name(self, shelf: Api, name: str, query: str, matched_by: str) -> None:
        answer = shelf.get(f'/products/sku/{name}{query}')
        assert answer.status_code == 200, answer.text
        shown = answer.json
        assert (shown['sku'], shown['matched_by'], shown['requested_sku']) == (
            'MOP',
            matched_by,
            name,
        )

    @pytest.mark.parametrize(
        'name', ['MO', 'MOP%', 'HIS-1', 'HIS-1?customer_code=OTHER', '%20', 'x' * 300]
    )
    def test_no_match(self, shelf: Api, name: str) -> None:
        answer = shelf.get(f'/products/sku/{name}')
        assert (answer.status_code, answer.json['code']) == (404, 'erp_not_found')

    def test_accents_in_capitals(self, goods: Api) -> None:
        for name in ('Éponge-1', 'éponge-1', 'ÉPONGE-1'):
            assert goods.get(f'/products/sku/{name}').json['sku'] == 'CLN-5000'
        sold = created(goods, lines=[{'sku': 'éponge-1', 'qty': 2}])
        assert (sold['lines'][0]['sku'], sold['subtotal']) == ('CLN-5000', 50)

    def test_a_line_names_it_by_its_barcode(self, goods: Api) -> None:
        change = {'status': 'active', 'aliases': ['Old-1'], 'barcode': 'ab-12'}
        goods.put('/products/3', change)
        for name in ('ab-12', 'AB-12', 'old-1'):
            assert created(goods, lines=[{'sku': name, 'qty': 1}])['lines'][0]['sku'] == 'MOP'

    def test_what_comes_after_it(self, goods: Api) -> None:
        goods.put('/products/2', {'aliases': ['OLD'], 'superseded_by': 'MOP'})
        shown = goods.get('/products/sku/OLD').json
        assert (shown['status'], shown['superseded_by']) == ('discontinued', 'MOP')

    def test_words_of_other_paths(self, goods: Api) -> None:
        made(goods, '/products', {'sku': 'categories', 'name': 'Categories'})
        assert goods.get('/products/sku/categories').json['sku'] == 'categories'
        assert 'product_count' in goods.get('/products/categories').json['data'][0]


class TestShown:
    def test_stock_of_all_warehouses(self, stocked: Api) -> None:
        none = {'on_hand': 0, 'reserved': 0, 'available': 0, 'incoming': 0}
        assert stocked.get('/products/1').json['stock'] == none | {'on_hand': 7, 'available': 7}
        assert stocked.get('/products/sku/cln-5000').json['stock']['on_hand'] == 7
        assert stocked.get('/products/2').json['stock'] is None
        assert stocked.put('/products/2', {'track_stock': True}).json['stock'] == none

    def test_what_is_reserved_and_under_way(self, stocked: Api) -> None:
        sold = created(stocked, lines=[{'sku': 'CLN-5000', 'qty': 4}])
        made(stocked, '/shipments', {'invoice_id': sold['id'], 'warehouse': 'MTL'})
        body = {'from_warehouse': 'QC', 'to_warehouse': 'MTL'}
        lines = [{'sku': 'CLN-5000', 'qty': 2}]
        moved = stocked.post('/warehouses/transfers', body | {'lines': lines, 'two_step': True})
        assert moved.status_code == 201, moved.text
        stock = stocked.get('/products/1').json['stock']
        assert stock == {'on_hand': 5, 'reserved': 4, 'available': 1, 'incoming': 2}

    def test_a_kit_has_no_stock_of_its_own(self, api: Api) -> None:
        made(api, '/products', {'sku': 'KIT', 'name': 'Kit', 'type': 'kit', 'track_stock': True})
        made(api, '/warehouses', {'code': 'MTL', 'name': 'MTL'})
        assert api.get('/products/1').json['stock'] is None
        lines = [{'sku': 'KIT', 'qty': 1, 'unit_cost': 1}]
        refused(api.post('/warehouses/receipts', {'warehouse': 'MTL', 'lines': lines}))

    def test_sales_of_twelve_months(self, goods: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        stand_still(monkeypatch, '2026-11-20')
        line = {'sku': 'CLN-5000', 'unit_price': 10}
        created(goods, date='2025-11-01', lines=[line | {'qty': 100}])
        sold = created(goods, date='2026-01-01', lines=[line | {'qty': 5}])
        created(goods, date='2026-01-01', lines=[line | {'qty': 50}], status='draft')
        credit = {'invoice_id': sold['id'], 'reason': 'broken', 'lines': [line | {'qty': 2}]}
        made(goods, '/billing/credits', credit)
        sales = goods.get('/products/1').json['sales_12_months']
        assert (sales['qty'], sales['revenue']) == (3, 30)

    def test_all_that_is_known(self, shelf: Api) -> None:
        shown = shelf.get('/products/1').json
        assert (shown['category_path'], shown['reorder_point']) == ("Produits d'entretien", None)
        lists = ('price_tiers', 'suppliers', 'substitutes', 'images')
        assert {name: type(shown[name]) for name in lists} == dict.fromkeys(lists, list)

    @pytest.mark.parametrize(
        ('path', 'code'),
        [('/products/99', 'erp_not_found'), ('/products/x', 'rest_no_route')],
    )
    def test_one_that_there_is_not(self, api: Api, path: str, code: str) -> None:
        answer = api.get(path)
        assert (answer.status_code, answer.json['code']) == (404, code)

    def test_anothers(self, goods: Api, other: Api) -> None:
        for path in ('/products/1', '/products/sku/MOP'):
            assert other.get(path).status_code == 404
        assert other.put('/products/1', {'name': 'B'}).status_code == 404
        assert other.get('/products').json['total'] == 0
        assert other.get('/products/categories').json['total'] == 0


class TestCategories:
    def test_each_with_its_count(self, goods: Api) -> None:
        shown = goods.get('/products/categories').json
        rows = [(row['code'], row['name'], row['product_count']) for row in shown.pop('data')]
        assert rows == [
            ('ACIDS', 'Acids', 2),
            ('PRODUITS-D-ENTRETIEN', "Produits d'entretien", 1),
        ]
        assert shown == {'total': 2, 'page': 1, 'per_page': 25, 'total_pages': 1}
        goods.put('/products/3', {'category': None})
        counts = [row['product_count'] for row in goods.get('/products/categories').json['data']]
        assert counts == [1, 1]

    @pytest.mark.parametrize('name', ['acids', ' ACIDS ', 'Acids!', 'Ácids'])
    def test_one_that_exists(self, goods: Api, name: str) -> None:
        assert goods.put('/products/4', {'category': name}).json['category'] == 'ACIDS'
        assert goods.get('/products/categories').json['total'] == 2

    def test_names_in_other_scripts_are_apart(self, api: Api) -> None:
        for n, name in enumerate(('منظفات', 'أحماض', '清洁剂')):
            made(api, '/products', {'sku': f'A-{n}', 'name': 'A', 'category': name})
        rows = api.get('/products/categories').json['data']
        assert [(row['name'], row['product_count']) for row in rows] != []
        assert {row['name'] for row in rows} == {'منظفات', 'أحماض', '清洁剂'}
        for n, name in enumerate(('منظفات', 'أحماض', '清洁剂')):
            assert listed(api, category=name) == [f'A-{n}']

    @pytest.mark.parametrize(
        ('search', 'expected'),
        [
            ('acid', ['ACIDS']),
            ("D'ENTRETIEN", ['PRODUITS-D-ENTRETIEN']),
            ('produits d', ['PRODUITS-D-ENTRETIEN']),
            ('s-d-e', ['PRODUITS-D-ENTRETIEN']),
            ('%', []),
            ('none', []),
        ],
    )
    def test_search(self, shelf: Api, search: str, expected: list[str]) -> None:
        rows = shelf.get('/products/categories', params={'search': search}).json['data']
        assert [row['code'] for row in rows] == expected

    def test_sorted_by_name_without_accents_and_case(self, api: Api) -> None:
        for name in ('Zinc', 'éponge', 'Eau', 'Étui'):
            made(api, '/products', {'sku': name[-1], 'name': name, 'category': name})
        for path in ('/products', '/products/categories'):
            rows = api.get(f'{path}?orderby=name').json['data']
            assert [row.get('name_en') or row['name'] for row in rows] == [
                'Eau', 'éponge', 'Étui', 'Zinc',
            ]  # fmt: skip

    @pytest.mark.parametrize('query', ['per_page=101', 'page=0', 'orderby=id'])
    def test_what_is_no_filter(self, api: Api, query: str) -> None:
        refused(api.get(f'/products/categories?{query}'))

    def test_order(self, shelf: Api) -> None:
        rows = shelf.get('/products/categories?orderby=name&order=desc').json['data']
        assert [row['code'] for row in rows] == ['PRODUITS-D-ENTRETIEN', 'ACIDS']
