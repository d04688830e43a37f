"""A company with the data set's books, loaded once through the API; today is 2026-08-20."""

from collections.abc import Iterator

import falcon
import pytest

from tests.ai.arithmetic import DATA, TODAY
from tests.conftest import Api, new_tenant, wide_key
from tests.days import stand_still
from tests.recycled import recycle

ROUTES = (
    ('warehouses', '/warehouses'),
    ('customers', '/customers'),
    ('products', '/products'),
    ('invoices', '/invoices'),
    ('credits', '/billing/credits'),
    ('payments', '/billing/payments'),
)


def load(api: Api) -> None:
    """Every record of the data set, as it stands in the file."""
    for name, path in ROUTES:
        for record in DATA[name]:
            answer = api.post(path, record)
            assert answer.status_code == 201, (record, answer.text)
    for record in DATA['backorders']:
        answer = api.post('/backorders', record)
        assert answer.status_code == 201, (record, answer.text)
        end_backorder(api, answer.json['id'], record['status'])


def end_backorder(api: Api, number: int, status: str) -> None:
    """A backorder is created open; without a shipment, since stock is as the file says."""
    if status == 'fulfilled':
        answer = api.post(f'/backorders/{number}/fulfill', {'create_shipment': False})
        assert answer.status_code == 200, answer.text
    elif status == 'cancelled':
        answer = api.put(f'/backorders/{number}', {'status': 'cancelled', 'reason': 'x'})
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope='module', autouse=True)
def still() -> Iterator[None]:
    """Today is TODAY in every test of a module, and no longer."""
    patch = pytest.MonkeyPatch()
    stand_still(patch, TODAY)
    yield
    patch.undo()


@pytest.fixture(scope='session')
def books(app: falcon.App) -> Iterator[Api]:
    patch = pytest.MonkeyPatch()
    stand_still(patch, TODAY)
    tenant = new_tenant()
    api = Api(app, tenant, wide_key(tenant))
    load(api)
    patch.undo()
    yield api
    recycle(tenant)
