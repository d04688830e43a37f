"""What of an invoice is to be shipped, from where, and what falls short (SHP-1, SHP-2, WHS-2)."""

import typing
from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from karvo.backorders.reads import UnshippedLine
from karvo.kit.errors import Conflict, invalid
from karvo.products.schemas import LineProduct
from karvo.shipments.schemas import WantedLine
from karvo.warehouses.models import Lot, Warehouse
from karvo.warehouses.operations.stock import Stock

ZERO = Decimal(0)


class Wanted(msgspec.Struct, kw_only=True):
    """What a line of a shipment is to hold."""

    product_id: int | None
    sku: str | None
    description: str
    description_fr: str
    uom: str
    qty_ordered: Decimal
    qty: Decimal
    document_id: int | None = None
    document_line_id: int | None = None
    backorder_id: int | None = None
    lot: str | None = None
    lot_id: int | None = None
    short: Decimal = ZERO  #: goes on backorder


def wanted_lines(
    document_id: int,
    unshipped: list[UnshippedLine],
    asked: list[WantedLine],
    products: Mapping[str, LineProduct],
) -> list[Wanted]:
    """All goods that are left, or what was asked for. Raises Invalid, Conflict (nothing left)."""
    goods = [line for line in unshipped if not line.is_service]
    if asked:
        left = {line.line_no: line.left for line in goods}
        found = [
            wanted
            for n, want in enumerate(asked)
            for wanted in _asked(document_id, n, want, goods, left, products)
        ]
    else:
        found = [_wanted(document_id, line, line.left) for line in goods if line.left > 0]
    if not found:
        raise Conflict(_nothing_left(goods))
    return found


def _nothing_left(goods: list[UnshippedLine]) -> str:
    if not goods:
        return 'the invoice has no goods to ship'
    if any(line.backordered > 0 for line in goods):
        return 'what is left of the invoice is on backorder; fulfill that'
    return 'invoice already fully shipped'


def _asked(
    document_id: int,
    at: int,
    want: WantedLine,
    goods: list[UnshippedLine],
    left: dict[int, Decimal],
    products: Mapping[str, LineProduct],
) -> list[Wanted]:
    """What was asked for, from the lines of the invoice that hold it, the first ones first."""
    own = [line for line in goods if _is_named(want, line, products)]
    if not own:
        raise invalid(**{f'lines[{at}]': 'is no line of goods of the invoice'})
    there = sum((max(left[line.line_no], ZERO) for line in own), ZERO)
    qty = there if want.qty is None else want.qty
    if qty > there:
        why = f'must be at most what is left to ship: {there.normalize():f}'
        raise invalid(**{f'lines[{at}].qty': why})
    found = []
    for line in own:
        some = min(qty, max(left[line.line_no], ZERO))
        if some > 0:
            found.append(_wanted(document_id, line, some, want.lot))
            left[line.line_no] -= some
            qty -= some
    return found


def _is_named(want: WantedLine, line: UnshippedLine, products: Mapping[str, LineProduct]) -> bool:
    if want.line_id is not None:
        return line.id == want.line_id
    if want.line_no is not None:
        return line.line_no == want.line_no
    name = (want.sku or '').upper()
    product = products.get(name)
    is_same = product is not None and product.id == line.product_id
    return is_same or (line.sku or '').upper() == name


def _wanted(document_id: int, line: UnshippedLine, qty: Decimal, lot: str | None = None) -> Wanted:
    return Wanted(
        document_id=document_id,
        document_line_id=line.id,
        product_id=line.product_id,
        sku=line.sku,
        description=line.description,
        description_fr=line.description_fr,
        uom=line.uom,
        qty_ordered=line.qty,
        qty=qty,
        lot=lot.upper() if lot else None,
    )


def is_tracked(stock: Stock, product_id: int | None) -> bool:
    """Whether stock counts for it (WHS-6)."""
    return product_id is not None and stock.is_tracked(product_id)


def choose_warehouse(
    stock: Stock,
    product_ids: Iterable[int | None],
    asked: Warehouse | None,
    customers: str | None,
) -> int | None:
    """As asked, else the customer's or the company's default if that can ship anything, else who
    can ship most (WHS-2). `customers` is the code of the customer's default.

    None where nothing is tracked.
    """
    tracked = [n for n in dict.fromkeys(product_ids) if n is not None and is_tracked(stock, n)]
    if asked is not None:
        return int(asked.id)
    if not tracked:
        return None
    for warehouse_id in _defaults(customers):
        if any(
            stock.available(n, warehouse_id) > 0 or stock.may_go_below(n, warehouse_id)
            for n in tracked
        ):
            return warehouse_id
    return stock.fullest(tracked)


def _defaults(customers: str | None) -> list[int]:
    """The customer's default before the company's; one that was closed since is passed over."""
    is_one = Warehouse.is_default | (Warehouse.code == customers)
    rows = Warehouse.select(Warehouse.id, Warehouse.code).where(is_one & Warehouse.is_active)
    return [int(row.id) for row in sorted(rows, key=lambda row: row.code != customers)]


def split(wanted: list[Wanted], stock: Stock, warehouse_id: int | None) -> None:
    """What is not there becomes `short`; a lot that is asked for must exist. Raises Invalid."""
    free: dict[typing.Any, Decimal] = {}
    for line in wanted:
        if line.product_id is None or not is_tracked(stock, line.product_id):
            continue
        if line.lot:
            line.lot_id = lot_named(line.product_id, line.lot)
        if warehouse_id is None:
            line.qty, line.short = ZERO, line.qty
        elif not stock.may_go_below(line.product_id, warehouse_id):
            _take(line, stock, warehouse_id, free)


def _take(line: Wanted, stock: Stock, warehouse_id: int, free: dict[typing.Any, Decimal]) -> None:
    product_id = typing.cast(int, line.product_id)
    there = free.setdefault(product_id, max(stock.available(product_id, warehouse_id), ZERO))
    if line.lot_id is not None:
        own = (product_id, line.lot_id)
        free.setdefault(own, max(stock.on_hand(product_id, warehouse_id, line.lot_id), ZERO))
        there = min(there, free[own])
    some = min(line.qty, there)
    line.short, line.qty = line.qty - some, some
    free[product_id] -= some
    if line.lot_id is not None:
        free[product_id, line.lot_id] -= some


def lot_named(product_id: int, number: str) -> int:
    """The id of a lot. Raises Invalid."""
    row = Lot.get_or_none((Lot.product == product_id) & (Lot.number == number.upper()))
    if row is None:
        raise invalid(lot=f'{number} is unknown')
    return int(row.id)


def refuse_short(wanted: list[Wanted], stock: Stock, is_partial_allowed: bool) -> None:
    """SHP-2: nothing at all there, or less where that may not be. Raises Conflict with the SKUs."""
    short = [line for line in wanted if line.short > 0]
    if not short:
        return
    firm = [
        line
        for line in short
        if line.product_id is not None and not stock.products[line.product_id].allow_backorder
    ]
    nothing = all(line.qty == 0 for line in wanted)
    if nothing or firm or not is_partial_allowed:
        named = short if nothing or not is_partial_allowed else firm
        raise Conflict('; '.join(map(_said, named)), code='erp_insufficient_stock')


def _said(line: Wanted) -> str:
    whole = (line.qty + line.short).normalize()
    return f'{line.sku}: {whole:f} wanted, {line.qty.normalize():f} available'
