"""What a company decides about its payment files, remittances and slips."""

import re
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.kit.fields import MoneyNotNegative, Short
from karvo.payroll.schemas.employees import Bank

Authority = typing.Literal['cra', 'rq']
RemitterFrequency = typing.Literal['annual', 'quarterly', 'monthly', 'twice_monthly', 'weekly']
DentalCode = typing.Literal['1', '2', '3', '4', '5']
Year = typing.Annotated[int, Meta(ge=1990, le=2100)]
Few = Meta(max_length=100)
Days = typing.Annotated[int, Meta(ge=0, le=60)]
ReminderDays = typing.Annotated[list[Days], Meta(max_length=10)]
PaymentsPerRecord = typing.Literal[1, 6]


class Remitter(msgspec.Struct, kw_only=True):
    """How often an authority is remitted to from a year on; monthly where nothing is said."""

    authority: Authority
    year: Year
    frequency: RemitterFrequency


class Training(msgspec.Struct, kw_only=True):
    """Eligible training expenses of a year: they lower the WSDRF contribution."""

    year: Year
    expenses: MoneyNotNegative


class Contact(msgspec.Struct, kw_only=True):
    """Whom the authorities may ask about slips."""

    name: typing.Annotated[str, Meta(max_length=22)] = ''
    area_code: Short = ''
    phone: Short = ''
    extension: Short = ''
    email: typing.Annotated[str, Meta(max_length=60)] = ''


#: (member, form, what it must be); empty texts are never wrong.
CONTACT_FORMS = (
    ('area_code', '[0-9]{3}', 'must be 3 digits'),
    ('phone', '[0-9]{3}-[0-9]{4}', 'must be like 555-0100'),
    ('extension', '[0-9]{1,5}', 'must be 1 to 5 digits'),
)


def contact_problems(contact: Contact) -> dict[str, str]:
    """By the member's path within the settings."""
    return {
        f'contact.{name}': why
        for name, form, why in CONTACT_FORMS
        if getattr(contact, name) and not re.fullmatch(form, getattr(contact, name))
    }


class FilingSettings(msgspec.Struct, kw_only=True):
    """All of them. What a bank or an authority assigns is never invented: empty until given."""

    bank_profile: Short = 'standard'  #: which bank's wishes the payment file follows
    originator_id: Short = ''  #: client number at the bank, up to 10 characters
    short_name: Short = ''  #: up to 15 characters; on the employees' statements
    long_name: Short = ''  #: up to 30 characters
    data_centre: Short | None = None  #: 5 digits; the profile's when null
    trace_clearer: Short | None = None  #: 5 digits, only if the bank asks for trace numbers
    currency: typing.Literal['CAD', 'USD'] = 'CAD'
    return_account: Bank | None = None  #: the company's own; read masked
    line_end: typing.Literal['lf', 'crlf'] | None = None  #: the profile's when null
    payments_per_record: PaymentsPerRecord | None = None  #: the profile's when null
    first_file_number: typing.Annotated[int, Meta(ge=1, le=9999)] = 1  #: of this originator
    cra_account: Short = ''  #: 123456789RP0001
    rq_account: Short = ''  #: 1234567890RS0001
    neq: Short = ''  #: 10 digits
    remitters: typing.Annotated[list[Remitter], Few] = []
    training: typing.Annotated[list[Training], Few] = []
    reminder_days: ReminderDays = msgspec.field(default_factory=lambda: [7, 1])
    account_wsdrf: Short = '6010'  #: expense of the yearly WSDRF contribution
    contact: Contact = msgspec.field(default_factory=Contact)
    rep_id: Short = ''  #: RepID of who transmits, optional
    dental_code: DentalCode | None = None  #: box 45 of employees who have none of their own
    rpp_registration: Short = ''  #: number of the pension plan, 7 digits
    rl1_first: Short = ''  #: range of RL-1 slip numbers that Revenu Québec assigned: 8 digits
    rl1_last: Short = ''


def _change_of(settings: type[msgspec.Struct], name: str) -> type[msgspec.Struct]:
    """The same members, all optional; null goes back to the default."""
    hints = typing.get_type_hints(settings, include_extras=True)
    members = [(n, h | None | UnsetType, UNSET) for n, h in hints.items()]
    return msgspec.defstruct(name, members, kw_only=True, module=__name__)


#: PUT /payroll/filing-settings: absent = unchanged.
FilingSettingsChange = _change_of(FilingSettings, 'FilingSettingsChange')


class Originator(msgspec.Struct, kw_only=True):
    """Where the company's own money is, for a payment file; `account` is the whole account."""

    settings: FilingSettings
    account: Bank


def expenses_of(settings: FilingSettings, year: int) -> Decimal:
    """Training expenses of a year, dollars."""
    known = (one.expenses for one in settings.training if one.year == year)
    return sum(known, Decimal('0.00'))
