"""Tables of a company's payments by Stripe. `stripe_effect` is the guard: each effect once."""

import peewee

from karvo.billing.models import Payment
from karvo.invoices.models import Document
from karvo.kit.columns import Cents, Instant, Json
from karvo.kit.db import Model

#: of a checkout; the later one wins, whatever order its events come in
CHECKOUT_STATES = ('making', 'open', 'stale', 'pending', 'expired', 'failed', 'paid')


class StripeAccount(Model):
    """What the company pays in through: one row, or none. Its key is encrypted and write-only."""

    name = peewee.TextField(unique=True)  # always 'main': at most one row
    mode = peewee.TextField()  # own, connect
    account_id = peewee.TextField(null=True)
    api_key = peewee.BlobField(null=True)
    is_live = peewee.BooleanField(null=True)
    charges_enabled = peewee.BooleanField(null=True)
    payouts_enabled = peewee.BooleanField(null=True)
    is_active = peewee.BooleanField(default=True)
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant()


class StripeCheckout(Model):
    """A payment page of an invoice. `uid` is the idempotency key under which it was asked for."""

    uid = peewee.UUIDField(unique=True)
    invoice = peewee.ForeignKeyField(Document, on_delete='CASCADE', index=False)
    invoice_id: int
    amount = Cents()
    state = peewee.TextField()
    session_id = peewee.TextField(null=True, unique=True)
    url = peewee.TextField(null=True)
    expires_at = Instant()
    created_at = Instant()


StripeCheckout.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX IF NOT EXISTS "stripe_checkout_offered" ON "stripe_checkout" '
        "(invoice_id) WHERE state IN ('making', 'open')"
    )
)
StripeCheckout.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "stripe_checkout_invoice" ON "stripe_checkout" (invoice_id, id)'
    )
)


class StripePayment(Model):
    """A payment at Stripe, by its payment intent, and what became of it in the books."""

    payment_id: int | None
    uid = peewee.UUIDField(unique=True)
    external_id = peewee.TextField(unique=True)
    charge_id = peewee.TextField(null=True, index=True)
    state = peewee.TextField()  # heard_of, booked, unmatched
    reason = peewee.TextField(default='')
    payment = peewee.ForeignKeyField(Payment, null=True, unique=True)
    amount = peewee.BigIntegerField(default=0)  # smallest units
    currency = peewee.TextField(default='')
    email = peewee.TextField(null=True)
    name = peewee.TextField(null=True)
    metadata = Json(default=dict)
    received_at = Instant()
    balance_transaction = peewee.TextField(null=True)  # where its fee is told
    is_fee_booked = peewee.BooleanField(default=False)
    #: what events said about refunds: see operations.refunds
    refunds = Json(default=dict)
    refunded_total = peewee.BigIntegerField(default=0)
    refunded_told = peewee.BigIntegerField(default=-1)
    refunded_booked = peewee.BigIntegerField(default=0)
    #: what events said about disputes: see operations.disputes
    disputes = Json(default=dict)
    created_at = Instant()
    updated_at = Instant()


# Few are unmatched at any time, whatever passed through.
StripePayment.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "stripe_payment_listed" ON "stripe_payment" '
        "(id) INCLUDE (updated_at, external_id, email) WHERE state = 'unmatched'"
    )
)
StripePayment.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "stripe_payment_fee_due" ON "stripe_payment" (id) '
        "WHERE state = 'booked' AND balance_transaction IS NOT NULL AND NOT is_fee_booked"
    )
)


class StripeEffect(Model):
    """Something that an event brings about once, however often and in whatever order it is told."""

    key = peewee.TextField(unique=True)  # 'fee:txn_…', 'payout:po_…', 'dispute:txn_…'
    state = peewee.TextField(default='')
    reason = peewee.TextField(default='')
    created_at = Instant()
    updated_at = Instant()
