"""A quote becomes an invoice, once, at the prices that were offered."""

import typing

import msgspec

from karvo.customers.schemas import Address
from karvo.invoices.models import Document
from karvo.invoices.operations.create import create_invoice
from karvo.invoices.schemas import NewInvoice, NewLine
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict
from karvo.kit.shapes import check_shape
from karvo.kit.work import Work
from plugins.sales.models import OPEN, Quote
from plugins.sales.operations.rows import announce, check_transition, take_step, touch
from plugins.sales.operations.steps import STAFF, accept
from plugins.sales.reads import offered_skus, read_quote_lines
from plugins.sales.schemas import Conversion, QuoteConverted, QuoteLineRead

SOURCE = 'quote'
POSTED = Conversion()
#: With the last statement, as the invoice itself is, whose row it refers to.
LINK = """
quote§ AS (
  UPDATE @sales_quote SET invoice_id = %(invoice)s::bigint WHERE id = %(quote)s::bigint)"""


class Converted(typing.NamedTuple):
    """The invoice that a quote became, and the warnings of recording it."""

    invoice_id: int
    warnings: list[str]


def convert_quote(
    quote_id: int,
    conversion: Conversion = POSTED,
    *,
    actor: Actor,
    version: int | None = None,
) -> Converted:
    """Make the invoice, in one transaction; one not answered yet is accepted first (8.2).

    The prices are those of the quote, the taxes those of the invoice's date. Raises Conflict
    (converted already, §16, expired) and what an invoice may be refused for.
    """
    check_shape(conversion)

    def step(quote: Quote, work: Work) -> Converted:
        _check_first(quote)
        if quote.status in OPEN:
            accept(quote, STAFF, work, actor)
        check_transition(quote, 'converted')
        made = create_invoice(_invoice(quote, conversion), actor=actor)
        previous = {'status': quote.status, 'invoice_id': None}
        touch(quote, work, status='converted', converted_at=work.at)
        work.write(LINK, {'invoice': made.id, 'quote': quote.id})
        announce(QuoteConverted, quote, work, actor, previous, invoice_id=made.id)
        return Converted(made.id, made.warnings)

    return take_step(quote_id, step, actor=actor, version=version)


def _check_first(quote: Quote) -> None:
    """Raises Conflict naming the invoice that was made before."""
    if quote.status != 'converted':
        return
    invoice = Document.get_or_none(Document.id == quote.invoice_id)
    name = 'a draft that was removed' if invoice is None else f'invoice {invoice.id}'
    if invoice is not None and invoice.number:
        name = f'invoice {invoice.number}'
    raise Conflict(f'quote {quote.number} was converted to {name} already')


def _invoice(quote: Quote, conversion: Conversion) -> NewInvoice:
    lines = read_quote_lines(quote.id)
    skus = offered_skus(lines)
    return NewInvoice(
        customer_id=quote.party_id,
        status=conversion.status,
        date=conversion.date,
        due_date=conversion.due_date,
        payment_terms=conversion.payment_terms,
        lines=[_line(line, skus.get(line.id)) for line in lines],
        ship_to=msgspec.convert(quote.ship_to, Address | None),
        po_reference=quote.reference,
        notes=quote.notes,
        metadata=quote.metadata,
        language=quote.language,
        source=SOURCE,
    )


def _line(line: QuoteLineRead, sku: str | None) -> NewLine:
    return NewLine(
        sku=sku,
        description=line.description,
        description_fr=line.description_fr,
        quantity=line.qty,
        uom=line.uom,
        unit_price=line.unit_price,
        discount_pct=line.discount_pct,
        tax_code=line.tax_code,
        pst_exempt=line.pst_exempt,
        tax_rate=line.tax_rate,
        kind=line.kind,
    )
