"""Price rules and negotiations."""

import typing

import peewee

from karvo.customers.models import Party
from karvo.kit.columns import Fine, Instant, Json
from karvo.kit.db import Model
from karvo.products.models import Category, Product

#: What may become of a negotiation (domain §16); anything else is a Conflict.
TRANSITIONS: dict[str, set[str]] = {
    'pending': {'approved', 'rejected', 'countered', 'withdrawn', 'expired'},
    'countered': {'approved', 'rejected', 'countered', 'withdrawn', 'expired'},
    'approved': set(),
    'rejected': set(),
    'withdrawn': set(),
    'expired': set(),
}
OPEN = ('pending', 'countered')
#: {status: (French, English)} (L-3)
STATUS_LABELS = {
    'pending': ('En attente', 'Pending'),
    'countered': ('Contre-offre', 'Countered'),
    'approved': ('Approuvée', 'Approved'),
    'rejected': ('Refusée', 'Rejected'),
    'withdrawn': ('Retirée', 'Withdrawn'),
    'expired': ('Expirée', 'Expired'),
}


class Negotiation(Model):
    """A price that a customer asks for, and how it was decided (PRI-6)."""

    party_id: int
    product_id: int
    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    number = peewee.TextField(null=True, unique=True)
    number_year = peewee.IntegerField(null=True)
    number_value = peewee.BigIntegerField(null=True)
    party = peewee.ForeignKeyField(Party)
    product = peewee.ForeignKeyField(Product)
    sku = peewee.TextField()
    requested_price = Fine()
    qty = Fine()
    current_price = Fine()  # the waterfall's when it was asked for
    currency = peewee.TextField()
    reason = peewee.TextField(null=True)
    valid_from = peewee.DateField(null=True)
    valid_until = peewee.DateField(null=True)
    status = peewee.TextField()
    counter_price = Fine(null=True)
    counter_by = peewee.TextField(null=True)  # customer, company
    price = Fine(null=True)
    history: typing.Any = Json(default=list)
    proposed_by = peewee.TextField()  # kind:id of who named the price on the table (PRI-8)
    decided_by = peewee.TextField(null=True)
    decided_at = Instant(null=True)
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant(index=True)

    class Meta:
        constraints = [
            peewee.Check('requested_price > 0 AND qty > 0', 'negotiation_amounts'),
        ]


# Hold what the lists filter by, so that their totals are counted from the index alone.
Negotiation.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "negotiation_listed" ON "negotiation" (status, valid_until, '
        'id) INCLUDE (number, sku, requested_price, created_at)'
    )
)
Negotiation.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX IF NOT EXISTS "negotiation_open" ON "negotiation" '
        "(party_id, product_id) WHERE status IN ('pending', 'countered')"
    )
)


class PriceRule(Model):
    """A price, or how to make one, for a customer, a group or all (PRI-5)."""

    negotiation_id: int | None
    party_id: int | None
    product_id: int | None
    category_id: int | None
    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    name = peewee.TextField(default='')
    scope = peewee.TextField()  # customer, group, all
    party = peewee.ForeignKeyField(Party, null=True)
    group_code = peewee.TextField(null=True)
    target = peewee.TextField()  # sku, category, all
    product = peewee.ForeignKeyField(Product, null=True)
    category = peewee.ForeignKeyField(Category, null=True)
    method = peewee.TextField()
    value = Fine()
    min_qty = Fine(default=0)
    valid_from = peewee.DateField(null=True)
    valid_to = peewee.DateField(null=True)
    priority = peewee.IntegerField(default=0)
    is_active = peewee.BooleanField(default=True)
    negotiation = peewee.ForeignKeyField(Negotiation, null=True)
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant(index=True)

    class Meta:
        constraints = [
            peewee.Check(
                'value >= 0 AND min_qty >= 0 '
                "AND (scope = 'customer') = (party_id IS NOT NULL) "
                "AND (scope = 'group') = (group_code IS NOT NULL) "
                "AND (target = 'sku') = (product_id IS NOT NULL) "
                "AND (target = 'category') = (category_id IS NOT NULL)",
                'price_rule_shape',
            )
        ]


PriceRule.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "price_rule_for_all" ON "price_rule" (scope, party_id) '
        "WHERE target = 'all'"
    )
)
PriceRule.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "price_rule_listed" ON "price_rule" (priority, id) '
        'INCLUDE (name, group_code, is_active, valid_from, valid_to)'
    )
)
