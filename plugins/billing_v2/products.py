"""/products of api/v2: goods and services with a tax rate of their own, the place's, or none."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.kit.actor import Actor
from karvo.kit.errors import missing
from karvo.kit.fields import Note, Percent, Price, Short
from karvo.kit.http import Resource, endpoint, found
from karvo.kit.text import like
from karvo.products.operations import change_product, create_product
from karvo.products.reads import PRODUCTS, product_by_id
from karvo.products.schemas import Product, ProductChange
from karvo.settings.reads import read_settings
from plugins.billing_v2.dialect import dialect
from plugins.billing_v2.envelopes import Done, Listed, ListQuery, One, listed, part_of, seconds
from plugins.billing_v2.numbers import plain_price, plain_quantity

Kind = typing.Literal['service', 'product']
#: {domain field: wire field}
FIELDS = {
    'name_fr': 'name',
    'name_en': 'name',
    'description_fr': 'description',
    'description_en': 'description',
    'list_price': 'price',
    'tax_code': 'tax_rate',
}
Name = typing.Annotated[str, Meta(max_length=200)]
SOLD = ['active', 'discontinued']  #: states in which a product is shown


class V2ProductChange(msgspec.Struct, kw_only=True):
    """A change: absent, and what is as it is shown = unchanged.

    `tax_rate` in percent: the product bears one tax of this rate; 0 or null: none. `taxable`
    without a rate or with null: the taxes of the place where it is sold.
    """

    name: Name | UnsetType = UNSET
    price: Price | UnsetType = UNSET
    description: Note | None | UnsetType = UNSET
    type: Kind | UnsetType = UNSET
    tax_rate: Percent | None | UnsetType = UNSET
    taxable: bool | UnsetType = UNSET
    sku: Short | UnsetType = UNSET


class V2ProductIn(V2ProductChange, kw_only=True):
    """A new product; `sku` is made where none is given."""

    name: Name
    price: Price
    type: Kind = 'product'


class V2ProductOut(msgspec.Struct, kw_only=True):
    """A product. `tax_rate` in percent; null: the taxes of the place where it is sold."""

    id: int
    name: str
    price: Decimal
    description: str | None
    type: Kind
    tax_rate: int | Decimal | None
    taxable: bool
    sku: str
    created_at: dt.datetime
    updated_at: dt.datetime


class Products(Resource):
    """All products and services."""

    dialect = dialect
    fields = FIELDS

    @endpoint(scope='products:read')
    def on_get(self, actor: Actor, query: ListQuery) -> Listed[V2ProductOut]:
        """List products and services by their SKUs."""
        filters = {'search': like(query.search) if query.search else None, 'status': SOLD}
        rows, total = PRODUCTS.read(Product, filters, part_of(query))
        return listed([product_out(row) for row in rows], total, query)

    @endpoint(scope='products:write', status=201)
    def on_post(self, actor: Actor, body: V2ProductIn) -> One[V2ProductOut]:
        """Create a product or service."""
        if not body.name.strip():
            raise missing('name')
        change = _change(body)
        change.name_fr = UNSET  # it is copied, and its translation noted as missing
        if body.tax_rate is UNSET and body.taxable is UNSET:
            change.tax_code = 'taxable' if read_settings().v2_auto_tax else 'zero_rated'
        return _one(create_product(change, actor=actor), 'Product created')


class OneProduct(Resource):
    """One product or service."""

    dialect = dialect
    fields = FIELDS

    @endpoint(scope='products:read')
    def on_get(self, actor: Actor, id: int) -> One[V2ProductOut]:
        """Get one product."""
        return _one(id)

    @endpoint(scope='products:write')
    def on_put(self, actor: Actor, id: int, body: V2ProductChange) -> One[V2ProductOut]:
        """Change what is sent of a product."""
        row = _sold(id)
        if body.name is not UNSET and not body.name.strip():
            raise missing('name')
        change_product(id, _difference(body, row), actor=actor)
        return _one(id, 'Product updated')

    @endpoint(scope='products:write')
    def on_delete(self, actor: Actor, id: int) -> Done:
        """Delete a product: it is archived, and stays on the documents that it is on."""
        _sold(id)
        change_product(id, ProductChange(status='archived'), actor=actor)
        return Done(message='Product deleted')


def _change(body: V2ProductChange) -> ProductChange:
    """The domain's shape."""
    change = ProductChange(list_price=body.price, **_taxes(body))
    if body.name is not UNSET:
        change.name_fr = change.name_en = body.name.strip()
    if body.description is not UNSET:
        change.description_fr = change.description_en = body.description or None
    if body.type is not UNSET:
        change.type = 'service' if body.type == 'service' else 'stockable'
    if body.sku:
        change.sku = body.sku
    return change


def _difference(body: V2ProductChange, row: Product) -> ProductChange:
    """What differs from what is shown: a kit stays a kit, `exempt` stays that, and a text that is
    translated keeps its translation."""
    shown = product_out(row)
    is_rated = body.tax_rate is not None or shown.tax_rate is None
    for name in ('name', 'description', 'type', 'price', 'sku', 'tax_rate', 'taxable'):
        # `taxable` beside null asks for the place's taxes in place of a rate.
        if getattr(body, name) == getattr(shown, name) and (name != 'taxable' or is_rated):
            setattr(body, name, UNSET)
    change = _change(body)
    if not shown.taxable and change.tax_code == 'zero_rated':
        change.tax_code = change.tax_rate = UNSET
    if row.name_fr != row.name_en:
        change.name_fr = UNSET
    if row.description_fr != row.description_en:
        change.description_fr = UNSET
    return change


def _taxes(body: V2ProductChange) -> dict[str, typing.Any]:
    """V2-4: a rate of its own, the place's taxes, or none."""
    if body.tax_rate:
        return {'tax_code': 'taxable', 'tax_rate': body.tax_rate}
    if body.taxable is True:
        return {'tax_code': 'taxable', 'tax_rate': None}
    is_said = body.tax_rate is not UNSET or body.taxable is not UNSET
    return {'tax_code': 'zero_rated', 'tax_rate': None} if is_said else {}


def _kind(row: Product) -> Kind:
    return 'service' if row.type == 'service' else 'product'


def product_out(row: Product) -> V2ProductOut:
    """The wire's shape of a product."""
    is_taxable = row.tax_code == 'taxable' and row.tax_rate != 0
    own = row.tax_rate if is_taxable else Decimal(0)
    return V2ProductOut(
        id=row.id,
        name=row.name_en,
        price=plain_price(row.list_price),
        description=row.description_en,
        type=_kind(row),
        tax_rate=None if own is None else plain_quantity(own),
        taxable=is_taxable,
        sku=row.sku,
        created_at=seconds(row.created_at),
        updated_at=seconds(row.updated_at),
    )


def _sold(product_id: int) -> Product:
    """Raises NotFound for one that was deleted, too."""
    row = product_by_id(product_id)
    return found(row if row and row.status in SOLD else None, 'Product')


def _one(product_id: int, message: str = '') -> One[V2ProductOut]:
    return One(data=product_out(_sold(product_id)), message=message or UNSET)


routes: list[tuple[str, Resource]] = [
    ('/products', Products()),
    ('/products/{id:int}', OneProduct()),
]
