"""Shapes of warehouses and stock on the wire of se-erp/v2."""

import datetime as dt
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from karvo.kit import paging
from karvo.kit.fields import Line, Short
from karvo.warehouses.schemas import Code, WarehouseChange


class WarehouseIn(WarehouseChange, kw_only=True):
    """A new warehouse; `code` and `name` are required."""

    code: Code
    name: Line


class LocationOut(msgspec.Struct, kw_only=True):
    """A part of a warehouse."""

    id: int
    code: str
    name: str
    is_default: bool


class WarehouseOut(msgspec.Struct, kw_only=True):
    """A warehouse; `product_count`: products of which it holds something."""

    id: int
    uid: str
    code: str
    name: str
    address: dict[str, str]
    is_default: bool
    allow_negative: bool
    is_active: bool
    locations: list[LocationOut]
    product_count: int
    metadata: msgspec.Raw
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class StockRow(msgspec.Struct, kw_only=True):
    """A product in a warehouse. `unit_cost` and `value` (dollars) only with products:cost."""

    sku: str
    product_id: int
    name_fr: str
    name_en: str
    warehouse: str
    warehouse_id: int
    warehouse_name: str
    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    incoming: Decimal
    uom: str
    reorder_point: Decimal | None
    below_reorder: bool
    unit_cost: Decimal | UnsetType = UNSET
    value: Decimal | UnsetType = UNSET


class StockOfWarehouse(msgspec.Struct, kw_only=True):
    """What one warehouse holds of a product."""

    warehouse: str
    name: str
    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    incoming: Decimal


class LotRow(msgspec.Struct, kw_only=True):
    """What is left of a lot, where."""

    lot: str
    expires_on: dt.date | None
    warehouse: str
    location: str
    qty: Decimal


class StockTotal(msgspec.Struct, kw_only=True):
    """Of all warehouses; cost and value (dollars) only with products:cost."""

    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    incoming: Decimal
    unit_cost: Decimal | UnsetType = UNSET
    value: Decimal | UnsetType = UNSET


class StockOfSku(msgspec.Struct, kw_only=True):
    """A product's stock everywhere. `is_tracked`: false until its first stock comes in (WHS-6)."""

    sku: str
    requested_sku: str
    product_id: int
    name_fr: str
    name_en: str
    uom: str
    is_tracked: bool
    reorder_point: Decimal | None
    below_reorder: bool
    total: StockTotal
    warehouses: list[StockOfWarehouse]
    lots: list[LotRow]


class TransferLineOut(msgspec.Struct, kw_only=True):
    """A line of a transfer; `qty_received` is null while it is under way."""

    id: int
    sku: str
    product_id: int
    qty: Decimal
    qty_received: Decimal | None
    lot: str | None


class TransferOut(msgspec.Struct, kw_only=True):
    """A transfer."""

    id: int
    uid: str
    number: str
    status: str
    from_warehouse: str
    to_warehouse: str
    date: dt.date
    reference: str
    received_on: dt.date | None
    lines: list[TransferLineOut]
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class DocumentLine(msgspec.Struct, kw_only=True):
    """What a receipt or an adjustment moved; cost and value (dollars) with products:cost."""

    sku: str
    product_id: int
    qty: Decimal
    lot: str | None
    location: str
    unit_cost: Decimal | UnsetType = UNSET
    value: Decimal | UnsetType = UNSET


class DocumentOut(msgspec.Struct, kw_only=True):
    """A receipt or an adjustment of stock; `value` in dollars with products:cost."""

    id: int
    uid: str
    number: str
    kind: str
    warehouse: str
    date: dt.date
    reason: str
    reference: str
    value: Decimal | UnsetType = UNSET
    lines: list[DocumentLine]
    created_at: dt.datetime


class MoveOut(msgspec.Struct, kw_only=True):
    """Something came (+) or went (−); `value` is its effect on account 1200, dollars."""

    id: int
    date: dt.date
    kind: str
    sku: str
    product_id: int
    warehouse: str
    location: str
    lot: str | None
    qty: Decimal
    unit_cost: Decimal | UnsetType = UNSET
    value: Decimal | UnsetType = UNSET
    source_type: str
    source_id: int
    note: str
    created_at: dt.datetime


class ValuationOut(msgspec.Struct, kw_only=True):
    """Stock by its moves and by account 1200, dollars; `difference` is 0.00, always (A-3)."""

    as_of: dt.date
    stock: Decimal
    ledger: Decimal
    difference: Decimal


class WarehouseQuery(paging.ListQuery, kw_only=True):
    """Filters of the warehouses."""

    active: bool | None = None


class StockQuery(paging.ListQuery, kw_only=True):
    """Filters of the stock; `as_of` rebuilds it from the moves of and before that day."""

    warehouse: Short | None = None
    low_stock: bool | None = None
    as_of: dt.date | None = None


class SkuQuery(msgspec.Struct, kw_only=True):
    """Whose part numbers count too."""

    customer_code: Short | None = None


class MoveQuery(paging.ListQuery, kw_only=True):
    """Filters of the moves."""

    sku: Short | None = None
    warehouse: Short | None = None
    kind: Line | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None


class TransferQuery(paging.ListQuery, kw_only=True):
    """Filters of the transfers."""

    status: Line | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None


class AsOfQuery(msgspec.Struct, kw_only=True):
    """The day; today when absent."""

    as_of: dt.date | None = None
