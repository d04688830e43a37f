"""Quotes become invoices: once, at the prices that were offered."""

import datetime as dt
from decimal import Decimal

import pytest

from karvo.kit.errors import Conflict, Invalid
from plugins.sales.schemas import NewQuoteLine
from tests.plugins.sales.desk import LINE, OTHER, Desk
from tests.stories.test_at_once import together


class TestConvert:
    def test_makes_a_posted_invoice_of_it(self, desk: Desk) -> None:
        free = NewQuoteLine(description='Gift', unit_price=Decimal(5), tax_code='exempt')
        lines = [LINE, OTHER, free]
        quote = desk.quote('accepted', lines=lines, reference='PO 7', notes='Soon', language='en')
        made = desk.convert(quote.id)
        shown = desk.read(quote.id)
        invoice = desk.api.get(f'/invoices/{made.invoice_id}').json
        assert (shown.status, shown.invoice_id) == ('converted', made.invoice_id)
        assert shown.invoice_number == invoice['invoice_no']
        assert (invoice['status'], invoice['customer_code']) == ('unpaid', 'ACME01')
        assert Decimal(str(invoice['total'])) == quote.total
        assert [line['line_total'] for line in invoice['lines']] == [1250, 40, 5]
        assert (invoice['po_reference'], invoice['notes']) == ('PO 7', 'Soon')
        assert invoice['date'] == '2026-11-20'

    def test_a_tax_of_its_own_is_owed_and_stays_through_a_revision(self, desk: Desk) -> None:
        line = NewQuoteLine(description='x', unit_price=Decimal(100), tax_rate=Decimal('0.07'))
        quote = desk.quote('accepted', lines=[line, LINE])
        path = f'/invoices/{desk.convert(quote.id, status="draft").invoice_id}'
        assert desk.api.put(path, {'date': '2026-11-19'}).status_code == 200
        assert desk.api.post(f'{path}/post').status_code == 200
        invoice = desk.api.get(path).json
        assert Decimal(str(invoice['total'])) == quote.total
        own = invoice['taxes'][-1]
        assert (own['code'], own['label'], own['rate']) == ('OWN-7', 'Taxe 7 %', 7)
        assert (invoice['tvp'], invoice['tps']) == (7, 62.5)
        rows = desk.api.get('/ledger/trial-balance').json['data']
        assert [row['credit'] for row in rows if row['code'] == '2130'] == [7]
        assert desk.api.get(f'{path}/pdf').status_code == 200
        credit = {'invoice_id': invoice['id'], 'subtotal': 1350, 'reason': 'All of it'}
        assert desk.api.post('/billing/credits', credit).json['tvp'] == 7

    def test_a_rate_that_is_all_of_the_places_is_charged_for_goods_free_of_pst(
        self, desk: Desk
    ) -> None:
        body = {'sku': 'BOOK', 'name': 'x', 'price': 100, 'pst_exempt': True}
        assert desk.api.post('/products', body).status_code == 201
        whole = [NewQuoteLine(sku='BOOK', tax_rate=Decimal('0.14975'))]
        quote = desk.quote(lines=whole)
        assert quote.total == Decimal('114.98')
        desk.change(quote.id, date=dt.date(2026, 11, 19))
        assert desk.read(quote.id).total == quote.total
        path = f'/invoices/{desk.convert(quote.id, status="draft").invoice_id}'
        assert desk.api.get(path).json['total'] == 114.98
        assert desk.api.put(path, {'date': '2026-11-19'}).json['total'] == 114.98
        assert desk.api.post(f'{path}/duplicate', {}).json['total'] == 114.98
        assert desk.quote(lines=[NewQuoteLine(sku='BOOK')]).total == 105

    def test_is_told_with_the_invoice(self, desk: Desk) -> None:
        quote = desk.quote('accepted')
        made = desk.convert(quote.id)
        told = desk.events(quote.id)[-1]
        assert told['type'] == 'quote.converted'
        assert told['data']['object']['invoice_id'] == made.invoice_id
        assert told['data']['object']['status'] == 'converted'
        assert told['data']['previous_attributes'] == {'status': 'accepted', 'invoice_id': None}

    @pytest.mark.parametrize('status', ['draft', 'sent'])
    def test_what_is_not_answered_yet_is_accepted_first(self, desk: Desk, status: str) -> None:
        quote = desk.quote(status)
        desk.convert(quote.id)
        assert desk.told(quote.id)[-2:] == ['quote.accepted', 'quote.converted']
        shown = desk.read(quote.id)
        assert (shown.accepted_how, shown.status) == ('staff', 'converted')

    def test_prices_are_those_that_were_offered(self, desk: Desk) -> None:
        made = desk.api.post('/products', {'sku': 'DEAR', 'name': 'x', 'price': 10}).json
        quote = desk.quote(lines=[NewQuoteLine(sku='DEAR', discount_pct=Decimal(10))])
        desk.api.put(f'/products/{made["id"]}', {'price': 99, 'name': 'y'})
        invoice = desk.api.get(f'/invoices/{desk.convert(quote.id).invoice_id}').json
        assert invoice['subtotal'] == 9
        [line] = invoice['lines']
        assert (line['unit_price'], line['sku'], line['description']) == (10, 'DEAR', 'x')

    def test_a_product_that_was_renamed_is_still_the_one_that_was_offered(self, desk: Desk) -> None:
        old = desk.api.post('/products', {'sku': 'OLD1', 'name': 'Wanted', 'price': 10}).json['id']
        quotes = [desk.quote(lines=[NewQuoteLine(sku='OLD1')]) for _ in range(2)]
        assert desk.api.put(f'/products/{old}', {'sku': 'NEW1'}).status_code == 200
        other = desk.api.post('/products', {'sku': 'OLD1', 'name': 'Another', 'price': 99})
        assert other.status_code == 201
        desk.change(quotes[1].id, date=dt.date(2026, 11, 19))
        [line] = desk.read(quotes[1].id).lines or []
        assert (line.product_id, line.sku, line.unit_price) == (old, 'NEW1', 10)
        for quote in quotes:
            path = f'/invoices/{desk.convert(quote.id, status="draft").invoice_id}'
            assert desk.api.put(path, {'date': '2026-11-18'}).status_code == 200
            again = desk.api.post(f'{path}/duplicate', {}).json['id']
            for shown in (desk.api.get(path).json, desk.api.get(f'/invoices/{again}').json):
                [line] = shown['lines']
                assert (line['product_id'], line['sku'], line['unit_price']) == (old, 'NEW1', 10)

    def test_a_draft_with_its_own_days(self, desk: Desk) -> None:
        quote = desk.quote()
        day, due = dt.date(2026, 11, 25), dt.date(2026, 12, 1)
        made = desk.convert(quote.id, status='draft', date=day, due_date=due)
        invoice = desk.api.get(f'/invoices/{made.invoice_id}').json
        assert (invoice['status'], invoice['invoice_no']) == ('draft', None)
        assert (invoice['date'], invoice['due_date']) == ('2026-11-25', '2026-12-01')
        with pytest.raises(Conflict, match=f'converted to invoice {made.invoice_id} already'):
            desk.convert(quote.id)

    def test_stays_converted_when_the_draft_is_removed(self, desk: Desk) -> None:
        quote = desk.quote()
        made = desk.convert(quote.id, status='draft')
        assert desk.api.delete(f'/invoices/{made.invoice_id}').status_code == 200
        shown = desk.read(quote.id)
        assert (shown.status, shown.invoice_id) == ('converted', None)
        with pytest.raises(Conflict, match='a draft that was removed'):
            desk.convert(quote.id)

    def test_twice_is_refused_with_the_invoice(self, desk: Desk) -> None:
        quote = desk.quote('converted')
        with pytest.raises(Conflict, match=f'converted to invoice {quote.invoice_number} already'):
            desk.convert(quote.id)

    def test_four_at_once_make_one_invoice(self, fresh: Desk) -> None:
        quote = fresh.quote('sent')

        def act(n: int) -> str:
            try:
                return str(fresh.convert(quote.id).invoice_id)
            except Conflict as error:
                return error.message

        answers = together(4, act)
        shown = fresh.read(quote.id)
        said = f'quote {quote.number} was converted to invoice {shown.invoice_number} already'
        assert sorted(answers) == sorted([str(shown.invoice_id), said, said, said])
        assert fresh.api.get('/invoices').json['total'] == 1
        assert fresh.told(quote.id).count('quote.converted') == 1

    def test_what_the_invoice_is_refused_for_leaves_the_quote(self, desk: Desk) -> None:
        made = desk.api.post('/customers', {'code': 'LEFT', 'name': 'Left'}).json['id']
        quote = desk.quote('sent', customer='LEFT')
        desk.api.delete(f'/customers/{made}')
        with pytest.raises(Invalid):
            desk.convert(quote.id)
        assert desk.read(quote.id) == quote
