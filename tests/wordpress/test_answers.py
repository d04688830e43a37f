"""What answers look like: headers, CORS, errors, paging, `_fields`, `_envelope`, `_pretty`."""

import json
import re
import typing

import pytest

from karvo.kit.selection import names_in, select
from tests.conftest import BASE, Api
from tests.wordpress.conftest import HOST, Client, exchange

LISTS = f'{HOST}{BASE}/invoices'
ENVELOPE = ['data', 'total', 'page', 'per_page', 'total_pages']
#: of a superset body that WordPress' probe and KARVO both answer: (label, method, path, body)
ERRORS = [
    ('no credentials', 'GET', '/customers', None),
    ('bad key', 'GET', '/customers', None),
    ('missing', 'POST', '/customers', {}),
    ('invalid', 'POST', '/customers', {'name': 5}),
    ('item 404', 'GET', '/customers/9999', None),
    ('route 404', 'GET', '/nope', None),
]


def shape(value: typing.Any) -> typing.Any:
    """The structure of JSON: members and types; numbers are numbers."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return 'number' if isinstance(value, int | float) else type(value).__name__


class TestHeaders:
    @pytest.mark.parametrize('path', ['/ping', '/customers', '/customers/1', '/nope', '/keys/x'])
    def test_all_that_wordpress_sends_are_there(self, web: Client, path: str) -> None:
        measured = exchange('05_se_erp_superset', 'item 404')['response']['headers']
        ours = web.rest(path).headers
        for name in measured.keys() - {'Allow'}:
            assert name in ours, name
        for name in ('X-Robots-Tag', 'X-Content-Type-Options', 'Content-Type', 'Vary'):
            assert ours[name] == measured[name]
        for name in ('Access-Control-Expose-Headers', 'Access-Control-Allow-Headers'):
            assert set(measured[name].split(', ')) <= set(ours[name].split(', '))

    def test_nothing_may_be_kept(self, web: Client, anyone: Client) -> None:
        measured = exchange('05_se_erp_superset', 'list by application password')['response']
        for answer in (web.rest('/customers'), web.rest('/customers/99'), anyone.rest('/keys')):
            for name in ('Expires', 'Cache-Control'):
                assert answer.headers[name] == measured['headers'][name]

    @pytest.mark.parametrize(
        ('path', 'status'), [('/ping', 200), ('/customers', 401), ('/nope', 404), ('', 200)]
    )
    def test_any_origin_may_read_any_status(self, anyone: Client, path: str, status: int) -> None:
        measured = exchange('03_options_allow', 'CORS simple')['response']['headers']
        answer = anyone.rest(path, headers={'Origin': 'https://app.example'})
        assert answer.status_code == status
        for name in ('Origin', 'Methods', 'Credentials'):
            name = f'Access-Control-Allow-{name}'
            assert answer.headers[name] == measured[name]
        assert answer.headers['Vary'] == 'Origin'

    def test_preflight(self, anyone: Client) -> None:
        measured = exchange('03_options_allow', 'CORS preflight')
        headers = {
            **measured['request']['headers'],
            'Access-Control-Request-Headers': 'x-se-erp-key,x-http-method-override,content-type',
        }
        for path in ('/customers', '/customers/1', '/nope'):
            answer = anyone.ask('OPTIONS', BASE + path, headers=headers)
            assert answer.status_code == 200
            given = answer.headers['Access-Control-Allow-Headers'].lower().split(', ')
            assert {'x-se-erp-key', 'x-http-method-override', 'x-company-id'} <= set(given)
            assert {'idempotency-key', 'if-match', 'authorization'} <= set(given)
            assert answer.headers['Access-Control-Allow-Origin'] == 'https://app.example'

    @pytest.mark.parametrize('origin', ['a b', 'x' * 1000, 'é'])
    def test_an_odd_origin_is_not_repeated(self, anyone: Client, origin: str) -> None:
        answer = anyone.client.simulate_get(f'{BASE}/ping', extras={'HTTP_ORIGIN': origin})
        assert 'Access-Control-Allow-Origin' not in answer.headers

    def test_pages_are_no_part_of_it(self, anyone: Client) -> None:
        answer = anyone.get('/', headers={'Origin': 'https://app.example'})
        assert 'Access-Control-Allow-Origin' not in answer.headers
        assert answer.headers['Vary'] == 'Accept-Language'


class TestErrors:
    @pytest.mark.parametrize(('label', 'method', 'path', 'body'), ERRORS)
    def test_have_the_members_that_were_measured(
        self,
        web: Client,
        anyone: Client,
        label: str,
        method: str,
        path: str,
        body: typing.Any,
    ) -> None:
        measured = exchange('05_se_erp_superset', label)['response']
        client = anyone if label in ('no credentials', 'bad key') else web
        headers = {'X-SE-ERP-Key': 'bad'} if label == 'bad key' else {}
        options = {} if body is None else {'json': body}
        answer = client.ask(method, BASE + path, headers=headers, **options)
        assert list(answer.json) == list(measured['body'])
        assert answer.json['error'] == answer.json['message']
        assert answer.json['data']['status'] == answer.status_code
        ours, theirs = answer.json['data'], measured['body']['data']
        assert list(ours) == list(theirs)
        if label == 'missing':
            assert ours['params'] == ['name'] == theirs['params']
        if label == 'invalid':
            assert shape(ours['params']) == {'name': 'str'}
            assert list(ours['details']['name']) == list(theirs['details']['code'])
        is_same = answer.status_code == measured['status']
        assert is_same or (measured['status'], answer.status_code) == (400, 422)


class TestPaging:
    def test_a_list_is_as_measured(self, web: Client) -> None:
        measured = exchange('05_se_erp_superset', 'list page 2')['response']
        answer = web.rest('/invoices?per_page=2&page=2')
        assert list(answer.json) == list(measured['body']) == ENVELOPE
        assert answer.headers['X-WP-Total'] == '5'
        assert answer.headers['X-WP-TotalPages'] == '3'
        theirs = measured['headers']['Link'].replace('https://wp.example', HOST)
        assert answer.headers['Link'] == theirs.replace('customers', 'invoices')
        assert answer.headers.keys() >= {name.lower() for name in measured['headers']}

    @pytest.mark.parametrize(
        ('query', 'before', 'after'),
        [
            ('', None, None),
            ('per_page=2', None, 'per_page=2&page=2'),
            ('per_page=2&page=3', 'per_page=2&page=2', None),
            ('per_page=2&page=9', 'per_page=2&page=3', None),
            ('page=2&per_page=2', 'page=1&per_page=2', 'page=3&per_page=2'),
            ('per_page=2&_envelop', None, 'per_page=2&_envelop&page=2'),
            ('per_page=2&a=b c&x=é/', None, 'per_page=2&a=b+c&x=%C3%A9%2F&page=2'),
            ('per_page=2&status[]=unpaid', None, 'per_page=2&page=2&status%5B%5D=unpaid'),
            ('per_page=2&search=', None, 'per_page=2&search&page=2'),
        ],
    )
    def test_links_keep_the_other_parameters(
        self, web: Client, query: str, before: str | None, after: str | None
    ) -> None:
        link = web.rest('/invoices', query_string=query).headers['Link']
        parts = [(before, 'prev'), (after, 'next')]
        expected = ', '.join(f'<{LISTS}?{q}>; rel="{rel}"' for q, rel in parts if q)
        assert link == (expected or f'<{HOST}/wp-json/>; rel="https://api.w.org/"')

    def test_under_rest_route_as_measured(self, web: Client) -> None:
        measured = exchange('06_paging_metaparams', 'rest_route + paging')['response']
        link = web.get('/?rest_route=/se-erp/v2/invoices&per_page=2&_fields=id').headers['Link']
        theirs = measured['headers']['Link'].replace('https://wp.example', HOST)
        theirs = theirs.replace('wp/v2/posts', 'se-erp/v2/invoices')
        theirs = theirs.replace('wp%2Fv2%2Fposts', 'se-erp%2Fv2%2Finvoices')
        assert link == theirs.replace('per_page=10', 'per_page=2')

    def test_every_list_pages(self, web: Client) -> None:
        for path in (
            '/customers',
            '/billing/payments',
            '/customers/2/invoices',
            '/invoices/5/lines',
        ):
            answer = web.rest(f'{path}?per_page=1')
            assert int(answer.headers['X-WP-TotalPages']) > 1, path
            followed = re.search(r'<([^>]+)>; rel="next"', answer.headers['Link'])
            assert followed
            assert web.get(followed[1].removeprefix(HOST)).json['page'] == 2

    def test_an_empty_list(self, web: Client) -> None:
        answer = web.rest('/billing/credits')
        assert (answer.headers['X-WP-Total'], answer.headers['X-WP-TotalPages']) == ('0', '0')
        assert 'api.w.org' in answer.headers['Link']

    def test_a_search_by_post_has_totals_and_no_links(self, web: Client) -> None:
        answer = web.ask('POST', f'{BASE}/customers/search', json={'q': 'a', 'per_page': 1})
        assert answer.headers['X-WP-TotalPages'] == '3'
        assert 'rel="next"' not in answer.headers['Link']


class TestFields:
    def test_of_a_record(self, web: Client) -> None:
        whole = web.rest('/invoices/5').json
        for query in ('_fields=id,total', '_fields[]=id&_fields[]=total', '_fields= id , total '):
            answer = web.rest(f'/invoices/5?{query}')
            assert answer.json == {'id': 5, 'total': whole['total']}
        nested = web.rest('/invoices/5?_fields=id,lines.qty,taxes.code,taxes.amount').json
        assert nested['lines'] == [{'qty': line['qty']} for line in whole['lines']]
        assert nested['taxes'] == [
            {'code': tax['code'], 'amount': tax['amount']} for tax in whole['taxes']
        ]

    def test_of_the_envelope_as_measured(self, web: Client) -> None:
        measured = exchange('05_se_erp_superset', '_fields on the envelope')['response']
        answer = web.rest('/invoices?per_page=2&_fields=total,page')
        assert answer.json.keys() == measured['body'].keys()
        assert answer.headers['X-WP-Total'] == '5'

    def test_of_the_rows(self, web: Client) -> None:
        whole = web.rest('/invoices').json
        rows = [{'id': row['id'], 'total': row['total']} for row in whole['data']]
        assert web.rest('/invoices?_fields=id,total').json == {**whole, 'data': rows}
        below = web.rest('/invoices?_fields=data.id,data.total').json
        assert below == {'data': rows}
        both = web.rest('/invoices?_fields=data.id,total').json
        assert both == {'data': [{'id': row['id']} for row in rows], 'total': 5}

    def test_amounts_stay_as_they_were_written(self, web: Client) -> None:
        text = web.rest('/invoices/5?_fields=total,subtotal').text
        assert re.fullmatch(r'\{"subtotal":20\.00,"total":\d+\.\d\d\}', text)

    def test_never_of_errors(self, web: Client) -> None:
        answer = web.rest('/invoices/99?_fields=id')
        assert (answer.status_code, list(answer.json)) == (
            404,
            ['error', 'code', 'message', 'data'],
        )

    def test_of_what_was_just_made(self, api: Api) -> None:
        assert api.post('/customers?_fields=name', {'name': 'x'}).json == {'name': 'x'}

    @pytest.mark.parametrize(
        ('fields', 'kept'),
        [
            ('', 'all'),
            (',,, ,', 'all'),
            ('nothing', set()),
            ('.', set()),
            ('id.x.y', {'id'}),
            ('id,id.x', {'id'}),
            ('..id..', set()),
            ('%00,%ff,{},[],"', set()),
            (',' * 10_000, 'all'),
            ('x' * 10_000, set()),
            ('id' + '.a' * 5_000, {'id'}),
            (','.join(f'f{n}' for n in range(2_000)), set()),
        ],
    )
    def test_rubbish_selects_what_it_names(
        self, web: Client, fields: str, kept: typing.Any
    ) -> None:
        answer = web.rest('/invoices/5', query_string=f'_fields={fields}')
        assert answer.status_code == 200
        expected = web.rest('/invoices/5').json.keys() if kept == 'all' else kept
        assert answer.json.keys() == expected

    def test_the_pdf_is_left_alone(self, web: Client) -> None:
        answer = web.rest('/invoices/5/pdf?_fields=id&_envelope&_pretty')
        assert answer.content.startswith(b'%PDF')

    def test_arrays(self) -> None:
        body = b'[{"id": 1, "a": {"b": 1.50, "c": 2}}, 7]'
        assert select(body, names_in('id,a.b')) == b'[{"id":1,"a":{"b":1.50}},7]'


class TestEnvelope:
    def test_as_measured(self, web: Client) -> None:
        measured = exchange('05_se_erp_superset', '_envelope on the envelope')['response']
        answer = web.rest('/invoices?per_page=1&_envelope')
        ours, theirs = answer.json, measured['body']
        assert list(ours) == list(theirs)
        assert list(ours['body']) == list(theirs['body'])
        assert shape(ours['headers']) == shape(theirs['headers'])
        assert ours['headers']['X-WP-Total'] == 5
        theirs = theirs['headers']['Link'].replace('https://wp.example', HOST)
        assert ours['headers']['Link'] == theirs.replace('customers', 'invoices')
        assert answer.headers['Link'] == measured['headers']['Link'].replace(
            'https://wp.example', HOST
        )
        assert 'X-WP-Total' not in answer.headers

    def test_of_refusals_is_200(self, web: Client, anyone: Client) -> None:
        measured = exchange('06_paging_metaparams', '_envelope error: HTTP 200')['response']
        for client, status in ((web, 404), (anyone, 401)):
            answer = client.rest('/invoices/99?_envelope=1')
            assert (answer.status_code, answer.json['status']) == (200, status)
            assert list(answer.json) == list(measured['body'])
            assert answer.json['body']['data']['status'] == status

    def test_takes_the_version_along(self, web: Client) -> None:
        assert web.rest('/invoices/5?_envelope').json['headers']['ETag'].strip('"').isdigit()

    def test_with_fields_and_pretty(self, web: Client) -> None:
        answer = web.rest('/invoices/5?_envelope&_fields=id&_pretty')
        assert answer.json['body'] == {'id': 5}
        assert answer.text.startswith('{\n    "body"')

    def test_pretty_alone(self, web: Client) -> None:
        answer = web.rest('/invoices/5?_pretty')
        assert answer.text.startswith('{\n    "id": 5,')
        assert json.loads(answer.text) == web.rest('/invoices/5').json
