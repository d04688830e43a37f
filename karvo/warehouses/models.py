"""Tables of stock. Moves are the truth and never change; the rest is kept in step with them."""

import peewee

from karvo.kit.columns import Cents, Fine, Instant, Json
from karvo.kit.db import Model
from karvo.products.models import Product


class Warehouse(Model):
    """A place that is shipped from (WHS-2)."""

    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    code = peewee.TextField(unique=True)  #: in capitals
    name = peewee.TextField()
    address = Json(default=dict)
    is_default = peewee.BooleanField(default=False)
    allow_negative = peewee.BooleanField(default=False)
    is_active = peewee.BooleanField(default=True)
    metadata = Json(default=dict)
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant()


class Location(Model):
    """A part of a warehouse; each has at least STOCK, its default."""

    warehouse_id: int
    warehouse = peewee.ForeignKeyField(Warehouse)
    code = peewee.TextField()
    name = peewee.TextField()
    is_default = peewee.BooleanField(default=False)

    class Meta:
        indexes = ((('warehouse', 'code'), True),)


class Lot(Model):
    """A batch of a product."""

    product = peewee.ForeignKeyField(Product, index=False)
    number = peewee.TextField()
    expires_on = peewee.DateField(null=True)
    created_at = Instant()

    class Meta:
        indexes = ((('product', 'number'), True),)


class StockCost(Model):
    """A product's moving average, of all warehouses together; goods in transit are apart.

    Its row is the one lock of a product's stock: whoever changes stock holds the rows of its
    products, taken in the order of their ids.
    """

    product = peewee.ForeignKeyField(Product, unique=True)
    qty = Fine(default=0)
    value = Cents(default=0)
    unit_cost = peewee.DecimalField(max_digits=20, decimal_places=6, auto_round=False, default=0)


class StockLevel(Model):
    """What a warehouse holds of a product, and how much of it is spoken for."""

    warehouse = peewee.ForeignKeyField(Warehouse, index=False)
    product = peewee.ForeignKeyField(Product)
    qty = Fine(default=0)
    reserved = Fine(default=0)

    class Meta:
        indexes = ((('warehouse', 'product'), True),)
        constraints = [peewee.Check('reserved >= 0', 'reserved_not_negative')]


# What there is of a product is summed from the index alone.
StockLevel.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "stock_level_listed" ON "stock_level" (product_id, id) '
        'INCLUDE (warehouse_id, qty, reserved)'
    )
)


class Quant(Model):
    """What lies at one location, of one lot (0 = without)."""

    location = peewee.ForeignKeyField(Location, index=False)
    product = peewee.ForeignKeyField(Product)
    lot_id = peewee.BigIntegerField(default=0)
    qty = Fine(default=0)

    class Meta:
        indexes = ((('location', 'product', 'lot_id'), True),)


class StockMove(Model):
    """Something came (+) or went (−) at a location. Appended to, never changed.

    `value` is what it did to account 1200, in dollars.
    """

    product_id: int
    product = peewee.ForeignKeyField(Product, index=False)
    warehouse = peewee.ForeignKeyField(Warehouse, index=False)
    location = peewee.ForeignKeyField(Location, index=False)
    lot_id = peewee.BigIntegerField(default=0)
    kind = peewee.TextField()
    qty = Fine()
    value = Cents()
    unit_cost = peewee.DecimalField(max_digits=20, decimal_places=6, auto_round=False)
    date = peewee.DateField()
    source_type = peewee.TextField()
    source_id = peewee.BigIntegerField()
    source_line = peewee.BigIntegerField(default=0)
    note = peewee.TextField(default='')
    created_at = Instant()

    class Meta:
        indexes = (
            (('product', 'date', 'id'), False),
            (('source_type', 'source_id'), False),
            (('warehouse', 'product', 'date'), False),
        )


# Holds what the list filters by and what a day's stock is summed from.
StockMove.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "stock_move_listed" ON "stock_move" (date, id) '
        'INCLUDE (product_id, warehouse_id, kind, qty, value)'
    )
)


class Reservation(Model):
    """Stock that is spoken for by a line of something (a shipment, a backorder)."""

    product_id: int
    warehouse_id: int
    product = peewee.ForeignKeyField(Product)
    warehouse = peewee.ForeignKeyField(Warehouse)
    source_type = peewee.TextField()
    source_id = peewee.BigIntegerField()  #: of the line
    qty = Fine()
    created_at = Instant()

    class Meta:
        indexes = ((('source_type', 'source_id', 'warehouse'), True),)
        constraints = [peewee.Check('qty > 0', 'reservation_positive')]


class Transfer(Model):
    """Goods from one warehouse to another; two steps pass through account 1210 (WHS-3)."""

    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    number = peewee.TextField(null=True, unique=True)
    number_year = peewee.IntegerField(null=True)
    number_value = peewee.BigIntegerField(null=True)
    from_warehouse_id: int
    to_warehouse_id: int
    from_warehouse = peewee.ForeignKeyField(Warehouse)
    to_warehouse = peewee.ForeignKeyField(Warehouse)
    state = peewee.TextField()  #: in_transit, received or cancelled
    date = peewee.DateField()
    reference = peewee.TextField(default='')
    received_on = peewee.DateField(null=True)
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant()


Transfer.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "transfer_listed" ON "transfer" (date, id) '
        'INCLUDE (state, updated_at)'
    )
)


class TransferLine(Model):
    """One product of a transfer; `value` is what it was worth when it left, dollars."""

    transfer = peewee.ForeignKeyField(Transfer, on_delete='CASCADE')
    position = peewee.IntegerField()
    product_id: int
    product = peewee.ForeignKeyField(Product)
    lot_id = peewee.BigIntegerField(default=0)
    sku = peewee.TextField()
    qty = Fine()
    qty_received = Fine(null=True)
    value = Cents(default=0)


class StockDocument(Model):
    """A receipt, an opening or an adjustment: the reason of its moves."""

    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    number = peewee.TextField(null=True, unique=True)
    number_year = peewee.IntegerField(null=True)
    number_value = peewee.BigIntegerField(null=True)
    kind = peewee.TextField()  #: receipt, opening, adjustment or scrap
    state = peewee.TextField(default='posted')
    warehouse = peewee.ForeignKeyField(Warehouse)
    date = peewee.DateField()
    reason = peewee.TextField(default='')
    reference = peewee.TextField(default='')
    value = Cents(default=0)
    created_at = Instant()
