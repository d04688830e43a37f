"""Dunning levels, letters and their lines; the aging of receivables day by day."""

import typing

import peewee

from karvo.customers.models import Party
from karvo.invoices.models import Document
from karvo.kit.columns import Cents, Instant
from karvo.kit.db import Model

#: What may become of a letter (AR-7); anything else is a Conflict.
TRANSITIONS: dict[str, set[str]] = {
    'draft': {'sent', 'cancelled'},
    'sent': {'resolved', 'cancelled'},
    'resolved': set(),
    'cancelled': set(),
}


class DunningLevel(Model):
    """A step of asking for money; a company without rows has the levels of `levels.json`."""

    level = peewee.IntegerField(unique=True)
    days = peewee.IntegerField()
    fee = Cents()
    sets_hold = peewee.BooleanField()
    is_collections = peewee.BooleanField()
    name_fr = peewee.TextField()
    name_en = peewee.TextField()
    text_fr = peewee.TextField()
    text_en = peewee.TextField()


class Dunning(Model):
    """A letter to one customer about all his overdue invoices, proposed on `run_on` (AR-7)."""

    party_id: int
    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    party = peewee.ForeignKeyField(Party, index=False)  # dunning_once serves
    run_on = peewee.DateField()
    state = peewee.TextField()
    level = peewee.IntegerField()
    name_fr = peewee.TextField()
    name_en = peewee.TextField()
    text_fr = peewee.TextField()
    text_en = peewee.TextField()
    currency = peewee.TextField()
    total = Cents()
    fee = Cents()
    interest = Cents()
    sets_hold = peewee.BooleanField()
    is_collections = peewee.BooleanField()
    sent_at = Instant(null=True)
    sent_on = peewee.DateField(null=True)
    sent_to = peewee.TextField(null=True)
    resolved_at = Instant(null=True)
    cancelled_at = Instant(null=True)
    reason = peewee.TextField(null=True)
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant(index=True)


Dunning.add_index(
    peewee.SQL('CREATE UNIQUE INDEX IF NOT EXISTS "dunning_once" ON "dunning" (party_id, run_on)')
)
# Holds what the list filters by, so that its total is counted from the index alone.
Dunning.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "dunning_listed" ON "dunning" (run_on, id) '
        'INCLUDE (state, level, total)'
    )
)
Dunning.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "dunning_unsettled" ON "dunning" (id) '
        "WHERE state IN ('draft', 'sent')"
    )
)


class DunningLine(Model):
    """An invoice of a letter; `level` is its own, by its days past due."""

    document_id: int
    dunning = peewee.ForeignKeyField(Dunning, on_delete='CASCADE')
    document = peewee.ForeignKeyField(Document)
    number: typing.Any = peewee.TextField()
    date = peewee.DateField()
    due_date = peewee.DateField()
    days = peewee.IntegerField()
    level = peewee.IntegerField()
    total = Cents()
    balance = Cents()


class AgingTotal(Model):
    """That the aging of a day was taken, and its sums."""

    day = peewee.DateField(unique=True)
    currency = peewee.TextField()
    customers = peewee.IntegerField()
    current = Cents()
    days_30 = Cents()
    days_60 = Cents()
    days_90 = Cents()
    days_90_plus = Cents()
    total = Cents()
    disputed = Cents()
    unapplied_credits = Cents()
    net = Cents()
    invoice_count = peewee.IntegerField()
    taken_at = Instant()

    class Meta:
        table_name = 'ar_aging_total'


AgingTotal.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "ar_aging_total_listed" ON "ar_aging_total" (day, id) '
        'INCLUDE (taken_at)'
    )
)


class AgingSnapshot(Model):
    """What one customer owed on a day, by days past due (AR-2)."""

    day = peewee.DateField()
    party = peewee.ForeignKeyField(Party, index=False)
    current = Cents()
    days_30 = Cents()
    days_60 = Cents()
    days_90 = Cents()
    days_90_plus = Cents()
    total = Cents()
    disputed = Cents()
    unapplied_credits = Cents()
    net = Cents()
    oldest_due_date = peewee.DateField(null=True)
    invoice_count = peewee.IntegerField()

    class Meta:
        table_name = 'ar_aging_snapshot'
        indexes = ((('party', 'day'), True),)
