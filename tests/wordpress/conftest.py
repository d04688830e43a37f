"""A company with some books, shared by the tests of a file that only read."""

import json
import pathlib
import typing
from collections.abc import Iterator

import falcon
import pytest
from falcon import testing

from tests.conftest import BASE, Api, new_tenant, wide_key
from tests.recycled import recycle

HOST = 'http://falconframework.org'  #: what Falcon's test client calls itself
CAPTURES = pathlib.Path(__file__).parents[1] / 'data/wordpress'
LINES = [{'description': name, 'qty': 2, 'unit_price': 5} for name in ('Cleaner', 'Mop')]


def exchange(file: str, label: str) -> dict[str, typing.Any]:
    """One measured exchange: `exchange('06_paging_metaparams', 'page 2 of 3')['response']`."""
    captured = json.loads((CAPTURES / f'{file}.json').read_text())
    return next(one for one in captured['exchanges'] if one['label'] == label)


class Client:
    """Asks whole addresses, with a key or without."""

    def __init__(self, app: falcon.App, key: str = '') -> None:
        self.client = testing.TestClient(app)
        self.headers = {'X-SE-ERP-Key': key} if key else {}

    def ask(self, method: str, address: str, **options: typing.Any) -> testing.Result:
        headers = self.headers | options.pop('headers', {})
        path, _, query = address.partition('?')
        options.setdefault('query_string', query)
        return self.client.simulate_request(method, path, headers=headers, **options)

    def get(self, address: str, **options: typing.Any) -> testing.Result:
        return self.ask('GET', address, **options)

    def rest(self, address: str, **options: typing.Any) -> testing.Result:
        """GET below se-erp/v2."""
        return self.get(BASE + address, **options)


@pytest.fixture(scope='module')
def books(app: falcon.App) -> Iterator[Api]:
    """Three customers; five invoices, the newest of the first customer and paid in part."""
    tenant = new_tenant()
    api = Api(app, tenant, wide_key(tenant))
    for code in ('ALPHA', 'BETA', 'GAMMA'):
        api.post('/customers', {'code': code, 'name': f'{code} é'})
    for code in ('ALPHA', 'BETA', 'BETA', 'GAMMA', 'ALPHA'):
        api.post('/invoices', {'customer_code': code, 'lines': LINES})
    for amount in (1, 2):
        api.post('/billing/payments', {'invoice_id': 5, 'amount': amount})
    api.post('/products', {'sku': 'Cln-5', 'name': 'Cleaner', 'price': 5})
    yield api
    recycle(tenant)


@pytest.fixture(scope='module')
def api(app: falcon.App) -> Iterator[Api]:
    """A company that the tests of a file write to."""
    tenant = new_tenant()
    yield Api(app, tenant, wide_key(tenant))
    recycle(tenant)


@pytest.fixture
def web(app: falcon.App, books: Api) -> Client:
    """The books' owner."""
    return Client(app, books.key)


@pytest.fixture
def anyone(app: falcon.App) -> Client:
    """Without a credential."""
    return Client(app)
