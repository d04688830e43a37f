"""Ready calls of an operation in curl, Python and JavaScript: OpenAPI's `x-codeSamples`.

Each is made of the finished operation, so that it names what the document names, and runs as it
stands once the key is put in.
"""

import json
import mimetypes
import pprint
import re
import shlex
import textwrap
import typing
import urllib.parse

import msgspec

Document = dict[str, typing.Any]

KEY = 'se_your_api_key_here'
TOKEN = 'your_token_here'
LOGIN = ('your_login', 'your application password')
FORMATS = {'date': '2026-11-20', 'date-time': '2026-11-20T12:00:00Z', 'email': 'a@shop.example'}


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request, and of what media type its answer is."""

    method: str
    url: str
    headers: dict[str, str]
    body: typing.Any = None
    answers: str = 'application/json'

    @property
    def file(self) -> str:
        """Where a sample puts an answer that is no JSON; '' for JSON."""
        if self.answers == 'application/json':
            return ''
        return f'answer{mimetypes.guess_extension(self.answers) or ".bin"}'


def illustrate(operation: Document, method: str, url: str, given: Document, auth: Document) -> None:
    """Adds examples and `x-codeSamples` to an operation.

    `given` holds values of path and query parameters by name, and `body`; what is required and not
    in there is made up from its schema. `auth` are the headers that a credential takes.
    """
    used = _parameters(operation, given)
    path = {name: urllib.parse.quote(str(value), safe='') for name, value in used['path'].items()}
    url = re.sub(r'\{(\w+)\}', lambda found: path[found[1]], url)
    if used['query']:
        url += f'?{urllib.parse.urlencode(used["query"])}'
    headers = dict(auth) if operation['security'] else {}
    body = None
    if content := operation.get('requestBody', {}).get('content', {}).get('application/json'):
        body = given.get('body', {})
        content['example'] = body
        headers['Content-Type'] = 'application/json'
    call = Call(method=method, url=url, headers=headers, body=body, answers=_answers(operation))
    operation['x-codeSamples'] = [
        {'lang': 'Shell', 'label': 'curl', 'source': curl(call)},
        {'lang': 'Python', 'label': 'Python', 'source': python(call)},
        {'lang': 'JavaScript', 'label': 'JavaScript', 'source': javascript(call)},
    ]


def _parameters(operation: Document, given: Document) -> dict[str, Document]:
    """{'path': …, 'query': …}: values of what is required, or named by `given`."""
    used: dict[str, Document] = {'path': {}, 'query': {}, 'header': {}}
    for parameter in operation['parameters']:
        name = parameter['name']
        if name in given or parameter['required']:
            value = given.get(name, made_up(parameter['schema']))
            used[parameter['in']][name] = parameter['example'] = value
    return used


def made_up(schema: Document, shapes: Document | None = None) -> typing.Any:
    """A small value that this JSON schema takes; `shapes` are the schemas that `$ref` names."""
    if '$ref' in schema:
        return made_up((shapes or {}).get(schema['$ref'].rsplit('/', 1)[-1], {}), shapes)
    if values := schema.get('examples') or schema.get('enum'):
        return values[0]
    if options := schema.get('anyOf') or schema.get('oneOf'):
        return made_up(options[0], shapes)
    if schema.get('type') == 'array':
        return [made_up(schema.get('items', {}), shapes) for _ in range(schema.get('minItems', 0))]
    if schema.get('type') == 'object':
        members = schema.get('properties', {})
        return {name: made_up(members[name], shapes) for name in schema.get('required', ())}
    if schema.get('type') == 'string':
        text = FORMATS.get(schema.get('format', ''), 'example')
        return text.ljust(schema.get('minLength', 0), 'x')[: schema.get('maxLength')]
    if schema.get('type') in ('integer', 'number'):
        return max(1, schema.get('minimum', 1), schema.get('exclusiveMinimum', 0) + 1)
    return True if schema.get('type') == 'boolean' else {}


def _answers(operation: Document) -> str:
    good = next(status for status in operation['responses'] if status.startswith('2'))
    return next(iter(operation['responses'][good].get('content', {})), 'application/json')


def headers_of(schemes: Document) -> dict[str, str]:
    """The headers that the first of these securitySchemes takes, with a value to replace."""
    for scheme in schemes.values():
        if scheme['type'] == 'apiKey':
            return {scheme['name']: KEY}
        return {'Authorization': f'Bearer {TOKEN}'}
    return {}


def curl(call: Call) -> str:
    """For a POSIX shell."""
    parts = [f'curl {"" if call.method == "GET" else f"-X {call.method} "}{shlex.quote(call.url)}']
    parts += [f'-H {shlex.quote(f"{name}: {value}")}' for name, value in call.headers.items()]
    if call.body is not None:
        parts.append(f'-d {shlex.quote(_json(call.body))}')
    if call.file:
        parts.append(f'-o {call.file}')
    return ' \\\n  '.join(parts)


def python(call: Call) -> str:
    """With the library requests."""
    headers = {name: value for name, value in call.headers.items() if name != 'Content-Type'}
    options = [repr(call.url), *([f'headers={headers!r}'] if headers else [])]
    if call.body is not None:
        text = pprint.pformat(call.body, width=80, sort_dicts=False)
        options.append(f'json={textwrap.indent(text, " " * 9).lstrip()}')
    inside = ''.join(f'    {option},\n' for option in [*options, 'timeout=30'])
    end = 'print(answer.json())'
    if call.file:
        end = f"with open({call.file!r}, 'wb') as file:\n    file.write(answer.content)"
    return (
        f'import requests\n\nanswer = requests.{call.method.lower()}(\n{inside})\n'
        f'answer.raise_for_status()\n{end}'
    )


def javascript(call: Call) -> str:
    """With fetch: in a browser, or in Node as a module."""
    options = [] if call.method == 'GET' else [f'method: "{call.method}"']
    if call.headers:
        options.append(f'headers: {json.dumps(call.headers)}')
    if call.body is not None:
        text = textwrap.indent(_json(call.body), '  ').lstrip()
        options.append(f'body: JSON.stringify({text})')
    inside = f', {{\n{"".join(f"  {option},{chr(10)}" for option in options)}}}' if options else ''
    return (
        f'const answer = await fetch({json.dumps(call.url)}{inside});\n'
        f'if (!answer.ok) throw new Error(await answer.text());\n'
        f'console.log(await answer.{"blob" if call.file else "json"}());'
    )


def _json(value: typing.Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
