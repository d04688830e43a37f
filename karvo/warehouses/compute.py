"""Moving averages, without a database: what comes and goes is worth, to the cent."""

from decimal import Decimal

import msgspec

from karvo.kit.money import EXACT, ZERO, cents, quantize

COST_PLACES = 6


class Pool(msgspec.Struct, kw_only=True):
    """A product's stock in all warehouses: quantity, its value in dollars, cost of one.

    `unit_cost` is the average at the last receipt, half-up to six places; while the quantity is
    negative it is the last known cost.
    """

    qty: Decimal = Decimal(0)
    value: Decimal = ZERO
    unit_cost: Decimal = Decimal(0)

    def receive(self, qty: Decimal, value: Decimal) -> Decimal:
        """Goods worth `value` come in; returns the correction of what was sold before it came.

        Stock that went below zero left at the last known cost. What the receipt costs more (or
        less) for that part belongs to the cost of goods sold, not to the stock (WHS-4): the
        correction is to be added to the value of stock (negative: stock loses it), and is already
        in the pool.
        """
        correction = ZERO
        if self.qty < 0:
            covered = min(qty, -self.qty)
            cost = cents(EXACT.multiply(value, covered / qty))
            debt = self.value if covered == -self.qty else -worth(covered, self.unit_cost)
            # What lay below zero was worth `debt` (negative); it is settled at the new cost.
            correction = -(debt + cost)
        self.qty += qty
        self.value += value + correction
        if self.qty > 0:
            self.unit_cost = quantize(EXACT.divide(self.value, self.qty), COST_PLACES)
        elif qty:
            self.unit_cost = quantize(EXACT.divide(value, qty), COST_PLACES)
        return correction

    def issue(self, qty: Decimal) -> Decimal:
        """Goods leave; returns what they are worth. The last of them takes all that is left."""
        if qty == self.qty:
            value = self.value
        elif 0 < self.qty < qty:
            value = self.value + worth(qty - self.qty, self.unit_cost)
        else:
            value = worth(qty, self.unit_cost)
            value = min(value, self.value) if self.qty > 0 else value
        self.qty -= qty
        self.value -= value
        return value


def worth(qty: Decimal, unit_cost: Decimal) -> Decimal:
    """To the cent, half-up."""
    return cents(EXACT.multiply(qty, unit_cost))
