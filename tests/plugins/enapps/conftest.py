"""A client of Enapps."""

import typing

import pytest
from falcon import testing

from tests.conftest import INVOICE, Api

Ask = typing.Callable[..., testing.Result]


class Enapps:
    """Asks with a bearer token: a key, or what `/auth` gave for it."""

    def __init__(self, api: Api, token: str = '') -> None:
        self.api, self.client = api, api.client
        self.token = token or api.key

    def get(self, path: str, **options: typing.Any) -> testing.Result:
        path, _, query = path.partition('?')
        headers = {'Authorization': f'Bearer {self.token}'} | options.pop('headers', {})
        return self.client.simulate_get(
            f'/api/v1{path}', query_string=query, headers=headers, **options
        )

    def log_in(self, login: str, password: str, **options: typing.Any) -> testing.Result:
        body = options.pop('json', {'login': login, 'password': password})
        headers = {'Authorization': f'Bearer {self.token}'} | options.pop('headers', {})
        sent = options or {'json': body}
        return self.client.simulate_post('/api/v1/auth', headers=headers, **sent)


@pytest.fixture
def enapps(api: Api) -> Enapps:
    return Enapps(api)


def invoice(api: Api, **change: typing.Any) -> dict[str, typing.Any]:
    """An invoice of Acme's, as se-erp/v2 shows it."""
    made = api.post('/invoices', {**INVOICE, 'invoice_no': None, **change})
    assert made.status_code == 201, made.text
    return made.json
