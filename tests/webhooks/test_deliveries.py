"""The log over HTTP: lists, one with its attempts, tests, resending, figures."""

import datetime as dt

import pytest

from karvo.kit import clock
from karvo.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookState
from karvo.webhooks.reads import shown_reply
from tests.webhooks.conftest import customer, hook, queued, set_all, spread


@pytest.fixture
def sent(api):
    """(client, webhook, its deliveries): delivered, failed, waiting, and a test that waits."""
    made = hook(api, events=['customer.*'])['id']
    for code in 'ABC':
        customer(api, code)
    spread(api)
    api.post(f'/webhooks/{made}/test')
    now = clock.now()
    ended = {'finished_at': now, 'due_at': None, 'attempts': 1}
    with api.company():
        first, second, *_ = queued(api, made)
        WebhookDelivery.update(ended | {'state': 'delivered', 'last_status': 200}).where(
            WebhookDelivery.id == first.id
        ).execute()
        WebhookDelivery.update(
            ended | {'state': 'failed', 'last_status': 500, 'last_error': 'HTTP 500'}
        ).where(WebhookDelivery.id == second.id).execute()
    return api, made, queued(api, made)


def attempt(api, delivery, **values):
    defaults = {'number': 1, 'at': clock.now(), 'duration_ms': 20, 'outcome': 'delivered'}
    with api.company():
        WebhookAttempt.create(
            delivery=delivery.id, webhook_id=delivery.webhook_id, **defaults | values
        )


class TestList:
    def test_newest_first_with_filters(self, sent):
        api, made, rows = sent
        path = f'/webhooks/{made}/deliveries'
        ids = [row.id for row in rows]

        def found(query=''):
            answer = api.get(f'{path}?{query}')
            assert answer.status_code == 200, answer.text
            assert answer.json['total'] == len(answer.json['data'])
            return [one['id'] for one in answer.json['data']]

        assert found() == ids[::-1]
        assert found('order=asc&orderby=id') == ids
        assert found('state=failed,delivered') == ids[1::-1]
        assert found('type=customer.*') == ids[2::-1]
        assert found('type=webhook.ping') == ids[3:]
        assert found('status_code=500') == [ids[1]]
        assert found(f'search={rows[2].event_uid}') == [ids[2]]
        soon = (clock.now() + dt.timedelta(hours=1)).strftime('%Y-%m-%dT%H:%M:%SZ')
        assert found(f'since={soon}') == [] and found(f'until={soon}') == ids[::-1]
        assert found(f'updated_since={soon}') == []

    def test_refused(self, sent):
        api, made, _ = sent
        for query in ('state=lost', 'type=nothing', 'status_code=99', 'since=x', 'orderby=colour'):
            assert api.get(f'/webhooks/{made}/deliveries?{query}').status_code == 422, query

    def test_of_a_webhook_that_is_not_there(self, api):
        assert api.get('/webhooks/9/deliveries').status_code == 404


class TestOne:
    def test_with_each_attempt_and_its_body(self, sent):
        api, _, rows = sent
        later = clock.now() + dt.timedelta(seconds=5)
        reply = b'<script>alert(1)</script>\x00\xff\x1b[31m & more\n'
        attempt(
            api, rows[1], outcome='status', status=500, reply=reply, next_at=later, error='HTTP'
        )
        attempt(api, rows[1], number=2, outcome='timeout', error='after 15 s')
        shown = api.get(f'/webhooks/deliveries/{rows[1].id}').json
        assert (shown['state'], shown['status_code'], shown['error']) == ('failed', 500, 'HTTP 500')
        assert (shown['attempts'], shown['is_test'], shown['next_attempt_at']) == (1, False, None)
        assert shown['body'].startswith('{"type":"customer.created","timestamp":"')
        first, second = shown['log']
        assert (
            first['reply']
            == '&lt;script&gt;alert(1)&lt;/script&gt;\ufffd\ufffd\ufffd[31m &amp; more\n'
        )
        assert (first['number'], first['outcome'], first['status_code']) == (1, 'status', 500)
        assert first['next_attempt_at'] is not None
        assert (second['outcome'], second['reply'], second['error']) == (
            'timeout',
            None,
            'after 15 s',
        )

    def test_that_is_not_there(self, api):
        assert api.get('/webhooks/deliveries/9').status_code == 404

    def test_long_replies_are_cut(self):
        assert len(shown_reply(b'x' * 100_000)) == 20_000


class TestTest:
    def test_a_ping_or_an_example(self, api):
        made = hook(api)['id']
        answer = api.post(f'/webhooks/{made}/test', {'type': 'invoice.paid'})
        assert answer.status_code == 202
        shown = answer.json
        assert (shown['event_type'], shown['is_test'], shown['is_single']) == (
            'invoice.paid',
            True,
            True,
        )
        assert (shown['state'], shown['sequence']) == ('waiting', None)
        body = api.get(f'/webhooks/deliveries/{shown["id"]}').json['body']
        assert '"invoice_no":"INV-2026-0042"' in body and shown['event_id'] in body

    def test_refused(self, api):
        made = hook(api)['id']
        answer = api.post(f'/webhooks/{made}/test', {'type': 'invoice.nothing'})
        assert (answer.status_code, list(answer.json['data']['params'])) == (422, ['type'])
        assert api.post('/webhooks/9/test').status_code == 404
        assert queued(api, made) == []

    def test_not_without_end(self, api):
        made = hook(api, verify=True)['id']
        with api.company():
            [ping] = WebhookDelivery.select().dicts()
            ping.pop('id')
            WebhookDelivery.insert_many([ping] * 99).execute()
        assert api.post(f'/webhooks/{made}/test').status_code == 422


class TestResend:
    @pytest.mark.parametrize('number', [0, 1])
    def test_what_has_ended_gets_a_single_attempt(self, sent, number):
        api, made, rows = sent
        answer = api.post(f'/webhooks/deliveries/{rows[number].id}/resend')
        assert answer.status_code == 202, answer.text
        shown = answer.json
        assert (shown['state'], shown['is_single'], shown['attempts']) == ('waiting', True, 0)
        assert (shown['event_id'], shown['finished_at']) == (rows[number].event_uid, None)
        assert queued(api, made)[number].due_at <= clock.now()

    def test_what_waits_is_due_now_and_keeps_its_retries(self, sent):
        api, made, rows = sent
        set_all(api, made, due_at=clock.now() + dt.timedelta(hours=2))
        with api.company():
            WebhookDelivery.update(attempts=4).where(WebhookDelivery.id == rows[2].id).execute()
        shown = api.post(f'/webhooks/deliveries/{rows[2].id}/resend').json
        assert (shown['attempts'], shown['is_single']) == (4, False)
        assert queued(api, made)[2].due_at <= clock.now()

    def test_that_is_not_there(self, api):
        assert api.post('/webhooks/deliveries/9/resend').status_code == 404


class TestStatistics:
    def test_of_a_day_and_a_week(self, sent):
        api, made, rows = sent
        days_ago = clock.now() - dt.timedelta(days=3)
        for duration in range(1, 20):
            attempt(api, rows[0], duration_ms=duration)
        attempt(api, rows[1], duration_ms=1000, outcome='status')
        attempt(api, rows[1], duration_ms=5, outcome='timeout', at=days_ago)
        with api.company():
            WebhookDelivery.update(created_at=clock.now() - dt.timedelta(minutes=2)).where(
                WebhookDelivery.id == rows[2].id
            ).execute()
            WebhookState.update(open_until=days_ago, failures=1, last_status=500).execute()
        shown = api.get(f'/webhooks/{made}/statistics').json
        assert (shown['status'], shown['breaker'], shown['waiting']) == ('active', 'half_open', 2)
        assert 120 <= shown['oldest_waiting_seconds'] < 180
        assert shown['last_24_hours'] == {
            'attempts': 20,
            'delivered': 19,
            'failed': 1,
            'success_rate': 0.95,
            'p50_ms': 10,
            'p95_ms': 19,
        }
        assert shown['last_7_days']['attempts'] == 21

    def test_of_one_that_was_never_tried(self, api):
        shown = api.get(f'/webhooks/{hook(api)["id"]}/statistics').json
        assert (shown['waiting'], shown['oldest_waiting_seconds']) == (0, None)
        assert shown['last_7_days']['success_rate'] is None
        assert api.get('/webhooks/9/statistics').status_code == 404
