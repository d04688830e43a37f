"""Webhooks from the outbox to the endpoint: two worker processes, the receiver beside them.

And what a request costs from Python, by the client: why the sender is built on http.client.
"""

import concurrent.futures
import contextlib
import http.client
import os
import subprocess
import sys
import threading
import time
import typing
from collections.abc import Callable, Iterator

import requests
import urllib3

from karvo.kit.actor import system_actor
from karvo.kit.db import Place, company, company_place
from karvo.kit.events import Event
from karvo.kit.outgoing import target_of
from karvo.kit.posting import Connection
from karvo.kit.work import atomic
from karvo.webhooks.operations.subscriptions import create_webhook
from karvo.webhooks.schemas import NewWebhook
from tenants.models import Company
from tenants.operations import NewTenant, provision

ENDPOINTS, WORKERS = 4, 2
THREADS = 8
BODY = b'{"type":"invoice.paid","data":{"object":' + b'1' * 600 + b'}}'
HEADERS = {'Content-Type': 'application/json', 'webhook-id': 'evt_1', 'webhook-timestamp': '1'}


class Made(Event, frozen=True):
    """An event of about the size of an invoice's."""

    name = 'benchmark.made'
    resource = 'benchmark'


def measure(environ: dict[str, str], events: int) -> dict[str, float]:
    """Deliveries a second from the first to the last that arrives."""
    with _receiver() as (port, _):
        place = _company(f'http://127.0.0.1:{port}/hook')
        _announce(place, events)
        with _workers(environ):
            count, seconds = _wait(port, events * ENDPOINTS)
    return {'deliveries': count, 'per_second': round(count / seconds, 1)}


def clients() -> dict[str, float]:
    """Requests a second of one process with eight threads, by client."""
    found = {}
    with _receiver() as (port, _):
        url = f'http://127.0.0.1:{port}/hook'
        for name, make in (('requests', _requests), ('urllib3', _urllib3), ('http.client', _ours)):
            found[name] = round(_rate(make, url), 1)
    return found


Post = Callable[[], object]


def _requests(url: str) -> Post:
    session = requests.Session()
    session.trust_env = False
    return lambda: session.post(url, BODY, headers=HEADERS, allow_redirects=False, timeout=5)


_pool = urllib3.PoolManager(maxsize=THREADS, retries=False)


def _urllib3(url: str) -> Post:
    return lambda: _pool.request('POST', url, body=BODY, headers=HEADERS, redirect=False)


def _ours(url: str) -> Post:
    connection = Connection(target_of(url))
    return lambda: connection.post(BODY, HEADERS, 5.0)


def _rate(make: Callable[[str], Post], url: str, seconds: float = 1.5) -> float:
    until = time.monotonic() + seconds
    local = threading.local()

    def work() -> int:
        local.post = make(url)
        count = 0
        while time.monotonic() < until:
            local.post()
            count += 1
        return count

    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        counts = [pool.submit(work) for _ in range(THREADS)]
        return sum(count.result() for count in counts) / seconds


def _company(url: str) -> Place:
    made = provision(NewTenant(slug='hooks', name='Hooks', email='a@b.example', plan='enterprise'))
    row = Company.get(Company.uid == made.company_id)
    place = company_place(row.id)
    actor = system_actor('bench', place, allowances={'webhooks': 1000})
    with company(place):
        for _ in range(ENDPOINTS):
            create_webhook(NewWebhook(url=url, events=['*']), actor=actor)
    return place


def _announce(place: Place, count: int) -> None:
    """So many events, a hundred in a transaction."""
    actor, shown = system_actor('bench', place), {f'member_{n}': 'x' * 20 for n in range(15)}
    with company(place):
        for _ in range(count // 100):
            with atomic() as work:
                for n in range(100):
                    work.record(Made(id=n, uid='', object=shown), actor)


@contextlib.contextmanager
def _receiver() -> Iterator[tuple[int, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        [sys.executable, '-m', 'scripts.benchmark.receiver'], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        yield int(process.stdout.readline()), process
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def _workers(environ: dict[str, str]) -> Iterator[None]:
    own = {**os.environ, **environ, 'KARVO_WEBHOOK_ALLOW_CIDRS': '127.0.0.0/8'}
    command = [sys.executable, '-m', 'karvo', 'role', 'worker']
    started = [subprocess.Popen(command, env=own) for _ in range(WORKERS)]
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)


def _wait(port: int, wanted: int, seconds: float = 300) -> tuple[int, float]:
    """(how many arrived, seconds from the first to the last)."""
    deadline = time.monotonic() + seconds
    while True:
        count, took = _asked(port)
        if count >= wanted:
            return count, took
        if time.monotonic() > deadline:
            raise SystemExit(f'only {count} of {wanted} deliveries arrived in {seconds} s')
        time.sleep(0.2)


def _asked(port: int) -> tuple[int, float]:
    connection = http.client.HTTPConnection('127.0.0.1', port)
    with contextlib.closing(connection):
        connection.request('GET', '/')
        count, took = connection.getresponse().read().split()
    return int(count), float(took)


def report(measured: dict[str, typing.Any]) -> str:
    """Two lines for people."""
    found = measured['clients']
    return (
        f'webhooks: {measured["per_second"]:.0f} deliveries/s, {WORKERS} workers\n'
        + 'one process, eight threads: '
        + ', '.join(f'{name} {rate:.0f}/s' for name, rate in found.items())
    )
