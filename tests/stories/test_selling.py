"""Customers, products and the taxes of an invoice, as a clerk meets them."""

import pytest

LINES = [{'description': 'x', 'qty': 1, 'unit_price': '1250.00'}]


def invoice(api, **values):
    body = {'customer_code': 'A', 'customer_name': 'A', 'lines': LINES} | values
    return api.post('/invoices', body)


class TestTaxes:
    @pytest.mark.parametrize(
        ('province', 'family', 'amount'),
        [('ON', 'tvh', 162.5), ('NS', 'tvh', 175.0), ('NB', 'tvh', 187.5), ('AB', 'tps', 62.5)],
    )
    def test_where_the_goods_go(self, api, province, family, amount):
        shown = invoice(api, ship_to={'province': province, 'country': 'CA'}).json
        assert shown[family] == amount
        assert shown['total'] == 1250 + amount
        assert {'tps', 'tvq', 'tvh', 'tvp'} <= shown.keys()

    def test_bc_needs_its_own_registration(self, api):
        there = {'ship_to': {'province': 'BC', 'country': 'CA'}}
        assert invoice(api, **there).json['tvp'] == 0
        api.post('/settings/tax-registrations', {'regime': 'pst_bc', 'number': 'PST-1'})
        assert invoice(api, **there).json['tvp'] == 87.5

    def test_a_small_supplier_charges_none(self, api):
        for row in api.get('/settings/tax-registrations').json['data']:
            api.put(f'/settings/tax-registrations/{row["id"]}', {'is_active': False})
        assert invoice(api).json['taxes'] == []

    def test_an_exempt_customer(self, api):
        api.post('/customers', {'code': 'BAND', 'name': 'Band council', 'tax_exempt': 'all'})
        assert invoice(api, customer_code='BAND').json['total'] == 1250
        zeros = {'tps': 0, 'tvq': 0, 'total': 1250}
        assert invoice(api, customer_code='BAND', **zeros).status_code == 201

    def test_a_clients_cent_is_kept_two_are_refused(self, api):
        assert invoice(api, tvq='124.70', total='1437.20').json['total'] == 1437.2
        refused = invoice(api, tvq='124.72')
        assert refused.json['error'] == 'tvq does not match: expected 124.69'
        assert refused.json['data']['params'] == {'tvq': 'does not match: expected 124.69'}

    def test_prices_that_include_tax(self, api):
        lines = [{'description': 'x', 'unit_price': 10}]
        shown = invoice(api, lines=lines, prices_include_tax=True).json
        assert (shown['subtotal'], shown['tps'], shown['tvq']) == (8.69, 0.44, 0.87)
        assert shown['total'] == 10

    def test_a_missing_registration_number_is_said(self, api):
        assert 'missing_tax_registration_number' in invoice(api).json['warnings']
        for row in api.get('/settings/tax-registrations').json['data']:
            api.put(f'/settings/tax-registrations/{row["id"]}', {'number': '123456789RT0001'})
        assert 'warnings' not in invoice(api).json


class TestLines:
    def test_a_thousand_and_one(self, api):
        many = [{'description': 'x', 'unit_price': 1}] * 1001
        assert invoice(api, lines=many).status_code == 422
        assert invoice(api, lines=many[:1000]).json['subtotal'] == 1000

    def test_a_discount_and_a_line_total_that_is_off(self, api):
        line = {'description': 'x', 'qty': 3, 'unit_price': '9.99', 'discount_pct': 10}
        shown = invoice(api, lines=[line]).json
        assert (shown['subtotal'], shown['discount_total']) == (26.97, 3.0)
        refused = invoice(api, lines=[line | {'line_total': 27}])
        assert refused.json['data']['params'] == {
            'lines[0].line_total': 'does not match: expected 26.97'
        }

    def test_a_product_gives_name_price_and_account(self, api):
        api.post('/products', {'sku': 'WASH', 'name': 'Washing', 'price': 40, 'type': 'service'})
        shown = invoice(api, lines=[{'sku': 'wash', 'qty': 2}]).json
        assert (shown['subtotal'], shown['lines'][0]['sku']) == (80, 'WASH')
        rows = api.get('/ledger/trial-balance').json['data']
        assert {row['code']: row['credit'] for row in rows}['4010'] == 80

    def test_unknown_and_archived(self, api):
        assert (
            invoice(api, lines=[{'sku': 'NO', 'unit_price': 1}]).json['error'] == 'unknown sku NO'
        )
        api.post('/products', {'sku': 'OLD', 'name': 'Old', 'price': 1})
        api.put('/products/1', {'status': 'archived'})
        assert invoice(api, lines=[{'sku': 'OLD'}]).status_code == 422


class TestNumbers:
    def test_a_clients_number_moves_the_series(self, api):
        assert invoice(api, invoice_no='inv-2026-0010').status_code == 201
        assert invoice(api, date='2026-11-01').json['invoice_no'] == 'INV-2026-0011'
        taken = invoice(api, invoice_no='INV-2026-0010')
        assert (taken.status_code, taken.json['code']) == (422, 'erp_duplicate')
        audit = api.get('/invoices/number-audit?year=2026').json
        assert audit['skipped_by_client'] == list(range(1, 10))
        assert audit['unexplained'] == []

    def test_a_removed_draft_leaves_its_number_explained(self, api):
        invoice(api, status='draft', invoice_no='INV-2026-0001')
        api.delete('/invoices/1')
        assert invoice(api, date='2026-11-01').json['invoice_no'] == 'INV-2026-0002'
        assert api.get('/invoices/number-audit?year=2026').json['unexplained'] == []


class TestCustomers:
    def test_made_found_changed_archived(self, api):
        made = api.post('/customers', {'name': 'Café Côté', 'email': 'a@cote.example'}).json
        assert (made['code'], made['status']) == ('C00001', 'active')
        assert api.get('/customers?search=cafe cote').json['total'] == 1
        found = api.post('/customers/search', {'name': 'COTE', 'email': 'A@COTE.example'})
        assert found.json['total'] == 1
        assert api.post('/customers/search', {}).status_code == 422
        again = api.post('/customers', {'name': 'x', 'email': 'a@cote.example'}).json
        assert again['warnings'] == ['duplicate_email']
        stale = api.put('/customers/1', {'name': 'y'}, headers={'If-Match': '"7"'})
        assert (stale.status_code, stale.json['code']) == (412, 'erp_precondition_failed')
        invoice(api, customer_code='C00001')
        assert api.get('/customers/1').json['balance'] == 1437.19
        assert api.delete('/customers/1').status_code == 422
        assert api.put('/customers/1', {'code': 'NEW'}).status_code == 422
        assert api.delete('/customers/2').status_code == 200
        assert api.get('/customers/2').status_code == 404

    def test_a_credit_limit_warns(self, api):
        api.post('/customers', {'code': 'A', 'name': 'A', 'credit_limit': 1000})
        assert 'credit_limit_exceeded' in invoice(api).json['warnings']
        api.put('/settings', {'enforce_credit_on_invoice': True})
        refused = invoice(api)
        assert (refused.status_code, refused.json['code']) == (422, 'erp_credit_limit')

    def test_terms_make_the_due_date(self, api):
        api.post('/customers', {'code': 'A', 'name': 'A', 'payment_terms_days': 45})
        assert invoice(api, date='2026-11-01').json['due_date'] == '2026-12-16'
        assert invoice(api, date='2026-11-01', due_date='2026-10-31').status_code == 422
        eom = invoice(api, date='2026-11-05', payment_terms='EOM').json
        assert eom['due_date'] == '2026-11-30'

    def test_unknown_code_without_a_name(self, api):
        refused = api.post('/invoices', {'customer_code': 'NOBODY', 'subtotal': 1})
        assert refused.json['error'] == 'customer_code not found'


class TestProducts:
    def test_every_name_leads_to_it(self, api):
        api.post('/customers', {'code': 'ACME', 'name': 'Acme'})
        body = {
            'sku': 'CLN-5000',
            'name': 'Cleaner',
            'barcode': '4006381333931',
            'aliases': ['OLD-1', {'alias': 'ACME-9', 'customer_code': 'ACME'}],
        }
        assert api.post('/products', body).status_code == 201
        for name, by in (('cln-5000', 'sku'), ('old-1', 'alias'), ('4006381333931', 'barcode')):
            found = api.get(f'/products/sku/{name}').json
            assert (found['sku'], found['matched_by']) == ('CLN-5000', by)
        assert api.get('/products/sku/ACME-9').status_code == 404
        mine = api.get('/products/sku/ACME-9?customer_code=ACME').json
        assert mine['matched_by'] == 'customer_alias'
        assert api.post('/products', {'sku': 'old-1', 'name': 'x'}).status_code == 422

    def test_renamed_only_while_unused(self, api):
        api.post('/products', {'sku': 'A', 'name': 'A', 'price': 1, 'category': 'Tools'})
        assert api.put('/products/1', {'sku': 'B'}).json['sku'] == 'B'
        invoice(api, lines=[{'sku': 'B'}])
        assert api.put('/products/1', {'sku': 'C'}).status_code == 422
        assert api.get('/products/categories').json['data'][0]['product_count'] == 1


class TestEvents:
    def test_each_change_once_in_order(self, api):
        invoice(api, invoice_no='X-1')
        api.post('/billing/payments', {'invoice_no': 'X-1', 'amount': 1437.19})
        feed = api.get('/events?after=0&limit=1000').json
        types = [event['type'] for event in feed['data']]
        assert types[-5:] == [
            'customer.created',
            'invoice.created',
            'invoice.posted',
            'payment.received',
            'invoice.paid',
        ]
        assert [e['sequence'] for e in feed['data']] == list(range(1, len(types) + 1))
        paid = feed['data'][-1]
        assert list(paid) == [
            'type',
            'timestamp',
            'data',
            'id',
            'api_version',
            'tenant_id',
            'sequence',
        ]
        assert paid['data']['previous_attributes'] == {'balance': 1437.19}
        received = feed['data'][-2]['data']['object']
        assert received['payment_no'] == 'PAY-2026-0001'
        rest = api.get(f'/events?after={feed["next_after"]}').json
        assert (rest['data'], rest['has_more']) == ([], False)
        assert api.get('/events?type=invoice.*').json['data'][0]['type'] == 'invoice.created'


class TestAging:
    def test_history_is_reproduced(self, api):
        invoice(api, date='2026-01-05', due_date='2026-01-31')
        api.post('/billing/payments', {'invoice_id': 1, 'amount': 437.19, 'date': '2026-03-15'})
        before = api.get('/billing/aging?as_of=2026-03-14').json['summary']
        after = api.get('/billing/aging?as_of=2026-03-15').json['summary']
        assert (before['days_60'], after['days_60']) == (1437.19, 1000.0)
        late = api.get('/billing/aging?as_of=2026-06-01').json['data'][0]
        assert (late['days_90_plus'], late['total'], late['current']) == (1000.0, 1000.0, 0.0)
        early = api.get('/billing/aging?as_of=2026-01-31').json['data'][0]
        assert early['current'] == 1437.19

    def test_unapplied_money_is_apart_unless_netted(self, api):
        invoice(api)
        api.post('/billing/payments', {'customer_code': 'A', 'amount': 100})
        row = api.get('/billing/aging').json['data'][0]
        assert (row['total'], row['unapplied_credits'], row['net']) == (1437.19, 100.0, 1337.19)
        netted = api.get('/billing/aging?net_credits=true').json['data'][0]
        assert (netted['total'], netted['unapplied_credits']) == (1337.19, 0.0)
