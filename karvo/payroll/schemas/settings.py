"""What a company decides about its payroll: each with its default and its meaning."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.kit.fields import MoneyNotNegative, Percent, Short
from karvo.payroll.schemas.employees import Frequency
from karvo.payroll.schemas.runs import Periods

Sector = typing.Literal['other', 'primary_manufacturing', 'public']
Year = typing.Annotated[int, Meta(ge=1990, le=2100)]
Few = Meta(max_length=200)


class PayCalendar(msgspec.Struct, kw_only=True):
    """When a frequency is paid: any one pay date of it (`anchor`) tells all others.

    `year` and `periods` fix the number of pay dates of one year instead.
    """

    frequency: Frequency
    anchor: dt.date | None = None
    year: Year | None = None
    periods: Periods | None = None


class CnesstUnit(msgspec.Struct, kw_only=True):
    """A classification unit's rate in a year, dollars per 100 dollars (facts 1.4)."""

    unit: Short
    year: Year
    rate: Percent


class Accounts(msgspec.Struct, kw_only=True):
    """Accounts that pay runs post to, by their codes."""

    wages: Short = '6000'
    employer: Short = '6010'
    net: Short = '2300'
    federal: Short = '2310'
    quebec: Short = '2320'
    vacation: Short = '2330'
    other: Short = '2340'
    bank: Short = '1000'


class PayrollSettings(msgspec.Struct, kw_only=True):
    """All of them. Percents as percents."""

    require_approval: bool = False  #: whether runs take approved timesheets only
    hsf_rate: Percent | None = None  #: instead of the rate by payroll and sector
    hsf_payroll: MoneyNotNegative = Decimal(0)  #: total payroll of the year before, dollars
    hsf_sector: Sector = 'other'
    cnt_exempt: bool = False  #: labour standards contribution
    cnesst_unit: Short | None = None  #: of employees without a unit of their own
    cnesst_units: typing.Annotated[list[CnesstUnit], Few] = []
    qc_lump_method: typing.Literal[1, 2] = 2
    good_friday: bool = True  #: is the holiday; else Easter Monday
    week_starts: typing.Literal['sunday', 'monday'] = 'sunday'  #: of the 40 hours
    calendars: typing.Annotated[list[PayCalendar], Few] = []
    accounts: Accounts = msgspec.field(default_factory=Accounts)


def _change_of(settings: type[msgspec.Struct], name: str) -> type[msgspec.Struct]:
    """The same members, all optional; null goes back to the default."""
    hints = typing.get_type_hints(settings, include_extras=True)
    members = [(n, h | None | UnsetType, UNSET) for n, h in hints.items()]
    return msgspec.defstruct(name, members, kw_only=True, module=__name__)


#: PUT /payroll/settings: absent = unchanged.
PayrollSettingsChange = _change_of(PayrollSettings, 'PayrollSettingsChange')
