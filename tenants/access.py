"""Credential → Actor. Remembered for a few seconds in each process; a revocation on this machine

is seen at once (generation in shared memory), on others when the memory runs out.
"""

import ipaddress
import threading
import typing

import falcon

from karvo.config import IPNetwork, config
from karvo.kit.actor import Actor
from karvo.kit.dialects import Dialect
from karvo.kit.errors import RateLimited, Unauthenticated
from tenants import signing, usage
from tenants.grants import SCHEMES, Credential, Grant
from tenants.limits import MINUTE, Limits, Verdict
from tenants.models import (
    control,
)
from tenants.shared import limits

REMEMBER = 5.0  #: seconds
MOST_REMEMBERED = 10_000
#: of a request that was counted when it was looked at
UNCOUNTED = Verdict(allowed=True, limit=0, remaining=0, reset=0, retry_after=0)
BAD_PER_MINUTE = 600  #: wrong or absent credentials per address


class _Memory:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.generation = -1
        self.grants: dict[bytes, tuple[float, Grant]] = {}

    def get(self, name: bytes, now: float, generation: int) -> Grant | None:
        if generation != self.generation:
            with self.lock:
                self.grants, self.generation = {}, generation
        found = self.grants.get(name)
        return found[1] if found and found[0] > now else None

    def put(self, name: bytes, grant: Grant, now: float) -> None:
        with self.lock:
            if len(self.grants) >= MOST_REMEMBERED:
                self.grants = {}
            self.grants[name] = (now + REMEMBER, grant)


_memory = _Memory()


def client_ip(req: falcon.Request) -> str:
    """The caller's address; X-Forwarded-For counts only from trusted proxies."""
    address: str = req.env.get('REMOTE_ADDR') or '127.0.0.1'
    if not config.trusted_proxies:
        return address
    networks = config.proxy_networks
    for hop in reversed((req.get_header('X-Forwarded-For') or '').split(',')):
        if not hop.strip() or not is_within(address, networks):
            break
        address = hop.strip()
    return address


def is_within(address: str, networks: typing.Iterable[IPNetwork]) -> bool:
    """Whether it is an address, and of one of these networks."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False  # a socket in the file system has none
    mapped = getattr(ip, 'ipv4_mapped', None)  # ::ffff:10.0.0.1, where both families are served
    return any((mapped or ip) in network for network in networks)


def authenticate(
    req: falcon.Request, dialect: Dialect, now: float, is_counted: bool = True, language: str = ''
) -> tuple[Actor, Verdict]:
    """Who asks, and what is left of his rate. Raises Unauthenticated or RateLimited.

    `now` in seconds since 1970, real clock; `language` is what the request prefers.
    A request that was looked at before was counted then (`is_counted` False).
    Order: the address's bucket of bad credentials, then 401, then the credential's own limit.
    """
    ip, shared = client_ip(req), limits()
    credential = _credential(req, dialect.credentials)
    # A remembered credential is right: what others of its address got wrong costs it nothing.
    grant = _memory.get(credential.name, now, shared.generation()) if credential else None
    if grant is None:
        if shared.blocked(f'ip:{ip}', BAD_PER_MINUTE, now):
            raise RateLimited('Rate limit exceeded', 60)
        grant = _looked_up(credential, now)
    if grant is None or not _is_usable(grant, ip, now):
        _count_bad(ip, now)
        raise Unauthenticated('Invalid or missing API key', is_given=credential is not None)
    if grant.signing_secret:
        try:
            signing.check_request(req, grant.signing_secret, grant.bucket)
        except Unauthenticated:
            _count_bad(ip, now)
            raise
    actor = grant.actor_at(ip, dialect.name, language)
    if not is_counted:
        return actor, UNCOUNTED
    verdict = _taken(shared, grant, dialect, now)
    usage.count(actor, now, is_limited=not verdict.allowed)
    return actor, verdict


def _count_bad(ip: str, now: float) -> None:
    verdict = limits().take(f'ip:{ip}', BAD_PER_MINUTE, now)
    if not verdict.allowed:
        raise RateLimited('Rate limit exceeded', verdict.retry_after)


def _taken(shared: Limits, grant: Grant, dialect: Dialect, now: float) -> Verdict:
    """One request of the credential's rate, or of what a dialect allows its keys."""
    if dialect.rate is None:
        return shared.take(grant.bucket, grant.rate, now, burst=grant.burst, lease=_lease)
    most, window = dialect.rate
    if grant.is_own_rate:
        most = grant.rate * window // MINUTE
    bucket = f'{grant.bucket}:{dialect.name}'
    return shared.take(bucket, most, now, window=window, lease=_lease)


def _is_usable(grant: Grant, ip: str, now: float) -> bool:
    if grant.expires_at and grant.expires_at <= now:
        return False
    return not grant.networks or is_within(ip, map(ipaddress.ip_network, grant.networks))


def _credential(req: falcon.Request, schemes: tuple[str, ...]) -> Credential | None:
    """The first that the request presents, in the dialect's order."""
    for name in schemes:
        if found := SCHEMES[name](req):
            return found
    return None


def _looked_up(credential: Credential | None, now: float) -> Grant | None:
    grant = credential.find() if credential else None
    if credential and grant is not None:
        _memory.put(credential.name, grant, now)
    return grant


LEASE = """
INSERT INTO control.rate_lease AS r (bucket, window_start, taken) VALUES (%(bucket)s, %(start)s, 0)
ON CONFLICT (bucket, window_start) DO UPDATE SET taken = r.taken RETURNING taken"""
TAKE = """
UPDATE control.rate_lease SET taken = taken + %(got)s
WHERE bucket = %(bucket)s AND window_start = %(start)s"""


def _take_lease(bucket: str, limit: int, start: int, want: int) -> int:
    """A part of the bucket that all machines share; 0 = none left."""
    named: dict[str, typing.Any] = {'bucket': bucket, 'start': start}
    with control.transaction():
        row = control.run(LEASE, named).fetchone()
        got = max(0, min(want, limit - (row[0] if row else 0)))
        control.run(TAKE, named | {'got': got})
    return got


_lease: typing.Any = None


def share_with_other_machines() -> None:
    """Own server: other machines may serve the same credentials, so buckets are leased."""
    global _lease
    _lease = _take_lease
