"""`_links` and `_embed`: real records, only what the caller may read, bounded statements."""

import typing
from collections.abc import Iterator

import pytest

from karvo.kit import db, ended
from tests.conftest import BASE, Api, wide_key
from tests.wordpress.conftest import HOST, LINES, Client, exchange

Sent = list[str]


@pytest.fixture
def sent() -> Iterator[Sent]:
    """Statements, as they are sent."""
    seen: Sent = []

    def hook(path: str, sql: str) -> None:
        seen.append(sql)

    db.watch(hook)
    yield seen
    db.unwatch(hook)


def reader(web: Client, books: Api, *scopes: str) -> Client:
    return Client(web.client.app, wide_key(books.tenant, scopes=list(scopes)))


class TestLinks:
    def test_are_given_when_asked_for(self, web: Client) -> None:
        assert '_links' not in web.rest('/invoices/5').json
        for query in ('_links', '_embed', '_fields=id,_links', '_fields=_links.self'):
            assert '_links' in web.rest(f'/invoices/5?{query}').json, query
            assert '_links' in web.rest(f'/invoices?{query}').json['data'][0], query

    def test_have_the_form_that_was_measured(self, web: Client) -> None:
        measured = exchange('06_paging_metaparams', '_embed')['response']['body'][0]
        links = web.rest('/invoices/5?_links').json['_links']
        theirs = measured['_links']
        assert list(links['self'][0]) == list(theirs['self'][0])
        assert links['self'][0]['targetHints'] == theirs['self'][0]['targetHints']
        assert list(links['customer'][0]) == list(theirs['author'][0])
        base = HOST + BASE
        assert links['self'][0]['href'] == f'{base}/invoices/5'
        assert links['collection'] == [{'href': f'{base}/invoices'}]
        assert links['customer'] == [{'embeddable': True, 'href': f'{base}/customers/1'}]
        assert links['lines'] == [{'embeddable': True, 'href': f'{base}/invoices/5/lines'}]

    def test_hint_at_what_the_caller_may(self, web: Client, books: Api) -> None:
        found = reader(web, books, 'read-only').rest('/customers/1?_links').json
        assert found['_links']['self'][0]['targetHints'] == {'allow': ['GET']}

    @pytest.mark.parametrize(
        'path', ['/customers', '/products', '/billing/payments', '/invoices/search?q=INV']
    )
    def test_lead_to_what_they_say(self, web: Client, path: str) -> None:
        join = '&' if '?' in path else '?'
        for row in web.rest(f'{path}{join}_links').json['data']:
            own = web.get(row['_links']['self'][0]['href'].removeprefix(HOST)).json
            assert own['id'] == row['id']
            for links in row['_links'].values():
                for link in links:
                    assert web.get(link['href'].removeprefix(HOST)).status_code == 200

    def test_of_a_record_without_the_member_are_left_out(self, web: Client) -> None:
        answer = web.ask('DELETE', f'{BASE}/invoices/1?_links&_embed')
        assert answer.json == {'deleted': True, 'id': 1}


class TestEmbed:
    def test_an_invoice_brings_customer_lines_and_payments(self, web: Client) -> None:
        shown = web.rest('/invoices/5?_embed').json
        embedded = shown['_embedded']
        assert embedded['customer'] == [web.rest('/customers/1').json]
        assert embedded['lines'] == [web.rest('/invoices/5/lines').json['data']]
        payments = web.rest('/billing/payments?invoice_id=5').json['data']
        assert embedded['payments'] == [payments]
        assert [payment['amount'] for payment in payments] == [2, 1]
        assert shown['lines'] == web.rest('/invoices/5').json['lines']

    def test_every_row_of_a_list(self, web: Client) -> None:
        plain = web.rest('/invoices').json['data']
        rows = web.rest('/invoices?_embed').json['data']
        for row, bare in zip(rows, plain, strict=True):
            embedded = row.pop('_embedded')
            del row['_links']
            assert row == bare  # lines were read for the embedding only
            assert embedded['customer'][0]['code'] == row['customer_code']
            assert len(embedded['lines'][0]) == 2
            assert len(embedded['payments'][0]) == (2 if row['id'] == 5 else 0)

    def test_sections_asked_for_stay(self, web: Client) -> None:
        rows = web.rest('/invoices?_embed&include=lines').json['data']
        assert all(len(row['lines']) == 2 for row in rows)
        assert web.rest('/invoices?_embed&include=nonsense').status_code == 422

    @pytest.mark.parametrize(
        ('asked', 'rels'),
        [
            ('customer', ['customer']),
            ('customer,lines', ['customer', 'lines']),
            ('1', ['customer', 'lines', 'payments', 'shipments']),
            ('true', ['customer', 'lines', 'payments', 'shipments']),
            ('nothing', []),
        ],
    )
    def test_only_what_is_named(self, web: Client, asked: str, rels: list[str]) -> None:
        for path in ('/invoices/5', '/invoices'):
            shown = web.rest(f'{path}?_embed={asked}').json
            row = shown if 'id' in shown else shown['data'][0]
            assert list(row.get('_embedded', {})) == rels

    def test_several_as_a_list(self, web: Client) -> None:
        shown = web.rest('/invoices/5?_embed[]=lines&_embed[]=payments').json
        assert list(shown['_embedded']) == ['lines', 'payments']

    def test_with_fields_both_must_be_named(self, web: Client) -> None:
        shown = web.rest('/invoices?_embed&_fields=id,_links,_embedded').json['data'][0]
        assert list(shown) == ['id', '_links', '_embedded']
        assert list(web.rest('/invoices?_embed&_fields=id').json['data'][0]) == ['id']
        only = web.rest('/invoices/5?_embed&_fields=_embedded.customer.name').json
        assert list(only) == ['_embedded']

    def test_what_the_caller_may_not_read_is_not_there(self, web: Client, books: Api) -> None:
        narrow = reader(web, books, 'invoices:read')
        assert list(narrow.rest('/invoices/5?_embed').json['_embedded']) == ['lines']
        more = reader(web, books, 'invoices:read', 'customers:read')
        assert list(more.rest('/invoices?_embed').json['data'][0]['_embedded']) == [
            'customer',
            'lines',
        ]

    def test_a_payment_brings_its_customer(self, web: Client) -> None:
        shown = web.rest('/billing/payments/1?_embed').json
        assert shown['_embedded']['customer'][0]['code'] == 'ALPHA'

    def test_of_what_was_just_made(self, api: Api) -> None:
        body = {'customer_code': 'NEW', 'customer_name': 'New', 'lines': LINES}
        made = api.post('/invoices?_embed', body)
        assert made.status_code == 201
        assert made.json['_embedded']['customer'][0]['name'] == 'New'

    def test_of_nothing(self, web: Client) -> None:
        assert web.rest('/invoices?_embed&search=nothing-like-it').json['data'] == []
        assert '_embedded' not in web.rest('/invoices/99?_embed').json
        assert web.rest('/ping?_embed').status_code == 200

    def test_costs_a_list_as_much_as_one(self, web: Client, api: Api, sent: Sent) -> None:
        client = Client(web.client.app, api.key)
        costs = []
        for count in (1, 12):
            for n in range(count):
                body = {'customer_code': f'C{count}-{n}', 'customer_name': 'x', 'lines': LINES}
                made = api.post('/invoices', body).json['id']
                api.post('/billing/payments', {'invoice_id': made, 'amount': 1})
            counts = []
            for _ in range(4):  # who asks is looked up anew now and then, and usage written down
                sent.clear()
                rows = client.rest('/invoices?_embed&per_page=100').json['data']
                counts.append(len(sent))
            costs.append(min(counts))
            assert all(row['_embedded']['payments'][0] for row in rows if row['balance'] < 23)
        assert costs[0] == costs[1] <= 5

    def test_counts_once_against_the_rate(self, web: Client) -> None:
        before = int(web.rest('/invoices/5').headers['X-RateLimit-Remaining'])
        answer = web.rest('/invoices?_embed')
        assert int(answer.headers['X-RateLimit-Remaining']) == before - 1

    def test_no_client_can_say_who_he_is(self, web: Client, anyone: Client) -> None:
        headers = {'karvo.actor': 'x', 'Karvo-Actor': 'x', 'KARVO_ACTOR': 'x'}
        assert anyone.rest('/invoices', headers=headers).status_code == 401


def test_the_log_has_one_line_for_all_of_it(web: Client, capfd: pytest.CaptureFixture[str]) -> None:
    ended.flush()
    capfd.readouterr()
    web.rest('/invoices/5?_embed')
    ended.flush()
    lines: typing.Any = capfd.readouterr().err.strip().splitlines()
    assert len(lines) == 1
