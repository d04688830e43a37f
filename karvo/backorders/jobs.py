"""What backorders do by the clock, and when goods arrive or an invoice is voided."""

import datetime as dt

from karvo.backorders.operations.allocate import (
    allocate_all,
    allocate_products,
    announce_overdue,
)
from karvo.backorders.operations.change import cancel_of_invoice
from karvo.invoices.schemas import InvoiceVoided
from karvo.kit.actor import Actor
from karvo.kit.events import Event
from karvo.kit.jobs import Handler, Job, Report, StoredEvent
from karvo.warehouses.schemas import StockAdjusted, StockMoved


def goods_arrived(event: StoredEvent, actor: Actor) -> None:
    """Stock came in: who waits for it gets it (BO-5)."""
    arrived = {line['product_id'] for line in event.object.get('lines', []) if line['qty'] > 0}
    if arrived:
        allocate_products(arrived, actor=actor)


def invoice_voided(event: StoredEvent, actor: Actor) -> None:
    """Nobody waits for what was not sold (INV-9)."""
    cancel_of_invoice(event.resource_id, 'the invoice was voided', actor=actor)


def allocate(actor: Actor, day: dt.date) -> Report:
    """What has become free otherwise: cancelled shipments, backorders made late."""
    return {'allocated': allocate_all(actor=actor)}


def overdue(actor: Actor, day: dt.date) -> Report:
    """Announce backorders whose expected date has passed."""
    return {'announced': announce_overdue(day, actor=actor)}


handlers: dict[type[Event], list[Handler]] = {
    StockMoved: [goods_arrived],
    StockAdjusted: [goods_arrived],
    InvoiceVoided: [invoice_voided],
}
jobs = [
    Job(name='backorders.overdue', run=overdue, at=dt.time(0, 15)),
    Job(name='backorders.allocate', run=allocate, at=dt.time(1, 10)),
]
