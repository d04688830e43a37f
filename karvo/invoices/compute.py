"""The amounts of a document: lines, taxes, totals. Pure functions, dollars (T-4, INV-4)."""

import typing
from decimal import Decimal

from karvo.invoices.schemas import Line, NewInvoice, NewLine, Totals
from karvo.kit.errors import Invalid, invalid, missing
from karvo.kit.money import CENT, ZERO, cents, line_total
from karvo.ledger.schemas import SALES, SERVICES
from karvo.products.schemas import LineProduct
from karvo.taxes.compute import (
    TaxMismatch,
    borne_rates,
    check_client_taxes,
    document_taxes,
    tax_alone,
    tax_included,
)
from karvo.taxes.schemas import Exemption, Family, TaxableLine, TaxLine, TaxRate

FAMILIES: tuple[Family, ...] = ('tps', 'tvq', 'tvh', 'tvp')
LARGEST = Decimal(10) ** 12  #: NUMERIC(14,2)

Products = typing.Mapping[str, LineProduct]
Prices = typing.Mapping[int, Decimal]


def compute_totals(
    new: NewInvoice,
    products: Products,
    prices: Prices,
    rates: list[TaxRate],
    *,
    exempt: Exemption = 'none',
    may_be_zero: bool,
) -> Totals:
    """All amounts of a document whose applicable rates are known. Raises Invalid (T-5, INV-4).

    `prices`: those of lines that bring none, by the line's index. `rates` are the place's, and
    those that lines name themselves; of them the customer bears what he is not `exempt` of.
    """
    lines = [_line(n, line, products, prices.get(n)) for n, line in enumerate(new.lines)]
    _settle_rates(lines, rates)
    if not lines and new.subtotal is None:
        raise missing('subtotal')
    borne = borne_rates(rates, exempt)
    taxes = _taxes(new, lines, rates, borne)
    subtotal = sum((line.line_total for line in lines), ZERO) if lines else _lump_net(new, taxes)
    _check_given('subtotal', None if new.prices_include_tax else new.subtotal, subtotal)
    taxes, source = _with_client_cents(new, taxes, len(lines) or 1, may_be_zero)
    tax_total = sum((tax.amount for tax in taxes), ZERO)
    total = subtotal + tax_total
    _check_given('total', new.total, total)
    if total >= LARGEST:
        raise invalid(total='is too large')
    return Totals(
        lines=lines,
        subtotal=subtotal,
        discount_total=_discounts(new, lines, rates, borne),
        taxes=taxes,
        tax_total=tax_total,
        total=total,
        tax_source=source,
    )


def _taxes(
    new: NewInvoice, lines: list[Line], rates: list[TaxRate], borne: list[TaxRate]
) -> list[TaxLine]:
    """The taxes; prices that hold them are brought to their nets on the way (T-6)."""
    taxable = [_taxable(line, line.line_total, rates) for line in lines]
    taxable = taxable or [TaxableLine(cents(new.subtotal or ZERO))]
    if not new.prices_include_tax:
        return document_taxes(taxable, borne)
    apart = tax_included(taxable, borne)
    for line, net in zip(lines, apart.nets, strict=False):
        line.line_total = net
    return apart.taxes


def _settle_rates(lines: list[Line], rates: list[TaxRate]) -> None:
    """A rate that a line names is none, all of the place's taxes together, or one tax alone.

    Whoever is exempt of some bears the others: it says which taxes are meant, not that he has to.
    """
    whole = sum((rate.rate for rate in rates if rate.regime != 'own'), Decimal(0))
    for line in lines:
        if line.tax_rate is not None:
            line.tax_code = 'taxable' if line.tax_rate else 'zero_rated'
            line.pst_exempt = False
            line.tax_rate = None if line.tax_rate in (0, whole) else line.tax_rate


def _taxable(line: Line, amount: Decimal, rates: list[TaxRate]) -> TaxableLine:
    if line.tax_rate is None:
        return TaxableLine(amount, line.tax_code, line.pst_exempt)
    return TaxableLine(amount, line.tax_code, False, tax_alone(line.tax_rate, rates))


def _lump_net(new: NewInvoice, taxes: list[TaxLine]) -> Decimal:
    given = cents(new.subtotal or ZERO)
    held = sum((tax.amount for tax in taxes), ZERO) if new.prices_include_tax else ZERO
    return given - held


def _line(n: int, line: NewLine, products: Products, found: Decimal | None) -> Line:
    product = products.get(line.sku.upper()) if line.sku else None
    where = f'lines[{n}]'
    _check_line(where, line, product)
    price = found if line.unit_price is None else line.unit_price
    if price is None:
        raise missing(f'{where}.unit_price')
    total = line_total(line.quantity, price, line.discount_pct)
    if line.line_total is not None and not line.is_net and abs(line.line_total - total) > CENT:
        raise Invalid(
            f'{where}: line_total does not match: expected {total}',
            fields={f'{where}.line_total': f'does not match: expected {total}'},
        )
    if total >= LARGEST:
        raise Invalid(f'{where} is too large', fields={where: 'is too large'})
    kept = total if line.line_total is None else cents(line.line_total)
    return _described(line, product, price, kept)


def _check_line(where: str, line: NewLine, product: LineProduct | None) -> None:
    if product is None and line.sku and not line.description:
        raise Invalid(f'unknown sku {line.sku}', fields={f'{where}.sku': 'is unknown'})
    if product is None and not line.sku and not line.description:
        raise missing(f'{where}.description')
    if product is not None and product.status == 'archived':
        raise Invalid(f'{line.sku} is archived', fields={f'{where}.sku': 'is archived'})


def _described(line: NewLine, product: LineProduct | None, price: Decimal, total: Decimal) -> Line:
    is_service = line.kind == 'service' or (product is not None and product.type == 'service')
    english = line.description or (product.name_en if product else '')
    french = line.description_fr or _in_french(line.description, product)
    return Line(
        product_id=product.id if product else None,
        sku=product.sku if product else line.sku,
        description=english,
        description_fr=french,
        kind=line.kind or ('service' if is_service else 'product'),
        qty=line.quantity,
        uom=line.uom or (product.uom if product else 'unit'),
        unit_price=price,
        discount_pct=line.discount_pct,
        line_total=total,
        tax_code=line.tax_code or (product.tax_code if product else 'taxable'),
        pst_exempt=_is_pst_exempt(line, product),
        account=SERVICES if is_service else SALES,
        cost=product.cost if product else Decimal(0),
        tax_rate=line.tax_rate,
    )


def _in_french(english: str | None, product: LineProduct | None) -> str:
    """A product's French name also where the caller sent its English one (L-1, L-3)."""
    if product is not None and english in (None, '', product.name_en):
        return product.name_fr
    return english or ''


def _is_pst_exempt(line: NewLine, product: LineProduct | None) -> bool:
    if line.pst_exempt is not None:
        return line.pst_exempt
    return product is not None and product.pst_exempt


def _discounts(
    new: NewInvoice, lines: list[Line], rates: list[TaxRate], borne: list[TaxRate]
) -> Decimal:
    """What all discounts take off, before tax like the lines' totals by now."""
    reduced = [line for line in lines if line.discount_pct]
    full = [line_total(line.qty, line.unit_price, Decimal(0)) for line in reduced]
    if new.prices_include_tax and reduced:
        pairs = zip(full, reduced, strict=True)
        taxable = [_taxable(line, gross, rates) for gross, line in pairs]
        full = tax_included(taxable, borne).nets
    return sum(full, ZERO) - sum((line.line_total for line in reduced), ZERO)


def _check_given(name: str, given: Decimal | None, ours: Decimal) -> None:
    if given is not None and given != ours:
        why = f'does not match: expected {ours}'
        raise Invalid(f'{name} {why}', fields={name: why})


def _with_client_cents(
    new: NewInvoice, taxes: list[TaxLine], line_count: int, may_be_zero: bool
) -> tuple[list[TaxLine], str]:
    """T-5: within the tolerance the client's cents are kept."""
    if not new.taxes:
        return taxes, 'computed'
    try:
        return check_client_taxes(new.taxes, taxes, line_count, may_be_zero), 'client'
    except TaxMismatch as error:
        why = f'does not match: expected {error.expected}'
        raise Invalid(f'{error.family} {why}', fields={error.family: why}) from None
