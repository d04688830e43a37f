"""/tickets and /departments of api/v2."""

import datetime as dt
import typing

import msgspec
from msgspec import UNSET, UnsetType

from karvo.kit.actor import Actor
from karvo.kit.fields import Id, Line
from karvo.kit.http import Resource, endpoint, found
from plugins.billing_v2.dialect import dialect
from plugins.billing_v2.envelopes import Listed, ListQuery, One, listed, part_of, seconds
from plugins.billing_v2.wording import chosen, one_of, reversed_words
from plugins.crm.operations.tickets import change_ticket, open_ticket, reply_ticket
from plugins.crm.reads import list_tickets, read_departments, read_ticket
from plugins.crm.schemas import (
    AuthorKind,
    Body,
    Department,
    NewReply,
    NewTicket,
    Priority,
    Subject,
    TicketChange,
    TicketFilter,
    TicketMessage,
    TicketRead,
    TicketStatus,
)

WireStatus = typing.Literal['Open', 'Pending', 'Closed']
WirePriority = typing.Literal['Low', 'Medium', 'High', 'Urgent']
STATUSES: dict[WireStatus, TicketStatus] = {
    'Open': 'open',
    'Pending': 'pending',
    'Closed': 'closed',
}
PRIORITIES: dict[WirePriority, Priority] = {
    'Low': 'low',
    'Medium': 'medium',
    'High': 'high',
    'Urgent': 'urgent',
}
_STATUSES, _PRIORITIES = reversed_words(STATUSES), reversed_words(PRIORITIES)
StatusAsked = typing.Annotated[str, one_of('Open', 'Pending', 'Closed')]


class V2TicketIn(msgspec.Struct, kw_only=True):
    """A ticket and its first message, the customer's unless `author` says staff."""

    subject: Subject
    message: Body
    customer_id: Id | None = None
    department_id: Id = 1
    priority: WirePriority = 'Medium'
    author: AuthorKind = 'customer'


class V2TicketChange(msgspec.Struct, kw_only=True):
    """A change: absent = unchanged, null = cleared."""

    subject: Subject | UnsetType = UNSET
    department_id: Id | UnsetType = UNSET
    priority: WirePriority | UnsetType = UNSET
    status: WireStatus | UnsetType = UNSET
    assigned_to: Line | None | UnsetType = UNSET


class V2ReplyIn(msgspec.Struct, kw_only=True):
    """A message for the thread, staff's unless `author` says customer."""

    message: Body
    author: AuthorKind = 'staff'
    author_name: Line | None = None


class V2TicketQuery(ListQuery, kw_only=True):
    """`status` is Open, Pending or Closed, letter case aside; `search` is part of a number or a
    subject.
    """

    status: StatusAsked = ''
    department_id: Id | None = None
    customer_id: Id | None = None


class V2TicketOut(msgspec.Struct, kw_only=True):
    """A ticket; `messages_count` counts all of its thread."""

    id: int
    ticket_number: str
    customer_id: int | None
    customer: str | None
    subject: str
    department_id: int
    department: str
    priority: WirePriority
    status: WireStatus
    assigned_to: str | None
    messages_count: int
    closed_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime


class V2MessageOut(msgspec.Struct, kw_only=True):
    """A message of a thread."""

    id: int
    author: AuthorKind
    author_name: str
    message: str
    created_at: dt.datetime


class V2ThreadOut(V2TicketOut, kw_only=True):
    """A ticket with its thread, the oldest message first."""

    messages: list[V2MessageOut]


class V2DepartmentOut(msgspec.Struct, kw_only=True):
    """Who looks after a ticket."""

    id: int
    name: str
    name_fr: str


class Tickets(Resource):
    """All tickets."""

    dialect = dialect

    @endpoint(scope='tickets:read')
    def on_get(self, actor: Actor, query: V2TicketQuery) -> Listed[V2TicketOut]:
        """List tickets, the newest first."""
        status = chosen(query.status, STATUSES, 'status')
        wanted = TicketFilter(
            status=[status] if status else None,
            department_id=query.department_id,
            customer_id=query.customer_id,
            search=query.search or None,
        )
        rows, total = list_tickets(wanted, part_of(query))
        return listed([V2TicketOut(**_members(row)) for row in rows], total, query)

    @endpoint(scope='tickets:write', status=201)
    def on_post(self, actor: Actor, body: V2TicketIn) -> One[V2ThreadOut]:
        """Open a ticket with its first message."""
        new = NewTicket(
            subject=body.subject,
            message=body.message,
            customer_id=body.customer_id,
            department_id=body.department_id,
            priority=PRIORITIES[body.priority],
            author=body.author,
        )
        return _answer(open_ticket(new, actor=actor), 'Ticket created')


class Ticket(Resource):
    """One ticket."""

    dialect = dialect

    @endpoint(scope='tickets:read')
    def on_get(self, actor: Actor, id: int) -> One[V2ThreadOut]:
        """Get a ticket with all its messages."""
        return _answer(id)

    @endpoint(scope='tickets:write')
    def on_put(self, actor: Actor, id: int, body: V2TicketChange) -> One[V2ThreadOut]:
        """Update a ticket: close it, reopen it, assign it."""
        change = TicketChange(
            subject=body.subject,
            department_id=body.department_id,
            priority=UNSET if body.priority is UNSET else PRIORITIES[body.priority],
            status=UNSET if body.status is UNSET else STATUSES[body.status],
            assigned_to=body.assigned_to,
        )
        change_ticket(id, change, actor=actor)
        return _answer(id, 'Ticket updated')


class Replies(Resource):
    """What is written in a thread."""

    dialect = dialect

    @endpoint(scope='tickets:write', status=201)
    def on_post(self, actor: Actor, id: int, body: V2ReplyIn) -> One[V2ThreadOut]:
        """Reply: staff's makes the ticket Pending, a customer's opens it, also a closed one."""
        reply = NewReply(message=body.message, author=body.author, author_name=body.author_name)
        reply_ticket(id, reply, actor=actor)
        return _answer(id, 'Reply created')


class Departments(Resource):
    """Who looks after tickets."""

    dialect = dialect

    @endpoint(scope='tickets:read')
    def on_get(self, actor: Actor, query: ListQuery) -> Listed[V2DepartmentOut]:
        """List departments."""
        rows = [_department(row) for row in read_departments() if _has(row, query.search)]
        part = part_of(query)
        return listed(rows[part.offset : part.offset + part.limit], len(rows), query)


def _answer(ticket_id: int, message: str | UnsetType = UNSET) -> One[V2ThreadOut]:
    row = found(read_ticket(ticket_id), 'Ticket')
    messages = [_message(one) for one in row.messages]
    return One(data=V2ThreadOut(**_members(row), messages=messages), message=message)


def _members(row: TicketRead) -> dict[str, typing.Any]:
    return {
        'id': row.id,
        'ticket_number': row.number,
        'customer_id': row.customer_id,
        'customer': row.customer_name,
        'subject': row.subject,
        'department_id': row.department_id,
        'department': row.department_name_en,
        'priority': _PRIORITIES[row.priority],
        'status': _STATUSES[row.status],
        'assigned_to': row.assigned_to,
        'messages_count': row.messages_count,
        'closed_at': row.closed_at and seconds(row.closed_at),
        'created_at': seconds(row.created_at),
        'updated_at': seconds(row.updated_at),
    }


def _message(one: TicketMessage) -> V2MessageOut:
    return V2MessageOut(
        id=one.id,
        author=one.author,
        author_name=one.author_name,
        message=one.body,
        created_at=seconds(one.created_at),
    )


def _department(row: Department) -> V2DepartmentOut:
    return V2DepartmentOut(id=row.id, name=row.name_en, name_fr=row.name_fr)


def _has(row: Department, search: str) -> bool:
    """Whether a name holds the text, letter case aside."""
    return search.lower() in f'{row.name_en} {row.name_fr}'.lower()


routes: list[tuple[str, Resource]] = [
    ('/tickets', Tickets()),
    ('/tickets/{id:int}', Ticket()),
    ('/tickets/{id:int}/replies', Replies()),
    ('/departments', Departments()),
]
