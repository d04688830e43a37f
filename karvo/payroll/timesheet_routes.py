"""/payroll/timesheets of se-erp/v2."""

import datetime as dt
import typing

from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.fields import Id, Line
from karvo.kit.http import Deleted, Page, Resource, endpoint, found
from karvo.payroll.operations.timesheets import (
    advance_timesheet,
    change_timesheet,
    delete_timesheet,
    enter_timesheet,
)
from karvo.payroll.reads import TIMESHEETS, read_timesheet
from karvo.payroll.schemas.timesheets import (
    NewTimesheet,
    Rejection,
    TimesheetChange,
    TimesheetRead,
    TimesheetStatus,
    TimesheetType,
)
from karvo.se_erp import se_erp

READ, WRITE = 'payroll:read', 'payroll:write'


class TimesheetQuery(paging.ListQuery, kw_only=True):
    """Filters of the timesheets; both ends of the days count."""

    date_from: dt.date | None = None
    date_to: dt.date | None = None
    employee_id: Id | None = None
    run_id: Id | None = None
    status: Line | None = None
    type: Line | None = None


class Timesheets(Resource):
    """Hours of all employees."""

    dialect = se_erp

    @endpoint(scope=READ)
    def on_get(self, actor: Actor, query: TimesheetQuery) -> Page[TimesheetRead]:
        """List timesheet entries with date range filter."""
        filters = {
            'date_from': query.date_from,
            'date_to': query.date_to,
            'employee_id': query.employee_id,
            'run_id': query.run_id,
            'status': paging.choices(query.status, typing.get_args(TimesheetStatus), 'status'),
            'type': paging.choices(query.type, typing.get_args(TimesheetType), 'type'),
            'updated_since': query.updated_since,
        }
        rows, total = TIMESHEETS.read(TimesheetRead, filters, paging.slice_of(query))
        return paging.page_of(query, rows, total)

    @endpoint(scope=WRITE, status=201)
    def on_post(self, actor: Actor, body: NewTimesheet) -> TimesheetRead:
        """Submit a timesheet entry (regular, overtime, holiday)."""
        return _timesheet(enter_timesheet(body, actor=actor))


class OneTimesheet(Resource):
    """One timesheet."""

    dialect = se_erp

    @endpoint(scope=READ)
    def on_get(self, actor: Actor, id: int) -> TimesheetRead:
        """Get one timesheet entry."""
        return _timesheet(id)

    @endpoint(scope=WRITE)
    def on_put(
        self, actor: Actor, id: int, body: TimesheetChange, version: int | None
    ) -> TimesheetRead:
        """Update a draft."""
        change_timesheet(id, body, actor=actor, version=version)
        return _timesheet(id)

    @endpoint(scope=WRITE)
    def on_delete(self, actor: Actor, id: int) -> Deleted:
        """Delete a draft."""
        delete_timesheet(id, actor=actor)
        return Deleted(deleted=True, id=id)


class Submission(Resource):
    """A draft is handed in."""

    dialect = se_erp

    @endpoint(scope=WRITE)
    def on_post(self, actor: Actor, id: int, version: int | None) -> TimesheetRead:
        """Submit a draft timesheet."""
        advance_timesheet(id, 'submit', actor=actor, version=version)
        return _timesheet(id)


class TimesheetApproval(Resource):
    """Hours are accepted."""

    dialect = se_erp

    @endpoint(scope=WRITE)
    def on_post(self, actor: Actor, id: int, version: int | None) -> TimesheetRead:
        """Approve a submitted timesheet."""
        advance_timesheet(id, 'approve', actor=actor, version=version)
        return _timesheet(id)


class TimesheetRejection(Resource):
    """Hours go back."""

    dialect = se_erp

    @endpoint(scope=WRITE)
    def on_post(self, actor: Actor, id: int, body: Rejection, version: int | None) -> TimesheetRead:
        """Reject a submitted timesheet: it is a draft again."""
        reason = body.reason or ''
        advance_timesheet(id, 'reject', actor=actor, version=version, reason=reason)
        return _timesheet(id)


def _timesheet(timesheet_id: int) -> TimesheetRead:
    return found(read_timesheet(timesheet_id), 'Timesheet')


routes = [
    ('/payroll/timesheets', Timesheets()),
    ('/payroll/timesheets/{id:int}', OneTimesheet()),
    ('/payroll/timesheets/{id:int}/submit', Submission()),
    ('/payroll/timesheets/{id:int}/approve', TimesheetApproval()),
    ('/payroll/timesheets/{id:int}/reject', TimesheetRejection()),
]
