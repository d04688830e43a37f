"""Amounts of money: exact decimals, rounded half-up, away from zero (G-3, T-13)."""

import math
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow

CENT = Decimal('0.01')
ZERO = Decimal('0.00')
HUNDRED = Decimal(100)

#: Wide enough for quantity × price × discount without a second rounding; independent of whatever
#: context the calling thread has.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow])

_UNITS = tuple(Decimal((0, (1,), -places)) for places in range(13))


def cents(amount: Decimal) -> Decimal:
    """Two decimals, half-up away from zero, never a negative zero."""
    return EXACT.quantize(amount, CENT) or ZERO


def quantize(amount: Decimal, places: int) -> Decimal:
    """0 to 12 decimals, half-up away from zero, never a negative zero."""
    return EXACT.plus(EXACT.quantize(amount, _UNITS[places]))


def line_total(qty: Decimal, unit_price: Decimal, discount_pct: Decimal) -> Decimal:
    """qty × unit_price × (1 − discount_pct / 100), rounded once, to the cent (INV-4)."""
    full = EXACT.multiply(qty, unit_price)
    if not discount_pct:
        return cents(full)
    kept = EXACT.subtract(HUNDRED, discount_pct)
    return cents(EXACT.scaleb(EXACT.multiply(full, kept), -2))


def spread(total: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """Shares of `total` in proportion to the weights, in whole cents, that sum exactly to it.

    Largest remainder; among equals the earlier weight gets the cent. Weights that are all zero
    count as equal. Raises ValueError for a negative weight, a total with fractions of a cent, or
    a total that has nobody to go to.
    """
    whole = cents(total)
    if whole != total or any(weight < 0 for weight in weights) or (total and not weights):
        raise ValueError(f'cannot spread {total} over {weights}')
    shares = _shares(abs(int(EXACT.scaleb(whole, 2))), _whole_numbers(weights))
    sign = -1 if total < 0 else 1
    return [EXACT.scaleb(Decimal(sign * share), -2) for share in shares]


def _shares(pennies: int, weights: list[int]) -> list[int]:
    whole = sum(weights)
    parts = [divmod(pennies * weight, whole) for weight in weights]
    shares = [share for share, _ in parts]
    neediest = sorted(range(len(parts)), key=lambda n: -parts[n][1])
    for n in neediest[: pennies - sum(shares)]:
        shares[n] += 1
    return shares


def _whole_numbers(weights: list[Decimal]) -> list[int]:
    """The same proportions without fractions."""
    if not any(weights):
        return [1] * len(weights)
    ratios = [weight.as_integer_ratio() for weight in weights]
    common = math.lcm(*(denominator for _, denominator in ratios))
    return [numerator * (common // denominator) for numerator, denominator in ratios]
