"""Money that comes by Stripe: into the books once, for the right invoice and no other."""

import pytest

from karvo.billing.models import Payment as Booked
from tests.stripe.told import Payment, checked, event


class TestPaid:
    def test_a_paid_checkout_pays_its_invoice(self, shop):
        invoice = shop.invoice()
        payment = Payment(114975, {'invoice_id': str(invoice['id'])})
        shop.tell(checked(payment.completed()))
        assert shop.balance(invoice['id']) == 0
        assert shop.accounts()['1060'] == 1149.75
        listed = shop.api.get('/billing/payments').json['data']
        assert [(p['method'], p['external_id']) for p in listed] == [('stripe', payment.intent)]
        assert shop.is_sound()

    def test_three_events_of_one_payment_book_it_once(self, shop):
        invoice = shop.invoice()
        payment = Payment(114975, {'invoice_no': invoice['invoice_no']})
        shop.stub.answers[f'/v1/balance_transactions/{payment.transaction}'] = payment.moved(
            114975, 3364, id=payment.transaction
        )
        told = (payment.charged(), payment.succeeded(), payment.completed())
        shop.tell(*(checked(one) for one in told))
        assert shop.balance(invoice['id']) == 0
        assert shop.accounts() | {'1100': 0} == {
            '1060': 1116.11,
            '1100': 0,
            '2100': -50,
            '2110': -99.75,
            '4000': -1000,
            '6210': 33.64,
        }
        assert shop.api.get('/billing/payments').json['total'] == 1
        assert shop.is_sound()

    def test_what_the_invoice_does_not_need_stays_unallocated(self, shop):
        invoice = shop.invoice(100)
        payment = Payment(20000, {'invoice_id': str(invoice['id'])})
        shop.tell(payment.succeeded())
        [listed] = shop.api.get('/billing/payments').json['data']
        assert (listed['amount'], listed['unallocated']) == (200, 85.02)
        assert shop.is_sound()

    def test_a_bank_debit_settles_later(self, shop):
        invoice = shop.invoice(100)
        payment = Payment(11498, {'invoice_id': str(invoice['id'])})
        shop.tell(payment.completed(payment_status='unpaid'))
        assert shop.balance(invoice['id']) == 114.98
        shop.tell(payment.session_event('async_payment_succeeded'))
        assert shop.balance(invoice['id']) == 0

    def test_a_failed_attempt_is_an_event_only(self, shop):
        invoice = shop.invoice(100)
        payment = Payment(11498, {'invoice_id': str(invoice['id'])})
        shop.tell(payment.failed(), payment.failed())
        found = shop.api.get('/events?types=payment.failed&limit=100').json['data']
        failed = [one for one in found if one['type'] == 'payment.failed']
        assert len(failed) == 1
        assert shop.balance(invoice['id']) == 114.98
        assert shop.accounts().get('1060') is None

    def test_a_void_invoice_leaves_it_on_the_customers_account(self, shop):
        invoice = shop.invoice(100)
        shop.api.put(f'/invoices/{invoice["id"]}', {'status': 'void', 'void_reason': 'twice'})
        shop.tell(Payment(11498, {'invoice_id': str(invoice['id'])}).succeeded())
        [listed] = shop.api.get('/billing/payments').json['data']
        assert (listed['customer_code'], listed['unallocated']) == ('ACME01', 114.98)
        assert shop.is_sound()


class TestUnmatched:
    def test_a_known_address_is_the_customer(self, shop):
        shop.api.post('/customers', {'name': 'Côté', 'code': 'COTE', 'email': 'A@cote.example'})
        shop.tell(Payment(5000, email='a@Cote.example').charged())
        [listed] = shop.api.get('/billing/payments').json['data']
        assert (listed['customer_code'], listed['unallocated']) == ('COTE', 50)
        assert shop.api.get('/stripe/unmatched').json['total'] == 0

    @pytest.mark.parametrize(
        ('payment', 'amount', 'reason'),
        [
            (Payment(5000, email='who@nobody.example'), 50, 'no invoice or customer found'),
            (Payment(5000, currency='jpy'), 5000, 'in JPY, and the books are in CAD'),
            (Payment(5120, currency='kwd'), 5.12, 'in KWD, and the books are in CAD'),
            (Payment(5000, {'company': 'another'}), 50, 'meant for another company'),
        ],
    )
    def test_the_rest_waits_for_somebody(self, shop, payment, amount, reason):
        shop.tell(payment.succeeded())
        [row] = shop.api.get('/stripe/unmatched').json['data']
        assert (row['amount'], row['reason']) == (amount, reason)
        assert shop.accounts() == {}
        assert shop.api.get('/billing/payments').json['total'] == 0

    def test_somebody_places_it(self, shop):
        invoice = shop.invoice(100)
        payment = Payment(11498)
        shop.tell(payment.succeeded(), payment.refund('re_1', 1498))
        [row] = shop.api.get('/stripe/unmatched').json['data']
        path = f'/stripe/unmatched/{row["id"]}/match'
        assert shop.api.post(path, {}).status_code == 422
        assert shop.api.post(path, {'invoice_id': 99999}).status_code == 422
        answer = shop.api.post(path, {'invoice_id': invoice['id']})
        assert (answer.status_code, answer.json['refunded']) == (200, 14.98)
        assert shop.balance(invoice['id']) == 14.98
        assert shop.api.post(path, {'invoice_id': invoice['id']}).status_code == 422
        assert shop.api.get('/stripe/unmatched').json['total'] == 0
        assert shop.is_sound()

    def test_no_such_payment(self, shop):
        assert shop.api.post('/stripe/unmatched/7/match', {'customer_code': 'A'}).status_code == 404

    def test_metadata_of_another_company_steals_nothing(self, shop, other):
        body = {'customer_code': 'X', 'customer_name': 'X', 'subtotal': 100}
        theirs = other.post('/invoices', body).json
        told = {'company': other.tenant.company_id, 'invoice_id': str(theirs['id'])}
        shop.tell(Payment(11498, told).succeeded())
        assert other.get(f'/invoices/{theirs["id"]}').json['balance'] == 114.98
        assert shop.api.get('/stripe/unmatched').json['total'] == 1

    def test_odd_metadata_is_no_invoice(self, shop):
        for told in ({'invoice_id': '9' * 40}, {'invoice_id': '1e3'}, {'invoice_no': ['x']}):
            shop.tell(event('payment_intent.succeeded', Payment(100, told).intent_object()))
        assert shop.api.get('/stripe/unmatched').json['total'] == 3
        with shop.api.company():
            assert Booked.select().count() == 0
