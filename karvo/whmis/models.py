"""Safety data sheets by version, the suppliers' own files, who was given which."""

import typing

import peewee

from karvo.customers.models import Party
from karvo.kit.columns import Instant, Json
from karvo.kit.db import Model
from karvo.products.models import Product

#: What may become of a sheet (domain §16). `review_due` and `expired` come by the date alone.
TRANSITIONS: dict[str, set[str]] = {
    'draft': {'current', 'superseded'},
    'current': {'review_due', 'superseded'},
    'review_due': {'expired', 'superseded'},
    'expired': {'superseded'},
    'superseded': set(),
}
BY_DATE = frozenset({'review_due', 'expired'})  #: never set by anybody


class Sds(Model):
    """One version. Once in force it is never changed; a revision is the next version."""

    product_id: int
    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    product = peewee.ForeignKeyField(Product)
    version_no = peewee.IntegerField()
    state = peewee.TextField()  # draft, current, superseded
    # From the content, for the list and for the check at shipping.
    product_identifier = peewee.TextField()
    signal_word = peewee.TextField()
    supplier = peewee.TextField()  # folded, for searching
    classes = peewee.TextField()  # ' flammable_liquids corrosive_to_metals '
    hpr_version = peewee.IntegerField()
    revised_on = peewee.DateField()
    review_due = peewee.DateField()
    languages = peewee.TextField()  # the complete ones: fr, en, fr+en or nothing
    content: typing.Any = Json()
    search_text = peewee.TextField()
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant(index=True)

    class Meta:
        indexes = ((('product', 'version_no'), True),)


Sds.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX IF NOT EXISTS "sds_current" ON "sds" (product_id) '
        "WHERE state = 'current'"
    )
)
# Holds what the list filters by, so that its total is counted from the index alone.
Sds.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "sds_listed" ON "sds" (review_due, id) INCLUDE (state, '
        'signal_word, classes, supplier, revised_on, product_identifier, updated_at)'
    )
)
Sds.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "sds_search" ON "sds" '
        'USING gin (search_text public.gin_trgm_ops) WITH (fastupdate = off)'
    )
)


class SdsFile(Model):
    """The supplier's own sheet in one language, a PDF. It moves with the company's schema."""

    sds = peewee.ForeignKeyField(Sds, on_delete='CASCADE')
    language = peewee.TextField()
    size = peewee.IntegerField()
    sha256 = peewee.TextField()
    body = peewee.BlobField()
    created_at = Instant()

    class Meta:
        indexes = ((('sds', 'language'), True),)


class SdsNotice(Model):
    """A review was announced: 90, 30 or 7 days ahead, or 0 = it is overdue."""

    sds = peewee.ForeignKeyField(Sds, on_delete='CASCADE')
    days = peewee.IntegerField()
    announced_at = Instant()

    class Meta:
        indexes = ((('sds', 'days'), True),)


class SdsDelivery(Model):
    """The first time that a customer was given a version."""

    sds_id: int
    sds = peewee.ForeignKeyField(Sds)
    party = peewee.ForeignKeyField(Party)
    date = peewee.DateField()
    channel = peewee.TextField()  # email, shipment
    shipment_id = peewee.BigIntegerField()
    created_at = Instant()

    class Meta:
        indexes = ((('sds', 'party'), True), (('shipment_id',), False))


class SdsRecipient(Model):
    """A customer that received a hazardous product: when last, and its last delivery of a sheet."""

    product = peewee.ForeignKeyField(Product)
    party = peewee.ForeignKeyField(Party)
    delivery = peewee.ForeignKeyField(SdsDelivery, null=True)
    sds = peewee.ForeignKeyField(Sds, null=True)  # the delivery's
    last_on = peewee.DateField()

    class Meta:
        indexes = ((('product', 'party'), True),)


SdsRecipient.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "sds_recipient_listed" ON "sds_recipient" '
        '(product_id, last_on, id) INCLUDE (party_id, sds_id)'
    )
)
