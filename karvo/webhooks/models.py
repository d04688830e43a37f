"""Tables of webhooks. What the sender changes all the time is apart from what people set."""

import peewee

from karvo.kit.columns import Instant, Json
from karvo.kit.db import Model

#: of an endpoint: paused keeps what comes, disabled lets it be replayed later; what is deleted is
#: seen by nobody any more and waits to be cleared away
STATUSES = ('active', 'paused', 'disabled', 'deleted')
#: of a delivery: waiting is the only one that is not an end
STATES = ('waiting', 'delivered', 'failed', 'skipped', 'cancelled')


class Webhook(Model):
    """An endpoint that subscribes to events (7.14). Secrets and headers are encrypted JSON."""

    uid = peewee.TextField(unique=True)
    url = peewee.TextField()
    description = peewee.TextField(default='')
    events = Json(default=list)  #: `*`, `invoice.*` or exact names
    filters = Json(default=list)  #: all must hold for the event's body
    payload = peewee.TextField(default='full')  #: full or thin
    signatures = Json(default=list)  #: of v1, v1a, wc
    ordering = peewee.TextField(default='none')  #: none or resource
    schedule = Json(null=True)  #: seconds before each attempt; null = the standard's
    timeout = peewee.IntegerField(default=15)  #: seconds for a whole attempt
    rate_limit = peewee.IntegerField(null=True)  #: requests a minute
    max_in_flight = peewee.IntegerField(default=8)
    headers = peewee.BlobField(null=True)  #: {name: value}, encrypted
    header_names = Json(default=list)
    secrets = peewee.BlobField()  #: [{"key", "expires_at"}], the newest first, encrypted
    private_key = peewee.BlobField(null=True)  #: ed25519 seed of v1a, encrypted
    public_key = peewee.TextField(null=True)  #: `whpk_…`, goes with it
    secrets_expire_at = Instant(null=True)  #: when the last of the old secrets ends
    since_seq = peewee.BigIntegerField(default=0)  #: it hears of later events only
    status = peewee.TextField(default='active')
    status_reason = peewee.TextField(default='')
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant()


class WebhookState(Model):
    """How an endpoint fares; one row beside each Webhook, changed by the sender."""

    webhook = peewee.ForeignKeyField(Webhook, unique=True, on_delete='CASCADE')
    held_by = peewee.TextField(default='')  #: the worker that sends to it now
    held_until = Instant(null=True)
    failures = peewee.IntegerField(default=0)  #: in a row, attempts that count for the breaker
    failing_since = Instant(null=True)
    exhausted = peewee.IntegerField(default=0)  #: deliveries given up in a row
    open_until = Instant(null=True)  #: circuit breaker: nothing is sent before
    quiet_until = Instant(null=True)  #: asked for by Retry-After, or by its own rate limit
    last_success_at = Instant(null=True)
    last_failure_at = Instant(null=True)
    last_status = peewee.IntegerField(null=True)
    last_duration_ms = peewee.IntegerField(null=True)


class WebhookDelivery(Model):
    """One event on its way to one endpoint."""

    webhook_id: int
    webhook = peewee.ForeignKeyField(Webhook, on_delete='CASCADE', index=False)
    event_seq = peewee.BigIntegerField(null=True)  #: null for test events
    event_uid = peewee.TextField()  #: the header webhook-id
    event_type = peewee.TextField()
    occurred_at = Instant()
    body = peewee.BlobField(null=True)  #: of test events; all others are made from the outbox
    order_key = peewee.TextField(default='')  #: those of one key go one after the other
    state = peewee.TextField(default='waiting')
    is_single = peewee.BooleanField(default=False)  #: resent by hand: one attempt, no retry
    attempts = peewee.IntegerField(default=0)  #: since it was last made to wait
    deferrals = peewee.IntegerField(default=0)  #: times it was asked to come later; no attempts
    due_at = Instant(null=True)  #: of the next attempt, while waiting
    last_status = peewee.IntegerField(null=True)
    last_error = peewee.TextField(default='')
    created_at = Instant()
    finished_at = Instant(null=True)

    class Meta:
        indexes = ((('event_uid',), False),)


# Holds what the log is filtered by, so that its totals are counted from the index alone.
WebhookDelivery.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "webhook_delivery_listed" ON "webhook_delivery" '
        '(webhook_id, id) INCLUDE (state, event_type, last_status, created_at, finished_at)'
    )
)
WebhookDelivery.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "webhook_delivery_failed" ON "webhook_delivery" '
        "(webhook_id, finished_at) WHERE state = 'failed'"
    )
)
WebhookDelivery.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "webhook_delivery_due" ON "webhook_delivery" '
        "(webhook_id, due_at, id) WHERE state = 'waiting'"
    )
)
WebhookDelivery.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX IF NOT EXISTS "webhook_delivery_once" ON "webhook_delivery" '
        '(webhook_id, event_seq) WHERE event_seq IS NOT NULL'
    )
)
WebhookDelivery.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "webhook_delivery_order" ON "webhook_delivery" '
        "(webhook_id, order_key, id) WHERE state = 'waiting' AND order_key <> ''"
    )
)


class WebhookAttempt(Model):
    """One request that was made, and what came back."""

    delivery = peewee.ForeignKeyField(WebhookDelivery, on_delete='CASCADE', index=False)
    webhook_id = peewee.BigIntegerField()
    number = peewee.IntegerField()
    at = Instant()
    duration_ms = peewee.IntegerField()
    outcome = peewee.TextField()  #: delivered, or why not: status, timeout, connection, blocked, …
    status = peewee.IntegerField(null=True)
    error = peewee.TextField(default='')
    reply = peewee.BlobField(null=True)  #: its first bytes, as they came
    next_at = Instant(null=True)

    class Meta:
        indexes = ((('delivery', 'id'), False), (('webhook_id', 'at'), False))


class WebhookReplay(Model):
    """Events of the past that are to be delivered once more, in the background."""

    webhook = peewee.ForeignKeyField(Webhook, on_delete='CASCADE')
    webhook_id: int
    which = peewee.TextField()  #: all, failed or missing
    since = Instant()
    until = Instant()
    state = peewee.TextField(default='waiting')  #: waiting, running, done or cancelled
    after_seq = peewee.BigIntegerField(default=0)  #: how far it has come
    until_seq = peewee.BigIntegerField(default=0)
    total = peewee.BigIntegerField(default=0)
    done = peewee.BigIntegerField(default=0)
    queued = peewee.BigIntegerField(default=0)
    created_at = Instant()
    finished_at = Instant(null=True)
