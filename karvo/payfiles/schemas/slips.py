"""Shapes of slips: T4 and RL-1 of a Quebec employee and a year. Amounts in dollars."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import Meta

from karvo.kit.fields import Id, Line, MoneyNotNegative
from karvo.payfiles.schemas.settings import DentalCode, Year

SlipKind = typing.Literal['original', 'amended', 'cancelled']
SlipStatus = typing.Literal['issued', 'superseded', 'cancelled']
ZERO = Decimal('0.00')
Registration = typing.Annotated[str, Meta(pattern=r'^[0-9]{7}(?!\n)$')]


class Rl1Others(msgspec.Struct, kw_only=True):
    """RL-1 boxes that no pay tells; all but J are inside box A already. J is added to it."""

    j: MoneyNotNegative = ZERO  #: private health insurance plan
    k: MoneyNotNegative = ZERO  #: trips of remote residents
    l: MoneyNotNegative = ZERO  #: other benefits  # noqa: E741 - the box's letter
    m: MoneyNotNegative = ZERO  #: commissions
    n: MoneyNotNegative = ZERO  #: charitable donations
    o: MoneyNotNegative = ZERO  #: other income, beside box A
    p: MoneyNotNegative = ZERO  #: multi-employer insurance plan
    q: MoneyNotNegative = ZERO  #: deferred salary
    r: MoneyNotNegative = ZERO  #: income situated on a reserve
    s: MoneyNotNegative = ZERO  #: tips
    t: MoneyNotNegative = ZERO  #: tips attributed by the employer
    u: MoneyNotNegative = ZERO  #: phased retirement
    v: MoneyNotNegative = ZERO  #: board and lodging
    w: MoneyNotNegative = ZERO  #: vehicle


class SlipDetails(msgspec.Struct, kw_only=True):
    """What an employee's slips of a year say that no pay does; replaces what was said before."""

    dental_code: DentalCode | None = None  #: box 45
    rpp_registration: Registration | None = None  #: box 50
    donations: MoneyNotNegative = ZERO  #: box 46
    pension_adjustment: MoneyNotNegative = ZERO  #: box 52
    rl1: Rl1Others = msgspec.field(default_factory=Rl1Others)


class T4(msgspec.Struct, kw_only=True):
    """Boxes of the T4. 16 and 16A stay empty: a Quebec employee pays into the QPP."""

    box_10: str
    box_12: str | None
    box_14: Decimal
    box_16: Decimal | None
    box_16a: Decimal | None
    box_17: Decimal
    box_17a: Decimal
    box_18: Decimal
    box_20: Decimal
    box_22: Decimal
    box_24: Decimal
    box_26: Decimal
    box_28_cpp_qpp: bool
    box_28_ei: bool
    box_28_ppip: bool
    box_44: Decimal
    box_45: str | None
    box_46: Decimal
    box_50: str | None
    box_52: Decimal
    box_54: str
    box_55: Decimal
    box_56: Decimal


class Rl1(msgspec.Struct, kw_only=True):
    """Boxes of the RL-1, as data: it must not be sent to Revenu Québec as it is."""

    box_a: Decimal
    box_b_a: Decimal
    box_b_b: Decimal
    box_c: Decimal
    box_d: Decimal
    box_e: Decimal
    box_f: Decimal
    box_g: Decimal
    box_h: Decimal
    box_i: Decimal
    box_j: Decimal
    box_k: Decimal
    box_l: Decimal
    box_m: Decimal
    box_n: Decimal
    box_o: Decimal
    box_p: Decimal
    box_q: Decimal
    box_r: Decimal
    box_s: Decimal
    box_t: Decimal
    box_u: Decimal
    box_v: Decimal
    box_w: Decimal


class SlipAddress(msgspec.Struct, kw_only=True):
    """Where the employee lives, as on the slip."""

    line1: str = ''
    line2: str = ''
    city: str = ''
    province: str = ''
    postal_code: str = ''
    country: str = ''


class SlipData(msgspec.Struct, kw_only=True):
    """What a slip says: frozen once it is issued. The SIN is kept beside it, encrypted."""

    employee_id: int
    employee_no: str
    last_name: str
    first_name: str
    address: SlipAddress
    year: int
    pays: int
    t4: T4
    rl1: Rl1


class EmployeeSlips(SlipData, kw_only=True):
    """An employee's boxes of a year, from posted pays, and how they stand to what was issued.

    `problems`: boxes that contradict one another. `missing`: what has to be known before the slips
    are sent. `differs`: whether what was issued is no longer what the pays come to.
    """

    problems: list[str]
    missing: list[str]
    issued: 'SlipRow | None'
    differs: bool
    details: SlipDetails


class SlipRow(msgspec.Struct, kw_only=True):
    """An issued slip, in a list."""

    id: int
    uid: str
    employee_id: int
    employee_no: str
    last_name: str
    first_name: str
    year: int
    kind: SlipKind
    status: SlipStatus
    rl1_number: str | None
    amends_id: int | None
    box_14: Decimal
    box_22: Decimal
    box_a: Decimal
    box_e: Decimal
    reason: str | None
    created_at: dt.datetime
    created_by: str


class SlipRead(SlipRow, kw_only=True):
    """An issued slip with all its boxes; the SIN is masked unless with payroll:full."""

    previous_rl1_number: str | None
    data: SlipData


class NewSlips(msgspec.Struct, kw_only=True):
    """Issue the originals of a year, of everybody or of these employees."""

    year: Year
    employee_ids: typing.Annotated[list[Id], Meta(max_length=5000)] | None = None


class SlipsIssued(msgspec.Struct, kw_only=True):
    """How many were issued now, and how many were there already."""

    year: int
    issued: int
    already: int


class SlipStep(msgspec.Struct, kw_only=True):
    """Why."""

    reason: Line | None = None


class T4Summary(msgspec.Struct, kw_only=True):
    """Totals of the T4 slips; the employer's share of EI is here alone. No QPP totals exist."""

    slips: int
    box_14: Decimal
    box_16: Decimal
    box_16a: Decimal
    box_18: Decimal
    box_19: Decimal  #: employer's EI premiums
    box_20: Decimal
    box_22: Decimal
    box_27: Decimal
    box_27a: Decimal
    box_52: Decimal
    box_80: Decimal  #: federal tax and both shares of EI


class Rl1Summary(msgspec.Struct, kw_only=True):
    """Totals for the RLZ-1.S, employer's shares included."""

    slips: int
    box_a: Decimal
    qpp_employee: Decimal
    qpp2_employee: Decimal
    qpp_employer: Decimal
    qpp2_employer: Decimal
    qpip_employee: Decimal
    qpip_employer: Decimal
    quebec_tax: Decimal
    hsf: Decimal
    cnesst: Decimal
    cnt: Decimal
    wsdrf: Decimal
    total: Decimal


class SlipSummaries(msgspec.Struct, kw_only=True):
    """Both summaries of a year, from posted pays; `problems` names what does not agree with the
    slips or the remittances. `due_date`: the last day of February."""

    year: int
    due_date: dt.date
    electronic: bool  #: more than five slips must be filed electronically
    t4: T4Summary
    rl1: Rl1Summary
    issued: int
    not_issued: int
    differing: int
    problems: list[str]
    missing: list[str]
