"""Shapes of payments, credits and aging. Amounts in dollars."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

from karvo.invoices.schemas import NewLine
from karvo.kit.events import Event
from karvo.taxes.schemas import Family

Method = typing.Literal[
    'cash',
    'cheque',
    'eft',
    'interac',
    'card',
    'stripe',
    'wire',
    'direct_debit',
    'adjustment',
    'other',
]


class NewAllocation(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a payment for one invoice."""

    invoice_id: int | None = None
    number: str | None = None
    amount: Decimal | None = None


class NewPayment(msgspec.Struct, frozen=True, kw_only=True):
    """Money received: for one invoice, for several, or on account of a customer (BIL-2)."""

    amount: Decimal
    allocations: list[NewAllocation] = []
    customer: str | None = None
    date: dt.date | None = None
    method: Method = 'other'
    reference: str | None = None
    notes: str | None = None
    external_id: str | None = None
    metadata: dict[str, typing.Any] = {}
    allow_overpayment: bool = False
    is_balance_update: bool = False
    account: str | None = None  #: debited instead of the method's own (adjustments)


class NewCredit(msgspec.Struct, frozen=True, kw_only=True):
    """A credit note: against an invoice, or open (BIL-3)."""

    reason: str
    customer: str | None = None
    invoice_id: int | None = None
    invoice_number: str | None = None
    number: str | None = None
    date: dt.date | None = None
    lines: list[NewLine] = []
    subtotal: Decimal | None = None
    total: Decimal | None = None
    amount: Decimal | None = None
    taxes: dict[Family, Decimal] = {}
    notes: str | None = None
    metadata: dict[str, typing.Any] = {}
    source: str = 'api'


class AllocationRead(msgspec.Struct, kw_only=True):
    """What an invoice took of a payment, and how it stands now."""

    invoice_id: int
    invoice_key: str
    invoice_no: str
    amount: Decimal
    balance: Decimal
    status: str


class Payment(msgspec.Struct, kw_only=True):
    """A payment as read."""

    id: int
    uid: str
    key: str
    payment_no: str
    status: str
    customer_id: int
    customer_code: str
    customer_name: str
    date: dt.date
    amount: Decimal
    unallocated: Decimal
    currency: str
    method: str
    reference: str | None
    notes: str | None
    external_id: str | None
    metadata: msgspec.Raw
    refunded: Decimal
    allocations: list[AllocationRead]
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class AgingRow(msgspec.Struct, kw_only=True):
    """What one customer owes, by days past due (AR-2)."""

    customer_code: str
    customer_name: str
    current: Decimal
    days_30: Decimal
    days_60: Decimal
    days_90: Decimal
    days_90_plus: Decimal
    total: Decimal
    disputed: Decimal
    unapplied_credits: Decimal
    net: Decimal
    oldest_due_date: dt.date | None
    invoice_count: int
    documents: typing.Any = msgspec.UNSET


class PaymentEvent(Event, frozen=True):
    """Something happened to a payment."""

    resource = 'payment'


class PaymentReceived(PaymentEvent, frozen=True):
    name = 'payment.received'


class PaymentAllocated(PaymentEvent, frozen=True):
    name = 'payment.allocated'


class PaymentVoided(PaymentEvent, frozen=True):
    name = 'payment.voided'


class PaymentRefunded(PaymentEvent, frozen=True):
    """Money went back, by refund or dispute; `refunded` in the object is the sum so far."""

    name = 'payment.refunded'


class PaymentRefundUndone(PaymentEvent, frozen=True):
    """A refund failed or a dispute was won: the money is here again."""

    name = 'payment.refund_undone'
