"""The documents of the dialects that plugins speak: valid, whole, true of made-up requests."""

import json
import re
import time
import typing

import falcon
import pytest
import schemathesis
from openapi_spec_validator import OpenAPIV31SpecValidator

from karvo.app import dialects, document_of, plugin_routes
from karvo.cli import check
from karvo.kit.http import endpoints
from tests.conftest import INVOICE, Api, wide_key
from tests.made_up import IS_SOAK, answers

NAMES = [name for name in dialects if name != 'se-erp']
SECONDS = 120 if IS_SOAK else 15  #: for the requests of a dialect
Document = dict[str, typing.Any]


@pytest.fixture(scope='module', params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope='module')
def document(name: str) -> Document:
    """As a client reads it."""
    return json.loads(json.dumps(document_of(name)))


class TestDocument:
    def test_is_valid_openapi_3_1(self, document: Document) -> None:
        assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []

    def test_every_shape_that_is_named_is_there(self, document: Document) -> None:
        named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
        shapes = document['components']['schemas']
        assert named - shapes.keys() == set()
        assert [name for name in shapes if '.' in name] == []

    def test_holds_every_route_once_with_scope_and_summary(
        self, name: str, document: Document
    ) -> None:
        found = [one for path in document['paths'].values() for one in path.values()]
        own = [route for route in endpoints(plugin_routes) if route[2].dialect.name == name]
        assert len(found) == len(own) > 3
        assert len({one['operationId'] for one in found}) == len(found)
        for one in found:
            assert len(one['summary']) > 5
            assert one['security'], one['operationId']

    def test_is_served_to_everyone(self, app: falcon.App, document: Document, api: Api) -> None:
        for name in dialects:
            answer = api.client.simulate_get(f'/openapi/{name}.json')
            assert answer.status_code == 200
        assert api.client.simulate_get('/openapi/ghost.json').status_code == 404


@pytest.mark.long
class TestMadeUpRequests:
    def test_are_answered_as_described(self, name: str, app: falcon.App, api: Api) -> None:
        bought = api.post('/invoices', INVOICE).json
        product = api.post('/products', {'sku': 'CLN-5000', 'name_en': 'Cleaner'}).json
        ids = [bought['id'], bought['customer_id'], product['id'], 1, 2]
        schema = schemathesis.openapi.from_wsgi(f'/openapi/{name}.json', app)
        operations = [result.ok() for result in schema.get_all_operations()]
        begun = time.monotonic()
        # A key of its own for each: one may have been used up.
        done = [
            answers(
                operation,
                {'Authorization': f'Bearer {wide_key(api.tenant)}'},
                {'id': ids},
                begun + SECONDS * place / len(operations),
            )
            for place, operation in enumerate(operations, 1)
        ]
        assert sum(done) >= len(done) // 3
        assert api.difference() == 0
        with api.company():
            assert check.problems() == []
