"""Shapes of backorders on the wire of se-erp/v2."""

import datetime as dt
import typing

import msgspec
from msgspec import UNSET, UnsetType

from karvo.backorders.reads import BackorderRead
from karvo.backorders.schemas import BackorderChange, NewBackorder, Priority, State
from karvo.kit import paging
from karvo.kit.fields import Id, Line, Note, Quantity, Short
from karvo.kit.links import Link, Links

#: {domain field: wire field} of refusals.
FIELDS = {'customer': 'customer_code', 'invoice': 'invoice_no'}
STATUS_LABELS = {
    'open': ('En souffrance', 'Open'),
    'allocated': ('Réservé', 'Allocated'),
    'fulfilled': ('Comblé', 'Fulfilled'),
    'cancelled': ('Annulé', 'Cancelled'),
}
LINKS = Links(
    collection='/backorders',
    links=(
        Link(
            rel='customer',
            href='/customers/{customer_id}',
            batch='/customers?include={ids}',
            key='customer_id',
        ),
        Link(rel='invoice', href='/invoices/{invoice_id}'),
        Link(rel='shipment', href='/shipments/{shipment_id}'),
    ),
)


class BackorderIn(msgspec.Struct, kw_only=True):
    """What a customer waits for. `priority` 1 comes first; `date` is when it was asked for.

    `status` fulfilled or cancelled records what is over already: no stock moves, nothing ships.
    """

    customer_code: Short | None = None
    sku: Short | None = None
    qty: Quantity | None = None
    invoice_no: Short | None = None
    invoice_id: Id | None = None
    warehouse: Short | None = None
    priority: Priority = 5
    expected_date: dt.date | None = None
    requested_date: dt.date | None = None
    date: dt.date | None = None
    reason: Line | None = None
    po_number: Line | None = None
    notes: Note | None = None
    status: typing.Literal['open', 'fulfilled', 'cancelled'] | None = None


class BackorderChangeIn(msgspec.Struct, kw_only=True):
    """A change; absent = unchanged, null = cleared. `open` gives reserved stock back."""

    status: State | UnsetType = UNSET
    qty: Quantity | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    expected_date: dt.date | None | UnsetType = UNSET
    notes: Note | None | UnsetType = UNSET
    po_number: Line | None | UnsetType = UNSET
    reason: Line | None = None
    override_reason: Line | None = None


class FulfilIn(msgspec.Struct, kw_only=True):
    """How much, from where; all that remains when absent, by a shipment."""

    qty: Quantity | None = None
    warehouse: Short | None = None
    create_shipment: bool = True
    override_reason: Line | None = None


class CancelIn(msgspec.Struct, kw_only=True):
    """Why; `create_credit` credits what was invoiced."""

    reason: Line | None = None
    create_credit: bool = False


class BackorderOut(BackorderRead, kw_only=True):
    """A backorder."""

    order_no: None = None
    status_label: str


class BackorderQuery(paging.ListQuery, kw_only=True):
    """Filters of the list; the dates are those it is expected on."""

    status: Line | None = None
    customer_code: Short | None = None
    sku: Short | None = None
    invoice_no: Short | None = None
    warehouse: Short | None = None
    overdue: bool | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None


def new_backorder(body: BackorderIn) -> NewBackorder:
    """The domain's shape."""
    return NewBackorder(
        customer=body.customer_code,
        sku=body.sku,
        qty=body.qty,
        invoice_id=body.invoice_id,
        invoice_number=body.invoice_no,
        warehouse=body.warehouse,
        priority=body.priority,
        expected_date=body.expected_date,
        requested_date=body.requested_date or body.date,
        reason=body.reason,
        po_number=body.po_number,
        notes=body.notes,
        status=body.status or 'open',
    )


def backorder_change(body: BackorderChangeIn) -> BackorderChange:
    """The domain's shape."""
    values: dict[str, typing.Any] = msgspec.structs.asdict(body)
    values.pop('override_reason')
    return BackorderChange(**values)


def backorder_out(row: BackorderRead, language: str) -> BackorderOut:
    """The wire's shape; the label in `language`, fr or en."""
    label = STATUS_LABELS[row.status][language != 'fr']
    return BackorderOut(**msgspec.structs.asdict(row), status_label=label)
