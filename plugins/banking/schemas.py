"""Shapes of income and expenses. Amounts in dollars of the company's currency."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

from karvo.kit.events import Event
from karvo.kit.fields import Line, MoneyPositive, Note

Kind = typing.Literal['income', 'expense']
Source = typing.Literal['transaction', 'payment', 'refund', 'payroll', 'remittance']
Standing = typing.Literal['posted', 'reversed']

#: An id of the list is the row's own id plus this much for its source, so that a number says which
#: record it is. Transactions keep theirs; the sums fit into a JavaScript number.
SPACES: dict[Source, int] = {
    'transaction': 0,
    'payment': 1_000_000_000_000,
    'refund': 2_000_000_000_000,
    'payroll': 3_000_000_000_000,
    'remittance': 4_000_000_000_000,
}


class NewTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """Money received or spent. `account_id` is a bank or cash account, `category_id` an income
    account of an income, an expense account of an expense; today when no date is given.
    """

    type: Kind
    account_id: int
    category_id: int
    amount: MoneyPositive
    date: dt.date | None = None
    description: Note | None = None
    reference: Line | None = None
    customer_id: int | None = None


class TransactionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which transactions; None = all, of `status` None those that count (posted).

    `search`: part of the number, the description or the reference.
    """

    type: Kind | None = None
    source: list[Source] | None = None
    status: Standing | None = None
    account_id: int | None = None
    category_id: int | None = None
    customer_id: int | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    search: str | None = None


class TransactionRead(msgspec.Struct, kw_only=True):
    """Money that came (income) or went (expense), whatever recorded it.

    `id` is unique over all sources (SPACES), `source_id` is the payment's, refund's, pay run's own.
    Only a transaction has a category: a payment settles what was income when it was invoiced.
    """

    id: int
    source: Source
    source_id: int
    uid: str
    number: str | None
    type: Kind
    status: Standing
    date: dt.date
    amount: Decimal
    currency: str
    account_id: int | None
    account_code: str | None
    account_name: str | None
    category_id: int | None
    category_code: str | None
    category_name: str | None
    description: str | None
    reference: str | None
    customer_id: int | None
    customer_name: str | None
    reversed_on: dt.date | None
    created_at: dt.datetime


class BankAccount(msgspec.Struct, kw_only=True):
    """An account of the chart that money comes into, with its balance: debits − credits."""

    id: int
    code: str
    name_fr: str
    name_en: str
    is_active: bool
    balance: Decimal


class CategoryRead(msgspec.Struct, kw_only=True):
    """An account of the chart that says what money was for."""

    id: int
    code: str
    name_fr: str
    name_en: str
    type: Kind
    is_active: bool


class TransactionEvent(Event, frozen=True):
    """Something happened to an income or an expense."""

    resource = 'transaction'


class TransactionRecorded(TransactionEvent, frozen=True):
    name = 'transaction.recorded'


class TransactionReversed(TransactionEvent, frozen=True):
    name = 'transaction.reversed'
