"""The control schema in one database, companies in another: no statement may need both."""

import json
import os
import pathlib
import subprocess
import sys
import typing
from collections.abc import Iterator

import psycopg
import pytest

from karvo.app import plugin_routes, routes
from karvo.kit.db import url_of
from karvo.kit.http import endpoints
from tests.conftest import BASE
from tests.stripe.stub import Stub

ROOT = pathlib.Path(__file__).parents[1]
CONTROL, EAST = 'split_control', 'split_east'
pytestmark = pytest.mark.xdist_group('split')

# A process of its own, because the configuration is read once.
WALK = """
import json
from falcon import testing
from karvo.app import create_app
from karvo.cli.database import migrate_all, open_database
from tenants.credentials import NewKey, insert_key
from tenants.models import Company
from tenants.operations import NewTenant, provision
from tests.walk import Walk
from tests.tenants.people import basic
with open_database():
    migrate_all(is_quiet=True)
    made = provision(NewTenant(name='East', slug='east', email='a@b.example', plan='enterprise'))
    asked = NewKey(scopes=['platform:admin'], rate_limit=1_000_000)
    platform = insert_key(asked, tenant_id=None, company_id=None).api_key
    row = Company.get(Company.uid == made.company_id)
    scopes = ['read-write', 'period.unlock', 'payroll:full', 'users:read', 'users:write']
    wide = NewKey(scopes=scopes, rate_limit=1_000_000)
    key = insert_key(wide, tenant_id=made.tenant_id, company_id=row.id).api_key
    client = testing.TestClient(create_app())
    credentials = {
        'key': {'X-SE-ERP-Key': key},
        'platform': {'X-SE-ERP-Key': platform},
        'person': basic(made.username, made.application_password),
        'bearer': {'Authorization': f'Bearer {key}'},
    }
    def ask(method, path, body, who):
        sent = {'json': body} if body is not None else {}
        headers = credentials.get(who) or {'Stripe-Signature': who}
        sent |= {'headers': headers, 'host': 'localhost'}
        answer = client.simulate_request(method, path, **sent)
        is_json = answer.headers['content-type'].startswith('application/json')
        return answer.status_code, answer.json if is_json else None
    print(json.dumps(Walk(ask, 'east_walked', (made.username, made.password)).everything()))
"""

Answers = list[tuple[str, str, int, typing.Any]]


def url_to(name: str) -> str:
    """Another database of this process's own server."""
    before, after = url_of('main').split('@', 1)
    return f'{before}@/{name}?{after.split("?", 1)[1]}'


def run(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope='module')
def environ(
    server: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    with psycopg.connect(url_of('main'), autocommit=True) as connection:
        for name in (CONTROL, EAST):
            connection.execute(f'CREATE DATABASE {name}')
    stub = Stub()
    told = stub.settings()
    yield os.environ | {
        'KARVO_STRIPE_API_KEY': told['stripe_api_key'],
        'KARVO_STRIPE_WEBHOOK_SECRET': ','.join(told['stripe_webhook_secret']),
        'KARVO_STRIPE_API_BASE': told['stripe_api_base'],
        'KARVO_DATA_DIR': str(tmp_path_factory.mktemp('split')),
        'KARVO_DATABASE_URL': url_to(CONTROL),
        'KARVO_DATABASE_PLACEMENTS': f'east={url_to(EAST)}',
        'KARVO_DATABASE_NEW_COMPANIES': 'east',
        'KARVO_DATABASE_EMBEDDED': '',
    }
    stub.close()


@pytest.fixture(scope='module')
def answers(environ: dict[str, str]) -> Answers:
    """Of a walk over every route."""
    done = run(environ, '-c', WALK)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def schemas(name: str) -> set[str]:
    query = 'SELECT nspname FROM pg_catalog.pg_namespace'
    with psycopg.connect(url_to(name)) as connection:
        names = {row[0] for row in connection.execute(query)}
    return {one for one in names if one == 'control' or one.startswith('c_')}


class TestSplit:
    def test_every_route_does_its_work(self, answers: Answers) -> None:
        assert [answer for answer in answers if answer[2] not in (200, 201, 202)] == []
        walked = {(method, path) for method, path, *_ in answers}
        assert walked == {
            (method, path.removeprefix(BASE))
            for path, method, *_ in endpoints([*routes, *plugin_routes])
        }

    def test_control_and_companies_are_apart(self, answers: Answers) -> None:
        assert schemas(CONTROL) == {'control'}
        assert schemas(EAST) == {'c_1', 'c_2'}

    def test_the_books_balance(self, answers: Answers) -> None:
        [balance] = [shown for _, path, _, shown in answers if path == '/ledger/trial-balance']
        assert balance['difference'] == 0
        assert any(row['debit'] for row in balance['data'])

    def test_usage_is_read_where_the_company_is(self, answers: Answers) -> None:
        [usage] = [shown for _, path, _, shown in answers if path.endswith('/usage')]
        assert usage['storage_bytes'] > 0

    def test_check_is_content(self, environ: dict[str, str], answers: Answers) -> None:
        done = run(environ, '-m', 'karvo', 'check', '--json')
        assert done.returncode == 0, done.stdout + done.stderr
        shown = json.loads(done.stdout)
        assert shown['ok'] is True
        assert {one['tenant'] for one in shown['tenants']} == {'east', 'east_walked'}

    def test_migrate_finds_the_companies_up_to_date(
        self, environ: dict[str, str], answers: Answers
    ) -> None:
        done = run(environ, '-m', 'karvo', 'migrate', '--json')
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {'companies_migrated': 0}

    def test_a_tenant_is_dropped_from_its_own_database(
        self, environ: dict[str, str], answers: Answers
    ) -> None:
        done = run(environ, '-m', 'karvo', 'tenant', 'delete', 'east_walked', '--yes')
        assert done.returncode == 0, done.stderr
        assert schemas(EAST) == {'c_1'}
