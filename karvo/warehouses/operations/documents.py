"""Goods come in, stock is put right: each with its moves, its entry and its number."""

import datetime as dt
from decimal import Decimal

from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.errors import invalid, not_found
from karvo.kit.money import ZERO
from karvo.kit.work import Work, atomic
from karvo.ledger.operations import check_open, post_entry, side
from karvo.ledger.schemas import (
    CAPITAL,
    COST_OF_SALES,
    GOODS_RECEIVED,
    INVENTORY,
    SCRAP,
    STOCK_ADJUSTMENTS,
    NewEntry,
)
from karvo.products.reads import products_for_lines
from karvo.settings.reads import business_date, read_settings
from karvo.warehouses.compute import worth
from karvo.warehouses.models import Lot, StockDocument, Warehouse
from karvo.warehouses.operations.rows import ProductRow
from karvo.warehouses.operations.stock import Stock
from karvo.warehouses.schemas import (
    AdjustmentLine,
    NewAdjustment,
    NewReceipt,
    ProductLowStock,
    StockAdjusted,
    StockMoved,
    StockNegative,
)

JOURNAL = 'stock'


def receive_goods(new: NewReceipt, *, actor: Actor, goes_on: bool = False) -> int:
    """The id. Dr 1200 / Cr 2050, or Cr 3000 for an opening. Raises Invalid, NotFound, Conflict.

    `goes_on`: more of the same products follows in this unit of work.
    """
    with atomic() as work:
        warehouse = warehouse_by_code(new.warehouse)
        date = business_day(new.date)
        products = product_ids([line.sku for line in new.lines])
        stock = Stock(products.values(), is_new=True)
        kind = 'opening' if new.is_opening else 'receipt'
        document = _insert(kind, warehouse, date, new.reference, '', work)
        value, correction = ZERO, ZERO
        for n, line in enumerate(new.lines):
            product_id = products[line.sku.upper()]
            line_value = worth(line.qty, _cost(stock, product_id, line.unit_cost))
            value += line_value
            correction += stock.receive(
                product_id,
                warehouse.id,
                line.qty,
                value=line_value,
                kind=kind,
                line=n + 1,
                lot_id=_lot_of(stock.products[product_id], line.lot, work, line.lot_expires_on),
                location=line.location,
            )
        against = CAPITAL if new.is_opening else GOODS_RECEIVED
        _finish(document, stock, value, correction, against, work, actor, goes_on=goes_on)
    return document.id


def adjust_stock(new: NewAdjustment, *, actor: Actor) -> int:
    """The id. 1200 against 5060, or 5070 for scrap. Raises Invalid, NotFound, Conflict (short)."""
    with atomic() as work:
        warehouse = warehouse_by_code(new.warehouse)
        date = business_day(new.date)
        products = product_ids([line.sku for line in new.lines])
        stock = Stock(products.values(), is_new=True)
        kind = 'scrap' if new.is_scrap else 'adjustment'
        document = _insert(kind, warehouse, date, new.reference, new.reason, work)
        value, correction = ZERO, ZERO
        for n, line in enumerate(new.lines):
            product_id = products[line.sku.upper()]
            lot = _lot_of(stock.products[product_id], line.lot, work)
            qty = _change(line, stock, product_id, warehouse.id, lot if line.lot else None)
            if new.is_scrap and qty > 0:
                raise invalid(lines='scrap leaves: quantities are negative')
            if qty > 0:
                gained = worth(qty, _cost(stock, product_id, line.unit_cost))
                value += gained
                correction += stock.receive(
                    product_id,
                    warehouse.id,
                    qty,
                    value=gained,
                    kind=kind,
                    line=n + 1,
                    lot_id=lot,
                    location=line.location,
                )
            elif qty < 0:
                value -= stock.issue(
                    product_id,
                    warehouse.id,
                    -qty,
                    kind=kind,
                    line=n + 1,
                    lot_id=lot if line.lot else None,
                    location=line.location,
                )
        against = SCRAP if new.is_scrap else STOCK_ADJUSTMENTS
        _finish(document, stock, value, correction, against, work, actor)
    return document.id


def warehouse_by_code(code: str) -> Warehouse:
    """An active one. Raises Invalid."""
    row = Warehouse.get_or_none((Warehouse.code == code.upper()) & Warehouse.is_active)
    if row is None:
        raise invalid(warehouse=f'{code} is unknown or inactive')
    return row


def product_ids(skus: list[str]) -> dict[str, int]:
    """Ids by the names as asked for, in capitals; aliases count. Raises NotFound, Invalid."""
    found = products_for_lines([sku.upper() for sku in skus], '')
    for sku in skus:
        row = found.get(sku.upper())
        if row is None:
            raise not_found(f'Product {sku}')
        if row.type in ('service', 'kit'):
            raise invalid(lines=f'{row.sku} is a {row.type}: it has no stock')
    return {name: row.id for name, row in found.items()}


def _lot_of(
    product: ProductRow, number: str | None, work: Work, expires_on: dt.date | None = None
) -> int:
    """As `lot_id`. Raises Invalid where the product is kept by lot and none is named."""
    if product.track == 'lot' and not number:
        raise invalid(lot=f'is required: {product.sku} is kept by lot')
    return lot_id(product.id, number, work, expires_on)


def lot_id(
    product_id: int, number: str | None, work: Work, expires_on: dt.date | None = None
) -> int:
    """The lot of that number, made when it is new; 0 without one."""
    if not number:
        return 0
    # Under the lock of the product's stock, so that no two make it.
    number = number.upper()
    row = Lot.get_or_none((Lot.product == product_id) & (Lot.number == number))
    row = row or Lot.create(
        product=product_id, number=number, expires_on=expires_on, created_at=work.at
    )
    return int(row.id)


def business_day(date: dt.date | None) -> dt.date:
    """Today in the company's zone unless said. Raises Invalid, Conflict (locked period)."""
    settings = read_settings()
    today = business_date(settings)
    date = date or today
    if not clock.is_business_date(date, today):
        raise invalid(date=f'must be from {clock.EARLIEST} to {clock.latest(today)}')
    check_open(settings, date, 'purchase')
    return date


def announce_levels(stock: Stock, work: Work, actor: Actor) -> None:
    """Products that fell to their reorder point, and stock that went below zero."""
    for product in stock.went_low():
        shown = {'id': product.id, 'sku': product.sku, 'reorder_point': product.reorder_point}
        work.record(ProductLowStock(id=product.id, uid=product.uid, object=shown), actor)
    for product, warehouse_id in stock.went_negative():
        shown = {
            'product_id': product.id,
            'sku': product.sku,
            'warehouse_id': warehouse_id,
            'qty': stock.on_hand(product.id, warehouse_id),
        }
        work.record(StockNegative(id=product.id, uid=product.uid, object=shown), actor)


def announce_moves(
    stock: Stock, source: tuple[str, int], uid: str, work: Work, actor: Actor, kind: str
) -> None:
    """One event for all that a document moved."""
    lines = [
        {
            'product_id': move.product_id,
            'sku': stock.products[move.product_id].sku,
            'warehouse_id': move.warehouse_id,
            'kind': move.kind,
            'qty': move.qty,
        }
        for move in stock.moves
        if move.qty
    ]
    event = StockAdjusted if kind in ('adjustment', 'scrap') else StockMoved
    shown = {'source_type': source[0], 'source_id': source[1], 'kind': kind, 'lines': lines}
    if lines:
        work.record(event(id=source[1], uid=uid, object=shown), actor)


def post_stock(
    value: Decimal,
    correction: Decimal,
    against: str,
    *,
    date: dt.date,
    memo: str,
    source: tuple[str, int],
    work: Work,
) -> None:
    """1200 by `value` against that account; a correction of cost against 5000 (WHS-4)."""
    sums: dict[str, Decimal] = {}
    for account, amount in (
        (INVENTORY, value + correction),
        (against, -value),
        (COST_OF_SALES, -correction),
    ):
        sums[account] = sums.get(account, ZERO) + amount
    postings = [side(account, amount) for account, amount in sums.items() if amount]
    entry = NewEntry(date=date, journal=JOURNAL, memo=memo, source=source, postings=postings)
    post_entry(entry, work=work)


def _change(
    line: AdjustmentLine,
    stock: Stock,
    product_id: int,
    warehouse_id: int,
    lot: int | None,
) -> Decimal:
    """Positive or negative. Raises Invalid where neither or both are said."""
    if (line.qty is None) == (line.counted is None):
        raise invalid(lines=f'{line.sku}: give either qty (the change) or counted')
    if line.counted is not None:
        return line.counted - stock.on_hand(product_id, warehouse_id, lot, line.location)
    assert line.qty is not None
    if not line.qty:
        raise invalid(lines=f'{line.sku}: qty must not be 0')
    return line.qty


def _cost(stock: Stock, product_id: int, given: Decimal | None) -> Decimal:
    """What one is worth that comes in: as given, else the average, else the product's cost."""
    if given is not None:
        return given
    row = stock.products[product_id]
    return row.pool.unit_cost if row.pool and row.pool.unit_cost else row.cost


def _insert(
    kind: str, warehouse: Warehouse, date: dt.date, reference: str, reason: str, work: Work
) -> StockDocument:
    return StockDocument.create(
        uid=ids.uuid7(),
        key=ids.random_key(),
        kind=kind,
        warehouse=warehouse,
        date=date,
        reference=reference,
        reason=reason,
        created_at=work.at,
    )


def _finish(
    document: StockDocument,
    stock: Stock,
    value: Decimal,
    correction: Decimal,
    against: str,
    work: Work,
    actor: Actor,
    *,
    goes_on: bool = False,
) -> None:
    """Moves, entry, number and events of a document."""
    source = ('stock_document', document.id)
    if value:
        StockDocument.update(value=value).where(StockDocument.id == document.id).execute()
    series = 'REC' if document.kind in ('receipt', 'opening') else 'ADJ'
    number = work.take_number(series, document.date.year, 'stock_document', document.id)
    post_stock(
        value,
        correction,
        against,
        date=document.date,
        memo=number.token,
        source=source,
        work=work,
    )
    announce_moves(stock, source, str(document.uid), work, actor, document.kind)
    announce_levels(stock, work, actor)
    save = stock.save_now if goes_on else stock.save
    save(document.date, source, document.reason or document.reference, work=work)
