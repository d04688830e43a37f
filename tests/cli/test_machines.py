"""Two machines that share nothing but the database; a machine that has grown too large."""

import pathlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from karvo.kit.db import url_of
from tests.cli.processes import Karvo, ask, start_machine, wait_until
from tests.conftest import Api, wide_key

BODY = {'customer_code': 'A', 'customer_name': 'A', 'subtotal': 100}
Machine = tuple[Karvo, int]
pytestmark = pytest.mark.xdist_group('serve')


@pytest.fixture(scope='module')
def machines(
    server: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Machine]]:
    folder = tmp_path_factory.mktemp('machines')
    found = [start_machine(folder / name, url_of('main'), workers='1') for name in ('a', 'b')]
    yield found
    for one, _ in found:
        one.kill()


class TestTwo:
    def test_number_without_gaps_between_them(self, machines: list[Machine], api: Api) -> None:
        ports = [port for _, port in machines]
        with ThreadPoolExecutor(8) as pool:
            posts = [
                pool.submit(ask, ports[n % 2], api.key, 'POST', '/invoices', BODY)
                for n in range(24)
            ]
            answers = [post.result() for post in posts]
        assert {answer.status for answer in answers} == {201}
        numbers = sorted(int(answer.body['invoice_no'][-4:]) for answer in answers)
        assert numbers == list(range(1, 25))
        assert api.difference() == 0

    def test_a_repeat_at_the_other_gets_the_first_answer(
        self, machines: list[Machine], api: Api
    ) -> None:
        (_, a), (_, b) = machines
        first = ask(a, api.key, 'POST', '/invoices', BODY, Idempotency_Key='one-of-two')
        again = ask(b, api.key, 'POST', '/invoices', BODY, Idempotency_Key='one-of-two')
        assert again.body == first.body
        assert again.headers['idempotency-replayed'] == 'true'

    def test_a_key_revoked_at_one_is_refused_by_the_other_within_seconds(
        self, machines: list[Machine], api: Api
    ) -> None:
        (_, a), (_, b) = machines
        made = ask(a, api.key, 'POST', '/keys', {'scopes': 'read-only'}).body
        key, number = made['api_key'], made['id']
        assert [ask(p, key, 'GET', '/customers').status for p in (a, b)] == [200, 200]
        assert ask(a, api.key, 'DELETE', f'/keys/{number}').status == 200
        assert ask(a, key, 'GET', '/customers').status == 401
        wait_until(lambda: ask(b, key, 'GET', '/customers').status == 401, 8)

    def test_share_a_keys_rate(self, machines: list[Machine], api: Api) -> None:
        key = wide_key(api.tenant, rate_limit=20)
        while time.time() % 60 > 48:  # the window is a minute of the clock
            time.sleep(0.5)
        statuses = [ask(machines[n % 2][1], key, 'GET', '/ping?x').status for n in range(2)]
        assert statuses == [200, 200]
        answers = [ask(machines[n % 2][1], key, 'GET', '/customers').status for n in range(40)]
        assert answers.count(200) <= 20
        assert answers.count(429) >= 20


class TestLarge:
    def test_a_worker_beyond_its_memory_is_replaced_and_no_request_is_lost(
        self, server: pathlib.Path, tmp_path: pathlib.Path, api: Api
    ) -> None:
        one, port = start_machine(tmp_path, url_of('main'), '1', KARVO_WORKER_MEMORY_MIB='1')
        try:
            [first] = one.web().children()
            for _ in range(20):
                assert ask(port, api.key, 'GET', '/customers').status == 200
                time.sleep(0.1)
            wait_until(lambda: [first] != one.web().children() != [], 10)
            assert ask(port, api.key, 'GET', '/customers').status == 200
        finally:
            one.kill()
