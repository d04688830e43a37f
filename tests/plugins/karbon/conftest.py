"""A client of Karbon v3."""

import typing

import pytest
from falcon import testing

from tests.conftest import INVOICE, Api


class Karbon:
    """Asks as Karbon's clients do: a bearer token, and an AccessKey where one is given."""

    def __init__(self, api: Api, key: str = '') -> None:
        self.api, self.client = api, api.client
        self.key = key or api.key

    def ask(
        self, method: str, path: str, body: typing.Any = None, **headers: str
    ) -> testing.Result:
        sent = {'Authorization': f'Bearer {self.key}'} if self.key else {}
        sent |= {name.replace('_', '-'): value for name, value in headers.items()}
        path, _, query = path.partition('?')
        options = {} if body is None else {'json': body}
        return self.client.simulate_request(
            method, f'/v3{path}', query_string=query, headers=sent, **options
        )

    def get(self, path: str, **headers: str) -> testing.Result:
        return self.ask('GET', path, **headers)

    def follow(self, link: str) -> testing.Result:
        """What a client does with an `@odata.nextLink`: asks it as it stands."""
        return self.get(link.partition('/v3')[2])


@pytest.fixture
def karbon(api: Api) -> Karbon:
    return Karbon(api)


def invoice(api: Api, **change: typing.Any) -> dict[str, typing.Any]:
    """An invoice of the usual two lines, as se-erp/v2 shows it."""
    made = api.post('/invoices', {**INVOICE, **change})
    assert made.status_code == 201, made.text
    return made.json
