"""Behind pgbouncer in transaction mode with two server connections (facts: session state leaks)."""

import configparser
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from karvo.kit.db import url_of
from tests.not_run import need

EXAMPLE = pathlib.Path(__file__).parents[1] / 'scripts' / 'deploy' / 'pgbouncer.ini'
# Two companies in turn over two server connections: whatever session state leaked would be seen.
WALK = """
import json
from concurrent.futures import ThreadPoolExecutor
from falcon import testing
from karvo.app import create_app
from karvo.cli import check
from karvo.cli.database import migrate_all, open_database
from karvo.kit.db import company, company_place
from tenants.operations import NewTenant, provision
BASE = '/wp-json/se-erp/v2'
with open_database():
    migrate_all(is_quiet=True)
    made = [provision(NewTenant(name=n, slug=f'pooled_{n}', email='a@b.example', plan='enterprise'))
            for n in ('one', 'two')]
    client = testing.TestClient(create_app())
    def ask(method, path, tenant, body=None):
        headers = {'X-SE-ERP-Key': tenant.api_key}
        return client.simulate_request(method, BASE + path, json=body, headers=headers)
    def work(n):
        tenant = made[n % 2]
        body = {'customer_code': f'C{n % 2}', 'customer_name': tenant.slug, 'subtotal': '100'}
        created = ask('POST', '/invoices', tenant, body)
        listed = ask('GET', '/invoices', tenant)
        seen = {row['customer_name'] for row in listed.json['data']}
        return created.status_code, seen == {tenant.slug}
    work(0), work(1)
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(work, range(2, 42)))
    old = {'customer_code': 'OLD', 'customer_name': 'Old', 'subtotal': '100', 'date': '2026-01-05'}
    voided = ask('POST', '/invoices', made[0], old).json['id']
    ask('DELETE', f'/invoices/{voided}', made[0])
    aged = [ask('GET', f'/billing/aging?as_of=2026-01-{day}', made[0]).json['total']
            for day in ('04', '05')]
    problems = []
    for tenant in made:
        with company(company_place(int(tenant.schema[2:]))):
            problems += check.problems()
    print(json.dumps({'outcomes': outcomes, 'aged': aged, 'problems': problems}))
"""


@pytest.fixture
def pooler(server: pathlib.Path, tmp_path_factory) -> Iterator[str]:
    """The URL of a pgbouncer before this process's own server."""
    program = need('pgbouncer')
    folder = pathlib.Path(tmp_path_factory.mktemp('pgbouncer'))
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    host = url_of('main').split('host=')[1].split('&')[0].replace('%2F', '/')
    # The operator's example, with this machine's server, port and folder put in.
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(EXAMPLE)
    parser['databases'] = {'karvo': f'host={host} user=postgres'}
    parser['pgbouncer'].update(
        {'listen_port': str(port), 'auth_type': 'any', 'default_pool_size': '2'}
    )
    parser['pgbouncer'].update({'logfile': f'{folder}/log', 'pidfile': f'{folder}/pid'})
    parser.remove_option('pgbouncer', 'auth_file')
    parser.remove_option('pgbouncer', 'reserve_pool_size')
    ini = folder / 'pgbouncer.ini'
    with ini.open('w') as file:
        parser.write(file)
    command = [program, '-q', str(ini)]
    if os.geteuid() == 0:  # it refuses to run as root
        owner = pathlib.Path(host).owner()
        shutil.chown(folder, owner)
        for parent in (folder, *folder.parents):
            if parent.stat().st_uid == 0 and not parent.stat().st_mode & 1:
                parent.chmod(parent.stat().st_mode | 0o001)
        command = [*command[:1], '-u', owner, *command[1:]]
    process = subprocess.Popen(command)
    time.sleep(1)
    yield f'postgresql://postgres@127.0.0.1:{port}/karvo'
    process.terminate()
    process.wait(10)


def test_no_company_sees_another(pooler: str, tmp_path: pathlib.Path) -> None:
    environ = os.environ | {
        'KARVO_DATA_DIR': str(tmp_path),
        'KARVO_DATABASE_URL': pooler,
        'KARVO_DATABASE_POOLER': 'transaction',
        'KARVO_DATABASE_DDL_URL': url_of('main'),
        'KARVO_DATABASE_EMBEDDED': '',
    }
    done = subprocess.run(
        [sys.executable, '-c', WALK], env=environ, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer['outcomes'] == [[201, True]] * 40
    assert answer['aged'] == [0, 1]  # voided today: owed on the day of its date still
    assert answer['problems'] == []
