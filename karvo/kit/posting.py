"""Posting to addresses that somebody else chose: one deadline for the whole, a cap on what is read.

Nothing is followed, nothing is inflated, no proxy or password is taken from the environment.
`http.client`, because a call costs a third of what it costs through requests, and because it lets
us make the connection: to the very address that was judged (decision 0012).
"""

import base64
import email.utils
import functools
import http.client
import io
import ipaddress
import os
import select
import socket
import ssl
import time
import typing
import urllib.parse

import certifi
import msgspec

from karvo.config import config
from karvo.kit.outgoing import (
    BadReply,
    BadTls,
    Blocked,
    OutgoingError,
    ProxyFailed,
    Target,
    TooSlow,
    addresses_of,
    is_reachable,
)

REPLY_KEPT = 20_000  #: bytes of a reply's body that are read and kept
REPLY_HEAD = 65_536  #: bytes that the status line and headers may take
BODY_SECONDS = 2.0  #: what a reply's body may take once its status is known


class Reply(msgspec.Struct, frozen=True):
    """What came back; `body` is cut at REPLY_KEPT bytes and as it was sent, perhaps compressed."""

    status: int
    retry_after: str
    body: bytes


class _Timed(io.RawIOBase):
    """A socket's bytes until a deadline, counted."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.sock, self.deadline = sock, deadline
        # It keeps the descriptor open after http.client has closed a connection that it will not
        # use again, while the body is still unread.
        self._raw = sock.makefile('rb', buffering=0)
        self.left = REPLY_HEAD
        self.is_ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: typing.Any) -> int:
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError('the deadline passed')
        if self.left <= 0:
            raise BadReply('the reply is too long')
        self.sock.settimeout(remaining)
        count = self._raw.readinto(memoryview(buffer)[: min(len(buffer), self.left)]) or 0
        self.left -= count
        self.is_ended = not count
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Stream:
    """What http.client's response reads from: the socket, read through `_Timed`."""

    def __init__(self, timed: _Timed) -> None:
        self._timed = timed

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._timed, 8192)


class _Response(http.client.HTTPResponse):
    """A response that may be read only so long and so far."""

    def __init__(self, sock: socket.socket, deadline: float, method: str | None = None) -> None:
        self.timed = _Timed(sock, deadline)
        super().__init__(typing.cast(socket.socket, _Stream(self.timed)), method=method)


class Connection:
    """A kept connection to one host. Not for two threads at once."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.used = 0.0
        self._http: http.client.HTTPConnection | None = None

    def close(self) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None

    def post(self, body: bytes, headers: dict[str, str], seconds: float) -> Reply:
        """Within `seconds` in all. Raises OutgoingError.

        A kept connection that the other side had closed meanwhile is replaced once.
        """
        deadline = time.monotonic() + seconds
        is_kept = self._is_alive()
        try:
            return self._post(body, headers, deadline)
        except _Gone:
            self.close()
            if not is_kept:
                raise OutgoingError('the connection was closed without a reply') from None
        return self._post_afresh(body, headers, deadline)

    def _post_afresh(self, body: bytes, headers: dict[str, str], deadline: float) -> Reply:
        try:
            return self._post(body, headers, deadline)
        except _Gone:
            self.close()
            raise OutgoingError('the connection was closed without a reply') from None

    def _is_alive(self) -> bool:
        """Kept and not yet closed by the other side (readable now means: closed, or babble)."""
        sock = self._http.sock if self._http else None
        if sock is None:
            return False
        waiting = select.poll()
        waiting.register(sock, select.POLLIN)
        if waiting.poll(0):
            self.close()
            return False
        return True

    def _post(self, body: bytes, headers: dict[str, str], deadline: float) -> Reply:
        is_whole = False
        try:
            connection = self._connected(deadline)
            connection.sock.settimeout(max(0.001, deadline - time.monotonic()))
            response_class = functools.partial(_Response, deadline=deadline)
            connection.response_class = response_class  # type: ignore[assignment]
            self._send(connection, body, headers)
            response = typing.cast(_Response, connection.getresponse())
            if response.timed.is_ended:
                raise BadReply('the reply was cut off inside its headers')
            reply, is_whole = _read(response)
            return reply
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as error:
            raise _Gone from error
        except TimeoutError:
            raise TooSlow('no reply in time') from None
        except ssl.SSLError as error:
            raise BadTls(str(error)) from None
        except (http.client.HTTPException, ValueError) as error:
            raise BadReply(f'{type(error).__name__}: {error}'[:200]) from None
        except OSError as error:
            raise OutgoingError(error.strerror or str(error)) from None
        finally:
            self.used = time.monotonic()
            if not is_whole:
                self.close()

    def _send(
        self, connection: http.client.HTTPConnection, body: bytes, headers: dict[str, str]
    ) -> None:
        path = self.target.path
        if config.webhook_proxy and self.target.scheme == 'http':
            path = f'http://{self.target.authority}{path}'
            headers = headers | proxy_authorization()
        connection.putrequest('POST', path, skip_host=True, skip_accept_encoding=True)
        connection.putheader('Host', self.target.authority)
        connection.putheader('Content-Length', str(len(body)))
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)

    def _connected(self, deadline: float) -> http.client.HTTPConnection:
        if self._http is None:
            self._http = _open(self.target, deadline)
        return self._http


class _Gone(Exception):
    """Closed before the first byte of a reply."""


def _read(response: _Response) -> tuple[Reply, bool]:
    """The reply, and whether it was read whole, so that the connection may serve again.

    The status has been said: a body that drips, breaks off or does not end changes nothing in it.
    """
    timed = response.timed
    timed.deadline = min(timed.deadline, time.monotonic() + BODY_SECONDS)
    timed.left = REPLY_KEPT + 8192
    body, is_whole = b'', False
    try:
        body = response.read(REPLY_KEPT)
        is_whole = (response.isclosed() or not response.read(1)) and not response.will_close
    except http.client.IncompleteRead as error:
        body = error.partial
    except (OSError, http.client.HTTPException, ValueError, OutgoingError):
        pass
    finally:
        response.close()
    retry_after = response.headers.get('Retry-After') or ''
    return Reply(response.status, retry_after[:100], body[:REPLY_KEPT]), is_whole


def _open(target: Target, deadline: float) -> http.client.HTTPConnection:
    """Connected, TLS done. Raises OutgoingError."""
    if config.webhook_proxy:
        sock = _through_proxy(target, deadline)
    else:
        sock = _connect(addresses_of(target), target.port, deadline)
    if target.scheme == 'https':
        sock = _secured(sock, target.host, deadline)
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = sock
    connection.auto_open = 0
    return connection


def _connect(addresses: list[str], port: int, deadline: float) -> socket.socket:
    """To the first address that answers: these very addresses, never the name again."""
    error: OSError | None = None
    for address in addresses:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise TooSlow('the connection took too long')
        try:
            sock = socket.create_connection((address, port), timeout=remaining)
        except TimeoutError:
            raise TooSlow('the connection took too long') from None
        except OSError as problem:
            error = problem
            continue
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    raise OutgoingError(error.strerror or str(error) if error else 'no address')


@functools.cache
def tls() -> ssl.SSLContext:
    """Certificates are always checked; SSL_CERT_FILE adds an operator's own authority."""
    context = ssl.create_default_context(cafile=certifi.where())
    if own := os.environ.get('SSL_CERT_FILE'):
        context.load_verify_locations(cafile=own)
    return context


def _secured(sock: socket.socket, host: str, deadline: float) -> socket.socket:
    sock.settimeout(max(0.001, deadline - time.monotonic()))
    try:
        return tls().wrap_socket(sock, server_hostname=host)
    except TimeoutError:
        sock.close()
        raise TooSlow('the TLS handshake took too long') from None
    except (ssl.SSLError, ValueError) as error:
        sock.close()
        raise BadTls(str(error)[:200]) from None
    except OSError as error:
        sock.close()
        raise OutgoingError(error.strerror or str(error)) from None


def proxy_authorization() -> dict[str, str]:
    """The header that the proxy asks for, if its URL holds a name and a password."""
    parts = urllib.parse.urlsplit(config.webhook_proxy)
    if parts.username is None:
        return {}
    pair = f'{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or "")}'
    return {'Proxy-Authorization': f'Basic {base64.b64encode(pair.encode()).decode()}'}


def _through_proxy(target: Target, deadline: float) -> socket.socket:
    """A socket to the operator's proxy, with a tunnel in it for https.

    The proxy resolves the name, so it is the guard; what can be judged here is refused already.
    """
    if target.scheme == 'http':
        addresses_of(target)
    _refuse_literal(target)
    proxy = urllib.parse.urlsplit(config.webhook_proxy)
    port = proxy.port or 3128
    try:
        found = socket.getaddrinfo(proxy.hostname, port, type=socket.SOCK_STREAM)
        sock = _connect([str(entry[4][0]) for entry in found], port, deadline)
    except (OSError, OutgoingError) as error:
        raise ProxyFailed(f'the proxy cannot be reached: {error}') from None
    return _tunnel(sock, target, deadline) if target.scheme == 'https' else sock


def _refuse_literal(target: Target) -> None:
    try:
        address = ipaddress.ip_address(target.host)
    except ValueError:
        return
    if not is_reachable(address):
        raise Blocked(f'{address} is not a public address')


def _tunnel(sock: socket.socket, target: Target, deadline: float) -> socket.socket:
    try:
        status = _asked_to_connect(sock, target, deadline)
    except (OSError, http.client.HTTPException, OutgoingError) as error:
        sock.close()
        raise ProxyFailed(f'the proxy opened no tunnel: {error}') from None
    if status == 200:
        return sock
    sock.close()
    if status in (502, 504):
        raise OutgoingError(f'the proxy could not reach {target.host} ({status})')
    raise ProxyFailed(f'the proxy answered {status}')


def _asked_to_connect(sock: socket.socket, target: Target, deadline: float) -> int:
    host = f'[{target.host}]' if ':' in target.host else target.host
    lines = [f'CONNECT {host}:{target.port} HTTP/1.1', f'Host: {host}:{target.port}']
    lines += [f'{name}: {value}' for name, value in proxy_authorization().items()]
    sock.settimeout(max(0.001, deadline - time.monotonic()))
    sock.sendall('\r\n'.join([*lines, '', '']).encode())
    response = _Response(sock, deadline, method='CONNECT')
    response.begin()
    response.close()
    return response.status


def seconds_of(retry_after: str, now: float) -> float | None:
    """What a Retry-After header asks for, in seconds from now; None when it says nothing clear.

    Seconds, also with a fraction, or an HTTP date (RFC 9110 §10.2.3).
    """
    text = retry_after.strip()
    if text.replace('.', '', 1).isdigit() and text.isascii():
        return min(float(text), 1e9)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None
