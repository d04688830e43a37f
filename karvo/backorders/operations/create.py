"""Keeping what a customer waits for (BO-1)."""

import datetime as dt
import typing
from decimal import Decimal

from karvo.backorders.models import Backorder
from karvo.backorders.operations.rows import announce
from karvo.backorders.reads import UnshippedLine, unshipped_lines
from karvo.backorders.schemas import BackorderCreated, NewBackorder, Shortage
from karvo.billing.operations.settle import invoice_id_of, locked_invoices
from karvo.customers.reads import customer_by_code
from karvo.invoices.models import Document
from karvo.invoices.operations.attached import mark_attached
from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, Invalid, invalid, missing
from karvo.kit.work import Work, atomic
from karvo.products.reads import products_for_lines
from karvo.settings.reads import business_date, read_settings
from karvo.warehouses.operations.documents import warehouse_by_code


def create_backorder(new: NewBackorder, *, actor: Actor) -> int:
    """The id. Raises Missing, Invalid (unknown names, more than is unshipped), Conflict."""
    _check_named(new)
    with atomic() as work:
        today = business_date(read_settings())
        invoice = _invoice(new)
        party_id = invoice.party_id if invoice else _party_id(new.customer or '')
        warehouse = warehouse_by_code(new.warehouse) if new.warehouse else None
        values = _goods(new, invoice) | {
            'party': party_id,
            'warehouse': warehouse,
            'priority': new.priority,
            'expected_date': _day('expected_date', new.expected_date, today),
            'requested_date': _day('requested_date', new.requested_date or today, today),
            'reason': new.reason,
            'po_number': new.po_number or (invoice.po_reference if invoice else None),
            'notes': new.notes,
            'state': new.status,
        }
        if new.status == 'fulfilled':
            values['qty_fulfilled'] = values['qty']
        row = _insert(values, today, work, actor)
        mark_attached([row.document_id])
    return row.id


def record_shortage(short: Shortage, *, work: Work, actor: Actor) -> Backorder:
    """What a shipment could not take, as a part of its unit of work.

    The line that was short has marked the document already (`mark_attached`).
    """
    today = business_date(read_settings())
    values = {
        'party': short.party_id,
        'product': short.product_id,
        'document': short.document_id,
        'warehouse': short.warehouse_id,
        'requested_date': today,
        **{n: getattr(short, n) for n in _COPIED},
    }
    return _insert(values, today, work, actor)


_COPIED = ('sku', 'description', 'qty', 'document_line_id', 'po_number', 'reason')


def _insert(values: dict[str, typing.Any], today: dt.date, work: Work, actor: Actor) -> Backorder:
    row = Backorder.create(
        uid=ids.uuid7(),
        key=ids.random_key(),
        created_at=work.at,
        updated_at=work.at,
        **{'state': 'open'} | values,
    )
    number = work.take_number('BO', today.year, 'backorder', row.id)
    announce(BackorderCreated, row, work, actor, number=number.token)
    return row


def _check_named(new: NewBackorder) -> None:
    has_invoice = new.invoice_id is not None or bool(new.invoice_number)
    absent = [] if new.customer or has_invoice else ['customer']
    absent += [] if new.sku else ['sku']
    absent += [] if new.qty is not None else ['qty']
    if absent:
        raise missing(*absent)
    if has_invoice and new.status == 'fulfilled':
        raise invalid(status='of what was invoiced: a shipment fulfils it')


def _invoice(new: NewBackorder) -> Document | None:
    if new.invoice_id is None and not new.invoice_number:
        return None
    invoice_id = invoice_id_of(new.invoice_id, new.invoice_number)
    invoice = locked_invoices([invoice_id])[invoice_id]
    if invoice.state not in ('posted', 'written_off'):
        raise Conflict(f'a {invoice.state} invoice has no backorders')
    if new.customer and new.customer.upper() != invoice.customer_code:
        raise Invalid('customer does not match the invoice', fields={'customer': 'does not match'})
    return invoice


def _party_id(code: str) -> int:
    party = customer_by_code(code)
    if party is None or party.deleted_at:
        raise invalid(customer='not found')
    return party.id


def _goods(new: NewBackorder, invoice: Document | None) -> dict[str, typing.Any]:
    """What it is and how many; on an invoice at most what is unshipped of one of its lines."""
    sku, qty = typing.cast(str, new.sku), typing.cast(Decimal, new.qty)
    customer = invoice.customer_code if invoice else new.customer or ''
    product = products_for_lines([sku], customer).get(sku.upper())
    if invoice is not None:
        line = _line(unshipped_lines(invoice.id), sku, product.id if product else None, qty)
        return {
            'document': invoice,
            'document_line_id': line.id,
            'qty': qty,
            'product': line.product_id,
            'sku': line.sku,
            'description': line.description,
        }
    if product is None:
        raise invalid(sku='is unknown')
    return {'product': product.id, 'sku': product.sku, 'description': product.name_en, 'qty': qty}


def _line(
    lines: list[UnshippedLine], sku: str, product_id: int | None, qty: Decimal
) -> UnshippedLine:
    own = [
        line
        for line in lines
        if (line.sku or '').upper() == sku.upper()
        or (product_id is not None and line.product_id == product_id)
    ]
    if not own:
        raise invalid(sku='is not on the invoice')
    best = max(own, key=lambda line: line.left)
    if qty > best.left:
        raise invalid(qty=f'must be at most what is unshipped: {max(best.left, 0):f}')
    return best


def _day(name: str, date: dt.date | None, today: dt.date) -> dt.date | None:
    if date is not None and not clock.is_business_date(date, today):
        raise invalid(**{name: f'must be from {clock.EARLIEST} to {clock.latest(today)}'})
    return date
