"""Parties (customer and vendor are roles of one row) and payment terms."""

import peewee

from karvo.kit.columns import Cents, Instant, Json
from karvo.kit.db import Model
from karvo.kit.folded import folded


class PaymentTerm(Model):
    """When a document is due: `days` after its date, or after the end of its month."""

    code = peewee.TextField(unique=True)
    name_fr = peewee.TextField()
    name_en = peewee.TextField()
    days = peewee.IntegerField()
    kind = peewee.TextField(default='net')  # net, end_of_month
    discount_pct = peewee.DecimalField(max_digits=7, decimal_places=4, default=0)
    discount_days = peewee.IntegerField(default=0)


class Party(Model):
    """Somebody we deal with. Archived rows keep their code reserved (G-11)."""

    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    code = peewee.TextField(unique=True)
    name = peewee.TextField()
    type = peewee.TextField(default='company')
    is_customer = peewee.BooleanField(default=True)
    is_vendor = peewee.BooleanField(default=False)
    email = peewee.TextField(null=True)
    phone = peewee.TextField(null=True)
    website = peewee.TextField(null=True)
    language = peewee.TextField(null=True)
    currency = peewee.TextField()
    payment_terms = peewee.TextField(null=True)
    group = peewee.TextField(null=True, column_name='group_code')
    price_tier = peewee.TextField(null=True)
    credit_limit = Cents(default=0)
    credit_hold = peewee.BooleanField(default=False)
    credit_hold_reason = peewee.TextField(null=True)
    tax_exempt = peewee.TextField(default='none')
    gst_number = peewee.TextField(null=True)
    qst_number = peewee.TextField(null=True)
    address1 = peewee.TextField(null=True)
    address2 = peewee.TextField(null=True)
    city = peewee.TextField(null=True)
    province = peewee.TextField(null=True)
    postal_code = peewee.TextField(null=True)
    country = peewee.TextField(null=True)
    ship_to = Json(null=True)
    salesperson = peewee.TextField(null=True)
    notes = peewee.TextField(null=True)
    tags = Json(default=list)
    metadata = Json(default=dict)
    auto_created = peewee.BooleanField(default=False)
    # L-1: an express request for documents in English alone; all three or none.
    language_choice_recorded_at = Instant(null=True)
    language_choice_recorded_by = peewee.TextField(null=True)
    language_choice_recorded_ref = peewee.TextField(null=True)
    interest_rate_annual = peewee.DecimalField(max_digits=7, decimal_places=4, null=True)
    interest_agreed_on = peewee.DateField(null=True)
    dunning_excluded = peewee.BooleanField(default=False)  # AR-7
    in_collections = peewee.BooleanField(default=False)
    # A code: warehouses lie above, and may be renamed or closed without asking their customers.
    default_warehouse = peewee.TextField(null=True)
    search_text = peewee.TextField()
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant(index=True)
    deleted_at = Instant(null=True)


# Holds what the list filters by, so that its total is counted from the index alone; and the name,
# without which its order is not read from the index alone.
Party.add_index(
    peewee.SQL(
        f'CREATE INDEX IF NOT EXISTS "party_listed" ON "party" (({folded("name")}), id) '
        'INCLUDE (name, code, group_code, province, salesperson, credit_hold, created_at, '
        'updated_at) WHERE is_customer AND deleted_at IS NULL'
    )
)
Party.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "party_search" ON "party" '
        'USING gin (search_text public.gin_trgm_ops) WITH (fastupdate = off)'
    )
)
Party.add_index(peewee.SQL('CREATE INDEX IF NOT EXISTS "party_email" ON "party" (lower(email))'))
Party.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "party_website" ON "party" (lower(website)) '
        'WHERE website IS NOT NULL'
    )
)


class CustomerGroup(Model):
    """Groups and price tiers that customers were put into; unknown ones are created (CUS-2)."""

    kind = peewee.TextField()  # group, price_tier; series: see take_turn
    code = peewee.TextField()

    class Meta:
        indexes = ((('kind', 'code'), True),)
