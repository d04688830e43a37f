"""Claims and their lines."""

import typing

import peewee

from karvo.customers.models import Party
from karvo.invoices.models import Document
from karvo.kit.columns import Cents, Fine, Instant, Json
from karvo.kit.db import Model

#: What may become of a claim (domain §16); anything else is a Conflict.
TRANSITIONS: dict[str, set[str]] = {
    'open': {'under_review', 'rejected'},
    'under_review': {'approved', 'rejected'},
    'approved': {'resolved'},
    'rejected': {'closed'},
    'resolved': {'closed'},
    'closed': {'under_review'},
}
#: Those that somebody still has to answer (CLM-3, overdue).
PENDING = ('open', 'under_review', 'approved')


class Claim(Model):
    """A complaint. `resolved_at` says that its resolution was executed, which happens once."""

    party_id: int
    document_id: int | None
    credit_note_id: int | None
    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    number = peewee.TextField(null=True, unique=True)
    number_year = peewee.IntegerField(null=True)
    number_value = peewee.BigIntegerField(null=True)
    party = peewee.ForeignKeyField(Party)
    document = peewee.ForeignKeyField(Document, null=True)
    shipment_id = peewee.BigIntegerField(null=True)
    type = peewee.TextField()
    description = peewee.TextField()
    status = peewee.TextField()
    priority = peewee.TextField()
    amount_claimed = Cents()
    amount_approved = Cents(null=True)
    resolution = peewee.TextField(null=True)
    resolution_note = peewee.TextField(null=True)
    assigned_to = peewee.TextField(null=True)
    photos: typing.Any = Json(default=list)
    carrier_claim_no = peewee.TextField(null=True)
    credit_note = peewee.ForeignKeyField(Document, null=True)
    refunded = Cents(default=0)
    opened_at = Instant()
    due_at = Instant()
    resolved_at = Instant(null=True)
    closed_on = peewee.DateField(null=True)
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant(index=True)

    class Meta:
        constraints = [
            peewee.Check(
                'amount_claimed >= 0 AND amount_approved >= 0 '
                'AND amount_approved <= amount_claimed AND refunded >= 0',
                'claim_amounts',
            )
        ]


# Holds what the list filters and orders by, so that its total is counted from the index alone.
Claim.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "claim_listed" ON "claim" (status, due_at, id) '
        'INCLUDE (type, assigned_to, amount_claimed, number, opened_at)'
    )
)


class ClaimLine(Model):
    """What of a product is claimed; `amount` with taxes."""

    claim = peewee.ForeignKeyField(Claim, on_delete='CASCADE')
    position = peewee.IntegerField()
    product_id = peewee.BigIntegerField(null=True)
    sku = peewee.TextField()
    description = peewee.TextField()
    qty = Fine()
    amount = Cents(null=True)

    class Meta:
        constraints = [peewee.Check('qty > 0 AND amount >= 0', 'claim_line_amounts')]
