"""Shapes of products."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.kit.events import Event
from karvo.kit.fields import Count, Line, Measure, Metadata, Note, Percent, Price, Short
from karvo.taxes.schemas import TaxCode

Sku = typing.Annotated[str, Meta(min_length=1, max_length=64)]
Type = typing.Literal['stockable', 'consumable', 'service', 'kit']
Status = typing.Literal['active', 'discontinued', 'archived']


AliasName = typing.Annotated[str, Meta(min_length=1, max_length=64)]


class Alias(msgspec.Struct, kw_only=True):
    """Another name of a product; with `customer_code` it is that customer's part number."""

    alias: AliasName
    customer_code: Short | None = None


class ProductChange(msgspec.Struct, kw_only=True):
    """A change of a product: absent = unchanged, null = cleared (G-10)."""

    sku: Sku | UnsetType = UNSET
    name_fr: Line | UnsetType = UNSET
    name_en: Line | UnsetType = UNSET
    description_fr: Note | None | UnsetType = UNSET
    description_en: Note | None | UnsetType = UNSET
    type: Type | UnsetType = UNSET
    category: Line | None | UnsetType = UNSET
    uom: Short | UnsetType = UNSET
    barcode: Short | None | UnsetType = UNSET
    #: a plain text is everybody's name for it, unless it is some customer's of this product already
    aliases: list[Alias | AliasName] | UnsetType = UNSET
    list_price: Price | UnsetType = UNSET
    min_price: Price | None | UnsetType = UNSET
    cost: Price | UnsetType = UNSET
    tax_code: TaxCode | UnsetType = UNSET
    #: percent: wherever it is sold it bears one tax of this rate; null = the taxes of the place
    tax_rate: Percent | None | UnsetType = UNSET
    pst_exempt: bool | UnsetType = UNSET
    weight_kg: Measure | None | UnsetType = UNSET
    hazardous: bool | UnsetType = UNSET
    un_number: Short | None | UnsetType = UNSET
    track_stock: bool | None | UnsetType = UNSET
    #: 'lot': what arrives and what leaves names its lot (SHP-4)
    track: typing.Literal['none', 'lot'] | UnsetType = UNSET
    reorder_point: Measure | None | UnsetType = UNSET
    reorder_qty: Measure | None | UnsetType = UNSET
    lead_time_days: Count | None | UnsetType = UNSET
    allow_backorder: bool | UnsetType = UNSET
    allow_negative: bool | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    superseded_by: Sku | None | UnsetType = UNSET
    metadata: Metadata | None | UnsetType = UNSET


class StockSum(msgspec.Struct, kw_only=True):
    """What there is of a product in all warehouses together; `incoming`: under way to one."""

    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    incoming: Decimal


class Product(msgspec.Struct, kw_only=True):
    """A product as read; prices and cost in dollars before tax."""

    id: int
    uid: str
    key: str
    sku: str
    name_fr: str
    name_en: str
    description_fr: str | None
    description_en: str | None
    type: Type
    category_id: int | None
    category: str | None
    category_path: str | None
    uom: str
    barcode: str | None
    list_price: Decimal
    min_price: Decimal | None
    cost: Decimal
    tax_code: TaxCode
    tax_rate: Decimal | None
    pst_exempt: bool
    weight_kg: Decimal | None
    hazardous: bool
    un_number: str | None
    track_stock: bool | None
    track: str
    reorder_point: Decimal | None
    reorder_qty: Decimal | None
    lead_time_days: int | None
    allow_backorder: bool
    status: Status
    superseded_by: str | None
    aliases: list[str]
    images: list[str]
    metadata: msgspec.Raw
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    stock: StockSum | None  #: None until it is tracked (WHS-6)


class Match(Product, kw_only=True):
    """A product found by one of its names (PRD-3)."""

    matched_by: str


class LineProduct(msgspec.Struct, kw_only=True):
    """What a document's line needs of its product."""

    name: str  #: as asked for, in capitals
    id: int
    sku: str
    name_fr: str
    name_en: str
    type: Type
    category_id: int | None
    uom: str
    list_price: Decimal
    min_price: Decimal | None
    cost: Decimal
    tax_code: TaxCode
    pst_exempt: bool
    status: Status
    tax_rate: Decimal | None = None  #: percent; its own


class ProductEvent(Event, frozen=True):
    """Something happened to a product; `object` holds its SKU and names."""

    resource = 'product'


class ProductCreated(ProductEvent, frozen=True):
    name = 'product.created'


class ProductUpdated(ProductEvent, frozen=True):
    name = 'product.updated'


class ProductArchived(ProductEvent, frozen=True):
    name = 'product.archived'


class ProductPriceChanged(ProductEvent, frozen=True):
    name = 'product.price_changed'
