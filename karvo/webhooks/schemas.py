"""Shapes of webhooks: subscriptions as sent and read, deliveries, replays, figures, events."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.kit.events import Event
from karvo.kit.fields import text

Payload = typing.Literal['full', 'thin']
Signature = typing.Literal['v1', 'v1a', 'wc']
Ordering = typing.Literal['none', 'resource']
Op = typing.Literal[
    'eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'exists', 'contains', 'starts_with'
]  # fmt: skip
Which = typing.Literal['all', 'failed', 'missing']
Status = typing.Literal['active', 'paused', 'disabled']
State = typing.Literal['waiting', 'delivered', 'failed', 'skipped', 'cancelled']
Breaker = typing.Literal['closed', 'open', 'half_open']

Scalar = int | float | str | bool | None
Url = typing.Annotated[str, text(2048, 1)]
Pattern = typing.Annotated[str, text(100, 1)]
Patterns = typing.Annotated[list[Pattern], Meta(min_length=1, max_length=100)]
Path = typing.Annotated[str, text(200, 1)]
Delay = typing.Annotated[int, Meta(ge=0, le=86_400)]
Schedule = typing.Annotated[list[Delay], Meta(min_length=1, max_length=20)]
Seconds = typing.Annotated[int, Meta(ge=1, le=30)]
PerMinute = typing.Annotated[int, Meta(ge=1, le=100_000)]
InFlight = typing.Annotated[int, Meta(ge=1, le=8)]
Hours = typing.Annotated[int, Meta(ge=0, le=168)]
Secret = typing.Annotated[str, text(200)]

MASK = '********'  #: what a header's value reads as; sent back, it stands for the stored one


class EventFilter(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A condition on an event's body; `value` of `exists` is true when absent."""

    path: Path  #: `object.total`, `previous_attributes.status`, `type`
    op: Op = 'eq'
    value: Scalar | list[Scalar] | UnsetType = UNSET


Filters = typing.Annotated[list[EventFilter], Meta(max_length=20)]


class WebhookChange(msgspec.Struct, kw_only=True):
    """A webhook as sent: absent = unchanged. `schedule` in seconds before each attempt."""

    url: Url | UnsetType = UNSET
    events: Patterns | UnsetType = UNSET
    description: typing.Annotated[str, text(1000)] | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    filters: Filters | UnsetType = UNSET
    payload: Payload | UnsetType = UNSET
    signatures: list[Signature] | UnsetType = UNSET
    headers: dict[str, str] | UnsetType = UNSET
    ordering: Ordering | UnsetType = UNSET
    schedule: Schedule | None | UnsetType = UNSET
    timeout: Seconds | UnsetType = UNSET
    rate_limit: PerMinute | None | UnsetType = UNSET
    max_in_flight: InFlight | UnsetType = UNSET


class NewWebhook(WebhookChange, kw_only=True):
    """A webhook to make. `verify` queues a `webhook.ping`; a secret is made where none is sent."""

    url: Url
    events: Patterns
    secret: Secret | UnsetType = UNSET
    verify: bool = False


class NewSecret(msgspec.Struct, kw_only=True):
    """A change of secrets: the old one signs along for `overlap_hours`; 0 ends all old ones."""

    overlap_hours: Hours = 24
    secret: Secret | UnsetType = UNSET


class SampleOrder(msgspec.Struct, kw_only=True):
    """Which example to send."""

    type: Pattern = 'webhook.ping'


class ReplayOrder(msgspec.Struct, kw_only=True):
    """Which past events to deliver once more; the last 30 days when no time is named."""

    which: Which = 'missing'
    since: dt.datetime | None = None
    until: dt.datetime | None = None


class SigningSecret(msgspec.Struct, kw_only=True):
    """One of a webhook's secrets, `whsec_…`, and until when it signs; None = it is the current."""

    key: str
    expires_at: dt.datetime | None = None


class WebhookRead(msgspec.Struct, kw_only=True):
    """A webhook as read. Secrets and the values of headers are never shown."""

    id: int
    uid: str
    url: str
    description: str
    events: list[str]
    filters: list[EventFilter]
    payload: Payload
    signatures: list[Signature]
    public_key: str | None  #: `whpk_…`, of v1a
    headers: dict[str, str]
    ordering: Ordering
    schedule: list[int] | None
    timeout: int
    rate_limit: int | None
    max_in_flight: int
    active: bool
    status: Status
    status_reason: str
    failure_count: int
    breaker: Breaker
    last_delivery: dt.datetime | None
    last_success_at: dt.datetime | None
    last_failure_at: dt.datetime | None
    last_status: int | None
    previous_secret_expires_at: dt.datetime | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class WebhookMade(WebhookRead, kw_only=True):
    """A new webhook with its secret, shown this once."""

    secret: str


class Rotated(msgspec.Struct, kw_only=True):
    """A new secret, shown this once."""

    id: int
    secret: str
    previous_secret_expires_at: dt.datetime | None


class DeliveryRead(msgspec.Struct, kw_only=True):
    """One event on its way to one endpoint; `event_id` is the header webhook-id."""

    id: int
    webhook_id: int
    event_id: str
    event_type: str
    sequence: int | None
    state: State
    attempts: int
    next_attempt_at: dt.datetime | None
    status_code: int | None
    error: str
    is_test: bool
    is_single: bool
    occurred_at: dt.datetime
    created_at: dt.datetime
    finished_at: dt.datetime | None


class AttemptRead(msgspec.Struct, kw_only=True):
    """One request; `reply` is the beginning of what came back, HTML escaped."""

    number: int
    at: dt.datetime
    duration_ms: int
    outcome: str
    status_code: int | None
    error: str
    reply: str | None
    next_attempt_at: dt.datetime | None


class DeliveryDetail(DeliveryRead, kw_only=True):
    """A delivery, its body as it is sent, and each request that was made."""

    body: str | None
    log: list[AttemptRead]


class ReplayRead(msgspec.Struct, kw_only=True):
    """A replay: `done` of `total` events were looked at, `queued` of them are on their way."""

    id: int
    webhook_id: int
    which: Which
    since: dt.datetime
    until: dt.datetime
    state: typing.Literal['waiting', 'running', 'done', 'cancelled']
    total: int
    done: int
    queued: int
    progress: Decimal
    created_at: dt.datetime
    finished_at: dt.datetime | None


class Figures(msgspec.Struct, kw_only=True):
    """Of a stretch of time. `failed` are deliveries given up, `success_rate` is of attempts."""

    attempts: int
    delivered: int
    failed: int
    success_rate: Decimal | None
    p50_ms: int | None
    p95_ms: int | None


class Statistics(msgspec.Struct, kw_only=True):
    """How an endpoint fares."""

    webhook_id: int
    status: Status
    breaker: Breaker
    waiting: int
    oldest_waiting_seconds: int | None
    last_24_hours: Figures
    last_7_days: Figures


class EventType(msgspec.Struct, kw_only=True):
    """A kind of event: what it means, the JSON Schema of its whole body, an example."""

    type: str
    description: str
    resource: str
    schema: dict[str, typing.Any]
    example: dict[str, typing.Any]


class EventTypes(msgspec.Struct, kw_only=True):
    """All that can be subscribed to."""

    data: list[EventType]
    total: int


class WebhookEvent(Event, frozen=True):
    """Something happened to a webhook. Its object names the host; addresses may be secrets."""

    resource = 'webhook'


class WebhookCreated(WebhookEvent, frozen=True):
    name = 'webhook.created'


class WebhookUpdated(WebhookEvent, frozen=True):
    name = 'webhook.updated'


class WebhookPaused(WebhookEvent, frozen=True):
    name = 'webhook.paused'


class WebhookResumed(WebhookEvent, frozen=True):
    name = 'webhook.resumed'


class WebhookDisabled(WebhookEvent, frozen=True):
    name = 'webhook.disabled'


class WebhookSecretRotated(WebhookEvent, frozen=True):
    name = 'webhook.secret_rotated'


class WebhookDeleted(WebhookEvent, frozen=True):
    name = 'webhook.deleted'
