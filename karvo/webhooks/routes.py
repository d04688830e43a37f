"""/webhooks of se-erp/v2. Nothing is sent here: what is asked for is queued."""

import datetime as dt
import typing

import msgspec
from msgspec import Meta

from karvo.events.reads import types_named
from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.errors import not_found
from karvo.kit.events import CATALOGUE
from karvo.kit.fields import Line
from karvo.kit.http import Deleted, Page, Ready, Resource, endpoint, found
from karvo.kit.idempotency import secret_store
from karvo.kit.text import like
from karvo.se_erp import se_erp
from karvo.webhooks.catalogue import PING, event_type, event_types
from karvo.webhooks.models import STATES, STATUSES
from karvo.webhooks.operations.deliveries import resend, send_test
from karvo.webhooks.operations.replays import cancel_replay, start_replay
from karvo.webhooks.operations.subscriptions import (
    change_webhook,
    create_webhook,
    delete_webhook,
    pause_webhook,
    resume_webhook,
    rotate_secret,
)
from karvo.webhooks.reads import (
    DELIVERIES,
    REPLAYS,
    WEBHOOKS,
    read_delivery,
    read_detail,
    read_replay,
    read_statistics,
    read_webhook,
    webhook_exists,
    webhook_params,
)
from karvo.webhooks.schemas import (
    DeliveryDetail,
    DeliveryRead,
    EventType,
    EventTypes,
    NewSecret,
    NewWebhook,
    ReplayOrder,
    ReplayRead,
    Rotated,
    SampleOrder,
    Statistics,
    WebhookChange,
    WebhookMade,
    WebhookRead,
)

StatusCode = typing.Annotated[int, Meta(ge=100, le=599)]
REPLAY_STATES = ('waiting', 'running', 'done', 'cancelled')


class WebhookQuery(paging.ListQuery, kw_only=True):
    """Filters of the webhooks; `search` looks at address and description."""

    status: Line | None = None


class DeliveryQuery(paging.ListQuery, kw_only=True):
    """Filters of the deliveries, by the time they were queued; `search` takes an event's id."""

    state: Line | None = None
    type: Line | None = None
    status_code: StatusCode | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


class ReplayQuery(paging.ListQuery, kw_only=True):
    """Filters of the replays."""

    state: Line | None = None


class Webhooks(Resource):
    """All webhooks."""

    dialect = se_erp
    store = secret_store

    @endpoint(scope='webhooks:read')
    def on_get(self, actor: Actor, query: WebhookQuery) -> Ready[Page[WebhookRead]]:
        """List all webhooks."""
        filters = {
            'status': paging.choices(query.status, STATUSES[:3], 'status'),
            'search': like(query.search) if query.search else None,
            'updated_since': query.updated_since,
        }
        return WEBHOOKS.answer(filters | webhook_params(), paging.page_asked(query))

    @endpoint(scope='webhooks:write', status=201)
    def on_post(self, actor: Actor, body: NewWebhook) -> WebhookMade:
        """Register a webhook; its secret is shown in this answer only."""
        webhook_id, secret = create_webhook(body, actor=actor)
        shown = found(read_webhook(webhook_id), 'Webhook')
        return WebhookMade(**msgspec.structs.asdict(shown), secret=secret)


class OneWebhook(Resource):
    """One webhook."""

    dialect = se_erp

    @endpoint(scope='webhooks:read')
    def on_get(self, actor: Actor, id: int) -> WebhookRead:
        """Get a webhook."""
        return found(read_webhook(id), 'Webhook')

    @endpoint(scope='webhooks:write')
    def on_put(
        self, actor: Actor, id: int, body: WebhookChange, version: int | None
    ) -> WebhookRead:
        """Update a webhook."""
        change_webhook(id, body, actor=actor, version=version)
        return found(read_webhook(id), 'Webhook')

    @endpoint(scope='webhooks:write')
    def on_delete(self, actor: Actor, id: int, version: int | None) -> Deleted:
        """Delete a webhook; what waits for it is not sent any more."""
        delete_webhook(id, actor=actor, version=version)
        return Deleted(True, id)


class Pause(Resource):
    """Hold back what comes."""

    dialect = se_erp

    @endpoint(scope='webhooks:write')
    def on_post(self, actor: Actor, id: int) -> WebhookRead:
        """Pause a webhook: its deliveries wait until it is resumed."""
        pause_webhook(id, actor=actor)
        return found(read_webhook(id), 'Webhook')


class Resume(Resource):
    """Go on."""

    dialect = se_erp

    @endpoint(scope='webhooks:write')
    def on_post(self, actor: Actor, id: int) -> WebhookRead:
        """Resume a paused or disabled webhook: what waits is due now."""
        resume_webhook(id, actor=actor)
        return found(read_webhook(id), 'Webhook')


class Test(Resource):
    """An event of no consequence."""

    dialect = se_erp

    @endpoint(scope='webhooks:write', status=202)
    def on_post(self, actor: Actor, id: int, body: SampleOrder) -> DeliveryRead:
        """Queue a ping, or the example of an event type."""
        return found(read_delivery(send_test(id, body.type, actor=actor)), 'Delivery')


class RotateSecret(Resource):
    """A new signing secret."""

    dialect = se_erp
    store = secret_store

    @endpoint(scope='webhooks:write')
    def on_post(self, actor: Actor, id: int, body: NewSecret) -> Rotated:
        """Make a new secret, shown in this answer only; the old one signs along for a while."""
        return rotate_secret(id, body, actor=actor)


class Deliveries(Resource):
    """What was, is or will be sent to a webhook."""

    dialect = se_erp

    @endpoint(scope='webhooks:read')
    def on_get(self, actor: Actor, id: int, query: DeliveryQuery) -> Ready[Page[DeliveryRead]]:
        """List the deliveries of a webhook, the newest first."""
        names = ('status_code', 'since', 'until', 'updated_since')
        filters: dict[str, typing.Any] = {name: getattr(query, name) for name in names}
        filters['webhook'] = id
        filters['state'] = paging.choices(query.state, STATES, 'state')
        filters['types'] = types_named(query.type, [PING])
        filters['search'] = query.search or None
        _check_webhook(id)
        return DELIVERIES.answer(filters, paging.page_asked(query))


class OneDelivery(Resource):
    """One delivery."""

    dialect = se_erp

    @endpoint(scope='webhooks:read')
    def on_get(self, actor: Actor, delivery_id: int) -> DeliveryDetail:
        """Get a delivery: its body as sent, and each attempt with what came back."""
        return found(read_detail(delivery_id, actor.tenant_id), 'Delivery')


class Resend(Resource):
    """Once more."""

    dialect = se_erp

    @endpoint(scope='webhooks:write', status=202)
    def on_post(self, actor: Actor, delivery_id: int) -> DeliveryRead:
        """Send a delivery once more: a single attempt; one that waits is tried now."""
        resend(delivery_id, actor=actor)
        return found(read_delivery(delivery_id), 'Delivery')


class Replay(Resource):
    """Past events once more."""

    dialect = se_erp

    @endpoint(scope='webhooks:write', status=202)
    def on_post(self, actor: Actor, id: int, body: ReplayOrder) -> ReplayRead:
        """Deliver all, failed or missing events of a time once more, in the background."""
        return found(read_replay(start_replay(id, body, actor=actor)), 'Replay')


class Replays(Resource):
    """The replays of a webhook."""

    dialect = se_erp

    @endpoint(scope='webhooks:read')
    def on_get(self, actor: Actor, id: int, query: ReplayQuery) -> Ready[Page[ReplayRead]]:
        """List the replays of a webhook, the newest first."""
        state = paging.choices(query.state, REPLAY_STATES, 'state')
        _check_webhook(id)
        return REPLAYS.answer({'webhook': id, 'state': state}, paging.page_asked(query))


class OneReplay(Resource):
    """One replay."""

    dialect = se_erp

    @endpoint(scope='webhooks:read')
    def on_get(self, actor: Actor, replay_id: int) -> ReplayRead:
        """Get a replay and how far it has come."""
        return found(read_replay(replay_id), 'Replay')

    @endpoint(scope='webhooks:write')
    def on_delete(self, actor: Actor, replay_id: int) -> Deleted:
        """Cancel a replay; what it has queued stays queued."""
        cancel_replay(replay_id, actor=actor)
        return Deleted(True, replay_id)


class WebhookStatistics(Resource):
    """Figures."""

    dialect = se_erp

    @endpoint(scope='webhooks:read')
    def on_get(self, actor: Actor, id: int) -> Statistics:
        """How a webhook fares: the last day and week, and what waits."""
        return found(read_statistics(id), 'Webhook')


class Catalogue(Resource):
    """The kinds of events."""

    dialect = se_erp

    @endpoint(scope='webhooks:read')
    def on_get(self, actor: Actor) -> EventTypes:
        """List the event types with JSON Schema and example."""
        types = event_types()
        return EventTypes(data=types, total=len(types))


class OneEventType(Resource):
    """One kind of event."""

    dialect = se_erp

    @endpoint(scope='webhooks:read')
    def on_get(self, actor: Actor, type: str) -> EventType:
        """Get an event type with JSON Schema and example."""
        if type not in CATALOGUE:
            raise not_found('Event type')
        return event_type(type)


def _check_webhook(webhook_id: int) -> None:
    if not webhook_exists(webhook_id):
        raise not_found('Webhook')


# Below fixed names the numbers have names of their own: node-wpapi gives each name one place.
routes = [
    ('/webhooks', Webhooks()),
    ('/webhooks/event-types', Catalogue()),
    ('/webhooks/event-types/{type}', OneEventType()),
    ('/webhooks/deliveries/{delivery_id:int}', OneDelivery()),
    ('/webhooks/deliveries/{delivery_id:int}/resend', Resend()),
    ('/webhooks/replays/{replay_id:int}', OneReplay()),
    ('/webhooks/{id:int}', OneWebhook()),
    ('/webhooks/{id:int}/pause', Pause()),
    ('/webhooks/{id:int}/resume', Resume()),
    ('/webhooks/{id:int}/test', Test()),
    ('/webhooks/{id:int}/rotate-secret', RotateSecret()),
    ('/webhooks/{id:int}/deliveries', Deliveries()),
    ('/webhooks/{id:int}/replay', Replay()),
    ('/webhooks/{id:int}/replays', Replays()),
    ('/webhooks/{id:int}/statistics', WebhookStatistics()),
]
