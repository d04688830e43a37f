"""The import contracts hold, and break where somebody does what they forbid."""

import pathlib
import re
import shutil
import subprocess
import sysconfig

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PACKAGES = ('karvo', 'plugins', 'tenants')
#: {file: what is planted there}
PLANTED = {
    'plugins/karbon/evil.py': """
from karvo.invoices.models import Document
from karvo.kit.work import atomic
from plugins.crm.models import TABLES
from plugins.enapps.wire import InvoiceRow
from tenants.models import Tenant
""",
    'karvo/invoices/evil.py': 'from plugins.sales.models import Quote\n',
}


@pytest.fixture(scope='module')
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a copy in which all of it is planted."""
    copy = tmp_path_factory.mktemp('contracts')
    shutil.copy(ROOT / 'pyproject.toml', copy)
    for package in PACKAGES:
        ignored = shutil.ignore_patterns('static', '__pycache__', '*.json', '*.txt')
        shutil.copytree(ROOT / package, copy / package, ignore=ignored)
    for name, text in PLANTED.items():
        (copy / name).write_text(text)
    program = pathlib.Path(sysconfig.get_path('scripts')) / 'lint-imports'
    command = [str(program), '--no-logo', '--no-cache']
    return subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=120).stdout


@pytest.mark.parametrize(
    'contract',
    [
        'Dialects translate and touch no tables',
        'Dialects do not know each other',
        'karvo modules know neither tenants nor plugins',
    ],
)
def test_breaks(told: str, contract: str) -> None:
    assert f'{contract} BROKEN' in told


@pytest.mark.parametrize(
    'line',
    [
        'plugins.karbon.evil -> karvo.invoices.models',
        'plugins.karbon.evil -> karvo.kit.work',
        'plugins.karbon.evil -> plugins.crm.models',
        'plugins.karbon.evil -> plugins.enapps.wire',
        'plugins.karbon.evil -> tenants.models',
        'karvo.invoices.evil -> plugins.sales.models',
    ],
)
def test_names_what_was_planted(told: str, line: str) -> None:
    assert line in re.sub(r' \(l\.\d+\)', '', told)
