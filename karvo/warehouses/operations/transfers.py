"""From one warehouse to another, in one step or by way of account 1210 (WHS-3)."""

import datetime as dt
import typing
from decimal import Decimal

from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, invalid, not_found
from karvo.kit.events import Event
from karvo.kit.money import EXACT, ZERO, cents
from karvo.kit.work import Work, atomic
from karvo.ledger.operations import post_entry, side
from karvo.ledger.schemas import (
    COST_OF_SALES,
    INVENTORY,
    STOCK_ADJUSTMENTS,
    TRANSIT,
    NewEntry,
)
from karvo.warehouses.models import Transfer, TransferLine, Warehouse
from karvo.warehouses.operations.documents import (
    JOURNAL,
    announce_levels,
    announce_moves,
    business_day,
    lot_id,
    product_ids,
    warehouse_by_code,
)
from karvo.warehouses.operations.rows import Move
from karvo.warehouses.operations.stock import Stock
from karvo.warehouses.schemas import (
    NewTransfer,
    TransferCancelled,
    TransferCreated,
    TransferReceipt,
    TransferReceived,
)

LOCK = 'SELECT id FROM @transfer WHERE id = %(id)s FOR UPDATE'

SENT = """
SELECT m.product_id, o.code, m.lot_id, m.qty, m.value, m.source_line
FROM @stock_move m JOIN @location o ON o.id = m.location_id
WHERE m.source_type = 'transfer' AND m.source_id = %(id)s AND m.qty < 0 ORDER BY m.id"""


def create_transfer(new: NewTransfer, *, actor: Actor) -> int:
    """The id. All or nothing. Raises Invalid, NotFound, Conflict naming every SKU that is short."""
    with atomic() as work:
        source, target = _ends(new)
        date = business_day(new.date)
        products = product_ids([line.sku for line in new.lines])
        stock = Stock(products.values())
        _check_available(new, products, stock, source)
        transfer = _insert(new, source, target, date, work)
        value, correction, position = ZERO, ZERO, 0
        for line in new.lines:
            product_id = products[line.sku.upper()]
            lot = lot_id(product_id, line.lot, work) if line.lot else None
            first = len(stock.moves)
            worth, off = _leave(stock, transfer, position + 1, product_id, line.qty, lot)
            value, correction = value + worth, correction + off
            for part_lot, qty, part in _parts(stock.moves[first:]):
                position += 1
                TransferLine.create(
                    transfer=transfer,
                    position=position,
                    product=product_id,
                    lot_id=part_lot,
                    sku=stock.products[product_id].sku,
                    qty=qty,
                    qty_received=None if new.two_step else qty,
                    value=part,
                )
        number = work.take_number('TR', date.year, 'transfer', transfer.id)
        others = {TRANSIT: value} if new.two_step else {COST_OF_SALES: -correction}
        left = value if new.two_step else -correction
        _post(left, others, date, number.token, transfer.id, work)
        _close(stock, transfer, TransferCreated, date, number.token, work, actor)
    return transfer.id


def receive_transfer(transfer_id: int, receipt: TransferReceipt, *, actor: Actor) -> None:
    """What is in transit arrives. Raises NotFound, Conflict (not in transit), Invalid (too much).

    What did not arrive, or more than left, is an adjustment against 5060.
    """
    with atomic() as work:
        transfer = _locked(transfer_id)
        date = business_day(receipt.date)
        lines = list(
            TransferLine.select()
            .where(TransferLine.transfer == transfer)
            .order_by(TransferLine.position)
        )
        arrived = _arrived(receipt, lines)
        stock = Stock([line.product_id for line in lines], is_new=True)
        left, came, correction = ZERO, ZERO, ZERO
        for line in lines:
            qty = arrived[line.id]
            value = cents(EXACT.divide(EXACT.multiply(line.value, qty), line.qty))
            left, came = left + line.value, came + value
            if qty:
                correction += stock.receive(
                    line.product_id,
                    transfer.to_warehouse_id,
                    qty,
                    value=value,
                    kind='transfer',
                    line=line.position,
                    lot_id=line.lot_id,
                )
            line.qty_received = qty
            line.save()
        transfer.state, transfer.received_on = 'received', date
        _save(transfer, work)
        others = {TRANSIT: -left, STOCK_ADJUSTMENTS: left - came, COST_OF_SALES: -correction}
        _post(-(came + correction), others, date, str(transfer.number), transfer.id, work)
        _close(stock, transfer, TransferReceived, date, str(transfer.number), work, actor)


def cancel_transfer(transfer_id: int, *, actor: Actor) -> None:
    """What is in transit goes back to where it lay. Raises NotFound, Conflict."""
    with atomic() as work:
        transfer = _locked(transfer_id)
        date = business_day(None)
        lines = TransferLine.select().where(TransferLine.transfer == transfer)
        stock = Stock([line.product_id for line in lines], is_new=True)
        left, correction = ZERO, ZERO
        for product_id, code, lot_id, qty, value, line in database.run(
            SENT, {'id': transfer.id}
        ).fetchall():
            left -= value
            correction += stock.receive(
                product_id,
                transfer.from_warehouse_id,
                -qty,
                value=-value,
                kind='transfer',
                line=line,
                lot_id=lot_id,
                location=code,
            )
        transfer.state = 'cancelled'
        _save(transfer, work)
        others = {TRANSIT: -left, COST_OF_SALES: -correction}
        _post(-(left + correction), others, date, str(transfer.number), transfer.id, work)
        _close(stock, transfer, TransferCancelled, date, str(transfer.number), work, actor)


def _ends(new: NewTransfer) -> tuple[Warehouse, Warehouse]:
    source, target = warehouse_by_code(new.from_warehouse), warehouse_by_code(new.to_warehouse)
    if source.id == target.id:
        raise invalid(to_warehouse='must be another warehouse than from_warehouse')
    return source, target


def _check_available(
    new: NewTransfer, products: dict[str, int], stock: Stock, source: Warehouse
) -> None:
    wanted: dict[int, Decimal] = {}
    for line in new.lines:
        product_id = products[line.sku.upper()]
        wanted[product_id] = wanted.get(product_id, Decimal(0)) + line.qty
    short = [
        f'{stock.products[n].sku}: {qty.normalize():f} wanted, '
        f'{max(stock.available(n, source.id), Decimal(0)).normalize():f} available'
        for n, qty in wanted.items()
        if qty > stock.available(n, source.id) and not stock.may_go_below(n, source.id)
    ]
    if short:
        raise Conflict('; '.join(short), code='erp_insufficient_stock')


def _leave(
    stock: Stock,
    transfer: Transfer,
    position: int,
    product_id: int,
    qty: Decimal,
    lot: int | None,
) -> tuple[Decimal, Decimal]:
    """Out of the one and, where nothing is in between, into the other, lot by lot.

    What it was worth, and the correction of cost where stock was below zero (WHS-4).
    """
    first = len(stock.moves)
    value = stock.issue(
        product_id,
        transfer.from_warehouse_id,
        qty,
        kind='transfer',
        line=position,
        lot_id=lot,
    )
    correction = ZERO
    if transfer.state == 'received':
        for move in stock.moves[first:]:
            correction += stock.receive(
                product_id,
                transfer.to_warehouse_id,
                -move.qty,
                value=-move.value,
                kind='transfer',
                line=position,
                lot_id=move.lot_id,
            )
    return value, correction


def _parts(moves: list[Move]) -> list[tuple[int, Decimal, Decimal]]:
    """(lot, quantity, value) of what left: the lots arrive as they went."""
    parts: dict[int, tuple[Decimal, Decimal]] = {}
    for move in moves:
        if move.qty < 0:
            qty, value = parts.get(move.lot_id, (ZERO, ZERO))
            parts[move.lot_id] = (qty - move.qty, value - move.value)
    return [(lot, qty, value) for lot, (qty, value) in parts.items()]


def _insert(
    new: NewTransfer, source: Warehouse, target: Warehouse, date: dt.date, work: Work
) -> Transfer:
    return Transfer.create(
        uid=ids.uuid7(),
        key=ids.random_key(),
        from_warehouse=source,
        to_warehouse=target,
        state='in_transit' if new.two_step else 'received',
        date=date,
        reference=new.reference,
        received_on=None if new.two_step else date,
        created_at=work.at,
        updated_at=work.at,
    )


def _locked(transfer_id: int) -> Transfer:
    database.run(LOCK, {'id': transfer_id})
    transfer = Transfer.get_or_none(Transfer.id == transfer_id)
    if transfer is None:
        raise not_found('Transfer')
    if transfer.state != 'in_transit':
        raise Conflict(f'the transfer is {transfer.state}')
    return transfer


def _arrived(receipt: TransferReceipt, lines: list[TransferLine]) -> dict[int, Decimal]:
    arrived = {line.id: line.qty for line in lines}
    for given in receipt.lines or []:
        if given.line_id not in arrived:
            raise invalid(lines=f'{given.line_id} is no line of this transfer')
        arrived[given.line_id] = given.qty
    return arrived


def _save(transfer: Transfer, work: Work) -> None:
    transfer.version, transfer.updated_at = transfer.version + 1, work.at
    transfer.save()


def _post(
    left: Decimal,
    others: dict[str, Decimal],
    date: dt.date,
    memo: str,
    transfer_id: int,
    work: Work,
) -> None:
    """1200 gives `left` (negative: gets), the others what they say."""
    postings = [side(INVENTORY, -left)] if left else []
    postings += [side(account, amount) for account, amount in others.items() if amount]
    source = ('transfer', transfer_id)
    post_entry(
        NewEntry(date=date, journal=JOURNAL, memo=memo, source=source, postings=postings),
        work=work,
    )


def _close(
    stock: Stock,
    transfer: Transfer,
    kind: type[Event],
    date: dt.date,
    number: str,
    work: Work,
    actor: Actor,
) -> None:
    source = ('transfer', transfer.id)
    shown: dict[str, typing.Any] = {
        'id': transfer.id,
        'number': number,
        'status': transfer.state,
        'from_warehouse_id': transfer.from_warehouse_id,
        'to_warehouse_id': transfer.to_warehouse_id,
    }
    work.record(kind(id=transfer.id, uid=str(transfer.uid), object=shown), actor)
    announce_moves(stock, source, str(transfer.uid), work, actor, 'transfer')
    announce_levels(stock, work, actor)
    stock.save(date, source, number, work=work)
