"""/transactions, /accounts and /categories of api/v2: money in and out, booked at once.

What is recorded is not changed: `DELETE` books the reverse, and there is no `PUT`.
"""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import Meta

from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, invalid
from karvo.kit.fields import Id, Line, MoneyPositive, Note
from karvo.kit.http import Resource, endpoint, found
from karvo.ledger.schemas import SALES
from plugins.banking.operations import record_transaction, reverse_transaction
from plugins.banking.reads import (
    list_transactions,
    read_accounts,
    read_categories,
    read_transaction,
)
from plugins.banking.schemas import (
    BankAccount,
    CategoryRead,
    Kind,
    NewTransaction,
    Source,
    Standing,
    TransactionFilter,
    TransactionRead,
)
from plugins.billing_v2.dialect import dialect
from plugins.billing_v2.envelopes import Done, Listed, ListQuery, One, listed, part_of, seconds
from plugins.billing_v2.wording import chosen, one_of, reversed_words

Type = typing.Literal['Income', 'Expense']
Status = typing.Literal['Posted', 'Reversed']
TYPES: dict[Type, Kind] = {'Income': 'income', 'Expense': 'expense'}
STATUSES: dict[Status, Standing] = {'Posted': 'posted', 'Reversed': 'reversed'}
_TYPES, _STATUSES = reversed_words(TYPES), reversed_words(STATUSES)
TypeAsked = typing.Annotated[str, one_of('Income', 'Expense')]
StatusAsked = typing.Annotated[str, one_of('Posted', 'Reversed')]
#: Of this dialect's own: an account below Sales in the chart would have one below 1.
CategoryId = typing.Annotated[int, Meta(ge=-(2**31), le=2**31)]


class V2TransactionIn(msgspec.Struct, kw_only=True):
    """Money received or spent, in dollars; today's when no date is given."""

    type: Type
    account_id: Id
    category_id: CategoryId
    amount: MoneyPositive
    description: Note | None = None
    date: dt.date | None = None
    reference: Line | None = None
    customer_id: Id | None = None


class V2TransactionQuery(ListQuery, kw_only=True):
    """Filters, letter case aside: `type` Income or Expense, `status` Posted (it is when absent) or
    Reversed. Both days are included; `search` is part of a number, a description or a reference.
    """

    type: TypeAsked = ''
    account_id: Id | None = None
    category_id: CategoryId | None = None
    customer_id: Id | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    status: StatusAsked = ''


class V2TransactionOut(msgspec.Struct, kw_only=True):
    """Money in or out, in dollars. `source` says what recorded it; only a `transaction` has a
    category: a payment settles what was income when it was invoiced.
    """

    id: int
    number: str | None
    type: Type
    source: Source
    status: Status
    account_id: int | None
    account: str | None
    category_id: int | None
    category: str | None
    amount: Decimal
    currency: str
    description: str | None
    reference: str | None
    customer_id: int | None
    date: dt.date
    reversed_on: dt.date | None
    created_at: dt.datetime


class V2AccountOut(msgspec.Struct, kw_only=True):
    """A bank or cash account with what is on it, in dollars."""

    id: int
    code: str
    name: str
    name_fr: str
    balance: Decimal
    active: bool


class V2CategoryOut(msgspec.Struct, kw_only=True):
    """What money was for. Categories have ids of their own, beginning with 1 for Sales;
    `account_id` is the account of the chart.
    """

    id: int
    account_id: int
    code: str
    name: str
    name_fr: str
    type: Type
    active: bool


class Transactions(Resource):
    """Money in and out."""

    dialect = dialect

    @endpoint(scope='transactions:read')
    def on_get(self, actor: Actor, query: V2TransactionQuery) -> Listed[V2TransactionOut]:
        """List transactions, payments and refunds among them, the latest first."""
        numbers = _Numbers()
        wanted = TransactionFilter(
            type=chosen(query.type, TYPES, 'type'),
            status=chosen(query.status, STATUSES, 'status'),
            account_id=query.account_id,
            category_id=numbers.account(query.category_id),
            customer_id=query.customer_id,
            date_from=query.date_from,
            date_to=query.date_to,
            search=query.search or None,
        )
        rows, total = list_transactions(wanted, part_of(query), actor=actor)
        return listed([_shown(row, numbers) for row in rows], total, query)

    @endpoint(scope='transactions:write', status=201)
    def on_post(self, actor: Actor, body: V2TransactionIn) -> One[V2TransactionOut]:
        """Record an income or an expense: it is booked at once and never changed."""
        numbers = _Numbers()
        category = numbers.account(body.category_id)
        if category is None or category not in numbers.of_accounts:
            raise invalid(category_id='not found')
        new = NewTransaction(
            type=TYPES[body.type],
            account_id=body.account_id,
            category_id=category,
            amount=body.amount,
            date=body.date,
            description=body.description,
            reference=body.reference,
            customer_id=body.customer_id,
        )
        made = record_transaction(new, actor=actor)
        row = found(read_transaction(made, actor=actor), 'Transaction')
        return One(data=_shown(row, numbers), message='Transaction created')


class Transaction(Resource):
    """One of them."""

    dialect = dialect

    @endpoint(scope='transactions:read')
    def on_get(self, actor: Actor, id: int) -> One[V2TransactionOut]:
        """Get a transaction, also one that was reversed."""
        return One(data=_shown(found(read_transaction(id, actor=actor), 'Transaction'), _Numbers()))

    @endpoint(scope='transactions:write')
    def on_delete(self, actor: Actor, id: int) -> Done:
        """Reverse a transaction: it stays, with an entry that takes it back."""
        row = found(read_transaction(id, actor=actor), 'Transaction')
        if row.source != 'transaction':
            raise Conflict(f'a {row.source} is taken back where it was recorded, not here')
        reverse_transaction(id, actor=actor)
        return Done(message='Transaction reversed')


class Accounts(Resource):
    """Where money is."""

    dialect = dialect

    @endpoint(scope='transactions:read')
    def on_get(self, actor: Actor, query: ListQuery) -> Listed[V2AccountOut]:
        """List bank and cash accounts, by code."""
        rows = [_account(row) for row in read_accounts() if _has(row, query.search)]
        return _windowed(rows, query)


class V2CategoriesQuery(ListQuery, kw_only=True):
    """`type`: Income or Expense, letter case aside."""

    type: TypeAsked = ''


class Categories(Resource):
    """What money is for."""

    dialect = dialect

    @endpoint(scope='transactions:read')
    def on_get(self, actor: Actor, query: V2CategoriesQuery) -> Listed[V2CategoryOut]:
        """List income and expense categories, by code."""
        kind = chosen(query.type, TYPES, 'type')
        numbers = _Numbers()
        rows = [
            _category(row, numbers)
            for row in numbers.rows
            if kind in (None, row.type) and _has(row, query.search)
        ]
        return _windowed(rows, query)


class _Numbers:
    """Categories counted from Sales, which is 1: the chart has its banks first, and a client that
    counts from 1 means the first category, not the bank.
    """

    def __init__(self) -> None:
        self.rows = read_categories()
        sales = next((row.id for row in self.rows if row.code == SALES), 1)
        self._before = sales - 1
        self.of_accounts = {row.id: self.number(row.id) for row in self.rows}

    def number(self, account_id: int) -> int:
        return account_id - self._before

    def account(self, number: int | None) -> int | None:
        """The account's id in the chart."""
        return None if number is None else number + self._before


def _shown(row: TransactionRead, numbers: _Numbers) -> V2TransactionOut:
    return V2TransactionOut(
        id=row.id,
        number=row.number,
        type=_TYPES[row.type],
        source=row.source,
        status=_STATUSES[row.status],
        account_id=row.account_id,
        account=row.account_name,
        category_id=None if row.category_id is None else numbers.number(row.category_id),
        category=row.category_name,
        amount=row.amount,
        currency=row.currency,
        description=row.description,
        reference=row.reference,
        customer_id=row.customer_id,
        date=row.date,
        reversed_on=row.reversed_on,
        created_at=seconds(row.created_at),
    )


def _account(row: BankAccount) -> V2AccountOut:
    return V2AccountOut(
        id=row.id,
        code=row.code,
        name=row.name_en,
        name_fr=row.name_fr,
        balance=row.balance,
        active=row.is_active,
    )


def _category(row: CategoryRead, numbers: _Numbers) -> V2CategoryOut:
    return V2CategoryOut(
        id=numbers.number(row.id),
        account_id=row.id,
        code=row.code,
        name=row.name_en,
        name_fr=row.name_fr,
        type=_TYPES[row.type],
        active=row.is_active,
    )


def _has(row: BankAccount | CategoryRead, search: str) -> bool:
    """Whether code or name hold the text, letter case aside."""
    return search.lower() in f'{row.code} {row.name_en} {row.name_fr}'.lower()


Row = typing.TypeVar('Row')


def _windowed(rows: list[Row], query: ListQuery) -> Listed[Row]:
    """A page of a list that is read whole: a chart has some dozens of rows."""
    part = part_of(query)
    return listed(rows[part.offset : part.offset + part.limit], len(rows), query)


routes: list[tuple[str, Resource]] = [
    ('/transactions', Transactions()),
    ('/transactions/{id:int}', Transaction()),
    ('/accounts', Accounts()),
    ('/categories', Categories()),
]
