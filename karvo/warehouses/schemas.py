"""Shapes of warehouses and stock. Quantities in the product's unit, values in dollars at cost."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.kit.events import Event
from karvo.kit.fields import Id, Line, Measure, Metadata, Note, Price, Quantity, Short, Signed

ZERO = Decimal(0)
Code = typing.Annotated[str, Meta(min_length=1, max_length=20, pattern=r'^[A-Za-z0-9_-]+(?!\n)$')]
Sku = typing.Annotated[str, Meta(min_length=1, max_length=64)]
Address = dict[str, typing.Annotated[str, Meta(max_length=255)]]


class WarehouseChange(msgspec.Struct, kw_only=True):
    """A warehouse as set; absent = unchanged (G-10)."""

    code: Code | UnsetType = UNSET
    name: Line | UnsetType = UNSET
    address: Address | UnsetType = UNSET
    is_default: bool | UnsetType = UNSET
    allow_negative: bool | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    metadata: Metadata | None | UnsetType = UNSET


class NewLocation(msgspec.Struct, kw_only=True):
    """A part of a warehouse."""

    code: Code
    name: Line = ''


class StockLine(msgspec.Struct, kw_only=True):
    """A product and how much of it; `unit_cost` of what comes in, dollars before tax.

    Without a cost the product's average counts, or its cost where there is no average yet.
    """

    sku: Sku
    qty: Quantity
    unit_cost: Price | None = None
    lot: Short | None = None
    lot_expires_on: dt.date | None = None
    location: Code | None = None


class NewReceipt(msgspec.Struct, kw_only=True):
    """Goods that arrived; `is_opening`: they were there when the books began."""

    warehouse: Code
    lines: typing.Annotated[list[StockLine], Meta(min_length=1, max_length=500)]
    date: dt.date | None = None
    reference: Line = ''
    is_opening: bool = False


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What of a new product lies in a warehouse; dollars before tax."""

    warehouse: str
    qty: Decimal
    unit_cost: Decimal | None = None
    lot: str | None = None


class AdjustmentLine(msgspec.Struct, kw_only=True):
    """Either the change (`qty`, with a sign) or what was counted (`counted`)."""

    sku: Sku
    qty: Signed | None = None
    counted: Measure | None = None
    unit_cost: Price | None = None
    lot: Short | None = None
    location: Code | None = None


class NewAdjustment(msgspec.Struct, kw_only=True):
    """Stock put right; scrap goes to account 5070, everything else to 5060."""

    warehouse: Code
    lines: typing.Annotated[list[AdjustmentLine], Meta(min_length=1, max_length=500)]
    reason: Note = ''
    date: dt.date | None = None
    reference: Line = ''
    is_scrap: bool = False


class TransferLine(msgspec.Struct, kw_only=True):
    """A product and how much of it moves."""

    sku: Sku
    qty: Quantity
    lot: Short | None = None


class NewTransfer(msgspec.Struct, kw_only=True):
    """Goods from one warehouse to another (WHS-3)."""

    from_warehouse: Code
    to_warehouse: Code
    lines: typing.Annotated[list[TransferLine], Meta(min_length=1, max_length=500)]
    two_step: bool = False
    reference: Line = ''
    date: dt.date | None = None


class ReceivedLine(msgspec.Struct, kw_only=True):
    """What arrived of a line of a transfer."""

    line_id: Id
    qty: Measure


class TransferReceipt(msgspec.Struct, kw_only=True):
    """What arrived; without lines everything did. A difference is an adjustment."""

    lines: list[ReceivedLine] | None = None
    date: dt.date | None = None


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What a line of something wants of a product. `line_id` names the line."""

    product_id: int
    qty: Decimal
    line_id: int
    lot: str | None = None


class StockEvent(Event, frozen=True):
    """Stock changed; `object` names its source and its lines."""

    resource = 'stock'


class StockMoved(StockEvent, frozen=True):
    name = 'stock.moved'


class StockAdjusted(StockEvent, frozen=True):
    name = 'stock.adjusted'


class StockNegative(StockEvent, frozen=True):
    name = 'stock.negative'


class TransferCreated(Event, frozen=True):
    name = 'stock.transfer_created'
    resource = 'transfer'


class TransferReceived(Event, frozen=True):
    name = 'stock.transfer_received'
    resource = 'transfer'


class TransferCancelled(Event, frozen=True):
    name = 'stock.transfer_cancelled'
    resource = 'transfer'


class WarehouseCreated(Event, frozen=True):
    name = 'warehouse.created'
    resource = 'warehouse'


class WarehouseUpdated(Event, frozen=True):
    name = 'warehouse.updated'
    resource = 'warehouse'


class ProductLowStock(Event, frozen=True):
    name = 'product.low_stock'
    resource = 'product'
