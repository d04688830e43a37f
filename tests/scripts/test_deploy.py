"""The operator's files: systemd takes the units, and all that they name exists in this version."""

import base64
import configparser
import pathlib
import re
import shlex
import subprocess
import sys

import pytest
from click.testing import CliRunner

from karvo import gunicorn_conf
from karvo.cli.children import STOP_SECONDS
from karvo.cli.serve import serve
from karvo.cli.supervisor import PLANNED, ROLES
from karvo.config import Config, read
from karvo.kit.requests import LARGEST_BODY
from tests.not_run import need

ROOT = pathlib.Path(__file__).parents[2]
DEPLOY = ROOT / 'scripts' / 'deploy'
UNITS = sorted(path.name for path in DEPLOY.glob('*.service'))
KNOWN = {f'KARVO_{name.upper()}' for name in Config.__struct_fields__}


def environment() -> dict[str, str]:
    lines = (DEPLOY / 'karvo.env').read_text().splitlines()
    return dict(line.split('=', 1) for line in lines if line and not line.startswith('#'))


def unit(name: str) -> configparser.SectionProxy:
    """The [Service] of a unit; of a repeated option the last."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / name)
    return parser['Service']


class TestUnits:
    def test_there_is_one_for_each_sort_of_role(self) -> None:
        assert UNITS == ['karvo-web.service', 'karvo-worker.service']

    @pytest.mark.parametrize('name', UNITS)
    def test_starts_what_karvo_offers(self, name: str) -> None:
        program, command, *flags = shlex.split(unit(name)['ExecStart'])
        assert (pathlib.Path(program).name, command) == ('karvo', 'serve')
        given = dict(zip(flags[::2], flags[1::2], strict=True))
        described = CliRunner().invoke(serve, ['--help']).output
        assert [flag for flag in given if not re.search(rf'^  {flag} ', described, re.M)] == []
        assert set(given['--only'].split(',')) <= {*ROLES, *PLANNED}

    @pytest.mark.parametrize('name', UNITS)
    def test_leaves_requests_the_time_to_end(self, name: str) -> None:
        service = unit(name)
        assert (service['KillSignal'], service['KillMode']) == ('SIGTERM', 'mixed')
        assert int(service['TimeoutStopSec']) > STOP_SECONDS > gunicorn_conf.graceful_timeout

    @pytest.mark.parametrize('name', UNITS)
    def test_systemd_takes_it(self, name: str, tmp_path: pathlib.Path) -> None:
        program = need('systemd-analyze')
        text = (DEPLOY / name).read_text()
        # The installation's own folder and account, which are not on this machine.
        text = text.replace('/opt/karvo/.venv/bin/karvo', sys.executable)
        (tmp_path / name).write_text(text.replace('=karvo\n', '=daemon\n', 2))
        command = [program, 'verify', '--man=no', str(tmp_path / name)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        found = [line for line in done.stderr.splitlines() if name in line]
        assert (done.returncode, found) == (0, []), done.stderr

    @pytest.mark.parametrize('name', UNITS)
    def test_systemd_finds_it_well_guarded(self, name: str) -> None:
        command = [need('systemd-analyze'), 'security', '--offline=true', '--threshold=25']
        done = subprocess.run(
            [*command, '--no-pager', str(DEPLOY / name)], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr


class TestEnvironment:
    def test_every_variable_is_known_and_sensible(self) -> None:
        values = environment()
        assert values.keys() - KNOWN == set()
        config = read(values)
        assert config.is_pooled and config.ddl_url != config.database_url
        assert len(config.proxy_networks) == 2
        assert len(config.secret_key) >= 16

    def test_every_variable_named_anywhere_is_known(self) -> None:
        texts = (path.read_text() for path in DEPLOY.iterdir())
        named = {name for text in texts for name in re.findall(r'KARVO_[A-Z_]+', text)}
        assert named - KNOWN == set()

    def test_the_pooler_listens_where_karvo_looks(self) -> None:
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(DEPLOY / 'pgbouncer.ini')
        own = parser['pgbouncer']
        address = f'@{own["listen_addr"]}:{own["listen_port"]}/karvo'
        assert environment()['KARVO_DATABASE_URL'].endswith(address)
        assert own['pool_mode'] == environment()['KARVO_DATABASE_POOLER']
        assert 'karvo' in parser['databases']


class TestProxy:
    TEXT = (DEPLOY / 'nginx.conf').read_text()

    def test_agrees_with_the_server_behind_it(self) -> None:
        def seconds(name: str) -> int:
            return int(re.search(rf'\b{name} (\d+)s;', self.TEXT)[1])

        assert seconds('keepalive_timeout') < gunicorn_conf.keepalive
        assert seconds('proxy_read_timeout') > gunicorn_conf.timeout
        largest = int(re.search(r'client_max_body_size (\d+)m;', self.TEXT)[1])
        assert largest * 1_000_000 > LARGEST_BODY
        header = int(re.search(r'large_client_header_buffers \d+ (\d+)k;', self.TEXT)[1])
        assert header * 1024 == gunicorn_conf.limit_request_field_size
        assert header * 1024 > len(base64.b64encode(b'x' * 10_000))  # refused by us, in JSON
        web = unit('karvo-web.service')['ExecStart']
        [upstream] = re.findall(r'^ +server ([\d.]+:\d+);', self.TEXT, re.M)
        host, port = upstream.split(':')
        assert f'--host {host} --port {port} ' in web

    def test_nginx_takes_it(self, tmp_path: pathlib.Path) -> None:
        program = need('nginx')
        openssl = need('openssl')
        key, certificate = tmp_path / 'privkey.pem', tmp_path / 'fullchain.pem'
        subprocess.run(
            [openssl, 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=erp.example']
            + ['-keyout', str(key), '-out', str(certificate)],
            check=True,
            capture_output=True,
        )
        site = self.TEXT.replace('/etc/ssl/erp.example', str(tmp_path))
        (tmp_path / 'site.conf').write_text(
            re.sub(r'listen (\[::\]:)?(80|443)', r'listen \g<1>1\2', site)
        )
        kinds = ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi')
        folders = ' '.join(f'{kind}_temp_path {tmp_path}/{kind};' for kind in kinds)
        (tmp_path / 'nginx.conf').write_text(
            f'pid {tmp_path}/pid;\nerror_log {tmp_path}/log;\nevents {{}}\n'
            f'http {{ access_log off; {folders} include {tmp_path}/site.conf; }}\n'
        )
        command = [program, '-t', '-p', str(tmp_path), '-c', str(tmp_path / 'nginx.conf')]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
