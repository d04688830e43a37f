"""The settings of a company: one flat object, each with its default and its meaning."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.kit.events import Event
from karvo.kit.fields import Count, Line, MoneyNotNegative, Note, Percent, Short

Country = typing.Annotated[str, Meta(pattern=r'^[A-Z]{2}(?!\n)$')]
Currency = typing.Annotated[str, Meta(pattern=r'^[A-Z]{3}(?!\n)$')]
Language = typing.Literal['fr', 'en']


class LockDates(msgspec.Struct, kw_only=True):
    """Nothing may be posted on or before these dates (G-7). null = open."""

    sales_lock: dt.date | None = None
    purchase_lock: dt.date | None = None
    tax_lock: dt.date | None = None
    all_lock: dt.date | None = None
    hard_lock: dt.date | None = None  #: never lowered


class Settings(LockDates, kw_only=True):
    """Everything that a company may set."""

    name: Line = ''
    legal_name: Line = ''
    address1: Line = ''
    address2: Line = ''
    city: Line = ''
    province: typing.Annotated[str, Meta(max_length=3)] = ''
    postal_code: Short = ''
    country: Country = 'CA'
    phone: Short = ''
    email: Line = ''
    website: Line = ''
    currency: Currency = 'CAD'
    language: Language = 'fr'
    timezone: Short = 'America/Toronto'
    #: The month in which the fiscal year begins; it has the number of the year in which it ends.
    fiscal_year_start: typing.Annotated[int, Meta(ge=1, le=12)] = 1
    default_payment_terms: Short = 'NET30'
    terms_text_fr: Note = ''
    terms_text_en: Note = ''
    payment_instructions: Note = ''  #: how the company wants to be paid; Karbon shows them
    interest_rate_annual: Percent = Decimal(0)  #: AR-8; of customers that agreed to no other
    criminal_interest_rate: Percent = Decimal(35)  #: AR-8; no rate may be above it
    auto_create_customers: bool = True  #: INV-1
    enforce_credit_on_invoice: bool = False  #: AR-6
    bypass_credit_at_order: bool = False  #: AR-5
    auto_hold_days: Count = 60  #: AR-6; 0 = never
    small_difference_limit: MoneyNotNegative = Decimal('5.00')  #: INV-7; dollars
    four_eyes_pricing: bool = False  #: PRI-8
    v2_auto_tax: bool = False  #: V2-2; whether api/v2 taxes lines that say nothing of taxes
    block_ship_without_sds: typing.Literal['warn', 'block'] = 'warn'  #: WH-7
    #: Whether questions that the rules cannot read may go to the operator's external model.
    ai_external: typing.Literal['off', 'on'] = 'off'


def _change_of(settings: type[msgspec.Struct], name: str) -> type[msgspec.Struct]:
    """The same members, all optional; null goes back to the default."""
    hints = typing.get_type_hints(settings, include_extras=True)
    locks = set(LockDates.__struct_fields__)
    members = [(n, h | None | UnsetType, UNSET) for n, h in hints.items() if n not in locks]
    return msgspec.defstruct(name, members, kw_only=True, module=__name__)


#: PUT /settings: absent = unchanged. Lock dates have a route of their own.
SettingsChange = _change_of(Settings, 'SettingsChange')


class LockDatesChange(msgspec.Struct, kw_only=True):
    """PUT /settings/lock-dates: absent = unchanged, null = open again."""

    sales_lock: dt.date | None | UnsetType = UNSET
    purchase_lock: dt.date | None | UnsetType = UNSET
    tax_lock: dt.date | None | UnsetType = UNSET
    all_lock: dt.date | None | UnsetType = UNSET
    hard_lock: dt.date | None | UnsetType = UNSET


class SettingsUpdated(Event, frozen=True):
    """A setting or a lock date changed."""

    name = 'settings.updated'
    resource = 'settings'
