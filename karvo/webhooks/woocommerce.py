"""Names of events as WooCommerce's webhooks call them (X-WC-Webhook-Topic and its kin)."""

import hashlib
import typing

from karvo.kit.origin import default_origin


class Topic(typing.NamedTuple):
    """What the headers X-WC-Webhook-Topic, -Resource and -Event say."""

    topic: str
    resource: str
    event: str


def topic_of(event_type: str) -> Topic:
    """`invoice.created` → ('invoice.created', 'invoice', 'created')."""
    resource, _, event = event_type.partition('.')
    return Topic(event_type, resource, event)


def woocommerce_headers(
    topic: Topic, webhook_id: int, event_uid: str, signature: str
) -> dict[str, str]:
    """The family that a WordPress subscriber knows; the delivery's id is the event's, hashed."""
    return {
        'X-WC-Webhook-Source': f'{default_origin()}/',
        'X-WC-Webhook-Topic': topic.topic,
        'X-WC-Webhook-Resource': topic.resource,
        'X-WC-Webhook-Event': topic.event,
        'X-WC-Webhook-Signature': signature,
        'X-WC-Webhook-ID': str(webhook_id),
        'X-WC-Webhook-Delivery-ID': hashlib.sha256(event_uid.encode()).hexdigest()[:32],
    }
