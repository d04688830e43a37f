"""Deliveries sent by a real engine to real sockets: what arrives, and what becomes of the rest."""

import contextlib
import datetime as dt
import gzip
import json
import resource
import socket
import threading
import time
import typing
from collections.abc import Iterator

import pytest
from standardwebhooks.webhooks import Webhook as Verifier

from karvo.kit import clock
from karvo.kit.outbox import EventRow
from karvo.webhooks.engine import Engine
from karvo.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery, WebhookState
from karvo.webhooks.operations.fan_out import fan_out
from tests.conftest import Api
from tests.receivers import OK, Received, receiver, status
from tests.webhooks.conftest import actor_of, customer, hook


@pytest.fixture(autouse=True)
def loopback(allowing: typing.Callable[..., None]) -> None:
    allowing('127.0.0.0/8')


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(threads=24)
    yield made
    made.stop()


def carry(api: Api, engine: Engine, until: typing.Callable[[], bool], seconds: float = 5) -> None:
    """Turns, as a worker takes them, until it holds."""
    deadline = time.monotonic() + seconds
    with api.company():
        actor = actor_of(api)
        while not until():
            assert time.monotonic() < deadline, 'nothing came of it in time'
            due = engine.carry(actor)
            wait = (due - clock.now()).total_seconds() if due else 0.05
            time.sleep(min(max(wait, 0.01), 0.05))


def states(api: Api) -> list[str]:
    with api.company():
        return [row.state for row in WebhookDelivery.select().order_by(WebhookDelivery.id)]


def settled(api: Api, count: int) -> typing.Callable[[], bool]:
    """So many deliveries, and each at its end."""
    return lambda: len(found := states(api)) == count and 'waiting' not in found


def health(api: Api) -> WebhookState:
    with api.company():
        return WebhookState.get()


class TestDelivering:
    def test_an_event_arrives_signed_as_the_feed_shows_it(self, api: Api, engine: Engine) -> None:
        with receiver() as endpoint:
            made = hook(api, url=endpoint.url, headers={'Authorization': 'Bearer x'})
            customer(api)
            carry(api, engine, settled(api, 1))
            [request] = endpoint.requests
        body = Verifier(made['secret']).verify(request.body, request.headers)
        assert body == api.get('/events').json['data'][-1]
        assert request.headers['webhook-id'] == body['id']
        assert request.headers['authorization'] == 'Bearer x'
        assert request.headers['content-type'] == 'application/json'
        assert states(api) == ['delivered']
        with api.company():
            attempt = WebhookAttempt.get()
        assert (attempt.number, attempt.outcome, attempt.status) == (1, 'delivered', 200)
        assert bytes(attempt.reply) == b'ok'

    def test_woocommerce_headers_where_asked_for(self, api: Api, engine: Engine) -> None:
        with receiver() as endpoint:
            hook(api, url=endpoint.url, signatures=['v1', 'v1a', 'wc'])
            customer(api)
            carry(api, engine, settled(api, 1))
            headers = endpoint.requests[0].headers
        assert headers['x-wc-webhook-topic'] == 'customer.created'
        assert headers['x-wc-webhook-resource'] == 'customer'
        assert ' v1a,' in headers['webhook-signature']

    def test_many_over_few_connections(self, api: Api, engine: Engine) -> None:
        with receiver() as endpoint:
            hook(api, url=endpoint.url)
            for n in range(30):
                customer(api, f'C{n}')
            carry(api, engine, settled(api, 30))
            assert len({r.headers['webhook-id'] for r in endpoint.requests}) == 30
            assert len(endpoint.requests) == 30
            assert endpoint.connections <= 8

    def test_nothing_of_a_request_that_failed(self, api: Api, engine: Engine) -> None:
        with receiver() as endpoint:
            hook(api, url=endpoint.url)
            customer(api)
            assert api.post('/customers', {'code': 'ACME', 'name': 'again'}).status_code == 422
            carry(api, engine, settled(api, 1))
            assert len(endpoint.requests) == 1


class TestFailing:
    def test_it_is_tried_again_with_the_same_id_and_bytes(self, api: Api, engine: Engine) -> None:
        replies = [status(500), status(302, 'Location: http://127.0.0.1/'), OK]

        def answer(connection: socket.socket, _request: Received) -> None:
            connection.sendall(replies.pop(0))

        with receiver(answer) as endpoint:
            hook(api, url=endpoint.url, schedule=[0, 0, 0])
            customer(api)
            carry(api, engine, settled(api, 1))
            assert len({(r.headers['webhook-id'], r.body) for r in endpoint.requests}) == 1
        assert states(api) == ['delivered']
        with api.company():
            attempts = list(WebhookAttempt.select().order_by(WebhookAttempt.id))
        assert [(a.number, a.status) for a in attempts] == [(1, 500), (2, 302), (3, 200)]

    def test_after_the_last_attempt_it_has_failed(self, api: Api, engine: Engine) -> None:
        with receiver(status(500)) as endpoint:
            hook(api, url=endpoint.url, schedule=[0, 0])
            customer(api)
            carry(api, engine, settled(api, 1))
            assert len(endpoint.requests) == 2
        assert states(api) == ['failed']

    def test_410_disables_the_endpoint_at_once(self, api: Api, engine: Engine) -> None:
        with receiver(status(410)) as endpoint:
            made = hook(api, url=endpoint.url)
            customer(api)
            customer(api, 'B')
            carry(api, engine, settled(api, 2))
            assert len(endpoint.requests) <= 2
        shown = api.get(f'/webhooks/{made["id"]}').json
        assert shown['status'] == 'disabled' and '410' in shown['status_reason']
        types = [event['type'] for event in api.get('/events').json['data']]
        assert types[-1] == 'webhook.disabled'

    def test_retry_after_holds_the_whole_endpoint_and_is_no_failure(
        self, api: Api, engine: Engine
    ) -> None:
        with receiver(status(429, 'Retry-After: 100')) as endpoint:
            hook(api, url=endpoint.url)
            for n in range(5):
                customer(api, f'C{n}')
            carry(api, engine, lambda: bool(endpoint.requests) and not health(api).held_until)
            assert len(endpoint.requests) == 1
        state = health(api)
        wait = (state.quiet_until - clock.now()).total_seconds()
        assert state.failures == 0 and 90 < wait <= 100
        with api.company():
            tried = WebhookDelivery.get(WebhookDelivery.deferrals == 1)
        assert 90 < (tried.due_at - clock.now()).total_seconds() <= 205

    def test_ten_failures_open_the_breaker_and_one_probe_closes_it(
        self, api: Api, engine: Engine
    ) -> None:
        is_well = threading.Event()

        def answer(connection: socket.socket, _request: Received) -> None:
            connection.sendall(OK if is_well.is_set() else status(500))

        with receiver(answer) as endpoint:
            hook(api, url=endpoint.url, schedule=[0] * 5)
            for n in range(6):
                customer(api, f'C{n}')
            carry(api, engine, lambda: health(api).open_until is not None)
            assert len(endpoint.requests) == 10
            is_well.set()
            with api.company():
                past = clock.now() - dt.timedelta(seconds=1)
                WebhookState.update(open_until=past).execute()
            carry(api, engine, settled(api, 6))
        assert health(api).failures == 0

    def test_what_is_blocked_fails_at_once_and_nothing_connects(
        self, api: Api, engine: Engine, allowing: typing.Callable[..., None]
    ) -> None:
        with receiver() as endpoint:
            hook(api, url=endpoint.url)
            allowing()
            customer(api)
            carry(api, engine, settled(api, 1))
            assert endpoint.connections == 0
        with api.company():
            assert WebhookAttempt.get().outcome == 'blocked'

    def test_an_event_that_is_not_kept_any_more_fails_at_once(
        self, api: Api, engine: Engine
    ) -> None:
        with receiver() as endpoint:
            hook(api, url=endpoint.url)
            customer(api)
            with api.company():
                fan_out(actor_of(api))
                EventRow.delete().where(EventRow.type == 'customer.created').execute()
            carry(api, engine, settled(api, 1))
            assert endpoint.requests == []
        assert states(api) == ['failed']

    def test_a_secret_that_cannot_be_read_holds_up_nobody_else(
        self, api: Api, engine: Engine
    ) -> None:
        with receiver() as one, receiver() as other:
            broken = hook(api, url=one.url, events=['customer.*'], schedule=[0, 0])
            hook(api, url=other.url, events=['customer.*'])
            with api.company():
                Webhook.update(secrets=b'x').where(Webhook.id == broken['id']).execute()
            customer(api)
            carry(api, engine, settled(api, 2))
            assert (len(one.requests), len(other.requests)) == (0, 1)
        assert sorted(states(api)) == ['delivered', 'failed']


class TestPace:
    def test_at_most_eight_at_once(self, api: Api, engine: Engine) -> None:
        lock, now_, most = threading.Lock(), 0, 0

        def answer(connection: socket.socket, _request: Received) -> None:
            nonlocal now_, most
            with lock:
                now_ += 1
                most = max(most, now_)
            time.sleep(0.02)
            with lock:
                now_ -= 1
            connection.sendall(OK)

        with receiver(answer) as endpoint:
            hook(api, url=endpoint.url)
            for n in range(60):
                customer(api, f'C{n}')
            carry(api, engine, settled(api, 60), 10)
        assert 1 < most <= 8

    def test_the_endpoints_own_rate(self, api: Api, engine: Engine) -> None:
        with receiver() as endpoint:
            hook(api, url=endpoint.url, rate_limit=600)
            for n in range(6):
                customer(api, f'C{n}')
            began = time.monotonic()
            carry(api, engine, settled(api, 6))
            assert time.monotonic() - began > 0.45

    def test_one_order_key_one_after_the_other(self, api: Api, engine: Engine) -> None:
        seen: list[tuple[int, int]] = []
        failed: list[int] = []

        def answer(connection: socket.socket, request: Received) -> None:
            body = json.loads(request.body)
            number = body['data']['object']['id']
            if body['sequence'] % 3 == 0 and body['sequence'] not in failed:
                failed.append(body['sequence'])
                connection.sendall(status(500))
                return
            seen.append((number, body['sequence']))
            connection.sendall(OK)

        with receiver(answer) as endpoint:
            hook(
                api, url=endpoint.url, ordering='resource', schedule=[0] * 5, events=['customer.*']
            )
            for n in range(4):
                customer(api, f'C{n}')
            for n in range(12):
                api.put(f'/customers/{n % 4 + 1}', {'name': f'N{n}'})
            carry(api, engine, settled(api, 16), 10)
        for number in {n for n, _ in seen}:
            own = [sequence for n, sequence in seen if n == number]
            assert own == sorted(own)


class TestOrder:
    def test_what_waits_for_an_earlier_one_does_not_keep_the_endpoint_busy(
        self, api: Api, engine: Engine
    ) -> None:
        with receiver(status(500)) as endpoint:
            hook(api, url=endpoint.url, ordering='resource', schedule=[0, 300])
            customer(api)
            assert api.put('/customers/1', {'name': 'B'}).status_code == 200
            carry(api, engine, lambda: bool(endpoint.requests) and not health(api).held_until)
            with api.company():
                due = engine.carry(actor_of(api))
            assert due is not None and (due - clock.now()).total_seconds() > 200
            assert len(endpoint.requests) == 1


class TestNeighbours:
    @pytest.mark.wall_clock
    def test_endpoints_that_hang_do_not_delay_a_healthy_one(
        self, api: Api, other: Api, engine: Engine
    ) -> None:
        with receiver(lambda connection, _request: time.sleep(8)) as dead, receiver() as well:
            for _ in range(14):
                hook(api, url=dead.url, timeout=2)
            customer(api)
            hook(other, url=well.url)
            with api.company():
                engine.carry(actor_of(api))
            began = time.monotonic()
            for n in range(20):
                customer(other, f'C{n}')
            carry(other, engine, settled(other, 20))
            assert time.monotonic() - began < 2


class TestHostile:
    """Whatever comes back, it is noted, nothing private is reached, and the engine goes on."""

    def test_every_kind_of_bad_reply(
        self, api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr('karvo.kit.posting.BODY_SECONDS', 0.3)
        packed = gzip.compress(bytes(256 << 20), compresslevel=1)
        head = f'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n'
        nul = b'HTTP/1.1 500 X\r\nContent-Length: 5\r\n\r\n\0<b>\xff'
        with contextlib.ExitStack() as stack:
            inside = stack.enter_context(receiver())
            replies = {
                'gzip': head.encode() + packed,
                'redirect': status(302, f'Location: {inside.url}'),
                'nul': nul,
                'cut': _ending(b'HTTP/1.1 200 OK\r\nContent-Le'),
                'drip': _drip,
                'silent': lambda connection, _request: time.sleep(3),
                'gone': lambda connection, _request: connection.shutdown(2),
            }
            own = {'events': ['customer.*'], 'schedule': [0], 'timeout': 1}
            hooks = {
                name: hook(api, url=stack.enter_context(receiver(one)).url, **own)
                for name, one in replies.items()
            }
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            customer(api)
            carry(api, engine, settled(api, len(replies)), 15)
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            assert inside.connections == 0
        assert grown < 50 << 10
        with api.company():
            tried = {row.webhook_id: row for row in WebhookAttempt.select()}
        found = {name: tried[made['id']] for name, made in hooks.items()}
        assert {name: row.outcome for name, row in found.items()} == {
            'gzip': 'delivered',
            'redirect': 'status',
            'nul': 'status',
            'cut': 'reply',
            'drip': 'timeout',
            'silent': 'timeout',
            'gone': 'connection',
        }
        assert bytes(found['nul'].reply) == b'\0<b>\xff'
        shown = api.get(f'/webhooks/deliveries/{found["nul"].delivery_id}').json
        assert '<b>' not in json.dumps(shown['attempts'])


def _ending(reply: bytes) -> typing.Any:
    def answer(connection: socket.socket, _request: Received) -> None:
        connection.sendall(reply)
        connection.shutdown(socket.SHUT_RDWR)

    return answer


def _drip(connection: socket.socket, _request: Received) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\n')
    for _ in range(100):
        connection.sendall(b'x')
        time.sleep(0.05)


class TestStopping:
    def test_the_endpoints_are_given_back(self, api: Api) -> None:
        made = Engine(threads=4)
        with receiver() as endpoint:
            hook(api, url=endpoint.url)
            customer(api)
            with api.company():
                made.carry(actor_of(api))
            made.stop()
        assert health(api).held_until is None
        assert states(api) == ['delivered']

    def test_what_a_dead_worker_held_is_taken_over_when_its_lease_ends(
        self, api: Api, engine: Engine
    ) -> None:
        with receiver() as endpoint:
            hook(api, url=endpoint.url)
            customer(api)
            soon = clock.now() + dt.timedelta(seconds=0.5)
            with api.company():
                WebhookState.update(held_by='dead', held_until=soon).execute()
            carry(api, engine, settled(api, 1))
            assert clock.now() > soon
