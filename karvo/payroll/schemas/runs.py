"""Shapes of pay runs and stubs."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.kit.fields import Code, Id, Line, MoneyNotNegative, MoneyPositive, Note
from karvo.payroll.schemas.employees import Frequency, FrequencyIn

RunKind = typing.Literal['regular', 'special']
RunStatus = typing.Literal['draft', 'calculated', 'approved', 'posted', 'paid', 'cancelled']
LumpKind = typing.Literal['bonus', 'retro', 'vacation', 'banked_overtime', 'other']
Periods = typing.Annotated[int, Meta(ge=12, le=53)]


class LumpSum(msgspec.Struct, kw_only=True):
    """A bonus, retroactive pay, unused vacation or banked overtime; of it `rpp` goes to a plan."""

    amount: MoneyPositive
    employee_id: Id | None = None
    employee_no: Code | None = None
    kind: LumpKind = 'bonus'
    rpp: MoneyNotNegative = Decimal(0)
    note: Line | None = None


Lumps = typing.Annotated[list[LumpSum], Meta(max_length=5000)]


class NewRun(msgspec.Struct, kw_only=True):
    """A period to be paid. A special run holds lump sums only and may lie in any period.

    `periods` is how many pay dates the year has (26 or 27 when paid every two weeks); by the pay
    calendar unless it is given.
    """

    frequency: FrequencyIn
    period_start: dt.date
    period_end: dt.date
    pay_date: dt.date
    kind: RunKind = 'regular'
    periods: Periods | None = None
    lump_sums: Lumps = []
    notes: Note | None = None
    status: typing.Literal['draft', 'calculated'] = 'calculated'


class Recalculation(msgspec.Struct, kw_only=True):
    """Calculate anew; what is given replaces what the run had."""

    lump_sums: Lumps | UnsetType = UNSET
    periods: Periods | None | UnsetType = UNSET
    notes: Note | None | UnsetType = UNSET


class RunStep(msgspec.Struct, kw_only=True):
    """Why, or on which day; the pay date when absent."""

    reason: Note | None = None
    date: dt.date | None = None


class Totals(msgspec.Struct, kw_only=True):
    """Sums of a run's stubs."""

    gross: Decimal = Decimal('0.00')
    qpp: Decimal = Decimal('0.00')
    qpp2: Decimal = Decimal('0.00')
    ei: Decimal = Decimal('0.00')
    qpip: Decimal = Decimal('0.00')
    federal_tax: Decimal = Decimal('0.00')
    qc_tax: Decimal = Decimal('0.00')
    other_deductions: Decimal = Decimal('0.00')
    deductions: Decimal = Decimal('0.00')
    net: Decimal = Decimal('0.00')
    employer_qpp: Decimal = Decimal('0.00')
    employer_qpp2: Decimal = Decimal('0.00')
    employer_ei: Decimal = Decimal('0.00')
    employer_qpip: Decimal = Decimal('0.00')
    employer_hsf: Decimal = Decimal('0.00')
    employer_cnt: Decimal = Decimal('0.00')
    employer_cnesst: Decimal = Decimal('0.00')
    employer_total: Decimal = Decimal('0.00')
    vacation_paid: Decimal = Decimal('0.00')
    vacation_accrued: Decimal = Decimal('0.00')


class RunRead(msgspec.Struct, kw_only=True):
    """A pay run."""

    id: int
    uid: str
    run_no: str
    kind: RunKind
    frequency: Frequency
    period_start: dt.date
    period_end: dt.date
    pay_date: dt.date
    periods: int
    status: RunStatus
    is_voided: bool
    employee_count: int
    totals: Totals
    notes: str | None
    reason: str | None
    approved_by: str | None
    calculated_at: dt.datetime | None
    approved_at: dt.datetime | None
    posted_at: dt.datetime | None
    paid_on: dt.date | None
    cancelled_at: dt.datetime | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class StubLineRead(msgspec.Struct, kw_only=True):
    """A line of a stub, in both languages."""

    code: str
    label_fr: str
    label_en: str
    amount: Decimal
    hours: Decimal | None = None
    rate: Decimal | None = None
    ytd: Decimal | None = None
    note: str | None = None


class Employer(msgspec.Struct, kw_only=True):
    """What the employer pays besides, of one pay."""

    qpp: Decimal
    qpp2: Decimal
    ei: Decimal
    qpip: Decimal
    hsf: Decimal
    cnt: Decimal
    cnesst: Decimal
    total: Decimal


class Vacation(msgspec.Struct, kw_only=True):
    """Vacation pay of one pay, and what is owed after it."""

    paid: Decimal
    accrued: Decimal
    balance: Decimal


class StubRow(msgspec.Struct, kw_only=True):
    """A stub as stored."""

    id: int
    run_id: int
    run_no: str
    frequency: Frequency
    period_start: dt.date
    period_end: dt.date
    pay_date: dt.date
    status: RunStatus
    employee_id: int
    employee_no: str
    name: str
    address: msgspec.Raw
    language: str
    pay_type: str
    pay_rate: Decimal
    hours: Decimal
    pay: Decimal
    lump_sum: Decimal
    gross: Decimal
    pensionable: Decimal
    insurable: Decimal
    qpip_insurable: Decimal
    qpp: Decimal
    qpp2: Decimal
    ei: Decimal
    qpip: Decimal
    federal_tax: Decimal
    federal_tax_lump: Decimal
    qc_tax: Decimal
    qc_tax_lump: Decimal
    rpp: Decimal
    rrsp: Decimal
    fhsa: Decimal
    union_dues: Decimal
    ftq_shares: Decimal
    fondaction_shares: Decimal
    other_deductions: Decimal
    deductions: Decimal
    net: Decimal
    employer_qpp: Decimal
    employer_qpp2: Decimal
    employer_ei: Decimal
    employer_qpip: Decimal
    employer_hsf: Decimal
    employer_cnt: Decimal
    employer_cnesst: Decimal
    employer_total: Decimal
    vacation_paid: Decimal
    vacation_accrued: Decimal
    vacation_balance: Decimal
    bank: dict[str, str] | None
    ytd: dict[str, Decimal]
    steps: dict[str, Decimal]
    lines: list['StoredLine']


class StoredLine(msgspec.Struct, kw_only=True):
    """A line of a stub as stored."""

    kind: str
    code: str
    hours: Decimal | None
    rate: Decimal | None
    amount: Decimal
    note: str | None


class StubRead(msgspec.Struct, kw_only=True):
    """A stub: what was earned, what was withheld, what the employer paid besides.

    Σ earnings − Σ deductions = net. `ytd` are the sums of the calendar year with this pay; `steps`
    the factors of the calculation by their names in T4127 and TP-1015.F.
    """

    id: int
    run_id: int
    run_no: str
    employee_id: int
    employee_no: str
    employee_name: str
    period_start: dt.date
    period_end: dt.date
    pay_date: dt.date
    status: RunStatus
    hours: Decimal
    pay: Decimal
    lump_sum: Decimal
    gross: Decimal
    qpp: Decimal
    qpp2: Decimal
    ei: Decimal
    qpip: Decimal
    federal_tax: Decimal
    federal_tax_lump: Decimal
    qc_tax: Decimal
    qc_tax_lump: Decimal
    total_deductions: Decimal
    net: Decimal
    earnings: list[StubLineRead]
    deductions: list[StubLineRead]
    employer: Employer
    pensionable: Decimal
    insurable: Decimal
    qpip_insurable: Decimal
    ytd: dict[str, Decimal]
    vacation: Vacation
    bank: dict[str, str] | None
    steps: dict[str, Decimal]
