"""`karvo serve` and `karvo demo` as processes: ready, refused, ended by signals, killed."""

import os
import pathlib
import re
import signal
import socket
import stat
import sys

import psutil
import pytest

from tests.cli.processes import Start, get, holders, listens, serve, wait_until

pytestmark = pytest.mark.xdist_group('serve')


class TestServe:
    @pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
    def test_answers_until_a_signal_to_the_group_ends_it_cleanly(
        self, start: Start, port: int, data_dir: pathlib.Path, number: signal.Signals
    ) -> None:
        one = serve(start, port)
        assert get(port)[0] == 200
        assert holders(data_dir) == [one.process.pid]
        status, errors = one.end(number)
        assert status == 0
        assert 'Traceback' not in errors
        assert not listens(port)
        assert holders(data_dir) == []
        assert not (data_dir / 'postgres' / 'postmaster.pid').exists()

    def test_a_second_web_role_on_the_data_folder_is_refused(
        self, start: Start, port: int, data_dir: pathlib.Path
    ) -> None:
        serve(start, port)
        status, errors = start('serve', '--port', str(port + 1)).refused()
        assert status == 1
        assert errors.splitlines() == [
            f'Error: the role web already runs on the data folder {data_dir}: stop that one '
            f'first, or set KARVO_DATA_DIR to another folder'
        ]
        assert get(port)[0] == 200

    def test_killed_it_lets_go_of_the_port_and_the_next_adopts_the_database(
        self, start: Start, port: int, data_dir: pathlib.Path
    ) -> None:
        one = serve(start, port)
        server = (data_dir / 'postgres' / 'postmaster.pid').read_text()
        one.end(signal.SIGKILL)
        again = serve(start, port)
        assert (data_dir / 'postgres' / 'postmaster.pid').read_text() == server
        assert holders(data_dir) == [again.process.pid]

    @pytest.mark.skipif(sys.platform != 'linux', reason='only Linux tells a child of the death')
    def test_killed_alone_its_web_process_goes_too(self, start: Start, port: int) -> None:
        one = serve(start, port)
        web = one.web()
        one.process.kill()
        wait_until(lambda: not listens(port))
        wait_until(lambda: not web.is_running() or web.status() == psutil.STATUS_ZOMBIE)

    def test_ends_with_a_line_when_its_web_process_dies(self, start: Start, port: int) -> None:
        one = serve(start, port)
        one.web().kill()
        status, errors = one.refused()
        assert status == 1
        assert 'Error: the web process ended by itself (exit status -9)' in errors

    def test_a_killed_database_is_started_again(
        self, start: Start, port: int, data_dir: pathlib.Path
    ) -> None:
        serve(start, port)
        pid = int((data_dir / 'postgres' / 'postmaster.pid').read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == 'zombie')
        wait_until(lambda: get(port)[0] == 200 and b'"database":"ok"' in get(port)[1])

    def test_a_taken_port_is_refused(self, start: Start) -> None:
        with socket.create_server(('127.0.0.1', 0)) as taken:
            port = taken.getsockname()[1]
            status, errors = start('serve', '--port', str(port)).refused()
        assert status == 1
        assert errors.startswith(f'Error: cannot listen on 127.0.0.1:{port} (Address already in')
        assert len(errors.splitlines()) == 1

    def test_a_stranger_with_the_same_module_names_in_the_folder_does_not_matter(
        self, start: Start, port: int, data_dir: pathlib.Path
    ) -> None:
        stranger = data_dir.parent / 'wsgi.py'
        stranger.write_text('raise SystemExit("the wrong wsgi.py")')
        try:
            serve(start, port)
        finally:
            stranger.unlink()

    def test_a_fixed_business_date_is_warned_of(self, start: Start, port: int) -> None:
        _, errors = serve(start, port, KARVO_TODAY='2026-11-20').end(signal.SIGTERM)
        assert 'Warning: KARVO_TODAY=2026-11-20: the business clock stands still' in errors


class TestOnly:
    def test_a_role_that_is_unknown_is_wrong_usage(self, start: Start) -> None:
        status, errors = start('serve', '--only', 'web,cook').refused()
        assert status == 2
        assert 'names no roles' in errors


class TestDemo:
    def test_takes_the_next_port_and_finds_its_key_again(
        self, start: Start, data_dir: pathlib.Path
    ) -> None:
        with socket.create_server(('127.0.0.1', 0)) as taken:
            port = taken.getsockname()[1]
            one = start('demo', '--port', str(port), '--workers', '1')
            said = re.fullmatch(
                rf'Port {port} is not free \(Address already in use\); taking (\d+)\.',
                one.line('Port'),
            )
            assert said
            other = int(said[1])
            assert one.line('KARVO') == f'KARVO ready on http://127.0.0.1:{other}'
            base = one.line('Base URL').split()[-1]
            key = one.line('API key').split()[-1]
            assert one.line('Try').split()[-1].startswith(base)
        assert base == f'http://127.0.0.1:{other}/wp-json/se-erp/v2'
        assert (data_dir / 'demo-key').read_text().strip() == key
        assert stat.S_IMODE((data_dir / 'demo-key').stat().st_mode) == 0o600
        status, _ = get(other, '/wp-json/se-erp/v2/customers', **{'X-SE-ERP-Key': key})
        assert status == 200
        assert one.end(signal.SIGINT)[0] == 0
        again = start('demo', '--port', str(other), '--workers', '1')
        assert again.line('API key').split()[-1] == key
