"""The taxes of a document, to the cent. Pure functions (T-1 to T-9); amounts in dollars."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

from karvo.kit.money import CENT, ZERO, cents
from karvo.taxes.schemas import (
    Exemption,
    Family,
    IncludedTaxes,
    Jurisdiction,
    Registration,
    TaxableLine,
    TaxLine,
    TaxRate,
)

FREED: dict[Exemption, set[Family]] = {
    'none': set(),
    'gst': {'tps', 'tvh'},
    'pst': {'tvq', 'tvp'},
    'all': {'tps', 'tvh', 'tvq', 'tvp'},
}
PST_LIKE: set[Family] = {'tvq', 'tvp'}
PER_LINE = Decimal('0.005')


class TaxMismatch(ValueError):
    """A client's tax is not ours, by more than the tolerance (T-5)."""

    def __init__(self, family: Family, expected: Decimal):
        super().__init__(f'{family} does not match: expected {expected}')
        self.family, self.expected = family, expected


def place_of_supply(
    *, ship_to: Jurisdiction | None, billing: Jurisdiction, company: Jurisdiction
) -> Jurisdiction:
    """T-2: where the goods go, else the billing address, else our own province."""
    for place in (ship_to, billing):
        if place and (place.province or (place.country and place.country != company.country)):
            return Jurisdiction(place.country or company.country, place.province.upper())
    return company


def applicable_rates(
    rates: typing.Iterable[TaxRate],
    registrations: typing.Iterable[Registration],
    *,
    country: str,
    place: Jurisdiction,
    on: dt.date,
    exempt: Exemption = 'none',
) -> list[TaxRate]:
    """The rates of a place on a date for which we are registered (T-1, T-3), in the tables' order.

    Outside our `country` the supply is an export: none.
    """
    if place.country != country:
        return []
    active = {r.regime: r for r in registrations if _is_valid(r.valid_from, r.valid_to, on)}
    return [
        msgspec.structs.replace(rate, registration_number=active[rate.regime].number)
        for rate in rates
        if rate.regime in active
        and rate.country == place.country
        and rate.province in ('', place.province)
        and rate.family not in FREED[exempt]
        and _is_valid(rate.valid_from, rate.valid_to, on)
    ]


def _is_valid(first: dt.date | None, last: dt.date | None, on: dt.date) -> bool:
    return (first is None or first <= on) and (last is None or on <= last)


def document_taxes(lines: typing.Sequence[TaxableLine], rates: list[TaxRate]) -> list[TaxLine]:
    """Each tax of the whole document: the bases summed, rounded once, half-up (T-4)."""
    return [_tax(rate, base) for rate in rates if (base := _base(lines, rate)) is not None]


def _base(lines: typing.Sequence[TaxableLine], rate: TaxRate) -> Decimal | None:
    """The taxable amount of the lines; None when no line is taxable at all."""
    taxed = [line.amount for line in lines if _is_taxed(line, rate)]
    return sum(taxed, ZERO) if taxed else None


def _is_taxed(line: TaxableLine, rate: TaxRate) -> bool:
    return line.tax_code == 'taxable' and not (line.pst_exempt and rate.family in PST_LIKE)


def _tax(rate: TaxRate, base: Decimal, amount: Decimal | None = None) -> TaxLine:
    return TaxLine(
        code=rate.code,
        family=rate.family,
        regime=rate.regime,
        label_fr=rate.label_fr,
        label_en=rate.label_en,
        rate=rate.rate,
        base=base,
        amount=cents(base * rate.rate) if amount is None else amount,
        account=rate.account,
        registration_number=rate.registration_number,
    )


def tax_included(lines: typing.Sequence[TaxableLine], rates: list[TaxRate]) -> IncludedTaxes:
    """Prices that hold their taxes, taken apart: net = round(gross ÷ (1 + rates)) (T-6).

    A stray cent goes into the net of the last line, never into the taxes.
    """
    gross = sum((line.amount for line in lines), ZERO)
    shares = [1 + sum((r.rate for r in rates if _is_taxed(line, r)), Decimal(0)) for line in lines]
    groups = _group_nets(lines, shares)
    nets = _line_nets(lines, shares, groups)
    netted = [
        msgspec.structs.replace(line, amount=net) for line, net in zip(lines, nets, strict=True)
    ]
    taxes = document_taxes(netted, rates)
    stray = gross - sum(nets, ZERO) - sum((tax.amount for tax in taxes), ZERO)
    if nets and stray:
        nets[-1] += stray
    return IncludedTaxes(nets, taxes)


def _group_nets(
    lines: typing.Sequence[TaxableLine], shares: list[Decimal]
) -> dict[Decimal, Decimal]:
    """{1 + rates: net of all lines taxed so}, each rounded once for the document."""
    sums: dict[Decimal, Decimal] = {}
    for line, share in zip(lines, shares, strict=True):
        sums[share] = sums.get(share, ZERO) + line.amount
    return {share: cents(amount / share) for share, amount in sums.items()}


def _line_nets(
    lines: typing.Sequence[TaxableLine], shares: list[Decimal], groups: dict[Decimal, Decimal]
) -> list[Decimal]:
    """Net of each line; the last line of a group takes the rounding of its group."""
    last = {share: n for n, share in enumerate(shares)}
    nets = [cents(line.amount / share) for line, share in zip(lines, shares, strict=True)]
    for share, n in last.items():
        others = (net for m, net in enumerate(nets) if shares[m] == share and m != n)
        nets[n] = groups[share] - sum(others, ZERO)
    return nets


def check_client_taxes(
    given: typing.Mapping[Family, Decimal],
    ours: list[TaxLine],
    line_count: int,
    may_be_zero: bool,
) -> list[TaxLine]:
    """Our taxes with the client's cents, where each is within the tolerance (T-5).

    Explicit zeros pass too where `may_be_zero` (exempt, exported, not registered). Raises
    TaxMismatch with what was expected.
    """
    tolerance = max(CENT, PER_LINE * line_count)
    kept = list(ours)
    for family, amount in given.items():
        own = [n for n, tax in enumerate(kept) if tax.family == family]
        expected = sum((kept[n].amount for n in own), ZERO)
        if amount == 0 and may_be_zero:
            kept = [tax for tax in kept if tax.family != family]
        elif abs(amount - expected) > tolerance or (amount and not own):
            raise TaxMismatch(family, expected)
        elif own:
            more = amount - expected
            kept[own[-1]] = msgspec.structs.replace(
                kept[own[-1]], amount=kept[own[-1]].amount + more
            )
    return kept


def credit_taxes(
    original: list[TaxLine],
    original_subtotal: Decimal,
    credited_taxes: typing.Mapping[str, Decimal],
    credited_base: Decimal,
    base: Decimal,
) -> list[TaxLine]:
    """Taxes of a credit of `base` against a document, in proportion; the last takes the rest (T-9).

    `credited_taxes` are {tax code: what earlier credits took}, `credited_base` their amounts.
    """
    is_last = credited_base + base >= original_subtotal
    taxes = []
    for tax in original:
        left = tax.amount - credited_taxes.get(tax.code, ZERO)
        share = base / original_subtotal if original_subtotal else Decimal(0)
        amount = left if is_last else min(left, cents(tax.amount * share))
        taxes.append(msgspec.structs.replace(tax, amount=amount, base=cents(tax.base * share)))
    return taxes
