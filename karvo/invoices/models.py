"""Documents (invoices and credit notes in one table) and their lines."""

import peewee

from karvo.customers.models import Party
from karvo.kit.columns import Cents, Fine, Instant, Json, Rate
from karvo.kit.db import Model

#: What may become of a document (domain §16); anything else is a Conflict.
TRANSITIONS = {
    'draft': {'posted', 'deleted'},
    'posted': {'void', 'written_off'},
    'written_off': {'posted'},
    'void': set[str](),
}


class Document(Model):
    """An invoice or a credit note. Posted ones are frozen but for what G-6 lists."""

    party_id: int
    original_id: int | None
    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    type = peewee.TextField()  # invoice, credit_note
    state = peewee.TextField()
    number = peewee.TextField(null=True)
    number_year = peewee.IntegerField(null=True)
    number_value = peewee.BigIntegerField(null=True)
    party = peewee.ForeignKeyField(Party, index=False)  # document_of_party serves
    customer_code = peewee.TextField()
    customer_name = peewee.TextField()
    customer = Json()  # the party as it was (G-15)
    date = peewee.DateField()
    due_date = peewee.DateField()
    payment_terms = peewee.TextField()
    currency = peewee.TextField()
    fx_rate = peewee.DecimalField(max_digits=18, decimal_places=8, default=1)
    subtotal = Cents()
    discount_total = Cents()
    tax_total = Cents()
    total = Cents()
    balance = Cents()
    tax_source = peewee.TextField()  # computed, client
    language = peewee.TextField()
    ship_to = Json(null=True)
    supply_country = peewee.TextField()
    supply_province = peewee.TextField()
    po_reference = peewee.TextField(null=True)
    notes = peewee.TextField(null=True)
    metadata = Json()
    source = peewee.TextField()
    reason = peewee.TextField(null=True)
    original = peewee.ForeignKeyField('self', null=True, index=False)
    is_disputed = peewee.BooleanField(default=False)
    promise_to_pay = peewee.DateField(null=True)  # no letter asks for it until then (AR-7)
    salesperson = peewee.TextField(null=True)
    search_text = peewee.TextField()
    sent_at = Instant(null=True)
    posted_at = Instant(null=True)
    voided_on = peewee.DateField(null=True)
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant(index=True)
    deleted_at = Instant(null=True)
    tps = Cents()
    tvq = Cents()
    tvh = Cents()
    tvp = Cents()
    taxes = peewee.TextField()  # exact JSON (karvo.invoices.taxed); numbers of Json become floats
    tax_details = peewee.TextField()
    # Exact JSON too (karvo.invoices.settled).
    payments = peewee.TextField(default='[]', constraints=[peewee.SQL("DEFAULT '[]'")])
    credits = peewee.TextField(default='[]', constraints=[peewee.SQL("DEFAULT '[]'")])
    # Something was shipped, backordered or claimed of it, now or ever (operations.attached).
    has_attached = peewee.BooleanField(default=False, constraints=[peewee.SQL('DEFAULT FALSE')])

    class Meta:
        constraints = [
            peewee.Check(
                'total >= 0 AND balance >= 0 AND balance <= total AND total = subtotal + tax_total',
                'document_amounts',
            ),
            peewee.Check('tax_total = tps + tvq + tvh + tvp', 'document_taxes'),
        ]


Document.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX IF NOT EXISTS "document_number" ON "document" (type, upper(number))'
    )
)
Document.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "document_of_party" ON "document" (party_id, type, date, id) '
        'INCLUDE (deleted_at)'
    )
)
# Lists: in order by date, and counted without the rows whatever the usual filters. Deleted ones are
# in it: some dialects show what was voided.
Document.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "document_listed" ON "document" (type, date, id) '
        'INCLUDE (state, due_date, total, balance, source, customer_code, deleted_at, sent_at)'
    )
)
Document.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "document_numbered" ON "document" '
        '(type, number_year, number_value) WHERE number_value IS NOT NULL'
    )
)
Document.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "document_original" ON "document" (original_id) '
        'WHERE original_id IS NOT NULL'
    )
)
Document.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "document_po_reference" ON "document" (po_reference) '
        'WHERE po_reference IS NOT NULL'
    )
)
Document.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "document_voided" ON "document" (voided_on) '
        'WHERE voided_on IS NOT NULL'
    )
)
# Aging reads nothing but this.
Document.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "document_open" ON "document" (type, party_id, due_date) '
        "INCLUDE (balance, date, is_disputed, id) WHERE balance > 0 AND state = 'posted'"
    )
)
# Words enter it a batch at a time: one by one they are a sixth of what recording an invoice costs.
# A search reads what waits, 64 kB at most; with the usual 4 MB the planner would give the index up.
Document.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "document_search" ON "document" '
        'USING gin (search_text public.gin_trgm_ops) '
        'WITH (fastupdate = on, gin_pending_list_limit = 64)'
    )
)


class DocumentLine(Model):
    """A line with everything it was posted with (G-15)."""

    document = peewee.ForeignKeyField(Document, on_delete='CASCADE', index=False)
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
    account = peewee.TextField()
    cost = Fine()
    tax_rate = Rate(null=True)  # of the one tax that it bears, where it named one itself

    class Meta:
        indexes = ((('document', 'position'), False),)


DocumentLine.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "document_line_sku" '
        'ON "document_line" (upper(sku), document_id) WHERE sku IS NOT NULL'
    )
)
DocumentLine.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "document_line_product" '
        'ON "document_line" (product_id) WHERE product_id IS NOT NULL'
    )
)


class OverdueNotice(Model):
    """That an invoice was announced as overdue, and for which due date: once, until it moves."""

    document_id: int
    document = peewee.ForeignKeyField(Document, unique=True, on_delete='CASCADE')
    due_date = peewee.DateField()
    announced_at = Instant()
