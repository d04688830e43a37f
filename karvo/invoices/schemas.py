"""Shapes of invoices: what comes in, what is read, what is announced. Amounts in dollars."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from karvo.customers.schemas import Address
from karvo.kit.events import Event
from karvo.settings.schemas import Settings
from karvo.taxes.schemas import Charged, Family, Registration, TaxCode, TaxLine

MOST_LINES = 1000  #: G-16


class NewLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line to invoice. `unit_price` before tax unless the document says prices include it."""

    sku: str | None = None
    description: str | None = None
    description_fr: str | None = None
    quantity: Decimal = Decimal(1)
    uom: str | None = None
    unit_price: Decimal | None = None
    discount_pct: Decimal = Decimal(0)
    line_total: Decimal | None = None
    tax_code: TaxCode | None = None
    pst_exempt: bool | None = None  #: free of TVQ and TVP; None: as its product is
    kind: str | None = None
    #: A fraction: the line bears a tax of this rate alone; that of the place's taxes together, or
    #: None, is the place's own. 0 is none.
    tax_rate: Decimal | None = None
    is_net: bool = False  #: `unit_price` held the tax; `line_total` is before it and stands


class NewInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice to record. What is None is computed; what is given is checked (T-5)."""

    number: str | None = None
    customer: str | None = None
    customer_id: int | None = None
    customer_name: str | None = None
    status: typing.Literal['draft', 'posted', 'sent', 'void'] = 'posted'
    date: dt.date | None = None
    due_date: dt.date | None = None
    payment_terms: str | None = None
    currency: str | None = None
    lines: list[NewLine] = []
    subtotal: Decimal | None = None
    taxes: dict[Family, Decimal] = {}
    total: Decimal | None = None
    prices_include_tax: bool = False
    ship_to: Address | None = None
    po_reference: str | None = None
    notes: str | None = None
    metadata: dict[str, typing.Any] = {}
    language: str | None = None
    salesperson: str | None = None
    source: str = 'api'


class InvoiceChange(msgspec.Struct, kw_only=True):
    """What stays open after posting (G-6): absent = unchanged, null = cleared."""

    due_date: dt.date | UnsetType = UNSET
    po_reference: str | None | UnsetType = UNSET
    notes: str | None | UnsetType = UNSET
    metadata: dict[str, typing.Any] | None | UnsetType = UNSET
    salesperson: str | None | UnsetType = UNSET
    is_disputed: bool | UnsetType = UNSET
    promise_to_pay: dt.date | None | UnsetType = UNSET  #: AR-7


class Line(msgspec.Struct, kw_only=True):
    """A line with everything computed."""

    product_id: int | None
    sku: str | None
    description: str
    description_fr: str
    kind: str
    qty: Decimal
    uom: str
    unit_price: Decimal
    discount_pct: Decimal
    line_total: Decimal
    tax_code: TaxCode
    pst_exempt: bool
    account: str
    cost: Decimal
    tax_rate: Decimal | None = None  #: of the one tax that it bears


class Totals(msgspec.Struct, kw_only=True):
    """The amounts of a document."""

    lines: list[Line]
    subtotal: Decimal
    discount_total: Decimal
    taxes: list[TaxLine]
    tax_total: Decimal
    total: Decimal
    tax_source: str


class LineRead(msgspec.Struct, kw_only=True):
    """A line as read."""

    id: int
    line_no: int
    product_id: int | None
    sku: str | None
    description: str
    description_fr: str
    kind: str
    qty: Decimal
    uom: str
    unit_price: Decimal
    discount_pct: Decimal
    line_total: Decimal
    tax_code: str
    pst_exempt: bool
    account: str
    tax_rate: Decimal | None = None


class TaxRead(msgspec.Struct, kw_only=True):
    """A tax of a document; `rate` in percent."""

    code: str
    family: Family
    label: str
    rate: Decimal
    base: Decimal
    amount: Decimal


class PaymentRead(msgspec.Struct, kw_only=True):
    """What a payment gave to an invoice."""

    payment_id: int
    payment_no: str
    date: dt.date
    method: str
    reference: str | None
    amount: Decimal


class CreditRead(msgspec.Struct, kw_only=True):
    """What a credit note took off an invoice."""

    credit_id: int
    credit_no: str
    date: dt.date
    amount: Decimal


class ShipmentBrief(msgspec.Struct, kw_only=True):
    """A shipment of an invoice."""

    id: int
    shipment_no: str
    status: str
    method: str
    carrier: str | None
    tracking_number: str | None
    tracking_url: str | None
    scheduled_date: dt.date | None
    shipped_at: dt.datetime | None
    delivered_at: dt.datetime | None


class ClaimBrief(msgspec.Struct, kw_only=True):
    """A claim about an invoice; the amount in dollars, taxes included."""

    id: int
    claim_no: str
    type: str
    status: str
    amount_claimed: Decimal | None
    resolution: str | None


class BackorderBrief(msgspec.Struct, kw_only=True):
    """What of an invoice is waited for."""

    id: int
    backorder_no: str
    sku: str
    qty: Decimal
    qty_remaining: Decimal
    status: str
    expected_date: dt.date | None


class Invoice(msgspec.Struct, kw_only=True):
    """A document as read; every dialect translates this."""

    id: int
    uid: str
    key: str
    type: str
    state: str
    status: str
    payment_status: str
    number: str | None
    party_id: int
    customer_code: str
    customer_name: str
    date: dt.date
    due_date: dt.date
    payment_terms: str
    currency: str
    subtotal: Decimal
    discount_total: Decimal
    tax_total: Decimal
    tps: Decimal
    tvq: Decimal
    tvh: Decimal
    tvp: Decimal
    total: Decimal
    balance: Decimal
    tax_source: str
    language: str
    ship_to: msgspec.Raw
    supply_province: str
    po_reference: str | None
    notes: str | None
    metadata: msgspec.Raw
    source: str
    reason: str | None
    original_id: int | None
    original_number: str | None
    is_disputed: bool
    promise_to_pay: dt.date | None
    salesperson: str | None
    sent_at: dt.datetime | None
    posted_at: dt.datetime | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    deleted_at: dt.datetime | None
    taxes: list[TaxRead]
    lines: list[LineRead] | None = None
    payments: list[PaymentRead] | None = None
    credits: list[CreditRead] | None = None


class Snapshot(msgspec.Struct, kw_only=True):
    """The customer as the document stored it (G-15); old documents know fewer members."""

    code: str = ''
    name: str = ''
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    province: str | None = None
    postal_code: str | None = None
    country: str | None = None
    gst_number: str | None = None
    qst_number: str | None = None
    interest_rate_annual: Decimal | None = None
    interest_agreed_on: dt.date | None = None


class PrintedTax(msgspec.Struct, kw_only=True):
    """A tax as printed: no rate (T-7)."""

    regime: Charged
    label_fr: str
    label_en: str
    amount: Decimal
    registration_number: str


class TermNames(msgspec.Struct, kw_only=True):
    """What terms of payment are called."""

    name_fr: str
    name_en: str


class PrintedDocument(Invoice, kw_only=True):
    """A document with all that its paper says."""

    customer: Snapshot
    settings: Settings
    registrations: list[Registration]
    printed_taxes: list[PrintedTax]
    term: TermNames | None
    has_choice: bool | None


class InvoiceSnapshot(msgspec.Struct, kw_only=True):
    """An invoice in an event."""

    id: int
    invoice_no: str | None
    customer_id: int
    customer_code: str
    customer_name: str
    date: dt.date
    due_date: dt.date
    currency: str
    subtotal: Decimal
    tax_total: Decimal
    total: Decimal
    balance: Decimal
    state: str
    version: int


class InvoiceEvent(Event, frozen=True):
    """Something happened to an invoice."""

    resource = 'invoice'


class InvoiceCreated(InvoiceEvent, frozen=True):
    name = 'invoice.created'


class InvoicePosted(InvoiceEvent, frozen=True):
    name = 'invoice.posted'


class InvoiceUpdated(InvoiceEvent, frozen=True):
    name = 'invoice.updated'


class InvoiceSent(InvoiceEvent, frozen=True):
    name = 'invoice.sent'


class InvoiceDisputed(InvoiceEvent, frozen=True):
    """Its payment is contested at the customer's bank."""

    name = 'invoice.disputed'


class InvoiceDeleted(InvoiceEvent, frozen=True):
    """A draft was removed."""

    name = 'invoice.deleted'


class InvoiceVoided(InvoiceEvent, frozen=True):
    name = 'invoice.voided'


class InvoicePaid(InvoiceEvent, frozen=True):
    name = 'invoice.paid'


class InvoicePartiallyPaid(InvoiceEvent, frozen=True):
    name = 'invoice.partially_paid'


class InvoiceOverdue(InvoiceEvent, frozen=True):
    """Its due date has passed, and something is still owed; once for each due date."""

    name = 'invoice.overdue'


class InvoiceReopened(InvoiceEvent, frozen=True):
    """A payment was voided: the invoice is owed again."""

    name = 'invoice.reopened'


class InvoiceCredited(InvoiceEvent, frozen=True):
    name = 'invoice.credited'


class InvoiceWrittenOff(InvoiceEvent, frozen=True):
    name = 'invoice.written_off'


class CreditNoteEvent(Event, frozen=True):
    """Something happened to a credit note."""

    resource = 'credit_note'


class CreditNoteCreated(CreditNoteEvent, frozen=True):
    name = 'credit_note.created'


class CreditNoteApplied(CreditNoteEvent, frozen=True):
    name = 'credit_note.applied'
