"""What is kept of a write that came with an Idempotency-Key, and what counts as the same write."""

import contextlib
import hashlib
import json
import threading
import time
import typing
from collections.abc import Iterator

import pytest

from karvo.kit import crypto, idempotency
from karvo.kit.db import close_all, company, connect, current_place, database, url_of
from karvo.kit.errors import InFlight
from karvo.kit.idempotency import Answer, Attempt, IdempotencyKey, company_store, once
from tests.conftest import Api

BODY = {'account': 'Jane Smith'}
KEY = {'Idempotency-Key': 'once-only'}


def stored(api: Api) -> IdempotencyKey:
    with api.company():
        return IdempotencyKey.get()


def post(api: Api, query: str = '', **headers: str) -> tuple[int, str]:
    answer = api.client.simulate_post(
        '/api/v2/customers', query_string=query, json=BODY, headers={**KEY, **headers}
    )
    return answer.status_code, answer.headers.get('idempotency-replayed', '')


class TestDigest:
    def test_is_no_plain_hash_of_the_body(self, api: Api) -> None:
        bearer = {'Authorization': f'Bearer {api.key}'}
        assert post(api, **bearer) == (201, '')
        body = json.dumps(BODY, separators=(',', ':'), ensure_ascii=False).encode()
        plain = {hashlib.sha256(text).hexdigest() for text in (body, json.dumps(BODY).encode())}
        assert stored(api).body_digest not in plain
        assert len(stored(api).body_digest) == 64

    def test_an_older_key_of_the_installation_still_knows_it(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bearer = {'Authorization': f'Bearer {api.key}'}
        assert post(api, **bearer)[0] == 201
        old = crypto.signing_keys('idempotency 1')
        monkeypatch.setattr(crypto, 'signing_keys', lambda _purpose: [b'n' * 32, *old])
        assert post(api, **bearer) == (201, 'true')
        monkeypatch.setattr(crypto, 'signing_keys', lambda _purpose: [b'n' * 32])
        assert post(api, **bearer)[0] == 400


class TestSameWrite:
    def test_wherever_its_credential_stands(self, api: Api) -> None:
        assert post(api, f'api_key={api.key}') == (201, '')
        assert post(api, Authorization=f'Bearer {api.key}') == (201, 'true')
        assert post(api, f'a=1&api_key={api.key}')[1] == ''


ATTEMPT = Attempt(key='k', credential='1:key:1', method='POST', path='/customers', body=b'{}')
DONE = Answer(201, b'{}')


class First:
    """A request that took the key in a session of its own, and does not end."""

    def __init__(self, *, has_session: bool = True) -> None:
        self._place, self._has_session = current_place(), has_session
        self._taken, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._taken.wait(10)

    def _run(self) -> None:
        with company(self._place):
            idempotency._replayed(company_store, ATTEMPT, 'first', self._has_session)
            [(self._pid,)] = database.run('SELECT pg_backend_pid()')
            self._taken.set()
            self._over.wait(30)
            close_all()

    def die(self) -> None:
        """Its session is gone, and the database knows."""
        self._over.set()
        self._thread.join()
        gone = f'SELECT count(*) FROM pg_stat_activity WHERE pid = {self._pid}'
        deadline = time.monotonic() + 10
        while database.run(gone).fetchone() != (0,):
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.fixture
def first(api: Api) -> Iterator[typing.Callable[..., First]]:
    """Makes them, and ends those that the test left."""
    with api.company(), contextlib.ExitStack() as stack:

        def make(**options: bool) -> First:
            one = First(**options)
            stack.callback(one.die)
            return one

        yield make


class TestTheFirstIsGone:
    """killed, or its database was: who asks again need not wait for the lease."""

    def test_while_its_session_lives_it_is_waited_for(self, first) -> None:
        first()
        with pytest.raises(InFlight):
            once(company_store, ATTEMPT, lambda: DONE)

    def test_once_its_session_is_gone_the_next_one_does_it(self, first) -> None:
        first().die()
        assert once(company_store, ATTEMPT, lambda: DONE) == (DONE, False)
        assert once(company_store, ATTEMPT, lambda: DONE) == (DONE, True)

    def test_what_has_no_frame_may_go_on_without_its_session(self, first) -> None:
        first(has_session=False).die()
        with pytest.raises(InFlight):
            once(company_store, ATTEMPT, lambda: DONE)

    def test_who_was_taken_over_from_keeps_nothing(self, api: Api) -> None:
        table = f'{api.tenant.schema}.idempotency_key'

        def act() -> Answer:
            with connect(url_of('main')) as other:
                other.execute(f"UPDATE {table} SET holder = 'another'")
            return DONE

        with api.company():
            with pytest.raises(InFlight, match='took over'):
                once(company_store, ATTEMPT, act)
            assert IdempotencyKey.get().holder == 'another'
