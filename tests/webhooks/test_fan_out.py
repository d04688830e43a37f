"""From events to deliveries: who hears of what, exactly once whatever happens in between."""

import pytest

from karvo.kit.db import database, statement_count
from karvo.kit.outbox import Consumer
from karvo.kit.work import atomic
from karvo.webhooks.models import WebhookDelivery
from karvo.webhooks.operations.fan_out import CONSUMER, fan_out
from tests.webhooks.conftest import actor_of, customer, hook, queued, spread, types


def last(api):
    return api.get('/events?limit=1000').json['data'][-1]['sequence']


def reached(api):
    with api.company():
        return Consumer.get(Consumer.name == CONSUMER).seq


class TestFanOut:
    def test_each_webhook_hears_of_what_it_asked_for(self, api):
        everything = hook(api)['id']
        customers = hook(api, events=['customer.*'])['id']
        exact = hook(api, events=['customer.updated', 'product.created'])['id']
        one = customer(api)
        api.put(f'/customers/{one}', {'phone': '1'})
        api.post('/products', {'sku': 'P', 'name': 'x'})
        spread(api)
        assert types(api, customers) == ['customer.created', 'customer.updated']
        assert types(api, exact) == ['customer.updated', 'product.created']
        assert types(api, everything)[2:] == [
            'customer.created',
            'customer.updated',
            'product.created',
        ]
        first = queued(api, customers)[0]
        event = api.get('/events?type=customer.created').json['data'][0]
        assert (first.event_uid, first.event_seq) == (event['id'], event['sequence'])
        assert (first.state, first.attempts, first.order_key) == ('waiting', 0, '')
        assert reached(api) == last(api)

    def test_only_of_what_happens_after_its_creation(self, api):
        customer(api, 'BEFORE')
        made = hook(api)['id']
        customer(api, 'AFTER')
        spread(api)
        assert types(api, made) == ['customer.created']
        later = hook(api)['id']
        spread(api)
        assert types(api, later) == []
        assert types(api, made)[1:] == ['webhook.created']

    def test_filters_look_at_the_body(self, api):
        gold = hook(api, filters=[{'path': 'object.group', 'value': 'GOLD'}])['id']
        renamed = hook(
            api,
            events=['customer.*'],
            filters=[{'path': 'previous_attributes.email', 'op': 'exists'}],
        )['id']
        customer(api, 'A', group='GOLD')
        other = customer(api, 'B')
        api.put(f'/customers/{other}', {'email': 'a@b.example'})
        spread(api)
        assert types(api, gold) == ['customer.created']
        assert types(api, renamed) == ['customer.updated']

    def test_order_keys_where_order_is_asked_for(self, api):
        made = hook(api, events=['customer.*'], ordering='resource')['id']
        one, two = customer(api, 'A'), customer(api, 'B')
        api.put(f'/customers/{one}', {'phone': '1'})
        spread(api)
        keys = [delivery.order_key for delivery in queued(api, made)]
        assert keys == [f'customer:{one}', f'customer:{two}', f'customer:{one}']

    def test_in_steps(self, api):
        made = hook(api, events=['customer.*'])['id']
        for n in range(7):
            customer(api, f'C{n}')
        assert spread(api, limit=3) == 3
        sequences = [delivery.event_seq for delivery in queued(api, made)]
        assert len(sequences) == 7 and sequences == sorted(sequences)
        assert spread(api) == 1
        assert len(queued(api, made)) == 7

    def test_a_paused_one_hears_all_the_same(self, api):
        made = hook(api, events=['customer.*'], active=False)['id']
        customer(api)
        spread(api)
        assert [delivery.state for delivery in queued(api, made)] == ['waiting']

    def test_without_webhooks_it_jumps_to_the_end(self, api):
        for n in range(5):
            customer(api, f'C{n}')
        assert spread(api, limit=2) == 1
        assert reached(api) == last(api)


class Killed(Exception):
    """The process died here."""


class TestExactlyOnce:
    def test_a_rolled_back_change_delivers_nothing(self, api):
        made = hook(api, events=['customer.*'])['id']
        bad = {'code': 'X', 'name': 'X', 'country': 'Canada'}
        assert api.post('/customers', bad).status_code == 422
        with api.company(), pytest.raises(Killed), atomic():
            customer(api)
            raise Killed
        spread(api)
        assert types(api, made) == []

    def test_killed_before_the_commit_it_is_done_again(self, api):
        made = hook(api, events=['customer.*'])['id']
        customer(api)
        before = last(api)
        with api.company():
            with pytest.raises(Killed), database.transaction():
                fan_out(actor_of(api))
                assert WebhookDelivery.select().count() == 1
                raise Killed
            assert WebhookDelivery.select().count() == 0
        spread(api)
        assert types(api, made) == ['customer.created']
        assert reached(api) == before

    def test_a_place_that_was_lost_makes_no_doubles(self, api):
        made = hook(api, events=['customer.*'])['id']
        customer(api)
        spread(api)
        with api.company():
            WebhookDelivery.update(state='delivered').execute()
            Consumer.update(seq=0).execute()
        customer(api, 'B')
        spread(api)
        assert [(d.state, d.event_type) for d in queued(api, made)] == [
            ('delivered', 'customer.created'),
            ('waiting', 'customer.created'),
        ]


def test_statements_do_not_grow_with_events_and_webhooks(api):
    def cost():
        with api.company():
            actor, before = actor_of(api), statement_count()
            fan_out(actor)
            return statement_count() - before

    hook(api)
    customer(api, 'A')
    few = cost()
    for n in range(4):
        hook(api, url=f'https://h{n}.example/')
        customer(api, f'C{n}')
    assert cost() == few <= 8
