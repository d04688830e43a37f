"""Shapes of quotes. Amounts in dollars, before tax but for tax_total and total."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.customers.schemas import Address, Email
from karvo.kit.events import Event
from karvo.kit.fields import (
    Bounds,
    Code,
    Id,
    Line,
    Metadata,
    Note,
    Percent,
    Price,
    Quantity,
    Short,
)
from karvo.settings.schemas import Language
from karvo.taxes.schemas import TaxCode, TaxLine

Status = typing.Literal['draft', 'sent', 'accepted', 'declined', 'expired', 'converted']
How = typing.Literal['staff', 'portal']
FRACTION = Bounds(whole=1, places=6, least=Decimal(0), most=Decimal(1))
Fraction = typing.Annotated[Decimal, Meta(extra={'bounds': FRACTION})]


class NewQuoteLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line to quote: a product by `sku` or `product_id`, or free text.

    `tax_code`: 'taxable' bears the taxes of the customer's place, 'exempt' and 'zero_rated' none;
    None is the product's own, or 'taxable'. `tax_rate`, a fraction, is a tax of that rate alone
    (0.07 = 7 %; 0 none; that of the place's taxes together = they). `unit_price` None is the
    customer's price (PRI-1). `pst_exempt`: free of TVQ and TVP; None is as its product is.
    """

    sku: Short | None = None
    product_id: Id | None = None
    description: Note | None = None
    description_fr: Note | None = None
    quantity: Quantity = Decimal(1)
    uom: Short | None = None
    unit_price: Price | None = None
    discount_pct: Percent = Decimal(0)
    tax_code: TaxCode | None = None
    tax_rate: Fraction | None = None
    pst_exempt: bool | None = None
    kind: Short | None = None


class NewQuote(msgspec.Struct, frozen=True, kw_only=True):
    """A quote to a customer named by code or id; 30 days valid unless said."""

    customer: Code | None = None
    customer_id: Id | None = None
    date: dt.date | None = None
    valid_until: dt.date | None = None
    currency: Short | None = None
    lines: list[NewQuoteLine] = []
    ship_to: Address | None = None
    reference: Line | None = None
    notes: Note | None = None
    metadata: Metadata = {}
    language: Language | None = None
    source: Short = 'api'


class QuoteChange(msgspec.Struct, kw_only=True):
    """A change of a quote: absent = unchanged, null = cleared (G-10). `lines` replace all lines."""

    customer: Code | UnsetType = UNSET
    customer_id: Id | UnsetType = UNSET
    date: dt.date | UnsetType = UNSET
    valid_until: dt.date | UnsetType = UNSET
    lines: list[NewQuoteLine] | UnsetType = UNSET
    ship_to: Address | None | UnsetType = UNSET
    reference: Line | None | UnsetType = UNSET
    notes: Note | None | UnsetType = UNSET
    metadata: Metadata | None | UnsetType = UNSET
    language: Language | UnsetType = UNSET


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """How a customer said yes: told to staff, or signed in the portal."""

    how: How = 'staff'
    signer: Line | None = None
    email: Email | None = None
    ip: Short | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """How a customer said no."""

    how: How = 'staff'
    reason: Note | None = None


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """The invoice to make; what is None is as for any invoice of the customer."""

    status: typing.Literal['draft', 'posted'] = 'posted'
    date: dt.date | None = None
    due_date: dt.date | None = None
    payment_terms: Short | None = None


class QuoteFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which quotes to list; None does not count, days are inclusive."""

    status: list[Status] | None = None
    customer_id: int | None = None
    customer: str | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    valid_before: dt.date | None = None
    search: str | None = None
    updated_since: dt.datetime | None = None


class QuoteLineRead(msgspec.Struct, kw_only=True):
    """A line as read; `line_total` before tax."""

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
    tax_code: TaxCode
    pst_exempt: bool
    tax_rate: Decimal | None


class QuoteRead(msgspec.Struct, kw_only=True):
    """A quote as read; every dialect translates this. `total` with taxes.

    `revision` counts what the customer was shown: up by sending again and by changing what was
    sent. `invoice_id` and `invoice_number` are of what it was converted to.
    """

    id: int
    uid: str
    key: str
    number: str
    customer_id: int
    customer_code: str
    customer_name: str
    status: Status
    revision: int
    date: dt.date
    valid_until: dt.date
    currency: str
    language: Language
    subtotal: Decimal
    discount_total: Decimal
    tax_total: Decimal
    total: Decimal
    taxes: list[TaxLine]
    ship_to: Address | None
    reference: str | None
    notes: str | None
    metadata: msgspec.Raw
    source: str
    sent_at: dt.datetime | None
    accepted_at: dt.datetime | None
    accepted_by: str | None
    accepted_how: How | None
    accepted_ip: str | None
    accepted_signer: str | None
    accepted_email: str | None
    declined_at: dt.datetime | None
    declined_how: How | None
    declined_reason: str | None
    converted_at: dt.datetime | None
    invoice_id: int | None
    invoice_number: str | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    lines: list[QuoteLineRead] | None = None


class QuoteSnapshot(msgspec.Struct, kw_only=True):
    """A quote in an event."""

    id: int
    number: str | None
    customer_id: int
    customer_code: str
    customer_name: str
    status: str
    revision: int
    date: dt.date
    valid_until: dt.date
    currency: str
    subtotal: Decimal
    tax_total: Decimal
    total: Decimal
    declined_reason: str | None
    invoice_id: int | None
    version: int


class QuoteEvent(Event, frozen=True):
    """Something happened to a quote."""

    resource = 'quote'


class QuoteCreated(QuoteEvent, frozen=True):
    name = 'quote.created'


class QuoteUpdated(QuoteEvent, frozen=True):
    """Something of a quote changed; one that was sent is a draft again, of the next revision."""

    name = 'quote.updated'


class QuoteSent(QuoteEvent, frozen=True):
    name = 'quote.sent'


class QuoteAccepted(QuoteEvent, frozen=True):
    name = 'quote.accepted'


class QuoteDeclined(QuoteEvent, frozen=True):
    name = 'quote.declined'


class QuoteExpired(QuoteEvent, frozen=True):
    name = 'quote.expired'


class QuoteConverted(QuoteEvent, frozen=True):
    name = 'quote.converted'


class QuoteDeleted(QuoteEvent, frozen=True):
    """A draft was removed."""

    name = 'quote.deleted'
