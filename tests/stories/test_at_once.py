"""Many at once: numbers without gaps, money never spent twice, retries that change nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from karvo.billing.reads import open_receivables
from karvo.cli import check
from karvo.kit.db import close_all
from karvo.ledger.reads import balance_of
from tenants.models import control
from tests.conftest import INVOICE, Api, new_tenant, wide_key

BODY = {'customer_code': 'A', 'customer_name': 'A', 'subtotal': 100}
#: nothing need be recorded in the order in which it happened
DAYS = st.sampled_from(['2026-09-01', '2026-10-01', '2026-11-01', '2026-11-20'])
LATER = ('2026-08-31', '2026-09-01', '2026-09-30', '2026-10-31', '2026-11-19', '2026-11-20')


def together(count, act):
    """All calls at once, each thread with a connection of its own."""

    def run(n):
        try:
            return act(n)
        finally:
            close_all()
            control.close()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(run, range(count)))


class TestNumbers:
    def test_fifty_at_once_with_rollbacks_between(self, api):
        api.post('/invoices', BODY)

        def act(n):
            # Every fifth breaks after everything but the last statement was written.
            broken = {'total': 1} if n % 5 == 0 else {}
            return api.post('/invoices', BODY | broken)

        answers = together(50, act)
        good = [a.json['invoice_no'] for a in answers if a.status_code == 201]
        assert [a.status_code for a in answers].count(422) == 10
        values = sorted(int(number[-4:]) for number in good)
        assert values == list(range(2, 42))
        with api.company():
            assert check.problems() == []

    def test_a_failure_after_the_rows_were_written_leaves_no_gap(self, api, monkeypatch):
        api.post('/invoices', BODY)
        monkeypatch.setattr('karvo.kit.work.Work.seal', _fail)
        assert api.post('/invoices', BODY).status_code == 500
        monkeypatch.undo()
        assert api.post('/invoices', BODY).json['invoice_no'] == 'INV-2026-0002'
        with api.company():
            assert check.problems() == []


def _fail(work):
    raise RuntimeError('injected')


class TestPayments:
    def test_two_full_payments_one_is_refused(self, api):
        api.post('/invoices', INVOICE)
        body = {'invoice_id': 1, 'amount': 1437.19}
        answers = together(2, lambda n: api.post('/billing/payments', body))
        assert sorted(a.status_code for a in answers) == [201, 422]
        assert api.get('/invoices/1').json['balance'] == 0

    def test_many_part_payments_never_exceed(self, api):
        api.post('/invoices', BODY)
        total = api.get('/invoices/1').json['total']
        body = {'invoice_id': 1, 'amount': 10}
        answers = together(20, lambda n: api.post('/billing/payments', body))
        assert [a.status_code for a in answers].count(201) == int(total // 10)
        assert api.get('/invoices/1').json['balance'] == round(total % 10, 2)


class TestRetries:
    def test_ten_times_the_same_key_make_one_invoice(self, api):
        headers = {'Idempotency-Key': 'same'}
        answers = together(10, lambda n: api.post('/invoices', BODY, headers=headers))
        assert {a.status_code for a in answers} <= {201, 409}
        again = api.post('/invoices', BODY, headers=headers)
        assert again.headers['Idempotency-Replayed'] == 'true'
        assert api.get('/invoices').json['total'] == 1

    def test_another_body_under_the_same_key(self, api):
        headers = {'Idempotency-Key': 'same'}
        first = api.post('/invoices', BODY, headers=headers)
        assert api.post('/invoices', BODY, headers=headers).json == first.json
        refused = api.post('/invoices', BODY | {'subtotal': 1}, headers=headers)
        assert (refused.status_code, refused.json['code']) == (422, 'erp_idempotency')

    def test_a_refusal_does_not_use_the_key_up(self, api):
        headers = {'Idempotency-Key': 'same'}
        assert api.post('/invoices', {'subtotal': 1}, headers=headers).status_code == 422
        assert api.post('/invoices', BODY, headers=headers).status_code == 201


class Books(RuleBasedStateMachine):
    """Any order of invoices, payments, credits, voids: the sub-ledger is the control account."""

    app = None

    def __init__(self):
        super().__init__()
        tenant = new_tenant()
        self.api = Api(self.app, tenant, wide_key(tenant))
        self.made = 0
        self.payments = 0

    @rule(cents=st.integers(1, 100_000), date=DAYS)
    def invoice(self, cents, date):
        body = BODY | {'subtotal': f'{cents / 100:.2f}', 'date': date}
        assert self.api.post('/invoices', body).status_code == 201
        self.made += 1

    def _some(self, pick):
        rows = self.api.get('/invoices?orderby=created_at&order=asc').json['data']
        return rows[pick % len(rows)]['id'] if rows else 0

    @precondition(lambda self: self.made)
    @rule(pick=st.integers(0, 99), cents=st.integers(1, 120_000), over=st.booleans(), date=DAYS)
    def pay(self, pick, cents, over, date):
        body = {'invoice_id': self._some(pick) or 1, 'amount': f'{cents / 100:.2f}', 'date': date}
        answer = self.api.post('/billing/payments', body | {'allow_overpayment': over})
        assert answer.status_code in (201, 422)
        self.payments += answer.status_code == 201

    @precondition(lambda self: self.made)
    @rule(pick=st.integers(0, 99), cents=st.integers(1, 120_000), date=DAYS)
    def credit(self, pick, cents, date):
        body = {'invoice_id': self._some(pick) or 1, 'amount': f'{cents / 100:.2f}', 'reason': 'x'}
        answer = self.api.post('/billing/credits', body | {'date': date})
        assert answer.status_code in (201, 422)

    @precondition(lambda self: self.payments)
    @rule(pick=st.integers(0, 99))
    def void_payment(self, pick):
        path = f'/billing/payments/{pick % self.payments + 1}'
        assert self.api.delete(path).status_code in (200, 422)

    @precondition(lambda self: self.made)
    @rule(pick=st.integers(0, 99))
    def delete(self, pick):
        answer = self.api.delete(f'/invoices/{self._some(pick) or 1}')
        assert answer.status_code in (200, 404, 422)

    @precondition(lambda self: self.made)
    @rule(pick=st.integers(0, 99), date=DAYS)
    def write_off(self, pick, date):
        path = f'/invoices/{self._some(pick) or 1}/write-off'
        assert self.api.post(path, {'reason': 'x', 'date': date}).status_code in (200, 404, 422)

    @invariant()
    def books_hold(self):
        with self.api.company():
            assert open_receivables() == balance_of('1100')
            assert check.problems() == []

    def teardown(self):
        """Of any past day too (AR-1, A-3)."""
        aged = [self.api.get(f'/billing/aging?as_of={day}').json['summary']['net'] for day in LATER]
        books = [f'/ledger/trial-balance?as_of={day}' for day in LATER]
        assert aged == [receivable(self.api.get(path).json['data']) for path in books]


def receivable(rows):
    return next((row['balance'] for row in rows if row['code'] == '1100'), 0)


@pytest.mark.long
@pytest.mark.usefixtures('server')
def test_any_order_of_events_keeps_the_books(app):
    Books.app = app
    machine = Books.TestCase
    machine.settings = settings(
        max_examples=12,
        stateful_step_count=15,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    machine('runTest').runTest()
