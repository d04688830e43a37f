"""The application and its requests against Falcon's own, which they inherit from."""

import io
import typing

import falcon
import falcon.testing
import pytest

from karvo.kit.http import Response
from karvo.kit.wsgi_app import App, Request

Answer = tuple[str, list[tuple[str, str]], bytes]


class Refused(Exception):
    """What a step raises, to be answered by a handler."""


class Steps:
    """A middleware that fails where the query says, and tells what it was called with."""

    def __init__(self) -> None:
        self.told: list[typing.Any] = []

    def process_request(self, req: falcon.Request, resp: Response) -> None:
        resp.add({'x-first': 'yes'})
        _fail(req, 'before')

    def process_resource(
        self, req: falcon.Request, resp: Response, resource: object, params: dict[str, typing.Any]
    ) -> None:
        self.told.append((resource, dict(params), req.uri_template))
        _fail(req, 'at')

    def process_response(
        self, req: falcon.Request, resp: Response, resource: object, is_done: bool
    ) -> None:
        self.told.append((resource, is_done))
        _fail(req, 'after')


def _fail(req: falcon.Request, where: str) -> None:
    if req.params.get('fail') == where:
        raise Refused(where)


class Thing:
    """Answers in every way that a resource of ours does."""

    def on_get(self, req: falcon.Request, resp: Response, id: int) -> None:
        _fail(req, 'in')
        resp.status = int(req.params.get('status', 200))  # type: ignore[arg-type]
        if 'text' in req.params:
            resp.text = 'é'
            resp.set_cookie('seen', 'yes')
        elif 'unsendable' in req.params:
            resp.text = '\ud800'
        elif 'nothing' not in req.params:
            resp.data = f'{id} {req.path} {sorted(req.params.items())}'.encode()
            resp.content_type = 'text/plain'

    on_head = on_get

    def on_post(self, req: falcon.Request, resp: Response, id: int) -> None:
        resp.data = req.bounded_stream.read() + (req.content_type or '').encode()


def _refuse(req: falcon.Request, resp: Response, error: Exception, params: object) -> None:
    if 'worse' in req.params:
        raise falcon.HTTPConflict(title='twice')
    resp.status, resp.data = 422, f'{error} {params}'.encode()


AnyApp = falcon.App[falcon.Request, falcon.Response]


def ours() -> tuple[AnyApp, Steps]:
    steps = Steps()
    return with_things(App(middleware=[steps])), steps


def theirs() -> tuple[AnyApp, Steps]:
    steps = Steps()
    return with_things(falcon.App(middleware=[steps], response_type=Response)), steps


def with_things(app: AnyApp) -> AnyApp:
    app.req_options.strip_url_path_trailing_slash = True
    app.req_options.keep_blank_qs_values = True
    app.add_error_handler(Refused, _refuse)
    app.add_error_handler(UnicodeEncodeError, _refuse)
    app.add_route('/things/{id:int}', Thing())
    return app


def answered(app: AnyApp, env: dict[str, typing.Any]) -> Answer:
    """Status, headers and body."""
    told: list[typing.Any] = []
    body = b''.join(app(env, lambda *given: told.extend(given)))
    status, headers = told
    return status, sorted(headers), body


def environ(method: str, path: str, query: str, **more: typing.Any) -> dict[str, typing.Any]:
    env = falcon.testing.create_environ(method=method, query_string=query, **more)
    return env | {'PATH_INFO': path.encode().decode('latin-1')}


PATHS = ['/things/7', '/things/7/', '//things/7', '/things/x', '/thïngs/7', '/', '']
QUERIES = [
    '',
    'a=b&a=c&d=',
    'text',
    'unsendable',
    'nothing',
    *(f'status={n}' for n in (100, 204, 304, 404, 799)),
]
FAILURES = [f'fail={where}' for where in ('before', 'at', 'in', 'after')]


@pytest.mark.parametrize('method', ['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'BREW'])
@pytest.mark.parametrize('query', [*QUERIES, *FAILURES, *(f'{one}&worse' for one in FAILURES)])
@pytest.mark.parametrize('path', PATHS)
def test_answers_as_falcon_does(method: str, path: str, query: str) -> None:
    found = []
    for made in (ours, theirs):
        app, steps = made()
        answer = answered(app, environ(method, path, query))
        told = [tuple(str(part).partition(' object at')[0] for part in one) for one in steps.told]
        found.append((answer, told))
    assert found[0] == found[1]


def test_a_body_is_read_as_falcon_reads_it() -> None:
    found = [
        answered(
            made()[0],
            environ('POST', '/things/7', '', body='{}', headers={'Content-Type': 'a/b'}),
        )
        for made in (ours, theirs)
    ]
    assert found[0] == found[1]
    assert found[0][2] == b'{}a/b'


def test_a_method_that_falcon_made_up_is_one_that_no_route_has() -> None:
    app, _ = ours()
    status, headers, _ = answered(app, environ('WEBSOCKET', '/things/7', ''))
    assert status == '405 Method Not Allowed'
    assert ('x-first', 'yes') in headers


def test_what_nobody_handles_is_raised() -> None:
    app, _ = ours()
    app._error_handlers.clear()
    with pytest.raises(Refused):
        answered(app, environ('GET', '/things/7', 'fail=in'))


ENVIRONS = {
    'plain': environ('GET', '/a', ''),
    'full': environ(
        'POST',
        '/é/',
        'a=1&b=&b=2',
        body='a=b',
        headers={
            'Content-Type': 'application/x-www-form-urlencoded',
            'Forwarded': 'for=192.0.2.7;proto=https;host=erp.example',
            'If-Match': '"7"',
            'Cookie': 'a=b',
            'Accept': 'application/json',
        },
    ),
}


@pytest.mark.parametrize('kind', ENVIRONS)
def test_a_request_tells_what_falcons_tells(kind: str) -> None:
    options = ours()[0].req_options
    names = [name for name in dir(falcon.Request) if not name.startswith('__')]
    for name in names:
        env = ENVIRONS[kind]
        one, other = (
            _told(made_of({**env, 'wsgi.input': io.BytesIO(b'a=b')}, options), name)
            for made_of in (Request, falcon.Request)
        )
        assert one == other, name


def _told(req: falcon.Request, name: str) -> str:
    try:
        value = getattr(req, name)
    except Exception as error:
        return repr(error)
    return type(value).__name__ if ' at 0x' in repr(value) else repr(value)
