"""Requests are counted by what they ask for, never by whose record; over processes."""

import os
import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from karvo.kit import metrics
from karvo.kit.metrics import Depth

# Two processes of one machine, as gunicorn's workers; the third is asked.
WORKER = """
import sys
from karvo.kit import metrics
metrics.count_requests(('/x/{id:int}', 'GET', 200), [0.003] * int(sys.argv[1]))
metrics._connections.set(1)
print('counted', flush=True)
sys.stdin.read()
"""
ASKED = 'from karvo.kit import metrics; print(metrics.exposition([]).decode())'


def told() -> dict[tuple[str, ...], float]:
    """(name of the sample, label values by label name) → value."""
    return read(metrics.exposition(metrics.queue_families()).decode())


def read(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class TestCountRequests:
    def test_by_route_method_and_status(self) -> None:
        metrics.count_requests(('/t1/{id:int}/x/{key}', 'GET', 200), [0.004, 0.3])
        metrics.count_requests(('/t1/{id:int}/x/{key}', 'GET', 404), [0.001])
        shown = told()
        route = '/t1/{id}/x/{key}'
        assert shown['karvo_http_requests_total', 'GET', route, '200'] == 2
        assert shown['karvo_http_requests_total', 'GET', route, '404'] == 1
        histogram = 'karvo_http_request_duration_seconds'
        assert shown[f'{histogram}_count', 'GET', route] == 3
        assert shown[f'{histogram}_sum', 'GET', route] == pytest.approx(0.305)
        assert shown[f'{histogram}_bucket', '0.005', 'GET', route] == 2
        assert shown[f'{histogram}_bucket', '0.5', 'GET', route] == 3

    @pytest.mark.parametrize(
        ('seconds', 'first'), [(0.0, '0.002'), (0.005, '0.005'), (0.0051, '0.01'), (11, '+Inf')]
    )
    def test_each_in_the_first_bucket_that_holds_it(self, seconds: float, first: str) -> None:
        route = f'/t3/{first}'
        metrics.count_requests((route, 'GET', 200), [seconds])
        name = 'karvo_http_request_duration_seconds_bucket'
        full = [key[1] for key, n in told().items() if (key[0], key[-1]) == (name, route) and n]
        bounds = [*map(str, metrics.BUCKETS[:-3]), '2.5', '5.0', '10.0', '+Inf']
        assert [b if b == '+Inf' else float(b) for b in full] == [
            b if b == '+Inf' else float(b) for b in bounds[bounds.index(first) :]
        ]

    def test_made_up_methods_and_addresses_share_one_row(self) -> None:
        kept = len(metrics._cells)
        for n in range(50):
            metrics.count_requests((None, f'BREW{n}', 404), [0.001])
        assert told()['karvo_http_requests_total', 'other', 'none', '404'] == 50
        assert len(metrics._cells) == kept + 1

    def test_a_clock_that_was_set_back_takes_nothing_off(self) -> None:
        metrics.count_requests(('/t2', 'GET', 200), [-5.0])
        assert told()['karvo_http_request_duration_seconds_sum', 'GET', '/t2'] == 0


class TestProcesses:
    def test_are_added_up_and_a_dead_one_only_keeps_its_counts(self, tmp_path) -> None:
        environ = os.environ | {metrics.FOLDER: str(tmp_path)}
        workers = [
            subprocess.Popen(
                [sys.executable, '-c', WORKER, count],
                env=environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for count in ('3', '4')
        ]
        for worker in workers:
            assert worker.stdout and worker.stdout.readline() == 'counted\n'
        shown = ask(environ)
        assert shown['karvo_http_requests_total', 'GET', '/x/{id}', '200'] == 7
        assert shown['karvo_http_request_duration_seconds_count', 'GET', '/x/{id}'] == 7
        assert shown['karvo_database_connections',] == 2
        for worker in workers:
            assert shown['karvo_worker_memory_bytes', str(worker.pid)] > 10_000_000
        workers[0].kill()
        workers[0].communicate()
        mark = 'import karvo.gunicorn_conf as c, types; c.child_exit(None, types.SimpleNamespace('
        marked = [sys.executable, '-c', f'{mark}pid={workers[0].pid}))']
        subprocess.run(marked, env=environ, check=True)
        shown = ask(environ)
        assert shown['karvo_http_requests_total', 'GET', '/x/{id}', '200'] == 7
        assert shown['karvo_database_connections',] == 1
        assert ('karvo_worker_memory_bytes', str(workers[0].pid)) not in shown
        workers[1].communicate('')


def ask(environ: dict[str, str]) -> dict[tuple[str, ...], float]:
    command = [sys.executable, '-c', ASKED]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    return read(done.stdout)


class TestWatchQueue:
    def test_a_module_adds_its_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(metrics, '_queues', {})
        metrics.watch_queue('jobs', lambda: Depth(3, 12.5))
        shown = told()
        assert shown['karvo_queue_size', 'jobs'] == 3
        assert shown['karvo_queue_oldest_seconds', 'jobs'] == 12.5

    def test_one_that_cannot_be_measured_spoils_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(metrics, '_queues', {})
        metrics.watch_queue('broken', lambda: Depth(1 // 0, 0))
        metrics.watch_queue('sound', lambda: Depth(1, 0))
        shown = told()
        assert ('karvo_queue_size', 'broken') not in shown
        assert shown['karvo_queue_size', 'sound'] == 1


def test_says_what_runs() -> None:
    [(name, *labels)] = [key for key in told() if key[0] == 'karvo_build_info']
    assert labels[0].startswith('3.')
    memory = {key: value for key, value in told().items() if key[0].startswith('karvo_worker_m')}
    assert [*memory] == [('karvo_worker_memory_bytes', str(os.getpid()))]
