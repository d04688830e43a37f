"""Where callers reach this installation: scheme, host and port of absolute links."""

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
    if is_trusted(req.remote_addr or ''):
        scheme = _first(req.get_header('X-Forwarded-Proto')) or scheme
        host = _first(req.get_header('X-Forwarded-Host')) or host
    if scheme not in ('http', 'https') or not HOST.fullmatch(host):
        return default_origin()
    return f'{scheme}://{host}'


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
