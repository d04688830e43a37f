"""Backorders as rows: found, locked, stamped, announced."""

import typing
from decimal import Decimal

from karvo.backorders.models import TRANSITIONS, Backorder
from karvo.backorders.schemas import BackorderEvent
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, PreconditionFailed, not_found
from karvo.kit.work import Work
from karvo.warehouses.operations.stock import Stock

SOURCE = 'backorder'  #: of reservations
SHOWN = ('id', 'number', 'sku', 'qty', 'qty_fulfilled', 'priority') + (
    'expected_date',
    'requested_date',
    'shipment_id',
    'version',
)


def locked_backorder(backorder_id: int, version: int | None = None) -> Backorder:
    """The row, locked. Raises NotFound, PreconditionFailed."""
    row = Backorder.select().where(Backorder.id == backorder_id).for_update().get_or_none()
    if row is None:
        raise not_found('Backorder')
    if version is not None and version != row.version:
        raise PreconditionFailed(f'the backorder is at version {row.version}')
    return row


def check_transition(row: Backorder, target: str) -> None:
    """Raises Conflict for what domain §16 does not list."""
    if row.state == target:
        raise Conflict(f'the backorder is {target} already')
    if target not in TRANSITIONS[row.state]:
        raise Conflict(f'a {row.state} backorder cannot become {target}')


def remaining(row: Backorder) -> Decimal:
    """What the customer still waits for."""
    left: Decimal = row.qty - row.qty_fulfilled
    return left


def stock_of(row: Backorder) -> Stock | None:
    """The stock of its product, locked; None for a name that we have no product for."""
    return Stock([row.product_id]) if row.product_id is not None else None


def save_stock(row: Backorder, stock: Stock | None, work: Work) -> None:
    """Reservations as they are now: others may follow in the same unit of work."""
    if stock is not None:
        stock.save_now(work.at.date(), (SOURCE, row.id), '', work=work)


def touch(row: Backorder, work: Work, **values: typing.Any) -> None:
    """Set these columns, and the version and time with them."""
    for name, value in values.items():
        setattr(row, name, value)
    row.version, row.updated_at = row.version + 1, work.at
    row.save()


def announce(
    kind: type[BackorderEvent],
    row: Backorder,
    work: Work,
    actor: Actor,
    previous: dict[str, typing.Any] | None = None,
    number: str | None = None,
) -> None:
    """Record an event of this backorder."""
    shown = {name: row.__data__.get(name) for name in SHOWN}
    shown |= {
        'party_id': row.party_id,
        'product_id': row.product_id,
        'invoice_id': row.document_id,
        'status': row.state,
    }
    if number:
        shown['number'] = number
    work.record(kind(id=row.id, uid=str(row.uid), object=shown, previous=previous or {}), actor)
