"""Employees, their hours, pay runs and stubs; what a company decided about its payroll."""

import typing

import peewee

from karvo.kit.columns import Cents, Fine, Instant, Json
from karvo.kit.db import Model
from karvo.kit.folded import folded

#: Verbs of a pay run: from which states, to which (domain §16; `void` undoes what is posted).
RUN_STEPS: dict[str, tuple[frozenset[str], str]] = {
    'calculate': (frozenset({'draft', 'calculated'}), 'calculated'),
    'approve': (frozenset({'calculated'}), 'approved'),
    'reopen': (frozenset({'approved'}), 'calculated'),
    'post': (frozenset({'approved'}), 'posted'),
    'pay': (frozenset({'posted'}), 'paid'),
    'cancel': (frozenset({'draft', 'calculated', 'approved'}), 'cancelled'),
    'void': (frozenset({'posted'}), 'cancelled'),
}
#: States in which a run's stubs count in the year to date.
COUNTED = ('calculated', 'approved', 'posted', 'paid')
#: States in which the days of a run's period are closed to new hours.
CLOSED = ('approved', 'posted', 'paid')
#: Verbs of a timesheet (domain §16); a run pays what is approved.
TIMESHEET_STEPS: dict[str, tuple[frozenset[str], str]] = {
    'submit': (frozenset({'draft'}), 'submitted'),
    'approve': (frozenset({'submitted'}), 'approved'),
    'reject': (frozenset({'submitted'}), 'draft'),
}


class Employee(Model):
    """Somebody who is paid. `sin` and `bank` are encrypted; beside them what may be shown."""

    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    number = peewee.TextField(null=True, unique=True)
    number_year = peewee.IntegerField(null=True)
    number_value = peewee.BigIntegerField(null=True)
    first_name = peewee.TextField()
    last_name = peewee.TextField()
    email = peewee.TextField(null=True)
    phone = peewee.TextField(null=True)
    address: typing.Any = Json()
    province_of_employment = peewee.TextField(default='QC')
    language = peewee.TextField()
    birth_date = peewee.DateField(null=True)
    hire_date = peewee.DateField(null=True)
    termination_date = peewee.DateField(null=True)
    status = peewee.TextField(default='active')
    pay_type = peewee.TextField()
    pay_rate = Fine()  # dollars an hour, or a year
    pay_frequency = peewee.TextField()
    weekly_hours = Fine(default=40)
    sin = peewee.TextField(null=True)  # encrypted
    sin_mask = peewee.TextField(null=True)
    bank = peewee.TextField(null=True)  # encrypted JSON {institution, transit, account}
    bank_mask: typing.Any = Json(null=True)
    td1_total = Cents(null=True)
    td1_claim_code = peewee.TextField(null=True)
    k3 = Cents(default=0)
    additional_tax_fed = Cents(default=0)
    tp1015_e = Cents(null=True)
    tp1015_j = Cents(default=0)
    tp1016_k1 = Cents(default=0)
    tp1015_exempt = peewee.BooleanField(default=False)
    additional_tax_qc = Cents(default=0)
    exemptions: typing.Any = Json(default=dict)
    deductions: typing.Any = Json(default=list)
    vacation_pct = Fine(default=4)
    vacation_method = peewee.TextField(default='accrue')
    cnesst_unit = peewee.TextField(null=True)
    notes = peewee.TextField(null=True)
    search_text = peewee.TextField()
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant()


# Holds what the list filters and orders by, so that its total is counted from the index alone.
Employee.add_index(
    peewee.SQL(
        f'CREATE INDEX IF NOT EXISTS "employee_listed" ON "employee" (({folded("last_name")}), id) '
        'INCLUDE (last_name, first_name, status, pay_type, pay_frequency, number, hire_date, '
        'created_at, updated_at)'
    )
)
Employee.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "employee_search" ON "employee" '
        'USING gin (search_text public.gin_trgm_ops) WITH (fastupdate = off)'
    )
)


class PayRun(Model):
    """The pays of one period. `inputs` are its lump sums and what else was asked for."""

    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    number = peewee.TextField(null=True, unique=True)
    number_year = peewee.IntegerField(null=True)
    number_value = peewee.BigIntegerField(null=True)
    kind = peewee.TextField(default='regular')
    frequency = peewee.TextField()
    period_start = peewee.DateField()
    period_end = peewee.DateField()
    pay_date = peewee.DateField()
    periods = peewee.IntegerField()  # P: pay dates of this frequency in the year
    place = peewee.BigIntegerField(null=True)  # of a run entered again: that of the undone one
    status = peewee.TextField(default='draft')
    employees = peewee.IntegerField(default=0)
    totals: typing.Any = Json(default=dict)
    inputs: typing.Any = Json(default=dict)
    notes = peewee.TextField(null=True)
    calculated_at = Instant(null=True)
    approved_at = Instant(null=True)
    approved_by = peewee.TextField(null=True)
    posted_at = Instant(null=True)
    paid_on = peewee.DateField(null=True)
    cancelled_at = Instant(null=True)
    is_voided = peewee.BooleanField(default=False)
    reason = peewee.TextField(null=True)
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant()


PayRun.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "pay_run_listed" ON "pay_run" (pay_date, id) '
        'INCLUDE (status, kind, frequency, period_start, period_end, number, created_at, '
        'updated_at)'
    )
)


class Timesheet(Model):
    """Hours of one day and kind. `run` is the pay run that took them up."""

    employee_id: int
    run_id: int | None
    employee = peewee.ForeignKeyField(Employee, index=False)
    date = peewee.DateField()
    hours = Fine()
    type = peewee.TextField(default='regular')
    rate_multiplier = Fine(default=1)
    status = peewee.TextField(default='draft')
    project = peewee.TextField(null=True)
    notes = peewee.TextField(null=True)
    run = peewee.ForeignKeyField(PayRun, null=True)
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant(index=True)

    class Meta:
        indexes = (
            (('employee', 'date'), False),
            (('status', 'date', 'id'), False),
            (('type', 'date', 'id'), False),
        )


Timesheet.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "timesheet_listed" ON "timesheet" (date, id) '
        'INCLUDE (employee_id, status, type, updated_at)'
    )
)


class PayStub(Model):
    """What one employee gets in a run: each item of the calculation, dollars.

    `pay` is the periodic part I of the gross, `lump_sum` the part B. `before` holds the
    year-to-date sums that the calculation started from, `ytd` those that it left.
    """

    run_id: int
    employee_id: int
    uid = peewee.UUIDField(unique=True)
    run = peewee.ForeignKeyField(PayRun, on_delete='CASCADE', index=False)
    employee = peewee.ForeignKeyField(Employee, index=False)
    employee_no = peewee.TextField()
    name = peewee.TextField()
    address: typing.Any = Json()
    language = peewee.TextField()
    pay_type = peewee.TextField()
    pay_rate = Fine()
    hours = Fine()
    pay = Cents()
    lump_sum = Cents()
    gross = Cents()
    pensionable = Cents()
    insurable = Cents()
    qpip_insurable = Cents()
    qpp = Cents()
    qpp2 = Cents()
    ei = Cents()
    qpip = Cents()
    federal_tax = Cents()
    federal_tax_lump = Cents()
    qc_tax = Cents()
    qc_tax_lump = Cents()
    rpp = Cents()
    rrsp = Cents()
    fhsa = Cents()
    union_dues = Cents()
    ftq_shares = Cents()
    fondaction_shares = Cents()
    other_deductions = Cents()
    deductions = Cents()
    net = Cents()
    employer_qpp = Cents()
    employer_qpp2 = Cents()
    employer_ei = Cents()
    employer_qpip = Cents()
    employer_hsf = Cents()
    employer_cnt = Cents()
    employer_cnesst = Cents()
    employer_total = Cents()
    vacation_paid = Cents()
    vacation_accrued = Cents()
    vacation_balance = Cents()
    bank_mask: typing.Any = Json(null=True)
    before: typing.Any = Json()
    ytd: typing.Any = Json()
    steps: typing.Any = Json()
    created_at = Instant()

    class Meta:
        indexes = ((('run', 'employee'), True), (('employee', 'run'), False))


class PayStubLine(Model):
    """A line of a stub: an earning, or a deduction beside the statutory ones."""

    stub = peewee.ForeignKeyField(PayStub, on_delete='CASCADE', index=False, backref='lines')
    position = peewee.IntegerField()
    kind = peewee.TextField()  # earning, deduction
    code = peewee.TextField()
    hours = Fine(null=True)
    rate = Fine(null=True)
    amount = Cents()
    note = peewee.TextField(null=True)

    class Meta:
        indexes = ((('stub', 'position'), True),)


class PayrollOpening(Model):
    """What an employee was paid in a year before it was paid here, by the names of reads.SUMS."""

    employee = peewee.ForeignKeyField(Employee, index=False)
    year = peewee.IntegerField()
    sums: typing.Any = Json()
    created_at = Instant()
    updated_at = Instant()

    class Meta:
        indexes = ((('year', 'employee'), True),)


class PayrollSetting(Model):
    """A decision of the company about its payroll; readable with a payroll scope alone."""

    key = peewee.TextField(unique=True)
    value: typing.Any = Json()
