"""/invoices over HTTP: creating, reading, lists, search (INV-1 to INV-6, INV-10 to INV-12)."""

import pytest

from tests.conftest import INVOICE, Api, wide_key
from tests.invoicing import LINE, create, created, refused


class TestCreate:
    def test_the_texts_own_sample(self, shop):
        answer = shop.post('/invoices', INVOICE)
        assert answer.status_code == 201
        shown = answer.json
        assert (shown['tps'], shown['tvq'], shown['total']) == (62.5, 124.69, 1437.19)
        assert (shown['status'], shown['balance'], shown['tax_source']) == (
            'unpaid',
            1437.19,
            'client',
        )
        assert shop.get('/invoices?customer_code=ACME01').json['total'] == 1
        rows = {r['code']: r['balance'] for r in shop.get('/ledger/trial-balance').json['data']}
        assert rows == {'1100': 1437.19, '2100': -62.5, '2110': -124.69, '4000': -1250}

    def test_missing_customer(self, shop):
        answer = shop.post('/invoices', {'subtotal': 10})
        assert refused(answer, 'customer_code') == 'customer_code is required'
        assert answer.json['code'] == 'rest_missing_callback_param'

    def test_an_unknown_code_needs_a_name(self, shop):
        answer = shop.post('/invoices', {'customer_code': 'NOBODY', 'subtotal': 10})
        assert refused(answer, 'customer_code') == 'customer_code not found'
        assert refused(shop.post('/invoices', {'customer_id': 77, 'subtotal': 10}), 'customer_id')

    def test_customers_are_made_only_while_the_setting_says_so(self, shop):
        assert created(shop, customer_code='NEW', customer_name='New')['customer_code'] == 'NEW'
        assert shop.get('/customers?search=new').json['data'][0]['auto_created'] is True
        shop.put('/settings', {'auto_create_customers': False})
        refused(create(shop, customer_code='OTHER', customer_name='Other'), 'customer_code')

    def test_a_known_code_keeps_its_own_name(self, shop):
        shop.post('/customers', {'code': 'A', 'name': 'Known'})
        assert created(shop, customer_code='a', customer_name='Else')['customer_name'] == 'Known'

    def test_neither_lines_nor_subtotal(self, shop):
        answer = shop.post('/invoices', {'customer_code': 'A', 'customer_name': 'A'})
        assert refused(answer, 'subtotal') == 'subtotal is required'

    def test_a_lump_sum_has_no_lines(self, shop):
        shown = created(shop, lines=[], subtotal=1250)
        assert (shown['lines'], shown['total']) == ([], 1437.19)

    def test_a_total_of_zero_is_legal_and_posts_no_entry(self, shop):
        shown = created(shop, lines=[LINE | {'unit_price': 0}])
        assert (shown['total'], shown['status']) == (0, 'paid')
        assert shop.get('/ledger/trial-balance').json['data'] == []

    def test_due_before_the_date(self, shop):
        refused(create(shop, date='2026-11-10', due_date='2026-11-09'), 'due_date')

    @pytest.mark.parametrize('date', ['1989-12-31', '2036-11-21'])
    def test_dates_beyond_reason(self, shop, date):
        refused(create(shop, date=date), 'date')

    def test_a_read_key_may_not(self, shop, app):
        reader = Api(app, shop.tenant, wide_key(shop.tenant, scopes=['read-only']))
        assert create(reader).status_code == 403
        assert reader.get('/invoices').status_code == 200

    def test_a_thousand_lines_and_one_more(self, shop):
        line = {'description': 'x', 'unit_price': 1}
        refused(create(shop, lines=[line] * 1001), 'lines')
        assert created(shop, lines=[line] * 1000)['subtotal'] == 1000
        assert shop.get('/invoices').json['total'] == 1


class TestStatusOnCreate:
    def test_draft(self, shop):
        shown = created(shop, status='draft')
        assert (shown['status'], shown['invoice_no'], shown['posted_at']) == ('draft', None, None)
        assert shop.get('/ledger/trial-balance').json['data'] == []
        assert shop.get('/customers/1').json['balance'] == 0

    def test_sent(self, shop):
        shown = created(shop, status='sent')
        assert shown['status'] == 'unpaid'
        assert shown['sent_at'] == shown['posted_at'] is not None

    def test_void(self, shop):
        shown = created(shop, status='void')
        assert (shown['status'], shown['balance']) == ('void', 0)
        assert shown['invoice_no'] == 'INV-2026-0001'
        assert shop.get('/invoices/number-audit').json['voided'] == [1]

    def test_anything_else(self, shop):
        refused(create(shop, status='paid'), 'status')


class TestLines:
    def test_a_discount(self, shop):
        line = {'description': 'x', 'qty': 3, 'unit_price': '9.99', 'discount_pct': 10}
        shown = created(shop, lines=[line])
        assert (shown['subtotal'], shown['discount_total']) == (26.97, 3.0)

    def test_a_line_total_that_is_off(self, shop):
        good = LINE | {'line_total': '1250.01'}
        assert created(shop, lines=[good])['subtotal'] == 1250.01
        bad = create(shop, lines=[LINE, LINE | {'line_total': '1250.02'}])
        assert refused(bad, 'lines[1].line_total').endswith('expected 1250.00')

    @pytest.mark.parametrize(
        ('field', 'value'),
        [('qty', 0), ('qty', -1), ('unit_price', -1), ('discount_pct', 101), ('qty', 0.00001)],
    )
    def test_numbers_beyond_their_bounds(self, shop, field, value):
        refused(create(shop, lines=[LINE | {field: value}]), f'lines[0].{field}')

    @pytest.mark.parametrize(
        ('member', 'status'),
        [
            ('"subtotal":1e999999999', 422),
            ('"subtotal":1e99999999999999999999', 422),
            ('"subtotal":10,"metadata":{"a":1e999999999}', 422),
            ('"subtotal":10,"tps":0e-100000,"total":"0e999999999"', 422),
            ('"subtotal":0e-100000', 201),
            ('"subtotal":10,"tps":0.50' + '0' * 20_000, 201),
        ],
    )
    def test_exponents(self, shop, member, status):
        body = f'{{"customer_code":"ACME01","customer_name":"x",{member}}}'
        answer = shop.raw('POST', '/invoices', body.encode())
        assert answer.status_code == status, answer.text
        assert status == 201 or 'out of range' not in answer.text or 'metadata' in member

    def test_an_unknown_sku(self, shop):
        answer = create(shop, lines=[{'sku': 'NO', 'unit_price': 1}])
        assert refused(answer, 'lines[0].sku') == 'unknown sku NO'
        shown = created(shop, lines=[{'sku': 'NO', 'description': 'kept', 'unit_price': 1}])
        assert (shown['lines'][0]['sku'], shown['lines'][0]['product_id']) == ('NO', None)
        assert shop.get('/products').json['total'] == 0

    def test_a_product_by_its_alias_gives_name_and_price(self, shop):
        product = {'sku': 'MOP', 'name': 'Mop', 'price': '9.99', 'aliases': ['OLD-MOP']}
        shop.post('/products', product)
        line = created(shop, lines=[{'sku': 'old-mop', 'qty': 2}])['lines'][0]
        assert (line['sku'], line['description'], line['line_total']) == ('MOP', 'Mop', 19.98)

    def test_neither_product_nor_description(self, shop):
        refused(create(shop, lines=[{'unit_price': 1}]), 'lines[0].description')

    def test_their_own_page(self, shop):
        created(shop, lines=[LINE, LINE | {'description': 'second'}])
        page = shop.get('/invoices/1/lines?per_page=1&page=2').json
        assert (page['total'], page['total_pages'], page['data'][0]['line_no']) == (2, 2, 2)
        assert page['data'][0]['description'] == 'second'
        assert shop.get('/invoices/77/lines').status_code == 404


class TestNumbers:
    def test_a_duplicate_whatever_its_case(self, shop):
        created(shop, invoice_no='Inv-A')
        answer = create(shop, invoice_no='INV-a')
        refused(answer)
        assert answer.json['code'] == 'erp_duplicate'

    def test_a_clients_number_moves_the_series(self, shop):
        assert created(shop)['invoice_no'] == 'INV-2026-0001'
        created(shop, invoice_no='INV-2026-0005')
        assert created(shop)['invoice_no'] == 'INV-2026-0006'
        created(shop, invoice_no='INV-2026-0003')
        audit = shop.get('/invoices/number-audit?series=inv&year=2026').json
        assert audit == {
            'series': 'INV',
            'year': 2026,
            'next_value': 7,
            'issued': 4,
            'voided': [],
            'skipped_by_client': [2, 4],
            'unexplained': [],
        }

    def test_each_year_has_its_own(self, shop):
        assert created(shop, date='2025-12-31')['invoice_no'] == 'INV-2025-0001'
        assert created(shop)['invoice_no'] == 'INV-2026-0001'

    def test_a_draft_keeps_the_number_it_was_given(self, shop):
        created(shop, status='draft', invoice_no='INV-2026-0002')
        assert created(shop)['invoice_no'] == 'INV-2026-0003'
        assert shop.post('/invoices/1/post').json['invoice_no'] == 'INV-2026-0002'

    def test_the_audit_of_an_unknown_series(self, shop):
        refused(shop.get('/invoices/number-audit?series=ZZ'), 'series')


class TestRead:
    def test_whole(self, shop):
        created(shop)
        answer = shop.get('/invoices/1')
        assert answer.headers['etag'] == '"1"'
        sections = ('payments', 'credits', 'shipments', 'backorders', 'claims')
        assert [answer.json[name] for name in sections] == [[], [], [], [], []]
        assert answer.json['shipment'] is None

    def test_unknown_another_companys_or_no_number(self, shop, other):
        created(shop)
        assert shop.get('/invoices/77').json['code'] == 'erp_not_found'
        assert other.get('/invoices/1').status_code == 404
        assert shop.get('/invoices/abc').json['code'] == 'rest_no_route'

    def test_overdue_is_derived(self, shop):
        created(shop, date='2026-10-01', due_date='2026-11-19')
        created(shop, date='2026-10-01', due_date='2026-11-20')
        assert [shop.get(f'/invoices/{n}').json['status'] for n in (1, 2)] == ['overdue', 'unpaid']


class TestList:
    @pytest.fixture
    def books(self, shop):
        """1 unpaid, 2 overdue, 3 partial, 4 paid, 5 void, 6 draft."""
        created(shop, date='2026-11-01', po_reference='PO-9')
        created(shop, date='2026-01-05', due_date='2026-02-04', customer_code='B')
        created(shop, date='2026-11-03', lines=[{'sku': 'S', 'description': 'x', 'unit_price': 1}])
        created(shop, date='2026-11-04', lines=[], subtotal=100)
        created(shop, date='2026-11-05', status='void')
        created(shop, date='2026-11-06', status='draft')
        shop.put('/invoices/3', {'balance': 1})
        shop.put('/invoices/4', {'status': 'paid'})
        return shop

    @pytest.mark.parametrize(
        ('query', 'ids'),
        [
            ('', [6, 5, 4, 3, 1, 2]),
            ('status=unpaid', [1]),
            ('status=overdue,paid', [4, 2]),
            ('status=partial', [3]),
            ('status=void', [5]),
            ('status=draft', [6]),
            ('customer_code=b', [2]),
            ('date_from=2026-11-03&date_to=2026-11-04', [4, 3]),
            ('due_to=2026-02-04', [2]),
            ('due_from=2026-12-06', [6]),
            ('min_total=114.98&max_total=114.98', [4]),
            ('sku=s', [3]),
            ('po_reference=PO-9', [1]),
            ('orderby=total&order=asc&per_page=2', [3, 4]),
            ('orderby=invoice_no&order=desc&per_page=2', [6, 5]),
            ('orderby=customer_code&order=desc&per_page=1', [2]),
            ('shipped=true', []),
            ('page=99', []),
            ('updated_since=2100-01-01T00:00:00Z', []),
        ],
    )
    def test_filters_and_order(self, books, query, ids):
        answer = books.get(f'/invoices?{query}')
        assert [row['id'] for row in answer.json['data']] == ids

    @pytest.mark.parametrize(
        'query', ['status=gone', 'orderby=colour', 'order=up', 'include=cats', 'per_page=101']
    )
    def test_unknown_values(self, shop, query):
        refused(shop.get(f'/invoices?{query}'), query.split('=')[0])

    def test_included(self, shop):
        created(shop)
        shop.post('/billing/payments', {'invoice_id': 1, 'amount': 100})
        credit = {'invoice_id': 1, 'amount': 100, 'reason': 'broken'}
        shop.post('/billing/credits', credit)
        assert 'lines' not in shop.get('/invoices').json['data'][0]
        rows = shop.get('/invoices?include=lines,payments,credits&orderby=total').json['data']
        assert [row['total'] for row in rows] == [-114.98, 1437.19]
        assert len(rows[1]['lines']) == 1
        assert [p['amount'] for p in rows[1]['payments']] == [100]
        assert [c['amount'] for c in rows[1]['credits']] == [114.98]

    def test_of_one_customer(self, books):
        assert books.get('/customers/2/invoices').json['total'] == 1
        assert books.get('/customers/1/invoices?status=unpaid').json['total'] == 1
        assert books.get('/customers/77/invoices').status_code == 404

    def test_deleted_ones_only_for_who_may_write_settings(self, shop, app):
        created(shop)
        shop.delete('/invoices/1')
        assert shop.get('/invoices').json['total'] == 0
        assert shop.get('/invoices?include_deleted=true').json['total'] == 1
        reader = Api(app, shop.tenant, wide_key(shop.tenant, scopes=['read-only']))
        assert reader.get('/invoices?include_deleted=true').status_code == 403


class TestSearch:
    @pytest.fixture
    def books(self, shop):
        created(shop, customer_code='COTE', customer_name='Café Côté', invoice_no='X-1')
        created(shop, invoice_no='X-10', date='2026-11-19')
        created(shop, invoice_no='X-11', po_reference='Réf-77')
        return shop

    @pytest.mark.parametrize(
        ('q', 'ids'),
        [
            ('x-1', [1, 3, 2]),
            ('X-10', [2]),
            ('cafe cote', [1]),
            ('CÔTÉ', [1]),
            ('ref-77', [3]),
            ('co', [1]),
            ('af', []),
            ('zebra', []),
            ('%%%', []),
        ],
    )
    def test_exact_number_first_then_newest(self, books, q, ids):
        answer = books.get('/invoices/search', params={'q': q})
        assert answer.status_code == 200
        assert [row['id'] for row in answer.json['data']] == ids
        assert answer.json['total'] == len(ids)

    @pytest.mark.parametrize('params', [{'q': 'x'}, {'q': '  x  '}, {}])
    def test_too_short(self, shop, params):
        refused(shop.get('/invoices/search', params=params), 'q')
