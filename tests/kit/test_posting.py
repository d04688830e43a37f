"""Posting to endpoints that answer well, badly, slowly, or not at all."""

import gzip
import ipaddress
import resource
import socket
import time
import typing

import pytest

from karvo.kit import outgoing, posting
from karvo.kit.outgoing import BadReply, Blocked, OutgoingError, TooSlow, target_of
from karvo.kit.posting import Connection, Reply, seconds_of
from tests.receivers import OK, Received, receiver, status


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    networks = [ipaddress.ip_network('127.0.0.0/8')]
    monkeypatch.setattr(outgoing, 'allowed_networks', lambda: networks)


def post(url: str, seconds: float = 2.0, body: bytes = b'{}', **headers: str) -> Reply:
    connection = Connection(target_of(url))
    try:
        return connection.post(body, headers, seconds)
    finally:
        connection.close()


class TestReplies:
    def test_a_good_one(self) -> None:
        with receiver() as endpoint:
            reply = post(endpoint.url, body=b'{"a":1}', X_Test='a')
            assert (reply.status, reply.body) == (200, b'ok')
            request = endpoint.requests[0]
            assert request.line == 'POST /hook HTTP/1.1'
            assert request.body == b'{"a":1}'
            assert request.headers['host'] == f'127.0.0.1:{endpoint.port}'
            assert 'accept-encoding' not in request.headers

    def test_the_connection_is_kept(self) -> None:
        with receiver() as endpoint:
            connection = Connection(target_of(endpoint.url))
            assert [connection.post(b'{}', {}, 2).status for _ in range(5)] == [200] * 5
            assert endpoint.connections == 1
            connection.close()

    def test_a_kept_connection_that_was_closed_meanwhile_is_replaced(self) -> None:
        def answer_and_hang_up(connection: socket.socket, _request: Received) -> None:
            connection.sendall(OK)
            connection.shutdown(socket.SHUT_RDWR)

        with receiver(answer_and_hang_up) as endpoint:
            connection = Connection(target_of(endpoint.url))
            assert connection.post(b'{}', {}, 2).status == 200
            time.sleep(0.05)
            assert connection.post(b'{}', {}, 2).status == 200
            assert (endpoint.connections, len(endpoint.requests)) == (2, 2)
            connection.close()

    def test_redirects_are_not_followed(self) -> None:
        with receiver(status(302, 'Location: http://169.254.169.254/')) as endpoint:
            assert post(endpoint.url).status == 302
            assert len(endpoint.requests) == 1

    def test_retry_after_is_passed_on(self) -> None:
        with receiver(status(429, 'Retry-After: 7')) as endpoint:
            assert post(endpoint.url).retry_after == '7'

    def test_nul_bytes_are_kept_as_they_are(self) -> None:
        with receiver(b'HTTP/1.1 500 X\r\nContent-Length: 3\r\n\r\na\0b') as endpoint:
            assert post(endpoint.url).body == b'a\0b'

    def test_a_body_without_length_ends_with_the_connection(self) -> None:
        def answer(connection: socket.socket, _request: Received) -> None:
            connection.sendall(b'HTTP/1.0 200 OK\r\n\r\nwhole')
            connection.shutdown(socket.SHUT_RDWR)

        with receiver(answer) as endpoint:
            assert post(endpoint.url).body == b'whole'


class TestHostileReplies:
    @pytest.mark.wall_clock
    def test_a_drip_in_the_headers_ends_at_the_deadline(self) -> None:
        def drip(connection: socket.socket, _request: Received) -> None:
            connection.sendall(b'HTTP/1.1 200 OK\r\n')
            for _ in range(200):
                connection.sendall(b'x')
                time.sleep(0.05)

        with receiver(drip) as endpoint:
            began = time.monotonic()
            with pytest.raises(TooSlow):
                post(endpoint.url, seconds=0.5)
            assert time.monotonic() - began < 1.0

    @pytest.mark.wall_clock
    def test_a_drip_in_the_body_does_not_change_the_status(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(posting, 'BODY_SECONDS', 0.3)

        def drip(connection: socket.socket, _request: Received) -> None:
            connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n')
            for _ in range(200):
                connection.sendall(b'x')
                time.sleep(0.05)

        with receiver(drip) as endpoint:
            began = time.monotonic()
            assert post(endpoint.url, seconds=5).status == 200
            assert time.monotonic() - began < 1.0

    def test_no_reply_at_all(self) -> None:
        silent = receiver(lambda connection, _request: time.sleep(3))
        with silent as endpoint, pytest.raises(TooSlow):
            post(endpoint.url, seconds=0.3)

    def test_256_mb_of_gzip_are_neither_read_nor_inflated(self) -> None:
        packed = gzip.compress(bytes(256 << 20), compresslevel=1)
        head = f'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n'
        with receiver(head.encode() + packed) as endpoint:
            before = _peak_kib()
            assert len(post(endpoint.url).body) == posting.REPLY_KEPT
            assert _peak_kib() - before < 50 << 10

    def test_endless_headers_are_cut(self) -> None:
        def babble(connection: socket.socket, _request: Received) -> None:
            connection.sendall(b'HTTP/1.1 200 OK\r\n')
            for number in range(10_000):
                connection.sendall(f'X-{number}: {"x" * 60_000}\r\n'.encode())

        with receiver(babble) as endpoint, pytest.raises(BadReply):
            post(endpoint.url)

    @pytest.mark.parametrize(
        'reply',
        [b'HTTP/1.1 200 OK\r\nContent-Le', b'HTTP/1.1 200 OK', b'SSH-2.0-x\r\n', b'\0' * 50 + b'\n',
         b'HTTP/1.1 abc OK\r\n\r\n', b'HTTP/1.1 200 OK\r\n'],
    )  # fmt: skip
    def test_what_is_cut_off_or_no_http(self, reply: bytes) -> None:
        def answer(connection: socket.socket, _request: Received) -> None:
            connection.sendall(reply)
            connection.shutdown(socket.SHUT_RDWR)

        with receiver(answer) as endpoint, pytest.raises(BadReply):
            post(endpoint.url)

    def test_a_connection_closed_without_a_word(self) -> None:
        rude = receiver(lambda connection, _request: connection.shutdown(2))
        with rude as endpoint, pytest.raises(OutgoingError, match='without a reply'):
            post(endpoint.url)

    def test_nobody_listens(self) -> None:
        with receiver() as endpoint:
            url = endpoint.url
        with pytest.raises(OutgoingError) as refused:
            post(url)
        assert refused.value.outcome == 'connection'


class TestGuard:
    def test_nothing_connects_to_a_private_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(outgoing, 'allowed_networks', list)
        with receiver() as endpoint:
            for host in ('127.0.0.1', '127.1', 'localhost', '[::ffff:7f00:1]', '0'):
                with pytest.raises(Blocked):
                    post(f'http://{host}:{endpoint.port}/')
                with pytest.raises(Blocked):
                    post(f'https://{host}:{endpoint.port}/')
            assert endpoint.connections == 0

    def test_environment_proxies_are_ignored(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv('HTTP_PROXY', 'http://127.0.0.1:1')
        with receiver() as endpoint:
            assert post(endpoint.url).status == 200


class TestProxy:
    @pytest.fixture
    def through(self, monkeypatch: pytest.MonkeyPatch) -> typing.Callable[[str], None]:
        def use(url: str) -> None:
            changed = posting.msgspec.structs.replace(posting.config, webhook_proxy=url)
            monkeypatch.setattr(posting, 'config', changed)

        return use

    def test_requests_go_through_it(self, through: typing.Callable[[str], None]) -> None:
        with receiver() as proxy:
            through(f'http://me:secret@127.0.0.1:{proxy.port}')
            assert post('http://127.0.0.1:9/hook').status == 200
            assert proxy.requests[0].line == 'POST http://127.0.0.1:9/hook HTTP/1.1'
            assert proxy.requests[0].headers['proxy-authorization'] == 'Basic bWU6c2VjcmV0'

    def test_a_dead_proxy_is_not_the_endpoints_fault(
        self, through: typing.Callable[[str], None]
    ) -> None:
        through('http://127.0.0.1:1')
        with pytest.raises(OutgoingError) as failed:
            post('https://hooks.example/')
        assert failed.value.outcome == 'proxy'

    @pytest.mark.parametrize(('code', 'outcome'), [(407, 'proxy'), (502, 'connection')])
    def test_a_refused_tunnel(
        self, through: typing.Callable[[str], None], code: int, outcome: str
    ) -> None:
        with receiver(status(code)) as proxy:
            through(f'http://127.0.0.1:{proxy.port}')
            with pytest.raises(OutgoingError) as failed:
                post('https://hooks.example/')
            assert proxy.requests[0].line == 'CONNECT hooks.example:443 HTTP/1.1'
            assert failed.value.outcome == outcome


class TestSecondsOf:
    @pytest.mark.parametrize(
        ('text', 'seconds'),
        [
            ('7', 7.0), (' 1.5 ', 1.5), ('0', 0.0), ('', None), ('soon', None), ('-3', None),
            ('9' * 400, 1e9), ('Fri, 01 Jan 2027 00:00:10 GMT', 10.0),
            ('Fri, 01 Jan 2020 00:00:00 GMT', 0.0), ('1.2.3', None), ('٣', None), ('.', None),
        ],
    )  # fmt: skip
    def test_reads(self, text: str, seconds: float | None) -> None:
        assert seconds_of(text, 1798761600.0) == seconds


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
