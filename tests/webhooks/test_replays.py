"""Past events once more: which, how many at a time, how far it has come."""

import datetime as dt

import pytest

from karvo.kit import clock
from karvo.kit.db import database
from karvo.kit.outbox import EventRow
from karvo.webhooks.models import WebhookDelivery
from karvo.webhooks.operations import replays
from karvo.webhooks.operations.replays import advance_replays
from karvo.webhooks.operations.subscriptions import disable_webhook
from tests.webhooks.conftest import actor_of, customer, hook, queued, set_all, spread

STATES = ('delivered', 'failed', 'skipped', 'cancelled', 'waiting')


def advance(api, limit=500):
    with api.company():
        return advance_replays(actor_of(api), limit)


def start(api, webhook, **order):
    answer = api.post(f'/webhooks/{webhook}/replay', order)
    assert answer.status_code == 202, answer.text
    return answer.json['id']


def states(api, webhook):
    return [delivery.state for delivery in queued(api, webhook)]


@pytest.fixture
def hooked(api):
    """(client, webhook): five customers, a delivery in each state, one event that none was for."""
    made = hook(api, events=['customer.*'])['id']
    for code in 'ABCDE':
        customer(api, code)
    spread(api)
    for delivery, state in zip(queued(api, made), STATES, strict=True):
        with api.company():
            ended = {'state': state, 'attempts': 3, 'finished_at': clock.now()}
            same = WebhookDelivery.id == delivery.id
            WebhookDelivery.update(ended).where(same).execute()
    customer(api, 'LOST')
    with api.company():
        database.run('UPDATE @consumer SET seq = (SELECT max(seq) FROM @event)')
    return api, made


class TestWhich:
    @pytest.mark.parametrize(
        ('which', 'again', 'queued_count'),
        [
            ('failed', ['delivered', 'waiting', 'skipped', 'cancelled', 'waiting'], 1),
            ('missing', ['delivered'] + ['waiting'] * 5, 4),
            ('all', ['waiting'] * 6, 5),
        ],
    )
    def test_are_sent_again(self, hooked, which, again, queued_count):
        api, made = hooked
        replay = start(api, made, which=which)
        assert advance(api) is False
        assert states(api, made) == again
        shown = api.get(f'/webhooks/replays/{replay}').json
        assert (shown['state'], shown['queued'], shown['progress']) == ('done', queued_count, 1)
        assert shown['done'] == shown['total'] > 5
        assert shown['finished_at'] is not None
        renewed = queued(api, made)[1]
        assert (renewed.attempts, renewed.is_single, renewed.finished_at) == (0, False, None)
        assert renewed.due_at <= clock.now()
        assert queued(api, made)[4].attempts == 3  # what waited anyway is left alone

    def test_only_what_it_subscribes_to(self, hooked):
        api, made = hooked
        api.put(f'/webhooks/{made}', {'filters': [{'path': 'object.code', 'value': 'LOST'}]})
        start(api, made, which='missing')
        advance(api)
        assert states(api, made) == [*STATES, 'waiting']

    def test_only_of_the_time_asked_for(self, hooked):
        api, made = hooked
        with api.company():
            long_ago = clock.now() - dt.timedelta(days=5)
            first = queued(api, made)[1].event_seq
            EventRow.update(occurred_at=long_ago).where(EventRow.seq <= first).execute()
            WebhookDelivery.update(occurred_at=long_ago).where(
                WebhookDelivery.event_seq <= first
            ).execute()
        since = (clock.now() - dt.timedelta(days=4)).isoformat()
        start(api, made, which='failed', since=since)
        advance(api)
        assert states(api, made) == list(STATES)
        start(api, made, which='all', until=since)
        advance(api)
        assert states(api, made) == ['waiting', 'waiting', 'skipped', 'cancelled', 'waiting']

    def test_what_was_missed_while_it_was_disabled(self, api):
        made = hook(api, events=['customer.*'])['id']
        with api.company():
            disable_webhook(made, 'gone', actor=actor_of(api))
        customer(api)
        spread(api)
        api.post(f'/webhooks/{made}/resume')
        start(api, made)
        advance(api)
        assert states(api, made) == ['waiting']


class TestSteps:
    def test_bounded_with_progress(self, hooked):
        api, made = hooked
        for n in range(120):
            customer(api, f'C{n}')
        spread(api)
        set_all(api, made, state='failed')
        replay = start(api, made, which='all')
        assert advance(api, limit=60) is True
        shown = api.get(f'/webhooks/replays/{replay}').json
        assert (shown['state'], shown['done']) == ('running', 60)
        assert 0 < shown['progress'] < 1
        while advance(api, limit=60):
            pass
        assert states(api, made) == ['waiting'] * 126

    def test_no_more_wait_at_once_than_is_good(self, hooked, monkeypatch):
        api, made = hooked
        monkeypatch.setattr(replays, 'MOST_WAITING', 3)
        replay = start(api, made, which='all')
        while advance(api):
            pass
        assert states(api, made).count('waiting') == 3
        assert api.get(f'/webhooks/replays/{replay}').json['state'] == 'running'
        assert advance(api) is False
        set_all(api, made, state='delivered')
        while advance(api):
            pass
        assert api.get(f'/webhooks/replays/{replay}').json['state'] in ('running', 'done')
        set_all(api, made, state='delivered')
        while advance(api):
            pass
        assert api.get(f'/webhooks/replays/{replay}').json['state'] == 'done'

    def test_killed_in_a_step_it_is_done_again(self, hooked):
        api, made = hooked
        replay = start(api, made, which='all')
        with api.company(), pytest.raises(KeyboardInterrupt), database.transaction():
            advance_replays(actor_of(api))
            raise KeyboardInterrupt
        assert states(api, made) == list(STATES)
        assert api.get(f'/webhooks/replays/{replay}').json['done'] == 0
        advance(api)
        assert states(api, made) == ['waiting'] * 6

    def test_each_replay_takes_its_turn(self, hooked):
        api, made = hooked
        other = hook(api, events=['customer.*'], url='https://b.example/')['id']
        start(api, made, which='failed')
        start(api, other, which='missing')
        advance(api)
        assert states(api, made)[1] == 'waiting'
        assert states(api, other) == ['waiting'] * 6


class TestOverHttp:
    def test_listed_and_cancelled(self, hooked):
        api, made = hooked
        replay = start(api, made)
        listed = api.get(f'/webhooks/{made}/replays?state=waiting').json
        assert [one['id'] for one in listed['data']] == [replay]
        assert api.delete(f'/webhooks/replays/{replay}').json == {'deleted': True, 'id': replay}
        assert api.get(f'/webhooks/replays/{replay}').json['state'] == 'cancelled'
        assert advance(api) is False
        assert states(api, made) == list(STATES)
        assert api.delete(f'/webhooks/replays/{replay}').status_code == 422

    def test_one_at_a_time(self, hooked):
        api, made = hooked
        start(api, made)
        assert api.post(f'/webhooks/{made}/replay').status_code == 422
        advance(api)
        start(api, made)

    def test_refused(self, hooked):
        api, made = hooked
        for order, field in (
            ({'which': 'some'}, 'which'),
            ({'since': '2026-01-01T00:00:00Z'}, 'since'),
            ({'since': '2999-01-01T00:00:00Z'}, 'since'),
            ({'since': 'yesterday'}, 'since'),
        ):
            answer = api.post(f'/webhooks/{made}/replay', order)
            assert answer.status_code == 422, order
            assert list(answer.json['data']['params']) == [field]

    def test_that_are_not_there(self, api):
        assert api.get('/webhooks/replays/9').status_code == 404
        assert api.delete('/webhooks/replays/9').status_code == 404
        assert api.get('/webhooks/9/replays').status_code == 404


class TestRange:
    def test_by_halving_finds_each_instant(self, api):
        for n in range(9):
            customer(api, f'C{n}')
        start_at = clock.now() - dt.timedelta(days=20)
        with api.company():
            rows = list(EventRow.select().order_by(EventRow.seq))
            for row in rows:
                row.occurred_at = start_at + dt.timedelta(hours=row.seq)
                row.save()
            for row in rows:
                assert replays._first_since(row.occurred_at) == row.seq
                assert (
                    replays._first_since(row.occurred_at + dt.timedelta(minutes=1)) == row.seq + 1
                )
            assert replays._first_since(start_at) == 1
