"""Totals and taxes of an invoice, over HTTP (T-1 to T-8, INV-5)."""

import pytest

from tests.invoicing import create, created, refused


class TestTotals:
    def test_a_cent_off_is_the_clients_own(self, shop):
        shown = created(shop, tps='62.51', tvq='124.68', total='1437.19')
        assert (shown['tps'], shown['tvq']) == (62.51, 124.68)

    @pytest.mark.parametrize(
        ('name', 'value', 'expected'),
        [
            ('tps', '62.52', '62.50'),
            ('tvq', '124.67', '124.69'),
            ('tvh', '1.00', '0.00'),
            ('subtotal', '1250.01', '1250.00'),
            ('total', '1437.20', '1437.19'),
            ('tps', '0.00', '62.50'),
        ],
    )
    def test_what_does_not_match_is_named_with_what_was_expected(self, shop, name, value, expected):
        answer = create(shop, **{name: value})
        assert refused(answer, name) == f'{name} does not match: expected {expected}'
        assert shop.get('/invoices').json['total'] == 0

    def test_many_lines_widen_the_tolerance(self, shop):
        lines = [{'description': 'x', 'unit_price': 10}] * 6
        assert created(shop, lines=lines, tps='3.03')['tps'] == 3.03
        refused(create(shop, lines=lines, tps='3.04'), 'tps')

    def test_the_total_must_hold_the_clients_own_cents(self, shop):
        refused(create(shop, tvq='124.70', total='1437.19'), 'total')

    def test_taxes_are_rounded_once_a_document(self, shop):
        shown = created(shop, lines=[{'description': 'x', 'unit_price': '0.35'}] * 7)
        assert (shown['tps'], shown['tvq']) == (0.12, 0.24)

    @pytest.mark.parametrize(
        ('subtotal', 'taxes'),
        [
            ('100.00', (5.0, 9.98, 114.98)),
            ('45.99', (2.3, 4.59, 52.88)),
            ('33.33', (1.67, 3.32, 38.32)),
            ('999.99', (50.0, 99.75, 1149.74)),
            ('0.10', (0.01, 0.01, 0.12)),
        ],
    )
    def test_vectors(self, shop, subtotal, taxes):
        shown = created(shop, lines=[], subtotal=subtotal)
        assert (shown['tps'], shown['tvq'], shown['total']) == taxes

    @pytest.mark.parametrize(
        ('gross', 'expected'),
        [('10.00', (8.69, 0.44, 0.87)), ('114.98', (100.0, 5.0, 9.98))],
    )
    def test_prices_that_include_tax(self, shop, gross, expected):
        lines = [{'description': 'x', 'unit_price': gross}]
        shown = created(shop, lines=lines, prices_include_tax=True)
        assert (shown['subtotal'], shown['tps'], shown['tvq']) == expected
        assert shown['total'] == float(gross)

    def test_discounts_on_prices_that_include_tax_are_before_tax(self, shop):
        lines = [{'description': 'x', 'qty': 2, 'unit_price': 57.49, 'discount_pct': 10}]
        shown = created(shop, lines=lines, prices_include_tax=True)
        assert (shown['subtotal'], shown['discount_total']) == (90.0, 10.0)
        assert shown['total'] == 103.48
        lines = [{'description': 'x', 'qty': 2, 'unit_price': 50, 'discount_pct': 10}]
        assert created(shop, lines=lines)['discount_total'] == 10.0

    def test_our_prices_are_before_tax_so_none_is_taken_where_prices_include_it(self, shop):
        assert shop.post('/products', {'sku': 'NET', 'name': 'x', 'price': 12}).status_code == 201
        lines = [{'sku': 'NET', 'qty': 5}]
        body = {'customer_code': 'ACME01', 'customer_name': 'Acme', 'lines': lines}
        refused = shop.post('/invoices', body | {'prices_include_tax': True})
        assert refused.status_code == 422
        assert refused.json['data']['params'] == ['lines[0].unit_price']
        assert shop.post('/invoices', body).json['total'] == 68.99


class TestPlaceOfSupply:
    @pytest.mark.parametrize(
        ('province', 'date', 'tvh'),
        [('ON', '2026-11-20', 162.5), ('NS', '2026-11-20', 175.0), ('NS', '2025-03-31', 187.5)],
    )
    def test_the_ship_to_decides(self, shop, province, date, tvh):
        there = {'province': province, 'country': 'CA'}
        shown = created(shop, ship_to=there, date=date)
        assert (shown['tps'], shown['tvq'], shown['tvh'], shown['tvp']) == (0, 0, tvh, 0)

    def test_the_customers_own_province(self, shop):
        shop.post('/customers', {'code': 'ON1', 'name': 'x', 'province': 'ON', 'country': 'CA'})
        assert created(shop, customer_code='ON1')['tvh'] == 162.5

    def test_bc_after_registering_there(self, shop):
        there = {'ship_to': {'province': 'BC', 'country': 'CA'}}
        assert created(shop, **there)['tvp'] == 0
        shop.post('/settings/tax-registrations', {'regime': 'pst_bc', 'number': 'PST-1234'})
        shown = created(shop, **there)
        assert (shown['tps'], shown['tvp'], shown['total']) == (62.5, 87.5, 1400)

    def test_an_export_has_no_tax_and_takes_explicit_zeros(self, shop):
        there = {'ship_to': {'country': 'US', 'province': 'NY'}}
        assert created(shop, **there)['taxes'] == []
        assert created(shop, **there, tps=0, tvq=0, total=1250)['total'] == 1250
        refused(create(shop, **there, tps='62.50'), 'tps')

    @pytest.mark.parametrize(
        ('exempt', 'tps', 'tvq'), [('gst', 0, 124.69), ('pst', 62.5, 0), ('all', 0, 0)]
    )
    def test_an_exempt_customer(self, shop, exempt, tps, tvq):
        shop.post('/customers', {'code': 'X', 'name': 'x', 'tax_exempt': exempt})
        shown = created(shop, customer_code='X')
        assert (shown['tps'], shown['tvq']) == (tps, tvq)
