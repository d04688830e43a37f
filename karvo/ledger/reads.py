"""Accounts, the trial balance and what a period earned, each in one statement."""

import calendar
import datetime as dt
from decimal import Decimal

import msgspec

from karvo.kit import clock
from karvo.kit.db import database
from karvo.kit.errors import invalid, missing
from karvo.kit.paging import Listing
from karvo.ledger.schemas import FinancialSummary, TrialBalance, TrialBalanceRow

ACCOUNTS = Listing(
    columns="""a.id, a.code, a.name_en AS name, a.name_fr, a.name_en, a.type, a.is_control,
      a.is_active, coalesce(b.balance, 0.00) AS balance""",
    source="""@account a LEFT JOIN LATERAL (
      SELECT sum(l.debit - l.credit) AS balance FROM @journal_line l WHERE l.account_id = a.id
    ) b ON true""",
    filters={
        'search': "(a.code ILIKE %(search)s || '%%' OR a.name_fr ILIKE '%%' || %(search)s || '%%'"
        " OR a.name_en ILIKE '%%' || %(search)s || '%%')",
        'type': 'a.type = ANY(%(type)s)',
    },
    orders={'code': 'a.code', 'name': 'a.name_en'},
    default=('code', 'asc'),
    tiebreak='a.id',
)

TRIAL_BALANCE = """
SELECT coalesce(json_agg(row_to_json(r)), '[]')::text FROM (
  SELECT a.code, a.name_fr, a.name_en, a.type, s.debit, s.credit, s.debit - s.credit AS balance
  FROM @account a JOIN (
    SELECT l.account_id, sum(l.debit) AS debit, sum(l.credit) AS credit
    FROM @journal_line l JOIN @journal_entry e ON e.id = l.entry_id
    WHERE e.date <= %(as_of)s GROUP BY l.account_id
  ) s ON s.account_id = a.id ORDER BY a.code) r"""

#: V2-9. Taxes are liabilities, so revenue is what it was before tax; reversals net themselves out.
SUMMARY = """
SELECT coalesce(sum(l.credit - l.debit) FILTER (WHERE a.type IN ('income', 'other_income')), 0.00),
  coalesce(sum(l.debit - l.credit) FILTER (
    WHERE a.type IN ('expense', 'cogs', 'depreciation')), 0.00)
FROM @journal_entry e JOIN @journal_line l ON l.entry_id = e.id
JOIN @account a ON a.id = l.account_id
WHERE e.date BETWEEN %(date_from)s AND %(date_to)s"""

BALANCE = """
SELECT coalesce(sum(l.debit - l.credit), 0.00) FROM @journal_line l
JOIN @account a ON a.id = l.account_id WHERE a.code = %(code)s"""

UNBALANCED = """
SELECT e.id, coalesce(e.number, ''), sum(l.debit) - sum(l.credit) FROM @journal_entry e
LEFT JOIN @journal_line l ON l.entry_id = e.id
GROUP BY e.id HAVING coalesce(sum(l.debit) <> sum(l.credit), true) OR count(l.entry_id) < 2"""


def trial_balance(as_of: dt.date, currency: str) -> TrialBalance:
    """Every account with posted lines on or before `as_of`."""
    body = database.json(TRIAL_BALANCE, {'as_of': as_of}) or b'[]'
    rows = msgspec.json.decode(body, type=list[TrialBalanceRow])
    debit = sum((row.debit for row in rows), Decimal('0.00'))
    credit = sum((row.credit for row in rows), Decimal('0.00'))
    return TrialBalance(
        as_of=as_of,
        currency=currency,
        data=rows,
        total_debit=debit,
        total_credit=credit,
        difference=debit - credit,
    )


def calendar_period(year: int | None, month: int | None, today: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of a calendar year, or of one of its months; this year without both.

    Raises Missing for a month without its year, Invalid.
    """
    if month is not None and year is None:
        raise missing('year')
    year = today.year if year is None else year
    if not clock.EARLIEST.year <= year <= clock.latest(today).year:
        raise invalid(year=f'must be from {clock.EARLIEST.year} to {clock.latest(today).year}')
    if month is not None and not 1 <= month <= 12:
        raise invalid(month='must be from 1 to 12')
    last = month or 12
    return dt.date(year, month or 1, 1), dt.date(year, last, calendar.monthrange(year, last)[1])


def financial_summary(date_from: dt.date, date_to: dt.date, currency: str) -> FinancialSummary:
    """Income and expenses of all entries dated within, by the types of their accounts (V2-9).

    A loss on an account of other income lessens the income, as its type says.
    """
    values = database.values(SUMMARY, {'date_from': date_from, 'date_to': date_to})
    income, expenses = (Decimal((value or b'0.00').decode()) for value in values)
    return FinancialSummary(
        date_from=date_from,
        date_to=date_to,
        currency=currency,
        income=income,
        expenses=expenses,
        profit=income - expenses,
    )


def balance_of(code: str) -> Decimal:
    """Debits − credits of one account, all dates."""
    row = database.run(BALANCE, {'code': code}).fetchone()
    return row[0] if row else Decimal('0.00')


def unbalanced_entries() -> list[tuple[int, str, Decimal]]:
    """(id, number, debits − credits) of entries that break A-2; empty, always."""
    return database.run(UNBALANCED).fetchall()
