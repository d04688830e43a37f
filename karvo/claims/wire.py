"""se-erp/v2's shapes of claims."""

import datetime as dt
import typing

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.claims.schemas import (
    ClaimChange,
    ClaimRead,
    Kind,
    NewClaim,
    NewClaimLine,
    Priority,
    Resolution,
)
from karvo.claims.schemas import Status as ClaimStatus
from karvo.kit.fields import Id, Line, MoneyNotNegative, Note, Quantity, Short
from karvo.kit.links import Link, Links
from karvo.kit.paging import ListQuery

#: {domain field: wire field} of refusals.
FIELDS = {'customer': 'customer_code', 'invoice': 'invoice_no'}
LINKS = Links(
    collection='/claims',
    links=(
        Link(
            rel='customer',
            href='/customers/{customer_id}',
            batch='/customers?include={ids}',
            key='customer_id',
        ),
        Link(rel='invoice', href='/invoices/{invoice_id}'),
    ),
)
#: {status: (French, English)} (L-3)
STATUS_LABELS = {
    'open': ('Ouverte', 'Open'),
    'under_review': ('En examen', 'Under review'),
    'approved': ('Approuvée', 'Approved'),
    'rejected': ('Refusée', 'Rejected'),
    'resolved': ('Réglée', 'Resolved'),
    'closed': ('Fermée', 'Closed'),
}
Photo = typing.Annotated[str, Meta(min_length=1, max_length=2000)]
Photos = typing.Annotated[list[Photo], Meta(max_length=50)]


class ClaimLineIn(msgspec.Struct, kw_only=True):
    """So many of a product; `amount` with taxes, the invoice's own share when absent."""

    sku: typing.Annotated[str, Meta(min_length=1, max_length=64)]
    qty: Quantity
    amount: MoneyNotNegative | None = None
    description: Line | None = None


class ClaimIn(msgspec.Struct, kw_only=True):
    """A new claim; `amount_claimed` with taxes, what the lines come to when absent."""

    customer_code: Short
    type: Kind
    description: Note
    invoice_id: Id | None = None
    invoice_no: Short | None = None
    shipment_id: Id | None = None
    lines: list[ClaimLineIn] = []
    amount_claimed: MoneyNotNegative | None = None
    priority: Priority = 'normal'
    assigned_to: Line | None = None
    photos: Photos = []
    carrier_claim_no: Line | None = None


class ClaimChangeIn(msgspec.Struct, kw_only=True):
    """A change of a claim: absent = unchanged, null = cleared."""

    status: ClaimStatus | UnsetType = UNSET
    type: Kind | UnsetType = UNSET
    description: Note | UnsetType = UNSET
    lines: list[ClaimLineIn] | UnsetType = UNSET
    amount_claimed: MoneyNotNegative | UnsetType = UNSET
    amount_approved: MoneyNotNegative | None | UnsetType = UNSET
    resolution: Resolution | None | UnsetType = UNSET
    resolution_note: Note | None | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    assigned_to: Line | None | UnsetType = UNSET
    photos: Photos | UnsetType = UNSET
    carrier_claim_no: Line | None | UnsetType = UNSET


class ClaimQuery(ListQuery, kw_only=True):
    """Filters of the list; `date_from`, `date_to`: the days of opening."""

    status: Line | None = None
    type: Line | None = None
    customer_code: Short | None = None
    invoice_no: Short | None = None
    assigned_to: Line | None = None
    overdue: bool | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None


class ClaimOut(ClaimRead, kw_only=True):
    """A claim; `overdue` while nobody has resolved it by `due_at`."""

    status_label: str


def claim_out(row: ClaimRead, language: str) -> ClaimOut:
    """The wire's shape; the label in `language`, fr or en."""
    label = STATUS_LABELS[row.status][language != 'fr']
    return ClaimOut(**msgspec.structs.asdict(row), status_label=label)


def new_claim(body: ClaimIn) -> NewClaim:
    """The domain's words for it."""
    values = msgspec.structs.asdict(body)
    values['customer'] = values.pop('customer_code')
    values['invoice_number'] = values.pop('invoice_no')
    return NewClaim(**values | {'lines': new_lines(body.lines)})


def claim_change(body: ClaimChangeIn) -> ClaimChange:
    """The same for a change."""
    values = msgspec.structs.asdict(body)
    if body.lines is not UNSET:
        values['lines'] = new_lines(body.lines)
    return ClaimChange(**values)


def new_lines(lines: list[ClaimLineIn]) -> list[NewClaimLine]:
    return [NewClaimLine(**msgspec.structs.asdict(line)) for line in lines]
