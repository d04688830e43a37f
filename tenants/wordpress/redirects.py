"""Where a browser may be sent: addresses of this site after signing in, of applications after
their request was decided. Rules as measured on WordPress 7.1, refusals a little stricter.
"""

import re
import urllib.parse
from collections.abc import Mapping

from karvo.kit.errors import Invalid
from karvo.kit.origin import Site, is_loopback

SCHEME = re.compile(r'([A-Za-z][A-Za-z0-9+.-]*)://')
#: a host, perhaps with a port: nothing that could end a header, or a word of a policy
PLACE = re.compile(r'([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?')
NEVER = ('javascript', 'data', 'vbscript', 'file', 'blob', 'about', 'filesystem')
LONGEST = 2000
SAFE = "!#$%&'()*+,/:;=?@[]~"


class BadAddress(Invalid):
    """An application asks to be called back where nobody may be sent."""


def own_path(address: str, origin: str) -> str:
    """The path of this site that is meant, with its query; '' for any other place.

    A browser reads `//host`, `/\\host` and `https:host` as other sites; it drops tabs and line
    breaks before it looks.
    """
    path = address.removeprefix(origin)
    is_plain = all(' ' < sign < '\x7f' and sign != '\\' for sign in path)
    is_own = path.startswith('/') and not path.startswith('//')
    return path if is_own and is_plain and len(path) <= 4 * LONGEST else ''


def checked_callback(address: str, site: Site) -> str:
    """The address if browsers may be sent there; '' for an application's own scheme.

    https anywhere; http on the caller's own machine, or when this site is local. Raises BadAddress.
    """
    if not address:
        return ''
    found = SCHEME.match(address)
    if not found or found[1].lower() in NEVER or len(address) > LONGEST:
        raise BadAddress('invalid_url')
    if any(sign <= ' ' or sign in '\\\x7f' for sign in address):
        raise BadAddress('invalid_url')
    if found[1].lower() not in ('http', 'https'):
        return ''
    return _checked_web_address(address, site)


def _checked_web_address(address: str, site: Site) -> str:
    try:
        parts = urllib.parse.urlsplit(address)
        host, port = parts.hostname or '', parts.port
    except ValueError:
        raise BadAddress('invalid_url') from None
    if not PLACE.fullmatch(parts.netloc) or (port or 0) > 65_535:
        raise BadAddress('invalid_url')
    if parts.scheme == 'http' and not (site.is_local or is_loopback(host)):
        raise BadAddress('insecure_url')
    return urllib.parse.quote(address, safe=SAFE)


def with_parameters(address: str, added: Mapping[str, str]) -> str:
    """The address with these parameters in place of its own of the same names, before its fragment.

    So no application can read, of two passwords, the one that a stranger's link brought along.
    """
    plain, mark, fragment = address.partition('#')
    path, _, query = plain.partition('?')
    own = [part for part in query.split('&') if part]
    names = [urllib.parse.unquote_plus(part.partition('=')[0]) for part in own]
    kept = [part for part, name in zip(own, names, strict=True) if name not in added]
    return f'{path}?{"&".join([*kept, urllib.parse.urlencode(added)])}{mark}{fragment}'


def place_of(address: str) -> str:
    """Scheme, host and port, as people and policies read them."""
    parts = urllib.parse.urlsplit(address)
    return f'{parts.scheme}://{parts.netloc}' if parts.netloc else ''
