"""The `karvo` command reads the file of the command that was asked for, and no other."""

import importlib
import pathlib
import subprocess
import sys

import pytest

import karvo.cli
from karvo.__main__ import FILES
from karvo.__main__ import karvo as command

FOLDER = pathlib.Path(karvo.cli.__file__).parent


def test_every_command_is_found() -> None:
    found = {}
    for path in FOLDER.glob('[a-z]*.py'):
        module = importlib.import_module(f'karvo.cli.{path.stem}')
        found |= {one.name: path.stem for one in getattr(module, 'commands', [])}
    assert found == FILES


def test_the_supervisor_reads_no_application() -> None:
    """It only starts others; `karvo serve` would wait for it, and keep it in memory."""
    script = """
import sys
from karvo.__main__ import karvo
karvo.get_command(None, 'serve')
print('karvo.app' in sys.modules)"""
    ran = subprocess.run([sys.executable, '-c', script], capture_output=True, text=True, check=True)
    assert ran.stdout == 'False\n'


def test_an_unknown_one_is_none() -> None:
    assert command.get_command(None, 'database') is None


@pytest.mark.parametrize('name', ['serve', 'tenants', 'keys', 'data', 'settings'])
def test_what_opens_a_database_knows_every_event_of_the_control_plane(name: str) -> None:
    """It carries over what an interrupted process left, of whatever kind."""
    script = f"""
import karvo.cli.{name}
from karvo.kit.events import CATALOGUE
known = set(CATALOGUE)
import karvo.app
print([n for n, event in CATALOGUE.items() if event.__module__.startswith('tenants')
  and n not in known])"""
    ran = subprocess.run([sys.executable, '-c', script], capture_output=True, text=True, check=True)
    assert ran.stdout == '[]\n'
