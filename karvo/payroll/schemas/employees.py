"""Shapes of employees. Rates in dollars an hour or a year, percents as percents."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.customers.schemas import Address, Email, Name, Province
from karvo.kit.fields import Bounds, Code, Line, MoneyNotNegative, MoneyPositive, Note, Percent
from karvo.kit.fields import Short as Text
from karvo.settings.schemas import Language

EmployeeStatus = typing.Literal['active', 'on_leave', 'terminated']
PayType = typing.Literal['hourly', 'salary']
Frequency = typing.Literal['weekly', 'biweekly', 'semi_monthly', 'monthly']
#: `semi-monthly` is how the API's text writes it.
FrequencyIn = typing.Literal['weekly', 'biweekly', 'semi_monthly', 'semi-monthly', 'monthly']
ClaimCode = typing.Literal['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', 'E']
VacationMethod = typing.Literal['accrue', 'each_pay']
PayRate = typing.Annotated[
    Decimal, Meta(extra={'bounds': Bounds(whole=9, places=4, above=Decimal(0))})
]
WeeklyHours = typing.Annotated[
    Decimal,
    Meta(extra={'bounds': Bounds(whole=3, places=2, above=Decimal(0), most=Decimal(168))}),
]
Months = typing.Annotated[int, Meta(ge=0, le=12)]


class Bank(msgspec.Struct, kw_only=True):
    """Where the net pay goes: 3 digits, 5 digits, 5 to 12 digits. Read masked: stars."""

    institution: Text
    transit: Text
    account: Text


class Exemptions(msgspec.Struct, kw_only=True):
    """What is not withheld. QPP also stops by age and by form RR-50, from the month after it.

    `qpp_months` prorates QPP's maximums for a disability pension or a death; the months after the
    18th birthday are counted by themselves.
    """

    qpp: bool = False
    ei: bool = False
    qpip: bool = False
    rr50_date: dt.date | None = None
    qpp_months: Months | None = None


class Deduction(msgspec.Struct, kw_only=True):
    """Of each pay, an amount or a percent of its gross. Registered plans lower the taxes."""

    code: Code
    amount: MoneyPositive | None = None
    pct: Percent | None = None
    pre_tax: bool | None = None


class EmployeeChange(msgspec.Struct, kw_only=True):
    """An employee as sent: absent = unchanged, null = cleared (G-10).

    Tax forms by the names of the calculator: `td1_*` and `k3` federal, `tp1015_*` and `tp1016_*`
    of Québec; without a form the basic amounts count.
    """

    first_name: Name | UnsetType = UNSET
    last_name: Name | UnsetType = UNSET
    email: Email | None | UnsetType = UNSET
    phone: Text | None | UnsetType = UNSET
    address: Address | None | UnsetType = UNSET
    province_of_employment: Province | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    birth_date: dt.date | None | UnsetType = UNSET
    hire_date: dt.date | None | UnsetType = UNSET
    termination_date: dt.date | None | UnsetType = UNSET
    status: EmployeeStatus | UnsetType = UNSET
    pay_type: PayType | UnsetType = UNSET
    pay_rate: PayRate | UnsetType = UNSET
    pay_frequency: FrequencyIn | UnsetType = UNSET
    weekly_hours: WeeklyHours | UnsetType = UNSET
    sin: Text | None | UnsetType = UNSET
    bank: Bank | None | UnsetType = UNSET
    td1_total: MoneyNotNegative | None | UnsetType = UNSET
    td1_claim_code: ClaimCode | None | UnsetType = UNSET
    k3: MoneyNotNegative | UnsetType = UNSET
    additional_tax_fed: MoneyNotNegative | UnsetType = UNSET
    tp1015_e: MoneyNotNegative | None | UnsetType = UNSET
    tp1015_j: MoneyNotNegative | UnsetType = UNSET
    tp1016_k1: MoneyNotNegative | UnsetType = UNSET
    tp1015_exempt: bool | UnsetType = UNSET
    additional_tax_qc: MoneyNotNegative | UnsetType = UNSET
    exemptions: Exemptions | None | UnsetType = UNSET
    deductions: typing.Annotated[list[Deduction], Meta(max_length=50)] | None | UnsetType = UNSET
    vacation_pct: Percent | UnsetType = UNSET
    vacation_method: VacationMethod | UnsetType = UNSET
    cnesst_unit: Text | None | UnsetType = UNSET
    notes: Note | None | UnsetType = UNSET


class NewEmployee(EmployeeChange, kw_only=True):
    """A new employee; without `employee_no` it gets the next one."""

    first_name: Name
    last_name: Name
    pay_type: PayType
    pay_rate: PayRate
    pay_frequency: FrequencyIn
    employee_no: Code | None = None


class EmployeeRow(msgspec.Struct, kw_only=True):
    """An employee in a list; `sin` is masked."""

    id: int
    uid: str
    employee_no: str
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    status: EmployeeStatus
    pay_type: PayType
    pay_rate: Decimal
    pay_frequency: Frequency
    province_of_employment: str
    language: Language
    hire_date: dt.date | None
    termination_date: dt.date | None
    sin: str | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class YearToDate(msgspec.Struct, kw_only=True):
    """What an employee's stubs of a calendar year come to, by pay date."""

    year: int
    gross: Decimal
    pensionable: Decimal
    insurable: Decimal
    qpip_insurable: Decimal
    qpp: Decimal
    qpp2: Decimal
    ei: Decimal
    qpip: Decimal
    federal_tax: Decimal
    qc_tax: Decimal
    net: Decimal


class EmployeeRead(EmployeeRow, kw_only=True):
    """An employee with tax forms, bank, deductions and the year to date.

    SIN and bank are masked unless the credential has payroll:full.
    """

    address: Address
    birth_date: dt.date | None
    weekly_hours: Decimal
    bank: Bank | None
    td1_total: Decimal | None
    td1_claim_code: ClaimCode | None
    k3: Decimal
    additional_tax_fed: Decimal
    tp1015_e: Decimal | None
    tp1015_j: Decimal
    tp1016_k1: Decimal
    tp1015_exempt: bool
    additional_tax_qc: Decimal
    exemptions: Exemptions
    deductions: list[Deduction]
    vacation_pct: Decimal
    vacation_method: VacationMethod
    vacation_balance: Decimal
    cnesst_unit: Line | None
    notes: str | None
    ytd: YearToDate
