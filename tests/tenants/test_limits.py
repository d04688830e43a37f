"""Rate limits in shared memory: exact over threads, processes and machines."""

import multiprocessing
import os
import pathlib
import signal
import subprocess
import sys
import threading
import typing

import pytest

from tenants.limits import Limits

NOW = 1_800_000_000.0


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / 'limits'


def hammer(path: pathlib.Path, count: int, allowed: 'multiprocessing.Queue[int]') -> None:
    limits = Limits(path)
    totals: list[int] = []

    def run() -> None:
        totals.append(sum(limits.take('one', 1000, NOW).allowed for _ in range(count)))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    allowed.put(sum(totals))


def many_keys(path: pathlib.Path, outcomes: 'multiprocessing.Queue[int]') -> None:
    limits = Limits(path)
    totals: list[int] = []

    def run() -> None:
        takes = (limits.take(f'k{n % 65}', 1_000_000, NOW) for n in range(2000))
        totals.append(sum(verdict.allowed for verdict in takes))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcomes.put(sum(totals))


class TestWindow:
    def test_exactly_the_limit_then_refused_until_the_window_ends(self, path):
        limits = Limits(path)
        verdicts = [limits.take('k', 3, NOW + n) for n in range(5)]
        assert [v.allowed for v in verdicts] == [True, True, True, False, False]
        assert [v.remaining for v in verdicts] == [2, 1, 0, 0, 0]
        assert verdicts[3].reset == NOW + 60
        assert verdicts[3].retry_after == 57
        assert limits.take('k', 3, NOW + 60).allowed

    def test_exact_over_processes_and_threads(self, path):
        context = multiprocessing.get_context('spawn')
        allowed = context.Queue()
        workers = [context.Process(target=hammer, args=(path, 200, allowed)) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert sum(allowed.get() for _ in workers) == 1000

    def test_buckets_do_not_touch_each_other(self, path):
        limits = Limits(path)
        assert not any(limits.take(f'k{n}', 1, NOW).remaining for n in range(2000))
        assert limits.take('fresh', 1, NOW).allowed

    def test_blocked_looks_without_counting(self, path):
        limits = Limits(path)
        assert not limits.blocked('ip', 1, NOW)
        limits.take('ip', 1, NOW)
        assert limits.blocked('ip', 1, NOW + 59)
        assert not limits.blocked('ip', 1, NOW + 61)

    def test_another_window(self, path):
        limits = Limits(path)
        limits.take('hour', 1, NOW, window=3600)
        assert limits.take('hour', 1, NOW + 1, window=3600).retry_after == 3599


class TestBurst:
    def test_the_bucket_refills_steadily(self, path):
        limits = Limits(path)
        assert [limits.take('b', 60, NOW, burst=3).allowed for _ in range(4)] == [True] * 3 + [
            False
        ]
        assert limits.take('b', 60, NOW + 1.0, burst=3).allowed
        assert not limits.take('b', 60, NOW + 1.1, burst=3).allowed


class TestLease:
    def test_machines_together_never_exceed_the_limit(self, tmp_path):
        taken: dict[tuple[str, int], int] = {}

        def lease(bucket: str, limit: int, start: int, want: int) -> int:
            got = min(want, limit - taken.get((bucket, start), 0))
            taken[bucket, start] = taken.get((bucket, start), 0) + got
            return got

        machines = [Limits(tmp_path / name) for name in ('a', 'b')]
        allowed = sum(
            machines[n % 2].take('shared', 25, NOW, lease=lease).allowed for n in range(100)
        )
        assert allowed == 25

    def test_with_a_burst_the_machines_share_the_minute_and_refusals_ask_no_more(self, tmp_path):
        asked: list[int] = []

        def lease(bucket: str, limit: int, start: int, want: int) -> int:
            asked.append(want)
            return want if sum(asked[:-1]) + want <= limit else 0

        machines = [Limits(tmp_path / name) for name in ('a', 'b')]
        verdicts = [
            machines[n % 2].take('shared', 60, NOW, lease=lease, burst=50) for n in range(400)
        ]
        assert sum(verdict.allowed for verdict in verdicts) == 60
        assert len(asked) <= 12

    def test_a_clock_set_back_blocks_nobody_for_long(self, path):
        limits = Limits(path)
        for _ in range(3):
            limits.take('b', 60, NOW, burst=3)
        assert limits.take('b', 60, NOW - 86_400, burst=3).retry_after <= 3

    def test_a_full_burst(self, path):
        limits = Limits(path)
        assert sum(limits.take('b', 300, NOW, burst=50).allowed for _ in range(60)) == 50

    def test_many_keys_at_once_from_many_processes(self, path):
        """Stripes held by different threads look like a deadlock to the kernel."""
        context = multiprocessing.get_context('spawn')
        outcomes = context.Queue()
        workers = [context.Process(target=many_keys, args=(path, outcomes)) for _ in range(6)]
        for worker in workers:
            worker.start()
        counted = [outcomes.get(timeout=60) for _ in workers]
        for worker in workers:
            worker.join()
        assert sum(counted) == 6 * 2 * 2000


def takes(path: pathlib.Path, limit: int, count: int, outcomes: typing.Any) -> None:
    """So many requests of this process, and what the last one said was left."""
    limits = Limits(path)
    verdicts = [limits.take('large', limit, NOW) for _ in range(count)]
    outcomes.put((sum(v.allowed for v in verdicts), verdicts[-1].remaining))


class TestAhead:
    def test_of_a_large_limit_a_process_asks_the_file_for_some_at_a_time(self, path, monkeypatch):
        limits, entered = Limits(path), []
        enter = limits._enter
        monkeypatch.setattr(limits, '_enter', lambda name: entered.append(name) or enter(name))
        verdicts = [limits.take('large', 1_000_000, NOW) for _ in range(1000)]
        assert [v.remaining for v in verdicts] == list(range(999_999, 998_999, -1))
        assert {(v.allowed, v.reset, v.retry_after) for v in verdicts} == {(True, NOW + 60, 0)}
        assert len(entered) == 10

    def test_of_a_small_one_each_request_asks(self, path, monkeypatch):
        limits, entered = Limits(path), []
        enter = limits._enter
        monkeypatch.setattr(limits, '_enter', lambda name: entered.append(name) or enter(name))
        assert all(limits.take('small', 1999, NOW).allowed for _ in range(50))
        assert len(entered) == 50

    def test_one_process_alone_gets_exactly_the_limit(self, path):
        limits = Limits(path)
        verdicts = [limits.take('large', 5000, NOW) for _ in range(5100)]
        assert [v.allowed for v in verdicts] == [True] * 5000 + [False] * 100
        assert verdicts[4999].remaining == 0
        assert verdicts[5000].retry_after == 60

    def test_processes_together_never_get_more_and_hardly_less(self, path):
        context = multiprocessing.get_context('spawn')
        outcomes = context.Queue()
        workers = [
            context.Process(target=takes, args=(path, 8000, 3000, outcomes)) for _ in range(3)
        ]
        for worker in workers:
            worker.start()
        counted = [outcomes.get(timeout=60)[0] for _ in workers]
        for worker in workers:
            worker.join()
        assert 8000 - 3 * 8 <= sum(counted) <= 8000

    def test_what_was_taken_ahead_ends_with_its_window(self, path):
        limits = Limits(path)
        limits.take('large', 100_000, NOW)
        assert limits.take('large', 100_000, NOW + 60).remaining == 99_999
        assert limits.take('large', 100_000, NOW + 61).remaining == 99_998

    def test_a_clock_set_back_takes_no_more_than_before(self, path):
        limits = Limits(path)
        verdicts = [limits.take('large', 100_000, NOW - 2 * (n > 0)) for n in range(300)]
        assert [v.remaining for v in verdicts] == list(range(99_999, 99_699, -1))

    def test_two_threads_lose_nothing(self, path):
        limits, remaining = Limits(path), []

        def run() -> None:
            remaining.extend([limits.take('large', 50_000, NOW).remaining for _ in range(5000)])

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(remaining) == list(range(30_000, 50_000))

    def test_another_limit_of_the_bucket_counts_what_was_used_of_the_first(self, path):
        limits = Limits(path)
        limits.take('large', 100_000, NOW)
        assert not limits.take('large', 60, NOW).allowed

    def test_a_child_takes_its_own(self, path):
        limits = Limits(path)
        limits.take('large', 100_000, NOW)
        outcomes = multiprocessing.get_context('fork').Queue()
        child = multiprocessing.get_context('fork').Process(
            target=lambda: outcomes.put(limits.take('large', 100_000, NOW).remaining)
        )
        child.start()
        assert outcomes.get(timeout=60) == 99_899
        child.join()
        assert limits.take('large', 100_000, NOW).remaining == 99_998

    def test_machines_that_share_a_large_limit(self, tmp_path):
        taken: list[int] = []

        def lease(bucket: str, limit: int, start: int, want: int) -> int:
            taken.append(min(want, limit - sum(taken)))
            return taken[-1]

        machines = [Limits(tmp_path / name) for name in ('a', 'b')]
        verdicts = [machines[n % 2].take('shared', 4000, NOW, lease=lease) for n in range(5000)]
        assert sum(verdict.allowed for verdict in verdicts) == 4000


class TestGeneration:
    def test_a_bump_is_seen_by_other_processes(self, path):
        limits = Limits(path)
        before = limits.generation()
        code = (
            'import pathlib, sys; from tenants.limits import Limits; '
            'Limits(pathlib.Path(sys.argv[1])).bump()'
        )
        subprocess.run([sys.executable, '-c', code, str(path)], check=True, cwd=os.getcwd())
        assert limits.generation() == before + 1


class TestKilled:
    def test_a_process_killed_with_the_lock_leaves_nothing_locked(self, path):
        code = (
            'import pathlib, sys, time; from tenants.limits import Limits\n'
            'limits = Limits(pathlib.Path(sys.argv[1]))\n'
            'import hashlib; name = hashlib.blake2b(b"k", digest_size=16).digest()\n'
            'limits._enter(name); print("locked", flush=True); time.sleep(60)\n'
        )
        process = subprocess.Popen(
            [sys.executable, '-c', code, str(path)], stdout=subprocess.PIPE, cwd=os.getcwd()
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b'locked\n'
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert Limits(path).take('k', 1, NOW).allowed
