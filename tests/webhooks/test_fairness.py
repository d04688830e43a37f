"""Neighbours of the noisy: a real worker process, endpoints that hang, another tenant's flood."""

import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time
import typing
from collections.abc import Iterator

import pytest

from karvo.kit import clock
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place, url_of
from karvo.kit.events import CATALOGUE, Event
from karvo.kit.work import atomic
from tests.conftest import Api
from tests.receivers import Receiver, receiver, status
from tests.webhooks.conftest import hook

IS_SOAK = bool(os.environ.get('KARVO_SOAK'))
FLOOD = 50_000 if IS_SOAK else 3_000
ROOT = pathlib.Path(__file__).parents[2]
pytestmark = pytest.mark.xdist_group('fairness')


class Noise(Event, frozen=True):
    """Something happened."""

    name = 'test.noise'
    resource = 'noise'


del CATALOGUE['test.noise']  # it is in no document of the API


@pytest.fixture
def worker(
    server: pathlib.Path, allowing: typing.Callable[..., None]
) -> Iterator[subprocess.Popen[bytes]]:
    """One process of the role, as `karvo serve` starts it."""
    allowing('127.0.0.0/8')
    own = {
        'KARVO_DATABASE_URL': url_of('main'),
        'KARVO_WEBHOOK_ALLOW_CIDRS': '127.0.0.0/8',
        'PYTHONPATH': str(ROOT),
    }
    process = subprocess.Popen(
        [sys.executable, '-m', 'karvo', 'role', 'worker'],
        env=os.environ | own,
        stderr=subprocess.DEVNULL,
    )
    yield process
    process.kill()
    process.wait(30)


def announce(api: Api, count: int, first: int = 0) -> None:
    """Events, up to a thousand in a transaction."""
    with api.company():
        actor = system_actor('test', current_place())
        for start in range(0, count, 1000):
            with atomic() as work:
                for n in range(start, min(start + 1000, count)):
                    work.record(Noise(id=first + n, uid='', object={'n': n}), actor)


class TestNeighbours:
    def test_twenty_endpoints_that_hang_or_fail_do_not_delay_a_healthy_one(
        self, api: Api, other: Api, worker: subprocess.Popen[bytes]
    ) -> None:
        arrived: dict[str, float] = {}

        def take(connection: typing.Any, request: typing.Any) -> None:
            arrived[request.headers['webhook-id']] = time.time()
            connection.sendall(status(200))

        with receiver(lambda c, _r: time.sleep(20)) as dead, receiver(status(500)) as failing:
            for n in range(20):
                hook(api, url=(dead if n % 2 else failing).url)
            with receiver(take) as well:
                hook(other, url=well.url)
                announce(other, 1)
                self.wait_for(arrived, 1)
                announce(api, 300)
                for n in range(100):
                    announce(other, 1, first=n)
                    time.sleep(0.02)
                self.wait_for(arrived, 101)
        delays = sorted(arrived[uid] - at for uid, at in self.sent(other).items())
        assert delays[98] < 1.0, (statistics.median(delays), delays[-3:])

    @pytest.mark.wall_clock
    def test_a_flood_of_one_tenant_does_not_delay_another_ones_first(
        self, api: Api, other: Api, worker: subprocess.Popen[bytes]
    ) -> None:
        first = threading.Event()
        with (
            receiver() as busy,
            receiver(lambda c, _r: (first.set(), c.sendall(status(200)))[0]) as quiet,
        ):
            hook(api, url=busy.url)
            hook(other, url=quiet.url)
            announce(api, FLOOD)
            self.wait_for(busy.requests, 50)
            assert not self.is_through(busy)
            began = time.monotonic()
            announce(other, 1)
            assert first.wait(10)
            assert time.monotonic() - began < 2.0
            assert not self.is_through(busy), 'the flood was over already'

    def is_through(self, endpoint: Receiver) -> bool:
        return len(endpoint.requests) >= FLOOD

    def wait_for(self, arrived: typing.Sized, count: int) -> None:
        deadline = time.monotonic() + 30
        while len(arrived) < count:
            assert time.monotonic() < deadline, f'{len(arrived)} of {count}'
            time.sleep(0.02)

    def sent(self, api: Api) -> dict[str, float]:
        """When each event was recorded."""
        shown = api.get('/events', params={'limit': '1000'}).json['data']
        rows = [row for row in shown if row['type'] == 'test.noise']
        return {row['id']: clock.dt.datetime.fromisoformat(row['timestamp']).timestamp()
                for row in rows}  # fmt: skip
