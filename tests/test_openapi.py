"""The API's own description: valid, whole, and true under requests made up from it."""

import json
import pathlib
import re
import subprocess
import sys
import time
import typing

import falcon
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from openapi_spec_validator import OpenAPIV31SpecValidator

from karvo.app import document_of, routes
from karvo.cli import check
from karvo.kit.http import endpoints
from karvo.se_erp import se_erp
from tenants.credentials import NewKey, insert_key
from tests.conftest import BASE, INVOICE, Api, new_tenant, wide_key
from tests.made_up import CHECKS, IS_SOAK, answers
from tests.recycled import recycle

#: every se-erp/v2 route of the API text that this version answers
PROMISED = """
GET /invoices
POST /invoices
GET /invoices/{id}
PUT /invoices/{id}
DELETE /invoices/{id}
GET /invoices/{id}/lines
GET /invoices/search
GET /customers
POST /customers
GET /customers/{id}
PUT /customers/{id}
DELETE /customers/{id}
GET /customers/{id}/invoices
POST /customers/search
GET /customers/{id}/health
GET /products
POST /products
GET /products/{id}
PUT /products/{id}
GET /products/sku/{sku}
GET /products/categories
GET /pricing/{sku}
GET /pricing/rules
GET /pricing/negotiations
POST /pricing/negotiations
PUT /pricing/negotiations/{id}
GET /billing/aging
POST /billing/payments
GET /billing/credits
POST /billing/credits
GET /warehouses
POST /warehouses
GET /warehouses/stock
GET /warehouses/stock/{sku}
POST /warehouses/transfers
GET /shipments
POST /shipments
GET /shipments/{id}
PUT /shipments/{id}
POST /shipments/{id}/advance
GET /backorders
POST /backorders
GET /backorders/{id}
PUT /backorders/{id}
POST /backorders/{id}/fulfill
POST /backorders/{id}/cancel
GET /backorders/by-customer/{code}
GET /backorders/by-sku/{sku}
GET /payroll/employees
POST /payroll/employees
GET /payroll/employees/{id}
PUT /payroll/employees/{id}
GET /payroll/timesheets
POST /payroll/timesheets
GET /payroll/runs
POST /payroll/runs
GET /payroll/runs/{id}/stubs
GET /payroll/runs/{id}/cpa005
GET /payroll/remittances
GET /payroll/remittances/{code}
POST /payroll/remittances/{code}/pay
GET /payroll/filing-settings
PUT /payroll/filing-settings
GET /payroll/employees/{id}/t4
PUT /payroll/employees/{id}/t4
GET /payroll/slips
POST /payroll/slips
GET /payroll/slips/summary
GET /payroll/slips/t4.xml
GET /payroll/slips/rl1.csv
GET /payroll/slips/{id}
POST /payroll/slips/{id}/amend
POST /payroll/slips/{id}/cancel
POST /payroll/calculate
GET /claims
POST /claims
GET /claims/{id}
PUT /claims/{id}
GET /cleaning/contracts
POST /cleaning/contracts
GET /cleaning/contracts/{id}
GET /whmis
GET /whmis/{sku}
GET /ai/conversations
POST /ai/conversations
GET /ai/conversations/{id}
POST /ai/conversations/{id}/message
GET /ai/saved-queries
POST /ai/saved-queries
GET /analytics/revenue
GET /analytics/forecast
GET /webhooks
POST /webhooks
DELETE /webhooks/{id}
GET /tenants
POST /tenants
GET /tenants/{id}/usage
GET /ping
POST /stripe/webhook
"""
UNTOLD = ['ping', 'keys', 'openapi']  #: groups of routes that are no module
PUBLIC = {
    ('get', '/ping'),
    ('get', '/openapi.json'),
    ('post', '/stripe/webhook'),
    ('post', '/stripe/webhook/{key}'),
}
#: making tenants costs a schema each
LEFT_OUT = {('POST', '/tenants')}
SECONDS = 400 if IS_SOAK else 60
#: chains of requests that follow the document's links, and until when more of them are begun
CHAINS = 40
CHAIN_SECONDS = 200 if IS_SOAK else 0
STEPS = 15 if IS_SOAK else 8

Operation = tuple[str, str, dict[str, typing.Any]]


@pytest.fixture(scope='module')
def document() -> dict[str, typing.Any]:
    """As a client reads it."""
    return json.loads(json.dumps(document_of()))


@pytest.fixture(scope='module')
def operations(document: dict[str, typing.Any]) -> list[Operation]:
    return [
        (method, path, operation)
        for path, methods in document['paths'].items()
        for method, operation in methods.items()
    ]


class TestDocument:
    def test_is_valid_openapi_3_1(self, document: dict[str, typing.Any]) -> None:
        assert document['openapi'].startswith('3.1')
        assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []

    def test_every_shape_that_is_named_is_there(self, document: dict[str, typing.Any]) -> None:
        named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
        shapes = document['components']['schemas']
        assert named - shapes.keys() == set()
        # Two classes of one name would be told apart by their modules, and found by neither.
        assert [name for name in shapes if '.' in name] == []

    def test_holds_every_promised_route(self, operations: list[Operation]) -> None:
        described = {f'{method.upper()} {path}' for method, path, _ in operations}
        assert set(PROMISED.split('\n')[1:-1]) - described == set()

    def test_holds_every_route_that_answers(self, operations: list[Operation]) -> None:
        answering = [route for route in endpoints(routes) if route[2].dialect is se_erp]
        assert len(operations) == len(answering) > 50

    def test_groups_are_named_in_their_order_and_modules_say_what_they_are(
        self, document: dict[str, typing.Any], operations: list[Operation]
    ) -> None:
        groups = [operation['tags'][0] for _, _, operation in operations]
        told = {tag['name']: tag.get('description', '') for tag in document['tags']}
        assert list(told) == list(dict.fromkeys(groups))
        assert told['invoices'].startswith('Invoices and credit notes')
        assert [name for name, text in told.items() if not text] == UNTOLD

    def test_every_operation_says_what_it_does_and_needs(self, operations: list[Operation]) -> None:
        for method, path, operation in operations:
            assert len(operation['summary']) > 5, (method, path)
            if (method, path) in PUBLIC:
                assert operation['security'] == [] and 'x-scope' not in operation
            else:
                assert ':' in operation['x-scope'], (method, path)
                assert operation['security']

    def test_names_each_operation_once(self, operations: list[Operation]) -> None:
        names = [operation['operationId'] for _, _, operation in operations]
        assert len(names) == len(set(names))

    def test_is_served_to_everyone(self, api: Api, document: dict[str, typing.Any]) -> None:
        answer = api.client.simulate_get(f'{BASE}/openapi.json')
        assert answer.status_code == 200
        # The samples ask whom the reader asked; the rest is the same everywhere.
        assert answer.json == json.loads(
            json.dumps(document_of('se-erp', 'http://falconframework.org'))
        )
        assert answer.json['components'] == document['components']

    def test_the_command_prints_it_and_nothing_else(self, document: dict[str, typing.Any]) -> None:
        command = [sys.executable, '-m', 'karvo', 'openapi']
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, '')
        assert json.loads(done.stdout) == document


@pytest.fixture
def ids(api: Api) -> list[int]:
    """Small numbers, some of which are an invoice, a customer, a product, a payment."""
    bought = api.post('/invoices', INVOICE).json
    draft = api.post('/invoices', {'customer_code': 'ACME01', 'subtotal': 5, 'status': 'draft'})
    product = api.post('/products', {'sku': 'CLN-5000', 'name_en': 'Cleaner'})
    paid = api.post('/billing/payments', {'invoice_id': bought['id'], 'amount': 10})
    assert [a.status_code for a in (draft, product, paid)] == [201] * 3, product.text
    found = [bought['id'], bought['customer_id']]
    return [*found, *(answer.json['id'] for answer in (draft, product, paid)), 1, 2]


@pytest.fixture
def platform_key(app: falcon.App) -> str:
    asked = NewKey(scopes=['platform:admin'], rate_limit=1_000_000)
    return insert_key(asked, tenant_id=None, company_id=None).api_key


@pytest.mark.long
class TestMadeUpRequests:
    """Valid and invalid ones; the same in every run, where the machine is quick enough for all."""

    def test_are_answered_as_described(
        self, app: falcon.App, api: Api, ids: list[int], platform_key: str
    ) -> None:
        schema = schemathesis.openapi.from_wsgi(f'{BASE}/openapi.json', app)
        spare = api.post('/keys', {'scopes': ['read-only']}).json['id']
        tried: set[str] = set()
        self.done: set[str] = set()
        operations = [result.ok() for result in schema.get_all_operations()]
        begun = time.monotonic()
        for place, operation in enumerate(operations, 1):
            if (operation.method.upper(), operation.path) in LEFT_OUT:
                continue
            deadline = begun + SECONDS * place / len(operations)
            is_reading_tenants = operation.path.startswith('/tenants') and operation.method == 'get'
            # A key of its own for each: one may have been revoked by the operations on keys.
            key = platform_key if is_reading_tenants else wide_key(api.tenant)
            sent = {'X-SE-ERP-Key': key}
            if answers(operation, sent, {'id': ids, 'key_id': [spare]}, deadline):
                self.done.add(operation.label)
            tried.add(operation.label)
        assert len(tried) > 50
        assert len(self.done) > 35
        after = Api(app, api.tenant, wide_key(api.tenant))
        assert after.difference() == 0
        with after.company():
            assert check.problems() == []


@pytest.mark.long
class TestChains:
    """Requests that follow the links of the document: what one made, the next ones use."""

    def test_hold_together(self, app: falcon.App, server: pathlib.Path) -> None:
        schema = schemathesis.openapi.from_wsgi(f'{BASE}/openapi.json', app)
        schema = schema.exclude(path_regex='^/(keys|tenants)')  # a key must not revoke itself
        linked: list[int] = []

        class Machine(schema.as_state_machine()):
            """Books of its own for each chain: what is drawn depends on what was answered."""

            def setup(self) -> None:
                tenant = new_tenant()
                self.api = Api(app, tenant, wide_key(tenant))

            def teardown(self) -> None:
                with self.api.company():
                    problems = check.problems()
                recycle(self.api.tenant)
                assert problems == []

            def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, typing.Any]:
                return {'headers': {'X-SE-ERP-Key': self.api.key}}

            def validate_response(
                self, response: typing.Any, case: schemathesis.Case, **more: typing.Any
            ) -> None:
                linked.append(response.status_code)
                case.validate_response(response, checks=CHECKS)

        sizes = settings(
            max_examples=CHAINS,
            stateful_step_count=STEPS,
            derandomize=not IS_SOAK,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        until = time.monotonic() + CHAIN_SECONDS
        run_state_machine_as_test(Machine, settings=sizes)
        while time.monotonic() < until:
            run_state_machine_as_test(Machine, settings=sizes)
        assert len(linked) >= CHAINS
        assert any(status < 300 for status in linked)

    def test_what_was_made_leads_on(self, document: dict[str, typing.Any]) -> None:
        links = document['paths']['/invoices']['post']['responses']['201']['links']
        assert links['get_invoices_id'] == {
            'operationId': 'get_invoices_id',
            'parameters': {'id': '$response.body#/id'},
        }
        assert {'put_invoices_id', 'delete_invoices_id', 'post_invoices_id_post'} <= set(links)


class TestFoundByThem:
    @pytest.mark.parametrize(
        ('path', 'body'),
        [
            ('/customers', {'name': 'Null'}),
            ('/products', {'sku': 'NULL', 'name_en': 'Null'}),
            ('/invoices', INVOICE | {'status': 'draft'}),
        ],
    )
    def test_metadata_of_null_is_empty(
        self, api: Api, path: str, body: dict[str, typing.Any]
    ) -> None:
        made = api.post(path, body | {'metadata': None})
        assert (made.status_code, made.json['metadata']) == (201, {})
        one = f'{path}/{made.json["id"]}'
        assert api.put(one, {'metadata': {'a': 1}}).json['metadata'] == {'a': 1}
        changed = api.put(one, {'metadata': None})
        assert (changed.status_code, changed.json['metadata']) == (200, {})
