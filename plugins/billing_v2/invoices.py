"""/invoices of api/v2: what was posted and still counts; never a draft, never a voided one."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from karvo.billing.operations.payments import record_payment, void_payment
from karvo.billing.reads import list_payments, read_payment
from karvo.billing.schemas import NewAllocation, NewPayment, Payment
from karvo.invoices.operations.change import delete_invoice, update_invoice
from karvo.invoices.operations.create import create_invoice
from karvo.invoices.published import PublishedInvoice, published_invoices
from karvo.invoices.schemas import InvoiceChange, NewInvoice
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict
from karvo.kit.fields import Id, Line, Money, MoneyPositive, Note
from karvo.kit.http import Resource, endpoint, found
from karvo.kit.paging import Slice
from karvo.kit.text import like
from karvo.taxes.reads import Books, read_books
from plugins.billing_v2.dialect import dialect
from plugins.billing_v2.envelopes import Done, Listed, ListQuery, One, listed, part_of, seconds
from plugins.billing_v2.items import (
    FIELDS,
    V2ItemBack,
    V2ItemIn,
    V2ItemOut,
    is_same,
    is_silent,
    item_out,
    new_lines,
)
from plugins.billing_v2.wording import chosen, one_of

Status = typing.Literal['Paid', 'Unpaid', 'Partially Paid']
#: the domain's state of payment → its name here
STATUSES: dict[str, Status] = {
    'not_paid': 'Unpaid',
    'partial': 'Partially Paid',
    'paid': 'Paid',
    'written_off': 'Paid',
}
SOURCE = 'billing-v2'
UNTAXED = 'no_tax_applied'
StatusAsked = typing.Annotated[str, one_of('Paid', 'Unpaid', 'Partially Paid')]
Way = typing.Literal['cash', 'cheque', 'eft', 'interac', 'card', 'wire', 'direct_debit', 'other']


class V2InvoiceQuery(ListQuery, kw_only=True):
    """Filters of the list; dates are those of the invoices, both days included."""

    status: StatusAsked = ''
    customer_id: Id | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None


class V2InvoiceIn(msgspec.Struct, kw_only=True):
    """A new invoice, posted at once; dates default to today and the customer's terms."""

    customer_id: Id
    date: dt.date | None = None
    due_date: dt.date | None = None
    items: list[V2ItemIn]
    notes: Note | None = None


class V2InvoiceChange(msgspec.Struct, kw_only=True):
    """What may change once an invoice is posted: `due_date` and `notes`. The rest may be sent back
    as it is, and is refused when it differs."""

    due_date: dt.date | UnsetType = UNSET
    notes: Note | None | UnsetType = UNSET
    customer_id: Id | UnsetType = UNSET
    date: dt.date | UnsetType = UNSET
    amount: Money | UnsetType = UNSET
    items: list[V2ItemBack] | UnsetType = UNSET


class V2InvoiceOut(msgspec.Struct, kw_only=True):
    """An invoice; `amount` with taxes, `amount_due` what is left of it, in `currency`."""

    id: int
    invoice_number: str
    customer_id: int
    amount: Decimal
    amount_due: Decimal
    currency: str
    status: Status
    date: dt.date
    due_date: dt.date
    items: list[V2ItemOut]
    subtotal: Decimal
    tax: Decimal
    notes: str | None
    created_at: dt.datetime
    updated_at: dt.datetime
    written_off: typing.Literal[True] | UnsetType = UNSET
    warnings: list[str] | UnsetType = UNSET


class V2PaymentIn(msgspec.Struct, kw_only=True):
    """Money received for an invoice; today when there is no date."""

    amount: MoneyPositive
    date: dt.date | None = None
    method: Way = 'other'
    reference: Line | None = None
    notes: Note | None = None


class V2PaymentOut(msgspec.Struct, kw_only=True):
    """Money received; `applied` is what of it went to the invoice."""

    id: int
    payment_number: str
    invoice_id: int
    amount: Decimal
    applied: Decimal
    currency: str
    date: dt.date
    method: str
    reference: str | None
    notes: str | None
    created_at: dt.datetime


class Invoices(Resource):
    """All invoices."""

    dialect = dialect
    fields = FIELDS

    @endpoint(scope='invoices:read')
    def on_get(self, actor: Actor, query: V2InvoiceQuery) -> Listed[V2InvoiceOut]:
        """List invoices, the latest first; status is Paid, Unpaid or Partially Paid."""
        filters = {
            'owed': True,
            'payment_status': _states(query.status),
            'customer_id': query.customer_id,
            'date_from': query.date_from,
            'date_to': query.date_to,
            'search': like(query.search) if query.search else None,
        }
        rows, total = published_invoices(filters, part_of(query), with_lines=True)
        return listed([invoice_out(row) for row in rows], total, query)

    @endpoint(scope='invoices:write', status=201)
    def on_post(self, actor: Actor, body: V2InvoiceIn) -> One[V2InvoiceOut]:
        """Create an invoice and post it; see an item for when it is taxed."""
        books = read_books()
        is_auto_taxed = books.settings.v2_auto_tax
        new = NewInvoice(
            customer_id=body.customer_id,
            date=body.date,
            due_date=body.due_date,
            lines=new_lines(body.items, is_auto_taxed=is_auto_taxed),
            notes=body.notes or None,
            source=SOURCE,
        )
        created = create_invoice(new, actor=actor)
        row = _counted(created.id)
        warnings = created.warnings + _untaxed(row, body.items, books)
        return One(data=invoice_out(row, warnings), message='Invoice created')


class OneInvoice(Resource):
    """One invoice."""

    dialect = dialect
    fields = FIELDS

    @endpoint(scope='invoices:read')
    def on_get(self, actor: Actor, id: int) -> One[V2InvoiceOut]:
        """Get one invoice."""
        return One(data=invoice_out(_counted(id)))

    @endpoint(scope='invoices:write')
    def on_put(self, actor: Actor, id: int, body: V2InvoiceChange) -> One[V2InvoiceOut]:
        """Change the due date or the notes."""
        _check_frozen(body, _counted(id))
        notes = body.notes if body.notes is UNSET else body.notes or None
        update_invoice(id, InvoiceChange(due_date=body.due_date, notes=notes), actor=actor)
        return One(data=invoice_out(_counted(id)), message='Invoice updated')

    @endpoint(scope='invoices:write')
    def on_delete(self, actor: Actor, id: int) -> Done:
        """Delete an invoice without payments: it is voided, its number stays taken."""
        _counted(id)
        delete_invoice(id, actor=actor)
        return Done(message='Invoice deleted')


class Payments(Resource):
    """What was received for an invoice."""

    dialect = dialect

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, id: int, query: ListQuery) -> Listed[V2PaymentOut]:
        """List the payments of an invoice, the latest first."""
        _counted(id)
        filters = {
            'invoice_id': [id],
            'status': ['posted'],
            'search': like(query.search) if query.search else None,
        }
        rows, total = list_payments(filters, part_of(query))
        return listed([payment_out(row, id) for row in rows], total, query)

    @endpoint(scope='billing:write', status=201)
    def on_post(self, actor: Actor, id: int, body: V2PaymentIn) -> One[V2PaymentOut]:
        """Record a payment of at most what is due."""
        _counted(id)
        new = NewPayment(
            amount=body.amount,
            allocations=[NewAllocation(invoice_id=id)],
            date=body.date,
            method=body.method,
            reference=body.reference,
            notes=body.notes,
        )
        payment = found(read_payment(record_payment(new, actor=actor)), 'Payment')
        return One(data=payment_out(payment, id), message='Payment recorded')


class OnePayment(Resource):
    """One of them."""

    dialect = dialect

    @endpoint(scope='billing:write')
    def on_delete(self, actor: Actor, id: int, payment_id: int) -> Done:
        """Take a payment back, all of it: it stays, voided, and the invoice is due again."""
        _counted(id)
        filters = {'id': payment_id, 'invoice_id': [id], 'status': ['posted']}
        rows, _ = list_payments(filters, Slice(limit=1))
        found(rows[0] if rows else None, 'Payment')
        void_payment(payment_id, actor=actor)
        return Done(message='Payment deleted')


def _states(asked: str) -> list[str] | None:
    """The domain's states behind a status."""
    wanted = chosen(asked, {name: name for name in STATUSES.values()}, 'status')
    return [state for state, name in STATUSES.items() if name == wanted] or None


def _untaxed(row: PublishedInvoice, items: list[V2ItemIn], books: Books) -> list[str]:
    """Whoever is registered should know that he charged nothing, and did not say so."""
    is_registered = any(
        (one.valid_from or row.date) <= row.date <= (one.valid_to or row.date)
        for one in books.registrations
    )
    is_silence = any(map(is_silent, items))
    return [UNTAXED] if is_registered and is_silence and not row.taxes else []


def _check_frozen(body: V2InvoiceChange, row: PublishedInvoice) -> None:
    """G-6. Raises Conflict naming what was sent with another value."""
    values = {'customer_id': row.party_id, 'date': row.date, 'amount': row.total}
    changed = [name for name, value in values.items() if getattr(body, name) not in (UNSET, value)]
    if body.items is not UNSET:
        lines = row.lines or []
        pairs = zip(body.items, lines, strict=False)
        if len(body.items) != len(lines) or not all(is_same(*pair, row) for pair in pairs):
            changed.append('items')
    if changed:
        raise Conflict(
            'posted invoice cannot be changed', fields=dict.fromkeys(changed, 'cannot be changed')
        )


def _counted(invoice_id: int) -> PublishedInvoice:
    """Raises NotFound for drafts and what was voided, too."""
    filters = {'id': invoice_id, 'owed': True}
    rows, _ = published_invoices(filters, Slice(limit=1), with_lines=True)
    return found(rows[0] if rows else None, 'Invoice')


def invoice_out(row: PublishedInvoice, warnings: list[str] | None = None) -> V2InvoiceOut:
    """The wire's shape of an invoice."""
    return V2InvoiceOut(
        id=row.id,
        invoice_number=row.number or '',
        customer_id=row.party_id,
        amount=row.total,
        amount_due=row.balance,
        currency=row.currency,
        status=STATUSES[row.payment_status],
        date=row.date,
        due_date=row.due_date,
        items=[item_out(line) for line in row.lines or []],
        subtotal=row.subtotal,
        tax=row.tax_total,
        notes=row.notes,
        created_at=seconds(row.created_at),
        updated_at=seconds(row.updated_at),
        written_off=True if row.state == 'written_off' else UNSET,
        warnings=warnings or UNSET,
    )


def payment_out(payment: Payment, invoice_id: int) -> V2PaymentOut:
    """The wire's shape of a payment, as this invoice sees it."""
    applied = [x.amount for x in payment.allocations if x.invoice_id == invoice_id]
    return V2PaymentOut(
        id=payment.id,
        payment_number=payment.payment_no,
        invoice_id=invoice_id,
        amount=payment.amount,
        applied=sum(applied, Decimal(0)),
        currency=payment.currency,
        date=payment.date,
        method=payment.method,
        reference=payment.reference,
        notes=payment.notes,
        created_at=seconds(payment.created_at),
    )


routes: list[tuple[str, Resource]] = [
    ('/invoices', Invoices()),
    ('/invoices/{id:int}', OneInvoice()),
    ('/invoices/{id:int}/payments', Payments()),
    ('/invoices/{id:int}/payments/{payment_id:int}', OnePayment()),
]
