"""/transactions, /accounts and /categories of api/v2."""

import typing
from decimal import Decimal

import pytest

from plugins.banking.operations import record_transaction
from plugins.banking.schemas import NewTransaction
from plugins.billing_v2.examples import EXAMPLES
from tests.conftest import INVOICE, Api
from tests.plugins.billing_v2.asking import (
    clerk,
    is_forbidden,
    is_missing,
    made,
    reader,
    refusal,
    statements,
)
from tests.plugins.billing_v2.conftest import BillingV2

SAMPLE = {
    'type': 'Income',
    'account_id': 1,
    'amount': 1500.00,
    'category_id': 1,
    'description': 'Website Development Payment',
    'date': '2024-01-15',
}


def record(v2: BillingV2, **values: typing.Any) -> typing.Any:
    return made(v2.post('/transactions', SAMPLE | values), 'Transaction created')


def rent(v2: BillingV2, **values: typing.Any) -> typing.Any:
    """An expense of 500.00."""
    [category] = [c for c in v2.get('/categories').json['data'] if c['code'] == '6200']
    spent = {'type': 'Expense', 'category_id': category['id'], 'amount': 500, 'description': 'Fees'}
    return record(v2, **spent | values)


class TestRecord:
    def test_the_sample_of_the_text(self, v2: BillingV2) -> None:
        assert EXAMPLES['POST /transactions']['body'] == SAMPLE
        shown = record(v2)
        assert {name: shown[name] for name in SAMPLE} == SAMPLE
        assert (shown['account'], shown['category']) == ('Bank', 'Sales')
        assert (shown['source'], shown['status']) == ('transaction', 'Posted')
        balances = {
            row['code']: row['balance'] for row in v2.api.get('/ledger/trial-balance').json['data']
        }
        assert (balances['1000'], balances['4000']) == (1500, -1500)
        assert v2.api.difference() == 0

    def test_an_expense(self, v2: BillingV2) -> None:
        shown = rent(v2)
        assert (shown['type'], shown['amount'], shown['category']) == (
            'Expense',
            500,
            'Bank charges',
        )
        bank = v2.get('/accounts').json['data'][0]
        assert (bank['id'], bank['code'], bank['balance']) == (1, '1000', -500)
        assert v2.api.difference() == 0

    @pytest.mark.parametrize(
        ('change', 'name', 'why'),
        [
            ({'amount': 0}, 'amount', 'Amount must be greater than 0'),
            ({'amount': -3}, 'amount', 'Amount must be greater than 0'),
            ({'amount': 1.234}, 'amount', 'Amount must have at most 2 decimals'),
            ({'type': 'Gift'}, 'type', 'Type must be one of Expense, Income'),
            ({'account_id': 4}, 'account_id', 'Account id must be a bank or cash account'),
            ({'account_id': 9999}, 'account_id', 'Account id not found'),
            ({'category_id': 0}, 'category_id', 'Category id not found'),
            ({'category_id': 9999}, 'category_id', 'Category id not found'),
            ({'type': 'Expense'}, 'category_id', 'Category id must be an expense account'),
            ({'date': 'soon'}, 'date', 'Date must be a date like 2026-11-20'),
            ({'customer_id': 77}, 'customer_id', 'Customer id not found'),
        ],
    )
    def test_a_wrong_member_is_named(
        self, shop: BillingV2, change: dict[str, typing.Any], name: str, why: str
    ) -> None:
        said = refusal(shop.post('/transactions', SAMPLE | change), name)[name]
        assert sorted(said.replace(',', '').split()) == sorted(why.replace(',', '').split())

    def test_what_is_missing_is_named(self, shop: BillingV2) -> None:
        said = refusal(
            shop.post('/transactions', {}), 'type', 'account_id', 'category_id', 'amount'
        )
        assert said['account_id'] == 'Account id is required'

    def test_a_locked_period(self, v2: BillingV2) -> None:
        v2.api.put('/settings/lock-dates', {'sales_lock': '2024-12-31'})
        answer = v2.post('/transactions', SAMPLE)
        refusal(answer)
        assert answer.json['message'] == 'period locked until 2024-12-31'

    def test_the_same_key_records_once(self, v2: BillingV2) -> None:
        key = {'Idempotency-Key': 'one'}
        first, second = (v2.post('/transactions', SAMPLE, headers=key) for _ in range(2))
        assert first.json == second.json
        assert v2.get('/transactions').json['meta']['total_records'] == 1

    def test_a_reader_may_not(self, shop: BillingV2) -> None:
        assert is_forbidden(reader(shop).post('/transactions', SAMPLE))


class TestList:
    def test_filtered(self, v2: BillingV2) -> None:
        income, spent = record(v2), rent(v2, date='2024-03-01')

        def ids(query: str) -> list[int]:
            answer = v2.get(f'/transactions?{query}')
            assert answer.json['meta']['total_records'] == len(answer.json['data'])
            return [row['id'] for row in answer.json['data']]

        assert ids('') == [spent['id'], income['id']]
        assert ids('type=Income') == ids('type=income') == [income['id']]
        assert ids('type=EXPENSE') == [spent['id']]
        assert ids('account_id=1') == [spent['id'], income['id']]
        assert ids('account_id=2') == []
        assert ids(f'category_id={spent["category_id"]}') == [spent['id']]
        assert ids('date_from=2024-02-01') == [spent['id']]
        assert ids('date_to=2024-01-15') == [income['id']]
        assert ids('search=website') == [income['id']]
        assert ids(f'search={spent["number"]}') == [spent['id']]

    def test_pages(self, v2: BillingV2) -> None:
        for _ in range(3):
            record(v2)
        page = v2.get('/transactions?page=2&limit=2').json
        assert page['success'] is True
        assert len(page['data']) == 1
        assert page['meta'] == {'current_page': 2, 'total_pages': 2, 'total_records': 3, 'limit': 2}

    @pytest.mark.parametrize(
        ('query', 'name'),
        [('type=gift', 'type'), ('limit=0', 'limit'), ('page=0', 'page'),
         ('date_from=soon', 'date_from'), ('status=gone', 'status')],
    )  # fmt: skip
    def test_an_unknown_value_is_refused(self, shop: BillingV2, query: str, name: str) -> None:
        refusal(shop.get(f'/transactions?{query}'), name)

    def test_payments_are_found_without_accents_and_by_what_is_noted(self, v2: BillingV2) -> None:
        v2.api.post('/invoices', INVOICE)
        paid = {'invoice_no': 'INV-2026-0042', 'amount': 10, 'method': 'cheque'}
        noted = {'reference': 'Chèque 12', 'notes': 'Reçu à Montréal: 50%'}
        assert v2.api.post('/billing/payments', paid | noted).status_code == 201
        assert v2.api.post('/billing/payments', paid | {'amount': 11}).status_code == 201
        for path in ('/transactions', '/invoices/1/payments'):
            for text in ('Ch%C3%A8que', 'cheque%2012', 'CHEQUE', 'recu', 'Montr%C3%A9al', '50%25'):
                rows = v2.get(f'{path}?search={text}').json['data']
                assert [row['amount'] for row in rows] == [10], (path, text)
            for text in ('_', '%25%25', 'ch_que'):
                assert v2.get(f'{path}?search={text}').json['data'] == [], (path, text)
        assert v2.api.get('/billing/payments?search=cheque').json['total'] == 1
        assert v2.api.get('/billing/payments?search=_').json['total'] == 0

    def test_payments_and_refunds_say_what_they_are(self, v2: BillingV2) -> None:
        v2.api.post('/invoices', INVOICE)
        paid = {'invoice_no': 'INV-2026-0042', 'amount': 2000, 'method': 'eft'}
        payment = v2.api.post('/billing/payments', paid | {'amount': 1437.19}).json
        record(v2)
        rows = v2.get('/transactions').json['data']
        assert {(row['source'], row['type']) for row in rows} == {
            ('payment', 'Income'),
            ('transaction', 'Income'),
        }
        [shown] = [row for row in rows if row['source'] == 'payment']
        assert (shown['amount'], shown['number'], shown['category_id']) == (
            1437.19,
            payment['payment_no'],
            None,
        )
        assert v2.get(f'/transactions/{shown["id"]}').json['data'] == shown
        refused = v2.delete(f'/transactions/{shown["id"]}')
        refusal(refused)
        assert 'payment' in refused.json['message']
        assert v2.api.difference() == 0

    def test_a_hundred_cost_the_statements_of_one(self, v2: BillingV2) -> None:
        record(v2)
        one = statements(v2, '/transactions?limit=100')
        new = NewTransaction(type='income', account_id=1, category_id=26, amount=Decimal(5))
        with v2.api.company():
            for _ in range(99):
                record_transaction(new, actor=clerk())
        assert statements(v2, '/transactions?limit=100') == one < 10
        assert len(v2.get('/transactions?limit=100').json['data']) == 100

    def test_another_companys_are_not_there(self, v2: BillingV2, other: Api) -> None:
        record(BillingV2(other))
        assert v2.get('/transactions').json['data'] == []


class TestOne:
    def test_reversed_it_stays_and_counts_no_more(self, v2: BillingV2) -> None:
        shown = record(v2)
        path = f'/transactions/{shown["id"]}'
        assert v2.get(path).json == {'success': True, 'data': shown}
        answer = v2.delete(path)
        assert answer.json == {'success': True, 'message': 'Transaction reversed'}
        gone = v2.get(path).json['data']
        assert gone['status'] == 'Reversed'
        assert gone['reversed_on'] is not None
        assert v2.get('/transactions').json['data'] == []
        assert [row['id'] for row in v2.get('/transactions?status=reversed').json['data']] == [
            shown['id']
        ]
        assert v2.get('/accounts').json['data'][0]['balance'] == 0
        assert v2.api.difference() == 0

    def test_only_once(self, v2: BillingV2) -> None:
        path = f'/transactions/{record(v2)["id"]}'
        v2.delete(path)
        answer = v2.delete(path)
        refusal(answer)
        assert answer.json['message'] == 'the transaction is reversed already'

    def test_it_cannot_be_changed(self, v2: BillingV2) -> None:
        answer = v2.put(f'/transactions/{record(v2)["id"]}', {'amount': 2})
        assert (answer.status_code, answer.json['message']) == (404, 'Endpoint not found')

    def test_unknown_and_another_companys(self, v2: BillingV2, other: Api) -> None:
        foreign = record(BillingV2(other))['id']
        for path in (f'/transactions/{foreign}', '/transactions/1000000000007'):
            assert is_missing(v2.get(path), 'Transaction')
            assert is_missing(v2.delete(path), 'Transaction')

    def test_a_reader_may_not_reverse(self, v2: BillingV2) -> None:
        path = f'/transactions/{record(v2)["id"]}'
        assert reader(v2).get(path).status_code == 200
        assert is_forbidden(reader(v2).delete(path))


class TestAccounts:
    def test_banks_and_cash(self, shop: BillingV2) -> None:
        rows = shop.get('/accounts').json['data']
        assert [row['code'] for row in rows] == ['1000', '1050']
        assert shop.get('/accounts?search=undep').json['meta']['total_records'] == 1

    def test_categories_count_from_sales(self, shop: BillingV2) -> None:
        page = shop.get('/categories?limit=100').json
        first = page['data'][0]
        assert (first['id'], first['code'], first['type']) == (1, '4000', 'Income')
        assert page['meta']['total_records'] == len(page['data']) > 10
        assert len({row['id'] for row in page['data']}) == len(page['data'])
        spent = shop.get('/categories?type=expense&limit=100').json['data']
        assert {row['type'] for row in spent} == {'Expense'}
        assert [row['code'] for row in shop.get('/categories?search=wages').json['data']] == [
            '6000'
        ]
