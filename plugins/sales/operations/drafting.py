"""Making a quote, changing it, throwing a draft away."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET

from karvo.customers.operations import check_metadata
from karvo.customers.schemas import Address
from karvo.invoices.context import Context, read_context
from karvo.invoices.operations.amounts import compute_amounts
from karvo.invoices.operations.create import check_currency, checked_date
from karvo.invoices.schemas import MOST_LINES, NewInvoice, NewLine
from karvo.kit import ids, numbering
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, Invalid, invalid, missing
from karvo.kit.shapes import check_shape
from karvo.kit.text import fold
from karvo.kit.work import Work, atomic
from karvo.products.reads import skus_of
from karvo.settings.reads import business_date, read_settings
from plugins.sales.models import OPEN, Quote
from plugins.sales.operations.rows import (
    announce,
    changed_members,
    check_transition,
    locked_quote,
    store_lines,
    take_step,
    touch,
)
from plugins.sales.reads import offered_skus, read_quote_lines
from plugins.sales.schemas import (
    NewQuote,
    NewQuoteLine,
    QuoteChange,
    QuoteCreated,
    QuoteDeleted,
    QuoteLineRead,
    QuoteUpdated,
)

VALID_DAYS = 30
#: Members that decide amounts: with them all is computed anew.
AMOUNTS = {'customer', 'customer_id', 'date', 'lines', 'ship_to'}
LINE_FIELDS = ('product_id', 'sku', 'description', 'description_fr', 'kind', 'qty', 'uom') + (
    'unit_price',
    'discount_pct',
    'line_total',
    'tax_code',
    'pst_exempt',
    'tax_rate',
)


class Quoted(typing.NamedTuple):
    """A quote that was made or changed: `total` in dollars with taxes, warnings of prices."""

    id: int
    total: Decimal
    warnings: list[str]


class Drawn(typing.NamedTuple):
    """A quote with every value decided: columns, the lines' columns."""

    columns: dict[str, typing.Any]
    lines: list[dict[str, typing.Any]]
    warnings: list[str]


def create_quote(new: NewQuote, *, actor: Actor) -> Quoted:
    """A draft with its number. Raises Missing, Invalid."""
    check_shape(new)
    with atomic() as work:
        drawn = _draw_up(new, number=None)
        quote = Quote.create(
            uid=ids.uuid7(),
            key=ids.random_key(),
            status='draft',
            source=new.source,
            created_at=work.at,
            updated_at=work.at,
            **drawn.columns,
        )
        store_lines(quote.id, drawn.lines)
        request = work.take_number('Q', quote.date.year, 'sales_quote', quote.id, is_searched=True)
        announce(QuoteCreated, quote, work, actor, number=request.token)
    return Quoted(quote.id, quote.total, drawn.warnings)


def change_quote(
    quote_id: int, change: QuoteChange, *, actor: Actor, version: int | None = None
) -> list[str]:
    """Merge the change into a draft or into what was sent, which is then a draft of the next
    revision; metadata, which no customer sees, into any. Returns warnings.

    Raises NotFound, PreconditionFailed, Conflict (answered or expired), Missing, Invalid.
    """
    check_shape(change)
    values = {n: v for n, v in _members(change) if v is not UNSET}
    if 'metadata' in values:
        values['metadata'] = check_metadata(values['metadata'] or {})
    if values.keys() <= {'metadata'}:
        with atomic() as work:
            return _merge(locked_quote(quote_id, version), Drawn(values, [], []), work, actor)

    def step(quote: Quote, work: Work) -> list[str]:
        if quote.status not in OPEN:
            raise Conflict(f'quote {quote.number} is {quote.status} and cannot be changed')
        return _merge(quote, _redrawn(quote, values), work, actor)

    return take_step(quote_id, step, actor=actor, version=version)


def delete_quote(quote_id: int, *, actor: Actor, version: int | None = None) -> None:
    """Remove a draft; the number audit knows why its number is missing (G-5). Raises Conflict."""
    with atomic() as work:
        quote = locked_quote(quote_id, version)
        check_transition(quote, 'deleted')
        value, number = quote.number_value or 0, quote.number or ''
        claimed = numbering.Claimed('Q', quote.number_year or 0, value)
        numbering.note_skip(claimed, value, value, 'draft_deleted', number, work.at)
        announce(QuoteDeleted, quote, work, actor)
        quote.delete_instance()


def _members(struct: msgspec.Struct) -> typing.Iterable[tuple[str, typing.Any]]:
    """Nested structs stay what they are."""
    return ((name, getattr(struct, name)) for name in struct.__struct_fields__)


def _draw_up(new: NewQuote, number: str | None) -> Drawn:
    """Check and compute everything as an invoice would."""
    _check_lines(new)
    context = read_context('invoice', new.customer, new.customer_id, None)
    party = context.party
    if party is None or party.deleted_at:
        field = 'customer' if new.customer else 'customer_id'
        raise Invalid('customer not found', fields={field: 'not found'})
    check_currency(new.currency, party, context)
    date = checked_date('date', new.date or context.today, context.today)
    amounts = compute_amounts(_as_invoice(new), party, context, date)
    totals, settings = amounts.totals, context.books.settings
    columns = {
        'party_id': party.id,
        'customer_code': party.code,
        'customer_name': party.name,
        'date': date,
        'valid_until': _valid_until(new.valid_until, date, context),
        'currency': settings.currency,
        'language': new.language or party.language or settings.language,
        'subtotal': totals.subtotal,
        'discount_total': totals.discount_total,
        'tax_total': totals.tax_total,
        'total': totals.total,
        'taxes': msgspec.to_builtins(totals.taxes),
        'ship_to': msgspec.to_builtins(new.ship_to),
        'reference': new.reference,
        'notes': new.notes,
        'metadata': check_metadata(new.metadata),
        'search_text': fold(number, party.code, party.name, new.reference),
    }
    lines = [{name: getattr(line, name) for name in LINE_FIELDS} for line in totals.lines]
    return Drawn(columns, lines, amounts.warnings)


def _check_lines(new: NewQuote) -> None:
    if not new.customer and new.customer_id is None:
        raise missing('customer')
    if not new.lines:
        raise missing('lines')
    if len(new.lines) > MOST_LINES:
        raise invalid(lines=f'must be at most {MOST_LINES}')


def _valid_until(asked: dt.date | None, date: dt.date, context: Context) -> dt.date:
    until = asked or max(date, context.today) + dt.timedelta(days=VALID_DAYS)
    return check_valid_until(until, date, context.today)


def check_valid_until(until: dt.date, date: dt.date, today: dt.date) -> dt.date:
    """V2-5. Raises Invalid for a day before the quote's own, or in the past."""
    if until < max(date, today):
        raise invalid(valid_until='must not be before the date or in the past')
    return checked_date('valid_until', until, max(date, today))


def _as_invoice(new: NewQuote) -> NewInvoice:
    skus = _skus(new.lines)
    return NewInvoice(
        status='draft', lines=[_as_line(line, skus) for line in new.lines], ship_to=new.ship_to
    )


def _skus(lines: list[NewQuoteLine]) -> dict[int, str]:
    """{product's id: SKU} of the lines that name it so. Raises Invalid."""
    wanted = [line.product_id for line in lines if line.product_id and not line.sku]
    known = skus_of(wanted) if wanted else {}
    for n, line in enumerate(lines):
        if line.product_id in wanted and line.product_id not in known:
            raise Invalid(
                f'unknown product {line.product_id}',
                fields={f'lines[{n}].product_id': 'is unknown'},
            )
    return known


def _as_line(line: NewQuoteLine, skus: dict[int, str]) -> NewLine:
    values = dict(_members(line))
    product_id = values.pop('product_id')
    return NewLine(**values | {'sku': line.sku or skus.get(product_id)})


def _redrawn(quote: Quote, values: dict[str, typing.Any]) -> Drawn:
    """The quote with the changes laid over it; lines only where amounts are computed anew."""
    if AMOUNTS & values.keys():
        return _draw_up(_revised(quote, values), quote.number)
    columns = dict(values)
    if 'valid_until' in values:
        today = business_date(read_settings())
        check_valid_until(values['valid_until'], quote.date, today)
    if 'reference' in values:
        columns['search_text'] = fold(
            quote.number, quote.customer_code, quote.customer_name, values['reference']
        )
    return Drawn(columns, [], [])


def _revised(quote: Quote, values: dict[str, typing.Any]) -> NewQuote:
    """As it would be asked for anew: what was offered stays offered."""
    known: dict[str, typing.Any] = {
        'customer_id': quote.party_id,
        'date': quote.date,
        'valid_until': quote.valid_until,
        'ship_to': msgspec.convert(quote.ship_to, Address | None),
        'reference': quote.reference,
        'notes': quote.notes,
        'metadata': quote.metadata,
        'language': quote.language,
    }
    if 'lines' not in values:
        lines = read_quote_lines(quote.id)
        skus = offered_skus(lines)
        known['lines'] = [_offered(line, skus.get(line.id)) for line in lines]
    if 'customer' in values:
        known.pop('customer_id')
    return NewQuote(**known | values)


def _offered(line: QuoteLineRead, sku: str | None) -> NewQuoteLine:
    names = ('description', 'description_fr', 'uom', 'unit_price', 'discount_pct')
    more = ('tax_code', 'pst_exempt', 'tax_rate', 'kind')
    values = {name: getattr(line, name) for name in names + more}
    return NewQuoteLine(sku=sku, quantity=line.qty, **values)


def _merge(quote: Quote, drawn: Drawn, work: Work, actor: Actor) -> list[str]:
    """Set what differs; a change of what the customer has seen makes a draft of it again."""
    changed = {n: v for n, v in drawn.columns.items() if getattr(quote, n) != v}
    has_lines = bool(drawn.lines) and drawn.lines != _stored_lines(quote.id)
    if not changed and not has_lines:
        return drawn.warnings
    if quote.status == 'sent' and (has_lines or changed.keys() - {'metadata'}):
        changed |= {'status': 'draft', 'revision': quote.revision + 1}
    previous = changed_members(quote, changed)
    if 'metadata' in changed:
        previous['metadata'] = quote.metadata
    touch(quote, work, **changed)
    if has_lines:
        store_lines(quote.id, drawn.lines)
    announce(QuoteUpdated, quote, work, actor, previous)
    return drawn.warnings


def _stored_lines(quote_id: int) -> list[dict[str, typing.Any]]:
    return [{name: getattr(x, name) for name in LINE_FIELDS} for x in read_quote_lines(quote_id)]
