"""What a period earned and spent, and what is owed at its end (V2-9)."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest

from karvo.billing.reads import read_outstanding
from karvo.kit.errors import Invalid, Missing
from karvo.kit.work import atomic
from karvo.ledger.operations import post_entry, reverse_source
from karvo.ledger.reads import balance_of, calendar_period, financial_summary, trial_balance
from karvo.ledger.schemas import FinancialSummary, NewEntry, Posting
from tests.conftest import Api
from tests.days import stand_still

TODAY = dt.date(2026, 11, 20)
INCOME, EXPENSES = {'income', 'other_income'}, {'expense', 'cogs', 'depreciation'}


@pytest.fixture
def books(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    stand_still(monkeypatch, str(TODAY))
    with api.company():
        yield api


def booked(date: dt.date, debit: str, credit: str, amount: str, record: int = 1) -> None:
    postings = [Posting(debit, debit=Decimal(amount)), Posting(credit, credit=Decimal(amount))]
    source = ('test', record)
    with atomic() as work:
        post_entry(
            NewEntry(date=date, journal='misc', memo='', source=source, postings=postings),
            work=work,
        )


def invoiced(api: Api, date: str, price: int) -> int:
    line = {'description': 'Cleaner', 'qty': 1, 'unit_price': price}
    body = {'customer_code': 'A', 'customer_name': 'A', 'lines': [line], 'date': date}
    answer = api.post('/invoices', body)
    assert answer.status_code == 201, answer.text
    return int(answer.json['id'])


def summary(year: int | None = None, month: int | None = None) -> FinancialSummary:
    return financial_summary(*calendar_period(year, month, TODAY), 'CAD')


class TestCalendarPeriod:
    @pytest.mark.parametrize(
        ('year', 'month', 'first', 'last'),
        [
            (2026, None, '2026-01-01', '2026-12-31'),
            (None, None, '2026-01-01', '2026-12-31'),
            (2024, 2, '2024-02-01', '2024-02-29'),
            (2025, 12, '2025-12-01', '2025-12-31'),
        ],
    )
    def test_whole_years_and_months(
        self, year: int | None, month: int | None, first: str, last: str
    ) -> None:
        found = calendar_period(year, month, TODAY)
        assert [str(day) for day in found] == [first, last]

    def test_a_month_of_no_year(self) -> None:
        with pytest.raises(Missing) as refusal:
            calendar_period(None, 5, TODAY)
        assert set(refusal.value.fields) == {'year'}

    @pytest.mark.parametrize(
        ('year', 'month', 'field'),
        [(2026, 0, 'month'), (2026, 13, 'month'), (1989, None, 'year'), (10_000, 1, 'year')],
    )
    def test_no_such_period(self, year: int, month: int | None, field: str) -> None:
        with pytest.raises(Invalid) as refusal:
            calendar_period(year, month, TODAY)
        assert set(refusal.value.fields) == {field}


class TestFinancialSummary:
    def test_nothing_booked_is_nothing(self, books: Api) -> None:
        found = summary()
        assert (found.income, found.expenses, found.profit) == (0, 0, 0)
        assert (found.date_from, found.date_to) == (dt.date(2026, 1, 1), dt.date(2026, 12, 31))

    def test_revenue_before_tax_and_every_kind_of_expense(self, books: Api) -> None:
        invoiced(books, '2026-11-02', 1000)
        booked(dt.date(2026, 11, 3), '1000', '4900', '7.50', 1)
        booked(dt.date(2026, 11, 4), '5000', '1200', '300', 2)
        booked(dt.date(2026, 11, 5), '6200', '1000', '12.25', 3)
        booked(dt.date(2026, 11, 6), '6300', '1590', '100', 4)
        booked(dt.date(2026, 11, 7), '7000', '1000', '2.50', 5)  # a loss of exchange
        found = summary(2026, 11)
        assert found.income == Decimal('1005.00')
        assert found.expenses == Decimal('412.25')
        assert found.profit == Decimal('592.75')

    def test_a_month_and_its_year(self, books: Api) -> None:
        for record, date in enumerate(
            [(2025, 12, 31), (2026, 1, 1), (2026, 1, 31), (2026, 2, 1), (2026, 12, 31)], 1
        ):
            booked(dt.date(*date), '1000', '4000', f'{10**record}', record)
        assert summary(2025).income == 10
        assert summary(2026, 1).income == 1100
        assert summary(2026, 2).income == 10_000
        assert summary(2026).income == 111_100
        assert summary(2024).income == 0

    def test_a_reversal_counts_on_its_own_day(self, books: Api) -> None:
        booked(dt.date(2026, 1, 31), '6200', '1000', '40')
        with atomic() as work:
            reverse_source(('test', 1), dt.date(2026, 2, 1), 'wrong', work=work)
        assert [summary(2026, month).expenses for month in (1, 2)] == [40, -40]
        assert summary(2026).expenses == 0

    def test_it_is_the_trial_balance_by_type(self, books: Api) -> None:
        made = invoiced(books, '2026-03-01', 800)
        invoiced(books, '2026-04-01', 333)
        books.post('/billing/credits', {'invoice_id': made, 'amount': 50, 'reason': 'late'})
        booked(dt.date(2026, 5, 1), '6000', '1000', '99.99')
        found, rows = summary(2026), trial_balance(dt.date(2026, 12, 31), 'CAD').data
        assert found.income == -sum(row.balance for row in rows if row.type in INCOME)
        assert found.expenses == sum(row.balance for row in rows if row.type in EXPENSES)
        # What was earned is what stands on all other accounts.
        others = [row.balance for row in rows if row.type not in INCOME | EXPENSES]
        assert found.profit == sum(others)
        months = [summary(2026, month) for month in range(1, 13)]
        assert sum(one.profit for one in months) == found.profit
        assert books.difference() == 0

    def test_another_company_earned_nothing(self, books: Api, other: Api) -> None:
        booked(dt.date(2026, 5, 1), '1000', '4000', '5')
        with other.company():
            assert summary(2026).income == 0


class TestOutstanding:
    def test_what_was_paid_later_was_owed(self, books: Api) -> None:
        made = invoiced(books, '2026-09-10', 100)
        invoiced(books, '2026-10-10', 200)
        books.post(
            '/billing/payments', {'invoice_id': made, 'amount': 114.98, 'date': '2026-11-05'}
        )
        owed = {
            str(day): read_outstanding(day)
            for day in (
                dt.date(2026, 9, 9),
                dt.date(2026, 9, 30),
                dt.date(2026, 10, 31),
                dt.date(2026, 11, 30),
            )
        }
        assert list(owed.values()) == [
            Decimal(0),
            Decimal('114.98'),
            Decimal('344.93'),
            Decimal('229.95'),
        ]
        assert read_outstanding(TODAY) == balance_of('1100')

    def test_money_on_account_is_not_taken_off(self, books: Api) -> None:
        invoiced(books, '2026-10-10', 200)
        books.post('/billing/payments', {'customer_code': 'A', 'amount': 50, 'method': 'eft'})
        assert read_outstanding(TODAY) == Decimal('229.95')
        assert balance_of('1100') == Decimal('179.95')
