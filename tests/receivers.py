"""Endpoints for tests: sockets that answer with the bytes they are told to, well or badly."""

import contextlib
import socket
import threading
import typing
from collections.abc import Callable, Iterator

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'


class Received(typing.NamedTuple):
    """One request: its request line, headers in lower case, and body."""

    line: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Listens on loopback; `answer(connection, request)` says what goes back."""

    def __init__(self, answer: Callable[[socket.socket, Received], None]) -> None:
        self.answer = answer
        self.requests: list[Received] = []
        self.connections = 0
        self._listener = socket.create_server(('127.0.0.1', 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self.url = f'http://127.0.0.1:{self.port}/hook'
        self._open: list[socket.socket] = []

    def run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), connection.makefile('rb') as stream:
            while request := _read(stream):
                self.requests.append(request)
                self.answer(connection, request)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            connection.close()


def _read(stream: typing.BinaryIO) -> Received | None:
    line = stream.readline().decode().strip()
    if not line:
        return None
    headers: dict[str, str] = {}
    while header := stream.readline().decode().strip():
        name, _, value = header.partition(':')
        headers[name.lower()] = value.strip()
    return Received(line, headers, stream.read(int(headers.get('content-length', 0))))


@contextlib.contextmanager
def receiver(
    answer: Callable[[socket.socket, Received], None] | bytes = OK,
) -> Iterator[Receiver]:
    """A receiver that answers with these bytes, or as the function does."""
    if isinstance(answer, bytes):
        text = answer
        made = Receiver(lambda connection, _request: connection.sendall(text))
    else:
        made = Receiver(answer)
    threading.Thread(target=made.run, daemon=True).start()
    try:
        yield made
    finally:
        made.close()


def status(code: int, *headers: str) -> bytes:
    """A whole reply of this status."""
    lines = [f'HTTP/1.1 {code} X', 'Content-Length: 0', *headers]
    return '\r\n'.join([*lines, '', '']).encode()
