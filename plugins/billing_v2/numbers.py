"""Numbers as api/v2's text writes them: whole ones whole, prices with cents."""

from decimal import Decimal

from karvo.kit.money import cents


def plain_quantity(number: Decimal) -> int | Decimal:
    """1, not 1.0000; 2.5, not 2.5000."""
    whole = int(number)
    return whole if whole == number else number.normalize()


def plain_price(price: Decimal) -> Decimal:
    """1500.00, not 1500.0000; 0.0125 stays what it is."""
    rounded = cents(price)
    return rounded if rounded == price else price.normalize()
