"""Tickets: opened, answered, closed, reopened (V2-6)."""

import typing

import msgspec
from msgspec import UNSET

from karvo.customers.models import Party
from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, PreconditionFailed, invalid, missing, not_found
from karvo.kit.text import fold
from karvo.kit.work import Work, atomic
from karvo.settings.reads import business_date, read_settings
from plugins.crm.models import TICKET_TRANSITIONS, Ticket, TicketMessage
from plugins.crm.operations.departments import check_department
from plugins.crm.schemas import (
    AuthorKind,
    NewReply,
    NewTicket,
    TicketChange,
    TicketClosed,
    TicketCreated,
    TicketEvent,
    TicketReopened,
    TicketReplied,
    TicketStatus,
    TicketUpdated,
)

SHOWN = ('id', 'number', 'subject', 'department_id', 'priority', 'status') + (
    'assigned_to',
    'closed_at',
    'version',
)


def open_ticket(new: NewTicket, *, actor: Actor) -> int:
    """The id. Its number comes from the series TKT, its message is the first of the thread.

    Raises Missing (subject, message), Invalid (customer_id, department_id).
    """
    with atomic() as work:
        subject, body = _text(new.subject, 'subject'), _text(new.message, 'message')
        check_department(new.department_id)
        party = _party(new.customer_id)
        row = Ticket.create(
            uid=ids.uuid7(),
            key=ids.random_key(),
            party=party.id if party else None,
            subject=subject,
            department=new.department_id,
            priority=new.priority,
            assigned_to=new.assigned_to,
            search_text=fold(subject),
            created_at=work.at,
            updated_at=work.at,
        )
        first = _write(row, body, new.author, new.author_name, work, actor)
        year = business_date(read_settings()).year
        taken = work.take_number('TKT', year, 'crm_ticket', row.id, is_searched=True)
        shown = {'number': taken.token, 'message': _shown(first)}
        _announce(TicketCreated, row, {}, work, actor, **shown)
    return row.id


def change_ticket(
    ticket_id: int, change: TicketChange, *, actor: Actor, version: int | None = None
) -> None:
    """Merge the change into the row (G-10); a status that it has already is no change.

    Raises NotFound, PreconditionFailed, Missing (subject), Invalid (department_id), Conflict for a
    step that domain §16 does not know.
    """
    given = {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}
    with atomic() as work:
        row = locked_ticket(ticket_id, version)
        if 'subject' in given:
            given['subject'] = _text(given['subject'], 'subject')
        if 'department_id' in given:
            check_department(given['department_id'])
        values = {name: value for name, value in given.items() if getattr(row, name) != value}
        status = values.get('status')
        if status:
            _check_step(row, status)
        if values:
            _save(row, values, _kind_of(row, status), work, actor)


def reply_ticket(
    ticket_id: int, reply: NewReply, *, actor: Actor, version: int | None = None
) -> int:
    """The message's id. Staff's makes the ticket pending, a customer's opens it, also a closed one.

    Raises Missing (message), NotFound, PreconditionFailed, Conflict when staff answers a closed
    ticket (it is reopened first).
    """
    with atomic() as work:
        row = locked_ticket(ticket_id, version)
        body = _text(reply.message, 'message')
        status: TicketStatus = 'open' if reply.author == 'customer' else 'pending'
        if status != row.status:
            _check_step(row, status)
        message = _write(row, body, reply.author, reply.author_name, work, actor)
        was_closed = row.status == 'closed'
        _save(row, {'status': status}, TicketReplied, work, actor, message=_shown(message))
        if was_closed:
            _announce(TicketReopened, row, {'status': 'closed'}, work, actor)
    return message.id


def close_ticket(ticket_id: int, *, actor: Actor, version: int | None = None) -> None:
    """Raises Conflict when it is closed, NotFound, PreconditionFailed."""
    _move(ticket_id, 'closed', actor, version)


def reopen_ticket(ticket_id: int, *, actor: Actor, version: int | None = None) -> None:
    """A closed ticket is open again. Raises Conflict when it is not closed, NotFound,
    PreconditionFailed.
    """
    with atomic():
        if locked_ticket(ticket_id, version).status != 'closed':
            raise Conflict('the ticket is not closed')
        _move(ticket_id, 'open', actor, version)


def locked_ticket(ticket_id: int, version: int | None = None) -> Ticket:
    """The row, locked; raises NotFound, PreconditionFailed."""
    row = Ticket.select().where(Ticket.id == ticket_id).for_update().get_or_none()
    if row is None:
        raise not_found('Ticket')
    if version is not None and version != row.version:
        raise PreconditionFailed(f'the ticket is at version {row.version}')
    return row


def _move(ticket_id: int, status: TicketStatus, actor: Actor, version: int | None) -> None:
    with atomic() as work:
        row = locked_ticket(ticket_id, version)
        _check_step(row, status)
        _save(row, {'status': status}, _kind_of(row, status), work, actor)


def _check_step(row: Ticket, status: TicketStatus) -> None:
    if status not in TICKET_TRANSITIONS[row.status]:
        raise Conflict(f'a ticket that is {row.status} cannot become {status}')


def _kind_of(row: Ticket, status: str | None) -> type[TicketEvent]:
    if status == 'closed':
        return TicketClosed
    return TicketReopened if status and row.status == 'closed' else TicketUpdated


def _text(text: str, field: str) -> str:
    if not text.strip():
        raise missing(field)
    return text.strip()


def _party(customer_id: int | None) -> Party | None:
    if customer_id is None:
        return None
    living = Party.is_customer & Party.deleted_at.is_null()
    party = Party.get_or_none((Party.id == customer_id) & living)
    if party is None:
        raise invalid(customer_id='not found')
    return party


def _write(
    row: Ticket, body: str, author: AuthorKind, name: str | None, work: Work, actor: Actor
) -> TicketMessage:
    customer = row.party.name if row.party else ''
    own = customer if author == 'customer' else actor.name
    return TicketMessage.create(
        uid=ids.uuid7(),
        ticket=row.id,
        author=author,
        author_name=(name or '').strip() or own or author,
        body=body,
        created_at=work.at,
    )


def _shown(message: TicketMessage) -> dict[str, typing.Any]:
    shown = {'id': message.id, 'author': message.author}
    return shown | {'author_name': message.author_name, 'body': message.body}


def _save(
    row: Ticket,
    values: dict[str, typing.Any],
    kind: type[TicketEvent],
    work: Work,
    actor: Actor,
    **more: typing.Any,
) -> None:
    if 'status' in values:
        values = values | {'closed_at': work.at if values['status'] == 'closed' else None}
    previous = {name: getattr(row, name) for name in values if getattr(row, name) != values[name]}
    for name, value in values.items():
        setattr(row, name, value)
    row.search_text = fold(row.number, row.subject)
    row.version, row.updated_at = row.version + 1, work.at
    row.save()
    _announce(kind, row, previous, work, actor, **more)


def _announce(
    kind: type[TicketEvent],
    row: Ticket,
    previous: dict[str, typing.Any],
    work: Work,
    actor: Actor,
    **more: typing.Any,
) -> None:
    shot = {name: getattr(row, name) for name in SHOWN}
    shot |= {'customer_id': row.party_id, 'message': None} | more
    work.record(kind(id=row.id, uid=str(row.uid), object=shot, previous=previous), actor)
