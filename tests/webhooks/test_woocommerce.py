"""Topics as WordPress subscribers know them."""

import pytest

from karvo.kit.events import CATALOGUE
from karvo.webhooks.woocommerce import topic_of


def test_topic_resource_and_event() -> None:
    assert topic_of('invoice.created') == ('invoice.created', 'invoice', 'created')
    assert topic_of('credit_note.applied').resource == 'credit_note'


@pytest.mark.parametrize('name', ['invoice.created', 'webhook.ping', *sorted(CATALOGUE)])
def test_each_can_be_said_in_headers(name: str) -> None:
    topic = topic_of(name)
    assert f'{topic.resource}.{topic.event}' == topic.topic == name
    assert all(part.isascii() and part for part in topic)
