"""Whom the threads of a web process serve next."""

import contextlib
import http.client
import pathlib
import socket
import threading
import time
import types
import typing
from collections.abc import Iterator

import pytest

from karvo.kit import turns
from karvo.kit.turns import MOST_HELD, Turns
from tests.kit.test_web_process import serving


class Callers:
    """Connections by name, and who of them was given back."""

    def __init__(self, stack: contextlib.ExitStack, threads: int) -> None:
        self.stack = stack
        self.given_back: list[str] = []
        self.turns = Turns(
            threads, lambda conn: self.given_back.append(typing.cast('One', conn).name)
        )

    def one(self, name: str, *, says: bytes = b'') -> 'One':
        server, client = socket.socketpair()
        self.stack.enter_context(server)
        self.stack.enter_context(client)
        client.sendall(says)
        return typing.cast('One', types.SimpleNamespace(name=name, sock=server, client=client))

    def next(self) -> str | None:
        found = self.turns.next()
        return typing.cast('One', found).name if found else None


def until_waiting(of: Turns) -> None:
    """Until a thread waits for those it holds."""
    until = time.monotonic() + 10
    while not of._waiting:
        assert time.monotonic() < until
        time.sleep(0.001)


def one_waits(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> tuple[threading.Thread, list[str | None]]:
    """Of two threads that are here one waits for whom it holds; and whom it serves then."""
    monkeypatch.setattr(turns, 'NEXT_MILLISECONDS', 20_000)
    callers.turns.begin()
    callers.turns.begin()
    callers.turns.hold(callers.one('pauses'))
    served: list[str | None] = []
    waits = threading.Thread(target=lambda: served.append(callers.next()))
    waits.start()
    until_waiting(callers.turns)
    return waits, served


class One(typing.Protocol):
    name: str
    sock: socket.socket
    client: socket.socket


@pytest.fixture
def stack() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.fixture
def callers(stack: contextlib.ExitStack) -> Callers:
    """Of a process with one thread, which is here."""
    callers = Callers(stack, threads=1)
    callers.turns.begin()
    return callers


class TestOneThread:
    def test_who_asks_is_next_and_then_nobody(self, callers: Callers) -> None:
        callers.turns.ask(callers.one('a'))
        assert [callers.next(), callers.next()] == ['a', None]

    def test_who_was_answered_and_goes_on_is_served_again(self, callers: Callers) -> None:
        callers.turns.hold(callers.one('a', says=b'GET'))
        assert callers.next() == 'a'
        assert callers.given_back == []

    def test_who_does_not_go_on_is_given_back(self, callers: Callers) -> None:
        callers.turns.hold(callers.one('a'))
        assert callers.next() is None
        assert callers.given_back == ['a']

    def test_who_hangs_up_is_served_to_be_closed(self, callers: Callers) -> None:
        gone = callers.one('a')
        gone.client.close()
        callers.turns.hold(gone)
        assert callers.next() == 'a'

    def test_one_goes_on_while_another_is_held_and_both_have_their_turn(
        self, callers: Callers
    ) -> None:
        slow, quick = callers.one('slow'), callers.one('quick', says=b'GET')
        callers.turns.hold(slow)
        callers.turns.hold(quick)
        assert callers.next() == 'quick'
        slow.client.sendall(b'GET')
        assert callers.next() == 'slow'
        assert callers.given_back == []

    def test_who_was_answered_first_is_looked_at_first(self, callers: Callers) -> None:
        for name in 'abc':
            callers.turns.hold(callers.one(name, says=b'GET'))
        assert [callers.next() for _ in 'abc'] == ['a', 'b', 'c']

    def test_those_who_ask_and_those_who_go_on_come_in_turn(self, callers: Callers) -> None:
        for n in range(4):
            callers.turns.ask(callers.one(f'asks {n}'))
        for n in range(4):
            callers.turns.hold(callers.one(f'goes on {n}', says=b'GET'))
        order = [str(callers.next()) for _ in range(8)]
        assert [name[:4] for name in order] in (['asks', 'goes'] * 4, ['goes', 'asks'] * 4)

    def test_who_pauses_is_kept_while_others_ask(self, callers: Callers) -> None:
        callers.turns.hold(callers.one('pauses'))
        callers.turns.ask(callers.one('a'))
        callers.turns.ask(callers.one('b'))
        assert [callers.next(), callers.next()] == ['a', 'b']
        assert callers.given_back == []

    def test_more_than_some_are_not_held(self, callers: Callers) -> None:
        for n in range(MOST_HELD + 2):
            callers.turns.hold(callers.one(f'{n}'))
        callers.turns.ask(callers.one('asks'))
        assert callers.next() == 'asks'
        assert len(callers.given_back) == MOST_HELD + 2


class TestThreads:
    def test_one_is_wanted_for_each_who_asks_until_all_are_here(
        self, stack: contextlib.ExitStack
    ) -> None:
        """Else what waits for a thread that never leaves would grow with each request."""
        callers = Callers(stack, threads=2)
        assert [callers.turns.ask(callers.one(name)) for name in 'abc'] == [True, True, False]
        callers.turns.begin()
        callers.turns.begin()
        assert not callers.turns.ask(callers.one('d'))
        assert [callers.next() for _ in 'abcd'] == list('abcd')
        assert [callers.next(), callers.next()] == [None, None]
        assert callers.turns.ask(callers.one('e'))

    def test_one_that_is_lost_while_it_waits_leaves_nobody_unwatched(
        self, callers: Callers
    ) -> None:
        broken = callers.one('broken')
        callers.turns.hold(callers.one('held'))
        callers.turns.hold(broken)
        broken.sock.close()
        with pytest.raises(ValueError, match='negative'):
            callers.next()
        assert callers.given_back == ['held', 'broken']
        assert callers.turns._waiting == 0

    def test_one_that_is_lost_leaves_nobody_unwatched(self, stack: contextlib.ExitStack) -> None:
        callers = Callers(stack, threads=2)
        callers.turns.begin()
        callers.turns.begin()
        callers.turns.hold(callers.one('held'))
        callers.turns.quit()
        assert callers.given_back == ['held']
        assert callers.turns.ask(callers.one('a'))


class TestTwoThreads:
    def test_nobody_is_held_for_a_thread_that_is_not_here(
        self, stack: contextlib.ExitStack
    ) -> None:
        """The one that is here may be busy for long; gunicorn's poller wakes the other one."""
        callers = Callers(stack, threads=2)
        callers.turns.begin()
        callers.turns.hold(callers.one('waits'))
        callers.turns.hold(callers.one('goes on', says=b'GET'))
        assert callers.next() == 'goes on'
        assert callers.given_back == ['waits']

    def test_while_both_are_here_either_serves_who_is_held(
        self, stack: contextlib.ExitStack
    ) -> None:
        callers = Callers(stack, threads=2)
        callers.turns.begin()
        callers.turns.begin()
        waits = callers.one('waits')
        callers.turns.hold(waits)
        callers.turns.ask(callers.one('asks'))
        assert callers.next() == 'asks'
        assert callers.given_back == []
        waits.client.sendall(b'GET')
        assert callers.next() == 'waits'

    def test_who_asks_does_not_wait_until_a_thread_is_done_with_those_it_holds(
        self, stack: contextlib.ExitStack, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Both threads are here, one busy for long, the other one waits for whom it holds."""
        callers = Callers(stack, threads=2)
        waits, served = one_waits(callers, monkeypatch)
        assert not callers.turns.ask(callers.one('asks'))
        waits.join(10)
        assert served == ['asks']
        assert callers.given_back == []

    def test_who_is_left_by_one_thread_is_seen_by_the_one_that_waits(
        self, stack: contextlib.ExitStack, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        callers = Callers(stack, threads=2)
        waits, served = one_waits(callers, monkeypatch)
        for name in ('goes on', 'goes on too'):
            callers.turns.hold(callers.one(name, says=b'GET'))
        assert callers.next() == 'goes on'  # and this thread is busy from here
        waits.join(10)
        assert served == ['goes on too']
        assert callers.given_back == []

    def test_many_at_once_are_all_served_and_nobody_is_lost(
        self, stack: contextlib.ExitStack
    ) -> None:
        """Five callers of 200 requests each; who is given back asks again, as by the poller."""
        callers, served, left = Callers(stack, threads=2), [0] * 5, [200] * 5
        everybody = [callers.one(str(n)) for n in range(5)]
        lock, threads = threading.Lock(), threading.Semaphore(2)

        def serve() -> None:
            with threads:
                callers.turns.begin()
                while (conn := callers.turns.next()) is not None:
                    caller = typing.cast('One', conn)
                    n = int(caller.name)
                    caller.sock.recv(3)
                    with lock:
                        served[n] += 1
                        left[n] -= 1
                    if left[n]:
                        caller.client.sendall(b'GET')
                        callers.turns.hold(conn)

        for caller in everybody:
            caller.client.sendall(b'GET')
            callers.turns.ask(caller)
        until = time.monotonic() + 30
        while sum(left) and time.monotonic() < until:
            pool = [threading.Thread(target=serve) for _ in range(2)]
            for thread in pool:
                thread.start()
            for thread in pool:
                thread.join()
            for name in callers.given_back:
                callers.turns.ask(everybody[int(name)])
            callers.given_back.clear()
        assert served == [200] * 5


def latencies(port: int, path: str, seconds: float) -> list[float]:
    """Of one caller who goes on at once, in seconds."""
    found = []
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=20)
    with contextlib.closing(connection):
        until = time.monotonic() + seconds
        while (began := time.monotonic()) < until:
            connection.request('GET', path)
            assert connection.getresponse().read() == path.encode()
            found.append(time.monotonic() - began)
    return found


@pytest.fixture
def two_threads(tmp_path: pathlib.Path) -> Iterator[int]:
    with serving(tmp_path, threads=2) as port:
        yield port


class TestUnderGunicorn:
    @pytest.mark.wall_clock
    def test_a_slow_request_holds_nobody_up_while_a_thread_is_free(self, two_threads: int) -> None:
        """One caller's requests take 0.3 s each; three others share the other thread."""
        slow = threading.Thread(target=latencies, args=(two_threads, '/slow', 2))
        slow.start()
        quick: list[list[float]] = [[], [], []]
        others = [
            threading.Thread(
                target=lambda n=n: quick[n].extend(latencies(two_threads, '/quick', 2))
            )  # type: ignore[misc]
            for n in range(3)
        ]
        for thread in others:
            thread.start()
        for thread in [slow, *others]:
            thread.join()
        assert min(len(one) for one in quick) > 50
        assert max(max(one) for one in quick) < 0.25
