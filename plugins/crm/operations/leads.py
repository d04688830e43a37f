"""Leads: entered, changed, brought forward, made customers, lost, deleted."""

import typing

import msgspec
import peewee
from msgspec import UNSET, UnsetType

from karvo.customers.models import Party
from karvo.customers.operations import (
    check_metadata,
    checked_email,
    create_customer,
    locked_customer,
)
from karvo.customers.schemas import CustomerChange
from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, NotFound, PreconditionFailed, invalid, missing, not_found
from karvo.kit.text import fold
from karvo.kit.work import Work, atomic
from plugins.crm.models import LEAD_TRANSITIONS, Lead
from plugins.crm.schemas import (
    Conversion,
    LeadChange,
    LeadConverted,
    LeadCreated,
    LeadDeleted,
    LeadEvent,
    LeadLost,
    LeadStatus,
    LeadUpdated,
)

SHOWN = ('id', 'first_name', 'last_name', 'company', 'email', 'phone', 'source', 'owner') + (
    'status',
    'lost_reason',
    'version',
)
SEARCHED = ('first_name', 'last_name', 'company', 'email', 'phone')


def create_lead(new: LeadChange, *, actor: Actor) -> tuple[int, list[str]]:
    """(id, warnings): `duplicate_email` where another lead has the same address (V2-7).

    Raises Missing without first_name and company, Invalid (email, metadata).
    """
    with atomic() as work:
        values = _checked(new)
        _check_named(values)
        warnings = _email_warnings(values.get('email'))
        row = Lead.create(
            uid=ids.uuid7(),
            key=ids.random_key(),
            search_text=_search_text(values),
            created_at=work.at,
            updated_at=work.at,
            **values,
        )
        _announce(LeadCreated, row, {}, work, actor)
    return row.id, warnings


def change_lead(
    lead_id: int, change: LeadChange, *, actor: Actor, version: int | None = None
) -> list[str]:
    """Merge the change into the row (G-10); warnings. Raises as create_lead, and NotFound,
    PreconditionFailed.
    """
    with atomic() as work:
        row = locked_lead(lead_id, version)
        values = {n: v for n, v in _checked(change).items() if getattr(row, n) != v}
        if not values:
            return []
        _check_named({'first_name': row.first_name, 'company': row.company} | values)
        _save(row, values, LeadUpdated, work, actor)
        return _email_warnings(values.get('email'), row.id)


def advance_lead(
    lead_id: int,
    status: LeadStatus,
    *,
    actor: Actor,
    reason: str | None = None,
    version: int | None = None,
) -> None:
    """To contacted, qualified or lost (`reason`: why), by the table of domain §16.

    Raises Conflict for any other step, converted among them (`convert_lead` does that), NotFound,
    PreconditionFailed.
    """
    with atomic() as work:
        row = locked_lead(lead_id, version)
        if status == 'converted':
            raise Conflict('a lead is converted by making it a customer')
        _check_step(row, status)
        values = {'status': status, 'lost_reason': reason if status == 'lost' else None}
        _save(row, values, LeadLost if status == 'lost' else LeadUpdated, work, actor)


def move_lead(
    lead_id: int,
    change: LeadChange,
    status: LeadStatus | None,
    *,
    actor: Actor,
    reason: str | None | UnsetType = UNSET,
    version: int | None = None,
) -> list[str]:
    """Both at once, or neither: the change, and the step to another status than it has. Warnings.

    `reason` says why it is lost, or was lost before; what it says already may be sent along.
    Raises as change_lead and advance_lead, and Invalid for a reason of one that is not lost.
    """
    with atomic() as work:
        row = locked_lead(lead_id, version)
        wanted = status or row.status
        is_new = reason is not UNSET and reason != row.lost_reason
        if is_new and reason and wanted != 'lost':
            raise invalid(lost_reason='goes with a lead that is lost')
        has_step = wanted != row.status
        warnings = change_lead(lead_id, change, actor=actor, version=version)
        if has_step:
            advance_lead(lead_id, wanted, actor=actor, reason=reason or None)
        elif is_new and wanted == 'lost':
            row = locked_lead(lead_id)
            _save(row, {'lost_reason': reason or None}, LeadUpdated, work, actor)
    return warnings


def convert_lead(
    lead_id: int, conversion: Conversion | None = None, *, actor: Actor, version: int | None = None
) -> int:
    """Make a qualified lead a customer, once; the customer's id.

    Raises Conflict where it is converted already or not qualified, or the customer's code is taken;
    NotFound, PreconditionFailed, Invalid (also for a customer that there is not).
    """
    conversion = conversion or Conversion()
    with atomic() as work:
        row = locked_lead(lead_id, version)
        _check_step(row, 'converted')
        customer = _customer_of(row, conversion, actor)
        values = {'status': 'converted', 'party_id': customer, 'converted_at': work.at}
        _save(row, values, LeadConverted, work, actor)
    return customer


def delete_lead(lead_id: int, *, actor: Actor, version: int | None = None) -> None:
    """Remove it. One that became a customer stays: it says where the customer came from (G-11).

    Raises Conflict, NotFound, PreconditionFailed.
    """
    with atomic() as work:
        row = locked_lead(lead_id, version)
        if row.status == 'converted':
            raise Conflict('a converted lead stays with its customer')
        row.delete_instance()
        _announce(LeadDeleted, row, {}, work, actor)


def locked_lead(lead_id: int, version: int | None = None) -> Lead:
    """The row, locked; raises NotFound, PreconditionFailed."""
    row = Lead.select().where(Lead.id == lead_id).for_update().get_or_none()
    if row is None:
        raise not_found('Lead')
    if version is not None and version != row.version:
        raise PreconditionFailed(f'the lead is at version {row.version}')
    return row


def _check_step(row: Lead, status: LeadStatus) -> None:
    if status not in LEAD_TRANSITIONS[row.status]:
        raise Conflict(f'a lead that is {row.status} cannot become {status}')


def _customer_of(row: Lead, conversion: Conversion, actor: Actor) -> int:
    if conversion.customer_id is not None:
        try:
            return int(locked_customer(conversion.customer_id).id)
        except NotFound:
            raise invalid(customer_id='not found') from None
    if conversion.is_matched and (known := _matching(row)):
        return known
    made, _ = create_customer(_as_customer(row, conversion.customer), actor=actor)
    return made


def _matching(row: Lead) -> int | None:
    """The oldest customer of the same address, else of the same name."""
    living = Party.is_customer & Party.deleted_at.is_null()
    same = [(Party.email, row.email), (Party.name, _full_name(row))]
    for column, text in same:
        if text:
            is_same = peewee.fn.lower(column) == text.lower()
            found = Party.select(Party.id).where(living & is_same).order_by(Party.id).first()
            if found is not None:
                return int(found.id)
    return None


def _as_customer(row: Lead, more: CustomerChange | None) -> CustomerChange:
    values: dict[str, typing.Any] = {
        'name': _full_name(row)[:200],
        'type': 'company' if row.company else 'person',
        'email': row.email,
        'phone': row.phone,
        'notes': row.notes,
    }
    given = msgspec.structs.asdict(more) if more else {}
    return CustomerChange(**values | {n: v for n, v in given.items() if v is not UNSET})


def _full_name(row: Lead) -> str:
    return row.company or ' '.join(part for part in (row.first_name, row.last_name) if part)


def _checked(change: LeadChange) -> dict[str, typing.Any]:
    """Column values; a text of spaces is none. Raises Invalid."""
    values = {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = value.strip() or None
    if values.get('email'):
        values['email'] = checked_email(values['email'])
    if 'metadata' in values:
        values['metadata'] = check_metadata(values['metadata'] or {})
    return values


def _check_named(values: dict[str, typing.Any]) -> None:
    """V2-7."""
    if not values.get('first_name') and not values.get('company'):
        raise missing('first_name', 'company')


def _email_warnings(email: str | None, own_id: int = 0) -> list[str]:
    if not email:
        return []
    same = (peewee.fn.lower(Lead.email) == email.lower()) & (Lead.id != own_id)
    return ['duplicate_email'] if Lead.select().where(same).exists() else []


def _search_text(values: typing.Mapping[str, typing.Any]) -> str:
    return fold(*(values.get(name) for name in SEARCHED))


def _save(
    row: Lead,
    values: dict[str, typing.Any],
    kind: type[LeadEvent],
    work: Work,
    actor: Actor,
) -> None:
    previous = {name: getattr(row, name) for name in values if getattr(row, name) != values[name]}
    for name, value in values.items():
        setattr(row, name, value)
    row.search_text = _search_text(row.__data__)
    row.version, row.updated_at = row.version + 1, work.at
    row.save()
    previous = {('customer_id' if n == 'party_id' else n): v for n, v in previous.items()}
    _announce(kind, row, previous, work, actor)


def _announce(
    kind: type[LeadEvent], row: Lead, previous: dict[str, typing.Any], work: Work, actor: Actor
) -> None:
    shot = {name: getattr(row, name) for name in SHOWN} | {'customer_id': row.party_id}
    work.record(kind(id=row.id, uid=str(row.uid), object=shot, previous=previous), actor)
