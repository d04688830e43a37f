"""Shapes of timesheets."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.kit.fields import Bounds, Code, Id, Line, Note

TimesheetType = typing.Literal['regular', 'overtime', 'holiday', 'vacation', 'sick', 'unpaid']
TimesheetStatus = typing.Literal['draft', 'submitted', 'approved', 'paid']
#: That a day has 24 is checked where the employee is known, so that the refusal names both.
Hours = typing.Annotated[
    Decimal, Meta(extra={'bounds': Bounds(whole=6, places=2, above=Decimal(0))})
]
Multiplier = typing.Annotated[
    Decimal,
    Meta(extra={'bounds': Bounds(whole=1, places=4, least=Decimal(1), most=Decimal(5))}),
]


class TimesheetChange(msgspec.Struct, kw_only=True):
    """A draft as sent: absent = unchanged."""

    date: dt.date | UnsetType = UNSET
    hours: Hours | UnsetType = UNSET
    type: TimesheetType | UnsetType = UNSET
    rate_multiplier: Multiplier | UnsetType = UNSET
    project: Line | None | UnsetType = UNSET
    notes: Note | None | UnsetType = UNSET


class NewTimesheet(msgspec.Struct, kw_only=True):
    """Hours of one day, of the employee named by id or number; submitted unless a draft.

    The multiplier is 1.5 for overtime and 1 for the rest unless it is given. Hours beyond 40 a
    week become overtime by themselves.
    """

    date: dt.date
    hours: Hours
    employee_id: Id | None = None
    employee_no: Code | None = None
    type: TimesheetType = 'regular'
    rate_multiplier: Multiplier | None = None
    project: Line | None = None
    notes: Note | None = None
    status: typing.Literal['draft', 'submitted'] = 'submitted'


class Rejection(msgspec.Struct, kw_only=True):
    """Why a timesheet goes back to its draft."""

    reason: Note | None = None


class TimesheetRead(msgspec.Struct, kw_only=True):
    """A timesheet; `run_id` is the pay run that took it up."""

    id: int
    employee_id: int
    employee_no: str
    employee_name: str
    date: dt.date
    hours: Decimal
    type: TimesheetType
    rate_multiplier: Decimal
    status: TimesheetStatus
    project: str | None
    notes: str | None
    run_id: int | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
