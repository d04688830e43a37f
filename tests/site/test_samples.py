"""The samples of the document: every operation has them, they run, and their bodies are good."""

import ast
import json
import shlex
import shutil
import subprocess
import sys
import typing

import msgspec
import pytest

from karvo.app import document_of, routes
from karvo.kit import samples, shapes
from karvo.kit.errors import Invalid
from karvo.kit.http import endpoints
from karvo.kit.openapi import PARAMETER
from karvo.kit.samples import Call
from karvo.se_erp import se_erp
from karvo.site.examples import EXAMPLES
from tests.conftest import Api
from tests.not_run import need

ORIGIN = 'https://erp.example'
LANGUAGES = ['curl', 'Python', 'JavaScript']


@pytest.fixture(scope='module')
def operations() -> dict[str, dict[str, typing.Any]]:
    """{'POST /invoices': operation}"""
    paths = document_of('se-erp', ORIGIN)['paths']
    return {
        f'{method.upper()} {path}': operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def sources(operation: dict[str, typing.Any]) -> list[str]:
    return [sample['source'] for sample in operation['x-codeSamples']]


class TestEveryOperation:
    def test_has_three_that_name_its_address(self, operations: dict[str, typing.Any]) -> None:
        for name, operation in operations.items():
            assert [sample['label'] for sample in operation['x-codeSamples']] == LANGUAGES, name
            for source in sources(operation):
                assert f'{ORIGIN}{se_erp.prefix}/' in source
                assert '{' not in source.split(ORIGIN)[1].split()[0]
                assert (samples.KEY in source) == bool(operation['security']), name

    def test_curl_is_one_command_of_a_shell(self, operations: dict[str, typing.Any]) -> None:
        for name, operation in operations.items():
            words = shlex.split(sources(operation)[0].replace('\\\n', ' '))
            assert words[0] == 'curl'
            if '-d' in words:
                assert json.loads(words[words.index('-d') + 1]) == example(operation), name

    def test_python_is_python(self, operations: dict[str, typing.Any]) -> None:
        for operation in operations.values():
            tree = ast.parse(sources(operation)[1])
            [call] = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and n.keywords][:1]
            given = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
            assert given.get('json') == example(operation)

    def test_javascript_is_javascript(self, operations: dict[str, typing.Any]) -> None:
        node = need('node')
        text = '\n'.join(f'{{ {sources(operation)[2]} }}' for operation in operations.values())
        command = [node, '--check', '--input-type=module', '-']
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr

    def test_example_bodies_are_accepted_shapes(self, operations: dict[str, typing.Any]) -> None:
        for path, method, resource, spec in endpoints(routes):
            if spec.body and resource.dialect is se_erp:
                plain = PARAMETER.sub(r'{\1}', path.removeprefix(se_erp.prefix))
                body = example(operations[f'{method} {plain}'])
                try:
                    shapes.decode_body(msgspec.json.encode(body), spec.body)
                except Invalid as error:
                    pytest.fail(f'karvo/site/examples.py lacks {method} {plain}: {error}')

    def test_examples_are_of_operations_that_exist(self, operations: dict[str, typing.Any]) -> None:
        assert EXAMPLES.keys() - operations.keys() == set()


def example(operation: dict[str, typing.Any]) -> typing.Any:
    content = operation.get('requestBody', {}).get('content', {})
    return content.get('application/json', {}).get('example')


class TestTheStory:
    """The examples in their order, as a reader of the reference sends them."""

    STORY = (
        'POST /customers',
        'POST /products',
        'GET /products/sku/{sku}',
        'GET /pricing/{sku}',
        'POST /pricing/rules',
        'POST /pricing/negotiations',
        'PUT /pricing/negotiations/{id}',
        'POST /invoices',
        'GET /invoices',
        'GET /invoices/search',
        'POST /billing/payments',
        'POST /billing/credits',
        'GET /events',
    )

    def run(self, command: list[str], text: str = '') -> typing.Any:
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def story(self, origin: str, key: str, language: int) -> list[str]:
        paths = document_of('se-erp', origin)['paths']
        parts = (name.split(' ') for name in self.STORY)
        found = (sources(paths[path][method.lower()])[language] for method, path in parts)
        return [text.replace(samples.KEY, key) for text in found]

    def test_in_curl(self, origin: str, api: Api) -> None:
        need('curl')
        for text in self.story(origin, api.key, 0):
            assert 'error' not in json.loads(self.run(['sh'], text.replace('curl ', 'curl -s ', 1)))
        self.check(api)

    def test_in_python(self, origin: str, api: Api) -> None:
        for text in self.story(origin, api.key, 1):
            assert 'error' not in ast.literal_eval(self.run([sys.executable, '-c', text]))
        self.check(api)

    def test_in_javascript(self, origin: str, api: Api) -> None:
        node = need('node')
        for text in self.story(origin, api.key, 2):
            self.run([node, '--input-type=module', '-'], text)
        self.check(api)

    def check(self, api: Api) -> None:
        [invoice] = api.get('/invoices').json['data']
        assert invoice['total'] == 1437.19 and 0 < invoice['balance'] < 1000
        assert api.difference() == 0


class TestOthers:
    def test_values_are_quoted_in_each_language(self) -> None:
        body = {'note': 'L\'hôtel "d\'or"\n', 'is_paid': True, 'nothing': None}
        call = Call(method='PUT', url="https://x.example/it's", headers={}, body=body)
        words = shlex.split(samples.curl(call).replace('\\\n', ' ', 2))
        assert json.loads(words[-1]) == body and words[3] == call.url
        tree = ast.parse(samples.python(call))
        [json_word] = [n for n in ast.walk(tree) if isinstance(n, ast.keyword) and n.arg == 'json']
        assert ast.literal_eval(json_word.value) == body
        if shutil.which('node'):
            command = ['node', '--check', '--input-type=module', '-']
            subprocess.run(command, input=samples.javascript(call).encode(), check=True)

    def test_answers_that_are_no_json_go_into_a_file(self) -> None:
        call = Call(method='GET', url=ORIGIN, headers={}, answers='application/pdf')
        assert '-o answer.pdf' in samples.curl(call)
        assert 'file.write(answer.content)' in samples.python(call)
        assert 'answer.blob()' in samples.javascript(call)

    @pytest.mark.parametrize(
        ('schema', 'value'),
        [
            ({'type': 'string', 'minLength': 9}, 'examplexx'),
            ({'type': 'string', 'maxLength': 2}, 'ex'),
            ({'type': 'string', 'format': 'date'}, '2026-11-20'),
            ({'type': 'integer', 'minimum': 5}, 5),
            ({'type': 'integer', 'minimum': 1}, 1),
            ({'type': 'number', 'exclusiveMinimum': 0}, 1),
            ({'enum': ['a', 'b']}, 'a'),
            ({'type': 'array', 'items': {'type': 'integer'}}, []),
            ({'type': 'array', 'items': {'type': 'integer'}, 'minItems': 2}, [1, 1]),
            ({'anyOf': [{'type': 'boolean'}, {'type': 'null'}]}, True),
            ({'$ref': '#/components/schemas/A'}, {'b': 1}),
        ],
    )
    def test_made_up_values(self, schema: dict[str, typing.Any], value: typing.Any) -> None:
        properties = {'b': {'type': 'integer'}, 'c': {'type': 'string'}}
        known = {'A': {'type': 'object', 'required': ['b'], 'properties': properties}}
        assert samples.made_up(schema, known) == value
