"""Addresses that somebody else chose: which of them KARVO may send to, and how sending may fail.

Judged are the addresses that a name resolves to, never its text: 127.0.0.1 has too many spellings.
"""

import functools
import ipaddress
import socket
import urllib.parse

import msgspec

from karvo.config import IPNetwork, config
from karvo.kit.log import log

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: `is_global` is true for these; yet behind them are multicast groups or, through translators and
#: tunnels, private IPv4 addresses (measured on Python 3.11).
HIDDEN = tuple(
    ipaddress.ip_network(text)
    for text in (
        '224.0.0.0/4', '192.88.99.0/24', '192.0.0.0/24', 'ff00::/8', '::/96', '64:ff9b::/96',
        '64:ff9b:1::/48', '2002::/16', 'fec0::/10', '3fff::/20', '5f00::/16',
    )
)  # fmt: skip


class OutgoingError(Exception):
    """No answer came; `outcome` is one word for the log."""

    outcome = 'connection'


class Blocked(OutgoingError):
    """The address may not be reached; nothing was sent."""

    outcome = 'blocked'


class BadAddress(OutgoingError):
    """The URL names no host that could exist."""

    outcome = 'invalid'


class TooSlow(OutgoingError):
    """The deadline passed before the reply's status was known."""

    outcome = 'timeout'


class BadTls(OutgoingError):
    """The certificate is not the host's, not trusted, or the handshake failed."""

    outcome = 'tls'


class BadReply(OutgoingError):
    """What came back is no HTTP, was cut off inside its headers, or never ends them."""

    outcome = 'reply'


class ProxyFailed(OutgoingError):
    """The operator's proxy is at fault, not the address behind it."""

    outcome = 'proxy'


class Target(msgspec.Struct, frozen=True):
    """Where a URL leads."""

    scheme: str
    host: str  #: in ASCII, without brackets
    port: int
    path: str  #: with the query, as it goes on the request line

    @property
    def authority(self) -> str:
        host = f'[{self.host}]' if ':' in self.host else self.host
        is_usual = self.port == (443 if self.scheme == 'https' else 80)
        return host if is_usual else f'{host}:{self.port}'


def allowed_networks() -> list[IPNetwork]:
    """What the operator lets webhooks reach although it is not public."""
    return config.webhook_networks


def is_allowed(address: Address) -> bool:
    """In one of the operator's networks."""
    return any(address in network for network in allowed_networks())


def is_reachable(address: Address) -> bool:
    """Public, or in one of the operator's networks."""
    inner = getattr(address, 'ipv4_mapped', None)
    if inner is not None:
        return is_reachable(inner)
    if is_allowed(address):
        return True
    return address.is_global and not any(address in network for network in HIDDEN)


@functools.lru_cache(maxsize=4096)
def target_of(url: str) -> Target:
    """Raises BadAddress: not http(s), credentials in it, no host, or a name that cannot be."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname or '', parts.port
        if parts.scheme not in ('http', 'https') or not host or parts.username is not None:
            raise BadAddress(f'no URL that can be sent to: {url[:200]}')
        # Punycode for letters beyond ASCII; the checks on lengths come with it.
        host = host if ':' in host else host.encode('idna').decode()
    except (ValueError, UnicodeError) as error:
        raise BadAddress(f'{type(error).__name__}: {error}') from None
    path = urllib.parse.quote(parts.path or '/', safe="/%:@!$&'()*+,;=~-._")
    query = urllib.parse.quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    default = 443 if parts.scheme == 'https' else 80
    return Target(parts.scheme, host, port or default, f'{path}?{query}' if query else path)


def addresses_of(target: Target) -> list[str]:
    """What the host resolves to, all of it reachable. Raises Blocked, BadAddress, OutgoingError.

    One private address among public ones refuses them all: such a name is not honest. Plain http
    goes only where the operator allows it by network.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise BadAddress(str(error)) from None
    except OSError as error:
        raise OutgoingError(f'{target.host}: {error.strerror or error}') from None
    texts = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for text in texts:
        address = ipaddress.ip_address(text.partition('%')[0])
        if not is_reachable(address):
            # What it resolves to is the operator's business: whoever set the URL reads the error.
            log.warning('a webhook was blocked', host=target.host, address=text)
            raise Blocked('the host does not lead to a public address')
        if target.scheme == 'http' and not is_allowed(address):
            raise Blocked('http without TLS is for networks that the operator allows')
    return texts
