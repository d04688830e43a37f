"""Giving stock to backorders (BO-5): by priority, then requested date, then id."""

import datetime as dt
from collections.abc import Collection, Iterable
from decimal import Decimal

from karvo.backorders.models import Backorder
from karvo.backorders.operations.rows import SOURCE, announce, remaining, touch
from karvo.backorders.schemas import BackorderAllocated, BackorderOverdue, BackorderReady
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict
from karvo.kit.work import Work, atomic
from karvo.warehouses.operations.documents import announce_levels
from karvo.warehouses.operations.stock import Stock

NOTHING = Decimal(0)
MOST = 200  #: products, or alerts, in one transaction
WAITING = """
SELECT DISTINCT b.product_id FROM @backorder b JOIN @stock_level s ON s.product_id = b.product_id
WHERE b.state = 'open' AND s.qty > s.reserved ORDER BY b.product_id"""
LATE = """
SELECT b.id FROM @backorder b WHERE b.state IN ('open', 'allocated')
  AND b.expected_date < %(day)s AND b.announced_for IS DISTINCT FROM b.expected_date
ORDER BY b.id LIMIT %(most)s FOR UPDATE"""


def allocate_products(product_ids: Collection[int], *, actor: Actor) -> int:
    """What lies free of these products goes to who waits for it; how many wait no longer."""
    with atomic() as work:
        waiting = (Backorder.state == 'open') & Backorder.product.in_(sorted(product_ids))
        rows = list(Backorder.select().where(waiting).order_by(Backorder.id).for_update())
        if not rows:
            return 0
        stock = Stock(row.product_id for row in rows if row.product_id is not None)
        done = [row for row in _in_turn(rows) if _allocate(row, stock, work, actor)]
        announce_levels(stock, work, actor)
        stock.save_now(work.at.date(), (SOURCE, 0), '', work=work)
    return len(done)


def allocate_all(*, actor: Actor) -> int:
    """The same for every product that somebody waits for and that lies free somewhere."""
    ids = [row[0] for row in database.run(WAITING).fetchall()]
    parts = (ids[n : n + MOST] for n in range(0, len(ids), MOST))
    return sum(allocate_products(part, actor=actor) for part in parts)


def allocate_one(row: Backorder, *, work: Work, actor: Actor) -> None:
    """By hand: all that this locked one still needs. Raises Conflict where it is not there."""
    if row.product_id is None:
        raise Conflict(f'{row.sku} has no stock', code='erp_insufficient_stock')
    stock = Stock([row.product_id])
    if not _allocate(row, stock, work, actor):
        held = sum(stock.reserved_for(SOURCE, row.id).values(), NOTHING)
        raise Conflict(
            f'{row.sku}: {remaining(row).normalize():f} wanted, {held.normalize():f} available',
            code='erp_insufficient_stock',
        )
    announce_levels(stock, work, actor)
    stock.save_now(work.at.date(), (SOURCE, row.id), '', work=work)


def announce_overdue(day: dt.date, *, actor: Actor) -> int:
    """`backorder.overdue` once for each backorder and expected date before `day`; how many."""
    total = 0
    while True:
        with atomic() as work:
            ids = [r[0] for r in database.run(LATE, {'day': day, 'most': MOST}).fetchall()]
            for row in Backorder.select().where(Backorder.id.in_(ids)).order_by(Backorder.id):
                touch(row, work, announced_for=row.expected_date)
                announce(BackorderOverdue, row, work, actor)
        total += len(ids)
        if len(ids) < MOST:
            return total


def _in_turn(rows: Iterable[Backorder]) -> list[Backorder]:
    return sorted(rows, key=lambda row: (row.priority, row.requested_date, row.id))


def _allocate(row: Backorder, stock: Stock, work: Work, actor: Actor) -> bool:
    """Reserve what there is, up to what it needs; True once that is all."""
    product_id = row.product_id
    if product_id is None or not stock.is_tracked(product_id):
        return False
    held = stock.reserved_for(SOURCE, row.id)
    missing = remaining(row) - sum(held.values(), NOTHING)
    warehouse_id = row.warehouse_id or next(iter(held), None)
    warehouse_id = warehouse_id or stock.fullest([product_id])
    if warehouse_id is None:
        return False
    some = min(missing, max(stock.available(product_id, warehouse_id), NOTHING))
    if some:
        stock.reserve(SOURCE, row.id, product_id, warehouse_id, some)
    if some < missing:
        return False
    touch(row, work, state='allocated')
    for kind in (BackorderAllocated, BackorderReady):
        announce(kind, row, work, actor, {'status': 'open'})
    return True
