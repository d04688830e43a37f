"""A subscriber's side of things: webhooks made over HTTP, what is queued for them read in SQL."""

import typing

import msgspec
import pytest

from karvo.config import config
from karvo.kit.actor import Actor, system_actor
from karvo.kit.db import current_place
from karvo.webhooks.models import WebhookDelivery
from karvo.webhooks.operations.fan_out import fan_out
from tests.conftest import Api

URL = 'https://hooks.example/karvo'


def hook(api: Api, **values: typing.Any) -> dict[str, typing.Any]:
    """A new webhook of all events, as answered."""
    answer = api.post('/webhooks', {'url': URL, 'events': ['*']} | values)
    assert answer.status_code == 201, answer.text
    return answer.json


def customer(api: Api, code: str = 'ACME', **values: typing.Any) -> int:
    """A new customer: one event."""
    answer = api.post('/customers', {'code': code, 'name': code} | values)
    assert answer.status_code == 201, answer.text
    return int(answer.json['id'])


def actor_of(api: Api) -> Actor:
    """Within the company: what workers act as."""
    assert api.tenant is not None
    return system_actor('worker', current_place(), tenant_id=api.tenant.tenant_id)


def spread(api: Api, limit: int = 500) -> int:
    """Fan out all there is; how many steps it took."""
    with api.company():
        steps = 1
        while fan_out(actor_of(api), limit):
            steps += 1
    return steps


def queued(api: Api, webhook_id: int) -> list[WebhookDelivery]:
    """All deliveries of a webhook, in their order."""
    with api.company():
        own = WebhookDelivery.select().where(WebhookDelivery.webhook == webhook_id)
        return list(own.order_by(WebhookDelivery.id))


def types(api: Api, webhook_id: int) -> list[str]:
    return [delivery.event_type for delivery in queued(api, webhook_id)]


def set_all(api: Api, webhook_id: int, **values: typing.Any) -> None:
    """What a sender would have written."""
    with api.company():
        own = WebhookDelivery.webhook == webhook_id
        WebhookDelivery.update(values).where(own).execute()


@pytest.fixture
def allowing(monkeypatch: pytest.MonkeyPatch) -> typing.Callable[..., None]:
    """`allowing('10.0.0.0/8')` lets webhooks reach these networks."""

    def allow(*networks: str) -> None:
        changed = msgspec.structs.replace(config, webhook_allow_cidrs=networks)
        for module in ('karvo.kit.outgoing', 'karvo.webhooks.targets'):
            monkeypatch.setattr(f'{module}.config', changed)

    return allow
