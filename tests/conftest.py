"""One embedded PostgreSQL per test process, one fresh tenant per test that asks for books."""

import os
import pathlib
import shutil
import signal
import tempfile

_folder = pathlib.Path(tempfile.mkdtemp(prefix='karvo-test-'))
os.environ['KARVO_DATA_DIR'] = str(_folder)
os.environ['KARVO_DATABASE_EMBEDDED'] = '1'
os.environ['KARVO_LOG_FORMAT'] = 'json'

import contextlib  # noqa: E402
import itertools  # noqa: E402
import typing  # noqa: E402
from collections.abc import Iterator  # noqa: E402

import falcon  # noqa: E402
import msgspec  # noqa: E402
import pytest  # noqa: E402
from falcon import testing  # noqa: E402

from karvo.app import create_app  # noqa: E402
from karvo.cli.database import close_connections, migrate_all, open_database  # noqa: E402
from karvo.kit import cluster, ended  # noqa: E402
from karvo.kit.db import company, company_place  # noqa: E402
from tenants.credentials import NewKey, insert_key  # noqa: E402
from tenants.models import Company  # noqa: E402
from tenants.operations import NewTenant, Provisioned  # noqa: E402
from tests.recycled import lend, recycle  # noqa: E402

BASE = '/wp-json/se-erp/v2'
_numbers = itertools.count(1)


AGAIN = 2  #: times that a bound of the wall clock is asked again; it is never another bound


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Other programs of this machine can make any one run slow; a slow KARVO stays slow.

    One long test among the last ones would keep a single process busy, with the others done.
    """
    items.sort(key=lambda item: item.get_closest_marker('long') is None)
    for item in items:
        if item.get_closest_marker('wall_clock'):
            item.add_marker(pytest.mark.flaky(reruns=AGAIN))


@pytest.fixture(autouse=True)
def logged() -> Iterator[None]:
    """What a test has asked for is logged while its output is still kept with it."""
    yield
    ended.flush()


class Api:
    """A tenant's client: paths are relative to the namespace, the key is sent along."""

    def __init__(self, app: falcon.App, tenant: Provisioned | None, key: str = ''):
        self.client = testing.TestClient(app)
        self.tenant = tenant
        self.key = key or (tenant.api_key if tenant else '')

    def ask(self, method: str, path: str, body: typing.Any = None, **options: typing.Any):
        headers = {'X-SE-ERP-Key': self.key} if self.key else {}
        headers |= options.pop('headers', {})
        if body is not None:
            options['json'] = body
        return self.client.simulate_request(method, BASE + path, headers=headers, **options)

    def get(self, path: str, **options: typing.Any):
        return self.ask('GET', path, **options)

    def post(self, path: str, body: typing.Any = None, **options: typing.Any):
        return self.ask('POST', path, {} if body is None else body, **options)

    def put(self, path: str, body: typing.Any, **options: typing.Any):
        return self.ask('PUT', path, body, **options)

    def delete(self, path: str, **options: typing.Any):
        return self.ask('DELETE', path, **options)

    def raw(self, method: str, path: str, body: bytes, **headers: str):
        """A body as it is, under a JSON content type unless the headers say otherwise."""
        sent = {'X-SE-ERP-Key': self.key, 'Content-Type': 'application/json'} | headers
        return self.client.simulate_request(method, BASE + path, body=body, headers=sent)

    def company(self) -> typing.ContextManager[None]:
        """This tenant's company, for looking into its tables."""
        assert self.tenant is not None
        return company(company_place(int(self.tenant.schema.removeprefix('c_'))))

    def difference(self) -> float:
        """Debits − credits of the whole ledger; 0, always."""
        return self.get('/ledger/trial-balance').json['difference']


#: Nobody pulls the plug of this server: what is killed to see what lasts has one of its own.
FORGETFUL = {
    'fsync': 'off',
    'full_page_writes': 'off',
    'synchronous_commit': 'off',
    'max_wal_size': '2GB',
}


@pytest.fixture(scope='session')
def server() -> Iterator[pathlib.Path]:
    """The database, migrated."""
    with contextlib.ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patched:
            for name, value in FORGETFUL.items():
                patched.setitem(cluster.SETTINGS, name, value)
            stack.enter_context(open_database())
        migrate_all(is_quiet=True)
        yield _folder
        close_connections()
        # At once: writing down what nobody reads again takes it seconds.
        pid = (_folder / 'postgres' / 'postmaster.pid').read_text().split()[0]
        os.kill(int(pid), signal.SIGQUIT)
    shutil.rmtree(_folder, ignore_errors=True)


@pytest.fixture(scope='session')
def app(server: pathlib.Path) -> falcon.App:
    return create_app()


def new_tenant(**values: typing.Any) -> Provisioned:
    """A tenant of its own; the enterprise plan, so that limits do not get in the way.

    Who gives it back with `recycle` saves the next one the time that making it takes.
    """
    slug = f't{os.getpid()}_{next(_numbers)}'
    defaults = {'name': 'Acme', 'slug': slug, 'email': 'admin@acme.example', 'plan': 'enterprise'}
    return lend(NewTenant(**defaults | values), kind=msgspec.json.encode(values, order='sorted'))


def wide_key(tenant: Provisioned, **values: typing.Any) -> str:
    """A key without a narrow rate limit."""
    row = Company.get(Company.uid == tenant.company_id)
    asked = {'scopes': ['read-write', 'period.unlock'], 'rate_limit': 1_000_000} | values
    return insert_key(NewKey(**asked), tenant_id=tenant.tenant_id, company_id=row.id).api_key


@pytest.fixture
def api(app: falcon.App) -> Iterator[Api]:
    """A fresh Quebec company's client, never rate-limited."""
    tenant = new_tenant()
    yield Api(app, tenant, wide_key(tenant))
    recycle(tenant)


@pytest.fixture
def other(app: falcon.App) -> Iterator[Api]:
    """Another tenant's client."""
    tenant = new_tenant()
    yield Api(app, tenant, wide_key(tenant))
    recycle(tenant)


INVOICE = {
    'invoice_no': 'INV-2026-0042',
    'customer_code': 'ACME01',
    'customer_name': 'Acme Distribution Inc.',
    'subtotal': 1250.00,
    'tps': 62.50,
    'tvq': 124.69,
    'total': 1437.19,
    'lines': [
        {
            'sku': 'CLN-5000',
            'description': 'Cleaner 5L',
            'qty': 50,
            'unit_price': 25.00,
            'line_total': 1250.00,
        }
    ],
}
