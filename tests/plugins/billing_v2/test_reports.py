"""/reports/financial of api/v2."""

import pytest

from tests.conftest import INVOICE
from tests.days import stand_still
from tests.plugins.billing_v2.asking import refusal
from tests.plugins.billing_v2.conftest import BillingV2

SHAPE = ['income', 'expenses', 'profit', 'outstanding_invoices']


@pytest.fixture
def books(v2: BillingV2, monkeypatch: pytest.MonkeyPatch) -> BillingV2:
    """Sales of 1250.00 and 437.19 received in November, 300.00 in and 100.00 out in January."""
    stand_still(monkeypatch, '2026-11-20')
    v2.api.post('/invoices', INVOICE | {'date': '2026-11-10'})
    paid = {'invoice_no': 'INV-2026-0042', 'amount': 437.19, 'method': 'eft', 'date': '2026-11-15'}
    assert v2.api.post('/billing/payments', paid).status_code == 201
    categories = v2.get('/categories?limit=100').json['data']
    fees = next(row['id'] for row in categories if row['code'] == '6200')
    new = {'account_id': 1, 'date': '2026-01-05'}
    v2.post('/transactions', new | {'type': 'Income', 'category_id': 1, 'amount': 300})
    v2.post('/transactions', new | {'type': 'Expense', 'category_id': fees, 'amount': 100})
    return v2


def summary(v2: BillingV2, query: str = '') -> list[float]:
    answer = v2.get(f'/reports/financial?{query}')
    assert answer.status_code == 200, answer.text
    assert answer.json['success'] is True
    assert list(answer.json['data']) == SHAPE
    return list(answer.json['data'].values())


class TestFinancial:
    def test_this_year_when_none_is_named(self, books: BillingV2) -> None:
        assert summary(books) == [1550, 100, 1450, 1000]
        assert summary(books, 'year=2026') == [1550, 100, 1450, 1000]
        assert books.api.difference() == 0

    def test_a_month(self, books: BillingV2) -> None:
        assert summary(books, 'year=2026&month=1') == [300, 100, 200, 0]
        assert summary(books, 'year=2026&month=11') == [1250, 0, 1250, 1000]
        assert summary(books, 'year=2025') == [0, 0, 0, 0]

    def test_it_agrees_with_the_trial_balance(self, books: BillingV2) -> None:
        rows = books.api.get('/ledger/trial-balance').json['data']
        earned = sum(row['balance'] for row in rows if row['type'] in ('income', 'other_income'))
        assert summary(books)[0] == -earned

    @pytest.mark.parametrize(
        ('query', 'name', 'why'),
        [
            ('month=3', 'year', 'Year is required'),
            ('year=2026&month=13', 'month', 'Month must be from 1 to 12'),
            ('year=soon', 'year', 'Year must be a whole number'),
        ],
    )
    def test_a_wrong_period(self, shop: BillingV2, query: str, name: str, why: str) -> None:
        assert refusal(shop.get(f'/reports/financial?{query}'), name) == {name: why}

    def test_without_a_key(self, shop: BillingV2) -> None:
        answer = shop.client.simulate_get('/api/v2/reports/financial')
        assert answer.status_code == 401
        assert answer.json['message'] == 'Invalid API key or unauthorized access'
