"""Where a webhook may send and which headers it may add: judged by their text, without network.

What a name resolves to is judged when something is sent (`karvo.kit.outgoing`).
"""

import ipaddress
import re
import socket
import urllib.parse

from karvo.config import config
from karvo.kit.errors import Invalid, invalid
from karvo.kit.outgoing import is_reachable

LONGEST = 2048
PLAIN = re.compile(r'[\x21-\x7e]+')
LABEL = re.compile(r'[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?', re.I)
PORTS = (80, 443)  #: allowed below 1024

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
VALUE = re.compile(r'[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?')
MOST_HEADERS, LONGEST_VALUE = 20, 4096
#: set by the sender, of the connection itself, or read by proxies on the way
DENIED = {
    'accept-encoding', 'connection', 'cookie', 'date', 'expect', 'forwarded', 'host',
    'http2-settings', 'keep-alive', 'origin', 'referer', 'set-cookie', 'te', 'trailer',
    'transfer-encoding', 'upgrade', 'user-agent', 'via',
}  # fmt: skip
DENIED_BEGINNINGS = ('content-', 'webhook-', 'x-wc-', 'proxy-', 'x-forwarded-', 'sec-')


def checked_url(text: str) -> str:
    """The address, its host in ASCII; raises Invalid for one that is never sent to."""
    if '#' in text:
        raise invalid(url='must have no fragment')
    parts = _split(text)
    if parts.username is not None or parts.password is not None:
        raise invalid(url='must hold no user name or password')
    host = _host(parts)
    port = f':{parts.port}' if parts.port is not None else ''
    url = urllib.parse.urlunsplit((parts.scheme, host + port, parts.path or '/', parts.query, ''))
    if not PLAIN.fullmatch(url):
        raise invalid(url='must be percent-encoded')
    if len(url) > LONGEST:
        raise invalid(url=f'must have at most {LONGEST} characters')
    return url


def _split(text: str) -> urllib.parse.SplitResult:
    """Raises Invalid for another scheme or port. Python drops control characters silently."""
    if any(ord(sign) <= 32 or sign in '\\\x7f' for sign in text):
        raise invalid(url='must hold no blanks, control characters or backslashes')
    try:
        parts = urllib.parse.urlsplit(text)
        port = parts.port
    except ValueError:
        raise invalid(url='is no address') from None
    if parts.scheme == 'http' and not config.webhook_allow_cidrs or parts.scheme not in SCHEMES:
        raise invalid(url='must begin with https://')
    if port is not None and port not in PORTS and port < 1024:
        raise invalid(url=f'must not name port {port}: allowed are 80, 443 and those from 1024')
    return parts


SCHEMES = ('http', 'https')


def _host(parts: urllib.parse.SplitResult) -> str:
    """The host in ASCII, an IPv6 address in brackets."""
    name = parts.hostname or ''
    if ':' in name:
        _check_address(_address(name))
        return f'[{name}]'
    try:
        # What looks like digits and points (①②⑦。0。0。1) becomes digits and points here.
        name = name.encode('idna').decode().lower()
    except UnicodeError:
        raise invalid(url='has no valid host name') from None
    labels = name.removesuffix('.').split('.')
    if re.fullmatch(r'\d+|0x[0-9a-f]*', labels[-1]):
        _check_address(_address(name))
    elif len(name) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise invalid(url='has no valid host name')
    return name


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Also 127.1, 2130706433, 0x7f000001 and 0177.0.0.1, as connect would read them."""
    try:
        if ':' in text and '%' not in text:
            return ipaddress.IPv6Address(text)
        return ipaddress.IPv4Address(socket.inet_aton(text))
    except (ValueError, OSError):
        raise invalid(url='has no valid address') from None


def _check_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if not is_reachable(address):
        raise invalid(url='must not lead to an address that is not public')


def check_headers(headers: dict[str, str]) -> None:
    """Raises Invalid, naming each header that is malformed or the sender's own."""
    if len(headers) > MOST_HEADERS:
        raise invalid(headers=f'must have at most {MOST_HEADERS} members')
    problems = {f'headers.{name}': why for name, v in headers.items() if (why := _why(name, v))}
    if len({name.lower() for name in headers}) < len(headers):
        problems['headers'] = 'must name each header once'
    if problems:
        raise Invalid('; '.join(f'{f} {why}' for f, why in problems.items()), fields=problems)


def _why(name: str, value: str) -> str:
    if not TOKEN.fullmatch(name):
        return 'is no name of a header'
    if name.lower() in DENIED or name.lower().startswith(DENIED_BEGINNINGS):
        return 'may not be set'
    if len(value) > LONGEST_VALUE or not VALUE.fullmatch(value):
        return f'must be 1 to {LONGEST_VALUE} printable ASCII characters'
    return ''


def origin_of(url: str) -> str:
    """Scheme and host: what may be told of an address whose path may be a secret."""
    parts = urllib.parse.urlsplit(url)
    return f'{parts.scheme}://{parts.netloc}'
