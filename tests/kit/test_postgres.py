"""The embedded PostgreSQL with real processes: shared, left behind, killed, started at once."""

import contextlib
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

import psutil
import psycopg
import pytest

from karvo.kit import holders
from karvo.kit.postgres import CannotStart, Embedded

ROOT = pathlib.Path(__file__).parents[2]
HOLDER = """
import pathlib, sys
from karvo.kit.postgres import Embedded
embedded = Embedded(pathlib.Path(sys.argv[1]))
print(embedded.start(), flush=True)
sys.stdin.read()
embedded.release()
"""
Spoilt = Callable[[pathlib.Path, str], None]
pytestmark = pytest.mark.xdist_group('embedded')


class Other:
    """Another process that holds the server until it is told to leave."""

    def __init__(self, data_dir: pathlib.Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, '-c', HOLDER, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {'PYTHONPATH': str(ROOT)},
            text=True,
            start_new_session=True,
        )

    def url(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate(timeout=30)
        assert self.process.returncode == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope='module')
def made() -> Iterator[pathlib.Path]:
    """A data folder whose cluster was made, started and stopped once."""
    # Not tmp_path: pytest closes its folders to other users again while a server runs there.
    folder = pathlib.Path(tempfile.mkdtemp(prefix='karvo-test-'))
    with Embedded(folder):
        pass
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def data_dir(made: pathlib.Path) -> Iterator[pathlib.Path]:
    """The same folder for each test, with no server over it and nobody who holds it."""
    yield made
    if is_running(made):
        with contextlib.suppress(OSError, ValueError, psutil.Error):
            kill_server(made)
    (made / 'postgres.holders').unlink()


def postmaster(data_dir: pathlib.Path) -> int:
    return int((data_dir / 'postgres' / 'postmaster.pid').read_text().split()[0])


def is_running(data_dir: pathlib.Path) -> bool:
    return (data_dir / 'postgres' / 'postmaster.pid').exists()


def socket_dir(data_dir: pathlib.Path) -> pathlib.Path:
    return pathlib.Path((data_dir / 'postgres' / 'postmaster.pid').read_text().splitlines()[4])


def listed(data_dir: pathlib.Path) -> list[int]:
    return [holder['pid'] for holder in json.loads((data_dir / 'postgres.holders').read_text())]


def one(url: str, sql: str) -> object:
    """The first column of the first row."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(sql).fetchone()
        return row[0] if row else None


class TestStart:
    def test_gives_a_database_that_loses_nothing_and_listens_on_its_socket_only(
        self, data_dir: pathlib.Path
    ) -> None:
        with Embedded(data_dir) as embedded, psycopg.connect(embedded.start()) as connection:
            shown = {
                name: connection.execute(f'SHOW {name}').fetchone()[0]  # type: ignore[index]
                for name in ('fsync', 'synchronous_commit', 'listen_addresses', 'max_connections')
            }
            encoding = connection.execute('SHOW server_encoding').fetchone()
            lower = connection.execute("SELECT lower('É'), current_database()").fetchone()
        assert shown == {
            'fsync': 'on',
            'synchronous_commit': 'on',
            'listen_addresses': '',
            'max_connections': '200',
        }
        assert encoding == ('UTF8',)
        assert lower == ('é', 'karvo')

    def test_the_server_is_no_root_and_has_a_session_of_its_own(
        self, data_dir: pathlib.Path
    ) -> None:
        with Embedded(data_dir):
            server = psutil.Process(postmaster(data_dir))
            assert server.uids().effective != 0
            assert 0 not in server.gids()
            assert os.getsid(server.pid) not in (os.getsid(0), 0)
            assert os.getpgid(server.pid) != os.getpgid(0)

    @pytest.mark.skipif(os.geteuid() != 0, reason='only root lends the server another user')
    def test_opens_the_data_folder_for_passing_through_only(self, data_dir: pathlib.Path) -> None:
        data_dir.chmod(0o700)
        with Embedded(data_dir):
            assert stat.S_IMODE(data_dir.stat().st_mode) == 0o701
            assert stat.S_IMODE((data_dir / 'postgres').stat().st_mode) == 0o700
            assert stat.S_IMODE((data_dir / 'postgres.holders').stat().st_mode) == 0o600

    def test_a_folder_with_a_long_path_and_a_space_gets_its_socket_elsewhere(
        self, data_dir: pathlib.Path
    ) -> None:
        deep = data_dir / 'a folder' / ('long' * 30)
        deep.mkdir(parents=True)
        (data_dir / 'postgres').rename(deep / 'postgres')
        with Embedded(deep) as embedded:
            folder = socket_dir(deep)
            assert folder.parent == pathlib.Path('/tmp')
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            assert one(embedded.start(), 'SELECT 1') == 1
            kill_server(deep)
            assert one(embedded.start(), 'SELECT 1') == 1
            assert socket_dir(deep) == folder
        assert not folder.exists()
        (deep / 'postgres').rename(data_dir / 'postgres')
        (data_dir / 'postgres.holders').touch()

    def test_two_processes_at_the_same_moment_share_one_server(
        self, data_dir: pathlib.Path
    ) -> None:
        pair = [Other(data_dir), Other(data_dir)]
        urls = [other.url() for other in pair]
        assert urls[0] == urls[1] != ''
        assert sorted(listed(data_dir)) == sorted(other.process.pid for other in pair)
        for other in pair:
            other.leave()
        assert not is_running(data_dir)


class TestRelease:
    def test_the_last_one_out_stops_it(self, data_dir: pathlib.Path) -> None:
        with Embedded(data_dir):
            other = Other(data_dir)
            url = other.url()
        assert one(url, 'SELECT 1') == 1
        assert listed(data_dir) == [other.process.pid]
        other.leave()
        assert not is_running(data_dir)
        assert listed(data_dir) == []

    def test_a_process_that_holds_it_twice_gives_it_back_twice(
        self, data_dir: pathlib.Path
    ) -> None:
        with Embedded(data_dir):
            with Embedded(data_dir):
                assert listed(data_dir) == [os.getpid()] * 2
            assert is_running(data_dir)
        assert not is_running(data_dir)

    def test_a_second_release_takes_nothing_from_another_hold(self, data_dir: pathlib.Path) -> None:
        first, second = Embedded(data_dir), Embedded(data_dir)
        first.start()
        second.start()
        first.release()
        first.release()
        assert is_running(data_dir)
        second.release()
        assert not is_running(data_dir)


class TestKilledHolder:
    def test_its_server_is_adopted_and_it_no_longer_counts(self, data_dir: pathlib.Path) -> None:
        other = Other(data_dir)
        url = other.url()
        server = postmaster(data_dir)
        other.kill()
        assert one(url, 'SELECT 1') == 1
        with Embedded(data_dir):
            assert postmaster(data_dir) == server
            assert listed(data_dir) == [os.getpid()]
        assert not is_running(data_dir)

    def test_another_process_with_its_id_is_not_taken_for_it(self, data_dir: pathlib.Path) -> None:
        born = holders.birth(os.getppid())
        assert born is not None
        impostor = [{'pid': os.getppid(), 'started': born - 1}]
        (data_dir / 'postgres.holders').write_text(json.dumps(impostor))
        with Embedded(data_dir):
            assert listed(data_dir) == [os.getpid()]
        assert not is_running(data_dir)

    def test_a_spoilt_list_is_made_anew(self, data_dir: pathlib.Path) -> None:
        (data_dir / 'postgres.holders').write_text('[{"pid"' * 20)
        with Embedded(data_dir):
            assert listed(data_dir) == [os.getpid()]


class TestKilledServer:
    def test_recovers_what_was_committed(self, data_dir: pathlib.Path) -> None:
        with Embedded(data_dir) as embedded:
            write(embedded.start(), 'CREATE TABLE kept AS SELECT 42 AS n')
            kill_server(data_dir)
            assert one(embedded.start(), 'SELECT n FROM kept') == 42

    def test_is_revived_at_the_same_address(self, data_dir: pathlib.Path) -> None:
        with Embedded(data_dir) as embedded:
            url = embedded.start()
            assert not embedded.revive()
            kill_server(data_dir)
            assert embedded.revive()
            assert one(url, 'SELECT 1') == 1

    def test_its_id_taken_by_another_process_does_not_keep_it_down(
        self, data_dir: pathlib.Path
    ) -> None:
        with Embedded(data_dir):
            lines = (data_dir / 'postgres' / 'postmaster.pid').read_text().splitlines()
        lines[0] = str(os.getppid())
        (data_dir / 'postgres' / 'postmaster.pid').write_text('\n'.join(lines) + '\n')
        with Embedded(data_dir) as embedded:
            assert one(embedded.start(), 'SELECT 1') == 1


def write(url: str, sql: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql)


def kill_server(data_dir: pathlib.Path) -> None:
    server = psutil.Process(postmaster(data_dir))
    server.kill()
    while server.is_running() and server.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)


@pytest.fixture
def spoilt() -> Iterator[Spoilt]:
    """Writes another text into a file until the test ends."""
    before: dict[pathlib.Path, str] = {}

    def write_over(path: pathlib.Path, text: str) -> None:
        before[path] = path.read_text()
        path.write_text(text)

    yield write_over
    for path, text in before.items():
        path.write_text(text)


class TestRefusal:
    def test_a_cluster_of_another_version(self, spoilt: Spoilt, data_dir: pathlib.Path) -> None:
        spoilt(data_dir / 'postgres' / 'PG_VERSION', '17\n')
        with pytest.raises(CannotStart, match='was made by PostgreSQL 17, this KARVO brings 18'):
            Embedded(data_dir).start()
        assert listed(data_dir) == []

    def test_a_folder_that_is_a_file(self, tmp_path: pathlib.Path) -> None:
        (tmp_path / 'file').write_text('')
        with pytest.raises(CannotStart, match='cannot be written .*KARVO_DATA_DIR'):
            Embedded(tmp_path / 'file' / 'data').start()

    def test_a_cluster_folder_with_strange_content(self, tmp_path: pathlib.Path) -> None:
        (tmp_path / 'strange' / 'postgres').mkdir(parents=True)
        (tmp_path / 'strange' / 'postgres' / 'letter.txt').write_text('mine')
        with pytest.raises(CannotStart, match='not a database: move it away'):
            Embedded(tmp_path / 'strange').start()
        assert (tmp_path / 'strange' / 'postgres' / 'letter.txt').read_text() == 'mine'

    def test_a_server_that_does_not_start_says_why_in_one_line(
        self, spoilt: Spoilt, data_dir: pathlib.Path
    ) -> None:
        conf = data_dir / 'postgres' / 'postgresql.conf'
        spoilt(conf, f"{conf.read_text()}\nshared_preload_libraries = 'no_such_library'\n")
        with pytest.raises(CannotStart, match='no_such_library') as refused:
            Embedded(data_dir).start()
        assert '\n' not in str(refused.value)
        assert not is_running(data_dir)
