"""Goods leave and come back: stock, its cost, the entry 5000 / 1200 (SHP-4, SHP-5)."""

import typing
from decimal import Decimal

from karvo.invoices.models import Document
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, invalid
from karvo.kit.work import Work
from karvo.ledger.schemas import COST_OF_SALES
from karvo.shipments.models import Shipment, ShipmentLine
from karvo.shipments.operations.goods import choose_warehouse, is_tracked
from karvo.shipments.operations.rows import SOURCE, product_ids_of
from karvo.warehouses.models import Lot
from karvo.warehouses.operations.documents import (
    announce_levels,
    announce_moves,
    business_day,
    post_stock,
)
from karvo.warehouses.operations.stock import Stock

ZERO = Decimal('0.00')
ISSUED = """
SELECT m.product_id, m.warehouse_id, o.code, m.lot_id, m.qty, m.value, m.source_line
FROM @stock_move m JOIN @location o ON o.id = m.location_id
WHERE m.source_type = 'shipment' AND m.source_id = %(id)s AND m.kind = 'issue' ORDER BY m.id"""


def issue_goods(row: Shipment, lines: list[ShipmentLine], work: Work, actor: Actor) -> None:
    """Out of stock at cost: Dr 5000 / Cr 1200. Raises Conflict naming what is short or void."""
    if not any(line.qty > 0 for line in lines):
        raise Conflict('the shipment holds nothing: its goods are on backorder')
    stock = Stock(product_ids_of(lines))
    _check_documents(lines)
    if row.warehouse_id is None:
        home = row.party.default_warehouse
        row.warehouse_id = choose_warehouse(stock, product_ids_of(lines), None, home)
    total = ZERO
    for line in lines:
        stock.release(SOURCE, line.id)
    for line in lines:
        if line.qty > 0 and is_tracked(stock, line.product_id):
            line.value = _issue(line, row.warehouse_id, stock)
            total += line.value
            line.save()
    _close(row, stock, -total, ZERO, 'issue', work, actor)


def _issue(line: ShipmentLine, warehouse_id: int | None, stock: Stock) -> Decimal:
    product_id = typing.cast(int, line.product_id)
    if warehouse_id is None:
        raise Conflict(f'{line.sku} lies in no warehouse', code='erp_insufficient_stock')
    if stock.products[product_id].track == 'lot' and line.lot_id is None:
        raise Conflict(f'{line.sku} is kept by lot: say which leaves', code='erp_lot_required')
    before = len(stock.moves)
    value = stock.issue(
        product_id, warehouse_id, line.qty, kind='issue', line=line.position, lot_id=line.lot_id
    )
    left = {move.lot_id: -move.qty for move in stock.moves[before:] if move.lot_id}
    numbers = {lot.id: lot.number for lot in Lot.select().where(Lot.id.in_(list(left)))}
    line.lots = [{'lot': numbers[n], 'qty': float(qty)} for n, qty in left.items()]
    return value


def return_goods(row: Shipment, lines: list[ShipmentLine], work: Work, actor: Actor) -> None:
    """What the shipment took comes back to where it lay, at what it was worth: Dr 1200 / Cr 5000.

    Where stock went below zero meanwhile the correction goes to 5000 (WHS-4).
    """
    stock = Stock(product_ids_of(lines))
    total, correction = ZERO, ZERO
    for product_id, warehouse_id, code, lot_id, qty, value, line in database.run(
        ISSUED, {'id': row.id}
    ).fetchall():
        total -= value
        correction += stock.receive(
            product_id,
            warehouse_id,
            -qty,
            value=-value,
            kind='return',
            line=line,
            lot_id=lot_id,
            location=code,
        )
    _close(row, stock, total, correction, 'return', work, actor)


def release_goods(row: Shipment, lines: list[ShipmentLine], work: Work) -> None:
    """What was reserved lies free again."""
    stock = Stock(product_ids_of(lines))
    for line in lines:
        stock.release(SOURCE, line.id)
    stock.save_now(work.at.date(), ('shipment', row.id), '', work=work)


def set_lots(lots: dict[int, str | None], lines: list[ShipmentLine]) -> None:
    """The lots that lines are to be taken from. Raises Invalid."""
    own = {line.id: line for line in lines}
    for line_id, number in lots.items():
        line = own.get(line_id)
        if line is None or line.product_id is None:
            raise invalid(lines=f'{line_id} is no line of goods of this shipment')
        line.lot = number.upper() if number else None
        line.lot_id = _lot_id(line, line.lot)
        line.save()


def _lot_id(line: ShipmentLine, number: str | None) -> int | None:
    if number is None:
        return None
    lot = Lot.get_or_none((Lot.product == line.product_id) & (Lot.number == number))
    if lot is None:
        raise invalid(lot=f'{number} is unknown')
    return int(lot.id)


def _check_documents(lines: list[ShipmentLine]) -> None:
    """Locked, so that nobody voids what is leaving."""
    ids = sorted({line.document_id for line in lines if line.document_id is not None})
    rows = Document.select().where(Document.id.in_(ids)).order_by(Document.id).for_update()
    for invoice in list(rows):
        if invoice.state not in ('posted', 'written_off'):
            raise Conflict(f'the invoice {invoice.number} is {invoice.state}')


def _close(
    row: Shipment,
    stock: Stock,
    value: Decimal,
    correction: Decimal,
    kind: str,
    work: Work,
    actor: Actor,
) -> None:
    source, date = ('shipment', row.id), business_day(None)
    memo = row.number or ''
    post_stock(value, correction, COST_OF_SALES, date=date, memo=memo, source=source, work=work)
    announce_moves(stock, source, str(row.uid), work, actor, kind)
    announce_levels(stock, work, actor)
    stock.save_now(date, source, memo, work=work)
