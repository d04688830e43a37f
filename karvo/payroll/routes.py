"""/payroll of se-erp/v2: employees and settings; hours and runs have files of their own."""

import typing

import msgspec

from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.fields import Line
from karvo.kit.http import Page, Resource, endpoint, found
from karvo.kit.text import like
from karvo.payroll.operations.employees import change_employee, create_employee, reveal_secrets
from karvo.payroll.operations.openings import open_year, opening_of
from karvo.payroll.operations.settings import change_payroll_settings
from karvo.payroll.reads import (
    EMPLOYEES,
    read_employee,
    read_opening,
    read_payroll_settings,
)
from karvo.payroll.run_routes import routes as runs
from karvo.payroll.schemas.employees import (
    EmployeeChange,
    EmployeeRead,
    EmployeeRow,
    EmployeeStatus,
    Frequency,
    NewEmployee,
    PayType,
)
from karvo.payroll.schemas.openings import Opening, Year
from karvo.payroll.schemas.settings import PayrollSettings, PayrollSettingsChange
from karvo.payroll.timesheet_routes import routes as timesheets
from karvo.se_erp import se_erp
from karvo.settings.reads import business_date, read_settings

READ, WRITE, FULL = 'payroll:read', 'payroll:write', 'payroll:full'


class EmployeeQuery(paging.ListQuery, kw_only=True):
    """Filters of the employees; `search` is of number, name and e-mail."""

    status: Line | None = None
    pay_type: PayType | None = None
    pay_frequency: Frequency | None = None


class Employees(Resource):
    """Everybody who is or was paid."""

    dialect = se_erp

    @endpoint(scope=READ)
    def on_get(self, actor: Actor, query: EmployeeQuery) -> Page[EmployeeRow]:
        """List all employees; SINs are masked."""
        filters = {
            'status': paging.choices(query.status, typing.get_args(EmployeeStatus), 'status'),
            'pay_type': query.pay_type,
            'pay_frequency': query.pay_frequency,
            'search': like(query.search) if query.search else None,
            'updated_since': query.updated_since,
        }
        rows, total = EMPLOYEES.read(EmployeeRow, filters, paging.slice_of(query))
        return paging.page_of(query, rows, total)

    @endpoint(scope=WRITE, status=201)
    def on_post(self, actor: Actor, body: NewEmployee) -> EmployeeRead:
        """Add a new employee; SIN and bank account are encrypted and answered masked."""
        return _employee(create_employee(body, actor=actor))


class OneEmployee(Resource):
    """One employee."""

    dialect = se_erp

    @endpoint(scope=READ)
    def on_get(self, actor: Actor, id: int) -> EmployeeRead:
        """Get employee details with tax info; with payroll:full also SIN and bank account."""
        shown = _employee(id)
        if actor.may(FULL):
            shown.sin, shown.bank = reveal_secrets(id, actor=actor)
        return shown

    @endpoint(scope=WRITE)
    def on_put(
        self, actor: Actor, id: int, body: EmployeeChange, version: int | None
    ) -> EmployeeRead:
        """Update employee pay rate, status, or deductions; absent = unchanged."""
        change_employee(id, body, actor=actor, version=version)
        return _employee(id)


class OpeningQuery(msgspec.Struct, kw_only=True):
    """Which year; the present one when absent."""

    year: Year | None = None


class OneOpening(Resource):
    """An employee's year before the first pay run here."""

    dialect = se_erp

    @endpoint(scope=READ)
    def on_get(self, actor: Actor, id: int, query: OpeningQuery) -> Opening:
        """What was paid in a year before it was paid here; noughts when nothing was said."""
        year = query.year or business_date(read_settings()).year
        _employee(id)
        return opening_of(year, read_opening(id, year) or {})

    @endpoint(scope=WRITE)
    def on_put(self, actor: Actor, id: int, body: Opening) -> Opening:
        """Set the year to date of an employee paid elsewhere before; not once a run is posted."""
        open_year(id, body, actor=actor)
        return opening_of(body.year, read_opening(id, body.year) or {})


class PayrollDecisions(Resource):
    """What the company decided about its payroll."""

    dialect = se_erp

    @endpoint(scope=READ)
    def on_get(self, actor: Actor) -> PayrollSettings:
        """The payroll settings: calendars, rates, accounts."""
        return read_payroll_settings()

    @endpoint(scope=WRITE)
    def on_put(
        self,
        actor: Actor,
        body: PayrollSettingsChange,  # type: ignore[valid-type]
    ) -> PayrollSettings:
        """Change payroll settings; absent = unchanged, null = default."""
        return change_payroll_settings(body, actor=actor)


def _employee(employee_id: int) -> EmployeeRead:
    year = business_date(read_settings()).year
    return found(read_employee(employee_id, year), 'Employee')


routes = [
    ('/payroll/employees', Employees()),
    ('/payroll/employees/{id:int}', OneEmployee()),
    ('/payroll/employees/{id:int}/opening', OneOpening()),
    *timesheets,
    *runs,
    ('/payroll/settings', PayrollDecisions()),
]
