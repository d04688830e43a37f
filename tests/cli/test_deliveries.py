"""At least once, and hardly ever twice: deliveries while workers and the database are killed."""

import collections
import contextlib
import json
import os
import pathlib
import random
import threading
import time
import typing
from collections.abc import Iterator

import psutil
import pytest

from tests.cli.processes import Karvo, Start, ask, free_port, wait_until
from tests.receivers import Receiver, receiver

IS_SOAK = bool(os.environ.get('KARVO_SOAK'))
EVENTS = 2000 if IS_SOAK else 300
KILL_SECONDS = 3.0
ROUNDS = 10_000 if IS_SOAK else 3  #: of killing; the long run kills until all has arrived
ALLOW = {'KARVO_WEBHOOK_ALLOW_CIDRS': '127.0.0.0/8'}
pytestmark = pytest.mark.xdist_group('serve')


class Site(typing.NamedTuple):
    port: int
    key: str
    web: Karvo
    workers: list[Karvo]


@pytest.fixture
def site(start: Start) -> Iterator[Site]:
    """A web process, two workers apart, a tenant."""
    port = free_port()
    web = start('serve', '--port', str(port), '--workers', '1', '--only', 'web', **ALLOW)
    web.line('KARVO ready on')
    made(start, 'tenant', 'create', '--slug', 'acme', '--name', 'Acme', '--email', 'a@acme.example')
    key = made(start, 'key', 'create', '--tenant', 'acme', '--rate-limit', '1000000')['api_key']
    drain(web)
    workers = [start('serve', '--only', 'worker', **ALLOW) for _ in range(2)]
    for worker in workers:
        worker.line('KARVO ready (worker)')
        drain(worker)
    yield Site(port, key, web, workers)


def made(start: Start, *arguments: str) -> dict[str, typing.Any]:
    """What the command answered."""
    output, errors = start(*arguments, '--json').process.communicate(timeout=60)
    assert output, errors
    return json.loads(output)


def drain(karvo: Karvo) -> None:
    """Its log is longer than a pipe holds, and a process that cannot log stands still."""

    def read() -> None:
        assert karvo.process.stderr
        with contextlib.suppress(ValueError):
            for _ in karvo.process.stderr:
                pass

    threading.Thread(target=read, daemon=True).start()


def children(karvo: Karvo) -> list[psutil.Process]:
    return psutil.Process(karvo.process.pid).children()


def make_customers(site: Site, first: int, count: int) -> None:
    """So many, each with one event; what is refused while the database is away is asked again."""
    for n in range(first, first + count):
        body = {'code': f'C{n}', 'name': f'N{n}'}

        def is_made(n: int = n, body: dict[str, str] = body) -> bool:
            key = f'customer-{n}'
            answer = ask(site.port, site.key, 'POST', '/customers', body, Idempotency_Key=key)
            assert answer.status in (201, 409, 503), answer.body
            return answer.status == 201

        wait_until(is_made, 60)


class TestKills:
    def test_every_event_arrives_whoever_is_killed(
        self, site: Site, data_dir: pathlib.Path
    ) -> None:
        with receiver() as first, receiver() as second:
            for endpoint in (first, second):
                body = {'url': endpoint.url, 'events': ['customer.*']}
                assert ask(site.port, site.key, 'POST', '/webhooks', body).status == 201
            done = threading.Event()
            kills: list[int] = []

            def kill_now_and_then() -> None:
                for _ in range(ROUNDS):
                    if done.wait(KILL_SECONDS * random.uniform(0.5, 1.2)):
                        return
                    family = children(random.choice(site.workers))
                    for process in family:
                        process.kill()
                        kills.append(process.pid)

            killer = threading.Thread(target=kill_now_and_then)
            killer.start()
            try:
                make_customers(site, 0, EVENTS // 2)
                self.kill_database(data_dir)
                make_customers(site, EVENTS // 2, EVENTS - EVENTS // 2)
                if not IS_SOAK:
                    killer.join()  # Killed without an end, a lease may run out after each.
                wait_until(lambda: self.missing([first, second]) == 0, 90)
            finally:
                done.set()
                killer.join()
            time.sleep(0.5)
            twice = sum(self.twice(endpoint) for endpoint in (first, second))
        assert len(kills) >= 2
        # What a killed worker had sent and not noted yet: one claimed batch at most.
        assert twice <= 200 * (len(kills) + 1)
        shown = ask(site.port, site.key, 'GET', '/webhooks/1/statistics').body
        assert shown['waiting'] == 0

    def missing(self, endpoints: list[Receiver]) -> int:
        return sum(EVENTS - len(self.ids(endpoint)) for endpoint in endpoints)

    def ids(self, endpoint: Receiver) -> collections.Counter[str]:
        return collections.Counter(r.headers['webhook-id'] for r in list(endpoint.requests))

    def twice(self, endpoint: Receiver) -> int:
        return sum(count - 1 for count in self.ids(endpoint).values())

    def kill_database(self, data_dir: pathlib.Path) -> None:
        """The server dies; the supervisor brings it back."""
        pid = (data_dir / 'postgres' / 'postmaster.pid').read_text().split()[0]
        psutil.Process(int(pid)).kill()
