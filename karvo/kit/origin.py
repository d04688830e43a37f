"""Where callers reach this installation: scheme, host and port of absolute links."""

import functools
import ipaddress
import re
import urllib.parse

import falcon
import msgspec

from karvo.config import config

HOST = re.compile(r'([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?')
ELSEWHERE = 'http://127.0.0.1:8000'  #: where `karvo serve` listens when told nothing


#: each says that the peer speaks for somebody else
FORWARDED = ('X-Forwarded-For', 'Forwarded', 'X-Forwarded-Host', 'X-Real-IP', 'Via')


class Site(msgspec.Struct, frozen=True):
    """This installation as its caller sees it."""

    origin: str  #: without a slash at the end
    is_private: bool  #: nobody reads along: over https, or without leaving this machine
    is_local: bool  #: WordPress' environment type `local`: from this machine, to this machine
    path: str = ''  #: what was asked for, as it came
    query: str = ''


def default_origin() -> str:
    """Without a request: KARVO_PUBLIC_URL, else the address of a plain `karvo serve`."""
    return config.public_url.rstrip('/') or ELSEWHERE


def origin_of(req: falcon.Request) -> str:
    """`https://erp.example:8443`, as the caller wrote it; KARVO_PUBLIC_URL wins.

    X-Forwarded-Proto and -Host count only from trusted proxies. A Host that is no host name is not
    repeated to anybody.
    """
    if config.public_url:
        return default_origin()
    env = req.env
    scheme, host = env['wsgi.url_scheme'], env.get('HTTP_HOST') or req.netloc
    proto, name = env.get('HTTP_X_FORWARDED_PROTO'), env.get('HTTP_X_FORWARDED_HOST')
    if (proto or name) and is_trusted(req.remote_addr or ''):
        scheme = _first(proto) or scheme
        host = _first(name) or host
    return _origin(scheme, host) or default_origin()


@functools.lru_cache(maxsize=256)
def _origin(scheme: str, host: str) -> str:
    """'' for what must not be repeated."""
    is_sound = scheme in ('http', 'https') and HOST.fullmatch(host)
    return f'{scheme}://{host}' if is_sound else ''


def api_link(origin: str) -> str:
    """The value of `Link` by which WordPress clients find the API from any page or answer."""
    return f'<{origin}/wp-json/>; rel="https://api.w.org/"'


def site_of(req: falcon.Request) -> Site:
    """Where the caller is, and whether a password may be told there."""
    origin = origin_of(req)
    host = urllib.parse.urlsplit(origin).hostname or ''
    is_direct = not any(req.get_header(name) for name in FORWARDED)
    is_local = is_direct and is_loopback(req.remote_addr or '') and is_loopback(host)
    is_private = is_local or origin.startswith('https://')
    return Site(origin, is_private, is_local, req.path, req.query_string)


def is_loopback(host: str) -> bool:
    """127.0.0.0/8, ::1, localhost and what ends in .localhost (RFC 6761)."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == 'localhost' or host.lower().endswith('.localhost')


def is_trusted(address: str) -> bool:
    """Whether this is one of KARVO_TRUSTED_PROXIES."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in config.proxy_networks)


def _first(header: str | None) -> str:
    return (header or '').split(',')[0].strip()
