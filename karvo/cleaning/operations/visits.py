"""The service log: visits entered, moved, done, missed; what they use up leaves stock (CLN-2)."""

import datetime as dt
import typing

import msgspec
from msgspec import UNSET

from karvo.cleaning.compute import is_due
from karvo.cleaning.models import VISIT_TRANSITIONS, CleaningContract, CleaningLine, CleaningVisit
from karvo.cleaning.operations.contracts import locked_contract
from karvo.cleaning.operations.supplies import use_supplies
from karvo.cleaning.schemas import (
    NewVisit,
    Task,
    VisitCancelled,
    VisitChange,
    VisitCompleted,
    VisitEvent,
    VisitMissed,
    VisitScheduled,
    VisitStarted,
    VisitUpdated,
)
from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, Invalid, PreconditionFailed, invalid, missing, not_found
from karvo.kit.work import Work, atomic
from karvo.settings.reads import business_date, read_settings

EVENTS: dict[str, type[VisitEvent]] = {
    'scheduled': VisitScheduled,
    'in_progress': VisitStarted,
    'completed': VisitCompleted,
    'missed': VisitMissed,
    'cancelled': VisitCancelled,
}
PLAIN = (
    'started_at', 'ended_at', 'employee', 'crew', 'photos', 'customer_signature',
    'quality_score', 'billable', 'note',
)  # fmt: skip
#: What stays open once a visit is over.
AFTERWARDS = {'photos', 'customer_signature', 'quality_score', 'billable', 'note'}
OVER = ('completed', 'cancelled')


def add_visit(contract_id: int, new: NewVisit, *, actor: Actor) -> int:
    """The id. Raises NotFound, Invalid, Conflict (the contract is not in force, stock is short)."""
    with atomic() as work:
        contract = locked_contract(contract_id)
        if contract.state != 'active':
            raise Conflict(f'the contract is {contract.state}')
        at = _instant(new.scheduled_at)
        row = CleaningVisit(
            uid=ids.uuid7(),
            contract=contract,
            scheduled_at=at,
            date=_day_of(at),
            crew=contract.crew,
            created_at=work.at,
            updated_at=work.at,
        )
        _check_within(contract, row.date)
        _set(row, contract, new)
        row.save(force_insert=True)
        announce(VisitScheduled, row, {}, work, actor)
        if new.status is not UNSET and new.status != 'scheduled':
            _advance(row, contract, new.status, new, work, actor)
    return int(row.id)


def change_visit(
    contract_id: int,
    visit_id: int,
    change: VisitChange,
    *,
    actor: Actor,
    version: int | None = None,
) -> None:
    """Merge the change; a `status` goes by the table (domain §16).

    Raises NotFound, Missing, Invalid, Conflict (a step not in the table, a visit that is over,
    stock that is short), PreconditionFailed.
    """
    with atomic() as work:
        contract = locked_contract(contract_id)
        row = _locked(contract, visit_id, version)
        before = {'status': row.state, 'scheduled_at': row.scheduled_at}
        target = row.state if change.status is UNSET else change.status
        _check_open(row, change)
        is_moved = _move(row, contract, change, target)
        _set(row, contract, change)
        if target != row.state:
            _advance(row, contract, target, change, work, actor)
        else:
            _touch(row, work)
            kind = VisitScheduled if is_moved else VisitUpdated
            announce(kind, row, before, work, actor)


def cancel_from(
    contract: CleaningContract,
    day: dt.date,
    work: Work,
    actor: Actor,
    *,
    is_planned_anew: bool = False,
) -> None:
    """Visits from that day on will not take place; `is_planned_anew`: their days may come back."""
    own = (CleaningVisit.contract == contract) & (CleaningVisit.date >= day)
    rows = CleaningVisit.select().where(own & (CleaningVisit.state == 'scheduled'))
    for row in rows.order_by(CleaningVisit.id).for_update():
        if is_planned_anew:
            row.planned_on = None
        become(row, 'cancelled', work, actor)


def become(row: CleaningVisit, state: str, work: Work, actor: Actor) -> None:
    """Raises Conflict for what domain §16 does not list."""
    if state not in VISIT_TRANSITIONS[row.state]:
        raise Conflict(f'a visit that is {row.state} cannot become {state}')
    previous = {'status': row.state}
    row.state = state
    _touch(row, work)
    announce(EVENTS[state], row, previous, work, actor)


def announce(
    kind: type[VisitEvent],
    row: CleaningVisit,
    previous: dict[str, typing.Any],
    work: Work,
    actor: Actor,
) -> None:
    shot = {
        'id': row.id,
        'contract_id': row.contract_id,
        'contract_no': row.contract.number,
        'scheduled_at': row.scheduled_at,
        'status': row.state,
        'crew': row.crew,
        'billable': row.billable,
        'supplies': row.supplies,
        'version': row.version,
    }
    work.record(kind(id=row.id, uid=str(row.uid), object=shot, previous=previous), actor)


def tasks_due(lines: typing.Iterable[CleaningLine], start: dt.date, day: dt.date) -> list[Task]:
    """What the frequencies ask for on that day; taken as done unless somebody says otherwise."""
    return [Task(line_id=line.id) for line in lines if is_due(line, start, day)]


def _locked(contract: CleaningContract, visit_id: int, version: int | None) -> CleaningVisit:
    same = (CleaningVisit.id == visit_id) & (CleaningVisit.contract == contract)
    row: CleaningVisit | None = CleaningVisit.select().where(same).for_update().get_or_none()
    if row is None:
        raise not_found('Visit')
    if version is not None and version != row.version:
        raise PreconditionFailed(f'the visit is at version {row.version}')
    return row


def _instant(at: dt.datetime) -> dt.datetime:
    """One without an offset is of the company's time zone. Raises Invalid."""
    settings = read_settings()
    if at.tzinfo is None:
        at = at.replace(tzinfo=clock.zone(settings.timezone))
    if not clock.is_business_date(at.date(), business_date(settings)):
        raise invalid(scheduled_at='is too far away')
    return at.astimezone(dt.UTC)


def _day_of(at: dt.datetime) -> dt.date:
    return at.astimezone(clock.zone(read_settings().timezone)).date()


def _check_within(contract: CleaningContract, day: dt.date) -> None:
    if day < contract.start_date or (contract.end_date and day > contract.end_date):
        raise invalid(scheduled_at='is not within the contract')


def _check_open(row: CleaningVisit, change: VisitChange) -> None:
    """Raises Conflict for what a visit that is over does not let change."""
    if row.state not in OVER:
        return
    given = {n for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}
    frozen = sorted(given - AFTERWARDS - {'status', 'warehouse'})
    if frozen:
        raise Conflict(f'{", ".join(frozen)}: cannot change, the visit is {row.state}')
    if row.document_id and 'billable' in given | {'billable'} and change.billable is False:
        raise Conflict('the visit is invoiced')


def _move(row: CleaningVisit, contract: CleaningContract, change: VisitChange, target: str) -> bool:
    """Whether it is on another time now. A missed visit needs one to be scheduled again."""
    if change.scheduled_at is UNSET:
        if row.state == 'missed' and target == 'scheduled':
            raise missing('scheduled_at')
        return False
    if row.state not in ('scheduled', 'missed') or target not in ('scheduled', row.state):
        raise Conflict(f'a visit that is {row.state} cannot be moved')
    if contract.state != 'active':
        raise Conflict(f'the contract is {contract.state}')
    at = _instant(change.scheduled_at)
    _check_within(contract, _day_of(at))
    is_moved = bool(at != row.scheduled_at)
    row.scheduled_at, row.date = at, _day_of(at)
    return is_moved


def _set(row: CleaningVisit, contract: CleaningContract, change: VisitChange) -> None:
    for name in PLAIN:
        value = getattr(change, name)
        if value is not UNSET:
            setattr(row, name, value)
    if change.tasks is not UNSET:
        known = {line.id for line in contract.lines}
        for n, task in enumerate(change.tasks):
            if task.line_id not in known:
                raise invalid(**{f'tasks[{n}].line_id': 'is no line of this contract'})
        row.tasks = msgspec.to_builtins(change.tasks)
    if change.supplies is not UNSET:
        row.supplies = [{'sku': one.sku, 'qty': str(one.qty)} for one in change.supplies]
    if row.started_at and row.ended_at and row.ended_at < row.started_at:
        raise Invalid('ended_at is before started_at', fields={'ended_at': 'is before started_at'})


def _advance(
    row: CleaningVisit,
    contract: CleaningContract,
    target: str,
    change: VisitChange,
    work: Work,
    actor: Actor,
) -> None:
    if target in VISIT_TRANSITIONS[row.state]:
        if target == 'in_progress':
            row.started_at = row.started_at or work.at
        if target == 'completed':
            row.ended_at = row.ended_at or work.at
            row.tasks = row.tasks or msgspec.to_builtins(
                tasks_due(contract.lines, contract.start_date, row.date)
            )
            use_supplies(row, contract, change.warehouse, work, actor)
    become(row, target, work, actor)


def _touch(row: CleaningVisit, work: Work) -> None:
    row.version, row.updated_at = row.version + 1, work.at
    row.save()
