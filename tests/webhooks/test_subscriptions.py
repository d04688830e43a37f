"""/webhooks over HTTP: made, read, changed, paused, disabled, deleted; secrets; refusals."""

import base64
import datetime as dt

from karvo.kit import clock, crypto
from karvo.kit.db import database
from karvo.webhooks import sealed
from karvo.webhooks.models import Webhook, WebhookState
from karvo.webhooks.operations.subscriptions import disable_webhook
from karvo.webhooks.schemas import MASK
from tenants.models import Tenant
from tenants.shared import invalidate
from tests.conftest import Api, new_tenant, wide_key
from tests.recycled import recycle
from tests.webhooks.conftest import URL, actor_of, customer, hook, queued, set_all, spread

OWN = 'whsec_' + base64.b64encode(b'k' * 24).decode()
#: (field at fault, value of its member)
REFUSED = [
    ('url', None),
    ('url', 'http://hooks.example/'),
    ('url', 'https://hooks.example:22/'),
    ('url', 'https://10.0.0.1/'),
    ('events', []),
    ('events[1]', ['invoice.paid', 'invoice.payed']),
    ('events[0]', ['invoice*']),
    ('events[0]', ['nothing.*']),
    ('secret', 'whsec_' + base64.b64encode(b'k' * 23).decode()),
    ('secret', 'whsec_' + base64.b64encode(b'k' * 65).decode()),
    ('secret', 'whsec_no base64 at all'),
    ('secret', base64.b64encode(b'k' * 32).decode()),
    ('payload', 'fat'),
    ('signatures[0]', ['v2']),
    ('headers.Host', {'Host': 'x'}),
    ('schedule', [86_400] * 8),
    ('schedule', []),
    ('schedule[0]', [86_401]),
    ('timeout', 31),
    ('rate_limit', 0),
    ('max_in_flight', 9),
    ('ordering', 'strict'),
    ('filters[0].path', [{'path': 'total', 'value': 1}]),
    ('filters[0].value', [{'path': 'object.total', 'op': 'gt'}]),
]
BAD_CHANGES = [
    ({'url': 'ftp://x.example'}, 'url'),
    ({'events': []}, 'events'),
    ({'events': None}, 'events'),
    ({'headers': {'Content-Type': 'x'}}, 'headers.Content-Type'),
    ({'filters': [{'path': 'object.a', 'op': 'like', 'value': 1}]}, 'filters[0].op'),
]
TABLES = ('webhook', 'webhook_delivery', 'event', 'audit_log', 'idempotency_key')


def refused(answer, field, status=422):
    assert answer.status_code == status, answer.text
    assert field in answer.json['data']['params'], answer.text


def reader(api):
    return Api(api.client.app, api.tenant, wide_key(api.tenant, scopes='read-only'))


def plain(api, table):
    """A whole table as text, bytes as they are."""
    with api.company():
        cursor = database.run(f'SELECT x.* FROM @{table} x')
        return repr(
            [tuple(v if not isinstance(v, memoryview) else bytes(v) for v in row) for row in cursor]
        )


class TestCreate:
    def test_with_nothing_but_url_and_events(self, api):
        made = hook(api, events=['invoice.*', 'payment.received', 'invoice.*'])
        assert made['secret'].startswith('whsec_')
        assert len(base64.b64decode(made['secret'][6:])) == 32
        assert made['events'] == ['invoice.*', 'payment.received']
        assert (made['active'], made['status'], made['payload']) == (True, 'active', 'full')
        assert (made['signatures'], made['public_key'], made['headers']) == (['v1'], None, {})
        assert (made['schedule'], made['timeout'], made['max_in_flight']) == (None, 15, 8)
        assert (made['failure_count'], made['last_delivery'], made['breaker']) == (
            0,
            None,
            'closed',
        )
        assert made['version'] == 1
        assert queued(api, made['id']) == []

    def test_with_everything(self, api):
        filters = [{'path': 'object.total', 'op': 'gte', 'value': 1000.50}]
        wanted = {
            'description': 'Warehouse',
            'filters': filters,
            'payload': 'thin',
            'signatures': ['wc', 'v1a'],
            'ordering': 'resource',
            'schedule': [0, 60, 3600],
            'timeout': 30,
            'rate_limit': 600,
            'max_in_flight': 1,
            'active': False,
        }
        made = hook(api, secret=OWN, headers={'X-Token': 'very secret'}, verify=True, **wanted)
        shown = {name: made[name] for name in wanted}
        assert shown == wanted | {'signatures': ['v1', 'wc', 'v1a']}
        assert (made['secret'], made['status']) == (OWN, 'paused')
        assert made['headers'] == {'X-Token': MASK}
        assert len(base64.b64decode(made['public_key'].removeprefix('whpk_'))) == 32
        [ping] = queued(api, made['id'])
        assert (ping.event_type, ping.is_single, ping.state) == ('webhook.ping', True, 'waiting')

    def test_the_secret_is_kept_encrypted_and_never_shown_again(self, api):
        made = hook(api, headers={'X-Token': 'very secret'}, signatures=['v1a'])
        one = f'/webhooks/{made["id"]}'
        renewed = api.post(f'{one}/rotate-secret', {}).json['secret']
        for path in (one, '/webhooks', f'{one}/deliveries', f'{one}/statistics', '/events'):
            assert 'whsec_' not in api.get(path).text and 'very secret' not in api.get(path).text
        for table in TABLES:
            text = plain(api, table)
            for secret in (made['secret'], renewed, made['secret'][6:], 'very secret'):
                assert secret not in text, table
        with api.company():
            row = Webhook.get()
            keys = [one.key for one in sealed.open_secrets(row.secrets)]
            assert sealed.open_headers(row.headers) == {'X-Token': 'very secret'}
            assert len(crypto.decrypt(bytes(row.private_key))) == 32
        assert keys == [renewed, made['secret']]

    def test_idempotent_and_its_remembered_answer_is_encrypted(self, api):
        body = {'url': URL, 'events': ['*']}
        first, second = (
            api.post('/webhooks', body, headers={'Idempotency-Key': 'once'}) for _ in range(2)
        )
        assert first.json == second.json
        assert second.headers['Idempotency-Replayed'] == 'true'
        assert api.get('/webhooks').json['total'] == 1
        text = plain(api, 'idempotency_key')
        assert first.json['secret'] not in text and 'hooks.example' not in text
        path = f'/webhooks/{first.json["id"]}/rotate-secret'
        rotated = api.post(path, {}, headers={'Idempotency-Key': 'twice'}).json['secret']
        assert api.post(path, {}, headers={'Idempotency-Key': 'twice'}).json['secret'] == rotated
        assert rotated not in plain(api, 'idempotency_key')

    def test_refused(self, api):
        for field, value in REFUSED:
            name = field.split('.')[0].split('[')[0]
            refused(api.post('/webhooks', {'url': URL, 'events': ['*']} | {name: value}), field)
        assert api.get('/webhooks').json['total'] == 0

    def test_plain_http_only_where_the_operator_allows_networks(self, api, allowing):
        allowing('10.0.0.0/8')
        assert hook(api, url='http://erp.intern/hook')['url'] == 'http://erp.intern/hook'
        hook(api, url='http://10.1.2.3:8080/')
        refused(api.post('/webhooks', {'url': 'https://192.168.0.1/', 'events': ['*']}), 'url')

    def test_a_reader_may_not(self, api):
        made, narrow = hook(api), reader(api)
        one = f'/webhooks/{made["id"]}'
        for path in ('/webhooks', one, f'{one}/deliveries', f'{one}/statistics', f'{one}/replays'):
            assert narrow.get(path).status_code == 200, path
        assert narrow.post('/webhooks', {'url': URL, 'events': ['*']}).status_code == 403
        for verb in ('pause', 'resume', 'test', 'rotate-secret', 'replay'):
            assert narrow.post(f'{one}/{verb}').status_code == 403, verb
        assert narrow.put(one, {}).status_code == narrow.delete(one).status_code == 403

    def test_as_many_as_the_plan_allows(self, app):
        tenant = new_tenant(plan='free')
        api = Api(app, tenant, wide_key(tenant))
        made = [hook(api)['id'] for _ in range(3)]
        answer = api.post('/webhooks', {'url': URL, 'events': ['*']})
        assert (answer.status_code, answer.json['code']) == (403, 'erp_plan_limit')
        assert answer.json['error'] == 'the plan allows 3 webhooks'
        api.delete(f'/webhooks/{made[0]}')
        hook(api)
        Tenant.update(plan='starter').where(Tenant.id == tenant.tenant_id).execute()
        invalidate()
        hook(api)
        recycle(tenant)


class TestRead:
    def test_lists_with_filters(self, api):
        first, second = (
            hook(api, description='Till'),
            hook(api, url='https://b.example/', active=False),
        )
        assert api.get('/webhooks').headers['X-WP-Total'] == '2'
        assert [w['id'] for w in api.get('/webhooks?status=paused').json['data']] == [second['id']]
        assert [w['id'] for w in api.get('/webhooks?search=till').json['data']] == [first['id']]
        assert api.get('/webhooks?status=deleted').status_code == 422
        data = api.get('/webhooks?orderby=url').json['data']
        assert [w['id'] for w in data] == [second['id'], first['id']]

    def test_another_tenants_are_not_there(self, api, other):
        made = hook(api)['id']
        sent = api.post(f'/webhooks/{made}/test').json['id']
        replay = api.post(f'/webhooks/{made}/replay').json['id']
        for path in (
            f'/webhooks/{made}',
            f'/webhooks/deliveries/{sent}',
            f'/webhooks/replays/{replay}',
        ):
            assert api.get(path).status_code == 200
            assert other.get(path).status_code == 404, path
        for path in ('deliveries', 'replays', 'statistics'):
            assert other.get(f'/webhooks/{made}/{path}').status_code == 404, path
        for path in ('pause', 'resume', 'test', 'rotate-secret', 'replay'):
            assert other.post(f'/webhooks/{made}/{path}').status_code == 404, path
        assert other.post(f'/webhooks/deliveries/{sent}/resend').status_code == 404
        assert other.delete(f'/webhooks/replays/{replay}').status_code == 404
        assert other.put(f'/webhooks/{made}', {'timeout': 1}).status_code == 404
        assert other.delete(f'/webhooks/{made}').status_code == 404


class TestChange:
    def test_merges_and_tells(self, api):
        made = hook(api, headers={'X-Token': 'old', 'X-Shop': 'a'})
        one = f'/webhooks/{made["id"]}'
        change = {'events': ['invoice.paid'], 'headers': {'x-token': MASK, 'X-New': 'b'}}
        shown = api.put(one, change, headers={'If-Match': '"1"'})
        assert (shown.json['version'], shown.headers['ETag']) == (2, '"2"')
        assert shown.json['headers'] == {'x-token': MASK, 'X-New': MASK}
        assert shown.json['url'] == URL
        with api.company():
            assert sealed.open_headers(Webhook.get().headers) == {'x-token': 'old', 'X-New': 'b'}
        event = api.get('/events?type=webhook.*').json['data'][-1]
        assert event['type'] == 'webhook.updated'
        assert event['data']['previous_attributes'] == {'events': ['*'], 'version': 1}
        assert event['data']['object']['host'] == 'https://hooks.example'
        assert api.put(one, {}, headers={'If-Match': '"1"'}).status_code == 412

    def test_what_was_read_can_be_sent_back(self, api):
        made = hook(api, headers={'X-Token': 'old'}, filters=[{'path': 'type', 'value': 'a'}])
        one = f'/webhooks/{made["id"]}'
        shown = api.get(one).json
        again = api.put(one, shown).json
        ignored = {'version', 'updated_at'}
        assert {n: v for n, v in again.items() if n not in ignored} == {
            n: v for n, v in shown.items() if n not in ignored
        }
        with api.company():
            assert sealed.open_headers(Webhook.get().headers) == {'X-Token': 'old'}

    def test_a_key_pair_is_made_once(self, api):
        one = f'/webhooks/{hook(api)["id"]}'
        first = api.put(one, {'signatures': ['v1a']}).json['public_key']
        assert api.put(one, {'signatures': []}).json['public_key'] is None
        assert api.put(one, {'signatures': ['v1', 'v1a']}).json['public_key'] == first

    def test_refused(self, api):
        one = f'/webhooks/{hook(api)["id"]}'
        for body, field in BAD_CHANGES:
            refused(api.put(one, body), field)
        assert api.get(one).json['version'] == 1


class TestPauseAndResume:
    def test_what_comes_waits_and_is_due_when_it_goes_on(self, api):
        made = hook(api, events=['customer.*'])['id']
        assert api.post(f'/webhooks/{made}/pause').json['status'] == 'paused'
        customer(api)
        spread(api)
        set_all(api, made, due_at=clock.now() + dt.timedelta(hours=5))
        with api.company():
            opened = clock.now() + dt.timedelta(minutes=1)
            WebhookState.update(open_until=opened, failures=10).execute()
        assert api.get(f'/webhooks/{made}').json['breaker'] == 'open'
        shown = api.post(f'/webhooks/{made}/resume').json
        assert (shown['active'], shown['breaker'], shown['failure_count']) == (True, 'closed', 0)
        [delivery] = queued(api, made)
        assert delivery.state == 'waiting' and delivery.due_at <= clock.now()

    def test_by_put_and_twice(self, api):
        one = f'/webhooks/{hook(api)["id"]}'
        assert api.put(one, {'active': False}).json['status'] == 'paused'
        assert api.post(f'{one}/pause').status_code == 200
        assert api.put(one, {'active': True}).json['status'] == 'active'
        assert api.post(f'{one}/resume').status_code == 200
        told = [event['type'] for event in api.get('/events?type=webhook.*').json['data']]
        assert told == ['webhook.created', 'webhook.paused', 'webhook.resumed']


class TestDisable:
    def disabled(self, api, **values):
        made = hook(api, **values)['id']
        customer(api)
        spread(api)
        with api.company():
            assert disable_webhook(made, '410 Gone', actor=actor_of(api)) is True
            assert disable_webhook(made, 'again', actor=actor_of(api)) is False
        return made

    def test_what_waits_is_skipped_and_it_is_told(self, api):
        watcher = hook(api, events=['webhook.disabled'])['id']
        made = self.disabled(api, events=['customer.*'])
        [delivery] = queued(api, made)
        assert (delivery.state, delivery.due_at) == ('skipped', None)
        shown = api.get(f'/webhooks/{made}').json
        assert (shown['status'], shown['status_reason']) == ('disabled', '410 Gone')
        event = api.get('/events?type=webhook.disabled').json['data'][0]
        assert event['data']['object']['status_reason'] == '410 Gone'
        assert event['data']['previous_attributes']['status'] == 'active'
        spread(api)
        assert [d.event_type for d in queued(api, watcher)] == ['webhook.disabled']

    def test_nothing_is_queued_until_it_is_resumed(self, api):
        made = self.disabled(api, events=['customer.*'])
        one = f'/webhooks/{made}'
        customer(api, 'B')
        for path, body in (('test', {}), ('replay', {}), ('pause', {}), ('rotate-secret', {})):
            assert api.post(f'{one}/{path}', body).status_code == 422, path
        first = queued(api, made)[0].id
        assert api.post(f'/webhooks/deliveries/{first}/resend').status_code == 422
        assert api.post(f'{one}/resume').json['status'] == 'active'
        spread(api)
        assert [d.state for d in queued(api, made)] == ['skipped']
        customer(api, 'C')
        spread(api)
        assert [d.state for d in queued(api, made)] == ['skipped', 'waiting']

    def test_one_that_is_not_there(self, api):
        with api.company():
            assert disable_webhook(77, 'x', actor=actor_of(api)) is False


class TestDelete:
    def test_stops_what_waits_and_forgets_its_secrets(self, api):
        made = hook(api, headers={'X-Token': 'a'}, signatures=['v1a'])['id']
        customer(api)
        spread(api)
        delivery = queued(api, made)[0].id
        assert api.delete(f'/webhooks/{made}').json == {'deleted': True, 'id': made}
        assert {d.state for d in queued(api, made)} == {'cancelled'}
        for path in (
            f'/webhooks/{made}',
            f'/webhooks/{made}/deliveries',
            f'/webhooks/{made}/statistics',
        ):
            assert api.get(path).status_code == 404, path
        assert api.get(f'/webhooks/deliveries/{delivery}').status_code == 404
        assert api.post(f'/webhooks/deliveries/{delivery}/resend').status_code == 404
        assert api.delete(f'/webhooks/{made}').status_code == 404
        assert api.get('/webhooks').json['total'] == 0
        assert api.get('/events?type=webhook.deleted').json['data'] != []
        with api.company():
            row = Webhook.get()
            assert (sealed.open_secrets(row.secrets), row.headers, row.private_key) == (
                [],
                None,
                None,
            )

    def test_only_as_it_was_read(self, api):
        made = hook(api)['id']
        api.put(f'/webhooks/{made}', {'timeout': 5})
        answer = api.delete(f'/webhooks/{made}', headers={'If-Match': '"1"'})
        assert answer.status_code == 412


class TestRotateSecret:
    def secrets(self, api):
        with api.company():
            return sealed.open_secrets(Webhook.get().secrets)

    def test_the_old_one_signs_along_for_a_while(self, api):
        made = hook(api)
        one = f'/webhooks/{made["id"]}'
        shown = api.post(f'{one}/rotate-secret', {'overlap_hours': 2}).json
        new, old = self.secrets(api)
        assert (new.key, new.expires_at, old.key) == (shown['secret'], None, made['secret'])
        left = old.expires_at - clock.now()
        assert dt.timedelta(hours=1.9) < left <= dt.timedelta(hours=2)
        assert (
            api.get(one).json['previous_secret_expires_at'] == shown['previous_secret_expires_at']
        )

    def test_without_overlap_all_old_ones_end(self, api):
        path = f'/webhooks/{hook(api)["id"]}/rotate-secret'
        api.post(path, {})
        shown = api.post(path, {'overlap_hours': 0, 'secret': OWN}).json
        assert (shown['secret'], shown['previous_secret_expires_at']) == (OWN, None)
        assert [one.key for one in self.secrets(api)] == [OWN]

    def test_refused(self, api):
        path = f'/webhooks/{hook(api)["id"]}/rotate-secret'
        refused(api.post(path, {'overlap_hours': 169}), 'overlap_hours')
        refused(api.post(path, {'secret': 'whsec_short'}), 'secret')
        for _ in range(9):
            assert api.post(path, {}).status_code == 200
        assert api.post(path, {}).status_code == 422
        assert len(self.secrets(api)) == 10
