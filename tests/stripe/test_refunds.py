"""Money that goes back: refunds, disputes; fees and payouts. Any order, each once, books sound."""

import itertools
import random
import typing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.stripe.told import Payment, checked, payout


@pytest.fixture
def paid(shop):
    """(shop, invoice, payment): 114.98 that were paid for it."""
    invoice = shop.invoice(100)
    payment = Payment(11498, {'invoice_id': str(invoice['id'])})
    shop.tell(payment.succeeded())
    return shop, invoice['id'], payment


class TestRefund:
    def test_a_part_is_owed_again(self, paid):
        shop, invoice, payment = paid
        shop.tell(checked(payment.refunded(4000)))
        assert shop.balance(invoice) == 40
        assert shop.accounts()['1060'] == 74.98
        [listed] = shop.api.get('/billing/payments').json['data']
        assert (listed['refunded'], listed['unallocated']) == (40, 0)
        assert shop.is_sound()

    def test_the_sum_is_cumulative(self, paid):
        shop, invoice, payment = paid
        shop.tell(payment.refunded(4000, 100), payment.refunded(6000, 101))
        shop.tell(payment.refunded(4000, 100))
        assert shop.balance(invoice) == 60
        assert shop.is_sound()

    def test_single_refunds_and_their_sum_are_one(self, paid):
        shop, invoice, payment = paid
        shop.tell(checked(payment.refund('re_1', 4000)), payment.refunded(4000))
        shop.tell(payment.refund('re_1', 4000, kind='updated'))
        assert shop.balance(invoice) == 40

    def test_one_that_fails_later_opens_nothing(self, paid):
        shop, invoice, payment = paid
        shop.tell(payment.refund('re_1', 4000, 'pending'), payment.refunded(4000))
        shop.tell(checked(payment.refund('re_1', 4000, 'failed', 'failed', 500)))
        assert shop.balance(invoice) == 0
        assert shop.accounts()['1060'] == 114.98
        types = [e['type'] for e in shop.api.get('/events?limit=100').json['data']]
        assert types.count('payment.refunded') == types.count('payment.refund_undone') == 1
        assert shop.is_sound()

    def test_before_the_payment_it_waits_for_it(self, shop):
        invoice = shop.invoice(100)
        payment = Payment(11498, {'invoice_id': str(invoice['id'])})
        shop.tell(payment.refund('re_1', 4000))
        assert shop.balance(invoice['id']) == 114.98
        shop.tell(payment.completed())
        assert shop.balance(invoice['id']) == 40

    def test_a_refunded_payment_is_not_voided(self, paid):
        shop, _, payment = paid
        shop.tell(payment.refunded(4000))
        [listed] = shop.api.get('/billing/payments').json['data']
        answer = shop.api.delete(f'/billing/payments/{listed["id"]}')
        assert (answer.status_code, answer.json['error']) == (422, 'the payment was refunded')

    def test_statement_and_aging_agree(self, paid):
        shop, invoice, payment = paid
        shop.tell(payment.refunded(4000))
        customer = shop.api.get(f'/invoices/{invoice}').json['customer_id']
        statement = shop.api.get(f'/customers/{customer}/statement').json
        kinds = {m['type']: m['amount'] for m in statement['movements']}
        assert kinds == {'invoice': 114.98, 'payment': -114.98, 'refund': 40}
        assert statement['closing_balance'] == statement['aging']['total'] == 40
        [row] = shop.api.get('/billing/aging').json['data']
        assert (row['total'], row['unapplied_credits']) == (40, 0)
        yesterday = shop.api.get('/billing/aging?as_of=2001-01-01').json
        assert yesterday['summary']['total'] == 0


class TestDispute:
    def lost(self, payment: Payment) -> list[typing.Any]:
        taken = payment.moved(-11498, 1500, id='txn_taken')
        return [
            payment.dispute('dp_1', 'created', 'needs_response', [taken]),
            payment.dispute('dp_1', 'funds_withdrawn', 'needs_response', [taken], 201),
            payment.dispute('dp_1', 'closed', 'lost', [taken], 300),
        ]

    def test_the_invoice_is_disputed_and_owed_again(self, paid):
        shop, invoice, payment = paid
        shop.tell(*(checked(one) for one in self.lost(payment)[:2]))
        shown = shop.api.get(f'/invoices/{invoice}').json
        assert (shown['balance'], shown['disputed']) == (114.98, True)
        assert shop.accounts()['6210'] == 15
        assert shop.accounts()['1060'] == -15
        types = [e['type'] for e in shop.api.get('/events?limit=100').json['data']]
        assert types.count('invoice.disputed') == 1
        assert shop.is_sound()

    def test_won_the_money_is_back(self, paid):
        shop, invoice, payment = paid
        taken = payment.moved(-11498, 1500, id='txn_taken')
        back = payment.moved(11498, 0, 400, id='txn_back')
        shop.tell(payment.dispute('dp_1', 'closed', 'won', [taken, back], 401))
        shop.tell(*self.lost(payment)[:2])
        shop.tell(payment.dispute('dp_1', 'funds_reinstated', 'won', [taken, back], 400))
        shown = shop.api.get(f'/invoices/{invoice}').json
        assert (shown['balance'], shown['disputed']) == (0, False)
        assert shop.accounts()['1060'] == 99.98
        assert shop.is_sound()

    def test_lost_the_customer_still_contests_it(self, paid):
        shop, invoice, payment = paid
        shop.tell(*self.lost(payment))
        shown = shop.api.get(f'/invoices/{invoice}').json
        assert (shown['balance'], shown['disputed']) == (114.98, True)


class TestPayout:
    def test_empties_the_clearing_account(self, paid):
        shop, _, payment = paid
        name = payment.transaction
        shop.stub.answers[f'/v1/balance_transactions/{name}'] = payment.moved(11498, 363, id=name)
        shop.tell(payment.charged(), checked(payout('paid', 11135, 'po_1')))
        shop.tell(payout('paid', 11135, 'po_1'))
        found = shop.accounts()
        assert (found['1000'], found['6210'], found.get('1060', 0)) == (111.35, 3.63, 0)
        assert shop.is_sound()

    def test_one_that_fails_comes_back(self, paid):
        shop, *_ = paid
        shop.tell(payout('paid', 11135, 'po_1'), payout('failed', 11135, 'po_1', after=60))
        assert shop.accounts().get('1000') is None
        assert shop.accounts()['1060'] == 114.98
        assert shop.is_sound()

    def test_one_that_failed_before_it_was_told_as_paid_never_was(self, shop):
        shop.tell(payout('failed', 500, 'po_1'), payout('paid', 500, 'po_1'))
        assert shop.accounts() == {}

    def test_another_currency_is_left_alone(self, shop):
        shop.tell(payout('paid', 500, 'po_1', 'usd'))
        assert shop.accounts() == {}


class TestAnyOrder:
    """Shuffled and doubled, a payment's life ends the same: each effect once."""

    def life(self, invoice_id: int) -> tuple[Payment, list[typing.Any]]:
        payment = Payment(11498, {'invoice_id': str(invoice_id)})
        taken = payment.moved(-5000, 1500, id=f'{payment.intent}_taken')
        back = payment.moved(5000, 0, 400, id=f'{payment.intent}_back')
        first, second = f'{payment.intent}_1', f'{payment.intent}_2'
        return payment, [
            payment.completed(payment_status='unpaid'),
            payment.session_event('async_payment_succeeded'),
            payment.succeeded(),
            payment.charged(),
            payment.refund(first, 2000, 'pending', after=100),
            payment.refunded(2000, 100),
            payment.refund(first, 2000, 'failed', 'failed', 130),
            payment.refund(second, 1500, after=150),
            payment.refunded(1500, 150),
            payment.dispute('dp', 'created', 'needs_response', [taken]),
            payment.dispute('dp', 'funds_withdrawn', 'under_review', [taken], 201),
            payment.dispute('dp', 'funds_reinstated', 'won', [taken, back], 400),
            payment.dispute('dp', 'closed', 'won', [taken, back], 401),
            payout('paid', 100, f'{payment.intent}_po'),
            payout('failed', 100, f'{payment.intent}_po', after=60),
        ]

    @settings(
        max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(seed=st.integers(0, 10**6))
    def test_ends_the_same(self, shop, seed):
        rng = random.Random(seed)
        before = shop.accounts()
        invoice = shop.invoice(100)['id']
        payment, told = self.life(invoice)
        name = payment.transaction
        shop.stub.answers[f'/v1/balance_transactions/{name}'] = payment.moved(11498, 363, id=name)
        doubled = told + rng.sample(told, 6)
        rng.shuffle(doubled)
        for few in itertools.batched(doubled, 5) if hasattr(itertools, 'batched') else [doubled]:
            shop.tell(*few)
        shown = shop.api.get(f'/invoices/{invoice}').json
        assert (shown['balance'], shown['disputed']) == (15, False)
        after = shop.accounts()
        moved = {code: round(after.get(code, 0) - before.get(code, 0), 2) for code in after}
        assert {code: amount for code, amount in moved.items() if amount} == {
            '1060': 81.35,
            '1100': 15,
            '2100': -5,
            '2110': -9.98,
            '4000': -100,
            '6210': 18.63,
        }
        assert shop.is_sound()
