"""/warehouses over HTTP."""

import importlib

import pytest

from karvo.kit.db import database
from karvo.kit.work import atomic
from karvo.warehouses.reads import wrong_stock
from tests.conftest import Api, wide_key


@pytest.fixture
def books(api: Api) -> Api:
    for sku in ('A-1', 'B-1'):
        new = {'sku': sku, 'name_en': sku, 'cost': 4, 'reorder_point': 5}
        assert api.post('/products', new).status_code == 201
    for code in ('mtl', 'QC'):
        assert api.post('/warehouses', {'code': code, 'name': code}).status_code == 201
    lines = [{'sku': 'A-1', 'qty': 10, 'unit_cost': 20}, {'sku': 'B-1', 'qty': 3}]
    made = api.post('/warehouses/receipts', {'warehouse': 'MTL', 'lines': lines})
    assert made.status_code == 201, made.text
    return api


class TestWarehouses:
    def test_the_first_one_is_the_default(self, books: Api) -> None:
        rows = books.get('/warehouses').json['data']
        assert [(r['code'], r['is_default']) for r in rows] == [('MTL', True), ('QC', False)]
        assert rows[0]['locations'][0]['code'] == 'STOCK'
        assert rows[0]['product_count'] == 2

    def test_a_code_twice_is_refused(self, books: Api) -> None:
        assert books.post('/warehouses', {'code': 'Mtl', 'name': 'x'}).status_code == 422

    def test_the_default_moves(self, books: Api) -> None:
        assert books.put('/warehouses/2', {'is_default': True}).json['is_default']
        assert not books.get('/warehouses/1').json['is_default']

    def test_one_with_stock_stays_active(self, books: Api) -> None:
        books.put('/warehouses/2', {'is_default': True})
        assert books.put('/warehouses/1', {'is_active': False}).status_code == 422

    def test_goods_can_lie_at_a_location(self, books: Api) -> None:
        assert books.post('/warehouses/1/locations', {'code': 'a-01'}).status_code == 201
        lines = [{'sku': 'A-1', 'qty': 1, 'location': 'A-01'}]
        made = books.post('/warehouses/receipts', {'warehouse': 'MTL', 'lines': lines})
        assert made.json['lines'][0]['location'] == 'A-01'


class TestStock:
    def test_overview(self, books: Api) -> None:
        rows = books.get('/warehouses/stock').json['data']
        shown = [(r['sku'], r['warehouse'], r['on_hand'], r['below_reorder']) for r in rows]
        assert shown == [('A-1', 'MTL', 10, False), ('B-1', 'MTL', 3, True)]
        assert (rows[0]['unit_cost'], rows[0]['value']) == (20, 200)
        low = books.get('/warehouses/stock', params={'low_stock': 'true'}).json
        assert [r['sku'] for r in low['data']] == ['B-1']

    def test_cost_needs_its_scope(self, books: Api) -> None:
        key = wide_key(books.tenant, scopes=['read-only'])
        row = books.get('/warehouses/stock', headers={'X-SE-ERP-Key': key}).json['data'][0]
        assert 'unit_cost' not in row and 'value' not in row

    def test_of_one_sku(self, books: Api) -> None:
        shown = books.get('/warehouses/stock/a-1').json
        assert shown['total']['on_hand'] == 10
        assert shown['warehouses'][0]['warehouse'] == 'MTL'
        assert books.get('/warehouses/stock/NOPE').status_code == 404

    def test_as_of_an_earlier_day_is_rebuilt_from_moves(self, books: Api) -> None:
        today = books.get('/warehouses/stock', params={'as_of': '2090-01-01'}).json
        assert [(r['sku'], r['on_hand'], r['value']) for r in today['data']] == [
            ('A-1', 10, 200),
            ('B-1', 3, 12),
        ]
        assert books.get('/warehouses/stock', params={'as_of': '2001-01-01'}).json['total'] == 0


class TestTransfers:
    def test_at_once(self, books: Api) -> None:
        body = {'from_warehouse': 'MTL', 'to_warehouse': 'QC', 'lines': [{'sku': 'A-1', 'qty': 4}]}
        made = books.post('/warehouses/transfers', body)
        assert (made.status_code, made.json['status']) == (201, 'received')
        assert made.json['number'].startswith('TR-')
        stock = books.get('/warehouses/stock/A-1').json
        assert [w['on_hand'] for w in stock['warehouses']] == [6, 4]

    def test_two_steps(self, books: Api) -> None:
        lines = [{'sku': 'A-1', 'qty': 4}]
        body = {'from_warehouse': 'MTL', 'to_warehouse': 'QC', 'lines': lines, 'two_step': True}
        made = books.post('/warehouses/transfers', body).json
        assert made['status'] == 'in_transit'
        assert books.get('/warehouses/stock/A-1').json['total']['on_hand'] == 6
        done = books.post(f'/warehouses/transfers/{made["id"]}/receive')
        assert (done.status_code, done.json['status']) == (200, 'received')
        assert books.post(f'/warehouses/transfers/{made["id"]}/receive').status_code == 422
        assert books.get('/warehouses/valuation').json['difference'] == 0
        with books.company():
            assert list(wrong_stock()) == []

    def test_short_names_each_sku(self, books: Api) -> None:
        lines = [{'sku': 'A-1', 'qty': 40}, {'sku': 'B-1', 'qty': 4}]
        body = {'from_warehouse': 'MTL', 'to_warehouse': 'QC', 'lines': lines}
        refused = books.post('/warehouses/transfers', body)
        assert refused.status_code == 422
        assert 'A-1' in refused.json['error'] and 'B-1' in refused.json['error']


class TestAdjustments:
    def test_counted(self, books: Api) -> None:
        lines = [{'sku': 'A-1', 'counted': 7}]
        made = books.post('/warehouses/adjustments', {'warehouse': 'MTL', 'lines': lines}).json
        assert (made['kind'], made['value']) == ('adjustment', -60)
        moves = books.get('/warehouses/moves', params={'sku': 'A-1'}).json['data']
        assert [m['qty'] for m in moves] == [-3, 10]
        assert books.difference() == 0

    def test_events(self, books: Api) -> None:
        lines = [{'sku': 'A-1', 'counted': 2}]
        books.post('/warehouses/adjustments', {'warehouse': 'MTL', 'lines': lines})
        types = [e['type'] for e in books.get('/events').json['data']]
        assert types[-2:] == ['stock.adjusted', 'product.low_stock']


MIGRATION = importlib.import_module('karvo.warehouses.migrations.0003_numbers_in_memos')
SAID = """
SELECT (SELECT array_agg(memo ORDER BY id) FROM @journal_entry WHERE journal = 'stock'),
  (SELECT array_agg(DISTINCT note) FROM @stock_move WHERE source_type = 'transfer')"""


class TestNumbersInTexts:
    """What the books say of a document is its number, taken by the very statement that says it."""

    @pytest.fixture
    def moved(self, books: Api) -> Api:
        body = {'from_warehouse': 'MTL', 'to_warehouse': 'QC', 'two_step': True}
        lines = [{'sku': 'A-1', 'qty': 2}]
        made = books.post('/warehouses/transfers', body | {'lines': lines})
        assert made.status_code == 201, made.text
        return books

    def test_entries_and_moves(self, moved: Api) -> None:
        with moved.company():
            [(received,)] = database.run('SELECT number FROM @stock_document').fetchall()
            [(left,)] = database.run('SELECT number FROM @transfer').fetchall()
            [(memos, notes)] = database.run(SAID).fetchall()
        assert (received[:4], left[:3]) == ('REC-', 'TR-')
        assert memos == [received, left]
        assert notes == [left]

    def test_where_a_sign_was_left_the_migration_says_them(self, moved: Api) -> None:
        with moved.company():
            before = database.run(SAID).fetchall()
            database.run("UPDATE @journal_entry SET memo = '⟦0⟧'")
            database.run("UPDATE @stock_move SET note = '⟦0⟧' WHERE source_type = 'transfer'")
            with atomic():
                database.execute_sql(MIGRATION.SQL)
            assert database.run(SAID).fetchall() == before
