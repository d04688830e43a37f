"""The wheel: what `pip install .` puts on a machine is the whole program and nothing else."""

import pathlib
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PACKAGES = ('karvo', 'plugins', 'tenants')
pytestmark = pytest.mark.xdist_group('wheel')


def run(*command: str | pathlib.Path, cwd: pathlib.Path) -> str:
    """Standard output of a command that must succeed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope='module')
def wheel(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Built from a copy, so that setuptools' own folders do not appear in the tree."""
    folder = tmp_path_factory.mktemp('wheel')
    source = folder / 'source'
    names = [path.relative_to(ROOT) for path in [ROOT / 'pyproject.toml', ROOT / 'wsgi.py']]
    for name in [*names, *packaged_files()]:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    pip = [sys.executable, '-m', 'pip', 'wheel', '--quiet', '--no-deps', '--no-build-isolation']
    run(*pip, '--wheel-dir', str(folder), str(source), cwd=folder)
    [path] = folder.glob('karvo-*.whl')
    return path


def packaged_files() -> list[pathlib.Path]:
    """Every file of the three packages in the tree, relative to its root."""
    return [
        path.relative_to(ROOT)
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob('*'))
        if path.is_file() and path.suffix != '.pyc' and not path.name.startswith('.')
    ]


@pytest.fixture(scope='module')
def contents(wheel: pathlib.Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope='module')
def installed(wheel: pathlib.Path) -> pathlib.Path:
    """The bin folder of a fresh environment that holds the wheel.

    It sees this environment's libraries through a .pth file, which spares downloading them; the
    wheel's own folder comes first on the path, before an editable KARVO.
    """
    folder = wheel.parent / 'venv'
    venv.create(folder, with_pip=False)
    python = folder / 'bin' / 'python'
    pip = [sys.executable, '-m', 'pip', '--python', str(python), 'install', '--quiet']
    run(*pip, '--no-deps', '--no-index', str(wheel), cwd=wheel.parent)
    code = 'import sysconfig; print(sysconfig.get_path("purelib"))'
    site = pathlib.Path(run(python, '-c', code, cwd=wheel.parent).strip())
    (site / 'libraries.pth').write_text(sysconfig.get_path('purelib') + '\n')
    return folder / 'bin'


class TestContents:
    def test_packages_and_module(self, contents: set[str]) -> None:
        assert {'wsgi.py', *(f'{name}/__init__.py' for name in PACKAGES)} <= contents

    def test_nothing_else(self, contents: set[str]) -> None:
        tops = {name.split('/')[0] for name in contents}
        assert {top for top in tops if not top.endswith('.dist-info')} == {*PACKAGES, 'wsgi.py'}
        assert not [name for name in contents if name.endswith('.pyc')]

    def test_every_file_of_the_tree(self, contents: set[str]) -> None:
        assert {path.as_posix() for path in packaged_files()} - contents == set()


class TestInstalled:
    def test_comes_from_the_wheel_and_has_its_version(
        self, installed: pathlib.Path, tmp_path: pathlib.Path
    ) -> None:
        code = (
            'import importlib.metadata, karvo, pathlib; '
            'print(pathlib.Path(karvo.__file__).parents[4]); '
            'print(importlib.metadata.version("karvo") == karvo.__version__)'
        )
        folder, is_same = run(installed / 'python', '-c', code, cwd=tmp_path).split()
        assert pathlib.Path(folder) == installed.parent
        assert is_same == 'True'

    def test_help_from_another_folder(
        self, installed: pathlib.Path, tmp_path: pathlib.Path
    ) -> None:
        assert 'Usage' in run(installed / 'karvo', '--help', cwd=tmp_path)


class TestLock:
    def test_every_dependency_is_locked_and_bounded(self) -> None:
        project = tomllib.loads((ROOT / 'pyproject.toml').read_text())['project']
        wanted = project['dependencies']
        locked = (ROOT / 'scripts' / 'constraints.txt').read_text().splitlines()
        names = {plain(line) for line in locked if not line.startswith('#')}
        extras = project['optional-dependencies']['test']
        assert {plain(line) for line in wanted + extras} - names == set()
        assert [line for line in wanted if not re.search(r'>=[\d.]+,<[\d.]+$', line)] == []


def plain(requirement: str) -> str:
    """'PyJWT>=2.1' -> 'pyjwt'"""
    name = re.split(r'[\[<>=!~;@ ]', requirement)[0]
    return re.sub(r'[-_.]+', '-', name).lower()
