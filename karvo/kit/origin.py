"""Where callers reach this installation: scheme, host and port of absolute links."""

import functools
import ipaddress
import re

import falcon

from karvo.config import config

HOST = re.compile(r'([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?')
ELSEWHERE = 'http://127.0.0.1:8000'  #: where `karvo serve` listens when told nothing


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
    scheme, host = req.scheme, req.netloc
    told = req.env.get('HTTP_X_FORWARDED_PROTO'), req.env.get('HTTP_X_FORWARDED_HOST')
    if any(told) and is_trusted(req.remote_addr or ''):
        scheme = _first(told[0]) or scheme
        host = _first(told[1]) or host
    return _origin(scheme, host) or default_origin()


@functools.lru_cache(maxsize=256)
def _origin(scheme: str, host: str) -> str:
    """'' for what must not be repeated."""
    is_sound = scheme in ('http', 'https') and HOST.fullmatch(host)
    return f'{scheme}://{host}' if is_sound else ''


def api_link(origin: str) -> str:
    """The value of `Link` by which WordPress clients find the API from any page or answer."""
    return f'<{origin}/wp-json/>; rel="https://api.w.org/"'


def is_trusted(address: str) -> bool:
    """Whether this is one of KARVO_TRUSTED_PROXIES."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in config.proxy_networks)


def _first(header: str | None) -> str:
    return (header or '').split(',')[0].strip()
