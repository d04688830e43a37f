"""Payment files as they were taken, remittances that were paid, slips that were issued."""

import typing

import peewee

from karvo.kit.columns import Cents, Instant, Json
from karvo.kit.db import Model
from karvo.payroll.models import Employee, PayRun

#: States of a run that may be paid by file.
FINAL = ('approved', 'posted', 'paid')
#: States of a run whose stubs are remitted and stand on slips.
BOOKED = ('posted', 'paid')


class PayfileSetting(Model):
    """A decision of the company; `_return_account` is encrypted."""

    key = peewee.TextField(unique=True)
    value: typing.Any = Json()


class BankFile(Model):
    """A payment file, whole and encrypted, so that it can be had again to the byte.

    A run that was reopened and approved anew gets another file, hence `approved_at`.
    """

    run_id: int
    uid = peewee.UUIDField(unique=True)
    run = peewee.ForeignKeyField(PayRun, index=False)
    approved_at = Instant()
    originator_id = peewee.TextField()
    sequence = peewee.BigIntegerField()  # of the originator, without an end
    number = peewee.IntegerField()  # 0001 to 9999, then 0001 again
    created_on = peewee.DateField()
    total = Cents()
    payments = peewee.IntegerField()
    skipped: typing.Any = Json(default=list)
    sha256 = peewee.TextField()
    body = peewee.TextField()  # encrypted
    created_at = Instant()
    created_by = peewee.TextField()

    class Meta:
        indexes = ((('originator_id', 'sequence'), True), (('run', 'approved_at'), True))


class RemittancePayment(Model):
    """What was remitted for a period, item by item; a late run may call for another payment."""

    uid = peewee.UUIDField(unique=True)
    code = peewee.TextField()  # cra-2026-03-31: what is remitted, the end of its period
    year = peewee.IntegerField()  # of the pay dates
    date = peewee.DateField()
    reference = peewee.TextField(null=True)
    amount = Cents()
    items: typing.Any = Json(default=dict)
    created_at = Instant()
    created_by = peewee.TextField()

    class Meta:
        indexes = ((('year', 'code'), False),)


class RemittanceNotice(Model):
    """A reminder that was given: once for each remittance and number of days."""

    code = peewee.TextField()
    days = peewee.IntegerField()
    created_at = Instant()

    class Meta:
        indexes = ((('code', 'days'), True),)


class SlipDetail(Model):
    """What an employee's slips of a year say that no stub does."""

    employee_id: int
    employee = peewee.ForeignKeyField(Employee, index=False)
    year = peewee.IntegerField()
    data: typing.Any = Json(default=dict)
    version = peewee.IntegerField(default=1)
    updated_at = Instant()

    class Meta:
        indexes = ((('employee', 'year'), True),)


class Slip(Model):
    """T4 and RL-1 of an employee and a year as issued; never changed, only superseded."""

    employee_id: int
    amends_id: int | None
    uid = peewee.UUIDField(unique=True)
    employee = peewee.ForeignKeyField(Employee, index=False)
    year = peewee.IntegerField()
    kind = peewee.TextField()  # original, amended, cancelled
    status = peewee.TextField(default='issued')  # issued, superseded, cancelled
    rl1_sequence = peewee.BigIntegerField(null=True, unique=True)
    rl1_number = peewee.TextField(null=True)
    amends = peewee.ForeignKeyField('self', null=True, unique=True)
    sin = peewee.TextField(null=True)  # encrypted
    employer_ei = Cents()  # for the summary: employers' shares stand on no slip
    data: typing.Any = Json()
    reason = peewee.TextField(null=True)
    created_at = Instant()
    created_by = peewee.TextField()

    class Meta:
        indexes = ((('employee', 'year', 'id'), False),)


Slip.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "slip_listed" ON "slip" (year, id) '
        'INCLUDE (kind, status, employee_id, created_at)'
    )
)
