"""/webhooks of api/v2."""

import typing

import pytest

from karvo.webhooks.operations.subscriptions import create_webhook
from karvo.webhooks.schemas import NewWebhook
from plugins.billing_v2.examples import EXAMPLES
from tests.conftest import Api
from tests.plugins.billing_v2.asking import (
    clerk,
    is_forbidden,
    is_missing,
    made,
    reader,
    refusal,
    statements,
)
from tests.plugins.billing_v2.conftest import BillingV2

SAMPLE = {
    'url': 'https://your-domain.com/webhook',
    'events': ['invoice.created', 'payment.received'],
}


def register(v2: BillingV2, **values: typing.Any) -> typing.Any:
    return made(v2.post('/webhooks', SAMPLE | values), 'Webhook created')


class TestRegister:
    def test_the_sample_of_the_text(self, v2: BillingV2) -> None:
        assert EXAMPLES['POST /webhooks']['body'] == SAMPLE
        shown = register(v2)
        assert list(shown) == ['id', 'url', 'events', 'secret', 'active', 'created_at']
        assert {name: shown[name] for name in SAMPLE} == SAMPLE
        assert shown['secret'].startswith('whsec_')
        assert shown['active'] is True

    def test_it_hears_what_happens(self, v2: BillingV2) -> None:
        shown = register(v2)
        known = v2.api.get(f'/webhooks/{shown["id"]}').json
        assert (known['url'], known['events']) == (shown['url'], shown['events'])
        assert 'secret' not in known

    def test_the_same_key_gives_the_same_secret(self, v2: BillingV2) -> None:
        key = {'Idempotency-Key': 'one'}
        first, second = (v2.post('/webhooks', SAMPLE, headers=key) for _ in range(2))
        assert first.json == second.json
        assert v2.get('/webhooks').json['meta']['total_records'] == 1

    @pytest.mark.parametrize(
        ('change', 'name'),
        [({'url': 'http://your-domain.com'}, 'url'), ({'url': 'https://127.0.0.1/'}, 'url'),
         ({'events': ['invoice.exploded']}, 'events[0]'), ({'events': []}, 'events'),
         ({'url': None}, 'url')],
    )  # fmt: skip
    def test_a_wrong_member_is_named(
        self, shop: BillingV2, change: dict[str, typing.Any], name: str
    ) -> None:
        refusal(shop.post('/webhooks', SAMPLE | change), name)

    def test_a_reader_may_not(self, shop: BillingV2) -> None:
        assert is_forbidden(reader(shop).post('/webhooks', SAMPLE))


class TestList:
    def test_without_secrets(self, v2: BillingV2) -> None:
        first = register(v2)
        register(v2, url='https://other.example/hook')
        page = v2.get('/webhooks').json
        assert page['meta'] == {
            'current_page': 1,
            'total_pages': 1,
            'total_records': 2,
            'limit': 20,
        }
        assert page['data'][0] == {k: v for k, v in first.items() if k != 'secret'}
        assert v2.get('/webhooks?search=OTHER').json['meta']['total_records'] == 1
        for text in ('%25', '_', 'o%25r'):
            assert v2.get(f'/webhooks?search={text}').json['data'] == []
            assert v2.api.get(f'/webhooks?search={text}').json['total'] == 0

    def test_a_hundred_cost_the_statements_of_one(self, v2: BillingV2) -> None:
        register(v2)
        one = statements(v2, '/webhooks?limit=100')
        new = NewWebhook(url='https://your-domain.com/webhook', events=['*'])
        with v2.api.company():
            for _ in range(99):
                create_webhook(new, actor=clerk())
        assert statements(v2, '/webhooks?limit=100') == one < 10
        assert len(v2.get('/webhooks?limit=100').json['data']) == 100


class TestOne:
    def test_read_and_deleted(self, v2: BillingV2) -> None:
        shown = register(v2)
        path = f'/webhooks/{shown.pop("id")}'
        shown.pop('secret')
        assert v2.get(path).json['data'].items() >= shown.items()
        assert is_forbidden(reader(v2).delete(path))
        assert v2.delete(path).json == {'success': True, 'message': 'Webhook deleted'}
        assert is_missing(v2.get(path), 'Webhook')
        assert is_missing(v2.delete(path), 'Webhook')

    def test_changed(self, v2: BillingV2) -> None:
        shown = register(v2)
        path = f'/webhooks/{shown["id"]}'
        del shown['secret']
        assert made(v2.put(path, shown), 'Webhook updated', 200) == shown
        assert v2.put(path, {'active': False}).json['data'] == shown | {'active': False}
        other = {'url': 'https://other.example/hook', 'events': ['*'], 'active': True}
        assert v2.put(path, other).json['data'] == shown | other
        assert v2.get(path).json['data'] == shown | other
        refusal(v2.put(path, {'events': []}), 'events')
        assert is_forbidden(reader(v2).put(path, {'active': False}))
        assert is_missing(v2.put('/webhooks/999', {'active': False}), 'Webhook')

    def test_another_companys_is_not_found(self, v2: BillingV2, other: Api) -> None:
        path = f'/webhooks/{register(BillingV2(other))["id"]}'
        assert is_missing(v2.get(path), 'Webhook')
        assert is_missing(v2.delete(path), 'Webhook')
