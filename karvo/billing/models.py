"""Payments and allocations. A balance is its document's total less its allocations, always."""

import typing

import peewee

from karvo.customers.models import Party
from karvo.invoices.models import Document
from karvo.kit.columns import Cents, Instant, Json
from karvo.kit.db import Model
from karvo.kit.folded import folded


class Payment(Model):
    """Money received from a customer. `unallocated` is the part no invoice has taken."""

    party_id: int
    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    state = peewee.TextField()  # posted, void
    number = peewee.TextField(null=True, unique=True)
    number_year = peewee.IntegerField(null=True)
    number_value = peewee.BigIntegerField(null=True)
    party = peewee.ForeignKeyField(Party)
    date = peewee.DateField()
    amount = Cents()
    unallocated = Cents()
    currency = peewee.TextField()
    method = peewee.TextField()
    reference = peewee.TextField(null=True)
    notes = peewee.TextField(null=True)
    external_id = peewee.TextField(null=True, unique=True)
    metadata = Json()
    is_balance_update = peewee.BooleanField(default=False)
    is_reconciled = peewee.BooleanField(default=False)
    voided_on = peewee.DateField(null=True)
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant(index=True)

    class Meta:
        constraints = [
            peewee.Check(
                'amount > 0 AND unallocated >= 0 AND unallocated <= amount', 'payment_amounts'
            )
        ]


# Holds what the list filters by, so that its total is counted from the index alone.
Payment.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "payment_listed" ON "payment" (date, id) '
        'INCLUDE (state, method, amount)'
    )
)
Payment.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "payment_search" ON "payment" '
        f'USING gin ({folded("number", "reference", "notes")} public.gin_trgm_ops) '
        'WITH (fastupdate = off)'
    )
)
Payment.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "payment_numbered" ON "payment" (number_year, number_value) '
        'INCLUDE (state) WHERE number_value IS NOT NULL'
    )
)
Payment.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "payment_unallocated" ON "payment" (party_id) '
        'INCLUDE (unallocated, date, id) WHERE unallocated > 0'
    )
)
Payment.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "payment_voided" ON "payment" (voided_on) '
        'WHERE voided_on IS NOT NULL'
    )
)


class Allocation(Model):
    """What a payment, credit note or write-off took off an invoice; undone by a negative one."""

    invoice_id: typing.Any
    kind = peewee.TextField()  # payment, credit, write_off
    payment = peewee.ForeignKeyField(Payment, null=True, index=False)
    credit_note = peewee.ForeignKeyField(Document, null=True, index=False)
    invoice = peewee.ForeignKeyField(Document)
    amount = Cents()
    date = peewee.DateField(index=True)
    created_at = Instant()


Allocation.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "allocation_payment" ON "allocation" (payment_id) '
        'WHERE payment_id IS NOT NULL'
    )
)
Allocation.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "allocation_credit_note" ON "allocation" (credit_note_id) '
        'WHERE credit_note_id IS NOT NULL'
    )
)


class Refund(Model):
    """Money of a payment that its customer has back; undone by a negative one of the same name."""

    payment_id: int
    uid = peewee.UUIDField(unique=True)
    payment = peewee.ForeignKeyField(Payment)
    kind = peewee.TextField()  # refund, dispute
    amount = Cents()
    date = peewee.DateField(index=True)
    reference = peewee.TextField(null=True)
    created_at = Instant()

    class Meta:
        constraints = [peewee.Check('amount <> 0', 'refund_amount')]
