"""Which taxes a credit's lines take back: those that the invoice's own lines bore (T-9)."""

import typing
from decimal import Decimal

from karvo.invoices.schemas import Line, LineRead
from karvo.kit.money import ZERO, cents
from karvo.taxes.compute import is_taxed, tax_alone
from karvo.taxes.schemas import TaxableLine, TaxCode, TaxLine


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
    same = [one for one in left if _is_same(line, one)]
    same = same or [one for one in invoiced if _is_same(line, one)]
    if not same:
        return None
    nearest = min(same, key=lambda one: _distance(line, one))
    if nearest in left:
        left.remove(nearest)
    return nearest


def _is_same(line: Line, one: LineRead) -> bool:
    if line.product_id is not None or one.product_id is not None:
        return line.product_id == one.product_id
    return (_named(line.sku), _named(line.description)) == (
        _named(one.sku),
        _named(one.description),
    )


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
