"""Events of payroll. They say which record changed and its state: no name, no amount, no SIN."""

from karvo.kit.events import Event


class EmployeeEvent(Event, frozen=True):
    """Something happened to an employee."""

    resource = 'employee'


class EmployeeCreated(EmployeeEvent, frozen=True):
    name = 'employee.created'


class EmployeeUpdated(EmployeeEvent, frozen=True):
    name = 'employee.updated'


class TimesheetEvent(Event, frozen=True):
    """Something happened to a timesheet."""

    resource = 'timesheet'


class TimesheetCreated(TimesheetEvent, frozen=True):
    """A draft was entered."""

    name = 'timesheet.created'


class TimesheetUpdated(TimesheetEvent, frozen=True):
    name = 'timesheet.updated'


class TimesheetSubmitted(TimesheetEvent, frozen=True):
    name = 'timesheet.submitted'


class TimesheetApproved(TimesheetEvent, frozen=True):
    """By a person, or with the pay run that took it up."""

    name = 'timesheet.approved'


class TimesheetRejected(TimesheetEvent, frozen=True):
    """It is a draft again."""

    name = 'timesheet.rejected'


class TimesheetPaid(TimesheetEvent, frozen=True):
    """Its pay run was paid."""

    name = 'timesheet.paid'


class TimesheetDeleted(TimesheetEvent, frozen=True):
    name = 'timesheet.deleted'


class RunEvent(Event, frozen=True):
    """Something happened to a pay run."""

    resource = 'pay_run'


class RunCreated(RunEvent, frozen=True):
    """A draft was entered, not calculated yet."""

    name = 'payroll.run_created'


class RunCalculated(RunEvent, frozen=True):
    name = 'payroll.run_calculated'


class RunApproved(RunEvent, frozen=True):
    name = 'payroll.run_approved'


class RunReopened(RunEvent, frozen=True):
    name = 'payroll.run_reopened'


class RunPosted(RunEvent, frozen=True):
    """It is in the ledger."""

    name = 'payroll.run_posted'


class RunPaid(RunEvent, frozen=True):
    name = 'payroll.run_paid'


class RunCancelled(RunEvent, frozen=True):
    name = 'payroll.run_cancelled'


class RunVoided(RunEvent, frozen=True):
    """It was posted; its entry is reversed, the year to date is as before it."""

    name = 'payroll.run_voided'


class PayrollSettingsUpdated(Event, frozen=True):
    """Which settings changed, not to what."""

    name = 'payroll.settings_updated'
    resource = 'payroll_settings'
