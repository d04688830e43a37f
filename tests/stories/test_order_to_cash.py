"""From an invoice to its money, over HTTP; the books hold together after every step."""

from collections.abc import Iterator

import pytest

from karvo.cli import check
from tests.conftest import INVOICE, Api


@pytest.fixture
def shop(api: Api) -> Iterator[Api]:
    yield api
    assert api.difference() == 0
    with api.company():
        assert check.problems() == []


class TestPaidInParts:
    def test_part_payment_credit_and_rest(self, shop):
        invoice = shop.post('/invoices', INVOICE).json
        paid = shop.post('/billing/payments', {'invoice_id': invoice['id'], 'amount': 437.19})
        assert (paid.status_code, paid.json['invoice_balance']) == (201, 1000.0)
        credit = {'invoice_no': 'INV-2026-0042', 'reason': 'damaged', 'amount': '416.67'}
        credited = shop.post('/billing/credits', credit).json
        assert (credited['tps'], credited['tvq'], credited['total']) == (20.83, 41.56, 479.06)
        shown = shop.get(f'/invoices/{invoice["id"]}').json
        assert (shown['status'], shown['balance']) == ('partial', 520.94)
        assert [p['amount'] for p in shown['payments']] == [437.19]
        assert [c['amount'] for c in shown['credits']] == [479.06]
        rest = shop.post('/billing/payments', {'invoice_id': invoice['id'], 'amount': 520.94})
        assert rest.json['invoice_status'] == 'paid'
        over = shop.post('/billing/payments', {'invoice_id': invoice['id'], 'amount': 1})
        assert (over.status_code, over.json['error']) == (422, 'amount 1.00 exceeds balance 0.00')

    def test_a_voided_payment_gives_the_balance_back(self, shop):
        invoice = shop.post('/invoices', INVOICE).json
        payment = shop.post('/billing/payments', {'invoice_id': 1, 'amount': 1437.19}).json
        assert shop.delete(f'/billing/payments/{payment["id"]}').status_code == 200
        assert shop.get(f'/invoices/{invoice["id"]}').json['balance'] == 1437.19
        assert shop.delete(f'/billing/payments/{payment["id"]}').status_code == 422


class TestVoided:
    def test_deleted_invoice_is_gone_but_its_number_is_explained(self, shop):
        shop.post('/invoices', {'customer_code': 'A', 'customer_name': 'A', 'subtotal': 10})
        assert shop.delete('/invoices/1').json == {'deleted': True, 'id': 1}
        assert shop.get('/invoices/1').status_code == 404
        assert shop.get('/invoices').json['total'] == 0
        assert shop.get('/invoices?include_deleted=true').json['total'] == 1
        assert shop.get('/invoices/number-audit').json['voided'] == [1]

    def test_a_paid_one_cannot_go(self, shop):
        shop.post('/invoices', INVOICE)
        shop.post('/billing/payments', {'invoice_id': 1, 'amount': 1})
        refused = shop.delete('/invoices/1')
        assert (refused.status_code, refused.json['error']) == (422, 'invoice has payments')


class TestWrittenOff:
    def test_bad_debt_then_recovered_after_all(self, shop):
        shop.post('/invoices', INVOICE)
        off = shop.post('/invoices/1/write-off', {'reason': 'bankrupt'}).json
        assert (off['status'], off['balance']) == ('written_off', 0.0)
        got = shop.post('/billing/payments', {'invoice_id': 1, 'amount': 1000})
        assert got.status_code == 201
        shown = shop.get('/invoices/1').json
        assert (shown['status'], shown['balance']) == ('partial', 437.19)
        again = shop.post('/invoices/1/write-off', {'reason': 'really'}).json
        assert again['status'] == 'written_off'


class TestPut:
    def test_status_paid_and_balance(self, shop):
        shop.post('/invoices', INVOICE)
        lowered = shop.put('/invoices/1', {'balance': 1000}).json
        assert (lowered['balance'], lowered['status']) == (1000.0, 'partial')
        assert shop.put('/invoices/1', {'balance': 1437.19}).json['balance'] == 1437.19
        assert shop.put('/invoices/1', {'status': 'paid'}).json['status'] == 'paid'
        assert shop.put('/invoices/1', {'balance': 5}).status_code == 422
        assert shop.put('/invoices/1', {'status': 'draft'}).status_code == 422

    def test_frozen_fields(self, shop):
        shop.post('/invoices', INVOICE)
        refused = shop.put('/invoices/1', {'lines': [{'description': 'x', 'unit_price': 1}]})
        assert refused.json['error'] == 'posted invoice cannot be changed; issue a credit note'
        changed = shop.put('/invoices/1', {'notes': 'call first', 'total': 1437.19})
        assert (changed.status_code, changed.json['notes']) == (200, 'call first')

    def test_a_draft_changes_entirely_and_takes_its_number_when_posted(self, shop):
        draft = shop.post(
            '/invoices',
            {'customer_code': 'A', 'customer_name': 'A', 'status': 'draft', 'subtotal': 10},
        ).json
        assert (draft['invoice_no'], draft['status']) == (None, 'draft')
        lines = [{'description': 'Mop', 'qty': 2, 'unit_price': '9.99'}]
        changed = shop.put('/invoices/1', {'lines': lines}).json
        assert (changed['subtotal'], changed['tvq']) == (19.98, 1.99)
        posted = shop.post('/invoices/1/post').json
        assert (posted['invoice_no'], posted['status']) == ('INV-2026-0001', 'unpaid')
        assert shop.post('/invoices/1/post').status_code == 422


class TestLockDates:
    def test_nothing_is_posted_before_a_lock(self, shop):
        shop.put('/settings/lock-dates', {'all_lock': '2026-01-31'})
        body = {'customer_code': 'A', 'customer_name': 'A', 'subtotal': 10, 'date': '2026-01-15'}
        refused = shop.post('/invoices', body)
        assert (refused.status_code, refused.json['code']) == (422, 'erp_period_locked')
        assert refused.json['error'] == 'period locked until 2026-01-31'
        assert shop.post('/invoices', body | {'date': '2026-02-01'}).status_code == 201
