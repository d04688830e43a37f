"""A payment undone after the rest of its invoice was written off (found by made-up requests)."""

import pytest

from karvo.cli import check
from tests.conftest import INVOICE, Api


@pytest.fixture
def paid(api: Api) -> tuple[int, int]:
    """(invoice, payment): 10.00 came in, the other 1,427.19 are a bad debt."""
    invoice = api.post('/invoices', INVOICE).json['id']
    payment = api.post('/billing/payments', {'invoice_id': invoice, 'amount': 10}).json['id']
    written_off = api.post(f'/invoices/{invoice}/write-off', {'reason': 'bankrupt'})
    assert (written_off.json['status'], written_off.json['balance']) == ('written_off', 0)
    return invoice, payment


def problems(api: Api) -> list[str]:
    with api.company():
        return check.problems()


class TestVoidPayment:
    def test_the_invoice_is_owed_again_as_a_whole(self, api: Api, paid: tuple[int, int]) -> None:
        invoice, payment = paid
        assert api.delete(f'/billing/payments/{payment}').status_code == 200
        shown = api.get(f'/invoices/{invoice}').json
        assert (shown['status'], shown['balance']) == ('unpaid', 1437.19)
        assert problems(api) == []
        assert api.difference() == 0

    def test_and_can_be_written_off_once_more(self, api: Api, paid: tuple[int, int]) -> None:
        invoice, payment = paid
        api.delete(f'/billing/payments/{payment}')
        again = api.post(f'/invoices/{invoice}/write-off', {'reason': 'bankrupt'})
        assert (again.json['status'], again.json['balance']) == ('written_off', 0)
        assert problems(api) == []
        assert api.difference() == 0

    def test_and_recovered_once_more(self, api: Api, paid: tuple[int, int]) -> None:
        invoice, payment = paid
        api.delete(f'/billing/payments/{payment}')
        api.post(f'/invoices/{invoice}/write-off', {'reason': 'bankrupt'})
        api.post('/billing/payments', {'invoice_id': invoice, 'amount': '1437.19'})
        assert api.get(f'/invoices/{invoice}').json['status'] == 'paid'
        assert problems(api) == []
        balances = api.get('/ledger/trial-balance').json['data']
        assert {row['code']: row['balance'] for row in balances}.get('6100', 0) == 0
        assert api.difference() == 0


class TestCredit:
    def test_of_a_written_off_invoice_leaves_the_books_whole(
        self, api: Api, paid: tuple[int, int]
    ) -> None:
        invoice, _ = paid
        credit = {'invoice_id': invoice, 'amount': 5, 'reason': 'damaged'}
        assert api.post('/billing/credits', credit).status_code in (201, 422)
        assert problems(api) == []
        assert api.difference() == 0
