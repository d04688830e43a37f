"""A real server in this process for the browser, and the browser."""

import pathlib
import shutil
import socketserver
import tempfile
import threading
import typing
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import falcon
import pytest

from karvo.kit.db import close_all
from tenants.models import control
from tests.not_run import need
from tests.site.browser import Browser


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """A thread for each connection: a browser keeps several."""

    daemon_threads = True

    def process_request_thread(self, *request: typing.Any) -> None:
        """The thread ends with its connections to the database closed."""
        super().process_request_thread(*request)
        close_all()
        control.close()


class Handler(WSGIRequestHandler):
    """Without a line on stderr for every request."""

    def log_message(self, *arguments: object) -> None: ...


@pytest.fixture(scope='session')
def origin(app: falcon.App) -> Iterator[str]:
    """Where the application answers on a socket: http://127.0.0.1:PORT."""
    with make_server('127.0.0.1', 0, app, Server, Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}'
        server.shutdown()


@pytest.fixture(scope='session')
def browser() -> Iterator[Browser]:
    program = need('chromium')
    # Not below pytest's folder: sockets in a profile must have a short path.
    profile = pathlib.Path(tempfile.mkdtemp(prefix='karvo-chromium-'))
    running = Browser(program, profile)
    yield running
    running.close()
    shutil.rmtree(profile, ignore_errors=True)


@pytest.fixture
def closing(browser: Browser) -> Iterator[None]:
    """A test's own pages go with it: the reference goes on drawing, in 390 MB each."""
    first = len(browser.contexts)
    yield
    browser.close_pages(first)
