"""What is told of requests that have ended."""

import json
import os
import select
import signal
import subprocess
import sys
import time
import types
from collections.abc import Callable

import pytest

from karvo.kit import ended, log
from karvo.kit.ended import Ended
from tests.kit.test_later import until
from tests.kit.test_metrics import told

# A process that answers requests as a web process does, and ends as it was told to.
PROCESS = """
import os, signal, sys, time
from karvo.kit import ended, log
log.configure()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
for n in range(3):
    ended.tell(ended.Ended('/x', 'GET', f'/x/{n}', 200, 1.0, 1.25, 'acme', '::1', 'name'))
print('told', flush=True)
time.sleep(60)
"""


Lines = Callable[[], list[str]]


def request(path: str, *, status: int = 200, seconds: float = 0.0125) -> Ended:
    route = '/ended/{id:int}'
    return Ended(route, 'GET', path, status, 1e9, 1e9 + seconds, 'acme', '10.0.0.7', 'n-1')


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Lines:
    """The lines of log that were written so far, as JSON."""
    monkeypatch.setattr(log, '_is_text', False)
    ended.flush()
    capfd.readouterr()
    lines: list[str] = []

    def read() -> list[str]:
        lines.extend(capfd.readouterr().err.splitlines())
        return lines

    return read


class TestTell:
    def test_one_line_each_with_what_an_operator_looks_for(self, page: Lines) -> None:
        ended.tell(request('/ended/1'))
        ended.tell(request('/ended/2', status=404, seconds=2))
        assert until(page)
        first, second = map(json.loads, page())
        assert first == {
            'method': 'GET',
            'path': '/ended/1',
            'status': 200,
            'ms': 12.5,
            'tenant': 'acme',
            'ip': '10.0.0.7',
            'event': 'request',
            'request_id': 'n-1',
            'level': 'info',
            'timestamp': '2001-09-09T01:46:40.012500Z',
        }
        assert (second['path'], second['status'], second['ms']) == ('/ended/2', 404, 2000.0)

    def test_as_text_on_a_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        shown = []
        monkeypatch.setattr(log, '_is_text', True)
        monkeypatch.setattr(log.log, 'info', lambda what, **more: shown.append((what, more)))
        ended.tell(request('/ended/3'))
        ended.flush()
        known = {'method': 'GET', 'status': 200, 'ms': 12.5, 'tenant': 'acme', 'ip': '10.0.0.7'}
        assert shown == [('request', {**known, 'path': '/ended/3', 'request_id': 'n-1'})]

    def test_they_are_counted_by_their_kind(self, page: Lines) -> None:
        for seconds in (0.001, 0.001, 0.3):
            ended.tell(request('/ended/4', status=218, seconds=seconds))
        ended.tell(request('/ended/4', status=219))
        ended.flush()
        shown = told()
        assert shown['karvo_http_requests_total', 'GET', '/ended/{id}', '218'] == 3
        assert shown['karvo_http_requests_total', 'GET', '/ended/{id}', '219'] == 1

    def test_who_asks_for_the_numbers_waits_for_no_line(self, page: Lines) -> None:
        with ended._later.doing:  # as when nobody reads the log
            ended.tell(request('/ended/7', status=220))
            ended.count()
            assert told()['karvo_http_requests_total', 'GET', '/ended/{id}', '220'] == 1
        assert until(lambda: any('/ended/7' in line for line in page()))
        assert told()['karvo_http_requests_total', 'GET', '/ended/{id}', '220'] == 1

    def test_of_too_many_the_newest_are_told(
        self, page: Lines, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        warned = []
        monkeypatch.setattr(log.log, 'warning', lambda what, **more: warned.append((what, more)))
        with ended._later.doing:
            for n in range(2 * ended.MOST + 7):
                ended.tell(request(f'/ended/{n}', status=221))
            assert len(ended._untold) + len(ended._uncounted) <= 2 * ended.MOST
        assert ended.flush()
        lines = page()
        assert len(lines) == ended.MOST
        assert f'/ended/{2 * ended.MOST + 6}"' in lines[-1]
        assert warned == [('requests not logged', {'count': ended.MOST + 7})]
        count = told()['karvo_http_requests_total', 'GET', '/ended/{id}', '221']
        assert count == 2 * ended.MOST + 7

    @pytest.mark.parametrize('is_text', [False, True])
    def test_nobody_who_reads_them_is_no_reason_to_stop(
        self, monkeypatch: pytest.MonkeyPatch, page: Lines, is_text: bool
    ) -> None:
        def broken(*_: object, **__: object) -> None:
            raise BrokenPipeError

        with monkeypatch.context() as patch:
            patch.setattr(log, '_is_text', is_text)
            patch.setattr(log.log, 'info', broken)
            patch.setattr(sys, 'stderr', types.SimpleNamespace(write=broken))
            ended.tell(request('/ended/5'))
            assert ended.flush() is True
        ended.tell(request('/ended/6'))
        assert ended.flush() and '/ended/6' in page()[-1]


class TestPieces:
    def test_what_leaves_together_is_small_enough_to_stay_together(self) -> None:
        lines = b''.join(b'x' * (n * 37 % 900) + b'\n' for n in range(500))
        pieces = list(log._pieces(lines))
        assert b''.join(pieces) == lines
        assert max(map(len, pieces)) <= select.PIPE_BUF
        assert len(pieces) < 100
        assert all(piece.endswith(b'\n') for piece in pieces)

    def test_a_line_that_is_too_long_leaves_alone(self) -> None:
        long = b'y' * (select.PIPE_BUF + 1) + b'\n'
        assert list(log._pieces(b'a\n' + long + b'b\n')) == [b'a\n', long, b'b\n']
        full = b'y' * (select.PIPE_BUF - 1) + b'\n'
        assert list(log._pieces(full + full)) == [full, full]
        assert list(log._pieces(b'')) == []


class TestTheEnd:
    @staticmethod
    def lines(signal_: int, wait: float) -> list[str]:
        environ = os.environ | {'KARVO_LOG_FORMAT': 'json'}
        environ.pop('PROMETHEUS_MULTIPROC_DIR', None)
        with subprocess.Popen(
            [sys.executable, '-c', PROCESS],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout and process.stdout.readline() == 'told\n'
            time.sleep(wait)
            process.send_signal(signal_)
            return process.communicate(timeout=30)[1].splitlines()

    def test_who_ends_in_peace_has_told_all(self) -> None:
        assert len(self.lines(signal.SIGTERM, 0)) == 3

    def test_who_is_killed_takes_a_moment_along_and_no_more(self) -> None:
        assert len(self.lines(signal.SIGKILL, 1)) == 3
