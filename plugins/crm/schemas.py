"""Shapes of leads, tickets and departments."""

import datetime as dt
import typing

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.customers.schemas import CustomerChange, Email
from karvo.kit.events import Event
from karvo.kit.fields import Line, Metadata, Note, Short

LeadStatus = typing.Literal['new', 'contacted', 'qualified', 'converted', 'lost']
TicketStatus = typing.Literal['open', 'pending', 'closed']
Priority = typing.Literal['low', 'medium', 'high', 'urgent']
AuthorKind = typing.Literal['staff', 'customer']
Subject = typing.Annotated[str, Meta(min_length=1, max_length=200)]
Body = typing.Annotated[str, Meta(min_length=1, max_length=10_000)]


class LeadChange(msgspec.Struct, kw_only=True):
    """A lead as sent, new or changed: absent = unchanged, null = cleared (G-10)."""

    first_name: Line | None | UnsetType = UNSET
    last_name: Line | None | UnsetType = UNSET
    company: Line | None | UnsetType = UNSET
    email: Email | None | UnsetType = UNSET
    phone: Short | None | UnsetType = UNSET
    source: Line | None | UnsetType = UNSET
    owner: Line | None | UnsetType = UNSET
    notes: Note | None | UnsetType = UNSET
    metadata: Metadata | None | UnsetType = UNSET


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """How a lead becomes a customer: a new one, unless `customer_id` names who it is already.

    `is_matched`: an existing customer of the same e-mail, else of the same name, is taken instead
    of making another, as Arkan's conversion has it. What `customer` says wins over what the lead
    says of a new one.
    """

    customer_id: int | None = None
    is_matched: bool = False
    customer: CustomerChange | None = None


class LeadFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which leads; None = all. `search`: part of a name, a company, an address or a phone."""

    status: list[str] | None = None
    search: str | None = None
    email: str | None = None
    source: str | None = None
    owner: str | None = None
    updated_since: dt.datetime | None = None


class LeadRead(msgspec.Struct, kw_only=True):
    """A lead as read; `customer_id` is the customer that it became."""

    id: int
    uid: str
    key: str
    first_name: str | None
    last_name: str | None
    company: str | None
    email: str | None
    phone: str | None
    source: str | None
    owner: str | None
    notes: str | None
    status: LeadStatus
    lost_reason: str | None
    customer_id: int | None
    customer_code: str | None
    converted_at: dt.datetime | None
    metadata: dict[str, typing.Any]
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class Department(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks after a ticket."""

    id: int
    name_fr: str
    name_en: str


class NewTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket and the first message of its thread; the first department unless another is named.

    `author_name`: the customer's own, or the actor's for staff, where nobody says otherwise.
    """

    subject: Subject
    message: Body
    customer_id: int | None = None
    department_id: int = 1
    priority: Priority = 'medium'
    assigned_to: Line | None = None
    author: AuthorKind = 'customer'
    author_name: Line | None = None


class TicketChange(msgspec.Struct, kw_only=True):
    """A change of a ticket: absent = unchanged, null = cleared (G-10)."""

    subject: Subject | UnsetType = UNSET
    department_id: int | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    assigned_to: Line | None | UnsetType = UNSET
    status: TicketStatus | UnsetType = UNSET


class NewReply(msgspec.Struct, frozen=True, kw_only=True):
    """A message for the thread of a ticket."""

    message: Body
    author: AuthorKind = 'staff'
    author_name: Line | None = None


class TicketFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which tickets; None = all. `search`: part of the number or the subject."""

    status: list[str] | None = None
    priority: list[str] | None = None
    department_id: int | None = None
    customer_id: int | None = None
    assigned_to: str | None = None
    search: str | None = None
    updated_since: dt.datetime | None = None


class TicketMessage(msgspec.Struct, kw_only=True):
    """One message of a thread."""

    id: int
    uid: str
    author: AuthorKind
    author_name: str
    body: str
    created_at: dt.datetime


class TicketRead(msgspec.Struct, kw_only=True):
    """A ticket as read in a list."""

    id: int
    uid: str
    key: str
    number: str
    customer_id: int | None
    customer_code: str | None
    customer_name: str | None
    subject: str
    department_id: int
    department_name_fr: str
    department_name_en: str
    priority: Priority
    status: TicketStatus
    assigned_to: str | None
    closed_at: dt.datetime | None
    messages_count: int
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class TicketThread(TicketRead, kw_only=True):
    """A ticket with all its messages, the oldest first."""

    messages: list[TicketMessage]


class LeadEvent(Event, frozen=True):
    """Something happened to a lead."""

    resource = 'lead'


class LeadCreated(LeadEvent, frozen=True):
    name = 'lead.created'


class LeadUpdated(LeadEvent, frozen=True):
    name = 'lead.updated'


class LeadConverted(LeadEvent, frozen=True):
    name = 'lead.converted'


class LeadLost(LeadEvent, frozen=True):
    name = 'lead.lost'


class LeadDeleted(LeadEvent, frozen=True):
    name = 'lead.deleted'


class TicketEvent(Event, frozen=True):
    """Something happened to a ticket; `message` in the object is what was written, if it was."""

    resource = 'ticket'


class TicketCreated(TicketEvent, frozen=True):
    name = 'ticket.created'


class TicketUpdated(TicketEvent, frozen=True):
    name = 'ticket.updated'


class TicketReplied(TicketEvent, frozen=True):
    name = 'ticket.replied'


class TicketClosed(TicketEvent, frozen=True):
    name = 'ticket.closed'


class TicketReopened(TicketEvent, frozen=True):
    name = 'ticket.reopened'
