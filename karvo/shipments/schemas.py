"""Shapes of shipments: what comes in, what is announced. Quantities in the product's unit."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from karvo.customers.schemas import Address
from karvo.kit.events import Event
from karvo.kit.fields import Count, Id, Line, Measure, Note, Quantity, Short

Method = typing.Literal['delivery_run', 'carrier', 'pickup', 'dropship']
Status = typing.Literal[
    'pending', 'picking', 'packed', 'shipped', 'delivered', 'on_hold', 'cancelled', 'returned'
]


class Package(msgspec.Struct, kw_only=True):
    """A box or pallet; `dims` in words: `40 x 30 x 20 cm`."""

    weight_kg: Measure | None = None
    dims: Line | None = None
    reference: Line | None = None


class Proof(msgspec.Struct, kw_only=True):
    """Who took it; references to the signature and the photograph, wherever they are kept."""

    name: Line | None = None
    signature_ref: Line | None = None
    photo_ref: Line | None = None
    at: dt.datetime | None = None


class WantedLine(msgspec.Struct, kw_only=True):
    """Of what of the invoice how much: by `sku`, or by the line's own number or id."""

    sku: Short | None = None
    line_id: Id | None = None
    line_no: Count | None = None
    qty: Quantity | None = None
    lot: Short | None = None


class Details(msgspec.Struct, kw_only=True):
    """What may be said of a shipment until it is delivered; absent = unchanged, null = cleared."""

    carrier: Line | None | UnsetType = UNSET
    service: Line | None | UnsetType = UNSET
    tracking_number: Line | None | UnsetType = UNSET
    tracking_url: typing.Annotated[str, msgspec.Meta(max_length=500)] | None | UnsetType = UNSET
    scheduled_date: dt.date | None | UnsetType = UNSET
    route: Short | None | UnsetType = UNSET
    stop_no: Count | None | UnsetType = UNSET
    driver: Line | None | UnsetType = UNSET
    packages: list[Package] | UnsetType = UNSET
    weight_kg: Measure | None | UnsetType = UNSET
    instructions: Note | None | UnsetType = UNSET
    notes: Note | None | UnsetType = UNSET


class NewShipment(Details, kw_only=True):
    """Goods of an invoice to ship (SHP-1). Without lines: all that is not shipped yet."""

    invoice_id: int | None = None
    invoice_number: str | None = None
    customer: str | None = None
    method: Method = 'delivery_run'
    warehouse: str | None = None
    lines: list[WantedLine] = []
    is_partial_allowed: bool = True
    ship_to: Address | None = None
    override_reason: str | None = None


class LotOfLine(msgspec.Struct, kw_only=True):
    """The lot that a line is to be taken from; null = what expires first."""

    line_id: Id
    lot: Short | None = None


class ShipmentChange(Details, kw_only=True):
    """A change, and where the shipment goes. `note` goes into its history."""

    status: Status | UnsetType = UNSET
    method: Method | UnsetType = UNSET
    lots: list[LotOfLine] = []
    proof: Proof | None = None
    note: str | None = None
    override_reason: str | None = None


class Fulfilment(msgspec.Struct, frozen=True, kw_only=True):
    """How a backorder is fulfilled; all that remains, from where it lies, by a shipment (BO-3)."""

    qty: Decimal | None = None
    warehouse: str | None = None
    create_shipment: bool = True
    override_reason: str | None = None


class ReplacedLine(msgspec.Struct, kw_only=True):
    """What a claim replaces."""

    qty: Decimal
    product_id: int | None = None
    sku: str | None = None


class ResolvedClaim(msgspec.Struct, kw_only=True):
    """The object of `claim.resolved`, as far as shipments care."""

    id: int
    resolution: str | None
    party_id: int
    number: str | None = None
    invoice_id: int | None = None
    lines: list[ReplacedLine] = []


class ShipmentEvent(Event, frozen=True):
    """Something happened to a shipment."""

    resource = 'shipment'


class ShipmentCreated(ShipmentEvent, frozen=True):
    """Goods are to be shipped; tracked ones are reserved."""

    name = 'shipment.created'


class ShipmentUpdated(ShipmentEvent, frozen=True):
    """Carrier, tracking, schedule or lines of a shipment changed."""

    name = 'shipment.updated'


class ShipmentPicking(ShipmentEvent, frozen=True):
    """Its goods are being picked."""

    name = 'shipment.picking'


class ShipmentPacked(ShipmentEvent, frozen=True):
    """Its goods are packed."""

    name = 'shipment.packed'


class ShipmentShipped(ShipmentEvent, frozen=True):
    """Its goods have left: issued from stock, their cost booked."""

    name = 'shipment.shipped'


class ShipmentDelivered(ShipmentEvent, frozen=True):
    """The customer has it."""

    name = 'shipment.delivered'


class ShipmentOnHold(ShipmentEvent, frozen=True):
    """A shipment waits."""

    name = 'shipment.on_hold'


class ShipmentCancelled(ShipmentEvent, frozen=True):
    """A shipment does not go; what had left is back in stock."""

    name = 'shipment.cancelled'


class ShipmentReturned(ShipmentEvent, frozen=True):
    """A delivered shipment came back, by a claim or a return."""

    name = 'shipment.returned'


class ShipmentStatusChanged(ShipmentEvent, frozen=True):
    """A shipment went from one status to another, whichever."""

    name = 'shipment.status_changed'


#: What each status is announced by, beside `shipment.status_changed`.
BY_STATUS: dict[str, type[ShipmentEvent]] = {
    'picking': ShipmentPicking,
    'packed': ShipmentPacked,
    'shipped': ShipmentShipped,
    'delivered': ShipmentDelivered,
    'on_hold': ShipmentOnHold,
    'cancelled': ShipmentCancelled,
    'returned': ShipmentReturned,
}
