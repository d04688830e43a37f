"""Names of events as WooCommerce's webhooks call them (X-WC-Webhook-Topic and its kin)."""

import typing


class Topic(typing.NamedTuple):
    """What the headers X-WC-Webhook-Topic, -Resource and -Event say."""

    topic: str
    resource: str
    event: str


def topic_of(event_type: str) -> Topic:
    """`invoice.created` → ('invoice.created', 'invoice', 'created')."""
    resource, _, event = event_type.partition('.')
    return Topic(event_type, resource, event)
