"""Shapes of shipments on the wire of se-erp/v2, and the mapping to the domain's."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.customers.schemas import Address
from karvo.kit import paging
from karvo.kit.fields import Id, Line, Note, Short
from karvo.kit.links import Link, Links
from karvo.shipments.compute import next_status
from karvo.shipments.models import ISSUED
from karvo.shipments.reads import LotRead, Passed, Sheet, ShipmentRead
from karvo.shipments.schemas import (
    Details,
    LotOfLine,
    Method,
    NewShipment,
    Package,
    Proof,
    ShipmentChange,
    Status,
    WantedLine,
)

#: {domain field: wire field} of refusals.
FIELDS = {'customer': 'customer_code', 'invoice': 'invoice_no'}
STATUS_LABELS = {
    'pending': ('En attente', 'Pending'),
    'picking': ('En préparation', 'Picking'),
    'packed': ('Emballée', 'Packed'),
    'shipped': ('Expédiée', 'Shipped'),
    'delivered': ('Livrée', 'Delivered'),
    'on_hold': ('Suspendue', 'On hold'),
    'cancelled': ('Annulée', 'Cancelled'),
    'returned': ('Retournée', 'Returned'),
}
LINKS = Links(
    collection='/shipments',
    links=(
        Link(
            rel='customer',
            href='/customers/{customer_id}',
            batch='/customers?include={ids}',
            key='customer_id',
        ),
        Link(rel='invoice', href='/invoices/{invoice_id}'),
    ),
)


class ShipmentIn(Details, kw_only=True):
    """A shipment of an invoice; without `lines` of all its goods that are not shipped yet."""

    invoice_id: Id | None = None
    invoice_no: Short | None = None
    customer_code: Short | None = None
    method: Method = 'delivery_run'
    warehouse: Short | None = None
    lines: typing.Annotated[list[WantedLine], Meta(max_length=1000)] = []
    partial: bool = True
    ship_to: Address | None = None
    override_reason: Line | None = None


class AdvanceIn(msgspec.Struct, kw_only=True):
    """What may come with a step; nothing need."""

    tracking_number: Line | None | UnsetType = UNSET
    tracking_url: typing.Annotated[str, Meta(max_length=500)] | None | UnsetType = UNSET
    carrier: Line | None | UnsetType = UNSET
    service: Line | None | UnsetType = UNSET
    driver: Line | None | UnsetType = UNSET
    lots: list[LotOfLine] = []
    note: Note | None = None
    proof: Proof | None = None
    override_reason: Line | None = None


class ShipmentChangeIn(Details, kw_only=True):
    """A change; `status` goes through every step in between, `note` into the history."""

    status: Status | UnsetType = UNSET
    method: Method | UnsetType = UNSET
    lots: list[LotOfLine] = []
    note: Note | None = None
    proof_of_delivery: Proof | None = None
    override_reason: Line | None = None


class ShippedLine(msgspec.Struct, kw_only=True):
    """A line; `qty` goes, `qty_backordered` does not; `lots` left. `cost` with products:cost."""

    id: int
    line_no: int
    invoice_id: int | None
    invoice_line_id: int | None
    backorder_id: int | None
    product_id: int | None
    sku: str | None
    description: str
    description_fr: str
    uom: str
    qty_ordered: Decimal
    qty: Decimal
    qty_backordered: Decimal
    lot: str | None
    lots: list[LotRead]
    cost: Decimal | None | UnsetType = UNSET


class ShipmentOut(msgspec.Struct, kw_only=True):
    """A shipment. `next_status` is where `advance` leads, null where it leads nowhere."""

    id: int
    uid: str
    shipment_no: str
    invoice_id: int | None
    invoice_no: str | None
    order_id: None
    claim_id: int | None
    customer_id: int
    customer_code: str
    customer_name: str
    status: str
    status_label: str
    next_status: str | None
    previous_status: str | None
    method: str
    carrier: str | None
    service: str | None
    tracking_number: str | None
    tracking_url: str | None
    warehouse: str | None
    ship_to: Address | None
    scheduled_date: dt.date | None
    route: str | None
    stop_no: int | None
    driver: str | None
    packages: list[Package]
    weight_kg: Decimal | None
    instructions: str | None
    notes: str | None
    po_reference: str | None
    lines: list[ShippedLine]
    history: list[Passed]
    shipped_at: dt.datetime | None
    delivered_at: dt.datetime | None
    proof_of_delivery: Proof | None
    sds_attached: list[Sheet]
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    warnings: list[str] | UnsetType = UNSET


class ShipmentQuery(paging.ListQuery, kw_only=True):
    """Filters of the list; the dates are those it is scheduled for."""

    status: Line | None = None
    customer_code: Short | None = None
    invoice_no: Short | None = None
    invoice_id: typing.Annotated[list[Id], Meta(max_length=100)] = []
    method: Line | None = None
    carrier: Line | None = None
    warehouse: Short | None = None
    route: Short | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None


def new_shipment(body: ShipmentIn) -> NewShipment:
    """The domain's shape."""
    return NewShipment(
        invoice_id=body.invoice_id,
        invoice_number=body.invoice_no,
        customer=body.customer_code,
        method=body.method,
        warehouse=body.warehouse,
        lines=body.lines,
        is_partial_allowed=body.partial,
        ship_to=body.ship_to,
        override_reason=body.override_reason,
        **_details(body),
    )


def shipment_change(body: ShipmentChangeIn) -> ShipmentChange:
    """The domain's shape of a PUT."""
    return ShipmentChange(
        status=body.status,
        method=body.method,
        lots=body.lots,
        proof=body.proof_of_delivery,
        note=body.note,
        override_reason=body.override_reason,
        **_details(body),
    )


def advance_change(body: AdvanceIn) -> ShipmentChange:
    """The domain's shape of what comes with a step."""
    return ShipmentChange(**msgspec.structs.asdict(body))


def _details(body: Details) -> dict[str, typing.Any]:
    return {name: getattr(body, name) for name in Details.__struct_fields__}


_OWN = {'lines', 'order_id', 'warnings', 'status_label', 'next_status'}
_SHARED = [n for n in ShipmentOut.__struct_fields__ if n not in _OWN and n != 'previous_status']


def shipment_out(
    row: ShipmentRead, *, language: str, sees_cost: bool, warnings: list[str] | None = None
) -> ShipmentOut:
    """The wire's shape; the label in the language asked for, else the shipment's, else French."""
    spoken = language or row.language or 'fr'
    passed = [one.status for one in row.history]
    return ShipmentOut(
        **{name: getattr(row, name) for name in _SHARED},
        order_id=None,
        status_label=STATUS_LABELS[row.status][not spoken.startswith('fr')],
        next_status=next_status(row.status, row.method),
        previous_status=row.previous_state or (passed[-2] if len(passed) > 1 else None),
        lines=[_line(line, row.status in ISSUED and sees_cost) for line in row.lines],
        warnings=warnings or UNSET,
    )


_LINE = [name for name in ShippedLine.__struct_fields__ if name != 'cost']


def _line(line: typing.Any, sees_cost: bool) -> ShippedLine:
    shown = ShippedLine(**{name: getattr(line, name) for name in _LINE})
    if sees_cost:
        shown.cost = line.value
    return shown
