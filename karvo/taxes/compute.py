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
OWN_RATE = 'OWN-'  #: begins the code of a tax whose rate a line named itself
OTHER_TAXES = '2130'  #: where a tax is owed whose rate a line named itself


class TaxMismatch(ValueError):
    """A client's tax is not ours, by more than the tolerance (T-5)."""

    def __init__(self, family: Family, expected: Decimal):
        super().__init__(f'{family} does not match: expected {expected}')
        self.family, self.expected = family, expected


class Credited(typing.NamedTuple):
    """What credits took of a tax, and the amounts that they took it of."""

    amount: Decimal = ZERO
    base: Decimal = ZERO


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
) -> list[TaxRate]:
    """The rates of a place on a date for which we are registered (T-1, T-3), in the tables' order.

    Outside our `country` the supply is an export: none.
    """
    if place.country != country:
        return []
    active: dict[str, Registration] = {
        r.regime: r for r in registrations if _is_valid(r.valid_from, r.valid_to, on)
    }
    return [
        msgspec.structs.replace(rate, registration_number=active[rate.regime].number)
        for rate in rates
        if rate.regime in active
        and rate.country == place.country
        and rate.province in ('', place.province)
        and _is_valid(rate.valid_from, rate.valid_to, on)
    ]


def _is_valid(first: dt.date | None, last: dt.date | None, on: dt.date) -> bool:
    return (first is None or first <= on) and (last is None or on <= last)


def borne_rates(rates: list[TaxRate], exempt: Exemption) -> list[TaxRate]:
    """Those that a customer bears who is exempt of some."""
    return [rate for rate in rates if rate.family not in FREED[exempt]]


def own_rates(asked: typing.Iterable[Decimal], rates: list[TaxRate]) -> list[TaxRate]:
    """A tax for each rate (a fraction) that lines name and that none of the place has.

    It counts as `tvp` on the wire and is owed with the provinces' taxes (api/v2, V2-2).
    """
    known = {rate.rate for rate in rates}
    return [_own_rate(rate) for rate in sorted(set(asked)) if rate and rate not in known]


def _own_rate(rate: Decimal) -> TaxRate:
    percent = f'{(rate * 100).normalize():f}'
    return TaxRate(
        code=f'{OWN_RATE}{percent}',
        family='tvp',
        regime='own',
        country='',
        label_fr=f'Taxe {percent.replace(".", ",")} %',
        label_en=f'Tax {percent}%',
        rate=rate,
        account=OTHER_TAXES,
        valid_from=dt.date.min,
    )


def tax_alone(rate: Decimal, rates: typing.Sequence[TaxRate | TaxLine]) -> str:
    """The code of the one tax that a line of this rate bears; '' for none."""
    return next((one.code for one in rates if one.rate == rate), '')


def document_taxes(lines: typing.Sequence[TaxableLine], rates: list[TaxRate]) -> list[TaxLine]:
    """Each tax of the whole document: the bases summed, rounded once, half-up (T-4)."""
    return [_tax(rate, base) for rate in rates if (base := _base(lines, rate)) is not None]


def _base(lines: typing.Sequence[TaxableLine], rate: TaxRate) -> Decimal | None:
    """The taxable amount of the lines; None when no line is taxable at all."""
    taxed = [line.amount for line in lines if is_taxed(line, rate)]
    return sum(taxed, ZERO) if taxed else None


def is_taxed(line: TaxableLine, rate: TaxRate | TaxLine) -> bool:
    """Whether the line bears this one of the document's taxes."""
    if line.tax_code != 'taxable' or line.only is not None:
        return line.tax_code == 'taxable' and rate.code == line.only
    return rate.regime != 'own' and not (line.pst_exempt and rate.family in PST_LIKE)


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

    A stray cent goes into the net of the last taxed line and the base of its taxes, never into
    the taxes themselves.
    """
    nets = _nets(lines, rates)
    taxes = document_taxes(_with_amounts(lines, nets), rates)
    gross = sum((line.amount for line in lines), ZERO)
    stray = gross - sum(nets, ZERO) - sum((tax.amount for tax in taxes), ZERO)
    if not stray or not taxes:
        return IncludedTaxes(nets, taxes)
    nets[_last_taxed(lines, nets, rates, stray)] += stray
    based = document_taxes(_with_amounts(lines, nets), rates)
    pairs = zip(based, taxes, strict=True)
    kept = [msgspec.structs.replace(new, amount=old.amount) for new, old in pairs]
    return IncludedTaxes(nets, kept)


def _nets(lines: typing.Sequence[TaxableLine], rates: list[TaxRate]) -> list[Decimal]:
    """Each line gets the growth of the running net of all lines taxed like it.

    So they sum to the rounded net of them all, and each is within a cent of its own.
    """
    running: dict[Decimal, Decimal] = {}
    nets = []
    for line in lines:
        share = 1 + sum((rate.rate for rate in rates if is_taxed(line, rate)), Decimal(0))
        before = running.get(share, ZERO)
        after = running[share] = before + line.amount
        nets.append(cents(after / share) - cents(before / share))
    return nets


def _with_amounts(lines: typing.Sequence[TaxableLine], amounts: list[Decimal]) -> list[TaxableLine]:
    pairs = zip(lines, amounts, strict=True)
    return [msgspec.structs.replace(line, amount=amount) for line, amount in pairs]


def _last_taxed(
    lines: typing.Sequence[TaxableLine], nets: list[Decimal], rates: list[TaxRate], stray: Decimal
) -> int:
    """The last taxed line that the cent leaves positive; a free line would turn negative."""
    taxed = [n for n, line in enumerate(lines) if any(is_taxed(line, rate) for rate in rates)]
    able = (n for n in reversed(taxed) if nets[n] > abs(stray))
    return next(able, taxed[-1])


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
    for family, sent in given.items():
        own = [n for n, tax in enumerate(kept) if tax.family == family]
        expected = sum((kept[n].amount for n in own), ZERO)
        amount = cents(sent)
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
    credited: typing.Mapping[str, Credited],
    credited_base: Decimal,
    base: Decimal,
    taxed: typing.Mapping[str, Decimal] | None = None,
) -> list[TaxLine]:
    """Taxes of a credit of `base` against a document; the last takes the rest (T-9).

    `credited` are {tax code: what earlier credits took}, `credited_base` their amounts. `taxed`:
    {tax code: how much of `base` bears it}, else each tax is taken in proportion.
    """
    is_last = credited_base + base >= original_subtotal
    share = base / original_subtotal if original_subtotal else Decimal(0)
    taxes = []
    for tax in original:
        before = credited.get(tax.code, Credited())
        left = Credited(tax.amount - before.amount, max(ZERO, tax.base - before.base))
        part = left if is_last else _part(tax, share, taxed)
        if taxed is not None and part.base >= left.base:
            part = left
        amount, taken = min(left.amount, part.amount), min(left.base, part.base)
        taxes.append(msgspec.structs.replace(tax, amount=amount, base=taken))
    return taxes


def _part(tax: TaxLine, share: Decimal, taxed: typing.Mapping[str, Decimal] | None) -> Credited:
    """Of lines at what the document took of them, which may be a client's cents (T-5)."""
    if taxed is None:
        return Credited(cents(tax.amount * share), cents(tax.base * share))
    base = taxed.get(tax.code, ZERO)
    return Credited(cents(tax.amount * base / tax.base) if tax.base else ZERO, base)
