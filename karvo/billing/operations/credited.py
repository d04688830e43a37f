"""What a credit's lines give back of an invoice: the prices that it charged, its taxes (T-9)."""

import typing
from decimal import Decimal

import msgspec

from karvo.invoices.schemas import Line, LineRead, NewLine
from karvo.kit.errors import Invalid
from karvo.kit.money import ZERO, cents, line_total
from karvo.products.schemas import LineProduct
from karvo.taxes.compute import is_taxed, tax_alone
from karvo.taxes.schemas import TaxableLine, TaxCode, TaxLine


def at_invoiced_prices(
    lines: list[NewLine],
    invoiced: list[LineRead],
    products: typing.Mapping[str, LineProduct],
) -> list[NewLine]:
    """Lines that bring no price take the one that the invoice charged, before tax (BIL-3).

    What the invoice does not have keeps none. Raises Invalid where it has several prices of it.
    """
    return [
        line
        if line.unit_price is not None
        else _at_charged(n, line, invoiced, products.get((line.sku or '').upper()))
        for n, line in enumerate(lines)
    ]


def _at_charged(
    n: int, line: NewLine, invoiced: list[LineRead], product: LineProduct | None
) -> NewLine:
    ours = product.id if product else None, line.sku, line.description
    same = [one for one in invoiced if _is_same(ours, one)]
    if not same:
        return line
    if len({(one.unit_price, one.discount_pct) for one in same}) > 1:
        name, why = f'lines[{n}].unit_price', 'must be given: the invoice has several of this'
        raise Invalid(f'{name} {why}', fields={name: why})
    one = next((one for one in same if one.qty == line.quantity), same[0])
    # A discount that the credit names is its own.
    discount = line.discount_pct or one.discount_pct
    line = msgspec.structs.replace(line, unit_price=one.unit_price, discount_pct=discount)
    is_plain = line_total(one.qty, one.unit_price, one.discount_pct) == one.line_total
    return line if is_plain else _net(line, one)


def _net(line: NewLine, one: LineRead) -> NewLine:
    """At a price that held the tax (T-6): its part of what was invoiced before tax, to the cent."""
    part = one.line_total * line.quantity / one.qty
    if line.discount_pct != one.discount_pct < 100:
        part *= (100 - line.discount_pct) / (100 - one.discount_pct)
    given = line.line_total
    return msgspec.structs.replace(
        line, is_net=True, line_total=cents(part) if given is None else given
    )


def taxed_parts(
    lines: list[Line], invoiced: list[LineRead], taxes: list[TaxLine], subtotal: Decimal
) -> dict[str, Decimal]:
    """{tax code: how much of these lines bears it}, dollars before tax.

    A line that is none of the invoice's bears each tax as all of the invoice (`subtotal`) does.
    """
    left = list(invoiced)
    found = [_taxable(line.line_total, _taken(line, left, invoiced), taxes) for line in lines]
    pairs = list(zip(lines, found, strict=True))
    rest = sum((line.line_total for line, taxable in pairs if taxable is None), ZERO)
    parts = {}
    for tax in taxes:
        own = sum((x.amount for x in found if x is not None and is_taxed(x, tax)), ZERO)
        parts[tax.code] = own + (cents(rest * tax.base / subtotal) if subtotal else ZERO)
    return parts


def _taken(line: Line, left: list[LineRead], invoiced: list[LineRead]) -> LineRead | None:
    """The invoice's line that this one credits: each is taken once before any is taken twice."""
    ours = line.product_id, line.sku, line.description
    same = [one for one in left if _is_same(ours, one)]
    same = same or [one for one in invoiced if _is_same(ours, one)]
    if not same:
        return None
    nearest = min(same, key=lambda one: _distance(line, one))
    if nearest in left:
        left.remove(nearest)
    return nearest


def _is_same(ours: tuple[int | None, str | None, str | None], one: LineRead) -> bool:
    """`ours`: a line's product, SKU and description."""
    product_id, sku, description = ours
    if product_id is not None or one.product_id is not None:
        return product_id == one.product_id
    return (_named(sku), _named(description)) == (_named(one.sku), _named(one.description))


def _named(text: str | None) -> str:
    return (text or '').strip().casefold()


def _distance(line: Line, one: LineRead) -> tuple[bool, bool]:
    return line.unit_price != one.unit_price, line.line_total != one.line_total


def _taxable(amount: Decimal, one: LineRead | None, taxes: list[TaxLine]) -> TaxableLine | None:
    if one is None:
        return None
    code = typing.cast(TaxCode, one.tax_code)
    only = None if one.tax_rate is None else tax_alone(one.tax_rate, taxes)
    return TaxableLine(amount, code, one.pst_exempt, only)
