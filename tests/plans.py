"""What a request sends to PostgreSQL, and how PostgreSQL goes about it."""

import contextlib
import datetime as dt
import json
import typing
from collections.abc import Iterable, Iterator

import msgspec
import psycopg
from falcon import testing

from karvo.kit import db, prepared
from karvo.kit.http import Endpoint, Page, Resource, endpoints
from karvo.kit.idempotency import company_store
from karvo.kit.paging import ListQuery

Sent = list[tuple[str, dict[str, typing.Any]]]
Routes = Iterable[tuple[str, Resource]]

#: Reads that are no page of rows and grow with the books all the same.
REPORTS = ('/billing/aging', '/customers/{id:int}/statement', '/events')
REPORTS += ('/webhooks/{id:int}/statistics',)
PAGING = {'page', 'per_page', 'orderby', 'order', 'format', 'lang'}


def lists(routes: Routes) -> Iterator[tuple[str, Endpoint]]:
    """(path within its dialect, endpoint) of whatever answers with many rows."""
    for path, method, resource, spec in endpoints(routes):
        short = path.removeprefix(resource.dialect.prefix)
        is_page = typing.get_origin(spec.returns) is Page
        if spec.is_platform or resource.store.database is not company_store.database:
            continue  # the control plane's
        if method == 'GET' and (is_page or short in REPORTS):
            yield short, spec


@contextlib.contextmanager
def statements(monkeypatch: typing.Any) -> Iterator[Sent]:
    """Every statement that reads a company goes through libpq; here with its parameters."""
    sent: Sent = []
    announced: list[str] = []
    run = prepared._run

    def note(connection: psycopg.Connection, sql: str, params: typing.Any) -> typing.Any:
        if '"c_' in sql:  # credentials are looked up in the control plane, now and then
            sent.append((sql, dict(params)))
        return run(connection, sql, params)

    def announce(path: str, sql: str) -> None:
        if path.startswith('"c_'):
            announced.append(sql)

    db.watch(announce)
    with monkeypatch.context() as patch:
        patch.setattr(prepared, '_run', note)
        try:
            yield sent
        finally:
            db.unwatch(announce)
    assert announced == [sql for sql, _ in sent]


PLANNING = 2.5  #: what PostgreSQL counts for planning, a relation


class Plan(msgspec.Struct, frozen=True):
    """How one statement is carried out; `kind` is generic or custom."""

    kind: str
    root: dict[str, typing.Any]

    def nodes(self) -> Iterator[dict[str, typing.Any]]:
        """All of them."""
        todo = [self.root]
        while todo:
            node = todo.pop()
            yield node
            todo += node.get('Plans', [])

    def scanned(self) -> set[str]:
        """Tables that are read from end to end."""
        return {node['Relation Name'] for node in self.nodes() if node['Node Type'] == 'Seq Scan'}

    def summary(self) -> str:
        """Which index serves what, in short."""
        words = set()
        for node in self.nodes():
            kind, name = node['Node Type'], node.get('Index Name') or node.get('Relation Name')
            if 'Scan' in kind and name and kind != 'Bitmap Heap Scan':
                words.add(f'{kind.replace(" Scan", "")}:{name}')
        return ' '.join(sorted(words))


def plans(connection: psycopg.Connection, sql: str, params: dict[str, typing.Any]) -> list[Plan]:
    """As PostgreSQL would do it knowing the values, and as it does it once it keeps the plan.

    It keeps one only where that looks no dearer than planning anew for each execution.
    """
    statement = prepared._parsed(sql)
    values = [prepared._text(params[name]) for name in statement.names]
    custom = connection.pgconn.exec_params(
        b'EXPLAIN (FORMAT JSON) ' + statement.sql, typing.cast(list[bytes], values)
    )
    generic = connection.pgconn.exec_(b'EXPLAIN (GENERIC_PLAN, FORMAT JSON) ' + statement.sql)
    known, kept = _plan('custom', custom), _plan('generic', generic)
    planning = PLANNING * (1 + sum('Relation Name' in node for node in known.nodes()))
    is_kept = kept.root['Total Cost'] < known.root['Total Cost'] + planning
    return [known, kept] if is_kept else [known]


def _plan(kind: str, result: typing.Any) -> Plan:
    text = result.get_value(0, 0)
    assert text, result.error_message
    return Plan(kind, json.loads(text)[0]['Plan'])


#: What filters are tried with; others get something of their type.
TODAY = dt.date.today()
SAMPLES: dict[str, list[str]] = {
    'search': ['00423', 'cedar'],
    'q': ['INV-2026-00', '0421', 'C004', 'gagnon'],
    'customer_code': ['C00501'],
    'customer_id': ['501'],
    'sku': ['SKU-77', 'OLD-5'],
    'po_reference': ['PO-400'],
    'invoice_no': ['INV-2026-099999'],
    'class': ['flammable_liquids'],
    'hazard_class': ['flammable_liquids'],
    'supplier': ['supplier 7'],
    'city': ['quebec'],
    'expiring_within_days': ['30', '600'],
    'category': ['CAT-3'],
    'group': ['G3'],
    'province': ['QC'],
    'salesperson': ['seller3'],
    'currency': ['CAD'],
    'source': ['api', 'import'],
    'warehouse': ['WH-2'],
    'carrier': ['purolator'],
    'route': ['R7'],
    'period': ['2026-03'],
    'kind': ['issue', 'receipt,transfer'],
    'series': ['INV', 'CN', 'PAY', 'JE'],
    'employee_id': ['77'],
    'run_id': ['501'],
    'year': [str(TODAY.year), str(TODAY.year - 1)],
    'after': ['150000'],
    'limit': ['1000'],
    'min_total': ['3000'],
    'max_total': ['50'],
    'include': ['lines,payments', 'credits'],
    'as_of': [str(TODAY)],
    'status_code': ['500'],
    'since': [f'{TODAY - dt.timedelta(days=days)}T00:00:00Z' for days in (2, 300)],
    'until': [f'{TODAY - dt.timedelta(days=days)}T00:00:00Z' for days in (2, 300)],
    'updated_since': [f'{TODAY - dt.timedelta(days=days)}T00:00:00Z' for days in (2, 300)],
}
#: Comma lists whose values the endpoint itself names when it refuses another.
CHOICES = {'status', 'state', 'type', 'orderby', 'method'}
DAYS = (3, 300)


def samples(name: str, hint: typing.Any) -> list[str]:
    """Values of a query's field."""
    if name == 'include' and 'int' in str(hint):
        return ['501,502']
    text = str(hint)
    if name in SAMPLES and not (name == 'kind' and 'Literal' in text):
        return SAMPLES[name]
    if 'bool' in text:
        return ['true', 'false']
    if 'datetime.date' in text:
        return [str(TODAY - dt.timedelta(days=days)) for days in DAYS]
    if 'Literal' in text:
        return [value for value in _literals(hint) if value]
    return ['7']


def _literals(hint: typing.Any) -> list[str]:
    if typing.get_origin(hint) is typing.Literal:
        return list(typing.get_args(hint))
    return [value for part in typing.get_args(hint) for value in _literals(part)]


def queries(spec: Endpoint, choices: typing.Callable[[str], list[str]]) -> Iterator[str]:
    """Query strings: none, a deep page, each filter, each order both ways.

    `choices(name)` tells what a field of a fixed vocabulary may be.
    """
    hints = typing.get_type_hints(spec.query, include_extras=True) if spec.query else {}
    is_search = 'q' in hints
    yield 'q=INV-2026-09' if is_search else ''
    if 'per_page' in hints and not is_search:
        yield 'per_page=100'
        yield 'page=1000'
    for name in sorted(hints.keys() - PAGING):
        values = choices(name) if name in CHOICES else samples(name, hints[name])
        yield from (f'{name}={value}' for value in values)
    if spec.query and issubclass(spec.query, ListQuery):
        for name in choices('orderby'):
            yield from (f'orderby={name}&order={order}' for order in ('asc', 'desc'))


def allowed(answer: testing.Result) -> list[str]:
    """What a refusal says is allowed: `must be one of a, b` or `must be of a, b`."""
    if answer.status_code != 422:
        return []
    _, _, names = answer.json['error'].partition('must be ')
    return [name for name in names.removeprefix('one ').removeprefix('of ').split(', ') if name]
