"""Products, their aliases and categories."""

import peewee

from karvo.kit.columns import Fine, Instant, Json
from karvo.kit.db import Model
from karvo.kit.folded import folded


class Category(Model):
    """A category; `path` holds the names from the root."""

    code = peewee.TextField(unique=True)
    name_fr = peewee.TextField()
    name_en = peewee.TextField()
    parent = peewee.ForeignKeyField('self', null=True)


class Product(Model):
    """Something that can stand on a document's line."""

    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    sku = peewee.TextField()
    name_fr = peewee.TextField()
    name_en = peewee.TextField()
    translation_missing = peewee.BooleanField(default=False)
    description_fr = peewee.TextField(null=True)
    description_en = peewee.TextField(null=True)
    type = peewee.TextField(default='stockable')
    category = peewee.ForeignKeyField(Category, null=True)
    uom = peewee.TextField(default='unit')
    barcode = peewee.TextField(null=True)
    list_price = Fine(default=0)
    min_price = Fine(null=True)
    cost = Fine(default=0)
    standard_cost = Fine(default=0)
    tax_code = peewee.TextField(default='taxable')
    tax_rate = Fine(null=True)  # percent, in the place of the place's taxes (V2-4)
    pst_exempt = peewee.BooleanField(default=False)
    weight_kg = Fine(null=True)
    hazardous = peewee.BooleanField(default=False)
    un_number = peewee.TextField(null=True)
    track_stock = peewee.BooleanField(null=True)
    track = peewee.TextField(default='none')  # none, lot
    reorder_point = Fine(null=True)
    reorder_qty = Fine(null=True)
    lead_time_days = peewee.IntegerField(null=True)
    allow_backorder = peewee.BooleanField(default=True)
    allow_negative = peewee.BooleanField(default=False)
    status = peewee.TextField(default='active')
    superseded_by = peewee.TextField(null=True)
    images = Json(default=list)
    metadata = Json(default=dict)
    search_text = peewee.TextField()
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant(index=True)

    class Meta:
        constraints = [peewee.Check('list_price >= 0 AND cost >= 0', 'product_prices')]


Product.add_index(
    peewee.SQL('CREATE UNIQUE INDEX IF NOT EXISTS "product_sku" ON "product" (upper(sku))')
)
Product.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "product_search" ON "product" '
        'USING gin (search_text public.gin_trgm_ops) WITH (fastupdate = off)'
    )
)
# Holds what the list filters by, so that its total is counted from the index alone.
Product.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "product_listed" ON "product" (sku, id) INCLUDE (name_en, '
        'type, status, hazardous, category_id, list_price, created_at, updated_at, reorder_point)'
    )
)
Product.add_index(
    peewee.SQL(
        f'CREATE INDEX IF NOT EXISTS "product_name" ON "product" (({folded("name_en")}), id)'
    )
)
Product.add_index(
    peewee.SQL('CREATE INDEX IF NOT EXISTS "product_barcode" ON "product" (upper(barcode))')
)


class ProductAlias(Model):
    """Another name of a product: an old SKU, a vendor's, a customer's part number."""

    product = peewee.ForeignKeyField(Product, on_delete='CASCADE')
    # hides Model.alias(), which nothing here needs
    alias = peewee.TextField()  # type: ignore[assignment]
    kind = peewee.TextField(default='alias')  # alias, customer
    party_id = peewee.BigIntegerField(default=0)  # 0 = everybody's


ProductAlias.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX IF NOT EXISTS "product_alias_name" '
        'ON "product_alias" (upper(alias), party_id)'
    )
)
