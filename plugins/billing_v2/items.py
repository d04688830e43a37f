"""Items of api/v2's documents: `amount` is the price of one, and taxes are charged when asked for.

A line bears a tax if it has a `tax_rate`, is `taxed`, or names a product that bears one (V2-2).
The text's items say nothing of taxes, and its totals have none.
"""

import typing
from decimal import Decimal

import msgspec
from msgspec import Meta

from karvo.invoices.published import line_taxes
from karvo.invoices.schemas import Invoice, LineRead, NewLine
from karvo.kit.errors import Invalid, missing
from karvo.kit.fields import Bounds, Id, Note, Percent, Quantity, Signed
from karvo.kit.money import line_total
from karvo.products.reads import skus_of
from plugins.billing_v2.numbers import plain_price, plain_quantity

#: {domain field: wire field}
FIELDS = {
    'lines': 'items',
    'quantity': 'qty',
    'unit_price': 'amount',
    'sku': 'product_id',
    'customer': 'customer_id',
    'number': 'invoice_number',
}
NONE = Decimal(0)
_POSITIVE = Bounds(whole=14, places=4, above=NONE)
Amount = typing.Annotated[Decimal, Meta(extra={'bounds': _POSITIVE})]


class V2ItemIn(msgspec.Struct, kw_only=True):
    """A line: `amount` before tax for one, else the price of the product; `tax_rate` in percent.

    `taxed` charges the taxes of the place where it is sold; without a word there is no tax.
    """

    description: Note | None = None
    amount: Amount | None = None
    qty: Quantity = Decimal(1)
    product_id: Id | None = None
    tax_rate: Percent | None = None
    taxed: bool | None = None


class V2ItemBack(msgspec.Struct, kw_only=True):
    """A line of a posted invoice, sent back; its price may be 0 or less."""

    description: Note | None = None
    amount: Signed | None = None
    qty: Signed = Decimal(1)
    product_id: Id | None = None
    tax_rate: Percent | None = None
    taxed: bool | None = None


class V2ItemOut(msgspec.Struct, kw_only=True):
    """A line; `amount` and `total` before tax."""

    id: int
    description: str
    amount: Decimal
    qty: int | Decimal
    total: Decimal


def new_lines(items: list[V2ItemIn], *, is_auto_taxed: bool) -> list[NewLine]:
    """The domain's lines. `is_auto_taxed`: taxes are charged where a line does not speak of them.

    Raises Missing without items, Invalid for an unknown product or an item of less than a cent.
    """
    if not items:
        raise missing('items')
    wanted = [item.product_id for item in items if item.product_id]
    skus = skus_of(wanted) if wanted else {}
    return [_line(n, item, skus, is_auto_taxed) for n, item in enumerate(items)]


def _line(n: int, item: V2ItemIn, skus: dict[int, str], is_auto_taxed: bool) -> NewLine:
    if item.product_id and item.product_id not in skus:
        raise Invalid('unknown product', fields={f'items[{n}].product_id': 'is unknown'})
    if item.amount and not line_total(item.qty, item.amount, NONE):
        raise Invalid('no amount', fields={f'items[{n}].amount': 'must be more than 0'})
    new = NewLine(
        sku=skus.get(item.product_id or 0),
        description=item.description or None,
        quantity=item.qty,
        unit_price=item.amount,
    )
    if item.tax_rate is not None:
        return msgspec.structs.replace(new, tax_rate=item.tax_rate / 100)
    if item.taxed:
        return msgspec.structs.replace(new, tax_code='taxable')
    if is_silent(item) and is_auto_taxed or item.taxed is None and item.product_id:
        return new
    return msgspec.structs.replace(new, tax_rate=NONE)


def is_silent(item: V2ItemIn) -> bool:
    """Whether it says nothing of taxes, neither itself nor by its product."""
    return item.tax_rate is None and item.taxed is None and item.product_id is None


def item_out(line: LineRead) -> V2ItemOut:
    """The wire's shape of a line."""
    return V2ItemOut(
        id=line.id,
        description=line.description,
        amount=plain_price(line.unit_price),
        qty=plain_quantity(line.qty),
        total=line.line_total,
    )


def is_same(sent: V2ItemBack, line: LineRead, invoice: Invoice) -> bool:
    """Whether an item that was sent back is the line that it was made of, as far as it says."""
    is_described = sent.description in (None, line.description)
    is_priced = sent.amount in (None, line.unit_price) and sent.qty == line.qty
    is_product = sent.product_id in (None, line.product_id)
    return is_described and is_priced and is_product and _is_taxed_so(sent, line, invoice)


def _is_taxed_so(sent: V2ItemBack, line: LineRead, invoice: Invoice) -> bool:
    """A rate goes before `taxed`, as where a line is made."""
    if sent.tax_rate is not None:
        return sent.tax_rate == _rate(line, invoice)
    is_taxed = line.tax_code == 'taxable' and line.tax_rate is None
    return sent.taxed is None or sent.taxed == is_taxed and (is_taxed or not _rate(line, invoice))


def _rate(line: LineRead, invoice: Invoice) -> Decimal:
    """Percent: that of its one tax, or of all that it bears together."""
    if line.tax_code == 'taxable' and line.tax_rate is not None:
        return line.tax_rate * 100
    return sum((tax.rate for tax in line_taxes(invoice, line)), NONE)
