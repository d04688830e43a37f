"""How fast KARVO is, beside the fastest that the same gunicorn and PostgreSQL can be.

Every operation is measured in rounds, KARVO and the limit (bare.py) in turn, so that a busy
machine slows both; ratios are medians over the rounds. The same servers differ by several percent
from one start to the next, so both are started several times (once with --quick). CPU is the robust
figure.
"""

import argparse
import contextlib
import importlib.util
import json
import os
import pathlib
import shutil
import statistics
import sys
import tempfile
import typing

import msgspec

_folder = pathlib.Path(tempfile.mkdtemp(prefix='karvo-bench-'))
for _name in [name for name in os.environ if name.startswith('KARVO_')]:
    del os.environ[_name]
os.environ['KARVO_DATA_DIR'] = str(_folder)
os.environ['KARVO_LOG_FORMAT'] = 'json'
os.environ['KARVO_WEBHOOK_ALLOW_CIDRS'] = '127.0.0.0/8'

from falcon import testing  # noqa: E402

from karvo.app import create_app  # noqa: E402
from karvo.cli.database import migrate_all, open_database  # noqa: E402
from karvo.kit import db, ended  # noqa: E402
from scripts.benchmark import (  # noqa: E402
    books,
    client,
    deliveries,
    forecasts,
    payroll,
    servers,
    wire,
)
from scripts.benchmark.books import Books, make_books, make_many  # noqa: E402
from scripts.benchmark.figures import (  # noqa: E402
    HEAD,
    Measured,
    Rounds,
    figures_of,
    rounded,
    row,
)
from scripts.benchmark.servers import Server  # noqa: E402
from scripts.benchmark.wire import DOCUMENTS  # noqa: E402
from tenants.access import REMEMBER  # noqa: E402

#: searches are 300 different ones on one connection, since that is where plans go wrong
CONNECTIONS = {'search': 1}
OPERATIONS = ('get', 'list', 'search', 'create', 'aging')
#: requests until each connection has its plans of each company: 4 connections, 100 companies, some
#: 12 times each; and 10,000 is what the bound on a worker's memory is for
WARM = 5_000


class Size(msgspec.Struct, frozen=True):
    """How long to measure."""

    rounds: int  #: after each start; many short ones: a busy moment is then in both or in few
    seconds: float
    starts: int = 1  #: of both servers
    documents: int = DOCUMENTS
    unpaid: int = 10_000
    companies: int = 100
    warm: int = WARM
    warm_seconds: float = 2.0  #: before an operation is measured: connections, plans, caches
    #: of a window over many companies: as long as a credential is remembered, so that each is
    #: looked up once in it, and not by chance all or none
    many_seconds: float = REMEMBER
    many_rounds: int = 1
    is_light: bool = False  #: the many companies have only the tables that invoices need


FULL = Size(5, 0.5, starts=8, warm_seconds=1.0, many_rounds=4)
QUICK = Size(5, 0.2, warm=2_000, warm_seconds=0.6, is_light=True)
#: whether it runs at all; its figures mean nothing
SMOKE = Size(
    1,
    0.3,
    documents=300,
    unpaid=100,
    companies=2,
    warm=20,
    warm_seconds=0.1,
    many_seconds=0.3,
    is_light=True,
)


def main() -> None:
    arguments = _arguments()
    if arguments.forecast:
        with _folder_removed():
            return forecasts.main(arguments)
    size = SMOKE if arguments.smoke else QUICK if arguments.quick else FULL
    with _folder_removed(), open_database() as environ:
        migrate_all(is_quiet=True)
        if arguments.payroll:
            print(json.dumps(_payroll(arguments)))
            return books.end()
        if arguments.deliveries:
            print(json.dumps(_deliveries(environ, arguments)))
            return books.end()
        _say(arguments, f'making {size.documents:,} invoices and {size.companies} companies …')
        servers.set_durable(db.url_of('main'), False)
        large = make_books('large', size.documents, size.unpaid)
        others = make_many(size.companies, 60, 30, is_light=size.is_light)
        servers.set_durable(db.url_of('main'), True)
        settings = servers.environment(_folder) | {
            name: value for name, value in environ.items() if name.startswith('KARVO_')
        }
        settings['BENCH_SCHEMA'] = large.place.schema
        result = _measure(settings, large, others, size, arguments)
        if arguments.drf:
            result['drf'] = _beside(settings, large, size, arguments)
        servers.set_durable(db.url_of('main'), False)
        books.end()
    print(json.dumps(result))


@contextlib.contextmanager
def _folder_removed() -> typing.Iterator[None]:
    yield
    shutil.rmtree(_folder, ignore_errors=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='scripts/bench', description=__doc__)
    parser.add_argument('--json', action='store_true', help='print only the JSON object')
    parser.add_argument('--quick', action='store_true', help='about a minute; coarser figures')
    parser.add_argument('--smoke', action='store_true', help='seconds; only whether it runs')
    parser.add_argument('--drf', action='store_true', help='a Django REST app too')
    parser.add_argument('--deliveries', action='store_true', help='webhooks instead of requests')
    parser.add_argument('--payroll', action='store_true', help='a year of payroll instead')
    parser.add_argument('--forecast', action='store_true', help='how good forecasts are')
    parser.add_argument('--only', help='a comma list of ' + ', '.join(OPERATIONS))
    arguments = parser.parse_args()
    if arguments.drf and not importlib.util.find_spec('rest_framework'):
        parser.error("--drf needs Django REST framework: pip install '.[bench]'")
    return arguments


def _payroll(arguments: argparse.Namespace) -> dict[str, typing.Any]:
    employees, pays = (5, 2) if arguments.smoke else (200, 6 if arguments.quick else payroll.PAYS)
    measured: dict[str, typing.Any] = payroll.measure(employees, pays)
    _say(arguments, payroll.report(measured))
    return measured


def _deliveries(environ: dict[str, str], arguments: argparse.Namespace) -> dict[str, typing.Any]:
    events = 100 if arguments.smoke else 2_000 if arguments.quick else 5_000
    measured: dict[str, typing.Any] = deliveries.measure(environ, events)
    measured['clients'] = deliveries.clients()
    _say(arguments, deliveries.report(measured))
    return measured


def _say(arguments: argparse.Namespace, text: str) -> None:
    print(text, file=sys.stderr if arguments.json else sys.stdout, flush=True)


def _server(application: str, settings: dict[str, str]) -> typing.ContextManager[Server]:
    log = _folder / f'{application.split(":")[0]}.log'
    return servers.gunicorn(application, settings, log)


@contextlib.contextmanager
def _servers(settings: dict[str, str], other: str) -> typing.Iterator[tuple[Server, Server]]:
    """KARVO and what it is measured beside, just started."""
    with _server('wsgi:app', settings) as karvo, _server(other, settings) as beside:
        yield karvo, beside


def _measure(
    settings: dict[str, str],
    large: Books,
    others: list[Books],
    size: Size,
    arguments: argparse.Namespace,
) -> dict[str, typing.Any]:
    statements, found = _statements(large), {}
    _say(arguments, HEAD)
    for names in _asked(arguments):
        rounds = _rounds_of(names, settings, large, size)
        for name in names:
            figures = figures_of(rounds[name], statements[name])
            _say(arguments, row(name, figures))
            found[name] = rounded(figures)
    result: dict[str, typing.Any] = {name: found[name] for name in OPERATIONS if name in found}
    with _server('wsgi:app', settings) as karvo:
        for name in found:
            client.load(karvo.port, wire.of_karvo(name, large), size.warm_seconds)
        result['tenants_100_over_1'] = round(_tenants(karvo, others, size), 2)
        result['worker_mib'] = round(karvo.mib(), 1)
    _say(arguments, f'100 companies over 1: {result["tenants_100_over_1"]} × the time a request')
    _say(arguments, f'largest worker: {result["worker_mib"]} MiB of its own')
    return result


def _asked(arguments: argparse.Namespace) -> list[list[str]]:
    """Which operations are measured together, and in which order: create comes last, since what it
    makes is open, and aging is of so many open invoices.
    """
    names = arguments.only.split(',') if arguments.only else OPERATIONS
    reads, writes = [n for n in names if n != 'create'], [n for n in names if n == 'create']
    return [group for group in (reads, writes) if group]


def _rounds_of(
    names: list[str],
    settings: dict[str, str],
    large: Books,
    size: Size,
    other: str = 'scripts.benchmark.bare:app',
) -> dict[str, Rounds]:
    """Of each operation, over all starts."""
    rounds: dict[str, Rounds] = {name: [] for name in names}
    for _ in range(size.starts):
        with _servers(settings, other) as (karvo, beside):
            for name in names:
                rounds[name] += _rounds(karvo, beside, name, large, size)
    return rounds


def _beside(
    settings: dict[str, str], large: Books, size: Size, arguments: argparse.Namespace
) -> dict[str, dict[str, float]]:
    """The Django REST app's figures; `ratio` is how many times as fast KARVO is."""
    found = {}
    for names in _asked(arguments):
        rounds = _rounds_of(names, settings, large, size, 'scripts.benchmark.drf:app')
        for name in names:
            beside = figures_of(rounds[name], 0)
            _say(
                arguments,
                f'Django REST {name:8}{beside.limit_rps:8.0f}/s; KARVO × {beside.ratio:.1f}',
            )
            found[name] = {
                'rps': round(beside.limit_rps, 3),
                'cpu_ms': round(beside.limit_cpu_ms, 3),
                'ratio': round(beside.ratio, 3),
            }
    return found


def _rounds(karvo: Server, bare: Server, name: str, large: Books, size: Size) -> Rounds:
    ours, limit = wire.of_karvo(name, large), wire.of_bare(name, large)
    for server, requests in ((karvo, ours), (bare, limit)):
        client.load(server.port, requests, size.warm_seconds)
    callers = CONNECTIONS.get(name, client.CONNECTIONS)
    rounds = []
    for _ in range(size.rounds):
        theirs = _window(bare, limit, size.seconds, callers)
        rounds.append((_window(karvo, ours, size.seconds, callers), theirs))
    return rounds


def _window(server: Server, requests: list[bytes], seconds: float, callers: int) -> Measured:
    app, database = server.cpu(), servers.database_cpu(_folder)
    window = client.load(server.port, requests, seconds, callers)
    if window.refusals:
        raise SystemExit(f'{window.refusals} refused: {window.sample[:2000].decode()}')
    if not window.latencies:
        raise SystemExit(f'a server gave no answer: {server.log.read_text()[-2000:]}')
    return Measured(
        window=window,
        app=servers.since(app, server.cpu()),
        database=servers.since(database, servers.database_cpu(_folder)),
    )


def _tenants(karvo: Server, others: list[Books], size: Size) -> float:
    """The time of a get with 100 companies at random over that with one, asked before and after."""
    one, many = [], [request for other in others for request in wire.of_karvo('get', other)]
    asked = 0
    while asked < size.warm:
        asked += len(client.load(karvo.port, many, 1).latencies)
    for _ in range(size.many_rounds):
        before = _alone(karvo, others[0], size)
        mixed = client.load(karvo.port, many, size.many_seconds).rps
        one.append((before + _alone(karvo, others[0], size)) / 2 / mixed)
    return statistics.median(one)


def _alone(karvo: Server, book: Books, size: Size) -> float:
    seconds = size.seconds * size.rounds
    return client.load(karvo.port, wire.of_karvo('get', book), seconds).rps


def _statements(large: Books) -> dict[str, int]:
    """SQL statements a request, counted in this process; BEGIN and COMMIT among them."""
    asked: list[str] = []

    def note(_path: str, sql: str) -> None:
        asked.append(sql)

    counts = {}
    with _silent():
        ask = testing.TestClient(create_app(), headers={'X-SE-ERP-Key': large.key}).simulate_request
        for name in OPERATIONS:
            for _ in range(2):
                request = wire.of_karvo(name, large)[0].decode()
                method, path, _rest = request.split(' ', 2)
                body = request.partition('\r\n\r\n')[2]
                path, _, query = path.partition('?')
                asked.clear()
                db.watch(note)
                ask(method, path, query_string=query, body=body, content_type='application/json')
                db.unwatch(note)
            begun = sum(sql.startswith('BEGIN') for sql in asked)
            counts[name] = len(asked) + begun  # COMMIT goes past the hook
    return counts


@contextlib.contextmanager
def _silent() -> typing.Iterator[None]:
    """Without the request log of this process."""
    kept, sys.stderr = sys.stderr, open(os.devnull, 'w')  # noqa: SIM115
    try:
        yield
    finally:
        ended.flush()
        sys.stderr.close()
        sys.stderr = kept


if __name__ == '__main__':
    main()
