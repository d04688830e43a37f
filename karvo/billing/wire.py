"""se-erp/v2's shapes of payments, credit notes and aging."""

import datetime as dt
import functools
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.billing.schemas import AgingRow, Method, Payment
from karvo.invoices.schemas import Invoice
from karvo.invoices.wire import LineIn, LineOut, TaxOut, TaxTotalsIn, invoice_out
from karvo.kit.fields import Id, Line, Metadata, MoneyPositive, Note, Short
from karvo.kit.links import Link, Links
from karvo.kit.paging import ListQuery
from karvo.kit.printed import PrintQuery

CUSTOMER = Link(
    rel='customer',
    href='/customers/{customer_id}',
    batch='/customers?include={ids}',
    key='customer_id',
)
PAYMENT_LINKS = Links(collection='/billing/payments', links=(CUSTOMER,))
CREDIT_LINKS = Links(
    collection='/billing/credits',
    links=(CUSTOMER, Link(rel='invoice', href='/invoices/{invoice_id}')),
)


class AllocationIn(msgspec.Struct, kw_only=True):
    """A part of a payment."""

    invoice_id: Id | None = None
    invoice_no: Short | None = None
    amount: MoneyPositive | None = None


class PaymentIn(msgspec.Struct, kw_only=True):
    """Money received: for one invoice, for several, or on account of a customer."""

    amount: MoneyPositive
    invoice_id: Id | None = None
    invoice_no: Short | None = None
    allocations: list[AllocationIn] = []
    customer_code: Short | None = None
    date: dt.date | None = None
    payment_date: dt.date | None = None
    method: Method = 'other'
    reference: Line | None = None
    notes: Note | None = None
    external_id: Line | None = None
    metadata: Metadata | None = None
    allow_overpayment: bool = False


class PaymentOut(Payment, kw_only=True):
    """A payment; when one invoice took all of it, how that invoice stands now."""

    invoice_no: str | UnsetType = UNSET
    invoice_balance: Decimal | UnsetType = UNSET
    invoice_status: str | UnsetType = UNSET


class PaymentQuery(ListQuery, kw_only=True):
    """Filters of the list."""

    customer_code: Short | None = None
    invoice_no: Short | None = None
    invoice_id: typing.Annotated[list[Id], Meta(max_length=100)] = []
    method: Line | None = None
    status: Line | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None


class CreditIn(TaxTotalsIn, kw_only=True):
    """A credit note; `amount` is before tax, `total` with taxes, lines win (BIL-3)."""

    reason: typing.Annotated[str, Meta(min_length=1, max_length=500)]
    customer_code: Short | None = None
    invoice_id: Id | None = None
    invoice_no: Short | None = None
    credit_no: Short | None = None
    date: dt.date | None = None
    lines: list[LineIn] = []
    amount: MoneyPositive | None = None
    notes: Note | None = None
    metadata: Metadata | None = None


class CreditOut(msgspec.Struct, kw_only=True):
    """A credit note; `balance` is what is still open to refund or allocate."""

    id: int
    uid: str
    credit_no: str
    customer_id: int
    customer_code: str
    customer_name: str
    invoice_id: int | None
    invoice_no: str | None
    date: dt.date
    status: str
    reason: str | None
    currency: str
    subtotal: Decimal
    tps: Decimal
    tvq: Decimal
    tvh: Decimal
    tvp: Decimal
    taxes: list[TaxOut]
    total: Decimal
    applied: Decimal
    balance: Decimal
    notes: str | None
    metadata: msgspec.Raw
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    lines: list[LineOut] | UnsetType = UNSET


class CreditQuery(ListQuery, kw_only=True):
    """Filters of the list."""

    customer_code: Short | None = None
    invoice_no: Short | None = None
    status: Line | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None


class AgingQuery(ListQuery, kw_only=True):
    """On which date, by which date, of whom."""

    as_of: dt.date | None = None
    customer_code: Short | None = None
    basis: typing.Literal['due_date', 'invoice_date'] = 'due_date'
    net_credits: bool = False
    detail: bool = False
    currency: Short | None = None


class AgingSummary(msgspec.Struct, kw_only=True):
    """The columns summed over all customers, dollars."""

    current: Decimal
    days_30: Decimal
    days_60: Decimal
    days_90: Decimal
    days_90_plus: Decimal
    total: Decimal
    disputed: Decimal
    unapplied_credits: Decimal
    net: Decimal
    invoice_count: int


class Aging(msgspec.Struct, kw_only=True):
    """What is owed, by days past due: 1–30, 31–60, 61–90, over 90 (AR-2)."""

    data: list[AgingRow]
    total: int
    page: int
    per_page: int
    total_pages: int
    as_of: dt.date
    basis: str
    currency: str
    summary: AgingSummary


class StatementQuery(PrintQuery, kw_only=True, rename={'from_date': 'from', 'to_date': 'to'}):
    """The period, both days included: from the first of the month to today unless said."""

    from_date: dt.date | None = None
    to_date: dt.date | None = None
    format: typing.Literal['json', 'pdf'] = 'json'


def payment_out(row: Payment) -> PaymentOut:
    """The wire's shape; the one invoice's standing also at top level."""
    shown = PaymentOut(**{n: getattr(row, n) for n in Payment.__struct_fields__})
    if len(row.allocations) == 1:
        only = row.allocations[0]
        shown.invoice_no, shown.invoice_balance = only.invoice_no, only.balance
        shown.invoice_status = only.status
    return shown


@functools.cache
def _shared() -> tuple[str, ...]:
    own = {'subtotal', 'tps', 'tvq', 'tvh', 'tvp', 'taxes', 'total', 'balance', 'lines', 'notes'}
    more = {'id', 'uid', 'customer_id', 'customer_code', 'customer_name', 'date', 'currency'}
    return tuple(own | more | {'metadata', 'version', 'created_at', 'updated_at'})


def credit_out(row: Invoice) -> CreditOut:
    """The wire's shape of a credit note."""
    shown = invoice_out(row)
    status = 'void' if row.state == 'void' else 'open' if row.balance else 'applied'
    return CreditOut(
        **{name: getattr(shown, name) for name in _shared()},
        credit_no=row.number or '',
        invoice_id=row.original_id,
        invoice_no=row.original_number,
        status=status,
        reason=row.reason,
        applied=row.total - row.balance,
    )
