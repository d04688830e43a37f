"""Shapes of cleaning contracts and their service log. Amounts in dollars before tax."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.customers.schemas import Province
from karvo.kit.events import Event
from karvo.kit.fields import (
    Count,
    Id,
    Line,
    Measure,
    Metadata,
    MoneyNotNegative,
    Note,
    Percent,
    Price,
    Quantity,
    Short,
)
from karvo.settings.schemas import Country, Currency, Language

Standing = typing.Literal['draft', 'active', 'suspended', 'terminated', 'expired', 'renewed']
VisitStanding = typing.Literal['scheduled', 'in_progress', 'completed', 'missed', 'cancelled']
Billing = typing.Literal['per_visit', 'monthly', 'quarterly', 'annual']
Frequency = typing.Literal[
    'daily', 'weekly', 'biweekly', 'monthly', 'quarterly', 'annual', 'once'
]  # fmt: skip
Weekday = typing.Literal['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
Month = typing.Annotated[int, Meta(ge=1, le=12)]
BillingDay = typing.Annotated[int, Meta(ge=1, le=31)]
NoticeDays = typing.Annotated[int, Meta(ge=0, le=365)]
Clock = typing.Annotated[str, Meta(pattern=r'^([01][0-9]|2[0-3]):[0-5][0-9](?!\n)$')]
Score = typing.Annotated[int, Meta(ge=1, le=5)]
Some = Meta(max_length=200)


class Site(msgspec.Struct, kw_only=True):
    """Where is cleaned. Its province decides the taxes (CLN-1)."""

    name: Line | None = None
    address: Line | None = None
    city: Line | None = None
    province: Province | None = None
    postal_code: Short | None = None
    country: Country | None = None
    area_m2: Measure | None = None
    access_notes: Note | None = None


class SiteIn(Site, kw_only=True):
    """The same as sent; `key_code` is kept encrypted and never shown in reads."""

    key_code: Line | None | UnsetType = UNSET


class NewContractLine(msgspec.Struct, kw_only=True):
    """A task. qty × unit_price is its price for a billing period; for one visit if billed so.

    Without weekdays it is due on the weekday (or the day of the month) of the contract's start.
    """

    task_fr: Line | None = None
    task_en: Line | None = None
    area: Line | None = None
    frequency: Frequency = 'weekly'
    weekdays: typing.Annotated[list[Weekday], Meta(max_length=7)] = []
    qty: Quantity = Decimal(1)
    unit_price: Price = Decimal(0)
    line_total: MoneyNotNegative | None = None
    sku: Short | None = None
    estimated_minutes: Count | None = None


class ContractChange(msgspec.Struct, kw_only=True):
    """A contract as sent: absent = unchanged, null = cleared (G-10)."""

    name: Line | UnsetType = UNSET
    site: SiteIn | None | UnsetType = UNSET
    start_date: dt.date | UnsetType = UNSET
    end_date: dt.date | None | UnsetType = UNSET
    auto_renew: bool | UnsetType = UNSET
    renewal_notice_days: NoticeDays | UnsetType = UNSET
    billing: Billing | UnsetType = UNSET
    price_per_period: MoneyNotNegative | None | UnsetType = UNSET
    billing_day: BillingDay | UnsetType = UNSET
    indexation_pct: Percent | UnsetType = UNSET
    indexation_month: Month | None | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    fr_version_delivered_at: dt.datetime | None | UnsetType = UNSET
    visit_time: Clock | UnsetType = UNSET
    po_reference: Line | None | UnsetType = UNSET
    crew: Line | None | UnsetType = UNSET
    notes: Note | None | UnsetType = UNSET
    metadata: Metadata | None | UnsetType = UNSET
    lines: typing.Annotated[list[NewContractLine], Some] | UnsetType = UNSET


class NewContract(ContractChange, kw_only=True):
    """A new contract; a draft unless `status` says active."""

    customer_code: Short | None = None
    customer_id: Id | None = None
    status: typing.Literal['draft', 'active'] = 'draft'


class FromDay(msgspec.Struct, kw_only=True):
    """From which day on it holds (today when absent), and why."""

    date: dt.date | None = None
    reason: Note | None = None


class Renewal(msgspec.Struct, kw_only=True):
    """The successor of an expired contract: as long as that was, at its indexed price."""

    end_date: dt.date | None = None
    price_per_period: MoneyNotNegative | None = None
    status: typing.Literal['draft', 'active'] = 'active'


class Task(msgspec.Struct, kw_only=True):
    """What was to be done in a visit, and whether it was."""

    line_id: Id
    done: bool = True
    note: Line | None = None


class Supply(msgspec.Struct, kw_only=True):
    """What a visit used up."""

    sku: Short
    qty: Quantity


class VisitChange(msgspec.Struct, kw_only=True):
    """A visit as sent: absent = unchanged, null = cleared.

    `supplies` leave stock when the visit is completed: from `warehouse`, else the default one.
    """

    status: VisitStanding | UnsetType = UNSET
    scheduled_at: dt.datetime | UnsetType = UNSET
    started_at: dt.datetime | None | UnsetType = UNSET
    ended_at: dt.datetime | None | UnsetType = UNSET
    employee: Line | None | UnsetType = UNSET
    crew: Line | None | UnsetType = UNSET
    tasks: typing.Annotated[list[Task], Some] | UnsetType = UNSET
    supplies: typing.Annotated[list[Supply], Some] | UnsetType = UNSET
    photos: typing.Annotated[list[Line], Some] | UnsetType = UNSET
    customer_signature: Line | None | UnsetType = UNSET
    quality_score: Score | None | UnsetType = UNSET
    billable: bool | UnsetType = UNSET
    note: Note | None | UnsetType = UNSET
    warehouse: Short | None = None


class NewVisit(VisitChange, kw_only=True):
    """A visit besides those that the frequencies ask for."""

    scheduled_at: dt.datetime


class LineRead(msgspec.Struct, kw_only=True):
    """A task as read."""

    id: int
    line_no: int
    task_fr: str
    task_en: str
    area: str | None
    frequency: Frequency
    weekdays: list[Weekday]
    qty: Decimal
    unit_price: Decimal
    line_total: Decimal
    product_id: int | None
    sku: str | None
    estimated_minutes: int | None


class VisitRead(msgspec.Struct, kw_only=True):
    """A row of the service log."""

    id: int
    contract_id: int
    scheduled_at: dt.datetime
    status: VisitStanding
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    employee: str | None
    crew: str | None
    tasks: list[Task]
    supplies: list[Supply]
    photos: list[str]
    customer_signature: str | None
    quality_score: int | None
    billable: bool
    invoice_id: int | None
    note: str | None
    version: int


class InvoicedPeriod(msgspec.Struct, kw_only=True):
    """A period that was settled; without an invoice where nothing was owed."""

    period_start: dt.date
    period_end: dt.date
    active_days: int
    days: int
    amount: Decimal
    invoice_id: int | None


class ContractRow(msgspec.Struct, kw_only=True):
    """A contract in a list."""

    id: int
    uid: str
    contract_no: str
    customer_id: int
    customer_code: str
    customer_name: str
    name: str
    status: Standing
    site: Site
    start_date: dt.date
    end_date: dt.date | None
    auto_renew: bool
    billing: Billing
    currency: str
    language: Language
    total_value: Decimal
    next_service_date: dt.date | None
    next_invoice_date: dt.date | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class ContractRead(ContractRow, kw_only=True):
    """A contract with its lines, its service log (the latest 200) and what was invoiced.

    `total_value` is the price of a period as agreed, `current_value` with the indexation of today.
    """

    has_key_code: bool
    key_code: str | None  #: masked
    renewal_notice_days: int
    price_per_period: Decimal | None
    current_value: Decimal = Decimal(0)
    billing_day: int
    indexation_pct: Decimal
    indexation_month: int | None
    priced_on: dt.date
    fr_version_delivered_at: dt.datetime | None
    visit_time: str
    po_reference: str | None
    crew: str | None
    notes: str | None
    metadata: msgspec.Raw
    predecessor_id: int | None
    successor_id: int | None
    billed_through: dt.date | None
    terminated_on: dt.date | None
    reason: str | None
    suspensions: list[dict[str, dt.date | None]]
    invoices: list[InvoicedPeriod]
    lines: list[LineRead]
    service_log: list[VisitRead]


class ContractEvent(Event, frozen=True):
    """Something happened to a cleaning contract."""

    resource = 'cleaning_contract'


class ContractCreated(ContractEvent, frozen=True):
    name = 'cleaning.contract_created'


class ContractUpdated(ContractEvent, frozen=True):
    name = 'cleaning.updated'


class ContractActivated(ContractEvent, frozen=True):
    name = 'cleaning.activated'


class ContractSuspended(ContractEvent, frozen=True):
    name = 'cleaning.suspended'


class ContractResumed(ContractEvent, frozen=True):
    name = 'cleaning.resumed'


class ContractTerminated(ContractEvent, frozen=True):
    name = 'cleaning.terminated'


class ContractExpiring(ContractEvent, frozen=True):
    """It ends within its days of notice; once for each end date."""

    name = 'cleaning.expiring'


class ContractExpired(ContractEvent, frozen=True):
    name = 'cleaning.expired'


class ContractRenewed(ContractEvent, frozen=True):
    """Another contract goes on from its end."""

    name = 'cleaning.renewed'


class ContractInvoiced(ContractEvent, frozen=True):
    """A period was settled."""

    name = 'cleaning.invoiced'


class VisitsPlanned(ContractEvent, frozen=True):
    """Its frequencies asked for visits; `dates` are their days."""

    name = 'cleaning.visits_planned'


class VisitEvent(Event, frozen=True):
    """Something happened to a visit."""

    resource = 'cleaning_visit'


class VisitScheduled(VisitEvent, frozen=True):
    """A visit was entered, or put on another day."""

    name = 'cleaning.service_scheduled'


class VisitStarted(VisitEvent, frozen=True):
    name = 'cleaning.service_started'


class VisitCompleted(VisitEvent, frozen=True):
    name = 'cleaning.service_completed'


class VisitMissed(VisitEvent, frozen=True):
    """Nobody had come 24 hours after its time."""

    name = 'cleaning.service_missed'


class VisitCancelled(VisitEvent, frozen=True):
    name = 'cleaning.service_cancelled'


class VisitUpdated(VisitEvent, frozen=True):
    name = 'cleaning.service_updated'
