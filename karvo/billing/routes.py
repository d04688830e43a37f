"""/billing of se-erp/v2."""

import datetime as dt
import functools
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.billing.operations.credits import issue_credit
from karvo.billing.operations.payments import only_invoice, record_payment, void_payment
from karvo.billing.reads import (
    BUCKETS,
    PAYMENT_LIST,
    netted,
    read_aging,
    read_payment,
)
from karvo.billing.schemas import (
    AgingRow,
    AllocationRead,
    Method,
    NewAllocation,
    NewCredit,
    NewPayment,
    Payment,
)
from karvo.invoices.reads import document_listing, read_document
from karvo.invoices.schemas import Invoice
from karvo.invoices.wire import (
    FIELDS,
    LineIn,
    LineOut,
    TaxOut,
    TaxTotalsIn,
    given_taxes,
    invoice_out,
    new_line,
)
from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.fields import Id, Line, Metadata, MoneyPositive, Note, Short
from karvo.kit.http import Page, Resource, endpoint, found
from karvo.kit.paging import ListQuery
from karvo.kit.text import like
from karvo.se_erp import se_erp
from karvo.settings.reads import business_date, read_settings, today_params

CREDIT_STATUSES = {'open': 'unpaid', 'applied': 'paid', 'void': 'void'}
METHODS = typing.get_args(Method)
_CREDITS = document_listing(
    filters={
        'credit_status': """(CASE WHEN d.state = 'void' THEN 'void'
      WHEN d.balance > 0 THEN 'open' ELSE 'applied' END) = ANY(%(credit_status)s)"""
    }
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


class PaymentOut(msgspec.Struct, kw_only=True):
    """A payment, amounts in dollars; `unallocated` is what no invoice has taken."""

    id: int
    uid: str
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
    allocations: list[AllocationRead]
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    invoice_no: str | UnsetType = UNSET
    invoice_balance: Decimal | UnsetType = UNSET
    invoice_status: str | UnsetType = UNSET


class PaymentQuery(ListQuery, kw_only=True):
    """Filters of the list."""

    customer_code: Short | None = None
    invoice_no: Short | None = None
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


class Deleted(msgspec.Struct):
    """The answer of every DELETE (G-11)."""

    deleted: bool
    id: int


class AgingReport(Resource):
    """Accounts receivable by age."""

    dialect = se_erp

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, query: AgingQuery) -> Aging:
        """AR aging report (current, 30, 60, 90+ days)."""
        settings = read_settings()
        as_of = query.as_of or business_date(settings)
        rows = read_aging(as_of, query.basis, query.customer_code, query.detail)
        if query.net_credits:
            rows = [netted(row) for row in rows]
        if not query.detail:
            for row in rows:
                row.documents = UNSET
        part = paging.slice_of(query)
        shown = rows[part.offset : part.offset + part.limit]
        page = paging.page_of(query, shown, len(rows))
        return Aging(
            **msgspec.structs.asdict(page),
            as_of=as_of,
            basis=query.basis,
            currency=settings.currency,
            summary=_summary(rows),
        )


def _summary(rows: list[AgingRow]) -> AgingSummary:
    names = (*BUCKETS, 'total', 'disputed', 'unapplied_credits', 'net')
    sums = {n: sum((getattr(row, n) for row in rows), Decimal('0.00')) for n in names}
    return AgingSummary(**sums, invoice_count=sum(row.invoice_count for row in rows))


class Payments(Resource):
    """All payments."""

    dialect = se_erp
    fields = FIELDS

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, query: PaymentQuery) -> Page[PaymentOut]:
        """List payments."""
        names = ('customer_code', 'invoice_no', 'date_from', 'date_to', 'updated_since')
        filters: dict[str, typing.Any] = {name: getattr(query, name) for name in names}
        filters |= {
            'status': paging.choices(query.status, ('posted', 'void'), 'status'),
            'method': paging.choices(query.method, METHODS, 'method'),
            'search': query.search or None,
            **today_params(),
        }
        rows, total = PAYMENT_LIST.read(Payment, filters, paging.slice_of(query))
        return paging.page_of(query, [payment_out(row) for row in rows], total)

    @endpoint(scope='billing:write', status=201)
    def on_post(self, actor: Actor, body: PaymentIn) -> PaymentOut:
        """Record a payment against an invoice."""
        one = only_invoice(body.invoice_id, body.invoice_no)
        parts = [
            NewAllocation(invoice_id=a.invoice_id, number=a.invoice_no, amount=a.amount)
            for a in body.allocations
        ]
        new = NewPayment(
            amount=body.amount,
            allocations=one or parts,
            customer=body.customer_code,
            date=body.date or body.payment_date,
            method=body.method,
            reference=body.reference,
            notes=body.notes,
            external_id=body.external_id,
            metadata=body.metadata or {},
            allow_overpayment=body.allow_overpayment,
        )
        return _payment(record_payment(new, actor=actor))


class OnePayment(Resource):
    """One payment."""

    dialect = se_erp
    fields = FIELDS

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, id: int) -> PaymentOut:
        """Get a payment with its allocations."""
        return _payment(id)

    @endpoint(scope='billing:write')
    def on_delete(self, actor: Actor, id: int, version: int | None) -> Deleted:
        """Void a payment: its invoices are owed again."""
        void_payment(id, actor=actor, version=version)
        return Deleted(True, id)


def _payment(payment_id: int) -> PaymentOut:
    return payment_out(found(read_payment(payment_id), 'Payment'))


def payment_out(row: Payment) -> PaymentOut:
    """The wire's shape; the one invoice's standing also at top level."""
    shown = PaymentOut(**{n: getattr(row, n) for n in Payment.__struct_fields__})
    if len(row.allocations) == 1:
        only = row.allocations[0]
        shown.invoice_no, shown.invoice_balance = only.invoice_no, only.balance
        shown.invoice_status = only.status
    return shown


class Credits(Resource):
    """All credit notes."""

    dialect = se_erp
    fields = FIELDS

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, query: CreditQuery) -> Page[CreditOut]:
        """List credit notes."""
        names = ('customer_code', 'date_from', 'date_to', 'updated_since')
        filters: dict[str, typing.Any] = {name: getattr(query, name) for name in names}
        filters |= {
            'credit_status': paging.choices(query.status, CREDIT_STATUSES, 'status'),
            'original_no': query.invoice_no,
            'search': like(query.search) if query.search else None,
            'type': ['credit_note'],
            'visible': True,
            **today_params(),
        }
        rows, total = _CREDITS.read(Invoice, filters, paging.slice_of(query))
        return paging.page_of(query, [credit_out(row) for row in rows], total)

    @endpoint(scope='billing:write', status=201)
    def on_post(self, actor: Actor, body: CreditIn) -> CreditOut:
        """Issue a credit note."""
        new = NewCredit(
            reason=body.reason,
            customer=body.customer_code,
            invoice_id=body.invoice_id,
            invoice_number=body.invoice_no,
            number=body.credit_no,
            date=body.date,
            lines=[new_line(line) for line in body.lines],
            subtotal=body.subtotal,
            total=body.total,
            amount=body.amount,
            taxes=given_taxes(body),
            notes=body.notes,
            metadata=body.metadata or {},
        )
        return _credit(issue_credit(new, actor=actor).id)


class OneCredit(Resource):
    """One credit note."""

    dialect = se_erp

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, id: int) -> CreditOut:
        """Get a credit note with its lines."""
        return _credit(id)


def _credit(credit_id: int) -> CreditOut:
    return credit_out(found(read_document(credit_id, 'credit_note'), 'Credit note'))


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


routes = [
    ('/billing/aging', AgingReport()),
    ('/billing/payments', Payments()),
    ('/billing/payments/{id:int}', OnePayment()),
    ('/billing/credits', Credits()),
    ('/billing/credits/{id:int}', OneCredit()),
]
