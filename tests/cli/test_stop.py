"""SIGTERM while requests run: what was begun ends and is kept, nothing new begins, status 0."""

import contextlib
import http.client
import os
import pathlib
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from karvo.kit.db import database, url_of
from tests.cli.processes import Karvo, ask, get, listens, start_machine, wait_until
from tests.conftest import Api
from tests.counters import counters_held, waiting

BODY = {'customer_code': 'A', 'customer_name': 'A', 'subtotal': 100}


@pytest.fixture
def machine(server: pathlib.Path, tmp_path: pathlib.Path) -> Iterator[tuple[Karvo, int]]:
    one, port = start_machine(tmp_path, url_of('main'))
    yield one, port
    if one.process.poll() is None:
        one.kill()


@pytest.fixture
def held(api: Api) -> Iterator[psycopg.Connection]:
    """Somebody holds the company's counters: every POST /invoices waits for its number."""
    assert api.post('/invoices', BODY).status_code == 201
    with counters_held(api) as connection:
        yield connection


class TestSilence:
    @pytest.mark.wall_clock
    def test_of_many_connections_keeps_nobody_waiting(self, machine: tuple[Karvo, int]) -> None:
        one, port = machine
        with contextlib.ExitStack() as silent:
            for _ in range(8):
                silent.enter_context(socket.create_connection(('127.0.0.1', port)))
            started = time.monotonic()
            assert get(port)[0] == 200
            assert time.monotonic() - started < 4


class TestTerm:
    def test_a_request_in_flight_ends_and_is_kept_while_new_connections_are_refused(
        self, machine: tuple[Karvo, int], api: Api, held: psycopg.Connection
    ) -> None:
        one, port = machine
        with ThreadPoolExecutor(2) as pool:
            posts = [pool.submit(ask, port, api.key, 'POST', '/invoices', BODY) for _ in range(2)]
            wait_until(lambda: waiting() >= 2)
            os.killpg(one.process.pid, signal.SIGTERM)
            wait_until(lambda: not listens(port), 5)
            assert not any(post.done() for post in posts)
            assert one.process.poll() is None
            held.rollback()
            answers = [post.result(10) for post in posts]
        status, errors = one.refused()
        assert [answer.status for answer in answers] == [201, 201]
        assert (status, 'Traceback' in errors) == (0, False)
        numbers = {answer.body['invoice_no'] for answer in answers}
        with api.company():
            kept = {number for (number,) in database.run('SELECT number FROM @document')}
        assert len(numbers) == 2 and numbers < kept and len(kept) == 3

    @pytest.mark.wall_clock
    def test_idle_connections_do_not_hold_it_up(self, machine: tuple[Karvo, int]) -> None:
        one, port = machine
        # Kept alive after an answer; opened and never used, just now and a while ago.
        with contextlib.ExitStack() as idle:
            kept = http.client.HTTPConnection('127.0.0.1', port, timeout=10)
            idle.enter_context(contextlib.closing(kept))
            kept.request('GET', '/wp-json/se-erp/v2/ping')
            assert kept.getresponse().read()
            idle.enter_context(socket.create_connection(('127.0.0.1', port)))
            time.sleep(0.5)
            idle.enter_context(socket.create_connection(('127.0.0.1', port)))
            started = time.monotonic()
            status, _ = one.end(signal.SIGTERM)
            assert status == 0
            assert time.monotonic() - started < 6
