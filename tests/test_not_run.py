"""A missing tool: the test is listed as NOT RUN, or fails where the tool is required."""

import os
import pathlib
import subprocess
import sys

import pytest

from tests.not_run import find, need

ROOT = pathlib.Path(__file__).parents[1]
#: other plugins take seconds to load
LEAN = {'PYTEST_DISABLE_PLUGIN_AUTOLOAD': '1'}
LONELY = """
from tests.not_run import need

def test_browser():
    need('no-such-tool')
"""


def run(
    tmp_path: pathlib.Path, *arguments: str, **environ: str
) -> subprocess.CompletedProcess[str]:
    """pytest with two workers, as scripts/test starts it, on the one test above."""
    (tmp_path / 'test_lonely.py').write_text(LONELY)
    known = {name: text for name, text in os.environ.items() if not name.startswith('KARVO_')}
    return subprocess.run(
        [sys.executable, '-m', 'pytest', '-p', 'xdist', '-p', 'tests.not_run', '-n', '2',
         '-o', f'pythonpath={ROOT}', '-c', os.devnull, '--rootdir', str(tmp_path), str(tmp_path),
         *arguments],
        cwd=ROOT, env=known | LEAN | environ, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


class TestPlugin:
    def test_lists_the_test_and_the_reason(self, tmp_path: pathlib.Path) -> None:
        done = run(tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert 'tests NOT RUN' in done.stdout
        assert 'test_lonely.py::test_browser: no-such-tool is not installed' in done.stdout

    def test_writes_the_list_where_asked(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / 'list'
        run(tmp_path, KARVO_NOT_RUN=str(path))
        assert path.read_text() == '  test_lonely.py::test_browser: no-such-tool is not installed\n'

    def test_fails_where_the_tool_is_required(self, tmp_path: pathlib.Path) -> None:
        done = run(tmp_path, KARVO_TEST_REQUIRE='node, no-such-tool')
        assert done.returncode == 1
        assert 'no-such-tool is not installed, and KARVO_TEST_REQUIRE names it' in done.stdout


class TestNeed:
    def test_gives_the_path(self) -> None:
        assert pathlib.Path(need('sh')).name == 'sh'

    def test_finds_programs_beside_python(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv('PATH', '')
        assert find(pathlib.Path(sys.executable).name)
        assert find('no-such-tool') is None
