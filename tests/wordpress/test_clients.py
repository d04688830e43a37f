"""WordPress' own JavaScript clients, as they are published, against a real server."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import typing
from collections.abc import Iterator

import pytest

from karvo.kit.db import url_of
from tests.cli.processes import start_machine
from tests.conftest import Api, new_tenant, wide_key
from tests.not_run import need, required

pytestmark = pytest.mark.xdist_group('node')
NODE = pathlib.Path(__file__).parents[1] / 'node'
Seen = dict[str, typing.Any]


@pytest.fixture(scope='module')
def modules() -> pathlib.Path:
    """The pinned packages, installed once beside the Python that runs this."""
    npm = need('npm')
    lock = (NODE / 'package-lock.json').read_bytes()
    folder = pathlib.Path(sys.prefix) / 'node' / hashlib.sha256(lock).hexdigest()[:12]
    if not (folder / 'done').exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ('package.json', 'package-lock.json'):
            shutil.copy(NODE / name, folder)
        command = [npm, 'ci', '--ignore-scripts', '--no-audit', '--no-fund']
        path = f'{pathlib.Path(npm).parent}{os.pathsep}{os.environ["PATH"]}'
        done = subprocess.run(
            command, cwd=folder, env=os.environ | {'PATH': path}, capture_output=True, timeout=300
        )
        if done.returncode and 'npm' not in required():
            pytest.skip('NOT RUN: npm could not fetch the packages')
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        (folder / 'done').touch()
    return folder


@pytest.fixture(scope='module')
def owner(app: typing.Any) -> Api:
    tenant = new_tenant()
    return Api(app, tenant, wide_key(tenant))


@pytest.fixture(scope='module')
def url(server: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Another process, over the same database."""
    one, port = start_machine(tmp_path_factory.mktemp('node'), url_of('main'), workers='1')
    yield f'http://127.0.0.1:{port}'
    one.end(signal.SIGTERM)


def run(script: str, url: str, modules: pathlib.Path, owner: Api) -> Seen:
    """What a client saw."""
    assert owner.tenant
    environ = os.environ | {
        'NODE_MODULES': str(modules / 'package.json'),
        'KARVO_URL': url,
        'KARVO_KEY': owner.key,
        'KARVO_USER': owner.tenant.username,
        'KARVO_PASSWORD': owner.tenant.application_password,
    }
    command = [need('node'), str(NODE / script)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    return typing.cast(Seen, json.loads(done.stdout.strip().splitlines()[-1]))


@pytest.fixture(scope='module')
def wpapi(url: str, modules: pathlib.Path, owner: Api) -> Seen:
    return run('wpapi.mjs', url, modules, owner)


@pytest.fixture(scope='module')
def api_fetch(url: str, modules: pathlib.Path, owner: Api) -> Seen:
    return run('api_fetch.mjs', url, modules, owner)


class TestNodeWpapi:
    def test_discovers_the_namespace(self, wpapi: Seen) -> None:
        assert {'customers', 'invoices', 'products', 'billing', 'pricing'} <= set(wpapi['handlers'])

    @pytest.mark.parametrize('credential', ['an API key', 'an application password'])
    def test_creates_reads_updates_pages_and_deletes(self, wpapi: Seen, credential: str) -> None:
        flow = wpapi[credential]
        assert flow.pop('missing')['data'] == {'status': 422, 'params': ['name']}
        assert flow == {
            'updated': 'Laval',
            'got': 'Épicerie',
            'by_sku': True,
            'renamed': 'Broom',
            'subtotal': 10,
            'cut': ['id', 'total'],
            'paging': [2, 2],
            'embedded': ['Épicerie', 1],
            'next': [2, True],
            'found': 1,
            'lines': 1,
            'duplicate': 'draft',
            'deleted': True,
            'gone': 'erp_not_found',
        }

    def test_a_refusal_is_the_apis_own(self, wpapi: Seen) -> None:
        assert wpapi['anonymous']['code'] == 'erp_invalid_key'
        assert wpapi['anonymous']['data']['status'] == 401

    def test_knows_who_it_is(self, wpapi: Seen, owner: Api) -> None:
        assert owner.tenant and wpapi['me'] == owner.tenant.username

    def test_chains_every_route_but_those_that_no_one_could(self, wpapi: Seen) -> None:
        # `search` is wpapi's own setter; after `.sku(x)` it looks for no second `sku`; and it sends
        # no PATCH to a route without an id. A name has one place only: `deliveries` and `replays`
        # stand both below /webhooks and below /webhooks/{id}. What a fourth level takes it does not
        # know: /billing/dunning/{id}/send. And an id at the third level has the methods of the
        # first of its siblings: as /payroll/employees/{id} has no DELETE, no sibling has one.
        known = ('/search', '/sku/', 'PATCH ', '/deliveries', '/replays')
        known += ('DELETE /se-erp/v2/payroll/timesheets/', '/ai/saved-queries/(?P<id>')
        fourth = re.compile(r' /se-erp/v2/[a-z-]+/[^/]+/[^/]+/[^/]+')
        shallow = [
            route
            for route in wpapi['unchained']
            if not fourth.match(' ' + re.sub(r'\(\?P<.*?\)', 'x', route.split()[1]))
        ]
        others = [route for route in shallow if not any(part in route for part in known)]
        assert not others, '\n'.join(others)
        assert len(shallow) < wpapi['chained'] / 10
        assert wpapi['chained'] > 240


class TestApiFetch:
    def test_writes_come_as_posts_with_the_method_meant(self, api_fetch: Seen) -> None:
        assert {('POST', 'PUT'), ('POST', 'PATCH'), ('POST', 'DELETE')} <= {
            *map(tuple, api_fetch['sent'])
        }
        assert (api_fetch['put'], api_fetch['patch'], api_fetch['got']) == ('Put', 'Laval', 'Put')
        assert api_fetch['deleted'] is True
        assert api_fetch['gone']['code'] == 'erp_not_found'
        assert api_fetch['gone']['data']['status'] == 404

    def test_pages(self, api_fetch: Seen, url: str) -> None:
        assert api_fetch['all'] == 100
        assert api_fetch['total'] >= 3
        base = f'{url}/wp-json/se-erp/v2/customers'
        assert (
            f'<{base}?per_page=1&page=3' in api_fetch['link'] and 'rel="next"' in api_fetch['link']
        )

    def test_refusals_and_descriptions(self, api_fetch: Seen) -> None:
        assert api_fetch['refused']['code'] == 'rest_missing_callback_param'
        assert api_fetch['refused']['data']['params'] == ['name']
        assert api_fetch['schema'] == 'object'

    def test_batches(self, api_fetch: Seen) -> None:
        [answer] = api_fetch['batch']['responses']
        assert (answer['status'], answer['body']['name']) == (201, 'in a batch')
