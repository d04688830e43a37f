"""Every statement that a walk over the whole API sends keeps to what a cluster can route."""

import collections
import itertools
import re
import threading
import typing

import falcon
import psycopg
import pytest

from karvo.app import plugin_routes, routes
from karvo.kit.db import database, unwatch, watch
from karvo.kit.http import endpoints
from tenants.credentials import NewKey, insert_key
from tenants.models import control
from tests.conftest import BASE, Api, new_tenant, wide_key
from tests.stripe.fixtures import configured
from tests.stripe.stub import Stub
from tests.tenants.people import basic
from tests.walk import Answers, Walk

CONTROL = re.compile(r'\bcontrol"?\.')
COMPANY = re.compile(r'\bc_\d+\b')
CLOCK = re.compile(
    r'\bnow\(\)|\bcurrent_(date|time|timestamp)\b|\blocaltime(stamp)?\b'
    r'|\b(clock|statement|transaction)_timestamp\(',
    re.I,
)
SET_PATH = re.compile(r'^\s*SET (SESSION |LOCAL )?search_path\b', re.I)
FORBIDDEN = {
    'pg_advisory': re.compile('pg_(try_)?advisory', re.I),
    'LISTEN': re.compile(r'^\s*(UN)?(LISTEN|NOTIFY)\b|pg_notify', re.I),
    'SELECT *': re.compile(r'\bselect\s+(all\s+|distinct\s+)?\*', re.I),
    'MERGE': re.compile(r'\bMERGE\s+INTO\b', re.I),
    'a clock of the database': CLOCK,
}


class Sent(typing.NamedTuple):
    """A statement as it went out. `transaction` numbers those of a run; 0 = none was open."""

    path: str
    sql: str
    transaction: int


class Tape:
    """Takes down every statement of this process."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self._numbers = itertools.count(1)
        self._open: dict[tuple[int, bool], int] = collections.defaultdict(int)

    def __call__(self, path: str, sql: str) -> None:
        connection: psycopg.Connection = (database if path else control).connection()
        is_idle = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        where = threading.get_ident(), bool(path)
        if is_idle:
            self._open[where] = 0
        self.sent.append(Sent(path, sql, self._open[where]))
        if sql.startswith('BEGIN'):
            self._open[where] = next(self._numbers)


@pytest.fixture(scope='module')
def walked(app: falcon.App) -> tuple[Answers, list[Sent]]:
    """(answers, statements) of a walk."""
    tenant = new_tenant()
    scopes = ['read-write', 'period.unlock', 'payroll:full', 'users:read', 'users:write']
    api = Api(app, tenant, wide_key(tenant, scopes=scopes))
    asked = NewKey(scopes=['platform:admin'], rate_limit=1_000_000)
    platform = insert_key(asked, tenant_id=None, company_id=None).api_key

    credentials = {
        'key': {'X-SE-ERP-Key': api.key},
        'platform': {'X-SE-ERP-Key': platform},
        'person': basic(tenant.username, tenant.application_password),
        'bearer': {'Authorization': f'Bearer {api.key}'},
    }

    def ask(method: str, path: str, body: typing.Any, who: str) -> tuple[int, typing.Any]:
        sent = {'json': body} if body is not None else {}
        headers = credentials.get(who) or {'Stripe-Signature': who}
        answer = api.client.simulate_request(
            method, path, headers=headers, host='localhost', **sent
        )
        is_json = answer.headers['content-type'].startswith('application/json')
        return answer.status_code, answer.json if is_json else None

    tape = Tape()
    stub = Stub()
    watch(tape)
    try:
        with configured(**stub.settings()):
            answers = Walk(ask, f'{tenant.slug}_w', (tenant.username, tenant.password)).everything()
    finally:
        unwatch(tape)
        stub.close()
    return answers, tape.sent


def short(sent: Sent) -> str:
    return f'[{sent.path}] {" ".join(sent.sql.split())[:300]}'


def values_of(sql: str) -> typing.Iterator[str]:
    """The text between the parentheses of each VALUES (…)."""
    for found in re.finditer(r'\bVALUES\s*\(', sql, re.I):
        depth, end = 1, found.end()
        while depth:
            depth += {'(': 1, ')': -1}.get(sql[end], 0)
            end += 1
        yield sql[found.end() : end - 1]


Walked = tuple[Answers, list[Sent]]


class TestWalk:
    def test_takes_every_route_and_each_does_its_work(self, walked: Walked) -> None:
        answers, _ = walked
        refused = [answer for answer in answers if answer[2] not in (200, 201, 202)]
        assert refused == []
        all_routes = {
            (method, path.removeprefix(BASE))
            for path, method, *_ in endpoints([*routes, *plugin_routes])
        }
        assert {(method, path) for method, path, *_ in answers} == all_routes

    def test_was_taken_down(self, walked: Walked) -> None:
        _, sent = walked
        assert len(sent) > 200
        assert any(CONTROL.search(one.sql) for one in sent)
        assert any(COMPANY.search(one.sql) for one in sent)
        assert sum(one.sql.startswith('BEGIN') for one in sent) > 30
        assert sum(one.transaction > 0 for one in sent) > 100


class TestStatements:
    def test_control_and_company_are_never_in_one(self, walked: Walked) -> None:
        both = [
            short(one)
            for one in walked[1]
            if CONTROL.search(one.sql) and (one.path or COMPANY.search(one.sql))
        ]
        assert both == []

    def test_the_connection_of_control_names_no_company(self, walked: Walked) -> None:
        assert [short(one) for one in walked[1] if not one.path and COMPANY.search(one.sql)] == []

    def test_a_transaction_belongs_to_one_company(self, walked: Walked) -> None:
        companies: dict[int, set[str]] = collections.defaultdict(set)
        for one in walked[1]:
            if one.transaction:
                companies[one.transaction].update(COMPANY.findall(one.path + one.sql))
        assert {n: found for n, found in companies.items() if len(found) > 1} == {}

    def test_a_statement_names_only_the_company_it_is_for(self, walked: Walked) -> None:
        wrong = [
            short(one)
            for one in walked[1]
            if one.path and not set(COMPANY.findall(one.sql)) <= set(COMPANY.findall(one.path))
        ]
        assert wrong == []

    @pytest.mark.parametrize('what', FORBIDDEN)
    def test_none_contains(self, walked: Walked, what: str) -> None:
        assert [short(one) for one in walked[1] if FORBIDDEN[what].search(one.sql)] == []

    def test_values_are_values(self, walked: Walked) -> None:
        inserted = [(one, text) for one in walked[1] for text in values_of(one.sql)]
        assert len(inserted) > 20
        assert [short(one) for one, text in inserted if re.search(r'\bselect\b', text, re.I)] == []

    def test_nothing_but_the_search_path_is_set_and_never_in_a_transaction(
        self, walked: Walked
    ) -> None:
        settings = [one for one in walked[1] if re.match(r'\s*SET\b', one.sql, re.I)]
        assert settings != []
        assert [short(one) for one in settings if not SET_PATH.match(one.sql)] == []
        assert [short(one) for one in settings if one.transaction] == []
