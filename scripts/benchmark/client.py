"""A load generator that costs little itself: raw sockets, kept open, one thread each."""

import random
import socket
import threading
import time
import typing

import msgspec

CONNECTIONS = 4


class Window(msgspec.Struct, kw_only=True):
    """What one stretch of load saw; latencies in milliseconds."""

    seconds: float
    latencies: list[float]
    refusals: int
    sample: bytes

    @property
    def rps(self) -> float:
        return len(self.latencies) / self.seconds


def load(
    port: int, requests: typing.Sequence[bytes], seconds: float, connections: int = CONNECTIONS
) -> Window:
    """Ask as fast as the answers come, each connection its own random order."""
    window = Window(seconds=0, latencies=[], refusals=0, sample=b'')
    threads = [
        threading.Thread(target=_ask, args=(port, requests, seconds, window, seed))
        for seed in range(connections)
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    window.seconds = time.perf_counter() - started
    return window


def once(port: int, request: bytes) -> bytes:
    """One request's whole answer."""
    with socket.create_connection(('127.0.0.1', port)) as connection:
        connection.sendall(request)
        return _answer(connection, b'')[0]


def _ask(
    port: int, requests: typing.Sequence[bytes], seconds: float, window: Window, seed: int
) -> None:
    order = random.Random(seed + time.monotonic_ns())
    until = time.perf_counter() + seconds
    latencies: list[float] = []
    with socket.create_connection(('127.0.0.1', port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        left = b''
        while (started := time.perf_counter()) < until:
            connection.sendall(order.choice(requests))
            answer, left = _answer(connection, left)
            latencies.append((time.perf_counter() - started) * 1000)
            if not answer.startswith(b'HTTP/1.1 2'):
                window.refusals += 1
                window.sample = answer
    window.latencies += latencies


def _answer(connection: socket.socket, buffer: bytes) -> tuple[bytes, bytes]:
    while (end := buffer.find(b'\r\n\r\n')) < 0:
        buffer += _more(connection)
    head = buffer[:end].lower()
    at = head.find(b'content-length:')
    length = int(head[at + 15 :].split(b'\r\n', 1)[0])
    total = end + 4 + length
    while len(buffer) < total:
        buffer += _more(connection)
    return buffer[:total], buffer[total:]


def _more(connection: socket.socket) -> bytes:
    part = connection.recv(1 << 18)
    if not part:
        raise ConnectionError('the server closed the connection')
    return part
