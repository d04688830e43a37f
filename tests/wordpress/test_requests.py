"""How WordPress' clients write requests: overridden methods, doors, forms, JSON on GET."""

import json

import pytest

from karvo.kit import ended
from tests.conftest import BASE, Api
from tests.wordpress.conftest import Client, exchange

FORM = 'application/x-www-form-urlencoded'


def new_customer(api: Api, name: str = 'First') -> int:
    return api.post('/customers', {'name': name}).json['id']


class TestMethodOverride:
    """Compared with 07_method_override, except where KARVO is stricter on purpose."""

    @pytest.mark.parametrize('method', ['PUT', 'PATCH', 'put', ' Patch '])
    def test_by_header(self, api: Api, method: str) -> None:
        one = new_customer(api)
        headers = {'X-HTTP-Method-Override': method}
        answer = api.post(f'/customers/{one}', {'name': 'Second'}, headers=headers)
        assert (answer.status_code, answer.json['name']) == (200, 'Second')

    def test_delete_by_either(self, api: Api) -> None:
        for query, headers in (('?_method=DELETE', {}), ('', {'X-HTTP-Method-Override': 'delete'})):
            one = new_customer(api)
            answer = api.post(f'/customers/{one}{query}', headers=headers)
            assert (answer.status_code, answer.json) == (200, {'deleted': True, 'id': one})
            assert api.get(f'/customers/{one}').status_code == 404

    def test_the_query_wins_over_the_header(self, api: Api) -> None:
        one = new_customer(api)
        headers = {'X-HTTP-Method-Override': 'DELETE'}
        api.post(f'/customers/{one}?_method=PUT', {'name': 'Kept'}, headers=headers)
        assert api.get(f'/customers/{one}').json['name'] == 'Kept'

    def test_a_member_of_the_body_is_not_an_override(self, api: Api) -> None:
        one = new_customer(api)
        assert api.post(f'/customers/{one}', {'_method': 'DELETE'}).status_code == 200
        assert api.get(f'/customers/{one}').status_code == 200

    @pytest.mark.parametrize('method', ['TRACE', 'FOO', 'OPTIONS', '', '%00', 'D' * 5000])
    def test_an_unknown_method_is_no_route(self, api: Api, method: str) -> None:
        measured = exchange('07_method_override', 'unknown method')['response']
        answer = api.post(f'/customers?_method={method}', {'name': 'nobody-made-this'})
        if not method:  # nothing is asked for
            assert answer.status_code == 201
            api.delete(f'/customers/{answer.json["id"]}')
            return
        assert answer.status_code == measured['status']
        assert answer.json['code'] == measured['body']['code']
        assert api.get('/customers?search=nobody-made-this').json['total'] == 0

    @pytest.mark.parametrize('method', ['DELETE', 'PUT', 'POST', 'PATCH'])
    def test_a_get_never_becomes_a_write(self, api: Api, method: str) -> None:
        one = new_customer(api)
        for query, headers in (
            (f'?_method={method}', {}),
            ('', {'X-HTTP-Method-Override': method}),
        ):
            answer = api.get(f'/customers/{one}{query}', headers=headers)
            assert (answer.status_code, answer.json['code']) == (404, 'rest_no_route')
        assert api.get(f'/customers/{one}').json['version'] == 1

    def test_a_post_may_be_a_get_with_its_parameters(self, api: Api) -> None:
        for name in ('Quartz', 'Quarry', 'Zinc'):
            new_customer(api, name)
        answer = api.post('/customers?_method=GET', {'per_page': 1, 'search': 'quar'})
        assert (answer.json['total'], answer.json['per_page']) == (2, 1)

    def test_scope_and_idempotency_see_what_is_meant(self, api: Api) -> None:
        one = new_customer(api)
        reader = Api(
            api.client.app, None, api.post('/keys', {'scopes': 'read-only'}).json['api_key']
        )
        assert reader.post(f'/customers/{one}?_method=DELETE').status_code == 403
        headers = {'Idempotency-Key': 'k', 'X-HTTP-Method-Override': 'PUT'}
        first = api.post(f'/customers/{one}', {'name': 'Once'}, headers=headers)
        again = api.put(f'/customers/{one}', {'name': 'Once'}, headers={'Idempotency-Key': 'k'})
        assert again.headers['Idempotency-Replayed'] == 'true'
        assert again.json == first.json
        other = api.post(f'/customers/{one}', {'name': 'Once'}, headers={'Idempotency-Key': 'k'})
        assert 'Idempotency-Replayed' not in other.headers  # a POST is another request

    def test_the_log_names_what_was_done(self, api: Api, capfd: pytest.CaptureFixture[str]) -> None:
        one = new_customer(api)
        ended.flush()
        capfd.readouterr()
        api.post(f'/customers/{one}?_method=DELETE')
        ended.flush()
        line = json.loads(capfd.readouterr().err.strip().splitlines()[-1])
        assert (line['method'], line['status']) == ('DELETE', 200)


class TestEditable:
    @pytest.mark.parametrize('method', ['POST', 'PUT', 'PATCH'])
    def test_all_three_change_a_record(self, api: Api, method: str) -> None:
        one = new_customer(api)
        answer = api.ask(method, f'/customers/{one}', {'name': method})
        assert (answer.status_code, answer.json['name']) == (200, method)

    def test_a_post_of_its_own_stays(self, api: Api) -> None:
        new = {'regime': 'pst_bc', 'number': 'PST-1234-5678', 'valid_from': '2020-01-01'}
        assert api.post('/settings/tax-registrations', new).status_code == 201

    def test_if_match_counts_for_stand_ins(self, api: Api) -> None:
        one = new_customer(api)
        answer = api.ask('PATCH', f'/customers/{one}', {'name': 'x'}, headers={'If-Match': '"9"'})
        assert answer.status_code == 412

    def test_without_a_put_there_is_none(self, api: Api) -> None:
        assert api.ask('PATCH', '/customers', {}).status_code == 404
        assert api.post('/billing/aging').status_code == 404

    def test_head_answers_wherever_get_does(self, api: Api) -> None:
        new_customer(api)
        got, head = api.get('/customers'), api.ask('HEAD', '/customers')
        assert (head.status_code, head.content) == (200, b'')
        assert head.headers['X-WP-Total'] == got.headers['X-WP-Total'] > '0'
        assert Api(api.client.app, None).ask('HEAD', '/customers').status_code == 401


class TestAddresses:
    @pytest.mark.parametrize(
        'address',
        [
            f'{BASE}/ping/',
            f'{BASE}//ping',
            f'{BASE}//ping//',
            '/wp-json/SE-ERP/v2//ping/',
            '/wp-json/Se-Erp/V2/PING',
            '/?rest_route=/se-erp/v2/ping',
            '/?rest_route=se-erp/v2/ping/',
            '/?rest_route=%2FSE-ERP%2Fv2%2Fping',
            '/index.php?rest_route=/se-erp/v2/ping&_locale=user',
        ],
    )
    def test_lead_to_the_same(self, anyone: Client, address: str) -> None:
        answer = anyone.get(address)
        assert (answer.status_code, answer.json['status']) == (200, 'ok')

    def test_values_keep_their_letter_case(self, web: Client) -> None:
        for sku in ('Cln-5', 'cln-5', 'CLN-5'):
            assert web.get(f'/wp-json/SE-ERP/v2/Products/SKU/{sku}').json['sku'] == 'Cln-5'
        missing = web.get('/wp-json/SE-ERP/v2/pricing/Nope')
        assert missing.json['code'] == 'erp_not_found'

    def test_fixed_routes_win_over_patterns(self, web: Client) -> None:
        assert web.rest('/Products/Categories').status_code == 200
        assert web.rest('/PRICING/rules').json['total'] == 0

    @pytest.mark.parametrize(
        'address', ['/?rest_route=/nope', '/?rest_route=../etc', '/index.php', '/?rest_route=/%00']
    )
    def test_elsewhere_is_nothing(self, web: Client, address: str) -> None:
        answer = web.get(address)
        assert answer.status_code == 404

    def test_the_id_is_the_path_s(self, api: Api) -> None:
        first, second = new_customer(api), new_customer(api, 'Second')
        api.put(f'/customers/{first}?id={second}', {'id': second, 'name': 'Changed'})
        assert api.get(f'/customers/{first}').json['name'] == 'Changed'
        assert api.get(f'/customers/{second}').json['name'] == 'Second'
        assert api.get(f'/customers/{first}?id={second}').json['id'] == first


class TestParameters:
    def form(self, api: Api, path: str, body: str):
        return api.raw('POST', path, body.encode(), **{'Content-Type': FORM})

    def test_a_form_makes_a_record(self, api: Api) -> None:
        body = 'name=%C3%89picerie+C%C3%B4t%C3%A9&tags[]=a&tags[]=b&tax_exempt=none'
        body += '&metadata[till][no]=7&credit_limit=5.5'
        made = self.form(api, '/customers', body).json
        assert (made['name'], made['tags'], made['credit_limit']) == (
            'Épicerie Côté',
            ['a', 'b'],
            5.5,
        )
        assert made['metadata'] == {'till': {'no': '7'}}

    def test_php_s_empty_array_is_an_empty_object_too(self, api: Api) -> None:
        made = api.post('/customers', {'name': 'A', 'metadata': [], 'address': []})
        assert (made.status_code, made.json['metadata']) == (201, {})
        assert api.post('/customers', {'name': 'A', 'metadata': [1]}).status_code == 422

    def test_a_number_that_is_taken_is_not_given_again(self, api: Api) -> None:
        made = self.form(api, '/customers', 'name=A&tags[1]=a&tags[]=b&tags[]=c').json
        assert made['tags'] == ['a', 'b', 'c']

    def test_a_form_with_lines(self, api: Api) -> None:
        body = 'customer_code=A&customer_name=A&lines[0][description]=x&lines[0][qty]=2'
        body += '&lines[0][unit_price]=1.5&lines[7][description]=y&lines[7][unit_price]=1'
        made = self.form(api, '/invoices', body).json
        assert [line['qty'] for line in made['lines']] == [2, 1]

    def test_a_form_s_faults_are_named(self, api: Api) -> None:
        answer = self.form(api, '/invoices', 'customer_code=A&lines[0][qty]=many')
        assert (answer.status_code, list(answer.json['data']['params'])) == (422, ['lines[0].qty'])

    @pytest.mark.parametrize(
        'body',
        [
            'metadata' + '[a]' * 100_000 + '=1',
            'metadata[' * 10_000,
            '[]=1&]=2&=3&[[[',
            'lines=1&lines[]=2&lines[a]=3&lines[0][sku][x]=4',
            '%ff=%ff&name=%00',
            'name=x&' * 50_000,
            'tags[99999999999999999999999]=1',
        ],
        ids=['deep', 'open', 'odd', 'mixed', 'bytes', 'many', 'number'],
    )
    def test_odd_forms_never_break_it(self, api: Api, body: str) -> None:
        answer = self.form(api, '/customers', body)
        assert answer.status_code in (201, 422)
        assert self.form(api, '/invoices', body).status_code == 422

    def test_json_of_texts_is_read_as_meant(self, api: Api) -> None:
        body = {'name': 'x', 'tags': 'a, b', 'credit_limit': '1e3', 'credit_hold': 'true'}
        made = api.post('/customers', body).json
        assert (made['tags'], made['credit_limit'], made['credit_hold']) == (['a', 'b'], 1000, True)
        for value, status in ((12, 201), ('12', 201), (12.0, 201), (12.5, 422), ('x', 422)):
            new = {'customer_code': 'A', 'customer_name': 'A', 'payment_terms_days': value}
            answer = api.post('/invoices', new | {'lines': [{'description': 'x', 'unit_price': 1}]})
            assert answer.status_code == status, value
        assert api.post('/customers', {'name': 'x', 'credit_hold': 'yes'}).status_code == 422
        for value in (1, '1', 'true'):
            assert api.post('/customers', {'name': 'x', 'credit_hold': value}).json['credit_hold']

    def test_json_that_is_no_object_is_no_parameters(self, api: Api) -> None:
        for body in (b'[]', b'null', b'"x"', b''):
            answer = api.raw('POST', '/customers', body)
            assert answer.json['code'] == 'rest_missing_callback_param'
        as_text = api.raw('POST', '/customers', b'{"name": "x"}', **{'Content-Type': 'text/plain'})
        assert as_text.status_code == 422

    def test_a_filter_takes_several_values(self, web: Client) -> None:
        for query in ('status=partial,unpaid', 'status[]=partial&status[]=unpaid') + (
            'status%5B%5D=partial&status%5B%5D=unpaid',
            'status[0]=partial&status[5]=unpaid',
        ):
            assert web.rest(f'/invoices?{query}').json['total'] == 5, query
        assert web.rest('/invoices?status[]=partial').json['total'] == 1
        assert web.rest('/customers?include=1,3').json['total'] == 2
        assert web.rest('/customers?include[]=1&include[]=3&include[]=99').json['total'] == 2
        assert web.rest('/customers?include=2').json['data'][0]['code'] == 'BETA'
        assert web.rest('/customers?include=x').status_code == 422

    def test_json_on_get_is_parameters(self, web: Client) -> None:
        asked = {'status': ['partial'], 'per_page': 1, '_fields': 'id'}
        answer = web.rest('/invoices?per_page=7', json=asked)
        assert (answer.json['total'], answer.json['per_page']) == (1, 1)
        assert answer.json['data'] == [{'id': 5}]
        body = web.rest('/invoices', body='{', headers={'Content-Type': 'application/json'})
        assert (body.status_code, body.json['code']) == (400, 'rest_invalid_json')
        ignored = web.rest('/invoices', body='{', headers={'Content-Type': 'text/plain'})
        assert ignored.status_code == 200

    def test_the_credential_is_looked_at_before_the_body(self, anyone: Client) -> None:
        answer = anyone.rest('/invoices', body='{', headers={'Content-Type': 'application/json'})
        assert answer.status_code == 401

    def test_unknown_parameters_are_ignored(self, web: Client) -> None:
        query = '_locale=user&_wpnonce=x&context=edit&_jsonp=cb&a[b][c]=1&_=1'
        assert web.rest(f'/invoices?{query}').json == web.rest('/invoices').json
        headers = {'X-WP-Nonce': 'wrong', 'Accept': 'text/html'}
        assert web.rest('/invoices', headers=headers).status_code == 200
