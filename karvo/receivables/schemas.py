"""Shapes of letters to late customers and of aging snapshots. Amounts in dollars."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import Meta

from karvo.kit.events import Event
from karvo.kit.fields import MoneyNotNegative

State = typing.Literal['draft', 'sent', 'resolved', 'cancelled']
Name = typing.Annotated[str, Meta(min_length=1, max_length=100)]
Text = typing.Annotated[str, Meta(min_length=1, max_length=5000)]


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """A step of asking for money, `days` after an invoice was due (AR-7). The fee is asked for once
    a letter; sending one may put the customer on hold, or mark him for collection."""

    level: typing.Annotated[int, Meta(ge=1, le=9)]
    days: typing.Annotated[int, Meta(ge=1, le=3650)]
    fee: MoneyNotNegative = Decimal('0.00')
    sets_hold: bool = False
    is_collections: bool = False
    name_fr: Name
    name_en: Name
    text_fr: Text
    text_en: Text


class Overdue(msgspec.Struct, kw_only=True):
    """An invoice that a letter may ask for; `asked` is the level that one has asked at before."""

    id: int
    party_id: int
    number: str
    date: dt.date
    due_date: dt.date
    days: int
    level: int
    asked: int
    total: Decimal
    balance: Decimal


class DunningLineRead(msgspec.Struct, kw_only=True):
    """An invoice of a letter: what was open when it was proposed, from then on when it was sent."""

    invoice_id: int
    invoice_no: str
    date: dt.date
    due_date: dt.date
    days_past_due: int
    level: int
    total: Decimal
    balance: Decimal


class DunningRead(msgspec.Struct, kw_only=True):
    """A letter as read; `total_due` = total + fee + interest."""

    id: int
    uid: str
    customer_id: int
    customer_code: str
    customer_name: str
    status: State
    level: int
    level_name_fr: str
    level_name_en: str
    date: dt.date
    currency: str
    total: Decimal
    fee: Decimal
    interest: Decimal
    total_due: Decimal
    lines: list[DunningLineRead]
    sent_at: dt.datetime | None
    sent_to: str | None
    resolved_at: dt.datetime | None
    cancelled_at: dt.datetime | None
    reason: str | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class AgingDay(msgspec.Struct, kw_only=True):
    """What all customers owed on a day, by days past due (AR-2)."""

    day: dt.date
    currency: str
    customers: int
    current: Decimal
    days_30: Decimal
    days_60: Decimal
    days_90: Decimal
    days_90_plus: Decimal
    total: Decimal
    disputed: Decimal
    unapplied_credits: Decimal
    net: Decimal
    invoice_count: int
    taken_at: dt.datetime


class DunningEvent(Event, frozen=True):
    """Something happened to a letter."""

    resource = 'dunning'


class DunningProposed(DunningEvent, frozen=True):
    name = 'dunning.proposed'


class DunningSent(DunningEvent, frozen=True):
    name = 'dunning.sent'


class DunningResolved(DunningEvent, frozen=True):
    """Everything that the letter asked for is settled."""

    name = 'dunning.resolved'


class DunningCancelled(DunningEvent, frozen=True):
    name = 'dunning.cancelled'


class AgingSnapshotTaken(Event, frozen=True):
    """`object` holds the day and its sums."""

    name = 'aging.snapshot_taken'
    resource = 'aging_snapshot'
