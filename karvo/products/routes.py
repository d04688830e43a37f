"""/products of se-erp/v2."""

import datetime as dt
import functools
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from karvo.invoices.reads import ProductSales, product_sales
from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.errors import Missing, missing
from karvo.kit.fields import Line, Measure, Note, Price, Short
from karvo.kit.http import Page, Resource, endpoint, found
from karvo.kit.links import Links
from karvo.kit.spellings import Kept, agree
from karvo.kit.text import like
from karvo.products.operations import category_code, change_product
from karvo.products.reads import CATEGORIES, PRODUCTS, product_by_id, product_by_name
from karvo.products.schemas import Match, Product, ProductChange, Sku, StockSum
from karvo.se_erp import se_erp
from karvo.settings.reads import business_date, read_settings, today_params
from karvo.warehouses.operations.opening import create_stocked_product
from karvo.warehouses.schemas import Opening
from karvo.whmis.reads import SUMMARY, summaries

TYPES = ('stockable', 'consumable', 'service', 'kit')
STATUSES = ('active', 'discontinued', 'archived')
SPELLINGS = {'price': 'list_price', 'weight': 'weight_kg'}


class ProductChangeIn(ProductChange, kw_only=True):
    """A product as sent: `name` for both languages, `price` beside `list_price`."""

    name: Line | UnsetType = UNSET
    description: Note | None | UnsetType = UNSET
    price: Price | UnsetType = UNSET
    weight: Price | None | UnsetType = UNSET


class OpeningIn(msgspec.Struct, kw_only=True):
    """What of it lies where when its books begin; at the product's cost where none is said."""

    warehouse: Short | None = None
    warehouse_code: Short | None = None
    qty: Measure
    unit_cost: Price | None = None
    lot: Short | None = None
    reorder_point: Measure | None = None


class ProductIn(ProductChangeIn, kw_only=True):
    """A new product; `sku` and a name are required. Its first stock posts Dr 1200 / Cr 3000."""

    sku: Sku
    initial_stock: OpeningIn | None = None
    stock: list[OpeningIn] = []


class Whmis(msgspec.Struct, kw_only=True):
    """What a product's safety data sheet in force says in short."""

    signal_word: str
    pictograms: list[str]
    sds_status: str
    review_due: dt.date


class Listed(Product, kw_only=True):
    """A product as the list reads it."""

    whmis: Whmis | None


#: Sheets lie above products; they meet here, at the edge.
LISTED = msgspec.structs.replace(PRODUCTS, columns=f'{PRODUCTS.columns}, {SUMMARY} AS whmis')


class ProductOut(msgspec.Struct, kw_only=True):
    """A product; prices in dollars before tax. `cost` only with products:cost."""

    id: int
    uid: str
    sku: str
    name: str
    name_fr: str
    name_en: str
    description: str | None
    description_fr: str | None
    description_en: str | None
    category: str | None
    category_id: int | None
    type: str
    uom: str
    list_price: Decimal
    price: Decimal
    min_price: Decimal | None
    cost: Decimal | UnsetType = UNSET
    barcode: str | None
    aliases: list[str]
    tax_code: str
    tax_rate: Decimal | None
    pst_exempt: bool
    weight: Decimal | None
    hazardous: bool
    un_number: str | None
    whmis: Whmis | None  #: of the sheet in force; null for what is not hazardous
    stock: StockSum | None
    track_stock: bool | None
    track: str
    allow_backorder: bool
    status: str
    superseded_by: str | None
    metadata: msgspec.Raw
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class ProductDetail(ProductOut, kw_only=True):
    """A product with all that is known about it (PRD-2)."""

    category_path: str | None
    price_tiers: list[str]
    suppliers: list[str]
    substitutes: list[str]
    sales_12_months: ProductSales
    reorder_point: Decimal | None
    reorder_qty: Decimal | None
    lead_time_days: int | None
    images: list[str]


class ProductMatch(ProductOut, kw_only=True):
    """A product found by one of its names (PRD-3)."""

    matched_by: str
    requested_sku: str


class CategoryOut(msgspec.Struct, kw_only=True):
    """A category and how many products it holds."""

    id: int
    code: str
    name: str
    name_fr: str
    name_en: str
    parent_id: int | None
    path: str
    product_count: int


class ProductQuery(paging.ListQuery, kw_only=True):
    """Filters of the list (PRD-5)."""

    sku: Line | None = None
    category: Line | None = None
    type: Line | None = None
    status: Line | None = None
    hazardous: bool | None = None
    in_stock: bool | None = None
    low_stock: bool | None = None


class SkuQuery(msgspec.Struct, kw_only=True):
    """Whose part numbers count too."""

    customer_code: Short | None = None


LINKS = Links(collection='/products')


class Products(Resource):
    """All products."""

    dialect = se_erp
    links = LINKS

    @endpoint(scope='products:read')
    def on_get(self, actor: Actor, query: ProductQuery) -> Page[ProductOut]:
        """List products with search and SKU filter."""
        skus = paging.words(query.sku)
        filters = {
            'search': like(query.search) if query.search else None,
            'sku': [sku.upper() for sku in skus] if skus else None,
            'category': category_code(query.category or '') or None,
            'type': paging.choices(query.type, TYPES, 'type'),
            'status': paging.choices(query.status, STATUSES, 'status'),
            'hazardous': query.hazardous,
            'in_stock': query.in_stock,
            'low_stock': query.low_stock,
            'updated_since': query.updated_since,
        }
        named = filters | today_params()
        rows, total = LISTED.read(Listed, named, paging.slice_of(query))
        return paging.page_of(query, [product_out(row, actor) for row in rows], total)

    @endpoint(scope='products:write', status=201)
    def on_post(self, actor: Actor, body: ProductIn) -> ProductDetail:
        """Create a new product, with the stock that there is of it."""
        return _one(create_stocked_product(_change(body), _openings(body), actor=actor), actor)


class OneProduct(Resource):
    """One product."""

    dialect = se_erp
    links = LINKS

    @endpoint(scope='products:read')
    def on_get(self, actor: Actor, id: int) -> ProductDetail:
        """Get product with all enriched metadata."""
        return _one(id, actor)

    @endpoint(scope='products:write')
    def on_put(
        self, actor: Actor, id: int, body: ProductChangeIn, version: int | None
    ) -> ProductDetail:
        """Update product fields; absent = unchanged, null = cleared."""
        change = _change(body, lambda: product_by_id(id))
        change_product(id, change, actor=actor, version=version)
        return _one(id, actor)


class BySku(Resource):
    """A product by any of its names."""

    dialect = se_erp
    links = LINKS

    @endpoint(scope='products:read')
    def on_get(self, actor: Actor, sku: str, query: SkuQuery) -> ProductMatch:
        """Lookup by SKU with alias resolution."""
        match: Match = found(product_by_name(sku, query.customer_code or ''), 'Product')
        shown = _shown(match, actor, _sheet(match))
        return ProductMatch(**shown, matched_by=match.matched_by, requested_sku=sku)


class Categories(Resource):
    """All categories."""

    dialect = se_erp

    @endpoint(scope='products:read')
    def on_get(self, actor: Actor, query: paging.ListQuery) -> Page[CategoryOut]:
        """List all product categories."""
        filters = {'search': like(query.search) or None}
        rows, total = CATEGORIES.read(CategoryOut, filters, paging.slice_of(query))
        return paging.page_of(query, rows, total)


def _openings(body: ProductIn) -> list[Opening]:
    """Both spellings of what lies where (7.0). Raises Missing."""
    parts = [*([body.initial_stock] if body.initial_stock else []), *body.stock]
    found = []
    for part in parts:
        code = part.warehouse or part.warehouse_code
        if not code:
            raise missing('warehouse')
        opening = Opening(warehouse=code, qty=part.qty, unit_cost=part.unit_cost, lot=part.lot)
        found.append(opening)
    return found


def _change(body: ProductChangeIn, kept: Kept | None = None) -> ProductChange:
    """The domain's names for what the wire says otherwise."""
    values = {n: v for n, v in msgspec.structs.asdict(body).items() if v is not UNSET}
    values.pop('initial_stock', None)
    points = [part.reorder_point for part in values.pop('stock', []) if part.reorder_point]
    if points:
        values.setdefault('reorder_point', points[0])
    for wire, names in _BOTH_LANGUAGES.items():
        if wire in values:
            _say_in_both(values, names, values.pop(wire), kept)
    for wire, name in SPELLINGS.items():
        if wire in values:
            agree(values, {name: values.pop(wire)}, kept)
    if not isinstance(body, ProductIn):
        if body.name is not UNSET and not body.name.strip():
            raise missing('name')
        return ProductChange(**values)
    if not (values.get('name_fr') or values.get('name_en')):
        raise Missing('name is required', fields={'name': 'is required'})
    return ProductChange(**values)


def _say_in_both(
    values: dict[str, typing.Any], names: tuple[str, str], value: str | None, kept: Kept | None
) -> None:
    """What is said for one language alone goes before it, unless that is as it was read and this
    (read as the English one) is not; then French follows where it was a copy.
    """
    row = kept() if kept and not values.keys().isdisjoint(names) else None
    if row is not None:
        before = [getattr(row, name) for name in names]
        for name, was in zip(names, before, strict=True):
            if values.get(name) == was == before[1] != value:
                values[name] = value
    for name in names:
        values.setdefault(name, value)


#: (French, English)
_BOTH_LANGUAGES = {
    'name': ('name_fr', 'name_en'),
    'description': ('description_fr', 'description_en'),
}


def _one(product_id: int, actor: Actor) -> ProductDetail:
    row = found(product_by_id(product_id), 'Product')
    today = business_date(read_settings())
    return ProductDetail(
        **_shown(row, actor, _sheet(row)),
        category_path=row.category_path,
        price_tiers=[],
        suppliers=[],
        substitutes=[],
        sales_12_months=product_sales(product_id, today),
        reorder_point=row.reorder_point,
        reorder_qty=row.reorder_qty,
        lead_time_days=row.lead_time_days,
        images=row.images,
    )


@functools.cache
def _shared() -> tuple[str, ...]:
    own = set(ProductOut.__struct_fields__) - {'cost'}
    return tuple(name for name in Product.__struct_fields__ if name in own)


def product_out(row: Listed, actor: Actor) -> ProductOut:
    """The wire's shape of a product."""
    return ProductOut(**_shown(row, actor, row.whmis))


def _sheet(row: Product) -> Whmis | None:
    """One statement if it is hazardous, else none."""
    found = summaries([row.id]).get(row.id) if row.hazardous else None
    if found is None:
        return None
    return Whmis(**{name: getattr(found, name) for name in Whmis.__struct_fields__})


def _shown(row: Product, actor: Actor, sheet: Whmis | None) -> dict[str, typing.Any]:
    return {name: getattr(row, name) for name in _shared()} | {
        'name': row.name_en,
        'description': row.description_en,
        'price': row.list_price,
        'weight': row.weight_kg,
        'whmis': sheet,
        'cost': row.cost if actor.may('products:cost') else UNSET,
    }


routes = [
    ('/products', Products()),
    ('/products/categories', Categories()),
    ('/products/sku/{sku}', BySku()),
    ('/products/{id:int}', OneProduct()),
]
