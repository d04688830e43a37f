"""/webhooks of api/v2: who is told of what. How it is told is the same for every API."""

import datetime as dt

import msgspec
from msgspec import UNSET, UnsetType

from karvo.kit.actor import Actor
from karvo.kit.http import Resource, endpoint, found
from karvo.kit.idempotency import secret_store
from karvo.webhooks.operations.subscriptions import change_webhook, create_webhook, delete_webhook
from karvo.webhooks.reads import list_webhooks, read_webhook
from karvo.webhooks.schemas import NewWebhook, Patterns, Url, WebhookChange, WebhookRead
from plugins.billing_v2.dialect import dialect
from plugins.billing_v2.envelopes import Done, Listed, ListQuery, One, listed, part_of, seconds


class V2WebhookIn(msgspec.Struct, kw_only=True):
    """Where to and of what: types of events, or `invoice.*`, or `*`."""

    url: Url
    events: Patterns


class V2WebhookChange(msgspec.Struct, kw_only=True):
    """A change: absent = unchanged. What comes while it is not `active` waits."""

    url: Url | UnsetType = UNSET
    events: Patterns | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class V2WebhookOut(msgspec.Struct, kw_only=True):
    """A webhook; `secret` signs what is sent and is shown where it was just made."""

    id: int
    url: str
    events: list[str]
    secret: str | UnsetType = UNSET
    active: bool
    created_at: dt.datetime


class Webhooks(Resource):
    """All webhooks."""

    dialect = dialect
    store = secret_store

    @endpoint(scope='webhooks:read')
    def on_get(self, actor: Actor, query: ListQuery) -> Listed[V2WebhookOut]:
        """List webhooks; `search` is part of an address."""
        rows, total = list_webhooks(query.search, part_of(query))
        return listed([_shown(row) for row in rows], total, query)

    @endpoint(scope='webhooks:write', status=201)
    def on_post(self, actor: Actor, body: V2WebhookIn) -> One[V2WebhookOut]:
        """Register a webhook; its secret is in this answer only."""
        webhook_id, secret = create_webhook(
            NewWebhook(url=body.url, events=body.events), actor=actor
        )
        shown = _shown(found(read_webhook(webhook_id), 'Webhook'), secret)
        return One(data=shown, message='Webhook created')


class Webhook(Resource):
    """One of them."""

    dialect = dialect

    @endpoint(scope='webhooks:read')
    def on_get(self, actor: Actor, id: int) -> One[V2WebhookOut]:
        """Get a webhook."""
        return One(data=_shown(found(read_webhook(id), 'Webhook')))

    @endpoint(scope='webhooks:write')
    def on_put(self, actor: Actor, id: int, body: V2WebhookChange) -> One[V2WebhookOut]:
        """Change where to and of what it is told, pause or resume it."""
        change = WebhookChange(url=body.url, events=body.events, active=body.active)
        change_webhook(id, change, actor=actor)
        shown = _shown(found(read_webhook(id), 'Webhook'))
        return One(data=shown, message='Webhook updated')

    @endpoint(scope='webhooks:write')
    def on_delete(self, actor: Actor, id: int) -> Done:
        """Delete a webhook: what waits for it is not sent any more."""
        delete_webhook(id, actor=actor)
        return Done(message='Webhook deleted')


def _shown(row: WebhookRead, secret: str | UnsetType = UNSET) -> V2WebhookOut:
    return V2WebhookOut(
        id=row.id,
        url=row.url,
        events=row.events,
        secret=secret,
        active=row.active,
        created_at=seconds(row.created_at),
    )


routes: list[tuple[str, Resource]] = [
    ('/webhooks', Webhooks()),
    ('/webhooks/{id:int}', Webhook()),
]
