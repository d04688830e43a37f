"""`/batch/v1`: several writes in one request, held to what WordPress 7.1 answered."""

import typing

import falcon
import pytest

from tests.conftest import Api, new_tenant, wide_key
from tests.wordpress.conftest import Client, exchange
from tests.wordpress.test_answers import shape

PATH = '/wp-json/batch/v1'
V2 = '/se-erp/v2'
GOOD = {'path': f'{V2}/customers', 'body': {'name': 'Batch'}}
MIXED = [
    GOOD,
    {'path': f'{V2}/customers', 'method': 'POST', 'body': {'code': 'BAD'}},
    {'path': f'{V2}/customers/9999', 'method': 'DELETE'},
    {'path': f'{V2}/nope', 'method': 'POST'},
    {'path': f'{V2}/customers/search', 'method': 'POST', 'body': {'search': 'a'}},
]


def ask(client: Client, requests: list[typing.Any], **more: typing.Any) -> typing.Any:
    return client.ask('POST', PATH, json={'requests': requests} | more)


@pytest.fixture
def client(app: falcon.App, api: Api) -> Client:
    return Client(app, api.key)


def measured(label: str) -> typing.Any:
    return exchange('10_batch', label)['response']


def total(api: Api) -> int:
    return int(api.get('/customers').json['total'])


class TestMixed:
    def test_each_has_its_own_answer_in_order(self, client: Client) -> None:
        theirs, answer = measured('mixed'), ask(client, MIXED)
        assert answer.status_code == theirs['status'] == 207
        ours = answer.json['responses']
        assert [one.keys() for one in ours] == [{'body', 'status', 'headers'}] * 5
        # se-erp/v2 has its own status for missing fields.
        assert [one['status'] for one in ours] == [201, 422, 404, 404, 400]
        for one, other in zip(ours[1:], theirs['body']['responses'][1:], strict=True):
            assert one['body']['message'] == one['body']['error']
            assert shape(other['body']).keys() <= one['body'].keys()
            assert set(other['headers']) <= set(one['headers'])
        codes = [one['body'].get('code') for one in ours]
        known = [one['body'].get('code') for one in theirs['body']['responses']]
        assert (codes[1], codes[3:]) == (known[1], known[3:])
        assert ours[3]['headers'] == {}

    def test_what_one_wrote_stays_when_the_next_is_refused(self, client: Client, api: Api) -> None:
        before = total(api)
        made = ask(client, MIXED).json['responses'][0]['body']
        assert total(api) == before + 1
        assert api.get(f'/customers/{made["id"]}').json['name'] == 'Batch'

    def test_later_ones_see_what_earlier_ones_did(self, client: Client, api: Api) -> None:
        number = api.post('/customers', {'name': 'x'}).json['id']
        one = f'{V2}/customers/{number}'
        answers = ask(
            client,
            [
                {'path': one, 'method': 'PATCH', 'body': {'name': 'y'}},
                {'path': one, 'body': {'city': 'Laval'}},
                {'path': f'{one}?_method=DELETE'},
                {'path': one, 'method': 'PUT', 'body': {'name': 'z'}},
            ],
        ).json['responses']
        assert [answer['status'] for answer in answers] == [200, 200, 200, 404]
        assert (answers[1]['body']['name'], answers[1]['body']['city']) == ('y', 'Laval')
        assert answers[2]['body']['deleted'] is True

    def test_cents_are_passed_on_as_written(self, client: Client, api: Api) -> None:
        body = '{"requests":[{"path":"/se-erp/v2/invoices","body":'
        body += '{"customer_code":"C","customer_name":"C","subtotal":0.10}}]}'
        headers = {'Content-Type': 'application/json'}
        answer = client.ask('POST', PATH, body=body.encode(), headers=headers)
        assert '"subtotal":0.10,' in answer.text
        assert api.difference() == 0


class TestAllOrNone:
    def test_nothing_runs_when_one_is_invalid(self, client: Client, api: Api) -> None:
        theirs, before = measured('require-all-validate'), total(api)
        answer = ask(client, MIXED, validation='require-all-validate')
        assert (answer.status_code, answer.json['failed']) == (207, 'validation')
        ours = answer.json['responses']
        # A record that is not there is no question of form: told when it is run.
        assert [one is None for one in ours] == [one is None for one in theirs['body']['responses']]
        assert total(api) == before

    def test_all_run_when_all_are_valid(self, client: Client, api: Api) -> None:
        before = total(api)
        answer = ask(client, [GOOD, GOOD], validation='require-all-validate')
        assert [one['status'] for one in answer.json['responses']] == [201, 201]
        assert total(api) == before + 2

    @pytest.mark.parametrize('query', ['_envelope', '_envelope=1&_fields=id'])
    def test_a_refusal_in_an_envelope_is_one(self, client: Client, api: Api, query: str) -> None:
        before = total(api)
        wrapped = {'path': f'{V2}/customers?{query}', 'body': {'code': 'BAD'}}
        answer = ask(client, [GOOD, wrapped], validation='require-all-validate')
        assert answer.json['failed'] == 'validation'
        assert [one and one['status'] for one in answer.json['responses']] == [None, 422]
        assert total(api) == before

    def test_one_without_permission_stops_all(self, app: falcon.App, api: Api) -> None:
        reader = Client(app, wide_key(api.tenant, scopes='read-only'))
        own = {'X-SE-ERP-Key': api.key}
        before = total(api)
        answer = ask(reader, [GOOD | {'headers': own}, GOOD], validation='require-all-validate')
        assert [one and one['status'] for one in answer.json['responses']] == [None, 403]
        assert total(api) == before


class TestCredentials:
    def test_without_any_each_is_refused(self, anyone: Client) -> None:
        answer = ask(anyone, [GOOD, GOOD])
        assert answer.status_code == 207
        assert [one['status'] for one in answer.json['responses']] == [401, 401]

    def test_one_of_its_own_takes_the_place_of_the_outer(self, app: falcon.App, api: Api) -> None:
        tenant = new_tenant()
        theirs = Api(app, tenant, wide_key(tenant))
        outer = Client(app, theirs.key)
        before = total(api)
        answer = ask(outer, [GOOD | {'headers': {'X-SE-ERP-Key': api.key}}, GOOD])
        assert [one['status'] for one in answer.json['responses']] == [201, 201]
        assert (total(api), total(theirs)) == (before + 1, 1)

    def test_a_wrong_one_of_its_own_is_not_saved_by_the_outer(self, client: Client) -> None:
        wrong = {'Authorization': 'Basic bm9ib2R5OnB3'}
        answer = ask(client, [GOOD | {'headers': wrong}, GOOD])
        assert [one['status'] for one in answer.json['responses']] == [401, 201]

    def test_each_counts_against_the_rate(self, app: falcon.App, api: Api) -> None:
        key = wide_key(api.tenant, rate_limit=5)
        answer = ask(Client(app, key), [GOOD] * 3, validation='require-all-validate')
        assert [one['status'] for one in answer.json['responses']] == [201] * 3
        answer = ask(Client(app, key), [GOOD] * 3)
        assert [one['status'] for one in answer.json['responses']] == [201, 201, 429]
        assert answer.json['responses'][2]['body']['code'] == 'rest_rate_limited'

    def test_what_is_only_looked_at_counts_too(self, app: falcon.App, api: Api) -> None:
        client = Client(app, wide_key(api.tenant, rate_limit=5))
        for statuses in ([None, None, 422], [None, None, 429]):
            answer = ask(client, [GOOD, GOOD, MIXED[1]], validation='require-all-validate')
            assert [one and one['status'] for one in answer.json['responses']] == statuses

    def test_where_it_comes_from_is_not_its_to_say(self, app: falcon.App, api: Api) -> None:
        key = wide_key(api.tenant, ip_allow=['203.0.113.0/24'])
        liar = {
            'X-Forwarded-For': '203.0.113.5',
            'Host': 'evil.example',
            'X-Real-IP': '203.0.113.5',
        }
        answer = ask(Client(app, key), [GOOD | {'headers': liar}])
        assert answer.json['responses'][0]['status'] == 401

    def test_idempotency_keys_are_each_ones_own(self, client: Client, api: Api) -> None:
        before = total(api)
        once = GOOD | {'headers': {'Idempotency-Key': 'batch-once'}}
        first, second, third = ask(client, [once, once, GOOD]).json['responses']
        assert first['body']['id'] == second['body']['id'] != third['body']['id']
        assert second['headers']['Idempotency-Replayed'] == 'true'
        assert total(api) == before + 2


class TestRefusedAsAWhole:
    @pytest.mark.parametrize(
        ('label', 'requests'),
        [
            ('GET is not batchable', [{'path': f'{V2}/customers', 'method': 'GET'}]),
            ('26 requests', [GOOD] * 26),
        ],
    )
    def test_as_measured(self, client: Client, label: str, requests: list[typing.Any]) -> None:
        theirs, answer = measured(label), ask(client, requests)
        assert answer.status_code == theirs['status'] == 400
        assert answer.json['code'] == theirs['body']['code'] == 'rest_invalid_param'
        assert shape(answer.json).keys() == shape(theirs['body']).keys()

    @pytest.mark.parametrize(
        'body',
        [
            {},
            {'requests': []},
            {'requests': 5},
            {'requests': [{}]},
            {'requests': [GOOD], 'validation': 'some'},
            {'requests': [{'path': 5}]},
            {'requests': [GOOD | {'headers': {'X': {'y': 1}}}]},
        ],
    )
    def test_bad_input(self, client: Client, body: typing.Any) -> None:
        answer = client.ask('POST', PATH, json=body)
        assert answer.status_code == 400
        assert answer.json['code'] in ('rest_invalid_param', 'rest_missing_callback_param')

    def test_what_allows_none_is_no_bad_json(self, client: Client) -> None:
        inner = {'path': '/wp/v2/users/me/application-passwords', 'body': {'name': 'Till'}}
        refused = ask(client, [inner]).json['responses'][0]['body']
        assert (refused['code'], refused['data']) == ('rest_batch_not_allowed', {'status': 400})

    def test_a_get_is_no_route(self, client: Client) -> None:
        assert client.get(PATH).json['code'] == 'rest_no_route'

    @pytest.mark.parametrize(
        ('path', 'status'),
        [('/batch/v1', 400), ('/wp/v2/users/me', 404), ('//evil.example/x', 404), ('', 400)],
    )
    def test_paths_that_lead_elsewhere(self, client: Client, path: str, status: int) -> None:
        answer = ask(client, [{'path': path or '/'}])
        [one] = answer.json['responses']
        assert one['status'] in (status, 404)


class TestIndex:
    def test_is_described(self, anyone: Client) -> None:
        theirs, ours = measured('shape (OPTIONS)'), anyone.ask('OPTIONS', PATH)
        assert ours.headers['Allow'] == theirs['headers']['Allow'] == 'POST'
        [known], [endpoint] = theirs['body']['endpoints'], ours.json['endpoints']
        assert endpoint['methods'] == known['methods']
        assert endpoint['args'].keys() == known['args'].keys()
        assert endpoint['args']['requests']['maxItems'] == 25

    def test_routes_say_that_they_may_be_in_one(self, anyone: Client) -> None:
        routes = anyone.get('/wp-json').json['routes']
        assert '/batch/v1' in routes
        customers = {tuple(e['methods']): e for e in routes[f'{V2}/customers']['endpoints']}
        assert customers['POST',]['allow_batch'] == {'v1': True}
        assert 'allow_batch' not in customers['GET',]
