"""/quotes of api/v2. A quote that became an invoice stays `Accepted`; `invoice_id` tells which."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from karvo.kit.actor import Actor
from karvo.kit.fields import Id, Line, Note
from karvo.kit.http import Resource, endpoint, found
from karvo.settings.reads import read_settings
from plugins.billing_v2.dialect import dialect
from plugins.billing_v2.envelopes import Done, Listed, ListQuery, One, listed, part_of, seconds
from plugins.billing_v2.items import FIELDS, V2ItemIn, new_lines
from plugins.billing_v2.numbers import plain_price, plain_quantity
from plugins.billing_v2.wording import chosen, one_of, reversed_words
from plugins.sales.operations.converting import convert_quote
from plugins.sales.operations.drafting import change_quote, create_quote, delete_quote
from plugins.sales.operations.steps import accept_quote, decline_quote, send_quote
from plugins.sales.reads import list_quotes, read_quote
from plugins.sales.schemas import (
    NewQuote,
    NewQuoteLine,
    QuoteChange,
    QuoteFilter,
    QuoteLineRead,
    QuoteRead,
    Refusal,
    Status,
)

WireStatus = typing.Literal['Draft', 'Sent', 'Accepted', 'Declined', 'Expired']
STATUSES: dict[WireStatus, Status] = {
    'Draft': 'draft',
    'Sent': 'sent',
    'Accepted': 'accepted',
    'Declined': 'declined',
    'Expired': 'expired',
}
_STATUSES: dict[Status, WireStatus] = {**reversed_words(STATUSES), 'converted': 'Accepted'}
StatusAsked = typing.Annotated[str, one_of('Draft', 'Sent', 'Accepted', 'Declined', 'Expired')]
SOURCE = 'billing-v2'


class V2QuoteIn(msgspec.Struct, kw_only=True):
    """A quote; valid for 30 days unless it says until when."""

    customer_id: Id
    items: list[V2ItemIn]
    date: dt.date | None = None
    valid_until: dt.date | None = None
    reference: Line | None = None
    notes: Note | None = None


class V2QuoteChange(msgspec.Struct, kw_only=True):
    """A change: absent = unchanged, null = cleared; `items` replace all items."""

    customer_id: Id | UnsetType = UNSET
    items: list[V2ItemIn] | UnsetType = UNSET
    date: dt.date | UnsetType = UNSET
    valid_until: dt.date | UnsetType = UNSET
    reference: Line | None | UnsetType = UNSET
    notes: Note | None | UnsetType = UNSET


class V2QuoteSending(msgspec.Struct, kw_only=True):
    """Where to; the customer's own address when absent. `mark_only`: it was sent another way."""

    email: Line | None = None
    mark_only: bool = False


class V2QuoteRefusal(msgspec.Struct, kw_only=True):
    """Why the customer said no."""

    reason: Note | None = None


class V2QuoteQuery(ListQuery, kw_only=True):
    """`status` is one of Draft, Sent, Accepted, Declined, Expired, letter case aside; both days are
    included; `search` is part of a number, a customer's code or name, or a reference.
    """

    status: StatusAsked = ''
    customer_id: Id | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None


class V2QuoteItemOut(msgspec.Struct, kw_only=True):
    """A line in dollars: `amount` is the price of one, `total` of all, before tax."""

    id: int
    description: str
    amount: Decimal
    qty: int | Decimal
    total: Decimal
    product_id: int | None
    taxed: bool
    tax_rate: int | Decimal | None


class V2QuoteOut(msgspec.Struct, kw_only=True):
    """A quote in dollars; `amount` with taxes."""

    id: int
    quote_number: str
    customer_id: int
    amount: Decimal
    currency: str
    status: WireStatus
    date: dt.date
    valid_until: dt.date
    items: list[V2QuoteItemOut]
    subtotal: Decimal
    tax: Decimal
    reference: str | None
    notes: str | None
    revision: int
    sent_at: dt.datetime | None
    accepted_at: dt.datetime | None
    declined_at: dt.datetime | None
    declined_reason: str | None
    converted_at: dt.datetime | None
    invoice_id: int | None
    invoice_number: str | None
    created_at: dt.datetime
    updated_at: dt.datetime
    warnings: list[str] | UnsetType = UNSET  #: of the request that it answers, if there are any


class QuoteResource(Resource):
    """What all of them call the core's members."""

    dialect = dialect
    fields = FIELDS


class Quotes(QuoteResource):
    """All quotes."""

    @endpoint(scope='quotes:read')
    def on_get(self, actor: Actor, query: V2QuoteQuery) -> Listed[V2QuoteOut]:
        """List quotes, the latest first."""
        wanted = QuoteFilter(
            status=_statuses(query.status),
            customer_id=query.customer_id,
            date_from=query.date_from,
            date_to=query.date_to,
            search=query.search or None,
        )
        rows, total = list_quotes(wanted, part_of(query), with_lines=True)
        return listed([_shown(row) for row in rows], total, query)

    @endpoint(scope='quotes:write', status=201)
    def on_post(self, actor: Actor, body: V2QuoteIn) -> One[V2QuoteOut]:
        """Create a quote, a draft until it is sent."""
        new = NewQuote(
            customer_id=body.customer_id,
            lines=_lines(body.items),
            date=body.date,
            valid_until=body.valid_until,
            reference=body.reference,
            notes=body.notes,
            source=SOURCE,
        )
        made = create_quote(new, actor=actor)
        return _answer(made.id, 'Quote created', made.warnings)


class Quote(QuoteResource):
    """One quote."""

    @endpoint(scope='quotes:read')
    def on_get(self, actor: Actor, id: int) -> One[V2QuoteOut]:
        """Get a quote."""
        return One(data=_shown(found(read_quote(id), 'Quote')))

    @endpoint(scope='quotes:write')
    def on_put(self, actor: Actor, id: int, body: V2QuoteChange) -> One[V2QuoteOut]:
        """Update a quote; one that was sent is a draft again, of the next revision."""
        members = ('customer_id', 'date', 'valid_until', 'reference', 'notes')
        values = {name: getattr(body, name) for name in members}
        lines = UNSET if body.items is UNSET else _lines(body.items)
        warnings = change_quote(id, QuoteChange(lines=lines, **values), actor=actor)
        return _answer(id, 'Quote updated', warnings)

    @endpoint(scope='quotes:write')
    def on_delete(self, actor: Actor, id: int) -> Done:
        """Delete a draft; what the customer has seen is declined instead."""
        delete_quote(id, actor=actor)
        return Done(message='Quote deleted')


class Send(QuoteResource):
    """To the customer."""

    @endpoint(scope='quotes:write')
    def on_post(self, actor: Actor, id: int, body: V2QuoteSending) -> One[V2QuoteOut]:
        """Send a quote by e-mail; sent again it is the next revision."""
        send_quote(id, actor=actor, email=body.email, mark_only=body.mark_only)
        return _answer(id, 'Quote sent')


class Accept(QuoteResource):
    """The customer's yes."""

    @endpoint(scope='quotes:write')
    def on_post(self, actor: Actor, id: int) -> One[V2QuoteOut]:
        """The customer accepted a quote."""
        accept_quote(id, actor=actor)
        return _answer(id, 'Quote accepted')


class Decline(QuoteResource):
    """The customer's no."""

    @endpoint(scope='quotes:write')
    def on_post(self, actor: Actor, id: int, body: V2QuoteRefusal) -> One[V2QuoteOut]:
        """The customer declined a quote."""
        decline_quote(id, Refusal(reason=body.reason), actor=actor)
        return _answer(id, 'Quote declined')


class Convert(QuoteResource):
    """From an offer to a claim."""

    @endpoint(scope='quotes:write', status=201)
    def on_post(self, actor: Actor, id: int) -> One[V2QuoteOut]:
        """Make the invoice of a quote, once, at the prices offered; needs `invoices:write` too."""
        actor.require('invoices:write')
        made = convert_quote(id, actor=actor)
        return _answer(id, 'Quote converted', made.warnings)


def _statuses(text: str) -> list[Status] | None:
    status = chosen(text, STATUSES, 'status')
    if status is None:
        return None
    return [word for word, wire in _STATUSES.items() if wire == _STATUSES[status]]


def _lines(items: list[V2ItemIn]) -> list[NewQuoteLine]:
    """As an invoice would have them, its taxes among them (V2-2)."""
    lines = new_lines(items, is_auto_taxed=read_settings().v2_auto_tax)
    return [
        NewQuoteLine(
            sku=line.sku,
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price,
            tax_code=line.tax_code,
            tax_rate=line.tax_rate,
        )
        for line in lines
    ]


def _answer(quote_id: int, message: str, warnings: list[str] | None = None) -> One[V2QuoteOut]:
    shown = _shown(found(read_quote(quote_id), 'Quote'))
    shown.warnings = warnings or UNSET
    return One(data=shown, message=message)


def _shown(row: QuoteRead) -> V2QuoteOut:
    return V2QuoteOut(
        id=row.id,
        quote_number=row.number,
        customer_id=row.customer_id,
        amount=row.total,
        currency=row.currency,
        status=_STATUSES[row.status],
        date=row.date,
        valid_until=row.valid_until,
        items=[_item(line) for line in row.lines or []],
        subtotal=row.subtotal,
        tax=row.tax_total,
        reference=row.reference,
        notes=row.notes,
        revision=row.revision,
        sent_at=row.sent_at and seconds(row.sent_at),
        accepted_at=row.accepted_at and seconds(row.accepted_at),
        declined_at=row.declined_at and seconds(row.declined_at),
        declined_reason=row.declined_reason,
        converted_at=row.converted_at and seconds(row.converted_at),
        invoice_id=row.invoice_id,
        invoice_number=row.invoice_number,
        created_at=seconds(row.created_at),
        updated_at=seconds(row.updated_at),
    )


def _item(line: QuoteLineRead) -> V2QuoteItemOut:
    return V2QuoteItemOut(
        id=line.id,
        description=line.description,
        amount=plain_price(line.unit_price),
        qty=plain_quantity(line.qty),
        total=line.line_total,
        product_id=line.product_id,
        taxed=line.tax_code == 'taxable',
        tax_rate=None if line.tax_rate is None else plain_quantity(line.tax_rate * 100),
    )


routes: list[tuple[str, Resource]] = [
    ('/quotes', Quotes()),
    ('/quotes/{id:int}', Quote()),
    ('/quotes/{id:int}/send', Send()),
    ('/quotes/{id:int}/accept', Accept()),
    ('/quotes/{id:int}/decline', Decline()),
    ('/quotes/{id:int}/convert', Convert()),
]
