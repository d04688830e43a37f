"""Changing and ending backorders (BO-2, BO-4)."""

import typing
from decimal import Decimal

from msgspec import UNSET

from karvo.backorders.models import OPEN, Backorder
from karvo.backorders.operations.allocate import allocate_one
from karvo.backorders.operations.rows import (
    SOURCE,
    announce,
    check_transition,
    locked_backorder,
    remaining,
    save_stock,
    stock_of,
    touch,
)
from karvo.backorders.reads import unshipped_lines
from karvo.backorders.schemas import (
    BackorderCancelled,
    BackorderChange,
    BackorderFulfilled,
    BackorderUpdated,
    Cancellation,
)
from karvo.billing.operations.credits import issue_credit
from karvo.billing.operations.settle import locked_invoices
from karvo.billing.schemas import NewCredit
from karvo.invoices.reads import read_lines
from karvo.invoices.schemas import NewLine
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, invalid
from karvo.kit.money import EXACT, cents
from karvo.kit.work import Work, atomic

FREE = ('priority', 'expected_date', 'notes', 'po_number')


def change_backorder(
    backorder_id: int, change: BackorderChange, *, actor: Actor, version: int | None = None
) -> None:
    """What stays open, then the quantity, then the status; to `fulfilled` it is shipments' verb.

    Raises NotFound, PreconditionFailed, Invalid, Conflict.
    """
    with atomic() as work:
        row = locked_backorder(backorder_id, version)
        _change_free(row, change, work, actor)
        if change.qty is not UNSET and change.qty != row.qty:
            _change_qty(row, change.qty, work, actor)
        if change.status is UNSET or change.status in (row.state, 'fulfilled'):
            return
        check_transition(row, change.status)
        if change.status == 'cancelled':
            _cancel(row, Cancellation(reason=change.reason), work, actor)
        elif change.status == 'open':
            _deallocate(row, work, actor)
        else:
            allocate_one(row, work=work, actor=actor)


def cancel_backorder(backorder_id: int, how: Cancellation, *, actor: Actor) -> None:
    """The customer waits no longer; its stock is free again. Raises NotFound, Conflict."""
    with atomic() as work:
        row = locked_backorder(backorder_id)
        check_transition(row, 'cancelled')
        _cancel(row, how, work, actor)


def cancel_of_invoice(document_id: int, reason: str, *, actor: Actor) -> None:
    """An invoice was voided: what it waited for is waited for no more (INV-9)."""
    with atomic() as work:
        own = (Backorder.document == document_id) & Backorder.state.in_(OPEN)
        for row in list(Backorder.select().where(own).order_by(Backorder.id).for_update()):
            _cancel(row, Cancellation(reason=reason), work, actor)


def _change_free(row: Backorder, change: BackorderChange, work: Work, actor: Actor) -> None:
    given = {name: getattr(change, name) for name in FREE}
    values = {n: v for n, v in given.items() if v is not UNSET and v != getattr(row, n)}
    if not values:
        return
    if row.state not in OPEN and set(values) != {'notes'}:
        raise Conflict(f'of a {row.state} backorder only the notes change')
    previous = {name: getattr(row, name) for name in values}
    touch(row, work, **values)
    announce(BackorderUpdated, row, work, actor, previous)


def _change_qty(row: Backorder, qty: Decimal, work: Work, actor: Actor) -> None:
    """Down to what is fulfilled, which ends it; up to what the invoice has unshipped."""
    if row.state not in OPEN:
        raise Conflict(f'the quantity of a {row.state} backorder stays')
    if qty < row.qty_fulfilled or qty <= 0:
        raise invalid(qty=f'must be at least {max(row.qty_fulfilled, 0):f} and more than 0')
    _check_unshipped(row, qty)
    stock, before = stock_of(row), {'qty': row.qty, 'status': row.state}
    left, state = qty - row.qty_fulfilled, row.state
    if stock is not None:
        held = stock.reserved_for(SOURCE, row.id)
        kept = min(sum(held.values(), Decimal(0)), left)
        stock.release(SOURCE, row.id)
        if kept and row.product_id is not None:
            stock.reserve(SOURCE, row.id, row.product_id, next(iter(held)), kept)
        state = 'allocated' if kept == left and kept else 'open'
    save_stock(row, stock, work)
    touch(row, work, qty=qty, state=state if left else 'fulfilled')
    announce(BackorderUpdated, row, work, actor, before)
    if not left:
        announce(BackorderFulfilled, row, work, actor, before)


def _check_unshipped(row: Backorder, qty: Decimal) -> None:
    if row.document_line_id is None or row.document_id is None or qty <= row.qty:
        return
    locked_invoices([row.document_id])
    for line in unshipped_lines(row.document_id):
        if line.id == row.document_line_id and qty - row.qty > line.left:
            most = row.qty + max(line.left, Decimal(0))
            raise invalid(qty=f'must be at most what is unshipped: {most:f}')


def _deallocate(row: Backorder, work: Work, actor: Actor) -> None:
    """allocated → open: the stock is there for others."""
    _release(row, work)
    touch(row, work, state='open')
    announce(BackorderUpdated, row, work, actor, {'status': 'allocated'})


def _release(row: Backorder, work: Work) -> None:
    stock = stock_of(row)
    if stock is not None:
        stock.release(SOURCE, row.id)
    save_stock(row, stock, work)


def _cancel(row: Backorder, how: Cancellation, work: Work, actor: Actor) -> None:
    before = row.state
    _release(row, work)
    credit_id = _credit(row, how, actor) if how.create_credit else None
    touch(row, work, state='cancelled', cancelled_reason=how.reason, credit_id=credit_id)
    announce(BackorderCancelled, row, work, actor, {'status': before})


def _credit(row: Backorder, how: Cancellation, actor: Actor) -> int:
    """A credit note for what was invoiced and will not come (BO-4)."""
    if row.document_id is None or row.document_line_id is None:
        raise Conflict('the backorder is of no line of an invoice: there is nothing to credit')
    invoice = locked_invoices([row.document_id]).get(row.document_id)
    if invoice is None or invoice.balance == 0:
        raise Conflict('the invoice is paid: credit it by /billing/credits')
    line = next(line for line in read_lines(row.document_id) if line.id == row.document_line_id)
    share = EXACT.divide(EXACT.multiply(line.line_total, remaining(row)), line.qty)
    credited = NewLine(
        sku=line.sku,
        description=line.description,
        description_fr=line.description_fr,
        quantity=remaining(row),
        uom=line.uom,
        unit_price=line.unit_price,
        discount_pct=line.discount_pct,
        line_total=cents(share),
        tax_code=typing.cast(typing.Any, line.tax_code),
        kind=line.kind,
        is_net=True,
    )
    reason = how.reason or f'{row.number}: {row.sku}'
    new = NewCredit(reason=reason, invoice_id=row.document_id, lines=[credited])
    return issue_credit(new, actor=actor).id
