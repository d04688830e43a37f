"""/leads of api/v2."""

import datetime as dt
import typing

import msgspec
from msgspec import UNSET, UnsetType

from karvo.customers.schemas import Email
from karvo.kit.actor import Actor
from karvo.kit.fields import Id, Line, Note, Short
from karvo.kit.http import Resource, endpoint, found
from plugins.billing_v2.dialect import dialect
from plugins.billing_v2.envelopes import Done, Listed, ListQuery, One, listed, part_of, seconds
from plugins.billing_v2.wording import chosen, one_of, reversed_words
from plugins.crm.operations.leads import convert_lead, create_lead, delete_lead, move_lead
from plugins.crm.reads import list_leads, read_lead
from plugins.crm.schemas import Conversion, LeadChange, LeadFilter, LeadRead, LeadStatus

WireStatus = typing.Literal['New', 'Contacted', 'Qualified', 'Converted', 'Lost']
STATUSES: dict[WireStatus, LeadStatus] = {
    'New': 'new',
    'Contacted': 'contacted',
    'Qualified': 'qualified',
    'Converted': 'converted',
    'Lost': 'lost',
}
_STATUSES = reversed_words(STATUSES)
StatusAsked = typing.Annotated[str, one_of('New', 'Contacted', 'Qualified', 'Converted', 'Lost')]


class V2LeadIn(msgspec.Struct, kw_only=True):
    """Somebody who may become a customer: `first_name` or `company` is needed."""

    first_name: Line | None = None
    last_name: Line | None = None
    email: Email | None = None
    company: Line | None = None
    phone: Short | None = None
    source: Line | None = None
    notes: Note | None = None


class V2LeadChange(msgspec.Struct, kw_only=True):
    """A change: absent = unchanged, null = cleared. `lost_reason` needs the status Lost."""

    first_name: Line | None | UnsetType = UNSET
    last_name: Line | None | UnsetType = UNSET
    email: Email | None | UnsetType = UNSET
    company: Line | None | UnsetType = UNSET
    phone: Short | None | UnsetType = UNSET
    source: Line | None | UnsetType = UNSET
    notes: Note | None | UnsetType = UNSET
    status: WireStatus | UnsetType = UNSET
    lost_reason: Line | None | UnsetType = UNSET


class V2LeadConversion(msgspec.Struct, kw_only=True):
    """Who the lead is already; a new customer is made when absent."""

    customer_id: Id | None = None


class V2LeadQuery(ListQuery, kw_only=True):
    """`status` is New, Contacted, Qualified, Converted or Lost, letter case aside; `search` is part
    of a name, a company, an e-mail or a phone.
    """

    status: StatusAsked = ''
    source: Line | None = None


class V2LeadOut(msgspec.Struct, kw_only=True):
    """A lead; `customer_id` is the customer that it became."""

    id: int
    first_name: str | None
    last_name: str | None
    email: str | None
    company: str | None
    phone: str | None
    source: str | None
    notes: str | None
    status: WireStatus
    lost_reason: str | None
    customer_id: int | None
    converted_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime
    warnings: list[str] | UnsetType = UNSET  #: of the request that it answers, if there are any


class Leads(Resource):
    """All leads."""

    dialect = dialect

    @endpoint(scope='leads:read')
    def on_get(self, actor: Actor, query: V2LeadQuery) -> Listed[V2LeadOut]:
        """List leads, the newest first."""
        status = chosen(query.status, STATUSES, 'status')
        wanted = LeadFilter(
            status=[status] if status else None,
            source=query.source,
            search=query.search or None,
        )
        rows, total = list_leads(wanted, part_of(query))
        return listed([_shown(row) for row in rows], total, query)

    @endpoint(scope='leads:write', status=201)
    def on_post(self, actor: Actor, body: V2LeadIn) -> One[V2LeadOut]:
        """Create a lead; `warnings` says so where another has the same e-mail."""
        new = LeadChange(**msgspec.structs.asdict(body))
        lead_id, warnings = create_lead(new, actor=actor)
        return _answer(lead_id, 'Lead created', warnings)


class Lead(Resource):
    """One lead."""

    dialect = dialect

    @endpoint(scope='leads:read')
    def on_get(self, actor: Actor, id: int) -> One[V2LeadOut]:
        """Get a lead."""
        return One(data=_shown(found(read_lead(id), 'Lead')))

    @endpoint(scope='leads:write')
    def on_put(self, actor: Actor, id: int, body: V2LeadChange) -> One[V2LeadOut]:
        """Update a lead, or take it a step further."""
        values = msgspec.structs.asdict(body)
        status, reason = values.pop('status'), values.pop('lost_reason')
        wanted = None if status is UNSET else STATUSES[status]
        warnings = move_lead(id, LeadChange(**values), wanted, actor=actor, reason=reason)
        return _answer(id, 'Lead updated', warnings)

    @endpoint(scope='leads:write')
    def on_delete(self, actor: Actor, id: int) -> Done:
        """Delete a lead that did not become a customer."""
        delete_lead(id, actor=actor)
        return Done(message='Lead deleted')


class ConvertLead(Resource):
    """From a lead to a customer."""

    dialect = dialect

    @endpoint(scope='leads:write', status=201)
    def on_post(self, actor: Actor, id: int, body: V2LeadConversion) -> One[V2LeadOut]:
        """Make a Qualified lead a customer, once; needs `customers:write` too."""
        actor.require('customers:write')
        convert_lead(id, Conversion(customer_id=body.customer_id), actor=actor)
        return _answer(id, 'Lead converted')


def _answer(lead_id: int, message: str, warnings: list[str] | None = None) -> One[V2LeadOut]:
    shown = _shown(found(read_lead(lead_id), 'Lead'))
    shown.warnings = warnings or UNSET
    return One(data=shown, message=message)


def _shown(row: LeadRead) -> V2LeadOut:
    return V2LeadOut(
        id=row.id,
        first_name=row.first_name,
        last_name=row.last_name,
        email=row.email,
        company=row.company,
        phone=row.phone,
        source=row.source,
        notes=row.notes,
        status=_STATUSES[row.status],
        lost_reason=row.lost_reason,
        customer_id=row.customer_id,
        converted_at=row.converted_at and seconds(row.converted_at),
        created_at=seconds(row.created_at),
        updated_at=seconds(row.updated_at),
    )


routes: list[tuple[str, Resource]] = [
    ('/leads', Leads()),
    ('/leads/{id:int}', Lead()),
    ('/leads/{id:int}/convert', ConvertLead()),
]
