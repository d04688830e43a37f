"""Fulfilling backorders: by a new shipment, or an open one of the same customer (BO-3)."""

import typing
from decimal import Decimal

from karvo.backorders.models import Backorder
from karvo.backorders.operations.change import change_backorder
from karvo.backorders.operations.rows import SOURCE as BACKORDER
from karvo.backorders.operations.rows import announce as announce_backorder
from karvo.backorders.operations.rows import check_transition, locked_backorder, remaining
from karvo.backorders.operations.rows import touch as touch_backorder
from karvo.backorders.schemas import BackorderChange, BackorderFulfilled, BackorderUpdated
from karvo.customers.models import Party
from karvo.invoices.models import Document
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, invalid
from karvo.kit.work import Work, atomic
from karvo.products.models import Product
from karvo.settings.reads import read_settings
from karvo.shipments.models import Shipment
from karvo.shipments.operations.create import (
    add_lines,
    of_invoice,
    of_party,
    reserve,
    write_shipment,
)
from karvo.shipments.operations.goods import Wanted, choose_warehouse, is_tracked
from karvo.shipments.operations.rows import (
    announce,
    audit_override,
    check_credit,
    lines_of,
    touch,
)
from karvo.shipments.schemas import Fulfilment, ShipmentUpdated
from karvo.warehouses.models import Warehouse
from karvo.warehouses.operations.documents import warehouse_by_code
from karvo.warehouses.operations.stock import Stock

ZERO = Decimal(0)
#: Pending, of the same customer, of the same warehouse or of none; of the same invoice first.
OPEN = """
SELECT s.id FROM @shipment s WHERE s.party_id = %(party)s AND s.state = 'pending'
  AND s.claim_id IS NULL AND (s.warehouse_id IS NULL OR %(warehouse)s::bigint IS NULL
    OR s.warehouse_id = %(warehouse)s::bigint)
ORDER BY (s.document_id IS NOT DISTINCT FROM %(document)s::bigint) DESC, s.id LIMIT 1 FOR UPDATE"""


def fulfil_backorder(
    backorder_id: int,
    how: Fulfilment,
    *,
    actor: Actor,
    change: BackorderChange | None = None,
    version: int | None = None,
) -> None:
    """All that remains, or `how.qty` of it. `change` is made first, in the same unit of work.

    Raises NotFound, Invalid (too many, a service), Conflict (state, too little there, credit).
    """
    with atomic() as work:
        if change is not None:
            change_backorder(backorder_id, change, actor=actor, version=version)
            version = None
        row = locked_backorder(backorder_id, version)
        check_transition(row, 'fulfilled')
        qty = _quantity(row, how)
        _refuse_unshippable(row)
        asked = warehouse_by_code(how.warehouse) if how.warehouse else None
        shipment = _found(row, asked, how)
        stock = Stock([row.product_id] if row.product_id is not None else [])
        held = stock.reserved_for(BACKORDER, row.id)
        warehouse_id = _place(row, asked, stock, held, qty)
        kept = _give(row, stock, held, warehouse_id, qty)
        if how.create_shipment:
            _ship(row, shipment, warehouse_id, qty, stock, how, work, actor)
        else:
            stock.save_now(work.at.date(), (BACKORDER, row.id), '', work=work)
        _count(row, qty, kept, work, actor)


def _quantity(row: Backorder, how: Fulfilment) -> Decimal:
    left = remaining(row)
    if how.qty is not None and how.qty > left:
        raise invalid(qty=f'must be at most what remains: {left.normalize():f}')
    return how.qty if how.qty is not None else left


def _refuse_unshippable(row: Backorder) -> None:
    product = Product.get_or_none(Product.id == row.product_id) if row.product_id else None
    if product is not None and product.type == 'service':
        raise invalid(sku=f'{product.sku} is a service: it is not shipped')


def _found(row: Backorder, asked: Warehouse | None, how: Fulfilment) -> Shipment | None:
    """An open shipment to join, locked before the stock is."""
    if not how.create_shipment:
        return None
    warehouse_id = asked.id if asked else row.warehouse_id
    named = {'party': row.party_id, 'warehouse': warehouse_id, 'document': row.document_id}
    found = database.run(OPEN, named).fetchone()
    return Shipment.get_by_id(found[0]) if found else None


def _place(
    row: Backorder, asked: Warehouse | None, stock: Stock, held: dict[int, Decimal], qty: Decimal
) -> int | None:
    """As asked, else the backorder's own, else where it is reserved, else where there is enough."""
    if not is_tracked(stock, row.product_id):
        return asked.id if asked else row.warehouse_id
    known = (asked.id if asked else None) or row.warehouse_id or next(iter(held), None)
    if known is not None:
        return known
    chosen = choose_warehouse(stock, [row.product_id], None, row.party.default_warehouse)
    product_id = typing.cast(int, row.product_id)
    if chosen is not None and stock.available(product_id, chosen) >= qty:
        return chosen
    return stock.fullest([product_id])


def _give(
    row: Backorder, stock: Stock, held: dict[int, Decimal], warehouse_id: int | None, qty: Decimal
) -> Decimal:
    """Take `qty` from what it holds and what lies free; what it still holds afterwards.

    Raises Conflict where that is too little.
    """
    if not is_tracked(stock, row.product_id):
        return ZERO
    product_id = typing.cast(int, row.product_id)
    own = held.get(warehouse_id or 0, ZERO)
    there = stock.available(product_id, warehouse_id) + own if warehouse_id else ZERO
    if qty > there and not (warehouse_id and stock.may_go_below(product_id, warehouse_id)):
        raise Conflict(
            f'{row.sku}: {qty.normalize():f} wanted, {max(there, ZERO).normalize():f} available',
            code='erp_insufficient_stock',
        )
    stock.release(BACKORDER, row.id)
    # What it goes on holding is no more than what it still waits for.
    left = remaining(row) - qty
    for place, some in held.items():
        kept = min(left, some - (qty if place == warehouse_id else ZERO))
        if kept > 0:
            stock.reserve(BACKORDER, row.id, product_id, place, kept)
            left -= kept
    return remaining(row) - qty - left


def _ship(
    row: Backorder,
    shipment: Shipment | None,
    warehouse_id: int | None,
    qty: Decimal,
    stock: Stock,
    how: Fulfilment,
    work: Work,
    actor: Actor,
) -> None:
    """A line on the shipment to join, or on a new one."""
    holds = check_credit(row.party_id, read_settings(), how.override_reason, actor)
    wanted = _wanted(row, qty)
    if shipment is None or shipment.warehouse_id not in (None, warehouse_id):
        values = _header(row) | {'method': 'delivery_run'}
        shipment = write_shipment(values, [wanted], warehouse_id, stock, work, actor)
    else:
        shipment.warehouse_id = shipment.warehouse_id or warehouse_id
        before = lines_of(shipment)
        added = add_lines(shipment, [wanted], max(line.position for line in before), work)
        reserve(shipment, added, stock, work, actor)
        touch(shipment, work)
        announce(ShipmentUpdated, shipment, [*before, *added], work, actor)
    audit_override(shipment, holds, how.override_reason, work, actor)
    row.shipment_id = shipment.id


def _header(row: Backorder) -> dict[str, typing.Any]:
    if row.document_id is not None:
        return of_invoice(Document.get_by_id(row.document_id))
    return of_party(Party.get_by_id(row.party_id)) | {'po_reference': row.po_number}


def _wanted(row: Backorder, qty: Decimal) -> Wanted:
    product = Product.get_or_none(Product.id == row.product_id) if row.product_id else None
    text = row.description or row.sku
    return Wanted(
        product_id=row.product_id,
        sku=row.sku,
        description=text,
        description_fr=product.name_fr if product else text,
        uom=product.uom if product else 'unit',
        qty_ordered=row.qty,
        qty=qty,
        document_id=row.document_id,
        document_line_id=row.document_line_id,
        backorder_id=row.id,
    )


def _count(row: Backorder, qty: Decimal, kept: Decimal, work: Work, actor: Actor) -> None:
    """What was fulfilled; a rest waits on, allocated while all of it is reserved."""
    before = {'status': row.state, 'qty_fulfilled': row.qty_fulfilled}
    row.qty_fulfilled += qty
    left = remaining(row)
    state = 'fulfilled' if not left else 'allocated' if kept >= left else 'open'
    touch_backorder(row, work, state=state)
    kind = BackorderUpdated if left else BackorderFulfilled
    announce_backorder(kind, row, work, actor, before)
