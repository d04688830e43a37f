"""Tickets and their threads (V2-6, domain §16)."""

import typing

import pytest

from karvo.invoices.audit import audit_numbers
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, Invalid, Missing, NotFound, PreconditionFailed
from karvo.kit.paging import Slice
from plugins.crm import models
from plugins.crm.operations.tickets import (
    change_ticket,
    close_ticket,
    open_ticket,
    reopen_ticket,
    reply_ticket,
)
from plugins.crm.reads import list_tickets, read_departments, read_ticket
from plugins.crm.schemas import NewReply, NewTicket, TicketChange, TicketFilter, TicketThread
from tests.conftest import Api
from tests.payfiles.paid import together

STATUSES = ['open', 'pending', 'closed']
ALLOWED = {
    ('open', 'pending'),
    ('pending', 'open'),
    ('open', 'closed'),
    ('pending', 'closed'),
    ('closed', 'open'),
}


def opened(actor: Actor, status: str = 'open', **values: typing.Any) -> int:
    new = NewTicket(**{'subject': 'Leak', 'message': 'Two cans leaked'} | values)
    ticket = open_ticket(new, actor=actor)
    if status != 'open':
        change_ticket(ticket, TicketChange(status=typing.cast(typing.Any, status)), actor=actor)
    return ticket


def seen(ticket: int) -> TicketThread:
    found = read_ticket(ticket)
    assert found
    return found


def told(api: Api, kind: str) -> list[typing.Any]:
    return [e['data'] for e in api.get(f'/events?type={kind}').json['data']]


class TestDepartments:
    def test_there_are_three_before_and_after_the_first_ticket(self, actor: Actor) -> None:
        for _ in range(2):
            found = [(one.id, one.name_en) for one in read_departments()]
            assert found == [(1, 'Support'), (2, 'Billing'), (3, 'Sales')]
            opened(actor, department_id=3)

    def test_a_further_one_is_numbered_behind_them(self, actor: Actor) -> None:
        opened(actor)
        assert models.Department.create(name_fr='Achats', name_en='Purchasing').id == 4
        assert seen(opened(actor, department_id=4)).department_name_fr == 'Achats'

    def test_first_tickets_at_once(self, api: Api, actor: Actor) -> None:
        def run(_: int) -> int:
            with api.company():
                return opened(actor, department_id=2)

        made = together(4, run)
        assert sorted(seen(ticket).number[-4:] for ticket in made) == [
            '0001',
            '0002',
            '0003',
            '0004',
        ]
        assert len(read_departments()) == 3


class TestOpenTicket:
    def test_it_is_open_and_begins_its_thread(self, api: Api, actor: Actor) -> None:
        customer = api.post('/customers', {'name': 'Acme'}).json['id']
        ticket = opened(actor, customer_id=customer, department_id=2, priority='high')
        row = seen(ticket)
        assert row.number.startswith('TKT-') and row.number.endswith('-0001')
        assert (row.status, row.priority, row.department_name_en) == ('open', 'high', 'Billing')
        assert (row.customer_id, row.customer_name, row.closed_at) == (customer, 'Acme', None)
        [message] = row.messages
        assert (message.author, message.author_name) == ('customer', 'Acme')
        assert message.body == 'Two cans leaked'
        [event] = told(api, 'ticket.created')
        assert event['object']['number'] == row.number
        assert event['object']['customer_id'] == customer
        assert event['object']['message']['body'] == 'Two cans leaked'

    def test_without_a_customer_and_of_medium_priority(self, actor: Actor) -> None:
        row = seen(opened(actor, author='staff'))
        assert (row.customer_id, row.customer_name, row.priority) == (None, None, 'medium')
        assert (row.department_id, row.messages[0].author_name) == (1, 'Julie')

    @pytest.mark.parametrize(
        ('values', 'field', 'kind'),
        [
            ({'subject': ' '}, 'subject', Missing),
            ({'message': '\n'}, 'message', Missing),
            ({'department_id': 4}, 'department_id', Invalid),
            ({'customer_id': 77}, 'customer_id', Invalid),
        ],
    )
    def test_refusals_name_the_field(
        self, clerk: Actor, values: dict[str, typing.Any], field: str, kind: type[Invalid]
    ) -> None:
        before = models.Ticket.select().count()
        with pytest.raises(kind) as refusal:
            opened(clerk, **values)
        assert set(refusal.value.fields) == {field}
        assert models.Ticket.select().count() == models.TicketMessage.select().count() == before

    def test_a_refused_one_takes_no_number(self, actor: Actor) -> None:
        for department in (1, 9, 2):
            try:
                opened(actor, department_id=department)
            except Invalid:
                assert department == 9
        year = models.Ticket.select(models.Ticket.number_year).scalar()
        found = audit_numbers('TKT', year)
        assert (found.issued, found.next_value, found.unexplained) == (2, 3, [])


class TestChangeTicket:
    @pytest.mark.parametrize('before', STATUSES)
    @pytest.mark.parametrize('after', STATUSES)
    def test_only_the_steps_of_the_table(self, clerk: Actor, before: str, after: str) -> None:
        """Every pair; the status that it has already is no step."""
        ticket = opened(clerk, before)
        version = seen(ticket).version
        change = TicketChange(status=typing.cast(typing.Any, after))
        if before == after:
            change_ticket(ticket, change, actor=clerk)
            assert seen(ticket).version == version
        elif (before, after) in ALLOWED:
            change_ticket(ticket, change, actor=clerk)
            row = seen(ticket)
            assert row.status == after
            assert (row.closed_at is not None) == (after == 'closed')
        else:
            with pytest.raises(Conflict):
                change_ticket(ticket, change, actor=clerk)
            assert seen(ticket).status == before

    def test_what_is_absent_stays(self, api: Api, actor: Actor) -> None:
        ticket = opened(actor, assigned_to='Luc')
        change = TicketChange(subject='Fuite', priority='urgent', department_id=3, assigned_to=None)
        change_ticket(ticket, change, actor=actor, version=1)
        row = seen(ticket)
        assert (row.subject, row.priority, row.department_id) == ('Fuite', 'urgent', 3)
        assert (row.assigned_to, row.status, row.version) == (None, 'open', 2)
        [event] = told(api, 'ticket.updated')
        assert event['previous_attributes']['assigned_to'] == 'Luc'
        with pytest.raises(PreconditionFailed):
            change_ticket(ticket, change, actor=actor, version=1)

    def test_unknown_department(self, actor: Actor) -> None:
        with pytest.raises(Invalid) as refusal:
            change_ticket(opened(actor), TicketChange(department_id=9), actor=actor)
        assert set(refusal.value.fields) == {'department_id'}


class TestReplyTicket:
    @pytest.mark.parametrize(
        ('before', 'author', 'after'),
        [
            ('open', 'staff', 'pending'),
            ('pending', 'staff', 'pending'),
            ('open', 'customer', 'open'),
            ('pending', 'customer', 'open'),
            ('closed', 'customer', 'open'),
        ],
    )
    def test_whose_turn_it_is_afterwards(
        self, api: Api, actor: Actor, before: str, author: typing.Any, after: str
    ) -> None:
        ticket = opened(actor, before)
        reply = NewReply(message=' Hello ', author=author, author_name='Ana')
        message = reply_ticket(ticket, reply, actor=actor)
        row = seen(ticket)
        assert (row.status, row.closed_at, row.messages_count) == (after, None, 2)
        last = row.messages[-1]
        assert (last.id, last.body, last.author_name) == (message, 'Hello', 'Ana')
        [event] = told(api, 'ticket.replied')
        assert event['object']['message']['body'] == 'Hello'
        assert len(told(api, 'ticket.reopened')) == (before == 'closed')

    def test_staff_reopens_before_it_answers(self, actor: Actor) -> None:
        ticket = opened(actor, 'closed')
        with pytest.raises(Conflict):
            reply_ticket(ticket, NewReply(message='one more thing'), actor=actor)
        assert seen(ticket).messages_count == 1
        reopen_ticket(ticket, actor=actor)
        reply_ticket(ticket, NewReply(message='one more thing'), actor=actor)
        assert seen(ticket).messages[-1].author_name == 'Julie'

    def test_something_must_be_said(self, actor: Actor) -> None:
        ticket = opened(actor)
        with pytest.raises(Missing) as refusal:
            reply_ticket(ticket, NewReply(message=' '), actor=actor)
        assert set(refusal.value.fields) == {'message'}


class TestCloseAndReopen:
    def test_closed_once_and_opened_once(self, api: Api, actor: Actor) -> None:
        ticket = opened(actor)
        with pytest.raises(Conflict):
            reopen_ticket(ticket, actor=actor)
        close_ticket(ticket, actor=actor)
        assert seen(ticket).closed_at is not None
        with pytest.raises(Conflict):
            close_ticket(ticket, actor=actor)
        reopen_ticket(ticket, actor=actor)
        assert (seen(ticket).status, seen(ticket).closed_at) == ('open', None)
        assert len(told(api, 'ticket.closed')) == len(told(api, 'ticket.reopened')) == 1

    def test_a_pending_one_is_not_reopened(self, actor: Actor) -> None:
        with pytest.raises(Conflict):
            reopen_ticket(opened(actor, 'pending'), actor=actor)


class TestListTickets:
    @pytest.mark.parametrize(
        ('wanted', 'subjects'),
        [
            (TicketFilter(), ['Étiquette', 'Facture', 'Leak']),
            (TicketFilter(status=['pending', 'closed']), ['Facture']),
            (TicketFilter(department_id=2), ['Facture']),
            (TicketFilter(customer_id=1), ['Étiquette']),
            (TicketFilter(priority=['urgent']), ['Étiquette']),
            (TicketFilter(assigned_to='Luc'), ['Leak']),
            (TicketFilter(search='etiq'), ['Étiquette']),
            (TicketFilter(search='-0002'), ['Facture']),
            (TicketFilter(department_id=9), []),
        ],
        ids=str,
    )
    def test_filters(
        self, api: Api, actor: Actor, wanted: TicketFilter, subjects: list[str]
    ) -> None:
        customer = api.post('/customers', {'name': 'Acme'}).json['id']
        opened(actor, assigned_to='Luc')
        opened(actor, 'closed', subject='Facture', department_id=2)
        opened(actor, subject='Étiquette', customer_id=customer, priority='urgent')
        rows, total = list_tickets(wanted, Slice())
        assert [row.subject for row in rows] == subjects
        assert total == len(subjects)

    def test_by_urgency(self, actor: Actor) -> None:
        for priority in ('high', 'low', 'urgent', 'medium'):
            opened(actor, priority=priority)
        rows, _ = list_tickets(TicketFilter(), Slice(orderby='priority', order='desc'))
        assert [row.priority for row in rows] == ['urgent', 'high', 'medium', 'low']

    def test_another_company_has_none_of_it(self, actor: Actor, other: Api) -> None:
        ticket = opened(actor)
        with other.company():
            assert read_ticket(ticket) is None
            assert list_tickets(TicketFilter(), Slice()) == ([], 0)
            with pytest.raises(NotFound):
                reply_ticket(ticket, NewReply(message='x'), actor=actor)
            with pytest.raises(NotFound):
                close_ticket(ticket, actor=actor)
        assert seen(ticket).messages_count == 1
