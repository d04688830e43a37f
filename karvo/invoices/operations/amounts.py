"""What the lines of a document come to for a customer: place of supply, prices, taxes, totals."""

import datetime as dt
import functools
import typing

import msgspec

from karvo.customers.schemas import Address, Customer
from karvo.invoices.compute import compute_totals
from karvo.invoices.context import Context
from karvo.invoices.schemas import Line, NewInvoice, Totals
from karvo.pricing.compute import below_floor_warnings
from karvo.pricing.reads import prices_for_lines
from karvo.pricing.schemas import Price, PricedLine
from karvo.products.reads import products_for_lines
from karvo.products.schemas import LineProduct
from karvo.taxes.compute import applicable_rates, own_rates, place_of_supply
from karvo.taxes.reads import Books
from karvo.taxes.schemas import Jurisdiction, TaxRate


class Amounts(msgspec.Struct, kw_only=True):
    """What a document comes to, and whose taxes it bears."""

    place: Jurisdiction
    totals: Totals
    warnings: list[str]


def compute_amounts(new: NewInvoice, party: Customer, context: Context, date: dt.date) -> Amounts:
    """What the lines come to for this customer on that date: prices, taxes, totals.

    Raises Missing, Invalid (T-5, INV-4). Quotes are computed by it too.
    """
    place = _place(new, party, context)
    rates = list(_rates(context.books, place, date))
    products = products_for_lines([x.sku for x in new.lines if x.sku], party.code)
    new = _at_own_rates(new, products)
    prices = _prices(new, products, party, date)
    totals = compute_totals(
        new,
        products,
        {n: price.price for n, price in prices.items()},
        rates + own_rates((x.tax_rate for x in new.lines if x.tax_rate is not None), rates),
        exempt=party.tax_exempt,
        may_be_zero=not rates or _is_exempt(party),
    )
    warnings = _floor_warnings(new, totals.lines, products.values())
    if any(tax.amount and not tax.registration_number for tax in totals.taxes):
        warnings.append('missing_tax_registration_number')
    return Amounts(place=place, totals=totals, warnings=warnings)


def _place(new: NewInvoice, party: Customer, context: Context) -> Jurisdiction:
    """T-2: where the goods go, else the customer's address, else our own province."""
    settings = context.books.settings
    ship_to = new.ship_to or party.ship_to
    return place_of_supply(
        ship_to=_jurisdiction(ship_to),
        billing=Jurisdiction(party.country or '', party.province or ''),
        company=Jurisdiction(settings.country, settings.province),
    )


def _jurisdiction(address: Address | None) -> Jurisdiction | None:
    if address is None or not (address.country or address.province):
        return None
    return Jurisdiction(address.country or '', (address.province or '').upper())


@functools.lru_cache(maxsize=500)
def _rates(books: Books, place: Jurisdiction, date: dt.date) -> tuple[TaxRate, ...]:
    """Those of the place, whoever is exempt of them."""
    home = books.settings.country
    return tuple(
        applicable_rates(books.rates, books.registrations, country=home, place=place, on=date)
    )


def _at_own_rates(new: NewInvoice, products: typing.Mapping[str, LineProduct]) -> NewInvoice:
    """Lines that say nothing of taxes bear the rate that their product has itself (V2-4)."""
    own = {name: p.tax_rate / 100 for name, p in products.items() if p.tax_rate is not None}
    if not own:
        return new
    lines = [
        msgspec.structs.replace(line, tax_rate=own.get((line.sku or '').upper()))
        if line.tax_code is None and line.tax_rate is None
        else line
        for line in new.lines
    ]
    return msgspec.structs.replace(new, lines=lines)


def _is_exempt(party: Customer) -> bool:
    return party.tax_exempt != 'none'


def _prices(
    new: NewInvoice, products: typing.Mapping[str, LineProduct], party: Customer, date: dt.date
) -> dict[int, Price]:
    """{line's index: price} of the lines that bring none (INV-4, PRI-1); one statement, or none."""
    if new.prices_include_tax:
        return {}  # ours are before tax: the caller must say what he means
    wanted = {
        n: PricedLine(products[line.sku.upper()], line.quantity)
        for n, line in enumerate(new.lines)
        if line.unit_price is None and line.sku and line.sku.upper() in products
    }
    prices = prices_for_lines(list(wanted.values()), party, date)
    return dict(zip(wanted, prices, strict=True))


def _floor_warnings(
    new: NewInvoice, lines: list[Line], products: typing.Iterable[LineProduct]
) -> list[str]:
    """PRI-4, whosever price it is, less the line's discount and before tax."""
    known = {product.id: product for product in products}
    found: set[str] = set()
    for sent, line in zip(new.lines, lines, strict=True):
        product = known.get(line.product_id or 0)
        if product is not None:
            price = line.unit_price * (1 - line.discount_pct / 100)
            if new.prices_include_tax or sent.is_net:
                price = line.line_total / line.qty
            found.update(below_floor_warnings(price, product))
    return sorted(found)
