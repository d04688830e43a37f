"""Money in and out in one list, whatever recorded it; the accounts it is booked on."""

import datetime as dt
import typing
from decimal import Decimal

import pytest

from karvo.billing.operations.refunds import refund_payment
from karvo.kit.actor import EVERYTHING, Actor, system_actor
from karvo.kit.db import current_place
from karvo.kit.errors import Invalid
from karvo.kit.paging import Slice
from karvo.ledger.models import Account
from karvo.ledger.reads import balance_of
from plugins.banking.operations import record_transaction, reverse_transaction
from plugins.banking.reads import (
    list_transactions,
    read_accounts,
    read_categories,
    read_transaction,
)
from plugins.banking.schemas import NewTransaction, TransactionFilter, TransactionRead
from tests.conftest import Api
from tests.days import stand_still
from tests.payfiles.paid import SETTINGS, booked, employ, steps

ALL = Actor(kind='system', scopes=EVERYTHING)

PLAIN = {'customer_code': 'ACME', 'customer_name': 'Acme', 'lines': []}
pytestmark = pytest.mark.xdist_group('banking')  # one story, told once
LINE = {'description': 'Cleaner', 'qty': 1, 'unit_price': 1000}


@pytest.fixture(autouse=True)
def day(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_still(monkeypatch, '2026-11-20')


@pytest.fixture(scope='module')
def story(shared: Api) -> Api:
    """Each kind of money, on days that tell them apart."""
    patch = pytest.MonkeyPatch()
    stand_still(patch, '2026-11-20')
    with patch.context(), shared.company():
        actor = system_actor('Luc', current_place())
        _sell(shared, actor)
        _pay_people(shared)
        _book(actor)
    patch.undo()
    return shared


def _sell(api: Api, actor: Actor) -> None:
    body = PLAIN | {'lines': [LINE], 'date': '2026-10-01'}
    invoice = api.post('/invoices', body).json['id']
    for date, amount, method in [
        ('2026-11-01', 300, 'eft'),
        ('2026-11-02', 200, 'cheque'),
        ('2026-11-03', 100, 'cash'),
    ]:
        paid = {'invoice_id': invoice, 'amount': amount, 'date': date, 'method': method}
        answer = api.post('/billing/payments', paid | {'reference': f'REF-{amount}'})
        assert answer.status_code == 201, answer.text
    assert api.delete('/billing/payments/3').status_code == 200
    # Money that never moved: the rest of a debt that is given up.
    gone = {'balance': 0, 'adjustment_reason': 'goodwill'}
    assert api.put(f'/invoices/{invoice}', gone).status_code == 200
    for amount, date in ((50, dt.date(2026, 11, 4)), (-20, dt.date(2026, 11, 5))):
        refund_payment(
            1, Decimal(amount), date, kind='refund', account='1000', actor=actor, reference='RE-1'
        )


def _pay_people(api: Api) -> None:
    assert api.put('/payroll/filing-settings', SETTINGS).status_code == 200
    employ(api)
    run = booked(api)
    steps(api, run, 'pay')
    owed = api.get('/payroll/remittances?year=2026').json['data']
    code = next(one['code'] for one in owed if one['total'] > 0)
    done = api.post(f'/payroll/remittances/{code}/pay', {'date': '2026-04-15'})
    assert done.status_code == 200, done.text


def _book(actor: Actor) -> None:
    bank, cash = account('1000'), account('1050')
    rows: list[tuple[typing.Any, int, str, int, str]] = [
        ('income', bank, '4010', 11, 'Consultation été'),
        ('expense', bank, '6200', 12, 'Bank fees'),
        ('expense', cash, '6400', 12, 'Commission'),
        ('income', bank, '4900', 13, 'Mistaken'),
    ]
    for kind, where, category, day, text in rows:
        new = NewTransaction(
            type=kind,
            account_id=where,
            category_id=account(category),
            amount=Decimal(day),
            date=dt.date(2026, 11, day),
            description=text,
        )
        made = record_transaction(new, actor=actor)
    reverse_transaction(made, actor=actor)


def account(code: str) -> int:
    return int(Account.get(Account.code == code).id)


def listed(part: Slice | None = None, **wanted: typing.Any) -> list[TransactionRead]:
    rows, total = list_transactions(
        TransactionFilter(**wanted), part or Slice(limit=100), actor=ALL
    )
    assert part or total == len(rows)
    return rows


def short(rows: list[TransactionRead]) -> list[tuple[str, str, Decimal]]:
    return [(row.source, row.type, row.amount) for row in rows]


class TestListTransactions:
    def test_all_that_came_and_went_the_latest_first(self, story: Api) -> None:
        with story.company():
            rows = listed()
        known = [
            ('transaction', 'expense', Decimal('12.00')),
            ('transaction', 'expense', Decimal('12.00')),
            ('transaction', 'income', Decimal('11.00')),
            ('refund', 'income', Decimal('20.00')),
            ('refund', 'expense', Decimal('50.00')),
            ('payment', 'income', Decimal('200.00')),
            ('payment', 'income', Decimal('300.00')),
        ]
        assert short(rows)[:7] == known
        assert [(row.source, row.type) for row in rows[7:]] == [
            ('remittance', 'expense'),
            ('payroll', 'expense'),
        ]
        assert rows[-1].amount > 1000

    def test_what_is_listed_is_what_the_books_moved(self, story: Api) -> None:
        """By account: received − spent of the list is the account's balance in the ledger."""
        with story.company():
            for code in ('1000', '1050'):
                rows = listed(account_id=account(code))
                came = sum(row.amount for row in rows if row.type == 'income')
                went = sum(row.amount for row in rows if row.type == 'expense')
                assert came - went == balance_of(code), code
                assert {row.account_code for row in rows} == {code}
        assert story.difference() == 0

    def test_each_row_says_what_it_is(self, story: Api) -> None:
        with story.company():
            by_source = {row.source: row for row in listed()}
        payment, refund = by_source['payment'], by_source['refund']
        assert (payment.number, payment.reference) == ('PAY-2026-0001', 'REF-300')
        assert (payment.customer_name, payment.category_id) == ('Acme', None)
        assert (payment.account_code, payment.source_id) == ('1000', 1)
        assert (refund.number, refund.reference) == ('PAY-2026-0001', 'RE-1')
        assert by_source['payroll'].number == 'RUN-2026-0001'
        assert by_source['remittance'].account_code == '1000'
        assert {row.currency for row in by_source.values()} == {'CAD'}

    @pytest.mark.parametrize(
        ('wanted', 'amounts'),
        [
            ({'type': 'income'}, [11, 20, 200, 300]),
            ({'type': 'expense', 'date_from': dt.date(2026, 11, 1)}, [12, 12, 50]),
            ({'type': 'income', 'source': ['refund', 'transaction']}, [11, 20]),
            ({'source': ['payroll'], 'type': 'income'}, []),
            ({'status': 'reversed'}, [13, 100]),
            ({'date_from': dt.date(2026, 11, 3), 'date_to': dt.date(2026, 11, 5)}, [20, 50]),
            ({'customer_id': 1}, [20, 50, 200, 300]),
            ({'customer_id': 99}, []),
            ({'category_id': 1_000_000}, []),
            ({'search': 'ÉTÉ'}, [11]),
            ({'search': 'ref-200'}, [200]),
            ({'search': 'pay-2026-0001'}, [20, 50, 300]),
            ({'search': 'TX-2026-0002'}, [12]),
            ({'search': '100%'}, []),
            ({'search': 'run-2026-0001', 'type': 'income'}, []),
        ],
        ids=str,
    )
    def test_filters(self, story: Api, wanted: dict[str, typing.Any], amounts: list[int]) -> None:
        with story.company():
            assert [row.amount for row in listed(**wanted)] == amounts

    def test_by_category_and_account(self, story: Api) -> None:
        with story.company():
            [row] = listed(category_id=account('6400'))
            assert (row.account_code, row.category_name) == ('1050', 'Commissions')
            rows = listed(account_id=account('1050'))
            assert [(row.source, row.amount) for row in rows] == [
                ('transaction', 12),
                ('payment', 200),
            ]
            assert listed(account_id=account('1100')) == []

    @pytest.mark.parametrize('order', ['asc', 'desc'])
    def test_pages_are_cut_from_one_order(self, story: Api, order: str) -> None:
        with story.company():
            whole = listed(Slice(limit=100, order=order))
            pages = [
                row
                for offset in range(0, 9, 2)
                for row in listed(Slice(limit=2, offset=offset, order=order, orderby='date'))
            ]
            assert pages == whole
            assert len({row.id for row in whole}) == len(whole) == 9
            keys = [(row.date, row.id) for row in whole]
            assert keys == sorted(keys, reverse=order == 'desc')
            with pytest.raises(Invalid):
                listed(Slice(orderby='amount'))

    def test_another_company_sees_none_of_it(self, story: Api, other: Api) -> None:
        with other.company():
            assert listed() == []


class TestReadTransaction:
    def test_each_of_the_list_by_its_id(self, story: Api) -> None:
        with story.company():
            rows = listed() + listed(status='reversed')
            assert [read_transaction(row.id, actor=ALL) for row in rows] == rows
            assert len(rows) == 11

    @pytest.mark.parametrize('unknown', [0, -1, 99, 1_000_000_000_099, 3_000_000_000_002, 2**62])
    def test_nothing_else(self, story: Api, unknown: int) -> None:
        with story.company():
            assert read_transaction(unknown, actor=ALL) is None

    def test_an_adjustment_is_no_money(self, story: Api) -> None:
        found = [
            one
            for one in story.get('/billing/payments').json['data']
            if one['method'] == 'adjustment'
        ]
        assert len(found) == 1
        with story.company():
            assert read_transaction(1_000_000_000_000 + found[0]['id'], actor=ALL) is None


class TestAccountsAndCategories:
    def test_the_chart_s_bank_and_cash(self, story: Api) -> None:
        with story.company():
            found = read_accounts()
            assert [one.code for one in found] == ['1000', '1050']
            assert [one.balance for one in found] == [balance_of('1000'), balance_of('1050')]

    def test_the_chart_s_income_and_expenses(self, story: Api) -> None:
        with story.company():
            codes = {one.code: one.type for one in read_categories()}
            assert codes['4000'] == codes['4900'] == 'income'
            assert codes['5000'] == codes['6000'] == codes['6300'] == 'expense'
            assert not {'1000', '1100', '2000', '3000'} & set(codes)
            assert {one.type for one in read_categories('income')} == {'income'}
            assert len(read_categories('income')) + len(read_categories('expense')) == len(codes)


class TestWages:
    def test_are_nobodys_business_without_the_scope(self, story: Api) -> None:
        """Neither listed nor found by their ids, and not counted either."""
        seller = Actor(kind='key', scopes=frozenset({'transactions:read'}))
        with story.company():
            hidden = [row for row in listed() if row.source in ('payroll', 'remittance')]
            rows, total = list_transactions(TransactionFilter(), Slice(limit=100), actor=seller)
            assert len(hidden) == 2
            assert total == len(rows) == len(listed()) - 2
            assert not {row.source for row in rows} & {'payroll', 'remittance'}
            asked = TransactionFilter(source=['payroll'])
            assert list_transactions(asked, Slice(limit=9), actor=seller) == ([], 0)
            for row in hidden:
                assert read_transaction(row.id, actor=ALL) == row
                assert read_transaction(row.id, actor=seller) is None
