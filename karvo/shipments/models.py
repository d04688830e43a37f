"""Shipments, their lines, and what may become of them."""

import typing

import peewee

from karvo.customers.models import Party
from karvo.invoices.models import Document
from karvo.kit.columns import Cents, Fine, Instant, Json
from karvo.kit.db import Model
from karvo.products.models import Product
from karvo.warehouses.models import Warehouse

#: What may become of a shipment (domain §16, SHP-5); anything else is a Conflict. Whether `packed`
#: goes to shipped or straight to delivered hangs on the method, `on_hold` leads back to where it
#: came from: `compute.allowed`.
TRANSITIONS = {
    'pending': {'picking', 'on_hold', 'cancelled'},
    'picking': {'packed', 'pending', 'on_hold', 'cancelled'},
    'packed': {'shipped', 'delivered', 'picking', 'on_hold', 'cancelled'},
    'shipped': {'delivered', 'cancelled'},
    'on_hold': {'pending', 'picking', 'packed', 'cancelled'},
    'delivered': {'returned'},
    'cancelled': set[str](),
    'returned': set[str](),
}
STATES = tuple(TRANSITIONS)
METHODS = ('delivery_run', 'carrier', 'pickup', 'dropship')
ISSUED = ('shipped', 'delivered', 'returned')  #: their goods have left


class Shipment(Model):
    """Goods for one customer, of one warehouse. `document` is the invoice that it began with."""

    party_id: int
    document_id: int | None
    warehouse_id: int | None
    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    number = peewee.TextField(null=True, unique=True)
    number_year = peewee.IntegerField(null=True)
    number_value = peewee.BigIntegerField(null=True)
    document = peewee.ForeignKeyField(Document, null=True, index=False)
    party = peewee.ForeignKeyField(Party)
    customer_code = peewee.TextField()
    customer_name = peewee.TextField()
    claim_id = peewee.BigIntegerField(null=True, unique=True)  #: the claim that it replaces for
    state = peewee.TextField()
    previous_state = peewee.TextField(null=True)  #: of one on hold
    method = peewee.TextField()
    warehouse = peewee.ForeignKeyField(Warehouse, null=True, index=False)
    carrier = peewee.TextField(null=True)
    service = peewee.TextField(null=True)
    tracking_number = peewee.TextField(null=True)
    tracking_url = peewee.TextField(null=True)
    ship_to: typing.Any = Json(null=True)
    language = peewee.TextField(null=True)
    scheduled_date = peewee.DateField(null=True)
    route = peewee.TextField(null=True)
    stop_no = peewee.IntegerField(null=True)
    driver = peewee.TextField(null=True)
    packages: typing.Any = Json(default=list)
    weight_kg = Fine(null=True)
    instructions = peewee.TextField(null=True)
    notes = peewee.TextField(null=True)
    po_reference = peewee.TextField(null=True)
    history: typing.Any = Json(default=list)
    proof: typing.Any = Json(null=True)
    shipped_at = Instant(null=True)
    delivered_at = Instant(null=True)
    search_text = peewee.TextField()
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant()


# Holds what the list filters by, so that its total is counted from the index alone.
Shipment.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "shipment_listed" ON "shipment" (scheduled_date, id) INCLUDE '
        '(state, number, party_id, document_id, method, carrier, route, warehouse_id, updated_at)'
    )
)
Shipment.add_index(
    peewee.SQL('CREATE INDEX IF NOT EXISTS "shipment_in_state" ON "shipment" (state, party_id, id)')
)
Shipment.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "shipment_search" ON "shipment" '
        'USING gin (search_text public.gin_trgm_ops) WITH (fastupdate = off)'
    )
)


class ShipmentLine(Model):
    """One product of a shipment. `value` is what it was worth when it left, in dollars."""

    document_id: int | None
    product_id: int | None
    shipment = peewee.ForeignKeyField(Shipment, on_delete='CASCADE')
    position = peewee.IntegerField()
    document = peewee.ForeignKeyField(Document, null=True, index=False)
    document_line_id = peewee.BigIntegerField(null=True)  #: None of a document: all of it
    backorder_id = peewee.BigIntegerField(null=True)  #: that it fulfils
    product = peewee.ForeignKeyField(Product, null=True)
    sku = peewee.TextField(null=True)
    description = peewee.TextField()
    description_fr = peewee.TextField()
    uom = peewee.TextField()
    qty_ordered = Fine()
    qty = Fine()
    qty_backordered = Fine(default=0)
    lot = peewee.TextField(null=True)  #: asked for; without one what expires first leaves first
    lot_id = peewee.BigIntegerField(null=True)
    lots: typing.Any = Json(default=list)  #: that left: [{lot, qty}]
    value = Cents(null=True)

    class Meta:
        constraints = [
            peewee.Check('qty >= 0 AND qty_backordered >= 0', 'shipment_line_quantities')
        ]


ShipmentLine.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "shipment_line_of_document" ON "shipment_line" '
        '(document_id, document_line_id) INCLUDE (shipment_id, qty) WHERE document_id IS NOT NULL'
    )
)
