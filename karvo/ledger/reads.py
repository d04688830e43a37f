"""Accounts and the trial balance, each in one statement."""

import datetime as dt
from decimal import Decimal

import msgspec

from karvo.kit.db import database
from karvo.kit.paging import Listing
from karvo.ledger.schemas import TrialBalance, TrialBalanceRow

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

BALANCE = """
SELECT coalesce(sum(l.debit - l.credit), 0.00) FROM @journal_line l
JOIN @account a ON a.id = l.account_id WHERE a.code = %(code)s"""

UNBALANCED = """
SELECT e.id, coalesce(e.number, ''), sum(l.debit) - sum(l.credit) FROM @journal_entry e
LEFT JOIN @journal_line l ON l.entry_id = e.id
GROUP BY e.id HAVING coalesce(sum(l.debit) <> sum(l.credit), true) OR count(l.id) < 2"""


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


def balance_of(code: str) -> Decimal:
    """Debits − credits of one account, all dates."""
    row = database.run(BALANCE, {'code': code}).fetchone()
    return row[0] if row else Decimal('0.00')


def unbalanced_entries() -> list[tuple[int, str, Decimal]]:
    """(id, number, debits − credits) of entries that break A-2; empty, always."""
    return database.run(UNBALANCED).fetchall()
