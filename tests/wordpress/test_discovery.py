"""What clients find by asking: Link, index, namespaces, OPTIONS; held against WordPress' own."""

import re
import typing

import falcon
import msgspec
import pytest
from falcon import testing

from karvo.app import document_of, routes
from karvo.config import config
from karvo.kit import origin
from karvo.kit.actor import Actor
from karvo.kit.db import company_place
from karvo.kit.methods import REST
from karvo.kit.wordpress import allowed
from tenants.scopes import Scopes
from tests.conftest import BASE, Api, wide_key
from tests.wordpress.conftest import HOST, Client, exchange

ROOT = f'<{HOST}/wp-json/>; rel="https://api.w.org/"'
ONE_CUSTOMER = r'/se-erp/v2/customers/(?P<id>[\d]+)'
#: keywords that WordPress itself knows, `required` apart (it may stand in a schema, too)
ARG = {
    'type', 'format', 'enum', 'default', 'minimum', 'maximum', 'minLength', 'maxLength', 'pattern',
    'items', 'properties', 'additionalProperties', 'anyOf', 'oneOf', 'description', 'required',
    'minItems', 'maxItems', 'exclusiveMinimum', 'exclusiveMaximum', 'uniqueItems', 'title',
}  # fmt: skip


@pytest.fixture
def index(anyone: Client) -> dict[str, typing.Any]:
    return anyone.get('/wp-json/').json


def body_of(file: str, label: str) -> dict[str, typing.Any]:
    return exchange(file, label)['response']['body']


class TestTheWayIn:
    @pytest.mark.parametrize('path', ['/', '/docs'])
    @pytest.mark.parametrize('method', ['HEAD', 'GET'])
    def test_pages_tell_where_the_api_is(self, anyone: Client, path: str, method: str) -> None:
        answer = anyone.ask(method, path)
        assert (answer.status_code, answer.headers['Link']) == (200, ROOT)

    @pytest.mark.parametrize('path', ['/ping', '/customers', '/nothing', '/customers/99'])
    def test_so_does_every_answer_without_a_link_of_its_own(self, web: Client, path: str) -> None:
        assert web.rest(path + '?per_page=100').headers['Link'] == ROOT

    def test_behind_a_proxy_by_its_name(
        self, anyone: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = msgspec.structs.replace(config, public_url='https://erp.example/')
        monkeypatch.setattr(origin, 'config', known)
        link = '<https://erp.example/wp-json/>; rel="https://api.w.org/"'
        assert anyone.ask('HEAD', '/').headers['Link'] == link
        assert anyone.get('/wp-json/').json['url'] == 'https://erp.example'

    @pytest.mark.parametrize(
        'address',
        ['/wp-json', '/wp-json/', '/wp-json//', '/?rest_route=/', '/index.php?rest_route=/']
        + ['/?rest_route=', '/index.php?rest_route=%2F'],
    )
    def test_the_index_has_several_doors(
        self, anyone: Client, index: dict[str, typing.Any], address: str
    ) -> None:
        answer = anyone.get(address)
        assert (answer.status_code, answer.json) == (200, index)

    def test_without_rest_route_the_front_page_is_a_page(self, anyone: Client) -> None:
        assert anyone.get('/?lang=fr').headers['Content-Type'].startswith('text/html')


class TestIndex:
    def test_has_wordpress_members_in_its_order(self, index: dict[str, typing.Any]) -> None:
        measured = body_of('01_index', 'index (routes trimmed)')
        assert list(index) == list(measured)
        for name, value in measured.items():
            assert type(index[name]) is type(value), name
        assert index['_links'].keys() == measured['_links'].keys()
        assert index['url'] == index['home'] == HOST
        assert index['namespaces'] == list(
            dict.fromkeys(r['namespace'] for r in index['routes'].values() if r['namespace'])
        )

    @pytest.mark.parametrize('protocol', ['https', 'http'])
    def test_names_the_authorize_page_only_where_it_answers(
        self, app: falcon.App, protocol: str
    ) -> None:
        client, page = testing.TestClient(app), '/wp-admin/authorize-application.php'
        answers = client.simulate_get(page, protocol=protocol).status_code != 501
        assert answers == (protocol == 'https')
        told = client.simulate_get('/wp-json/', protocol=protocol).json['authentication']
        address = HOST.replace('http:', 'https:') + page
        expected = {'application-passwords': {'endpoints': {'authorization': address}}}
        assert told == (expected if answers else {})

    def test_a_route_is_shown_as_wordpress_shows_it(self, index: dict[str, typing.Any]) -> None:
        measured = body_of('01_index', 'index (routes trimmed)')['routes']
        for key in ('/', '/se-erp/v2', '/se-erp/v2/ping', '/se-erp/v2/customers', ONE_CUSTOMER):
            ours, theirs = index['routes'][key], measured[key]
            assert list(ours) == list(theirs), key
            assert (ours['namespace'], ours['methods']) == (theirs['namespace'], theirs['methods'])
            assert [e['methods'] for e in ours['endpoints']] == [
                e['methods'] for e in theirs['endpoints']
            ]
            links = str(theirs.get('_links')).replace('https://wp.example', HOST)
            assert str(ours.get('_links')) == links
        assert index['routes']['/'] == {
            **measured['/'],
            '_links': {'self': [{'href': f'{HOST}/wp-json/'}]},
        }

    def test_every_arg_is_described_in_wordpress_words(self, index: dict[str, typing.Any]) -> None:
        for key, route in index['routes'].items():
            for endpoint in route['endpoints']:
                assert isinstance(endpoint['args'], dict), key
                for name, arg in endpoint['args'].items():
                    assert type(arg['required']) is bool, (key, name)
                    assert arg.keys() <= ARG, (key, name, arg)
                    assert '$ref' not in str(arg)

    def test_args_are_the_structs(self, index: dict[str, typing.Any]) -> None:
        listing, creating = index['routes']['/se-erp/v2/customers']['endpoints']
        expected = {'type': 'integer', 'minimum': 1, 'maximum': 100, 'default': 25}
        assert listing['args']['per_page'] == {**expected, 'required': False}
        assert creating['args']['name']['required'] is True
        assert creating['args']['name']['maxLength'] == 200
        invoice = index['routes']['/se-erp/v2/invoices']['endpoints'][1]['args']
        assert invoice['lines']['items']['properties']['qty']['type'] == 'number'
        assert invoice['tps']['type'] == ['number', 'null']
        assert 'void' in invoice['status']['enum']
        one = index['routes'][ONE_CUSTOMER]['endpoints'][0]['args']['id']
        assert (one['type'], one['required']) == ('integer', False)

    def test_patterns_have_no_parentheses_inside(self, index: dict[str, typing.Any]) -> None:
        for key in index['routes']:
            plain = re.sub(r'\(\?P<\w+>[^()]+\)', '', key)
            assert not set('(){}') & set(plain), key
        assert '/se-erp/v2/products/sku/(?P<sku>[^/]+)' in index['routes']

    def test_lists_every_operation_of_the_document_and_no_other(
        self, index: dict[str, typing.Any]
    ) -> None:
        listed = {
            (re.sub(r'\(\?P<(\w+)>[^()]+\)', r'{\1}', key.removeprefix('/se-erp/v2')), method)
            for key, route in index['routes'].items()
            if key.startswith('/se-erp/v2/')
            for endpoint in route['endpoints']
            for method in endpoint['methods']
        }
        described = {
            (path, method.upper())
            for path, methods in document_of()['paths'].items()
            for method in methods
        }
        assert described <= listed
        puts = {path for path, method in described if method == 'PUT'}
        extra = listed - described
        assert {path for path, _ in extra} <= puts
        assert {method for _, method in extra} <= {'POST', 'PATCH'}

    def test_everything_listed_answers(self, web: Client, index: dict[str, typing.Any]) -> None:
        for key, route in index['routes'].items():
            path = REST + re.sub(r'\(\?P<\w+>([^()]+)\)', '1', key)
            answer = web.ask('OPTIONS', path)
            assert (answer.status_code, answer.json['methods']) == (200, route['methods']), key

    def test_is_cut_down_by_fields(self, anyone: Client) -> None:
        label = '?_fields'
        measured = exchange('01_index', label)
        ours = anyone.get(measured['request']['path'])
        assert ours.json.keys() == measured['response']['body'].keys()

    def test_head_has_no_body(self, anyone: Client) -> None:
        answer = anyone.ask('HEAD', '/wp-json/')
        assert (answer.status_code, answer.content) == (200, b'')
        assert (answer.headers['Allow'], answer.headers['Link']) == ('GET', ROOT)


class TestNamespace:
    def test_is_as_wordpress_shows_it(self, anyone: Client, index: dict[str, typing.Any]) -> None:
        measured = body_of('02_namespace_index', 'plugin namespace')
        ours = anyone.get(BASE).json
        assert list(ours) == list(measured)
        assert ours['_links'] == {'up': [{'href': f'{HOST}/wp-json/'}]}
        assert next(iter(ours['routes'])) == '/se-erp/v2'
        for key, route in ours['routes'].items():
            assert route == index['routes'][key]

    def test_unknown(self, anyone: Client) -> None:
        answer = anyone.get('/wp-json/nope/v1')
        assert (answer.status_code, answer.json['code']) == (404, 'rest_no_route')
        assert 'Allow' not in answer.headers


class TestOptions:
    def test_is_as_wordpress_answers_it(self, anyone: Client) -> None:
        measured = exchange('03_options_allow', 'OPTIONS anonymous: no Allow')['response']
        answer = anyone.ask('OPTIONS', f'{BASE}/customers')
        assert answer.status_code == measured['status']
        assert list(answer.json) == list(measured['body'])
        assert answer.json['methods'] == measured['body']['methods']
        schema, theirs = answer.json['schema'], measured['body']['schema']
        assert list(schema) == list(theirs)
        assert (schema['$schema'], schema['title']) == (theirs['$schema'], 'customer')
        assert 'Allow' not in answer.headers

    def test_the_index_itself(self, anyone: Client) -> None:
        measured = body_of('03_options_allow', 'OPTIONS /wp-json/')
        ours = anyone.ask('OPTIONS', '/wp-json/').json
        assert str(ours) == str(measured).replace('https://wp.example', HOST)

    def test_an_unknown_route_is_an_empty_list(self, anyone: Client) -> None:
        answer = anyone.ask('OPTIONS', f'{BASE}/nope')
        assert (answer.status_code, answer.json) == (200, [])
        assert 'Allow' not in answer.headers

    def test_allow_says_what_this_caller_may(self, web: Client, books: Api) -> None:
        path = f'{BASE}/customers/1'
        assert web.ask('OPTIONS', path).headers['Allow'] == 'GET, POST, PUT, PATCH, DELETE'
        reader = Client(web.client.app, wide_key(books.tenant, scopes=['read-only']))
        assert reader.ask('OPTIONS', path).headers['Allow'] == 'GET'
        other = Client(web.client.app, wide_key(books.tenant, scopes=['invoices:read']))
        assert 'Allow' not in other.ask('OPTIONS', path).headers

    def test_a_bad_credential_counts_as_none(self, web: Client) -> None:
        answer = web.ask('OPTIONS', f'{BASE}/customers', headers={'X-SE-ERP-Key': 'bad'})
        assert (answer.status_code, 'Allow' in answer.headers) == (200, False)

    def test_pages_take_no_options(self, anyone: Client) -> None:
        assert anyone.ask('OPTIONS', '/docs').status_code == 404


class TestAllow:
    def test_is_on_answers_of_a_route(self, web: Client, books: Api) -> None:
        assert web.rest('/customers').headers['Allow'] == 'GET, POST'
        assert web.rest('/customers/999').headers['Allow'] == 'GET, POST, PUT, PATCH, DELETE'
        assert web.ask('POST', f'{BASE}/customers', json={}).headers['Allow'] == 'GET, POST'
        reader = Client(web.client.app, wide_key(books.tenant, scopes=['read-only']))
        refused = reader.ask('POST', f'{BASE}/customers', json={'name': 'x'})
        assert (refused.status_code, refused.headers['Allow']) == (403, 'GET')

    def test_a_suspended_tenant_may_only_read(self) -> None:
        resource = dict(routes)['/customers/{id:int}']
        rights = {'kind': 'key', 'scopes': Scopes(['read-write']), 'place': company_place(1)}
        assert allowed(resource, Actor(**rights, is_suspended=True)) == 'GET'
        assert allowed(resource, Actor(**rights | {'place': None})) == ''

    def test_is_on_open_routes_for_everybody(self, anyone: Client) -> None:
        assert anyone.rest('/ping').headers['Allow'] == 'GET'

    @pytest.mark.parametrize(
        ('method', 'path'), [('GET', '/nope'), ('DELETE', '/customers'), ('GET', '/customers/x')]
    )
    def test_is_absent_where_there_is_no_route(self, web: Client, method: str, path: str) -> None:
        answer = web.ask(method, BASE + path)
        assert (answer.status_code, answer.json['code']) == (404, 'rest_no_route')
        assert 'Allow' not in answer.headers

    def test_is_absent_for_strangers(self, anyone: Client) -> None:
        answer = anyone.rest('/customers')
        assert (answer.status_code, 'Allow' in answer.headers) == (401, False)
