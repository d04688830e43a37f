"""Quotes and their lines."""

import typing

import peewee

from karvo.customers.models import Party
from karvo.invoices.models import Document
from karvo.kit.columns import Cents, Fine, Instant, Json, Rate
from karvo.kit.db import Model

#: What may become of a quote (domain §16); anything else is a Conflict. Sent again is a revision.
TRANSITIONS: dict[str, set[str]] = {
    'draft': {'sent', 'accepted', 'declined', 'expired', 'deleted'},
    'sent': {'sent', 'draft', 'accepted', 'declined', 'expired'},
    'accepted': {'converted', 'declined'},
    'declined': set(),
    'expired': set(),
    'converted': set(),
}
OPEN = ('draft', 'sent')  #: those that a day ends


class Quote(Model):
    """An offer at prices that hold until `valid_until`, that day included."""

    party_id: int
    invoice_id: int | None
    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    number = peewee.TextField(null=True, unique=True)
    number_year = peewee.IntegerField(null=True)
    number_value = peewee.BigIntegerField(null=True)
    party = peewee.ForeignKeyField(Party, index=False)  # sales_quote_of_party serves
    customer_code = peewee.TextField()
    customer_name = peewee.TextField()
    status = peewee.TextField()
    revision = peewee.IntegerField(default=1)
    date = peewee.DateField()
    valid_until = peewee.DateField()
    currency = peewee.TextField()
    language = peewee.TextField()
    subtotal = Cents()
    discount_total = Cents()
    tax_total = Cents()
    total = Cents()
    taxes: typing.Any = Json()  # as the invoice would bear them that day
    ship_to = Json(null=True)
    reference = peewee.TextField(null=True)
    notes = peewee.TextField(null=True)
    metadata: typing.Any = Json()
    source = peewee.TextField()
    search_text = peewee.TextField()
    sent_at = Instant(null=True)
    accepted_at = Instant(null=True)
    accepted_by = peewee.TextField(null=True)
    accepted_how = peewee.TextField(null=True)  # staff, portal
    accepted_ip = peewee.TextField(null=True)
    accepted_signer = peewee.TextField(null=True)
    accepted_email = peewee.TextField(null=True)
    declined_at = Instant(null=True)
    declined_how = peewee.TextField(null=True)
    declined_reason = peewee.TextField(null=True)
    converted_at = Instant(null=True)
    # A draft invoice may be removed; the quote stays converted.
    invoice = peewee.ForeignKeyField(Document, null=True, index=False, on_delete='SET NULL')
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant(index=True)

    class Meta:
        table_name = 'sales_quote'
        constraints = [
            peewee.Check(
                'total >= 0 AND total = subtotal + tax_total AND valid_until >= date '
                'AND revision >= 1',
                'sales_quote_amounts',
            )
        ]


# Holds what the list filters and orders by, so that its total is counted from the index alone.
Quote.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "sales_quote_listed" ON "sales_quote" (date, id) '
        'INCLUDE (status, valid_until, total, party_id)'
    )
)
Quote.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "sales_quote_of_party" ON "sales_quote" (party_id, date, id) '
        'INCLUDE (status)'
    )
)
Quote.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "sales_quote_open" ON "sales_quote" (valid_until, id) '
        "WHERE status IN ('draft', 'sent')"
    )
)
Quote.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "sales_quote_invoice" ON "sales_quote" (invoice_id) '
        'WHERE invoice_id IS NOT NULL'
    )
)
Quote.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "sales_quote_search" ON "sales_quote" '
        'USING gin (search_text public.gin_trgm_ops) WITH (fastupdate = off)'
    )
)


class QuoteLine(Model):
    """A line at the price that was offered."""

    quote = peewee.ForeignKeyField(Quote, on_delete='CASCADE')
    position = peewee.IntegerField()
    product_id = peewee.BigIntegerField(null=True)
    sku = peewee.TextField(null=True)
    description = peewee.TextField()
    description_fr = peewee.TextField()
    kind = peewee.TextField()
    qty = Fine()
    uom = peewee.TextField()
    unit_price = Fine()
    discount_pct = peewee.DecimalField(max_digits=7, decimal_places=4)
    line_total = Cents()
    tax_code = peewee.TextField()
    pst_exempt = peewee.BooleanField()
    tax_rate = Rate(null=True)  # of the one tax that it bears, where it named one itself

    class Meta:
        table_name = 'sales_quote_line'
        constraints = [peewee.Check('qty > 0', 'sales_quote_line_qty')]


TABLES: list[type[peewee.Model]] = [Quote, QuoteLine]
#: Which rows carry the numbers of a series, for the number audit (G-5).
AUDITED = {
    'Q': '(SELECT number_value, number_year, status AS state FROM @sales_quote) d WHERE true'
}
