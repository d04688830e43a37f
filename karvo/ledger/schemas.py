"""Shapes of the ledger: what is posted, what is read."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

ZERO = Decimal('0.00')

#: Accounts that the posting matrix names (A-1 …); their codes are the chart's.
BANK, UNDEPOSITED, RECEIVABLE, INVENTORY = '1000', '1050', '1100', '1200'
DEPOSITS, CAPITAL, SALES, SERVICES, RETURNS = '2200', '3000', '4000', '4010', '4090'
BAD_DEBTS, SMALL_DIFFERENCES = '6100', '6500'
#: What Stripe took in and has not paid out yet, and what it keeps for that.
CLEARING, PROCESSING_FEES = '1060', '6210'
TRANSIT, GOODS_RECEIVED, COST_OF_SALES = '1210', '2050', '5000'
STOCK_ADJUSTMENTS, SCRAP = '5060', '5070'


class Posting(msgspec.Struct, frozen=True):
    """One line of an entry, dollars; exactly one side is more than zero (A-1)."""

    account: str
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    party_id: int | None = None
    tax_code: str = ''


class NewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A journal entry to post. `source` is (kind of record, its id)."""

    date: dt.date
    journal: str
    memo: str
    source: tuple[str, int]
    postings: list[Posting]


class AccountOut(msgspec.Struct, kw_only=True):
    """An account with the balance of its posted lines: debits − credits, dollars."""

    id: int
    code: str
    name: str
    name_fr: str
    name_en: str
    type: str
    is_control: bool
    is_active: bool
    balance: Decimal


class TrialBalanceRow(msgspec.Struct, kw_only=True):
    """One account's posted lines up to the date, dollars."""

    code: str
    name_fr: str
    name_en: str
    type: str
    debit: Decimal
    credit: Decimal
    balance: Decimal


class TrialBalance(msgspec.Struct, kw_only=True):
    """Every account that moved; `difference` is 0.00, or the books are broken (A-2)."""

    as_of: dt.date
    currency: str
    data: list[TrialBalanceRow]
    total_debit: Decimal
    total_credit: Decimal
    difference: Decimal


class FinancialSummary(msgspec.Struct, kw_only=True):
    """What a period earned and spent, dollars; the dates are its first and last day."""

    date_from: dt.date
    date_to: dt.date
    currency: str
    income: Decimal
    expenses: Decimal
    profit: Decimal


Side = typing.Literal['debit', 'credit']
