"""Falcon's application and request with fewer steps: what KARVO never does is not looked for.

No websockets (their method is one that no route has), sinks, folders of files, streams, nor
middleware that completes an answer: half of what Falcon itself costs a small read (decision 8).
What is left must do the same: tests/kit/test_wsgi_app.py asks Falcon's own beside it.
"""

import typing
from collections.abc import Sequence

import falcon
from falcon._typing import _UNSET
from falcon.util import code_to_http_status
from falcon.util.uri import parse_query_string

from karvo.kit.http import Response

WITHOUT_BODY = {'100 Continue', '101 Switching Protocols', '204 No Content', '304 Not Modified'}
WITHOUT_TYPE = {'204 No Content', '304 Not Modified'}


Middleware = Sequence[typing.Any]


class Request(falcon.Request):
    """Falcon's. What is nothing until somebody asks for it is so once for all requests, not set in
    each of them.
    """

    is_websocket = False
    uri_template = None
    _bounded_stream = None
    _cached_access_route = None
    _cached_forwarded = None
    _cached_forwarded_prefix = None
    _cached_forwarded_uri = None
    _cached_headers = None
    _cached_headers_lower = None
    _cached_prefix = None
    _cached_relative_uri = None
    _cached_uri = None
    _media = _UNSET
    _media_error = None

    def __init__(self, env: dict[str, typing.Any], options: falcon.RequestOptions) -> None:
        self.env, self.options, self.method = env, options, env['REQUEST_METHOD']
        path: str = env['PATH_INFO']
        if not path.isascii():
            path = path.encode('latin-1').decode(errors='replace')  # PEP 3333
        if path[-1:] == '/' and options.strip_url_path_trailing_slash:
            path = path[:-1]
        self.path = path or '/'
        self.query_string = query = env.get('QUERY_STRING', '')
        self._params = _parameters(query, options) if query else {}
        self.content_type = env.get('CONTENT_TYPE')
        self.stream = env['wsgi.input']
        self._wsgierrors = env['wsgi.errors']
        self.context = self.context_type()


def _parameters(query: str, options: falcon.RequestOptions) -> dict[str, str | list[str]]:
    return parse_query_string(
        query, keep_blank=options.keep_blank_qs_values, csv=options.auto_parse_qs_csv
    )


class App(falcon.App[falcon.Request, falcon.Response]):
    """Falcon's, for middleware that is independent of other middleware."""

    def __init__(self, *, middleware: Middleware = (), router: typing.Any = None) -> None:
        super().__init__(
            request_type=Request, response_type=Response, middleware=middleware, router=router
        )

    def __call__(
        self, env: dict[str, typing.Any], start_response: typing.Any
    ) -> typing.Iterable[bytes]:
        """PEP 3333."""
        req, resp = Request(env, self.req_options), Response(self.resp_options)
        before, at, after = typing.cast(typing.Any, self._middleware)
        resource, params, is_done = None, {}, False
        try:
            for step in before:
                step(req, resp)
            responder, params, resource, req.uri_template = self._get_responder(req)
            if resource is not None:
                for step in at:
                    step(req, resp, resource, params)
            responder(req, resp, **params)
            is_done = True
        except Exception as error:
            if not self._handle_exception(req, resp, error, params):
                raise
        for step in after:
            try:
                step(req, resp, resource, is_done)
            except Exception as error:
                is_done = False
                if not self._handle_exception(req, resp, error, params):
                    raise
        try:
            data = resp.render_body()
        except Exception as error:
            data = b''
            if not self._handle_exception(req, resp, error, params):
                raise
        return self._sent(req.method, resp, data, start_response)

    def _get_responder(self, req: falcon.Request) -> typing.Any:
        found = self._router_search(req.path, req=req)
        if found is None or req.method not in found[1]:
            return super()._get_responder(req)  # it words what is refused
        resource, responders, params, template = found
        return responders[req.method], params, resource, template

    def _sent(
        self, method: str, resp: Response, data: bytes | None, start_response: typing.Any
    ) -> typing.Iterable[bytes]:
        status = code_to_http_status(resp.status)
        may_have_body = status not in WITHOUT_BODY
        if may_have_body:
            resp.add({'content-length': str(len(data or b''))})
        media_type = None if status in WITHOUT_TYPE else self.resp_options.default_media_type
        start_response(status, resp._wsgi_headers(media_type))
        return [data] if data is not None and may_have_body and method != 'HEAD' else []
