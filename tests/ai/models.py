"""A stand-in for an OpenAI-compatible endpoint that answers what it is told to, and remembers."""

import contextlib
import http.server
import json
import threading
import time
import typing
from collections.abc import Iterator

import msgspec
import pytest

from karvo.ai import provider
from karvo.config import config

KEY = 'sk-never-logged-1234'


class Model:
    """`answers` are given in turn, the last one for ever: a query, a text, or (status, body)."""

    def __init__(self) -> None:
        self.answers: list[typing.Any] = []
        self.bodies: list[dict[str, typing.Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.seconds = 0.0  #: before it answers
        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), self._handler())
        self.url = f'http://127.0.0.1:{self._server.server_port}/v1'
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def sent(self) -> str:
        """All that ever left, as text."""
        return json.dumps(self.bodies, ensure_ascii=False)

    def told(self) -> dict[str, typing.Any]:
        """What the first system text says of the model."""
        text = self.bodies[0]['messages'][0]['content']
        return typing.cast(dict[str, typing.Any], json.loads(text[text.index('\n\n') + 2 :]))

    def _next(self) -> tuple[int, bytes]:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, tuple):
            return answer
        text = answer if isinstance(answer, str) else json.dumps(answer)
        choice = {'message': {'role': 'assistant', 'content': text}}
        return 200, json.dumps({'choices': [choice]}).encode()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        model = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                length = int(self.headers.get('Content-Length') or 0)
                model.bodies.append(json.loads(self.rfile.read(length)))
                model.headers.append(dict(self.headers))
                model.paths.append(self.path)
                time.sleep(model.seconds)
                status, body = model._next()
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    if 300 <= status < 400:
                        self.send_header('Location', body.decode())
                    self.send_header('Content-Length', str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

        return Handler


@contextlib.contextmanager
def served(patch: pytest.MonkeyPatch, **values: typing.Any) -> Iterator[Model]:
    """A model that the operator has configured."""
    model = Model()
    known = {'llm_base_url': model.url, 'llm_model': 'small', 'llm_api_key': KEY}
    patch.setattr(provider, 'config', msgspec.structs.replace(config, **known | values))
    provider.rest.end()
    try:
        yield model
    finally:
        provider.rest.end()
        model.close()
