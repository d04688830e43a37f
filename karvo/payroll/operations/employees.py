"""Employees entered and changed."""

import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET

from karvo.customers.operations import checked_email
from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, Invalid, PreconditionFailed, invalid, not_found
from karvo.kit.text import fold
from karvo.kit.work import Work, atomic
from karvo.payroll.deducted import check_deductions
from karvo.payroll.models import Employee
from karvo.payroll.schemas.employees import (
    Bank,
    EmployeeChange,
    Exemptions,
    NewEmployee,
)
from karvo.payroll.schemas.events import EmployeeCreated, EmployeeEvent, EmployeeUpdated
from karvo.payroll.sealed import (
    bank_problems,
    checked_sin,
    is_mask_of,
    mask_bank,
    mask_sin,
    open_bank,
    open_sin,
    seal_bank,
    seal_sin,
)
from karvo.settings.reads import business_date, read_settings
from karvo.settings.schemas import Settings

SERIES = 'EMP'
SECRETS = ('sin', 'bank')
EMPTY: dict[str, typing.Any] = {'address': {}, 'exemptions': {}, 'deductions': []}


class Secrets(typing.NamedTuple):
    """What only payroll:full sees."""

    sin: str | None
    bank: Bank | None


def create_employee(new: NewEmployee, *, actor: Actor) -> int:
    """The new id. Raises Missing, Invalid, Conflict (employee_no is taken)."""
    with atomic() as work:
        settings = read_settings()
        row = Employee(
            uid=ids.uuid7(),
            key=ids.random_key(),
            address={},
            language=settings.language,
            created_at=work.at,
            updated_at=work.at,
            search_text='',
        )
        _set(row, new)
        _check(row, settings)
        _number(row, new.employee_no, work)
        announce(EmployeeCreated, row, work, actor)
    return int(row.id)


def change_employee(
    employee_id: int, change: EmployeeChange, *, actor: Actor, version: int | None = None
) -> None:
    """Merge the change (G-10). Raises NotFound, Invalid, PreconditionFailed."""
    with atomic() as work:
        row = locked_employee(employee_id, version)
        changed = _set(row, change)
        _check(row, read_settings())
        if not changed:
            return
        row.search_text = _search_text(row)
        row.version, row.updated_at = row.version + 1, work.at
        row.save()
        announce(EmployeeUpdated, row, work, actor)
        told = {'changed': sorted(changed)}
        work.audit('employee.changed', 'employee', row.id, actor, after=told)


def reveal_secrets(employee_id: int, *, actor: Actor) -> Secrets:
    """SIN and bank account, for payroll:full; the audit log says who saw them.

    Raises Forbidden, NotFound.
    """
    actor.require('payroll:full')
    with atomic() as work:
        row = Employee.select(Employee.id, Employee.sin, Employee.bank)
        found: Employee | None = row.where(Employee.id == employee_id).get_or_none()
        if found is None:
            raise not_found('Employee')
        if found.sin or found.bank:
            work.audit('employee.secrets_read', 'employee', found.id, actor)
    sin = open_sin(found.sin) if found.sin else None
    return Secrets(sin, open_bank(found.bank) if found.bank else None)


def locked_employee(employee_id: int, version: int | None = None) -> Employee:
    """The row, locked. Raises NotFound, PreconditionFailed."""
    query = Employee.select().where(Employee.id == employee_id)
    row: Employee | None = query.for_update().get_or_none()
    if row is None:
        raise not_found('Employee')
    if version is not None and version != row.version:
        raise PreconditionFailed(f'the employee is at version {row.version}')
    return row


def announce(
    kind: type[EmployeeEvent],
    row: Employee,
    work: Work,
    actor: Actor,
) -> None:
    """Which record, and no more: whoever may read events need not read payroll."""
    shown = {'id': row.id, 'version': row.version}
    work.record(kind(id=row.id, uid=str(row.uid), object=shown, previous={}), actor)


def _number(row: Employee, given: str | None, work: Work) -> None:
    """Saves the row with the client's number, or with the next one."""
    if given is None:
        row.search_text = _search_text(row)
        row.save(force_insert=True)
        work.take_number(SERIES, 0, 'employee', row.id, is_searched=True)
        return
    if Employee.select().where(Employee.number == given).exists():
        raise Conflict(
            f'employee_no {given} exists already',
            code='erp_duplicate',
            fields={'employee_no': 'exists already'},
        )
    row.number = given
    if claimed := work.claim_number(SERIES, given):
        row.number_year, row.number_value = claimed.year, claimed.value
    row.search_text = _search_text(row)
    row.save(force_insert=True)


def _set(row: Employee, change: EmployeeChange) -> set[str]:
    """Set what is given; the names of what is different now. Raises Invalid."""
    changed = set()
    for name in EmployeeChange.__struct_fields__:
        value = getattr(change, name)
        if value is UNSET or name in SECRETS:
            continue
        value = _stored(name, value)
        if getattr(row, name) != value:
            setattr(row, name, value)
            changed.add(name)
    return changed | _set_sin(row, change) | _set_bank(row, change)


def _stored(name: str, value: typing.Any) -> typing.Any:
    if value is None:
        return EMPTY.get(name)
    if name == 'pay_frequency':
        return value.replace('-', '_')
    if name in EMPTY:
        return _plain(value)
    return value


def _plain(value: typing.Any) -> typing.Any:
    """For a jsonb column: amounts as text, so that no cent is lost."""
    return msgspec.to_builtins(value)


def _set_sin(row: Employee, change: EmployeeChange) -> set[str]:
    if change.sin is UNSET or (change.sin is not None and change.sin == row.sin_mask):
        return set()
    if change.sin is None:
        was, row.sin, row.sin_mask = row.sin, None, None
        return {'sin'} if was else set()
    digits = checked_sin(change.sin)
    if digits is None:
        raise invalid(sin=f'is no social insurance number{_of(row)}')
    row.sin, row.sin_mask = seal_sin(digits), mask_sin(digits)
    return {'sin'}


def _set_bank(row: Employee, change: EmployeeChange) -> set[str]:
    if change.bank is UNSET or (change.bank is not None and is_mask_of(change.bank, row.bank_mask)):
        return set()
    if change.bank is None:
        was, row.bank, row.bank_mask = row.bank, None, None
        return {'bank'} if was else set()
    if problems := bank_problems(change.bank):
        text = '; '.join(f'{name} {why}' for name, why in problems.items())
        raise Invalid(f'{text}{_of(row)}', fields=problems)
    row.bank, row.bank_mask = seal_bank(change.bank), mask_bank(change.bank)
    return {'bank'}


def _of(row: Employee) -> str:
    """Whose it is, for a refusal."""
    name = ' '.join(filter(None, (row.number, row.first_name, row.last_name)))
    return f' ({name})' if name else ''


def _check(row: Employee, settings: Settings) -> None:
    """Raises Invalid."""
    today = business_date(settings)
    if row.email:
        row.email = checked_email(row.email)
    if row.province_of_employment != 'QC':
        raise invalid(province_of_employment='must be QC: pays of other provinces are not computed')
    if row.birth_date and not row.birth_date < today:
        raise invalid(birth_date='must be in the past')
    if row.hire_date and not clock.is_business_date(row.hire_date, today):
        # People are hired before 1990; the limit of documents is not theirs.
        if row.hire_date > today:
            raise invalid(hire_date=f'must be at most {clock.latest(today)}')
    if row.status == 'terminated' and row.termination_date is None:
        row.termination_date = today
    if row.hire_date and row.termination_date and row.termination_date < row.hire_date:
        raise invalid(termination_date='must not be before hire_date')
    if row.td1_total is not None and row.td1_claim_code is not None:
        raise invalid(td1_claim_code='goes without td1_total: one of the two')
    if Decimal(row.vacation_pct) and row.vacation_method not in ('accrue', 'each_pay'):
        raise invalid(vacation_method='must be accrue or each_pay')
    msgspec.convert(row.exemptions, Exemptions)
    check_deductions(row.deductions)


def _search_text(row: Employee) -> str:
    return fold(row.number, row.first_name, row.last_name, row.email)
