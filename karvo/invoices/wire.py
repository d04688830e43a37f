"""se-erp/v2's shapes of invoices, and the mapping to and from the domain's."""

import datetime as dt
import functools
import operator
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from karvo.customers.schemas import Address
from karvo.invoices.compute import FAMILIES
from karvo.invoices.schemas import (
    BackorderBrief,
    ClaimBrief,
    CreditRead,
    Invoice,
    InvoiceChange,
    LineRead,
    NewInvoice,
    NewLine,
    PaymentRead,
    ShipmentBrief,
)
from karvo.invoices.taxed import ShownTax
from karvo.kit.fields import (
    Count,
    Id,
    Line,
    Metadata,
    Money,
    MoneyNotNegative,
    Note,
    Percent,
    Price,
    Quantity,
    Short,
)
from karvo.settings.schemas import Language
from karvo.taxes.schemas import Family, TaxCode

ZERO = Decimal('0.00')

#: What people read for a status (L-3, L-5).
STATUS_LABELS = {
    'draft': {'fr': 'Brouillon', 'en': 'Draft'},
    'unpaid': {'fr': 'Impayée', 'en': 'Unpaid'},
    'partial': {'fr': 'Partiellement payée', 'en': 'Partially paid'},
    'paid': {'fr': 'Payée', 'en': 'Paid'},
    'overdue': {'fr': 'En souffrance', 'en': 'Overdue'},
    'void': {'fr': 'Annulée', 'en': 'Void'},
    'written_off': {'fr': 'Radiée', 'en': 'Written off'},
}

#: {domain field: wire field} of refusals.
FIELDS = {
    'number': 'invoice_no',
    'customer': 'customer_code',
    'quantity': 'qty',
    'invoice': 'invoice_id',
}


class LineIn(msgspec.Struct, kw_only=True):
    """A line: a product by `sku`, or free text."""

    sku: Short | None = None
    description: Note | None = None
    description_fr: Note | None = None
    qty: Quantity = Decimal(1)
    uom: Short | None = None
    unit_price: Price | None = None
    discount_pct: Percent = Decimal(0)
    line_total: Money | None = None
    tax_code: TaxCode | None = None


class TaxTotalsIn(msgspec.Struct, kw_only=True):
    """Amounts that the client computed itself; each is checked (T-5)."""

    subtotal: MoneyNotNegative | None = None
    tps: MoneyNotNegative | None = None
    tvq: MoneyNotNegative | None = None
    tvh: MoneyNotNegative | None = None
    tvp: MoneyNotNegative | None = None
    total: MoneyNotNegative | None = None


class InvoiceIn(TaxTotalsIn, kw_only=True):
    """A new invoice. Totals are computed; those sent are checked to the cent."""

    invoice_no: Short | None = None
    customer_code: Short | None = None
    customer_id: Id | None = None
    customer_name: Line | None = None
    date: dt.date | None = None
    invoice_date: dt.date | None = None
    due_date: dt.date | None = None
    payment_terms: Short | None = None
    payment_terms_days: Count | None = None
    status: typing.Literal['draft', 'posted', 'unpaid', 'sent', 'void'] = 'posted'
    currency: Short | None = None
    language: Language | None = None
    lines: list[LineIn] = []
    prices_include_tax: bool = False
    ship_to: Address | None = None
    po_reference: Line | None = None
    notes: Note | None = None
    metadata: Metadata | None = None
    salesperson: Line | None = None


class InvoiceChangeIn(TaxTotalsIn, kw_only=True):
    """A change. On a posted invoice only what G-6 lists, `status` and `balance`."""

    invoice_no: Short | UnsetType = UNSET
    customer_code: Short | UnsetType = UNSET
    customer_id: Id | UnsetType = UNSET
    customer_name: Line | UnsetType = UNSET
    date: dt.date | UnsetType = UNSET
    due_date: dt.date | UnsetType = UNSET
    payment_terms: Short | UnsetType = UNSET
    currency: Short | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    lines: list[LineIn] | UnsetType = UNSET
    ship_to: Address | None | UnsetType = UNSET
    po_reference: Line | None | UnsetType = UNSET
    notes: Note | None | UnsetType = UNSET
    metadata: Metadata | None | UnsetType = UNSET
    salesperson: Line | None | UnsetType = UNSET
    disputed: bool | UnsetType = UNSET
    promise_to_pay: dt.date | None | UnsetType = UNSET
    status: (
        typing.Literal[
            'draft', 'posted', 'unpaid', 'partial', 'paid', 'overdue', 'void', 'written_off', 'sent'
        ]
        | UnsetType
    ) = UNSET
    balance: Money | UnsetType = UNSET
    method: typing.Literal[
        'cash', 'cheque', 'eft', 'interac', 'card', 'stripe', 'wire', 'direct_debit', 'other'
    ] = 'other'
    payment_date: dt.date | None = None
    adjustment_reason: Line | None = None
    void_reason: Line | None = None


class TaxOut(ShownTax, kw_only=True):
    """One tax; `rate` in percent, the amounts in dollars."""


class LineOut(msgspec.Struct, kw_only=True):
    """A line as invoiced."""

    id: int
    line_no: int
    product_id: int | None
    sku: str | None
    description: str
    description_fr: str
    qty: Decimal
    uom: str
    unit_price: Decimal
    discount_pct: Decimal
    line_total: Decimal
    tax_code: str


class InvoiceOut(msgspec.Struct, kw_only=True):
    """An invoice; amounts in dollars of its currency, `total` with taxes."""

    id: int
    uid: str
    invoice_no: str | None
    customer_id: int
    customer_code: str
    customer_name: str
    date: dt.date
    due_date: dt.date
    status: str
    status_label: str
    payment_status: str
    payment_terms: str
    currency: str
    subtotal: Decimal
    discount_total: Decimal
    tps: Decimal
    tvq: Decimal
    tvh: Decimal
    tvp: Decimal
    taxes: list[TaxOut]
    total: Decimal
    amount_paid: Decimal
    balance: Decimal
    tax_source: str
    language: str
    ship_to: msgspec.Raw
    po_reference: str | None
    notes: str | None
    metadata: msgspec.Raw
    source: str
    salesperson: str | None
    disputed: bool
    promise_to_pay: dt.date | None
    sent_at: dt.datetime | None
    posted_at: dt.datetime | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    lines: list[LineOut] | UnsetType = UNSET
    payments: list[PaymentRead] | UnsetType = UNSET
    credits: list[CreditRead] | UnsetType = UNSET
    shipment: ShipmentBrief | None | UnsetType = UNSET
    shipments: list[ShipmentBrief] | UnsetType = UNSET
    fulfilment_status: typing.Literal['none', 'partial', 'full'] | UnsetType = UNSET
    backorders: list[BackorderBrief] | UnsetType = UNSET
    claims: list[ClaimBrief] | UnsetType = UNSET
    warnings: list[str] | UnsetType = UNSET


def new_invoice(body: InvoiceIn) -> NewInvoice:
    """The domain's shape of a new invoice."""
    terms = body.payment_terms
    if terms is None and body.payment_terms_days is not None:
        terms = f'NET{body.payment_terms_days}'
    return NewInvoice(
        number=body.invoice_no,
        customer=body.customer_code,
        customer_id=body.customer_id,
        customer_name=body.customer_name,
        status='posted' if body.status == 'unpaid' else body.status,
        date=body.date or body.invoice_date,
        due_date=body.due_date,
        payment_terms=terms,
        currency=body.currency,
        lines=[new_line(line) for line in body.lines],
        subtotal=body.subtotal,
        taxes=given_taxes(body),
        total=body.total,
        prices_include_tax=body.prices_include_tax,
        ship_to=body.ship_to,
        po_reference=body.po_reference,
        notes=body.notes,
        metadata=body.metadata or {},
        language=body.language,
        salesperson=body.salesperson,
    )


def new_line(line: LineIn) -> NewLine:
    return NewLine(
        sku=line.sku or None,
        description=line.description or None,
        description_fr=line.description_fr or None,
        quantity=line.qty,
        uom=line.uom,
        unit_price=line.unit_price,
        discount_pct=line.discount_pct,
        line_total=line.line_total,
        tax_code=line.tax_code,
    )


def given_taxes(body: TaxTotalsIn) -> dict[Family, Decimal]:
    """{family: amount} of the taxes that were sent."""
    return {f: amount for f in FAMILIES if (amount := getattr(body, f)) is not None}


_FREE = {'due_date', 'po_reference', 'notes', 'metadata', 'salesperson', 'promise_to_pay'}


def free_change(body: InvoiceChangeIn) -> InvoiceChange:
    """What stays open after posting."""
    values = {name: getattr(body, name) for name in _FREE}
    return InvoiceChange(**values, is_disputed=body.disputed)


_DRAFT_NAMES = {'invoice_no': 'number', 'customer_code': 'customer'}
_DRAFT = (
    'invoice_no', 'customer_code', 'customer_id', 'customer_name', 'date', 'due_date',
    'payment_terms', 'currency', 'language', 'ship_to', 'po_reference', 'notes', 'salesperson',
)  # fmt: skip


def draft_changes(body: InvoiceChangeIn) -> dict[str, typing.Any]:
    """Members of NewInvoice that a PUT on a draft changes."""
    values = {
        _DRAFT_NAMES.get(name, name): value
        for name in _DRAFT
        if (value := getattr(body, name)) is not UNSET
    }
    if body.lines is not UNSET:
        values['lines'] = [new_line(line) for line in body.lines]
    if body.metadata is not UNSET:
        values['metadata'] = body.metadata or {}
    for name in ('subtotal', 'total'):
        if getattr(body, name) is not None:
            values[name] = getattr(body, name)
    if given_taxes(body):
        values['taxes'] = given_taxes(body)
    return values


def changed_frozen(body: InvoiceChangeIn, invoice: Invoice) -> list[str]:
    """Frozen fields that were sent with another value than they have (INV-7, G-10)."""
    shown = invoice_out(invoice)
    parties = ('customer_code', 'customer_id', 'customer_name')
    names = ('invoice_no', *parties, 'date', 'currency', 'payment_terms', 'language')
    totals = ('subtotal', 'tps', 'tvq', 'tvh', 'tvp', 'total')
    changed = [
        name
        for name in names + totals
        if (value := getattr(body, name)) not in (UNSET, None) and value != getattr(shown, name)
    ]
    if body.lines is not UNSET and not _same_lines(body.lines, invoice.lines or []):
        changed.append('lines')
    if body.ship_to is not UNSET and body.ship_to != _address(invoice.ship_to):
        changed.append('ship_to')
    return changed


def _address(stored: msgspec.Raw) -> Address | None:
    return msgspec.json.decode(stored, type=Address | None)


def _same_lines(sent: list[LineIn], lines: list[LineRead]) -> bool:
    if len(sent) != len(lines):
        return False
    return all(_is_same_line(new, old) for new, old in zip(sent, lines, strict=True))


def _is_same_line(new: LineIn, old: LineRead) -> bool:
    """What was left out (a product's own name and price, what we compute) is the same."""
    if (new.sku or None, new.qty, new.discount_pct) != (old.sku, old.qty, old.discount_pct):
        return False
    names = ('description', 'description_fr', 'uom', 'unit_price', 'line_total', 'tax_code')
    return all(getattr(new, n) in (None, '', getattr(old, n)) for n in names)


#: By name, in C: a list of 100 has thousands of members.
_convert: typing.Any = functools.partial(msgspec.convert, from_attributes=True)
_OWN = {'taxes', 'lines', 'payments', 'credits'}
_SHARED = [
    n for n in Invoice.__struct_fields__ if n in InvoiceOut.__struct_fields__ and n not in _OWN
]
_shared = operator.attrgetter(*_SHARED)


def invoice_out(
    row: Invoice,
    warnings: list[str] | None = None,
    *,
    is_whole: bool = False,
    language: str = '',
) -> InvoiceOut:
    """The wire's shape; labels in the language asked for, else in the document's."""
    spoken = language or row.language
    shown = InvoiceOut(
        **dict(zip(_SHARED, _shared(row), strict=True)),
        status_label=STATUS_LABELS[row.status]['fr' if spoken.startswith('fr') else 'en'],
        invoice_no=row.number,
        customer_id=row.party_id,
        taxes=_convert(row.taxes, list[TaxOut]),
        amount_paid=ZERO if row.state in ('draft', 'void') else row.total - row.balance,
        disputed=row.is_disputed,
        warnings=warnings or UNSET,
    )
    return _with_sections(shown, row, is_whole)


def _with_sections(shown: InvoiceOut, row: Invoice, is_whole: bool) -> InvoiceOut:
    if row.lines is not None:
        shown.lines = _convert(row.lines, list[LineOut])
    if row.payments is not None:
        shown.payments = row.payments
    if row.credits is not None:
        shown.credits = row.credits
    if is_whole:
        shown.shipment, shown.shipments, shown.fulfilment_status = None, [], 'none'
        shown.backorders, shown.claims = [], []
    return shown


def line_out(line: LineRead) -> LineOut:
    return typing.cast(LineOut, _convert(line, LineOut))
