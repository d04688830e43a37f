"""What Swagger UI gets of the document: an outline, and an operation whole when it is opened."""

import functools
import json
import subprocess
import typing

import pytest

from karvo.app import document_of
from karvo.kit.http import encode
from karvo.site.assets import STATIC
from tests.not_run import need

URL = 'https://erp.example/openapi.json'
ANSWERS = {'$ref': '#/components/x/A~1B'}
DOCUMENT: dict[str, typing.Any] = {
    'paths': {'/a': {'get': {'operationId': 'get_a', 'responses': ANSWERS}}},
    'webhooks': {},
    'components': {
        'x': {
            'A/B': {'items': [{'$ref': '#/components/x/Tree', 'title': 'Oak'}], 'free': [1, None]},
            'Tree': {'branches': {'$ref': '#/components/x/Tree'}, 'leaf': {'$ref': 'elsewhere'}},
        },
        'securitySchemes': {},
    },
}


@functools.cache
def program() -> str:
    return (STATIC / 'outline.js').read_text()


def run(expression: str, document: typing.Any) -> typing.Any:
    """The value of JavaScript in which `d` is the document."""
    script = f'{program()}\nconst d = {json.dumps(document)};\nconst o = globalThis.karvoOutline;\n'
    script += f'console.log(JSON.stringify({expression}));'
    done = subprocess.run([need('node'), '-'], input=script, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.fixture(scope='module')
def whole() -> dict[str, typing.Any]:
    return json.loads(encode(document_of('se-erp', 'https://erp.example')))


class TestOutlined:
    def test_has_every_operation_and_event_with_what_its_row_shows(self, whole) -> None:
        outline = run('o.outlined(d)', whole)
        for section in ('paths', 'webhooks'):
            assert list(outline[section]) == list(whole[section])
            for path, methods in whole[section].items():
                for method, operation in methods.items():
                    row = outline[section][path][method]
                    assert row.items() <= operation.items()
                    for name in ('operationId', 'summary', 'tags', 'security'):
                        assert row.get(name) == operation.get(name)
        for name in ('openapi', 'info', 'servers', 'tags'):
            assert outline[name] == whole[name]

    def test_is_a_tenth_of_the_document(self, whole) -> None:
        assert len(json.dumps(run('o.outlined(d)', whole))) < len(json.dumps(whole)) / 10


class TestResolved:
    def test_puts_in_what_is_referred_to_and_says_where_from(self) -> None:
        tree = f'{URL}#/components/x/Tree'
        assert run(f"o.resolved(d, ['paths', '/a', 'get'], '{URL}')", DOCUMENT) == {
            'operationId': 'get_a',
            'responses': {
                'items': [
                    {
                        'branches': {'$ref': tree},
                        'leaf': {'$ref': 'elsewhere'},
                        'title': 'Oak',
                        '$$ref': tree,
                    }
                ],
                'free': [1, None],
                '$$ref': f'{URL}#/components/x/A~1B',
            },
        }

    def test_leaves_no_reference_in_any_operation_or_event(self, whole) -> None:
        everything = (
            "['paths', 'webhooks'].flatMap((section) => Object.entries(d[section]).flatMap("
            '([path, methods]) => Object.keys(methods).map((method) => '
            f"[path, method, o.resolved(d, [section, path, method], '{URL}')])))"
        )
        found = run(everything, whole)
        assert len(found) == sum(map(len, (*whole['paths'].values(), *whole['webhooks'].values())))
        for path, method, operation in found:
            assert '"$ref"' not in json.dumps(operation), (path, method)
