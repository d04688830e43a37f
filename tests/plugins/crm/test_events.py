"""What is announced is what event_types.json describes, member by member."""

import typing

import jsonschema

from karvo.kit.actor import Actor
from karvo.webhooks import catalogue
from plugins.crm.operations.leads import (
    advance_lead,
    change_lead,
    convert_lead,
    create_lead,
    delete_lead,
)
from plugins.crm.operations.tickets import close_ticket, open_ticket, reply_ticket
from plugins.crm.schemas import LeadChange, NewReply, NewTicket
from tests.conftest import Api

LEADS = {'lead.created', 'lead.updated', 'lead.lost', 'lead.converted', 'lead.deleted'}
TICKETS = {'ticket.created', 'ticket.replied', 'ticket.closed', 'ticket.reopened'}


def check(events: list[dict[str, typing.Any]]) -> set[str]:
    """Their types, each event valid and without a member that nobody described."""
    for event in events:
        one = catalogue.event_type(event['type'])
        validator = jsonschema.Draft202012Validator(one.schema)
        assert list(validator.iter_errors(event)) == [], event
        known = one.schema['properties']['data']['properties']['object']['properties']
        assert set(event['data']['object']) == set(known), event['type']
    return {event['type'] for event in events}


class TestEvents:
    def test_of_leads(self, api: Api, actor: Actor) -> None:
        first, second = (create_lead(LeadChange(company=n), actor=actor)[0] for n in 'AB')
        change_lead(first, LeadChange(owner='Luc'), actor=actor)
        advance_lead(first, 'contacted', actor=actor)
        advance_lead(first, 'qualified', actor=actor)
        convert_lead(first, actor=actor)
        advance_lead(second, 'lost', actor=actor)
        delete_lead(second, actor=actor)
        events = api.get('/events?limit=1000').json['data']
        assert check([e for e in events if e['type'].startswith('lead.')]) == LEADS

    def test_of_tickets(self, api: Api, actor: Actor) -> None:
        ticket = open_ticket(NewTicket(subject='Leak', message='Two cans'), actor=actor)
        reply_ticket(ticket, NewReply(message='On their way'), actor=actor)
        close_ticket(ticket, actor=actor)
        reply_ticket(ticket, NewReply(message='Again', author='customer'), actor=actor)
        events = api.get('/events?limit=1000').json['data']
        assert check([e for e in events if e['type'].startswith('ticket.')]) == TICKETS
