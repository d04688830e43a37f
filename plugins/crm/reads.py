"""Leads, tickets with their threads, and departments, each in one statement."""

import importlib.resources

import msgspec

from karvo.kit.db import database
from karvo.kit.paging import Listing, Slice
from karvo.kit.text import like
from plugins.crm.schemas import (
    Department,
    LeadFilter,
    LeadRead,
    TicketFilter,
    TicketRead,
    TicketThread,
)

LEADS = Listing(
    columns="""l.id, l.uid, l.key, l.first_name, l.last_name, l.company, l.email, l.phone,
      l.source, l.owner, l.notes, l.status, l.lost_reason, l.party_id AS customer_id,
      c.code AS customer_code, l.converted_at, l.metadata, l.version, l.created_at,
      l.updated_at""",
    source='@crm_lead l',
    joins='LEFT JOIN @party c ON c.id = l.party_id',
    filters={
        'id': 'l.id = %(id)s',
        'status': 'l.status = ANY(%(status)s)',
        'search': "l.search_text LIKE '%%' || %(search)s || '%%'",
        'email': 'lower(l.email) = lower(%(email)s)',
        'source': 'lower(l.source) = lower(%(source)s)',
        'owner': 'l.owner = %(owner)s',
        'updated_since': 'l.updated_at >= %(updated_since)s',
    },
    orders={
        'created_at': 'l.id',
        'updated_at': 'l.updated_at',
        'status': 'l.status',
        'company': 'l.company',
        'last_name': 'l.last_name',
    },
    nullable=frozenset({'company', 'last_name'}),
    default=('created_at', 'desc'),
    tiebreak='l.id',
)

_TICKET = """t.id, t.uid, t.key, t.number, t.party_id AS customer_id, c.code AS customer_code,
  c.name AS customer_name, t.subject, t.department_id, d.name_fr AS department_name_fr,
  d.name_en AS department_name_en, t.priority, t.status, t.assigned_to, t.closed_at,
  (SELECT count(*) FROM @crm_ticket_message m WHERE m.ticket_id = t.id) AS messages_count,
  t.version, t.created_at, t.updated_at"""
_JOINED = """JOIN @crm_department d ON d.id = t.department_id
  LEFT JOIN @party c ON c.id = t.party_id"""
TICKETS = Listing(
    columns=_TICKET,
    source='@crm_ticket t',
    joins=_JOINED,
    filters={
        'status': 't.status = ANY(%(status)s)',
        'priority': 't.priority = ANY(%(priority)s)',
        'department_id': 't.department_id = %(department_id)s',
        'customer_id': 't.party_id = %(customer_id)s',
        'assigned_to': 't.assigned_to = %(assigned_to)s',
        'search': "t.search_text LIKE '%%' || %(search)s || '%%'",
        'updated_since': 't.updated_at >= %(updated_since)s',
    },
    orders={
        'created_at': 't.id',
        'updated_at': 't.updated_at',
        'status': 't.status',
        'subject': 't.subject',
        # By urgency: their names do not sort.
        'priority': "array_position('{low,medium,high,urgent}'::text[], t.priority)",
    },
    default=('created_at', 'desc'),
    tiebreak='t.id',
)
THREAD = f"""
SELECT row_to_json(x)::text FROM (SELECT {_TICKET}, (SELECT coalesce(json_agg(row_to_json(y)
    ORDER BY y.id), '[]') FROM (SELECT m.id, m.uid, m.author, m.author_name, m.body, m.created_at
    FROM @crm_ticket_message m WHERE m.ticket_id = t.id) y) AS messages
  FROM @crm_ticket t {_JOINED} WHERE t.id = %(id)s) x"""

DEPARTMENTS = """
SELECT coalesce(json_agg(row_to_json(x) ORDER BY x.id), '[]')::text
FROM (SELECT id, name_fr, name_en FROM @crm_department) x"""


def list_leads(wanted: LeadFilter, part: Slice) -> tuple[list[LeadRead], int]:
    """(rows, total), the newest first unless `part` says otherwise. Raises Invalid (orderby)."""
    filters = msgspec.structs.asdict(wanted)
    filters['search'] = like(wanted.search) if wanted.search else None
    return LEADS.read(LeadRead, filters, part)


def read_lead(lead_id: int) -> LeadRead | None:
    rows, _ = LEADS.read(LeadRead, {'id': lead_id}, Slice(limit=1))
    return rows[0] if rows else None


def list_tickets(wanted: TicketFilter, part: Slice) -> tuple[list[TicketRead], int]:
    """(rows, total), the newest first unless `part` says otherwise. Raises Invalid (orderby)."""
    filters = msgspec.structs.asdict(wanted)
    filters['search'] = like(wanted.search) if wanted.search else None
    return TICKETS.read(TicketRead, filters, part)


def read_ticket(ticket_id: int) -> TicketThread | None:
    body = database.json(THREAD, {'id': ticket_id})
    return msgspec.json.decode(body, type=TicketThread) if body else None


def read_departments() -> list[Department]:
    """The company's departments by id: the defaults until its first ticket is opened."""
    body = database.json(DEPARTMENTS) or b'[]'
    return msgspec.json.decode(body, type=list[Department]) or default_departments()


def default_departments() -> list[Department]:
    """1 Support, 2 Billing, 3 Sales (V2-6)."""
    text = importlib.resources.files(__package__).joinpath('departments.json').read_bytes()
    rows = msgspec.json.decode(text, type=list[tuple[int, str, str]])
    return [Department(id=n, name_fr=fr, name_en=en) for n, fr, en in rows]
