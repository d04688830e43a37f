"""Hours entered, submitted, approved or sent back."""

import datetime as dt
import typing
from decimal import Decimal

from msgspec import UNSET

from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, Invalid, PreconditionFailed, invalid, missing, not_found
from karvo.kit.work import Work, atomic
from karvo.payroll.labour import OVERTIME
from karvo.payroll.models import TIMESHEET_STEPS, Employee, Timesheet
from karvo.payroll.operations.employees import locked_employee
from karvo.payroll.reads import closed_by
from karvo.payroll.schemas.events import (
    TimesheetApproved,
    TimesheetCreated,
    TimesheetDeleted,
    TimesheetEvent,
    TimesheetRejected,
    TimesheetSubmitted,
    TimesheetUpdated,
)
from karvo.payroll.schemas.timesheets import NewTimesheet, TimesheetChange
from karvo.settings.reads import business_date, read_settings

QUARTER = Decimal('0.25')
MOST_A_DAY = Decimal(24)
EVENTS: dict[str, type[TimesheetEvent]] = {
    'submit': TimesheetSubmitted,
    'approve': TimesheetApproved,
    'reject': TimesheetRejected,
}
OF_DAY = """
SELECT coalesce(sum(hours), 0) FROM @timesheet
WHERE employee_id = %(employee)s AND date = %(date)s::date AND id <> %(id)s"""


def enter_timesheet(new: NewTimesheet, *, actor: Actor) -> int:
    """The new id. Raises Missing, Invalid, Conflict (the day is in a closed run)."""
    with atomic() as work:
        # The employee's row is what two entries of one day wait for.
        employee = locked_employee(_employee_id(new))
        row = Timesheet(
            employee=employee.id,
            date=new.date,
            hours=new.hours,
            type=new.type,
            rate_multiplier=_multiplier(new.type, new.rate_multiplier),
            status=new.status,
            project=new.project,
            notes=new.notes,
            created_at=work.at,
            updated_at=work.at,
        )
        _check(row, employee)
        row.save(force_insert=True)
        kind = TimesheetSubmitted if new.status == 'submitted' else TimesheetCreated
        announce(kind, row, {}, work, actor)
    return int(row.id)


def change_timesheet(
    timesheet_id: int, change: TimesheetChange, *, actor: Actor, version: int | None = None
) -> None:
    """A draft only. Raises NotFound, Invalid, Conflict, PreconditionFailed."""
    with atomic() as work:
        row = _locked(timesheet_id, version)
        if row.status != 'draft':
            raise Conflict(f'a timesheet that is {row.status} cannot change; reject it first')
        employee = locked_employee(row.employee_id)
        for name in TimesheetChange.__struct_fields__:
            value = getattr(change, name)
            if value is not UNSET:
                setattr(row, name, value)
        if change.type is not UNSET and change.rate_multiplier is UNSET:
            row.rate_multiplier = _multiplier(change.type, None)
        _check(row, employee)
        _save(row, work)
        announce(TimesheetUpdated, row, {}, work, actor)


def delete_timesheet(timesheet_id: int, *, actor: Actor) -> None:
    """A draft only. Raises NotFound, Conflict."""
    with atomic() as work:
        row = _locked(timesheet_id)
        if row.status != 'draft':
            raise Conflict(f'a timesheet that is {row.status} cannot be deleted')
        row.delete_instance()
        announce(TimesheetDeleted, row, {}, work, actor)


def advance_timesheet(
    timesheet_id: int, verb: str, *, actor: Actor, version: int | None = None, reason: str = ''
) -> None:
    """submit, approve or reject. Raises NotFound, Conflict, PreconditionFailed."""
    sources, target = TIMESHEET_STEPS[verb]
    with atomic() as work:
        row = _locked(timesheet_id, version)
        if row.status not in sources:
            raise Conflict(f'cannot {verb} a timesheet that is {row.status}')
        if verb == 'reject' and row.run is not None:
            raise Conflict(f'pay run {row.run.number} has taken the timesheet up: cancel it first')
        if verb == 'submit' or (verb == 'approve' and row.run_id is None):
            # Approved in a run that is closed, hours would never be paid.
            _check(row, locked_employee(row.employee_id))
        before, row.status = row.status, target
        _save(row, work)
        announce(EVENTS[verb], row, {'status': before}, work, actor)
        if reason:
            work.audit('timesheet.reason', 'timesheet', row.id, actor, after={'reason': reason})


def announce(
    kind: type[TimesheetEvent],
    row: Timesheet,
    previous: dict[str, typing.Any],
    work: Work,
    actor: Actor,
) -> None:
    """Which timesheet, and its status: nothing of who worked what."""
    shown = {'id': row.id, 'status': row.status}
    work.record(kind(id=row.id, uid='', object=shown, previous=previous), actor)


def _locked(timesheet_id: int, version: int | None = None) -> Timesheet:
    query = Timesheet.select().where(Timesheet.id == timesheet_id)
    row: Timesheet | None = query.for_update().get_or_none()
    if row is None:
        raise not_found('Timesheet')
    if version is not None and version != row.version:
        raise PreconditionFailed(f'the timesheet is at version {row.version}')
    return row


def _save(row: Timesheet, work: Work) -> None:
    row.version, row.updated_at = row.version + 1, work.at
    row.save()


def _employee_id(new: NewTimesheet) -> int:
    if new.employee_id is None and new.employee_no is None:
        raise missing('employee_id')
    same = (
        Employee.number == new.employee_no
        if new.employee_no is not None
        else Employee.id == new.employee_id
    )
    row = Employee.select(Employee.id).where(same).get_or_none()
    if row is None:
        name = 'employee_no' if new.employee_no is not None else 'employee_id'
        raise Invalid(f'{name} not found', fields={name: 'not found'})
    return int(row.id)


def _multiplier(kind: str, given: Decimal | None) -> Decimal:
    if given is not None:
        return given
    return OVERTIME if kind == 'overtime' else Decimal(1)


def _check(row: Timesheet, employee: Employee) -> None:
    """Raises Invalid, Conflict; refusals name the employee."""
    who = f'{employee.number} {employee.first_name} {employee.last_name}'
    hours = Decimal(row.hours)
    if hours % QUARTER:
        raise invalid(hours=f'must be in quarter hours ({who})')
    today = business_date(read_settings())
    if not clock.is_business_date(row.date, today):
        raise invalid(date=f'must be from {clock.EARLIEST} to {clock.latest(today)}')
    _check_employed(employee, row.date, who)
    if number := closed_by(employee.id, row.date):
        raise Conflict(f'{row.date} is in pay run {number}, which is closed ({who})')
    named = {'employee': employee.id, 'date': row.date, 'id': row.id or 0}
    found: typing.Any = database.run(OF_DAY, named).fetchone()
    if found[0] + hours > MOST_A_DAY:
        raise invalid(hours=f'must be at most {MOST_A_DAY - found[0]}: a day has 24 ({who})')


def _check_employed(employee: Employee, day: dt.date, who: str) -> None:
    if employee.hire_date and day < employee.hire_date:
        raise invalid(date=f'must not be before {employee.hire_date}, when {who} was hired')
    if employee.termination_date and day > employee.termination_date:
        raise invalid(date=f'must not be after {employee.termination_date}, when {who} left')
