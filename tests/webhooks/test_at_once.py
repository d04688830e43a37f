"""Several machines at the same company's webhooks."""

from karvo.webhooks.operations.fan_out import fan_out
from karvo.webhooks.operations.replays import advance_replays
from karvo.webhooks.operations.subscriptions import disable_webhook
from tests.conftest import Api, new_tenant, wide_key
from tests.recycled import recycle
from tests.stories.test_at_once import together
from tests.webhooks.conftest import URL, actor_of, customer, hook, queued, set_all, spread


def test_the_plans_number_is_never_exceeded(app):
    tenant = new_tenant(plan='free')
    api = Api(app, tenant, wide_key(tenant))
    answers = together(8, lambda n: api.post('/webhooks', {'url': URL, 'events': ['*']}))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [403] * 5
    assert api.get('/webhooks').json['total'] == 3
    recycle(tenant)


def test_each_event_is_queued_once_whoever_fans_out(api):
    made = hook(api, events=['customer.*'])['id']

    def act(n):
        if n % 2:
            customer(api, f'C{n}')
        with api.company():
            return fan_out(actor_of(api), limit=3)

    together(24, act)
    spread(api)
    sequences = [delivery.event_seq for delivery in queued(api, made)]
    assert len(sequences) == len(set(sequences)) == 12


def test_of_a_disabled_webhook_nothing_waits(api):
    """Whether it is disabled before, while or after others fan out and replay."""
    made = hook(api, events=['customer.*'])['id']
    for n in range(20):
        customer(api, f'C{n}')
    spread(api, limit=5)
    set_all(api, made, state='failed')
    api.post(f'/webhooks/{made}/replay', {'which': 'all'})
    for n in range(20, 30):
        customer(api, f'C{n}')

    def act(n):
        with api.company():
            if n == 5:
                disable_webhook(made, 'gone', actor=actor_of(api))
            elif n % 2:
                fan_out(actor_of(api), limit=2)
            else:
                advance_replays(actor_of(api), limit=2)

    together(10, act)
    spread(api)
    assert 'waiting' not in {delivery.state for delivery in queued(api, made)}
    replays = api.get(f'/webhooks/{made}/replays').json['data']
    assert {replay['state'] for replay in replays} <= {'cancelled', 'done'}
