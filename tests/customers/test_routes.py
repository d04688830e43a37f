"""How customers are listed, found and shown (CUS-2, CUS-5, CUS-6, G-12, L-6)."""

import typing
from collections.abc import Iterator

import falcon
import pytest

from tests.conftest import Api, new_tenant, wide_key
from tests.days import stand_still
from tests.invoicing import created, refused
from tests.paper import made
from tests.recycled import recycle

PEOPLE: list[dict[str, typing.Any]] = [
    {'code': 'COTE', 'name': 'Épicerie Côté', 'email': 'Ann@Cote.example', 'city': 'Lévis'},
    {'code': 'ACME01', 'name': 'Acme 100 % Clean', 'email': 'b@acme.example'},
    {'code': 'ACME_2', 'name': 'Sœurs Müller', 'city': 'Québec'},
    {'code': 'B-1', 'name': 'acme (old)', 'notes': 'cote'},
]
PEOPLE[0] |= {'group': 'GOLD', 'province': 'QC', 'salesperson': 'Ann'}
PEOPLE[1] |= {'group': 'GOLD', 'province': 'ON', 'credit_hold': True}
PEOPLE[2] |= {'group': 'gold', 'province': 'qc', 'credit_hold': True, 'salesperson': 'Bob'}


@pytest.fixture
def people(api: Api) -> Api:
    """Four customers."""
    for one in PEOPLE:
        made(api, '/customers', one)
    return api


@pytest.fixture(scope='module')
def crowd(app: falcon.App) -> Iterator[Api]:
    """The same four, for all tests that only read."""
    tenant = new_tenant()
    api = Api(app, tenant, wide_key(tenant))
    for one in PEOPLE:
        made(api, '/customers', one)
    yield api
    recycle(tenant)


def codes(answer: typing.Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    assert answer.json['total'] == len(answer.json['data'])
    return [row['code'] for row in answer.json['data']]


def listed(api: Api, **params: typing.Any) -> list[str]:
    """Codes of those on the list, in alphabetical order."""
    return sorted(codes(api.get('/customers', params=params)))


def found(api: Api, **body: typing.Any) -> list[str]:
    return sorted(codes(api.post('/customers/search', body)))


ALL = ['ACME01', 'ACME_2', 'B-1', 'COTE']


class TestFilters:
    @pytest.mark.parametrize(
        ('params', 'expected'),
        [
            ({}, ALL),
            ({'group': 'GOLD'}, ['ACME01', 'COTE']),
            ({'group': 'SILVER'}, []),
            ({'province': 'qc'}, ['ACME_2', 'COTE']),
            ({'province': 'QC'}, ['ACME_2', 'COTE']),
            ({'salesperson': 'Ann'}, ['COTE']),
            ({'credit_hold': 'true'}, ['ACME01', 'ACME_2']),
            ({'credit_hold': '0'}, ['B-1', 'COTE']),
            ({'status': 'hold'}, ['ACME01', 'ACME_2']),
            ({'status': 'active'}, ['B-1', 'COTE']),
            ({'status': 'active, hold'}, ALL),
            ({'status': 'archived'}, []),
            ({'status': ''}, ALL),
            ({'has_balance': 'false'}, ALL),
            ({'has_balance': 'true'}, []),
            ({'group': 'GOLD', 'province': 'QC'}, ['COTE']),
            ({'group': 'GOLD', 'status': 'active', 'salesperson': 'Bob'}, []),
            ({'search': 'acme', 'credit_hold': 'true'}, ['ACME01', 'ACME_2']),
            ({'include': '1,3'}, ['ACME_2', 'COTE']),
            ({'include': '1,99'}, ['COTE']),
            ({'updated_since': '2000-01-01T00:00:00Z'}, ALL),
            ({'updated_since': '2999-01-01T00:00:00Z'}, []),
        ],
    )
    def test_filter(self, crowd: Api, params: dict[str, str], expected: list[str]) -> None:
        assert listed(crowd, **params) == expected

    @pytest.mark.parametrize(
        ('search', 'expected'),
        [
            ('cote', ['COTE']),
            ('CÔTÉ', ['COTE']),
            ('co\u0302te\u0301', ['COTE']),
            ('épicerie c', ['COTE']),
            ('levis', ['COTE']),
            ('ann@cote', ['COTE']),
            ('muller', ['ACME_2']),
            ('sœurs', ['ACME_2']),
            ('soeurs', ['ACME_2']),
            ('100 %', ['ACME01']),
            ('%', ['ACME01']),
            ('_2', ['ACME_2']),
            ('e_2', ['ACME_2']),
            ('\\', []),
            (' acme ', ['ACME01', 'ACME_2', 'B-1']),
            (' ', ALL),
            ('nobody', []),
            ('o\'brien"', []),
        ],
    )
    def test_search(self, crowd: Api, search: str, expected: list[str]) -> None:
        assert listed(crowd, search=search) == expected

    @pytest.mark.parametrize(
        ('name', 'value'),
        [
            ('status', 'open'),
            ('status', 'active,open'),
            ('credit_hold', 'maybe'),
            ('has_balance', '2'),
            ('updated_since', 'yesterday'),
            ('include', 'x'),
            ('include', '0'),
            ('search', 'x' * 201),
            ('orderby', 'city'),
            ('order', 'down'),
            ('page', '0'),
            ('page', '-1'),
            ('page', 'x'),
            ('page', '1.5'),
            ('per_page', '0'),
            ('per_page', '101'),
            ('per_page', ''),
        ],
    )
    def test_what_is_no_filter(self, crowd: Api, name: str, value: str) -> None:
        answer = crowd.get('/customers', params={name: value})
        assert answer.json['code'] == 'rest_invalid_param'
        refused(answer)
        assert [key.partition('[')[0] for key in answer.json['data']['params']] == [name]

    def test_who_owes(self, people: Api) -> None:
        created(people, customer_code='COTE')
        paid = created(people, customer_code='B-1')
        people.put(f'/invoices/{paid["id"]}', {'status': 'paid'})
        created(people, customer_code='ACME01', status='draft')
        assert listed(people, has_balance='true') == ['COTE']
        assert listed(people, has_balance='false') == ['ACME01', 'ACME_2', 'B-1']

    def test_changed_since(self, people: Api) -> None:
        last = people.get('/customers/4').json['updated_at']
        assert listed(people, updated_since=last) == ['B-1']
        since = people.put('/customers/1', {'notes': 'new'}).json['updated_at']
        assert listed(people, updated_since=since) == ['COTE']


class TestOrder:
    @pytest.mark.parametrize(
        ('params', 'expected'),
        [
            ({'orderby': 'code'}, ['ACME01', 'ACME_2', 'B-1', 'COTE']),
            ({'orderby': 'code', 'order': 'desc'}, ['COTE', 'B-1', 'ACME_2', 'ACME01']),
            ({'orderby': 'created_at'}, ['COTE', 'ACME01', 'ACME_2', 'B-1']),
            ({'orderby': 'created_at', 'order': 'desc'}, ['B-1', 'ACME_2', 'ACME01', 'COTE']),
        ],
    )
    def test_by(self, crowd: Api, params: dict[str, str], expected: list[str]) -> None:
        assert codes(crowd.get('/customers', params=params)) == expected

    def test_by_name_unless_said(self, api: Api) -> None:
        for name in ('Beta', 'Alpha', 'Gamma', 'Alpha'):
            made(api, '/customers', {'name': name})
        rows = api.get('/customers').json['data']
        assert [(row['name'], row['id']) for row in rows] == [
            ('Alpha', 2),
            ('Alpha', 4),
            ('Beta', 1),
            ('Gamma', 3),
        ]
        rows = api.get('/customers?order=desc').json['data']
        assert [row['id'] for row in rows] == [3, 1, 4, 2]

    def test_accents_and_case_do_not_count(self, api: Api) -> None:
        for name in ('Zellers', 'épicerie', 'Eaton', 'Épine', 'acme'):
            made(api, '/customers', {'name': name})
        names = [row['name'] for row in api.get('/customers').json['data']]
        assert names == ['acme', 'Eaton', 'épicerie', 'Épine', 'Zellers']

    def test_by_balance(self, people: Api) -> None:
        for code, price in (('B-1', 10), ('COTE', 30), ('ACME_2', 20)):
            created(people, customer_code=code, lines=[{'description': 'x', 'unit_price': price}])
        answer = people.get('/customers?orderby=balance&order=desc')
        assert codes(answer) == ['COTE', 'ACME_2', 'B-1', 'ACME01']
        assert codes(people.get('/customers?orderby=balance')) == [
            'ACME01',
            'B-1',
            'ACME_2',
            'COTE',
        ]


class TestPages:
    @pytest.mark.parametrize(
        ('page', 'per_page', 'rows', 'pages'),
        [(1, 3, 3, 2), (2, 3, 1, 2), (3, 3, 0, 2), (10_000_000, 100, 0, 1), (4, 1, 1, 4)],
    )
    def test_page(self, crowd: Api, page: int, per_page: int, rows: int, pages: int) -> None:
        answer = crowd.get('/customers', params={'page': page, 'per_page': per_page})
        assert answer.status_code == 200
        shown = dict(answer.json)
        assert len(shown.pop('data')) == rows
        assert shown == {'total': 4, 'page': page, 'per_page': per_page, 'total_pages': pages}
        assert (answer.headers['x-wp-total'], answer.headers['x-wp-totalpages']) == (
            '4',
            str(pages),
        )

    def test_each_row_is_on_one_page(self, crowd: Api) -> None:
        asked = {'per_page': 1, 'orderby': 'created_at'}
        rows = [
            crowd.get('/customers', params=asked | {'page': n}).json['data'] for n in (1, 2, 3, 4)
        ]
        assert [row['id'] for [row] in rows] == [1, 2, 3, 4]

    def test_none(self, api: Api) -> None:
        shown = {'data': [], 'total': 0, 'page': 1, 'per_page': 25, 'total_pages': 0}
        assert api.get('/customers').json == shown


class TestSearch:
    @pytest.mark.parametrize(
        ('body', 'expected'),
        [
            ({'q': 'COTE'}, ['COTE']),
            ({'q': 'acme'}, ['ACME01', 'ACME_2', 'B-1']),
            ({'q': 'quebec'}, ['ACME_2']),
            ({'name': 'acme'}, ['ACME01', 'B-1']),
            ({'name': 'ÉPICERIE'}, ['COTE']),
            ({'name': 'cerie co'}, ['COTE']),
            ({'name': 'muller'}, ['ACME_2']),
            ({'name': 'soeurs'}, ['ACME_2']),
            ({'name': 'SŒURS'}, ['ACME_2']),
            ({'name': 'b-1'}, []),
            ({'name': 'ann@cote'}, []),
            ({'name': 'levis'}, []),
            ({'name': '100 %'}, ['ACME01']),
            ({'name': '1%e'}, []),
            ({'code': 'acme'}, ['ACME01', 'ACME_2']),
            ({'code': 'acme_'}, ['ACME_2']),
            ({'code': 'CME'}, []),
            ({'code': '%'}, []),
            ({'code': ' COTE '}, ['COTE']),
            ({'email': 'ann@cote.EXAMPLE'}, ['COTE']),
            ({'email': 'ann@cote'}, []),
            ({'email': ' ann@cote.example '}, ['COTE']),
            ({'email': '%'}, []),
            ({'q': 'acme', 'code': 'b'}, ['B-1']),
            ({'name': 'acme', 'email': 'b@acme.example', 'code': 'ACME'}, ['ACME01']),
            ({'name': 'acme', 'email': 'ann@cote.example'}, []),
            ({'q': None, 'name': '', 'code': 'COTE'}, ['COTE']),
        ],
    )
    def test_criteria(self, crowd: Api, body: dict[str, str], expected: list[str]) -> None:
        assert found(crowd, **body) == expected

    @pytest.mark.parametrize(
        'body',
        [{}, {'q': ''}, {'q': None, 'email': None}, {'q': '  '}, {'name': ' \t', 'code': ' '}],
    )
    def test_none(self, crowd: Api, body: dict[str, typing.Any]) -> None:
        refused(crowd.post('/customers/search', body), 'q', 'name', 'email', 'code')

    @pytest.mark.parametrize(
        ('name', 'value'), [('q', 5), ('page', 0), ('per_page', 101), ('code', 'x' * 65)]
    )
    def test_no_such_criterion(self, crowd: Api, name: str, value: typing.Any) -> None:
        refused(crowd.post('/customers/search', {'q': 'a', name: value}), name)

    @pytest.mark.parametrize('name', ['Αλφας', 'हिन्दी', 'น้ำ', 'Sœurs', 'Épicerie'])
    def test_by_name_in_any_script(self, api: Api, name: str) -> None:
        made(api, '/customers', {'name': name})
        assert len(found(api, name=name)) == 1
        assert len(found(api, name=name.upper())) == 1

    def test_pages(self, crowd: Api) -> None:
        answer = crowd.post('/customers/search', {'q': 'acme', 'page': 2, 'per_page': 2})
        assert answer.status_code == 200
        shown = dict(answer.json)
        assert [row['code'] for row in shown.pop('data')] == ['ACME_2']
        assert shown == {'total': 3, 'page': 2, 'per_page': 2, 'total_pages': 2}


class TestShown:
    @pytest.fixture(autouse=True)
    def day(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stand_still(monkeypatch, '2026-11-20')

    def test_what_is_owed(self, api: Api) -> None:
        line = {'description': 'x', 'tax_code': 'exempt'}
        created(api, date='2025-12-31', lines=[line | {'unit_price': 1}])
        created(api, date='2026-10-01', lines=[line | {'unit_price': 20}])
        created(api, date='2026-11-15', lines=[line | {'unit_price': 300}])
        created(api, date='2026-11-16', lines=[line | {'unit_price': 5000}], status='draft')
        void = created(api, lines=[line | {'unit_price': 70000}])
        api.put(f'/invoices/{void["id"]}', {'status': 'void'})
        made(api, '/billing/payments', {'invoice_id': 2, 'amount': 5})
        made(api, '/billing/payments', {'customer_code': 'A', 'amount': '0.50'})
        shown = api.get('/customers/1').json
        sums = {'balance': 316, 'overdue_balance': 16, 'unapplied_credits': 0.5}
        sums |= {'last_invoice_date': '2026-11-15', 'ytd_revenue': 320}
        assert {name: shown[name] for name in sums} == sums
        assert api.get('/customers').json['data'] == [shown]

    def test_due_today_is_not_overdue(self, api: Api) -> None:
        created(api, date='2026-11-01', due_date='2026-11-20')
        assert api.get('/customers/1').json['overdue_balance'] == 0

    @pytest.mark.parametrize('path', ['/customers/99', '/customers/99/invoices'])
    def test_one_that_there_is_not(self, api: Api, path: str) -> None:
        answer = api.get(path)
        assert (answer.status_code, answer.json['code']) == (404, 'erp_not_found')

    @pytest.mark.parametrize('path', ['/customers/x', '/customers/1.0', '/customers/-'])
    def test_no_address(self, api: Api, path: str) -> None:
        answer = api.get(path)
        assert (answer.status_code, answer.json['code']) == (404, 'rest_no_route')

    def test_anothers(self, api: Api, other: Api) -> None:
        made(api, '/customers', {'name': 'A'})
        for answer in (other.get('/customers/1'), other.delete('/customers/1')):
            assert answer.status_code == 404
        assert other.post('/customers/search', {'q': 'a'}).json['total'] == 0


class TestInvoices:
    def test_filters_and_order(self, api: Api) -> None:
        created(api, date='2026-01-05', po_reference='PO-1')
        created(api, date='2026-02-05', due_date='2026-02-28')
        paid = created(api, date='2026-03-05')
        api.put(f'/invoices/{paid["id"]}', {'status': 'paid'})
        created(api, date='2026-03-06', customer_code='B')

        def ids(query: str = '') -> list[int]:
            answer = api.get(f'/customers/1/invoices{query}')
            assert answer.json['total'] == len(answer.json['data'])
            return [row['id'] for row in answer.json['data']]

        assert ids() == [3, 2, 1]
        assert ids('?date_from=2026-02-05') == [3, 2]
        assert ids('?date_from=2026-01-05&date_to=2026-02-05') == [2, 1]
        assert ids('?due_to=2026-02-28&due_from=2026-02-28') == [2]
        assert ids('?status=paid') == [3]
        assert ids('?po_reference=PO-1&status=unpaid,overdue') == [1]
        assert ids('?orderby=date&order=asc') == [1, 2, 3]
        # Nobody else's, whoever is asked for.
        assert ids('?customer_code=B') == []
        assert ids('?customer_id=2') == [3, 2, 1]

    @pytest.mark.parametrize('query', ['status=odd', 'per_page=101', 'date_from=x', 'orderby=x'])
    def test_no_such_filter(self, api: Api, query: str) -> None:
        created(api)
        refused(api.get(f'/customers/1/invoices?{query}'))
