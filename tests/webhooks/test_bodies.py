"""The bytes that subscribers get."""

import json

from karvo.kit.db import database, statement_count
from karvo.kit.http import encode
from karvo.webhooks.bodies import bodies
from tests.conftest import BASE, INVOICE
from tests.webhooks.conftest import customer, hook, queued, set_all, spread

MEMBERS = ['type', 'timestamp', 'data', 'id', 'api_version', 'tenant_id', 'sequence']


def made(api, *webhooks):
    """The bodies of all deliveries of these webhooks, in their order."""
    found = [delivery.id for webhook in webhooks for delivery in queued(api, webhook)]
    with api.company():
        bodies_of = bodies(found, api.tenant.tenant_id)
    return [bodies_of[delivery] for delivery in found]


def feed(api, query='limit=1000'):
    """The events as /events writes them, each as bytes."""
    text = api.client.simulate_get(
        f'{BASE}/events?{query}', headers={'X-SE-ERP-Key': api.key}
    ).content
    rows, _, _ = text.removeprefix(b'{"data":[').rpartition(b'],"next_after"')
    parts = rows.split(b',{"type":')
    return [parts[0], *(b'{"type":' + part for part in parts[1:])]


class TestBodies:
    def test_are_what_the_feed_shows_to_the_byte(self, api):
        webhook = hook(api)['id']
        api.post('/invoices', INVOICE)
        customer(api, 'COTE', name='Côté <&> "x" \\ 漢', email='a@b.example')
        api.post('/products', {'sku': 'P', 'name': 'x', 'price': '1234567890.1200'})
        spread(api)
        found = made(api, webhook)
        after = queued(api, webhook)[0].event_seq - 1
        assert found == feed(api, f'after={after}')
        assert len(found) >= 4
        assert b'"list_price": 1234567890.1200' in found[-1]
        assert [list(json.loads(body)) for body in found] == [MEMBERS] * len(found)

    def test_are_the_same_on_each_attempt_and_connection(self, api):
        webhook = hook(api)['id']
        api.post('/invoices', INVOICE)
        spread(api)
        first = made(api, webhook)
        with api.company():
            database.execute_sql("SET TimeZone TO 'America/Toronto'")
        set_all(api, webhook, attempts=3, state='failed')
        try:
            assert made(api, webhook) == first
        finally:
            with api.company():
                database.execute_sql('RESET TimeZone')

    def test_thin_ones_say_whom_it_is_about(self, api):
        webhook = hook(api, payload='thin', events=['customer.*'])['id']
        one = customer(api, email='secret@a.example')
        api.put(f'/customers/{one}', {'email': 'other@a.example'})
        spread(api)
        body = made(api, webhook)[-1]
        shown = json.loads(body)
        assert list(shown) == MEMBERS
        uid = api.get(f'/customers/{one}').json['uid']
        assert shown['data'] == {'object': {'id': one, 'uid': uid}, 'previous_attributes': {}}
        assert b'example' not in body

    def test_many_in_one_statement(self, api):
        webhook = hook(api)['id']
        for n in range(5):
            customer(api, f'C{n}')
        spread(api)
        with api.company():
            ids = [delivery.id for delivery in queued(api, webhook)]
            database.values('SELECT 1')
            before = statement_count()
            assert len(bodies(ids, 1)) == 5
            assert statement_count() - before == 1
            assert bodies([], 1) == {} and bodies([10**9], 1) == {}

    def test_of_a_test_event_are_as_stored(self, api):
        webhook = hook(api)
        path = f'/webhooks/{webhook["id"]}/test'
        sent = api.post(path).json
        [body] = made(api, webhook['id'])
        shown = json.loads(body)
        assert body == encode(shown)
        assert list(shown) == MEMBERS
        assert (shown['type'], shown['id'], shown['sequence']) == (
            'webhook.ping',
            sent['event_id'],
            0,
        )
        assert shown['data']['object'] == {'id': webhook['id'], 'uid': webhook['uid']}
        assert shown['tenant_id'] == api.tenant.tenant_id
