"""Amounts as Stripe counts them: whole numbers of the currency's smallest unit.

How many decimals a currency has: ISO 4217, list one (the minor units that are not 2). Stripe
differs from it, by its page "Supported currencies": MGA counts whole ariary; ISK and UGX, whole
in the standard, are sent with two decimals that must be 00.
"""

from decimal import Decimal

from karvo.kit.errors import Conflict
from karvo.kit.money import EXACT, cents

WHOLE = frozenset(
    ('BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA')
    + ('PYG', 'RWF', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF')
)  #: no decimals
THREE = frozenset(('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'))
FOUR = frozenset(('CLF', 'UYW'))
#: two decimals on the wire, none in life
PADDED = frozenset(('ISK', 'UGX'))


def places(currency: str) -> int:
    """Decimals of a currency on Stripe's wire; any letter case."""
    code = currency.upper()
    if code in WHOLE:
        return 0
    return 3 if code in THREE else 4 if code in FOUR else 2


def amount_of(minor: int, currency: str) -> Decimal:
    """1437 usd → 14.37; 1437 jpy → 1437.00; two decimals or as many as the currency has."""
    amount = EXACT.scaleb(Decimal(minor), -places(currency))
    return cents(amount) if cents(amount) == amount else amount


def minor_of(amount: Decimal, currency: str) -> int:
    """14.37 usd → 1437. Raises Conflict for a fraction that the currency does not have."""
    scaled = EXACT.scaleb(amount, places(currency))
    if scaled != scaled.to_integral_value() or (
        currency.upper() in PADDED and amount != amount.to_integral_value()
    ):
        raise Conflict(f'{amount} is no amount in {currency.upper()}')
    return int(scaled)
