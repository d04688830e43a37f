"""Leads, tickets, their messages and the departments that answer them."""

import typing

import peewee

from karvo.customers.models import Party
from karvo.kit.columns import Instant, Json
from karvo.kit.db import Model
from plugins.crm.schemas import LeadStatus, TicketStatus

#: What may become of a lead (domain §16); anything else is a Conflict.
LEAD_TRANSITIONS: dict[LeadStatus, set[LeadStatus]] = {
    'new': {'contacted', 'lost'},
    'contacted': {'qualified', 'lost'},
    'qualified': {'converted', 'lost'},
    'converted': set(),
    'lost': {'contacted'},
}
#: What may become of a ticket (domain §16).
TICKET_TRANSITIONS: dict[TicketStatus, set[TicketStatus]] = {
    'open': {'pending', 'closed'},
    'pending': {'open', 'closed'},
    'closed': {'open'},
}


class Lead(Model):
    """Somebody who may become a customer; `party` is who it became."""

    party_id: int | None
    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    first_name = peewee.TextField(null=True)
    last_name = peewee.TextField(null=True)
    company = peewee.TextField(null=True)
    email = peewee.TextField(null=True)
    phone = peewee.TextField(null=True)
    source = peewee.TextField(null=True)
    owner = peewee.TextField(null=True)
    notes = peewee.TextField(null=True)
    status: typing.Any = peewee.TextField(default='new')
    lost_reason = peewee.TextField(null=True)
    party = peewee.ForeignKeyField(Party, null=True)
    converted_at = Instant(null=True)
    metadata: typing.Any = Json(default=dict)
    search_text = peewee.TextField()
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant(index=True)

    class Meta:
        table_name = 'crm_lead'
        constraints = [
            peewee.Check(
                "(first_name IS NOT NULL OR company IS NOT NULL) AND (status = 'converted') "
                '= (party_id IS NOT NULL)',
                'crm_lead_shape',
            )
        ]


# Hold what the lists filter by, so that their totals are counted from the index alone.
Lead.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "crm_lead_listed" ON "crm_lead" (status, id) INCLUDE '
        '(source, owner, company, last_name, created_at, updated_at)'
    )
)
Lead.add_index(
    peewee.SQL('CREATE INDEX IF NOT EXISTS "crm_lead_email" ON "crm_lead" (lower(email))')
)
Lead.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "crm_lead_search" ON "crm_lead" '
        'USING gin (search_text public.gin_trgm_ops) WITH (fastupdate = off)'
    )
)


class Department(Model):
    """Who looks after a ticket. Empty until the first ticket: until then the defaults count."""

    name_fr = peewee.TextField()
    name_en = peewee.TextField()

    class Meta:
        table_name = 'crm_department'


class Ticket(Model):
    """Somebody's question or trouble; what is said about it are its messages."""

    party_id: int | None
    department_id: int
    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    number = peewee.TextField(null=True, unique=True)
    number_year = peewee.IntegerField(null=True)
    number_value = peewee.BigIntegerField(null=True)
    party = peewee.ForeignKeyField(Party, null=True)
    subject = peewee.TextField()
    department = peewee.ForeignKeyField(Department)
    priority = peewee.TextField(default='medium')
    status: typing.Any = peewee.TextField(default='open')
    assigned_to = peewee.TextField(null=True)
    closed_at = Instant(null=True)
    search_text = peewee.TextField()
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant(index=True)

    class Meta:
        table_name = 'crm_ticket'
        constraints = [
            peewee.Check("(status = 'closed') = (closed_at IS NOT NULL)", 'crm_ticket_closed')
        ]


Ticket.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "crm_ticket_listed" ON "crm_ticket" (status, id) INCLUDE '
        '(department_id, party_id, priority, assigned_to, subject, created_at, updated_at)'
    )
)
Ticket.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "crm_ticket_search" ON "crm_ticket" '
        'USING gin (search_text public.gin_trgm_ops) WITH (fastupdate = off)'
    )
)


class TicketMessage(Model):
    """One message of a ticket's thread; never changed."""

    ticket_id: int
    uid = peewee.UUIDField(unique=True)
    ticket = peewee.ForeignKeyField(Ticket)
    author = peewee.TextField()  # staff, customer
    author_name = peewee.TextField()
    body = peewee.TextField()
    created_at = Instant()

    class Meta:
        table_name = 'crm_ticket_message'


#: In the order in which they can be created.
TABLES: list[type[peewee.Model]] = [Lead, Department, Ticket, TicketMessage]

SERIES = {'TKT': 'TKT-{YYYY}-{0000}'}
#: The rows that carry the numbers of a series, for the number audit (G-5).
AUDITED = {
    'TKT': '(SELECT number_value, number_year, status AS state FROM @crm_ticket) d WHERE true'
}
