"""`karvo plugins`, what of them is switched off, and the plugin of plugins/README.md, written."""

import json
import pathlib
import re
import signal
import subprocess
import sys

import pytest

from tests.cli.processes import ROOT, Karvo, Start, ask, get, serve

PAGE = ROOT / 'plugins' / 'README.md'
CODE = re.compile(r'([^\n]+)\n\n```\w+\n(.*?)```', re.S)  #: and the paragraph that names its file
NAME = re.compile(r'`(karvo_remarks/[\w/]+\.py|pyproject\.toml)`')
pytestmark = pytest.mark.xdist_group('serve')


def told(start: Start, *arguments: str, **environ: str) -> dict[str, object]:
    process = start(*arguments, '--json', **environ).process
    text, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return json.loads(text)


def refused(start: Start, *arguments: str, **environ: str) -> str:
    status, errors = start(*arguments, **environ).refused()
    assert status == 1
    return errors


@pytest.fixture(scope='module')
def written(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The page's files, installed where Python finds them."""
    folder = tmp_path_factory.mktemp('remarks')
    for paragraph, text in CODE.findall(PAGE.read_text()):
        path = folder / NAME.findall(paragraph)[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    target = folder / 'installed'
    pip = [sys.executable, '-m', 'pip', 'install', '--quiet', '--no-deps', '--no-build-isolation']
    subprocess.run([*pip, '--target', str(target), str(folder)], check=True, timeout=120)
    return target


class TestPage:
    def test_has_every_file_of_a_plugin(self, written: pathlib.Path) -> None:
        found = {str(path.relative_to(written)) for path in written.rglob('*.py')}
        names = ('__init__', 'models', 'schemas', 'operations', 'routes', 'migrations/0001_initial')
        assert found == {f'karvo_remarks/{name}.py' for name in names}

    def test_a_plugin_written_by_it_works(
        self, start: Start, port: int, written: pathlib.Path
    ) -> None:
        old = told(start, 'tenant', 'create', '--slug', 'older', '--name', 'Older', '--email',
                   'a@older.example')  # fmt: skip
        path = {'PYTHONPATH': f'{ROOT}:{written}'}
        listed = told(start, 'plugins', **path)
        [row] = [one for one in listed['data'] if one['name'] == 'remarks']
        assert (row['version'], row['enabled']) == ('1.0', True)
        assert row['summary'] == 'Remarks: what somebody noted about a customer.'
        told(start, 'migrate', **path)
        new = told(start, 'tenant', 'create', '--slug', 'newer', '--name', 'Newer', '--email',
                   'a@newer.example', **path)  # fmt: skip
        one = serve(start, port, **path)
        for tenant in (old, new):
            self.remark(port, tenant['api_key'])
        status, document = get(port, '/wp-json/se-erp/v2/openapi.json')
        assert status == 200 and b'/customers/{id}/remarks' in document
        told(start, 'plugins', 'disable', 'remarks', '--tenant', 'newer', **path)
        answers = [ask(port, t['api_key'], 'GET', '/customers/1/remarks') for t in (old, new)]
        assert [(a.status, a.body.get('code')) for a in answers] == [
            (200, None), (404, 'rest_no_route')
        ]  # fmt: skip
        assert one.end(signal.SIGTERM)[0] == 0

    def remark(self, port: int, key: str) -> None:
        customer = ask(port, key, 'POST', '/customers', {'code': 'ACME', 'name': 'Acme'})
        assert customer.status == 201
        path = f'/customers/{customer.body["id"]}/remarks'
        made = ask(port, key, 'POST', path, {'text': 'Pays on Fridays'})
        assert (made.status, made.body['text']) == (201, 'Pays on Fridays')
        again = ask(port, key, 'GET', path).body
        assert (again['total'], again['data'][0]['id']) == (1, made.body['id'])
        assert ask(port, key, 'POST', path, {'text': ''}).status == 422
        assert ask(port, key, 'POST', '/customers/99/remarks', {'text': 'x'}).status == 404
        types = [event['type'] for event in ask(port, key, 'GET', '/events').body['data']]
        assert types[-1] == 'remark.added'


class TestInstallation:
    def test_lists_each_after_what_it_requires(self, start: Start) -> None:
        rows = told(start, 'plugins')['data']
        names = [row['name'] for row in rows]
        for row in rows:
            assert all(names.index(other) < names.index(row['name']) for other in row['requires'])
        dialects = {row['dialect'] for row in rows if row['dialect']}
        assert {'karbon', 'enapps', 'billing-v2'} <= dialects

    def test_what_is_off_answers_404_in_its_own_words(self, start: Start, port: int) -> None:
        off = {'KARVO_PLUGINS': '-karbon,-banking'}
        rows = {row['name']: row['enabled'] for row in told(start, 'plugins', **off)['data']}
        assert [rows[n] for n in ('karbon', 'banking', 'billing_v2', 'enapps')] == [
            False, False, False, True
        ]  # fmt: skip
        one = serve(start, port, **off)
        status, body = get(port, '/v3/Invoices')
        assert (status, json.loads(body)['error']['code']) == (404, 'NotFound')
        status, body = get(port, '/api/v2/customers')
        assert (status, json.loads(body)['success']) == (404, False)
        assert get(port, '/api/v1/invoices')[0] == 401
        assert get(port, '/openapi/karbon.json')[0] == 404
        assert one.end(signal.SIGTERM)[0] == 0

    def test_headers_with_underscores_arrive_and_no_others_do(
        self, start: Start, port: int
    ) -> None:
        """As the Enapps text prints them; a name that somebody could forge stays out."""
        tenant = told(start, 'tenant', 'create', '--slug', 'shop', '--name', 'Shop', '--email',
                      'a@shop.example')  # fmt: skip
        one = serve(start, port)
        line = {'description': 'x', 'qty': 1, 'unit_price': 5}
        sale = {'customer_code': 'A', 'customer_name': 'A', 'lines': [line]}
        assert ask(port, tenant['api_key'], 'POST', '/invoices', sale).status == 201
        token = {'Authorization': f'Bearer {tenant["api_key"]}'}
        status, body = get(port, '/api/v1/invoice_lines/', **token, invoice_id='1')
        assert (status, len(json.loads(body))) == (200, 1)
        status, body = get(port, '/api/v1/invoices/', **token, _id='1')
        assert (status, json.loads(body)[0]['id']) == (200, 1)
        status, _ = get(port, '/wp-json/se-erp/v2/invoices', X_SE_ERP_Key=tenant['api_key'])
        assert status == 401
        assert one.end(signal.SIGTERM)[0] == 0

    @pytest.mark.parametrize(
        ('value', 'said'),
        [('ghost', 'there is no plugin ghost'), ('billing_v2,-sales', 'rules it out')],
    )
    def test_nonsense_is_refused_with_a_line(self, start: Start, value: str, said: str) -> None:
        errors = refused(start, 'plugins', KARVO_PLUGINS=value)
        assert said in errors and 'Traceback' not in errors

    def test_an_unknown_one_cannot_be_switched(self, start: Start) -> None:
        assert 'must be one of' in refused(
            start, 'plugins', 'disable', 'ghost', '--tenant', 'older'
        )


def test_documents_need_no_database(start: Start) -> None:
    for name in ('se-erp', 'karbon', 'enapps', 'billing-v2'):
        one: Karvo = start('openapi', '--dialect', name)
        text, errors = one.process.communicate(timeout=60)
        assert one.process.returncode == 0, errors
        document = json.loads(text)
        assert document['openapi'] == '3.1.0'
        assert document['paths'] or name == 'billing-v2'
