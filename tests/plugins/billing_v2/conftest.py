"""A client of api/v2."""

import typing
from collections.abc import Iterator

import falcon
import pytest
from falcon import testing

from tests.conftest import Api, new_tenant, wide_key
from tests.recycled import recycle


class BillingV2:
    """Asks with a bearer key."""

    def __init__(self, api: Api, key: str = '') -> None:
        self.api, self.client = api, api.client
        self.key = key or api.key

    def ask(
        self, method: str, path: str, body: typing.Any = None, **options: typing.Any
    ) -> testing.Result:
        headers = {'Authorization': f'Bearer {self.key}'} | options.pop('headers', {})
        path, _, query = path.partition('?')
        sent = options if body is None else {**options, 'json': body}
        return self.client.simulate_request(
            method, f'/api/v2{path}', query_string=query, headers=headers, **sent
        )

    def get(self, path: str, **options: typing.Any) -> testing.Result:
        return self.ask('GET', path, **options)

    def post(self, path: str, body: typing.Any, **options: typing.Any) -> testing.Result:
        return self.ask('POST', path, body, **options)

    def put(self, path: str, body: typing.Any, **options: typing.Any) -> testing.Result:
        return self.ask('PUT', path, body, **options)

    def delete(self, path: str, **options: typing.Any) -> testing.Result:
        return self.ask('DELETE', path, **options)


@pytest.fixture
def v2(api: Api) -> BillingV2:
    return BillingV2(api)


@pytest.fixture(scope='module')
def shop(app: falcon.App) -> Iterator[BillingV2]:
    """One company for tests that leave nothing that others would trip over."""
    tenant = new_tenant()
    yield BillingV2(Api(app, tenant, wide_key(tenant)))
    recycle(tenant)
