"""Cleaning contracts, their lines, visits, suspensions and settled periods."""

import typing

import peewee

from karvo.customers.models import Party
from karvo.invoices.models import Document
from karvo.kit.columns import Cents, Fine, Instant, Json
from karvo.kit.db import Model
from karvo.products.models import Product

#: What may become of a contract (domain §16); anything else is a Conflict.
TRANSITIONS: dict[str, set[str]] = {
    'draft': {'active'},
    'active': {'suspended', 'terminated', 'expired'},
    'suspended': {'active', 'terminated'},
    'expired': {'renewed'},
    'terminated': set(),
    'renewed': set(),
}
#: What may become of a visit (domain §16).
VISIT_TRANSITIONS: dict[str, set[str]] = {
    'scheduled': {'in_progress', 'completed', 'missed', 'cancelled'},
    'in_progress': {'completed'},
    'missed': {'scheduled'},
    'completed': set(),
    'cancelled': set(),
}


class CleaningContract(Model):
    """A contract. `billed_through` and `next_invoice_on` say how far its periods are settled."""

    party_id: int
    predecessor_id: int | None
    lines: typing.Any
    token: str = ''  #: stands for the number in events until it is taken
    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    number = peewee.TextField(null=True, unique=True)
    number_year = peewee.IntegerField(null=True)
    number_value = peewee.BigIntegerField(null=True)
    party = peewee.ForeignKeyField(Party)
    state = peewee.TextField(default='draft')
    name = peewee.TextField()
    site: typing.Any = Json()
    site_city = peewee.TextField(default='')  # folded, for filtering
    key_code = peewee.TextField(null=True)  # encrypted
    start_date = peewee.DateField()
    end_date = peewee.DateField(null=True)
    auto_renew = peewee.BooleanField(default=False)
    renewal_notice_days = peewee.IntegerField(default=60)
    billing = peewee.TextField(default='monthly')
    price_per_period = Cents(null=True)
    billing_day = peewee.IntegerField(default=1)
    indexation_pct = peewee.DecimalField(max_digits=7, decimal_places=4, default=0)
    indexation_month = peewee.IntegerField(null=True)
    priced_on = peewee.DateField()  # from when on the indexation counts
    currency = peewee.TextField()
    language = peewee.TextField()
    fr_version_delivered_at = Instant(null=True)  # L-2
    visit_time = peewee.TextField(default='08:00')
    po_reference = peewee.TextField(null=True)
    crew = peewee.TextField(null=True)
    notes = peewee.TextField(null=True)
    metadata = Json(default=dict)
    predecessor = peewee.ForeignKeyField('self', null=True, unique=True)
    total_value = Cents(default=0)
    billed_through = peewee.DateField(null=True)
    next_invoice_on = peewee.DateField(null=True)
    terminated_on = peewee.DateField(null=True)
    expiring_told = peewee.DateField(null=True)  # the end date that was announced
    reason = peewee.TextField(null=True)
    search_text = peewee.TextField()
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant(index=True)


# Holds what the list filters by, so that its total is counted from the index alone.
CleaningContract.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "cleaning_contract_listed" ON "cleaning_contract" '
        '(start_date, id) INCLUDE (state, end_date, name, site_city, total_value, created_at, '
        'updated_at)'
    )
)
CleaningContract.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "cleaning_contract_search" ON "cleaning_contract" '
        'USING gin (search_text public.gin_trgm_ops) WITH (fastupdate = off)'
    )
)
CleaningContract.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "cleaning_contract_due" ON "cleaning_contract" '
        '(next_invoice_on, id) WHERE next_invoice_on IS NOT NULL'
    )
)
CleaningContract.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "cleaning_contract_ending" ON "cleaning_contract" '
        "(end_date, id) WHERE state = 'active'"
    )
)


class CleaningLine(Model):
    """A task of a contract."""

    contract_id: int
    product_id: int | None
    contract = peewee.ForeignKeyField(CleaningContract, on_delete='CASCADE', backref='lines')
    position = peewee.IntegerField()
    task_fr = peewee.TextField()
    task_en = peewee.TextField()
    area = peewee.TextField(null=True)
    frequency = peewee.TextField()
    weekdays: typing.Any = Json(default=list)
    qty = Fine()
    unit_price = Fine()
    line_total = Cents()
    product = peewee.ForeignKeyField(Product, null=True)  # supplies that the price includes
    estimated_minutes = peewee.IntegerField(null=True)

    class Meta:
        indexes = ((('contract', 'position'), True),)


class CleaningSuspension(Model):
    """Days without service, both ends counted; `until` NULL = still so."""

    contract_id: int
    contract = peewee.ForeignKeyField(CleaningContract, on_delete='CASCADE')
    since = peewee.DateField()
    until = peewee.DateField(null=True)


class CleaningVisit(Model):
    """A row of the service log. `planned_on` is the day for which a frequency asked for it."""

    contract_id: int
    document_id: int | None
    uid = peewee.UUIDField(unique=True)
    contract = peewee.ForeignKeyField(CleaningContract)
    planned_on = peewee.DateField(null=True)
    date = peewee.DateField()  # of scheduled_at, in the company's time zone
    scheduled_at = Instant()
    state = peewee.TextField(default='scheduled')
    started_at = Instant(null=True)
    ended_at = Instant(null=True)
    employee = peewee.TextField(null=True)
    crew = peewee.TextField(null=True)
    tasks: typing.Any = Json(default=list)
    supplies: typing.Any = Json(default=list)
    photos: typing.Any = Json(default=list)
    customer_signature = peewee.TextField(null=True)
    quality_score = peewee.IntegerField(null=True)
    billable = peewee.BooleanField(default=True)
    document = peewee.ForeignKeyField(Document, null=True)
    note = peewee.TextField(null=True)
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant()

    class Meta:
        indexes = ((('contract', 'planned_on'), True), (('contract', 'scheduled_at'), False))


CleaningVisit.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "cleaning_visit_open" ON "cleaning_visit" (scheduled_at, id) '
        "WHERE state = 'scheduled'"
    )
)


class CleaningPeriod(Model):
    """A settled period: whatever is run again, it is invoiced once."""

    contract_id: int
    contract = peewee.ForeignKeyField(CleaningContract)
    period_start = peewee.DateField()
    period_end = peewee.DateField()
    days = peewee.IntegerField()  # of the whole billing period
    active_days = peewee.IntegerField()
    amount = Cents()  # before tax
    document = peewee.ForeignKeyField(Document, null=True)
    created_at = Instant()

    class Meta:
        indexes = ((('contract', 'period_start'), True),)
