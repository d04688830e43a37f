"""What Stripe sends, as far as it counts here (the API version of the pinned SDK); our events.

Amounts are whole numbers in the smallest unit, times are seconds since 1970.
"""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import Meta

from karvo.kit.events import Event
from karvo.kit.fields import Line

Texts = dict[str, typing.Any]
Minor = typing.Annotated[int, Meta(ge=-(10**13), le=10**13)]
Seconds = typing.Annotated[int, Meta(ge=0, le=10**11)]
StripeId = typing.Annotated[str, Meta(pattern=r'^[A-Za-z0-9_.:-]{1,255}(?!\n)$')]
Code = typing.Annotated[str, Meta(pattern=r'^[A-Za-z]{3}(?!\n)$')]


class Envelope(msgspec.Struct, kw_only=True):
    """An event without its object; the object is read by type."""

    id: StripeId
    type: StripeId
    object: str = 'event'
    created: typing.Any = 0
    livemode: bool | None = None
    account: StripeId | None = None
    api_version: typing.Annotated[str, Meta(max_length=64)] | None = None


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """A verified event: plain data, never the SDK's objects."""

    id: str
    type: str
    created: int
    livemode: bool
    object: Texts
    account: str = ''


class Person(msgspec.Struct, kw_only=True):
    """Who paid, as he told Stripe."""

    email: str | None = None
    name: str | None = None


class Session(msgspec.Struct, kw_only=True):
    """A checkout session."""

    id: StripeId
    mode: str = 'payment'
    payment_status: str = 'unpaid'
    status: str | None = None
    amount_total: Minor | None = None
    currency: Code | None = None
    payment_intent: StripeId | None = None
    customer: StripeId | None = None
    subscription: StripeId | None = None
    client_reference_id: str | None = None
    customer_details: Person | None = None
    metadata: Texts | None = None
    url: str | None = None
    expires_at: Seconds = 0
    created: Seconds = 0


class Intent(msgspec.Struct, kw_only=True):
    """A payment intent."""

    id: StripeId
    amount: Minor = 0
    amount_received: Minor | None = None  #: absent in the oldest versions of the API
    currency: Code
    latest_charge: StripeId | None = None
    receipt_email: str | None = None
    metadata: Texts | None = None
    created: Seconds = 0
    last_payment_error: Texts | None = None


class Charge(msgspec.Struct, kw_only=True):
    """A charge."""

    id: StripeId
    amount: Minor = 0
    amount_captured: Minor = 0
    amount_refunded: Minor = 0
    captured: bool = True
    paid: bool = True
    status: str = 'succeeded'
    currency: Code
    payment_intent: StripeId | None = None
    balance_transaction: StripeId | None = None
    billing_details: Person | None = None
    receipt_email: str | None = None
    metadata: Texts | None = None
    created: Seconds = 0


class RefundObject(msgspec.Struct, kw_only=True):
    """A refund."""

    id: StripeId
    amount: Minor
    currency: Code
    charge: StripeId | None = None
    payment_intent: StripeId | None = None
    status: str | None = None
    created: Seconds = 0


class BalanceTransaction(msgspec.Struct, kw_only=True):
    """A movement of the balance at Stripe: net = amount − fee."""

    id: StripeId
    amount: Minor
    fee: Minor = 0
    currency: Code
    created: Seconds = 0


class Dispute(msgspec.Struct, kw_only=True):
    """A payment that the customer contests at his bank."""

    id: StripeId
    amount: Minor
    currency: Code
    status: str
    reason: str = ''
    charge: StripeId | None = None
    payment_intent: StripeId | None = None
    balance_transactions: list[BalanceTransaction] = []
    evidence_details: Texts | None = None
    created: Seconds = 0


class Payout(msgspec.Struct, kw_only=True):
    """Money on its way from Stripe to the bank."""

    id: StripeId
    amount: Minor
    currency: Code
    arrival_date: Seconds = 0
    created: Seconds = 0
    failure_message: str | None = None


class AccountObject(msgspec.Struct, kw_only=True):
    """A connected account."""

    id: StripeId
    charges_enabled: bool = False
    payouts_enabled: bool = False
    livemode: bool | None = None
    metadata: Texts | None = None


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as any of its events tells it."""

    external_id: str  #: of the payment intent; of the charge where there is none
    charge_id: str = ''
    amount: int
    currency: str
    created: int
    email: str = ''
    name: str = ''
    metadata: Texts = {}


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """Where a payment belongs: an invoice, or else a customer."""

    customer: str
    invoice_id: int | None = None


class CheckoutAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Where the customer goes on after the payment page."""

    success_url: str
    cancel_url: str


class CheckoutLink(msgspec.Struct, kw_only=True):
    """A page on which one invoice can be paid; `amount` is its balance, in the books' currency."""

    invoice_id: int
    url: str
    expires_at: dt.datetime
    amount: Decimal
    currency: str


class Unmatched(msgspec.Struct, kw_only=True):
    """A payment that nobody could place, and why; `amount` in its own currency."""

    id: int
    external_id: str
    charge_id: str | None
    amount: Decimal
    currency: str
    email: str | None
    name: str | None
    reason: str
    received_at: dt.datetime
    metadata: msgspec.Raw
    created_at: dt.datetime
    updated_at: dt.datetime


class OwnAccount(msgspec.Struct, kw_only=True):
    """The company's account at Stripe, without its secrets."""

    mode: typing.Literal['own', 'connect']
    account_id: Line | None
    has_api_key: bool
    is_live: bool | None
    charges_enabled: bool | None
    payouts_enabled: bool | None
    is_active: bool
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class StripePaymentEvent(Event, frozen=True):
    """Something happened to a payment by Stripe that is not in the books."""

    resource = 'stripe_payment'


class PaymentFailed(StripePaymentEvent, frozen=True):
    """A customer's attempt to pay failed."""

    name = 'payment.failed'


class PaymentUnmatched(StripePaymentEvent, frozen=True):
    """Money came that nobody could place: GET /stripe/unmatched."""

    name = 'payment.unmatched'


class StripePayoutEvent(Event, frozen=True):
    """Money on its way from Stripe to the bank."""

    resource = 'stripe_payout'


class PayoutPaid(StripePayoutEvent, frozen=True):
    name = 'payout.paid'


class PayoutFailed(StripePayoutEvent, frozen=True):
    name = 'payout.failed'


class StripeAccountChanged(Event, frozen=True):
    """The company's account at Stripe was connected, changed or disconnected."""

    name = 'stripe.account_changed'
    resource = 'stripe_account'
