"""/api/v2/customers, and what all of api/v2 promises of keys, rates, errors and logs."""

import typing

import pytest
from falcon import testing

from karvo.kit import clock, ended
from karvo.kit.db import statement_count
from tenants.models import ApiKey
from tenants.shared import limits
from tests.conftest import Api, wide_key
from tests.plugins.billing_v2.conftest import BillingV2

#: of the text, verbatim
JANE = {
    'account': 'Jane Smith',
    'email': 'jane@example.com',
    'phone': '1234567890',
    'address': '123 Business St',
    'city': 'New York',
    'state': 'NY',
    'zip': '10001',
    'country': 'US',
}
UNAUTHORIZED = {
    'success': False,
    'message': 'Invalid API key or unauthorized access',
    'code': 'erp_invalid_key',
}


def made(v2: BillingV2, **values: typing.Any) -> dict[str, typing.Any]:
    answer = v2.post('/customers', {'account': 'Acme', **values})
    assert answer.status_code == 201, answer.text
    return answer.json['data']


def sent(v2: BillingV2, body: bytes, content_type: str) -> testing.Result:
    headers = {'Authorization': f'Bearer {v2.key}', 'Content-Type': content_type}
    return v2.client.simulate_post('/api/v2/customers', body=body, headers=headers)


class TestCreate:
    def test_the_sample_of_the_text(self, v2: BillingV2) -> None:
        answer = v2.post('/customers', JANE)
        assert answer.status_code == 201
        assert list(answer.json) == ['success', 'data', 'message']
        assert (answer.json['success'], answer.json['message']) == (True, 'Customer created')
        data = answer.json['data']
        assert {name: data[name] for name in JANE} == JANE
        assert (data['id'], data['code']) == (1, 'C00001')
        assert len(data['created_at']) == len('2024-01-15T10:00:00Z')
        assert data['created_at'].endswith('Z') and data['updated_at'] == data['created_at']

    def test_se_erp_sees_the_same_customer(self, v2: BillingV2) -> None:
        one = made(v2, **JANE)
        seen = v2.api.get(f'/customers/{one["id"]}').json
        assert (seen['name'], seen['province'], seen['postal_code']) == (
            'Jane Smith',
            'NY',
            '10001',
        )
        assert (seen['address1'], seen['country']) == ('123 Business St', 'US')

    def test_codes_are_made_one_after_the_other_or_given(self, v2: BillingV2) -> None:
        codes = [made(v2, code=code)['code'] for code in ('', 'acme-1', 'C00007', '')]
        assert codes == ['C00001', 'ACME-1', 'C00007', 'C00008']

    def test_a_code_that_exists(self, v2: BillingV2) -> None:
        made(v2, code='ACME')
        refused = v2.post('/customers', {'account': 'Other', 'code': 'acme'})
        assert (refused.status_code, refused.json['errors']) == (
            400, {'code': 'Code exists already'}
        )  # fmt: skip

    def test_an_address_twice_is_a_warning(self, v2: BillingV2) -> None:
        assert 'warnings' not in made(v2, email='a@acme.example')
        assert made(v2, email='A@acme.example')['warnings'] == ['duplicate_email']

    def test_empty_texts_are_nothing(self, v2: BillingV2) -> None:
        one = made(v2, email='', phone='', country='', state='', zip=None)
        assert {one[n] for n in ('email', 'phone', 'country', 'state', 'zip')} == {None}

    def test_needs_an_account(self, v2: BillingV2) -> None:
        for account in (None, '', '  '):
            refused = v2.post('/customers', {'account': account, 'email': 'a@acme.example'})
            assert refused.status_code == 400
            assert refused.json == {
                'success': False,
                'errors': {'account': 'Account is required'},
                'message': 'Validation failed',
                'code': refused.json['code'],
            }

    def test_every_member_at_fault_is_named_as_it_was_sent(self, v2: BillingV2) -> None:
        refused = v2.post(
            '/customers', {'account': 'A', 'zip': 1, 'state': 'Québec', 'country': 'x'}
        )
        assert set(refused.json['errors']) == {'zip', 'state', 'country'}
        assert refused.json['errors']['zip'] == 'Zip must be text'

    def test_the_texts_own_refusal(self, v2: BillingV2) -> None:
        refused = v2.post('/customers', {**JANE, 'email': 'jane'})
        assert (refused.status_code, refused.json) == (
            400,
            {
                'success': False,
                'errors': {'email': 'Invalid email format'},
                'message': 'Validation failed',
                'code': 'rest_invalid_param',
            },
        )
        assert v2.get('/customers').json['meta']['total_records'] == 0

    def test_canadian_postal_codes_are_checked(self, v2: BillingV2) -> None:
        refused = v2.post('/customers', {'account': 'A', 'country': 'CA', 'zip': '10001'})
        assert list(refused.json['errors']) == ['zip']

    def test_unreadable(self, v2: BillingV2) -> None:
        refused = sent(v2, b'{"account": ', 'application/json')
        assert refused.status_code == 400
        assert (refused.json['success'], refused.json['errors']) == (False, {})

    def test_once_for_one_idempotency_key(self, v2: BillingV2) -> None:
        headers = {'Idempotency-Key': 'jane-1'}
        first, again = (v2.post('/customers', JANE, headers=headers) for _ in range(2))
        assert first.json == again.json
        assert again.headers['idempotency-replayed'] == 'true'
        assert v2.get('/customers').json['meta']['total_records'] == 1
        other = v2.post('/customers', {'account': 'X'}, headers=headers)
        assert (other.status_code, other.json['success']) == (400, False)

    def test_a_form_as_php_sends_it(self, v2: BillingV2) -> None:
        answer = sent(v2, b'account=Jane&city=Lyon', 'application/x-www-form-urlencoded')
        assert (answer.status_code, answer.json['data']['city']) == (201, 'Lyon')


class TestList:
    def test_the_envelope_of_the_text(self, v2: BillingV2) -> None:
        made(v2, account='John Doe', email='john@example.com', phone='1234567890')
        page = v2.get('/customers').json
        assert list(page) == ['success', 'data', 'meta']
        assert page['meta'] == {
            'current_page': 1,
            'total_pages': 1,
            'total_records': 1,
            'limit': 20,
        }
        [row] = page['data']
        assert {'id', 'account', 'email', 'phone', 'created_at', 'updated_at'} <= row.keys()
        assert (row['account'], row['phone']) == ('John Doe', '1234567890')

    def test_pages(self, v2: BillingV2) -> None:
        new = [{'account': f'Customer {n}'} for n in range(45)]
        assert v2.post('/batch/customers', {'customers': new}).status_code == 201
        first, last = v2.get('/customers').json, v2.get('/customers?page=3').json
        assert (len(first['data']), len(last['data'])) == (20, 5)
        assert last['meta'] == {
            'current_page': 3,
            'total_pages': 3,
            'total_records': 45,
            'limit': 20,
        }
        assert [row['account'] for row in last['data']][0] == 'Customer 40'
        assert len(v2.get('/customers?limit=100').json['data']) == 45
        assert v2.get('/customers?page=4').json['data'] == []

    def test_search(self, v2: BillingV2) -> None:
        made(v2, account='Café Côté')
        made(v2, account='Other', email='cote@other.example')
        made(v2, account='Third')
        names = [row['account'] for row in v2.get('/customers?search=COTE').json['data']]
        assert names == ['Café Côté', 'Other']
        assert v2.get('/customers?search=100%25').json['data'] == []

    def test_pages_that_there_are_not(self, v2: BillingV2) -> None:
        for query in ('limit=0', 'limit=-1', 'page=0', 'page=x', 'limit=ten'):
            refused = v2.get(f'/customers?{query}')
            assert refused.status_code == 400
            assert list(refused.json['errors']) == [query.partition('=')[0]]

    def test_a_longer_page_than_there_is(self, v2: BillingV2) -> None:
        new = [{'account': f'Customer {n}'} for n in range(100)]
        v2.post('/batch/customers', {'customers': new})
        v2.post('/customers', {'account': 'One more'})
        for limit in (101, 5000, 10**15):
            page = v2.get(f'/customers?limit={limit}').json
            assert len(page['data']) == page['meta']['limit'] == 100
            assert page['meta']['total_pages'] == 2
        assert len(v2.get('/customers?limit=500&page=2').json['data']) == 1

    def test_only_the_keys_own_company(self, v2: BillingV2, other: Api) -> None:
        one = made(v2)
        stranger = BillingV2(other)
        assert stranger.get('/customers').json['data'] == []
        for method, body in (('GET', None), ('PUT', {'city': 'X'}), ('DELETE', None)):
            refused = stranger.ask(method, f'/customers/{one["id"]}', body)
            assert (refused.status_code, refused.json) == (
                404, {'success': False, 'message': 'Customer not found', 'code': 'erp_not_found'}
            )  # fmt: skip

    def test_a_hundred_cost_as_many_statements_as_one(self, v2: BillingV2) -> None:
        new = [{'account': f'Customer {n}'} for n in range(100)]
        v2.post('/batch/customers', {'customers': new})
        v2.get('/customers?limit=1')
        costs = []
        for limit in (1, 100):
            before = statement_count()
            assert len(v2.get(f'/customers?limit={limit}').json['data']) == limit
            costs.append(statement_count() - before)
        assert costs[0] == costs[1] <= 2


class TestOne:
    def test_get(self, v2: BillingV2) -> None:
        one = made(v2, **JANE)
        answer = v2.get(f'/customers/{one["id"]}')
        assert (answer.status_code, answer.json) == (200, {'success': True, 'data': one})

    def test_put_changes_what_is_sent(self, v2: BillingV2) -> None:
        one = made(v2, **JANE)
        answer = v2.put(f'/customers/{one["id"]}', {'city': 'Albany', 'phone': ''})
        assert (answer.status_code, answer.json['message']) == (200, 'Customer updated')
        changed = v2.get(f'/customers/{one["id"]}').json['data']
        assert changed | {'updated_at': ''} == one | {
            'city': 'Albany', 'phone': None, 'updated_at': ''
        }  # fmt: skip

    def test_what_was_read_may_be_sent_back(self, v2: BillingV2) -> None:
        one = made(v2, **JANE)
        answer = v2.put(f'/customers/{one["id"]}', one)
        assert (answer.status_code, answer.json['data']) == (200, one)

    def test_an_address_of_two_lines_stays_one_when_it_is_sent_back(self, v2: BillingV2) -> None:
        lines = {'address1': '1 Main St', 'address2': 'Suite 2'}
        new = {'code': 'TWO', 'name': 'Two', **lines}
        path = f'/customers/{v2.api.post("/customers", new).json["id"]}'
        shown = v2.get(path).json['data']
        assert shown['address'] == '1 Main St, Suite 2'
        assert v2.put(path, {**shown, 'city': 'Laval'}).json['data']['address'] == shown['address']
        seen = v2.api.get(path).json
        assert {name: seen[name] for name in lines} == lines
        assert v2.put(path, {'address': '9 New St'}).json['data']['address'] == '9 New St'
        seen = v2.api.get(path).json
        assert (seen['address1'], seen['address2']) == ('9 New St', None)

    def test_an_address_as_long_as_it_is_shown(self, v2: BillingV2) -> None:
        new = {'code': 'L', 'name': 'L', 'address1': 'a' * 200, 'address2': 'b' * 200}
        path = f'/customers/{v2.api.post("/customers", new).json["id"]}'
        assert v2.put(path, v2.get(path).json['data']).status_code == 200
        refused = v2.put(path, {'address': 'c' * 201})
        assert refused.json['errors'] == {'address': 'Address must have at most 200 characters'}

    def test_a_wrong_change(self, v2: BillingV2) -> None:
        path = f'/customers/{made(v2)["id"]}'
        assert v2.put(path, {'email': '@'}).json['errors'] == {'email': 'Invalid email format'}
        assert v2.put(path, {'account': ''}).json['errors'] == {'account': 'Account is required'}

    def test_one_that_there_is_not(self, v2: BillingV2) -> None:
        for one, status in (('999', 404), ('99999999999999999999', 400), ('abc', 404)):
            answer = v2.get(f'/customers/{one}')
            assert (answer.status_code, answer.json['success']) == (status, False)


class TestDelete:
    def test_one_without_history_is_gone(self, v2: BillingV2) -> None:
        path = f'/customers/{made(v2)["id"]}'
        answer = v2.delete(path)
        assert answer.status_code == 200
        assert answer.json == {'success': True, 'message': 'Customer deleted'}
        assert v2.get(path).status_code == v2.delete(path).status_code == 404
        assert v2.get('/customers').json['data'] == []

    def test_one_who_owes_stays_until_he_has_paid(self, v2: BillingV2) -> None:
        path = f'/customers/{made(v2, code="ACME")["id"]}'
        items = [{'description': 'Work', 'amount': 100}]
        bill = v2.post('/invoices', {'customer_id': 1, 'items': items}).json['data']
        refused = v2.delete(path)
        assert (refused.status_code, refused.json['message']) == (
            400, 'the customer has an open balance of 100.00'
        )  # fmt: skip
        v2.post(f'/invoices/{bill["id"]}/payments', {'amount': 100})
        assert v2.delete(path).status_code == 200
        assert v2.get(path).status_code == 404
        assert v2.get('/invoices').json['data'][0]['customer_id'] == 1
        taken = v2.post('/customers', {'account': 'New', 'code': 'ACME'})
        assert taken.json['errors'] == {'code': 'Code exists already'}


class TestKeys:
    def test_none_and_a_wrong_one(self, v2: BillingV2) -> None:
        for path in ('/customers', '/invoices', '/products', '/customers/1'):
            for headers in ({}, {'Authorization': 'Bearer wrong'}):
                answer = v2.client.simulate_get(f'/api/v2{path}', headers=headers)
                assert (answer.status_code, answer.json) == (401, UNAUTHORIZED)

    def test_a_read_only_key_reads(self, v2: BillingV2) -> None:
        assert v2.api.tenant
        reader = BillingV2(v2.api, wide_key(v2.api.tenant, scopes=['read-only']))
        forbidden = {'success': False, 'message': 'Forbidden', 'code': 'rest_forbidden'}
        for path, body in (
            ('/customers', JANE),
            ('/invoices', {}),
            ('/products', {}),
            ('/batch/customers', {}),
            ('/invoices/1/payments', {}),
        ):
            answer = reader.post(path, body)
            assert (answer.status_code, answer.json) == (403, forbidden)
        for path in ('/customers/1', '/invoices/1', '/products/1'):
            assert reader.put(path, {}).status_code == reader.delete(path).status_code == 403
        assert reader.get('/customers').status_code == 200

    def test_in_the_query(self, v2: BillingV2) -> None:
        made(v2)
        query = f'api_key={v2.key}'
        answer = v2.client.simulate_get('/api/v2/customers', query_string=query)
        assert (answer.status_code, len(answer.json['data'])) == (200, 1)
        wrong = v2.client.simulate_get('/api/v2/customers', query_string='api_key=no')
        assert (wrong.status_code, wrong.json) == (401, UNAUTHORIZED)

    def test_at_the_originals_own_address(self, v2: BillingV2) -> None:
        one = made(v2)

        def ask(method: str, path: str, **options: typing.Any) -> typing.Any:
            query = f'ng=api/v2/{path}&api_key={v2.key}'
            return v2.client.simulate_request(method, '/', query_string=query, **options)

        assert ask('GET', 'customers').json['data'] == [one]
        assert ask('GET', f'customers/{one["id"]}').json['data'] == one
        assert ask('POST', 'customers', json=JANE).status_code == 201
        assert ask('GET', 'customers&search=jane').json['meta']['total_records'] == 1
        assert ask('GET', 'nothing').json == {
            'success': False,
            'message': 'Endpoint not found',
            'code': 'rest_no_route',
        }

    def test_no_key_gets_into_the_log(
        self, v2: BillingV2, capfd: pytest.CaptureFixture[str]
    ) -> None:
        v2.client.simulate_get('/api/v2/customers', query_string=f'api_key={v2.key}')
        v2.client.simulate_get('/', query_string=f'ng=api/v2/customers&api_key={v2.key}')
        v2.client.simulate_get('/api/v2/none', query_string=f'api_key={v2.key}')
        v2.client.simulate_get('/api/v2/customers', query_string='api_key=wrong-secret')
        ended.flush()
        said = ''.join(capfd.readouterr())
        assert said.count('/api/v2/customers') >= 3
        assert v2.key not in said and 'wrong-secret' not in said and 'api_key' not in said

    def test_a_thousand_an_hour(self, v2: BillingV2) -> None:
        assert v2.api.tenant
        plain = BillingV2(v2.api, wide_key(v2.api.tenant, rate_limit=None))
        first = plain.get('/customers')
        assert first.headers['x-ratelimit-limit'] == '1000'
        assert first.headers['x-ratelimit-remaining'] == '999'
        bucket = f'key:{ApiKey.select().order_by(ApiKey.id.desc()).get().id}:billing-v2'
        for _ in range(998):
            limits().take(bucket, 1000, clock.epoch(), window=3600)
        last = plain.get('/customers')
        assert (last.status_code, last.headers['x-ratelimit-remaining']) == (200, '0')
        over = plain.get('/customers')
        assert (over.status_code, over.json) == (
            429, {'success': False, 'message': 'Rate limit exceeded', 'code': 'rest_rate_limited'}
        )  # fmt: skip
        assert over.headers['x-ratelimit-limit'] == '1000'
        assert 0 < int(over.headers['retry-after']) <= 3600
        assert int(over.headers['x-ratelimit-reset']) > clock.epoch()
        assert v2.get('/customers').status_code == 200

    def test_a_bad_signature_is_told_from_a_bad_key(self, v2: BillingV2) -> None:
        body = {'scopes': ['read-write'], 'require_signature': True}
        signing = BillingV2(v2.api, v2.api.post('/keys', body).json['api_key'])
        answer = signing.get('/customers')
        assert answer.status_code == 401
        assert answer.json == UNAUTHORIZED | {'code': 'erp_invalid_signature'}


class TestUnknownAddresses:
    def test_in_its_own_words(self, v2: BillingV2) -> None:
        said = {'success': False, 'message': 'Endpoint not found', 'code': 'rest_no_route'}
        for method, path in (
            ('GET', '/nothing'), ('PATCH', '/customers'), ('DELETE', '/customers'), ('GET', '')
        ):  # fmt: skip
            answer = v2.ask(method, path)
            assert (answer.status_code, answer.json) == (404, said)
