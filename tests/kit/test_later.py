"""What requests leave to a thread of their process."""

import os
import threading
import time
from collections.abc import Callable

import pytest

from karvo.kit.later import Later
from karvo.kit.log import log


def until(is_so: Callable[[], object], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.002)
    return bool(is_so())


class Owner:
    """Puts down what there is to do, and has it done."""

    def __init__(self, gather: float = 0.02, rest: float = 0.0) -> None:
        self.waiting: list[int] = []
        self.done: list[list[int]] = []
        self.failures = 0
        self.later = Later('owner', self.work, gather=gather, rest=rest, again=0.02)

    def have(self, *numbers: int) -> None:
        for number in numbers:
            self.waiting.append(number)
            self.later.ask()

    def work(self) -> bool:
        if self.failures:
            self.failures -= 1
            return False
        batch, self.waiting = self.waiting, []
        if batch:
            self.done.append(batch)
        return True


class TestAsk:
    def test_all_of_a_moment_at_once_and_in_their_order(self) -> None:
        owner = Owner(gather=0.3)
        owner.have(1, 2, 3)
        assert owner.done == []
        assert until(lambda: owner.done) and owner.done == [[1, 2, 3]]

    def test_again_after_a_while_of_nothing(self) -> None:
        owner = Owner(gather=0.005)
        for number in range(5):
            owner.have(number)
            assert until(lambda n=number: len(owner.done) == n + 1)
            time.sleep(0.02)
        assert owner.done == [[0], [1], [2], [3], [4]]

    def test_nothing_is_left_when_many_ask_all_the_time(self) -> None:
        owner = Owner(gather=0.0005)

        def go_on(first: int) -> None:
            for number in range(first, first + 3000):
                owner.later.doing.acquire()  # as a lock of its own would: nobody takes it half
                owner.waiting.append(number)
                owner.later.doing.release()
                owner.later.ask()

        threads = [threading.Thread(target=go_on, args=(n * 3000,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert until(lambda: sum(map(len, owner.done)) == 12000)
        assert sorted(n for batch in owner.done for n in batch) == list(range(12000))

    def test_rests_between_two_times(self) -> None:
        owner = Owner(gather=0.001, rest=0.2)
        owner.have(1)
        assert until(lambda: owner.done)
        owner.have(2)
        time.sleep(0.05)
        assert owner.done == [[1]]
        assert until(lambda: owner.done == [[1], [2]])

    def test_is_tried_until_it_can_be_done(self) -> None:
        owner = Owner()
        owner.failures = 3
        owner.have(1)
        assert until(lambda: owner.done == [[1]]) and owner.failures == 0

    def test_an_error_is_told_and_tried_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        owner, told = Owner(), []
        with monkeypatch.context() as patch:
            patch.setattr(log, 'exception', lambda what, **more: told.append((what, more)))
            patch.setattr(owner.later, '_work', lambda: 1 / 0)
            owner.have(1)
            assert until(lambda: len(told) > 1)
        assert told[0] == ('left undone', {'work': 'owner'})
        owner.have(2)
        assert until(lambda: owner.done == [[1, 2]])

    def test_nor_does_a_log_that_nobody_reads_end_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        owner, tried = Owner(), []

        def fail() -> bool:
            tried.append(1)
            raise OSError('the database')

        def broken(*_: object, **__: object) -> None:
            raise BrokenPipeError

        with monkeypatch.context() as patch:
            patch.setattr(log, 'exception', broken)
            patch.setattr(owner.later, '_work', fail)
            owner.have(1)
            assert until(lambda: len(tried) > 1)
        assert until(lambda: owner.done == [[1]])

    def test_a_thread_that_cannot_be_begun_is_begun_the_next_time(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        owner = Owner()

        def none(_: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, 'start', none)
            owner.have(1)
        assert owner.done == []
        owner.have(2)
        assert until(lambda: owner.done == [[1, 2]])


class TestFlush:
    def test_does_it_now(self) -> None:
        owner = Owner(gather=60.0)
        owner.have(1, 2)
        assert owner.later.flush() is True
        assert owner.done == [[1, 2]]

    def test_says_what_failed(self) -> None:
        owner = Owner(gather=60.0)
        owner.failures = 1
        owner.have(1)
        assert owner.later.flush() is False
        assert owner.waiting == [1]

    def test_what_fails_at_somebody_elses_flush_is_tried_again(self) -> None:
        owner = Owner(gather=0.001, rest=0.2)
        owner.have(1)
        assert until(lambda: owner.done)
        owner.have(2)
        owner.failures = 1
        assert owner.later.flush() is False
        assert until(lambda: owner.done == [[1], [2]])

    def test_is_never_done_twice_at_the_same_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr('karvo.kit.later.PATIENCE', 0.05)
        owner = Owner()
        with owner.later.doing:
            owner.have(1)
            assert owner.later.flush() is False
            assert owner.done == []
        assert until(lambda: owner.done == [[1]])


def test_a_copy_of_the_process_begins_a_thread_of_its_own() -> None:
    owner = Owner(gather=0.001)
    owner.have(1)
    assert until(lambda: owner.done)
    child = os.fork()
    if not child:
        owner.have(2)
        os._exit(0 if until(lambda: owner.done == [[1], [2]]) else 1)
    assert os.waitpid(child, 0)[1] == 0
