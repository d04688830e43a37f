"""Shapes of prices, price rules and negotiations. Prices in dollars before tax, four decimals."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from karvo.kit.events import Event
from karvo.products.schemas import LineProduct

Scope = typing.Literal['customer', 'group', 'all']
Target = typing.Literal['sku', 'category', 'all']
Method = typing.Literal['fixed', 'percent_off', 'amount_off', 'markup_on_cost']
Source = typing.Literal['negotiated', 'customer', 'tier', 'list']
Side = typing.Literal['customer', 'company']
Action = typing.Literal['approve', 'reject', 'counter', 'withdraw']
Standing = typing.Literal['pending', 'countered', 'approved', 'rejected', 'withdrawn', 'expired']

#: The tiers of the waterfall in their order (PRI-1).
TIERS: tuple[Source, ...] = ('negotiated', 'customer', 'tier', 'list')


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that is valid on the day for this customer and product, whatever the quantity."""

    line: int  #: which of the wanted lines it is for
    id: int
    scope: Scope
    target: Target
    method: Method
    value: Decimal  #: dollars; of percent methods a percent (10 = 10 %)
    min_qty: Decimal
    valid_from: dt.date | None
    valid_to: dt.date | None
    priority: int
    negotiation_id: int | None


class PricedLine(msgspec.Struct, frozen=True):
    """What somebody wants a price for."""

    product: LineProduct
    qty: Decimal


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One tier of the waterfall and why it gave the price, or did not."""

    tier: int
    source: Source
    matched: bool
    price: Decimal | None
    reason: str


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """A price and its explanation (PRI-3, PRI-4)."""

    price: Decimal
    source: Source
    tier: int
    rule_id: int | None
    valid_until: dt.date | None
    below_floor: bool
    warnings: list[str]
    waterfall: list[Step]


class RuleChange(msgspec.Struct, kw_only=True):
    """A price rule as sent: absent = unchanged, null = cleared (G-10)."""

    name: str | UnsetType = UNSET
    scope: Scope | UnsetType = UNSET
    customer: str | None | UnsetType = UNSET
    group: str | None | UnsetType = UNSET
    target: Target | UnsetType = UNSET
    sku: str | None | UnsetType = UNSET
    category: str | None | UnsetType = UNSET
    method: Method | UnsetType = UNSET
    value: Decimal | UnsetType = UNSET
    min_qty: Decimal | UnsetType = UNSET
    valid_from: dt.date | None | UnsetType = UNSET
    valid_to: dt.date | None | UnsetType = UNSET
    priority: int | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class RuleRead(msgspec.Struct, kw_only=True):
    """A price rule as read."""

    id: int
    uid: str
    name: str
    source: Source
    scope: Scope
    customer_code: str | None
    group: str | None
    target: Target
    sku: str | None
    category: str | None
    method: Method
    value: Decimal
    min_qty: Decimal
    valid_from: dt.date | None
    valid_to: dt.date | None
    priority: int
    active: bool
    negotiation_id: int | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class NewNegotiation(msgspec.Struct, frozen=True, kw_only=True):
    """A customer asks for a price; `qty` is the quantity from which it shall hold."""

    customer: str
    sku: str
    requested_price: Decimal
    qty: Decimal = Decimal(1)
    currency: str | None = None  #: the company's, when absent
    reason: str | None = None
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a negotiation (PRI-7). `by`: who makes a counter-offer."""

    action: Action
    counter_price: Decimal | None = None
    approved_price: Decimal | None = None
    valid_until: dt.date | None = None
    reason: str | None = None
    by: Side | None = None


class Turn(msgspec.Struct, kw_only=True):
    """One entry of a negotiation's history."""

    at: dt.datetime
    status: Standing
    by: str
    side: Side | None = None
    price: Decimal | None = None
    reason: str | None = None


class NegotiationRead(msgspec.Struct, kw_only=True):
    """A negotiation as read; `price` is what was approved."""

    id: int
    uid: str
    number: str
    customer_id: int
    customer_code: str
    customer_name: str
    product_id: int
    sku: str
    requested_price: Decimal
    qty: Decimal
    current_price: Decimal
    currency: str
    reason: str | None
    valid_from: dt.date | None
    valid_until: dt.date | None
    status: Standing
    counter_price: Decimal | None
    counter_by: Side | None
    price: Decimal | None
    rule_id: int | None
    history: list[Turn]
    decided_by: str | None
    decided_at: dt.datetime | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class PriceRuleEvent(Event, frozen=True):
    """Something happened to a price rule."""

    resource = 'price_rule'


class PriceRuleCreated(PriceRuleEvent, frozen=True):
    name = 'price_rule.created'


class PriceRuleUpdated(PriceRuleEvent, frozen=True):
    name = 'price_rule.updated'


class PriceRuleExpired(PriceRuleEvent, frozen=True):
    name = 'price_rule.expired'


class PriceRuleDeleted(PriceRuleEvent, frozen=True):
    name = 'price_rule.deleted'


class NegotiationEvent(Event, frozen=True):
    """Something happened to a negotiation."""

    resource = 'negotiation'


class NegotiationCreated(NegotiationEvent, frozen=True):
    name = 'negotiation.created'


class NegotiationCountered(NegotiationEvent, frozen=True):
    name = 'negotiation.countered'


class NegotiationApproved(NegotiationEvent, frozen=True):
    name = 'negotiation.approved'


class NegotiationRejected(NegotiationEvent, frozen=True):
    name = 'negotiation.rejected'


class NegotiationWithdrawn(NegotiationEvent, frozen=True):
    name = 'negotiation.withdrawn'


class NegotiationExpired(NegotiationEvent, frozen=True):
    name = 'negotiation.expired'
