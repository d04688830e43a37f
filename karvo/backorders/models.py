"""Backorders and what may become of them."""

import peewee

from karvo.customers.models import Party
from karvo.invoices.models import Document
from karvo.kit.columns import Fine, Instant
from karvo.kit.db import Model
from karvo.products.models import Product
from karvo.warehouses.models import Warehouse

#: What may become of a backorder (domain §16); anything else is a Conflict.
TRANSITIONS = {
    'open': {'allocated', 'fulfilled', 'cancelled'},
    'allocated': {'fulfilled', 'cancelled', 'open'},
    'fulfilled': set[str](),
    'cancelled': set[str](),
}
OPEN = ('open', 'allocated')


class Backorder(Model):
    """Some of a product that a customer waits for; `allocated` = all of it is reserved."""

    party_id: int
    product_id: int | None
    document_id: int | None
    warehouse_id: int | None
    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    number = peewee.TextField(null=True, unique=True)
    number_year = peewee.IntegerField(null=True)
    number_value = peewee.BigIntegerField(null=True)
    party = peewee.ForeignKeyField(Party)
    product = peewee.ForeignKeyField(Product, null=True, index=False)  #: None: unknown
    sku = peewee.TextField()
    description = peewee.TextField(default='')
    document = peewee.ForeignKeyField(Document, null=True, index=False)
    document_line_id = peewee.BigIntegerField(null=True)
    qty = Fine()
    qty_fulfilled = Fine(default=0)
    state = peewee.TextField()
    warehouse = peewee.ForeignKeyField(Warehouse, null=True, index=False)
    priority = peewee.IntegerField(default=5)  #: 1 comes first
    expected_date = peewee.DateField(null=True)
    requested_date = peewee.DateField()
    reason = peewee.TextField(null=True)
    po_number = peewee.TextField(null=True)
    notes = peewee.TextField(null=True)
    cancelled_reason = peewee.TextField(null=True)
    shipment_id = peewee.BigIntegerField(null=True)  #: the latest that it went with
    credit_id = peewee.BigIntegerField(null=True)  #: the credit note that its cancellation made
    announced_for = peewee.DateField(null=True)  #: the expected date that was told to have passed
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant()

    class Meta:
        constraints = [
            peewee.Check(
                'qty > 0 AND qty_fulfilled >= 0 AND qty_fulfilled <= qty', 'backorder_quantities'
            )
        ]


# Holds what the list filters by, so that its total is counted from the index alone.
Backorder.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "backorder_listed" ON "backorder" (expected_date, id) INCLUDE '
        '(state, priority, number, party_id, product_id, document_id, warehouse_id, sku, '
        'requested_date, updated_at)'
    )
)
Backorder.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "backorder_of_product" ON "backorder" '
        '(product_id, state, priority, requested_date, id)'
    )
)
Backorder.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "backorder_of_document" ON "backorder" '
        '(document_id, document_line_id) WHERE document_id IS NOT NULL'
    )
)
Backorder.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "backorder_search" ON "backorder" USING gin '
        "(upper(number || ' ' || sku || ' ' || coalesce(po_number, '')) public.gin_trgm_ops) "
        'WITH (fastupdate = off)'
    )
)
