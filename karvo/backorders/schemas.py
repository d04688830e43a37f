"""Shapes of backorders. Quantities in the product's unit."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.kit.events import Event

State = typing.Literal['open', 'allocated', 'fulfilled', 'cancelled']
Priority = typing.Annotated[int, Meta(ge=1, le=9)]


class NewBackorder(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer waits for (BO-1). With an invoice: what of it is not shipped."""

    customer: str | None = None
    sku: str | None = None
    qty: Decimal | None = None
    invoice_id: int | None = None
    invoice_number: str | None = None
    warehouse: str | None = None
    priority: int = 5
    expected_date: dt.date | None = None
    requested_date: dt.date | None = None
    reason: str | None = None
    po_number: str | None = None
    notes: str | None = None
    #: open, or over already: history of another system, for which no stock moves
    status: typing.Literal['open', 'fulfilled', 'cancelled'] = 'open'


class Shortage(msgspec.Struct, frozen=True, kw_only=True):
    """What a shipment could not take of a line."""

    party_id: int
    product_id: int | None
    sku: str
    description: str
    qty: Decimal
    document_id: int | None
    document_line_id: int | None
    warehouse_id: int | None
    po_number: str | None = None
    reason: str | None = None


class BackorderChange(msgspec.Struct, kw_only=True):
    """A change: absent = unchanged, null = cleared (BO-2)."""

    status: State | UnsetType = UNSET
    qty: Decimal | UnsetType = UNSET
    priority: int | UnsetType = UNSET
    expected_date: dt.date | None | UnsetType = UNSET
    notes: str | None | UnsetType = UNSET
    po_number: str | None | UnsetType = UNSET
    reason: str | None = None  #: of a cancellation


class Cancellation(msgspec.Struct, frozen=True, kw_only=True):
    """Why; `create_credit` credits what was invoiced and will not come (BO-4)."""

    reason: str | None = None
    create_credit: bool = False


class BackorderEvent(Event, frozen=True):
    """Something happened to a backorder."""

    resource = 'backorder'


class BackorderCreated(BackorderEvent, frozen=True):
    """A customer waits for something."""

    name = 'backorder.created'


class BackorderUpdated(BackorderEvent, frozen=True):
    """A backorder changed, or its stock was given back."""

    name = 'backorder.updated'


class BackorderAllocated(BackorderEvent, frozen=True):
    """All of a backorder is reserved."""

    name = 'backorder.allocated'


class BackorderReady(BackorderEvent, frozen=True):
    """A backorder can be shipped; nothing ships by itself."""

    name = 'backorder.ready'


class BackorderFulfilled(BackorderEvent, frozen=True):
    """Nothing of a backorder is left to wait for."""

    name = 'backorder.fulfilled'


class BackorderCancelled(BackorderEvent, frozen=True):
    """The customer waits no longer."""

    name = 'backorder.cancelled'


class BackorderOverdue(BackorderEvent, frozen=True):
    """The expected date passed; once for each expected date."""

    name = 'backorder.overdue'
