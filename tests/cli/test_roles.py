"""The roles worker and scheduler as `karvo serve` starts them."""

import os
import pathlib
import signal
import time

import psutil
import pytest

from tests.cli.processes import Start, holders, wait_until

pytestmark = pytest.mark.xdist_group('serve')


class TestRoles:
    @pytest.mark.wall_clock
    def test_one_that_dies_is_started_again_and_others_join_the_data_folder(
        self, start: Start, data_dir: pathlib.Path
    ) -> None:
        first = start('serve', '--only', 'worker,scheduler')
        assert first.line('KARVO') == 'KARVO ready (worker)'
        assert first.line('KARVO') == 'KARVO ready (scheduler)'
        [worker] = first.roles('worker')
        worker.kill()
        second = start('serve', '--only', 'worker', '--worker-processes', '2')
        assert second.line('KARVO') == 'KARVO ready (worker)'
        assert len(second.roles('worker')) == 2
        assert holders(data_dir) == [first.process.pid, second.process.pid]
        wait_until(lambda: [one.pid for one in first.roles('worker')] not in ([worker.pid], []))
        started = time.monotonic()
        status, errors = first.end(signal.SIGTERM)
        assert time.monotonic() - started < 5
        assert status == 0
        assert 'The worker process ended by itself (exit status -9); started again in 1' in errors
        assert 'Traceback' not in errors
        assert holders(data_dir) == [second.process.pid]

    def test_killed_alone_its_roles_go_too(self, start: Start) -> None:
        one = start('serve', '--only', 'scheduler')
        assert one.line('KARVO') == 'KARVO ready (scheduler)'
        [role] = one.roles('scheduler')
        os.kill(one.process.pid, signal.SIGKILL)
        wait_until(lambda: not role.is_running() or role.status() == psutil.STATUS_ZOMBIE)
