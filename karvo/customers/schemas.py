"""Shapes of customers."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.kit.events import Event
from karvo.kit.fields import Code, Count, Line, Metadata, MoneyNotNegative, Note, Percent, Short
from karvo.settings.schemas import Country, Currency, Language
from karvo.taxes.schemas import Exemption

Name = typing.Annotated[str, Meta(min_length=1, max_length=200)]
Email = typing.Annotated[str, Meta(max_length=254)]
Province = typing.Annotated[str, Meta(max_length=3)]
Reference = typing.Annotated[str, Meta(min_length=1, max_length=200)]


class Address(msgspec.Struct, kw_only=True):
    """A postal address; `province` is the ISO 3166-2 sub-code (QC)."""

    attention: Line | None = None
    line1: Line | None = None
    line2: Line | None = None
    city: Line | None = None
    province: Province | None = None
    postal_code: Short | None = None
    country: Country | None = None


class CustomerChange(msgspec.Struct, kw_only=True):
    """A change of a customer: absent = unchanged, null = cleared (G-10)."""

    code: Code | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    email: Email | None | UnsetType = UNSET
    phone: Short | None | UnsetType = UNSET
    website: Line | None | UnsetType = UNSET
    type: typing.Literal['company', 'person'] | UnsetType = UNSET
    language: Language | None | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    address1: Line | None | UnsetType = UNSET
    address2: Line | None | UnsetType = UNSET
    city: Line | None | UnsetType = UNSET
    province: Province | None | UnsetType = UNSET
    postal_code: Short | None | UnsetType = UNSET
    country: Country | None | UnsetType = UNSET
    ship_to: Address | None | UnsetType = UNSET
    group: Code | None | UnsetType = UNSET
    price_tier: Code | None | UnsetType = UNSET
    payment_terms: Short | None | UnsetType = UNSET
    payment_terms_days: Count | UnsetType = UNSET
    credit_limit: MoneyNotNegative | UnsetType = UNSET
    credit_hold: bool | UnsetType = UNSET
    credit_hold_reason: Line | None | UnsetType = UNSET
    tax_exempt: Exemption | UnsetType = UNSET
    gst_number: Short | None | UnsetType = UNSET
    qst_number: Short | None | UnsetType = UNSET
    salesperson: Line | None | UnsetType = UNSET
    notes: Note | None | UnsetType = UNSET
    tags: list[Short] | UnsetType = UNSET
    metadata: Metadata | None | UnsetType = UNSET
    #: where the customer's express request for English alone is kept (L-1)
    language_choice_recorded_ref: Reference | None | UnsetType = UNSET
    interest_rate_annual: Percent | None | UnsetType = UNSET  #: AR-8; percent
    interest_agreed_on: dt.date | None | UnsetType = UNSET
    dunning_excluded: bool | UnsetType = UNSET  #: AR-7
    in_collections: bool | UnsetType = UNSET
    default_warehouse: Short | None | UnsetType = UNSET  #: its code (WHS-2)


class Customer(msgspec.Struct, kw_only=True):
    """A customer as read, amounts in dollars of its currency."""

    id: int
    uid: str
    key: str
    code: str
    name: str
    type: str
    email: str | None
    phone: str | None
    website: str | None
    language: str | None
    currency: str
    payment_terms: str | None
    group: str | None
    price_tier: str | None
    credit_limit: Decimal
    credit_hold: bool
    credit_hold_reason: str | None
    tax_exempt: Exemption
    gst_number: str | None
    qst_number: str | None
    address1: str | None
    address2: str | None
    city: str | None
    province: str | None
    postal_code: str | None
    country: str | None
    ship_to: Address | None
    salesperson: str | None
    notes: str | None
    tags: list[str]
    metadata: msgspec.Raw
    auto_created: bool
    language_choice_recorded_at: dt.datetime | None
    language_choice_recorded_by: str | None
    language_choice_recorded_ref: str | None
    interest_rate_annual: Decimal | None
    interest_agreed_on: dt.date | None
    dunning_excluded: bool
    in_collections: bool
    default_warehouse: str | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    deleted_at: dt.datetime | None


class CustomerAccount(Customer, kw_only=True):
    """A customer with what is owed; computed from documents and payments."""

    balance: Decimal
    overdue_balance: Decimal
    unapplied_credits: Decimal
    last_invoice_date: dt.date | None
    ytd_revenue: Decimal


class CustomerEvent(Event, frozen=True):
    """Something happened to a customer; `object` holds its code and name."""

    resource = 'customer'


class CustomerCreated(CustomerEvent, frozen=True):
    name = 'customer.created'


class CustomerUpdated(CustomerEvent, frozen=True):
    name = 'customer.updated'


class CustomerDeleted(CustomerEvent, frozen=True):
    name = 'customer.deleted'


class CustomerCreditHold(CustomerEvent, frozen=True):
    name = 'customer.credit_hold'
