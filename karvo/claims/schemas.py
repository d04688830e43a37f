"""Shapes of claims. Amounts in dollars with taxes, quantities in the product's unit."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from karvo.kit.events import Event

Kind = typing.Literal[
    'damaged',
    'short_shipment',
    'wrong_item',
    'defective',
    'late_delivery',
    'billing_error',
    'service',
    'other',
]
Status = typing.Literal['open', 'under_review', 'approved', 'rejected', 'resolved', 'closed']
Resolution = typing.Literal['credit_note', 'replacement', 'refund', 'repair', 'none']
Priority = typing.Literal['low', 'normal', 'high', 'urgent']


class NewClaimLine(msgspec.Struct, frozen=True, kw_only=True):
    """So many of a product; the amount is the invoice's own share unless said."""

    sku: str
    qty: Decimal
    amount: Decimal | None = None
    description: str | None = None


class NewClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A complaint of a customer, about an invoice or about none (CLM-1)."""

    customer: str
    type: Kind
    description: str
    invoice_id: int | None = None
    invoice_number: str | None = None
    shipment_id: int | None = None
    lines: list[NewClaimLine] = []
    amount_claimed: Decimal | None = None
    priority: Priority = 'normal'
    assigned_to: str | None = None
    photos: list[str] = []
    carrier_claim_no: str | None = None


class ClaimChange(msgspec.Struct, kw_only=True):
    """A change of a claim: absent = unchanged, null = cleared (G-10, CLM-2)."""

    status: Status | UnsetType = UNSET
    type: Kind | UnsetType = UNSET
    description: str | UnsetType = UNSET
    lines: list[NewClaimLine] | UnsetType = UNSET
    amount_claimed: Decimal | UnsetType = UNSET
    amount_approved: Decimal | None | UnsetType = UNSET
    resolution: Resolution | None | UnsetType = UNSET
    resolution_note: str | None | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    assigned_to: str | None | UnsetType = UNSET
    photos: list[str] | UnsetType = UNSET
    carrier_claim_no: str | None | UnsetType = UNSET


class InvoicedLine(msgspec.Struct, kw_only=True):
    """What an invoice holds of one SKU: `net` before tax."""

    product_id: int | None
    sku: str
    description: str
    qty: Decimal
    net: Decimal


class ClaimedInvoice(msgspec.Struct, kw_only=True):
    """The invoice that a claim is about; `credited` is what its credit notes gave back so far."""

    id: int
    number: str
    subtotal: Decimal
    total: Decimal
    credited: Decimal
    lines: list[InvoicedLine]


class ClaimLineRead(msgspec.Struct, kw_only=True):
    """A line as read."""

    id: int
    line_no: int
    product_id: int | None
    sku: str
    description: str
    qty: Decimal
    amount: Decimal | None


class ClaimRead(msgspec.Struct, kw_only=True):
    """A claim as read; `overdue` while nobody has resolved it by `due_at`."""

    id: int
    uid: str
    claim_no: str
    customer_id: int
    customer_code: str
    customer_name: str
    invoice_id: int | None
    invoice_no: str | None
    shipment_id: int | None
    type: Kind
    description: str
    lines: list[ClaimLineRead]
    amount_claimed: Decimal
    amount_approved: Decimal | None
    priority: Priority
    status: Status
    resolution: Resolution | None
    resolution_note: str | None
    assigned_to: str | None
    photos: list[str]
    carrier_claim_no: str | None
    credit_note_id: int | None
    credit_no: str | None
    refunded: Decimal
    replacement_shipment_id: int | None
    return_id: int | None
    opened_at: dt.datetime
    due_at: dt.datetime
    overdue: bool
    resolved_at: dt.datetime | None
    closed_on: dt.date | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class ClaimEvent(Event, frozen=True):
    """Something happened to a claim."""

    resource = 'claim'


class ClaimCreated(ClaimEvent, frozen=True):
    name = 'claim.created'


class ClaimUpdated(ClaimEvent, frozen=True):
    """Anything but the status changed."""

    name = 'claim.updated'


class ClaimUnderReview(ClaimEvent, frozen=True):
    name = 'claim.under_review'


class ClaimReopened(ClaimEvent, frozen=True):
    name = 'claim.reopened'


class ClaimApproved(ClaimEvent, frozen=True):
    name = 'claim.approved'


class ClaimRejected(ClaimEvent, frozen=True):
    name = 'claim.rejected'


class ClaimResolved(ClaimEvent, frozen=True):
    """Its resolution was executed, as happens once; a replacement is shipped by who hears this."""

    name = 'claim.resolved'


class ClaimClosed(ClaimEvent, frozen=True):
    name = 'claim.closed'
