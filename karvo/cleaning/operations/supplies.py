"""What a visit uses up leaves stock: Dr 5000 / Cr 1200, once, when it is completed."""

from decimal import Decimal

from karvo.cleaning.models import CleaningContract, CleaningVisit
from karvo.kit.actor import Actor
from karvo.kit.errors import Invalid, invalid
from karvo.kit.money import ZERO
from karvo.kit.work import Work
from karvo.ledger.schemas import COST_OF_SALES
from karvo.products.reads import products_for_lines
from karvo.warehouses.models import Warehouse
from karvo.warehouses.operations.documents import (
    announce_levels,
    announce_moves,
    business_day,
    post_stock,
    warehouse_by_code,
)
from karvo.warehouses.operations.stock import Stock

KIND = 'consumption'


def use_supplies(
    row: CleaningVisit, contract: CleaningContract, warehouse: str | None, work: Work, actor: Actor
) -> None:
    """Of products whose stock is kept; others are only noted. Raises Invalid, Conflict (short)."""
    wanted = _wanted(row)
    if not wanted:
        return
    stock = Stock(wanted)
    tracked = {n: qty for n, qty in wanted.items() if stock.is_tracked(n)}
    if not tracked:
        return
    place = _warehouse(warehouse)
    value = ZERO
    for line, (product_id, qty) in enumerate(tracked.items()):
        value += stock.issue(product_id, place.id, qty, kind=KIND, line=line + 1)
    source = ('cleaning_visit', int(row.id))
    date = business_day(None)
    memo = contract.number or ''
    post_stock(-value, ZERO, COST_OF_SALES, date=date, memo=memo, source=source, work=work)
    announce_moves(stock, source, str(row.uid), work, actor, KIND)
    announce_levels(stock, work, actor)
    stock.save(date, source, memo, work=work)


def _wanted(row: CleaningVisit) -> dict[int, Decimal]:
    """{product: quantity}; the same product twice counts together."""
    found = products_for_lines([one['sku'] for one in row.supplies], '')
    wanted: dict[int, Decimal] = {}
    for n, one in enumerate(row.supplies):
        product = found.get(one['sku'].upper())
        if product is None:
            name = f'supplies[{n}].sku'
            raise Invalid(f'unknown sku {one["sku"]}', fields={name: 'is unknown'})
        wanted[product.id] = wanted.get(product.id, Decimal(0)) + Decimal(one['qty'])
    return wanted


def _warehouse(code: str | None) -> Warehouse:
    if code:
        return warehouse_by_code(code)
    row: Warehouse | None = Warehouse.get_or_none(Warehouse.is_default & Warehouse.is_active)
    if row is None:
        raise invalid(warehouse='is required: there is no default one')
    return row
