"""What Stripe tells of subscriptions, and what we tell of plans and accounts."""

import datetime as dt
import typing
from collections.abc import Container

import msgspec
from msgspec import Meta, UnsetType

from karvo.stripe.schemas import OwnAccount, Seconds, StripeId, Texts

Url = typing.Annotated[str, Meta(max_length=2000, pattern=r'^https?://[^\s]+(?!\n)$')]
LookupKey = typing.Annotated[
    str, Meta(min_length=1, max_length=100, pattern=r'^[a-z][a-z0-9_-]*(?!\n)$')
]
ApiKey = typing.Annotated[str, Meta(max_length=255, pattern=r'^(sk|rk)_[A-Za-z0-9_]{4,}(?!\n)$')]
Secret = typing.Annotated[str, Meta(max_length=255, pattern=r'^whsec_[A-Za-z0-9_+/=-]{8,}(?!\n)$')]
AccountId = typing.Annotated[str, Meta(max_length=64, pattern=r'^acct_[A-Za-z0-9]+(?!\n)$')]


class Recurring(msgspec.Struct, kw_only=True):
    """How a price recurs."""

    usage_type: str = 'licensed'


class Price(msgspec.Struct, kw_only=True):
    """What is paid for."""

    id: StripeId
    lookup_key: str | None = None
    metadata: Texts | None = None
    recurring: Recurring | None = None


class Item(msgspec.Struct, kw_only=True):
    """A part of a subscription."""

    price: Price | None = None
    current_period_end: Seconds | None = None


class Items(msgspec.Struct, kw_only=True):
    """The parts of a subscription."""

    data: list[Item] = []


class Subscription(msgspec.Struct, kw_only=True):
    """A subscription; endpoints of older API versions have the period's end at the top."""

    id: StripeId
    customer: StripeId
    status: str
    items: Items = msgspec.field(default_factory=Items)
    current_period_end: Seconds | None = None
    trial_end: Seconds | None = None
    cancel_at_period_end: bool = False
    cancel_at: Seconds | None = None
    cancellation_details: Texts | None = None
    created: Seconds = 0

    @property
    def period_end(self) -> int:
        """The last of its items' ends; 0 when none is told."""
        ends = [item.current_period_end for item in self.items.data]
        return max([end for end in [*ends, self.current_period_end] if end], default=0)

    @property
    def is_metered(self) -> bool:
        """Whether usage is to be reported."""
        prices = [item.price for item in self.items.data if item.price and item.price.recurring]
        return any(p.recurring and p.recurring.usage_type == 'metered' for p in prices)


def lookup_of(told: Subscription, plans: Container[str]) -> tuple[str, str]:
    """(lookup key, plan) of the first item that is a plan; plan '' for none.

    `starter` and `starter_yearly` are prices of one plan; a price without a lookup key may name
    its plan in its metadata.
    """
    first = ''
    for item in told.items.data:
        if item.price is None:
            continue
        lookup = item.price.lookup_key or str((item.price.metadata or {}).get('plan') or '')
        first = first or lookup
        if (plan := plan_of(lookup)) in plans:
            return lookup, plan
    return first, ''


def plan_of(lookup_key: str) -> str:
    """`starter_yearly` → `starter`."""
    return lookup_key.replace('-', '_').partition('_')[0]


class PlanCheckoutIn(msgspec.Struct, kw_only=True):
    """Which plan, by its price's lookup key (`starter`, `starter_yearly`), and where to next."""

    plan: LookupKey
    success_url: Url | None = None
    cancel_url: Url | None = None


class PortalIn(msgspec.Struct, kw_only=True):
    """Where the portal leads back to."""

    return_url: Url | None = None


class PageLink(msgspec.Struct, kw_only=True):
    """A page at Stripe, for a person."""

    url: str
    expires_at: dt.datetime | None = None


class PlanOut(msgspec.Struct, kw_only=True):
    """The tenant's plan and how it stands with its payment.

    `status`: none (without a subscription), trialing, active, past_due (until `grace_until`),
    read_only, canceled.
    """

    plan: str
    status: str
    is_read_only: bool
    lookup_key: str | None
    period_end: dt.datetime | None
    trial_end: dt.datetime | None
    grace_until: dt.datetime | None
    cancel_at_period_end: bool
    has_customer: bool


class StripeAccountIn(msgspec.Struct, kw_only=True):
    """How the company is paid: by its own Stripe account, or by one connected to the platform."""

    mode: typing.Literal['own', 'connect'] = 'own'
    api_key: ApiKey | None = None
    #: of the endpoint at `webhook_url`; both while it is being rolled. Absent = unchanged
    webhook_secrets: typing.Annotated[list[Secret], Meta(max_length=4)] | UnsetType = msgspec.UNSET
    account_id: AccountId | None = None
    return_url: Url | None = None


class StripeAccountOut(OwnAccount, kw_only=True):
    """The account, and where Stripe sends its events; `onboarding_url` right after connecting."""

    webhook_url: str
    webhook_secrets: int
    onboarding_url: str | UnsetType = msgspec.UNSET


class Receipt(msgspec.Struct, kw_only=True):
    """What Stripe is answered."""

    received: bool = True
    duplicate: bool = False
