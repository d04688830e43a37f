"""Processes of a test, ended with it."""

import pathlib
import shutil
import tempfile
from collections.abc import Iterator

import pytest

from karvo.kit.postgres import Embedded
from tests.cli.processes import Karvo, Start, free_port


@pytest.fixture(scope='module')
def data_dir() -> Iterator[pathlib.Path]:
    folder = pathlib.Path(tempfile.mkdtemp(prefix='karvo-test-'))
    yield folder / 'var'
    with Embedded(folder / 'var'):
        pass  # one left behind by a killed holder is adopted, and so stopped
    shutil.rmtree(folder)


@pytest.fixture
def start(data_dir: pathlib.Path) -> Iterator[Start]:
    begun: list[Karvo] = []

    def start_one(*arguments: str, **environ: str) -> Karvo:
        begun.append(Karvo(data_dir, *arguments, **environ))
        return begun[-1]

    yield start_one
    for one in begun:
        if one.process.poll() is None:
            one.process.terminate()
        one.refused()


@pytest.fixture
def port() -> int:
    return free_port()
