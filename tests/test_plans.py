"""Every list over 100,000 documents: no table of more than 1,000 rows is read from end to end, and
a page of 100 costs as many statements as a page of 1.
"""

import functools
import typing

import falcon
import pytest

from karvo.app import routes
from karvo.kit.db import connect, current_place, url_of
from tests import large, plans
from tests.conftest import BASE, Api, new_tenant, wide_key

LARGE = 1000  #: rows from which on a table is not to be read whole
#: As narrow as any index of theirs: to read all of them costs no more.
NARROW = {'stock_level'}
pytestmark = pytest.mark.xdist_group('plans')  # filled once
LISTS = list(plans.lists(routes))
PATHS = [path for path, _ in LISTS]


class Books(typing.NamedTuple):
    """A large company: its client, and how many rows each of its tables has."""

    api: Api
    rows: dict[str, int]

    def ask(self, path: str, query: str) -> typing.Any:
        url = path.replace('{id:int}', '501').replace('{sku}', 'SKU-77')
        url = url.replace('{code}', 'C00501')
        return self.api.get(f'{url}?{query}')

    def choices(self, path: str) -> typing.Callable[[str], list[str]]:
        """What a field of a fixed vocabulary may be, by the refusal of what it may not be."""
        return lambda name: plans.allowed(self.ask(path, f'{name}=nothing'))


@pytest.fixture(scope='module')
def books(app: falcon.App) -> Books:
    tenant = new_tenant()
    api = Api(app, tenant, wide_key(tenant))
    with api.company():
        return Books(api, large.fill(current_place()))


def test_the_company_is_large(books: Books) -> None:
    assert books.rows['document'] == large.DOCUMENTS
    assert len(LISTS) > 15
    assert sum(count > LARGE for count in books.rows.values()) > 10


@pytest.mark.parametrize(('path', 'spec'), LISTS, ids=PATHS)
def test_reads_by_index(
    books: Books, path: str, spec: plans.Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries = dict.fromkeys(plans.queries(spec, books.choices(path)))
    asks = {query: functools.partial(books.ask, path, query) for query in queries}
    assert scans(books, asks, monkeypatch) == {}


#: lists of other dialects, and how they may be asked for
DIALECTS = {
    '/v3/Invoices': [
        '', '$orderby=InvoiceNumber', '$orderby=CreatedAt', '$orderby=UpdatedAt desc',
        "$filter=InvoiceStatus eq 'Paid'", '$skip=5000', '$expand=LineItems',
    ],
    '/v3/Payments': ['', '$skip=500'],
    '/api/v1/invoices': ['partner_id=501', '_id=501', 'partner_id=501&invoice_date=2026-01-01'],
    '/api/v1/invoice_lines': ['invoice_id=501'],
    '/api/v2/customers': ['', 'search=cote', 'page=200'],
    '/api/v2/invoices': [
        '', 'status=Paid', 'status=Partially_Paid', 'customer_id=501', 'search=INV-2026-00077',
        'date_from=2026-01-01&date_to=2026-01-05',
    ],
    '/api/v2/products': ['', 'search=sku-77'],
    '/api/v2/quotes': ['', 'status=Draft'],
    '/api/v2/tickets': ['', 'status=Open', 'department_id=1'],
    '/api/v2/leads': ['', 'search=smith'],
    '/api/v2/transactions': ['', 'type=Income', 'account_id=3', 'date_from=2026-01-01'],
    '/api/v1/partners': ['', 'ref=C00501', 'page=2', 'website=a.example', 'write_date=2026-01-01'],
}  # fmt: skip


@pytest.mark.parametrize('path', DIALECTS)
def test_other_dialects_read_by_index(
    books: Books, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {'Authorization': f'Bearer {books.api.key}'}
    get = functools.partial(books.api.client.simulate_get, path, headers=headers)
    asks = {query: functools.partial(get, query_string=query) for query in DIALECTS[path]}
    assert scans(books, asks, monkeypatch) == {}


def scans(
    books: Books, asks: dict[str, typing.Callable[[], typing.Any]], monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Which of these requests read a large table from end to end, and how."""
    found: dict[str, str] = {}
    tried = 0
    with books.api.company():
        place = current_place()
    with connect(url_of('main')) as connection:
        connection.execute(f'SET search_path TO "{place.schema}", public')
        for query, ask in asks.items():
            with plans.statements(monkeypatch) as sent:
                answer = ask()
            assert answer.status_code == 200, (query, answer.text[:300])
            for sql, params in sent:
                tried += 1
                for plan in plans.plans(connection, sql, params):
                    whole = {t for t in plan.scanned() - NARROW if books.rows.get(t, 0) > LARGE}
                    if whole:
                        found[f'{plan.kind} {query}'] = f'{whole}: {plan.summary()}'
    assert tried > 0
    return found


@pytest.mark.parametrize(
    'path', [p for p, s in LISTS if s.query and 'per_page' in s.query.__struct_fields__]
)
def test_a_hundred_cost_as_much_as_one(
    books: Books, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = []
    extra = 'q=INV-2026&' if path.endswith('/search') else ''
    books.ask(path, extra)  # what is remembered, is remembered
    for per_page in (1, 100):
        with plans.statements(monkeypatch) as sent:
            answer = books.ask(path, f'{extra}per_page={per_page}')
        assert answer.status_code == 200, answer.text[:300]
        costs.append(len(sent))
    assert costs[0] == costs[1] <= 3


#: forty invoices more, whose words nobody has brought into the index yet
WAITING = """
INSERT INTO document SELECT (jsonb_populate_record(d, jsonb_build_object(
  'id', nextval('document_id_seq'), 'uid', gen_random_uuid(), 'key', 'wait' || d.id,
  'number', 'WAIT-' || d.id, 'number_value', NULL, 'search_text', 'wait-' || d.id))).*
FROM document d WHERE d.type = 'invoice' AND d.deleted_at IS NULL ORDER BY d.id LIMIT 40"""


def test_words_that_wait_for_their_index_are_found_by_it(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    with books.api.company():
        place = current_place()
    with connect(url_of('main')) as connection:
        connection.execute(f'SET search_path TO "{place.schema}", public')
        connection.execute(WAITING)
    ask = functools.partial(books.ask, '/invoices/search', 'q=wait-')
    assert ask().json['total'] == 40
    assert scans(books, {'q=wait-': ask}, monkeypatch) == {}
    with connect(url_of('main')) as connection:
        connection.execute(f'DELETE FROM "{place.schema}".document WHERE number LIKE \'WAIT-%\'')


def test_paths_are_of_this_namespace() -> None:
    assert all(path.startswith('/') and not path.startswith(BASE) for path in PATHS)
