"""Credential → Actor. Remembered for a few seconds in each process; a revocation on this machine

is seen at once (generation in shared memory), on others when the memory runs out.
"""

import base64
import binascii
import ipaddress
import threading
import typing

import falcon
import msgspec
import peewee

from karvo.config import IPNetwork, config
from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.db import company_place
from karvo.kit.errors import RateLimited, Unauthenticated, Unavailable
from tenants import signing, usage
from tenants.limits import Verdict
from tenants.models import (
    ApiKey,
    ApplicationPassword,
    Company,
    Membership,
    RateLease,
    Tenant,
    User,
    control,
)
from tenants.old_passwords import renew
from tenants.plans import PLANS
from tenants.scopes import ROLES, Scopes
from tenants.secrets import application_digest, digest
from tenants.shared import limits

REMEMBER = 5.0  #: seconds
MOST_REMEMBERED = 10_000
DEFAULT_RATE = 60  #: per minute, the API text's default for keys
#: of a request that was counted when it was looked at
UNCOUNTED = Verdict(allowed=True, limit=0, remaining=0, reset=0, retry_after=0)
AGAIN = 10  #: seconds after which a closed company may be open again
BAD_PER_MINUTE = 600  #: wrong or absent credentials per address


class Grant(msgspec.Struct, kw_only=True):
    """What a credential is worth."""

    actor: Actor
    bucket: str
    rate: int  #: requests a minute
    burst: int | None = None  #: None = a plain window of a minute
    networks: list[str] = []
    expires_at: float = 0.0  #: epoch seconds; 0 = never
    signing_secret: bytes = b''  #: sealed; requests must be signed with it


class _Memory:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.generation = -1
        self.grants: dict[str, tuple[float, Grant]] = {}

    def get(self, name: str, now: float) -> Grant | None:
        generation = limits().generation()
        if generation != self.generation:
            with self.lock:
                self.grants, self.generation = {}, generation
        found = self.grants.get(name)
        return found[1] if found and found[0] > now else None

    def put(self, name: str, grant: Grant, now: float) -> None:
        with self.lock:
            if len(self.grants) >= MOST_REMEMBERED:
                self.grants = {}
            self.grants[name] = (now + REMEMBER, grant)


_memory = _Memory()


def client_ip(req: falcon.Request) -> str:
    """The caller's address; X-Forwarded-For counts only from trusted proxies."""
    address = req.remote_addr or '127.0.0.1'
    networks = config.proxy_networks
    if not networks:
        return address
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


def authenticate(req: falcon.Request, is_counted: bool = True) -> tuple[Actor, Verdict]:
    """Who asks, and what is left of his rate. Raises Unauthenticated or RateLimited.

    A request that was looked at before was counted then (`is_counted` False).
    Order: the address's bucket of bad credentials, then 401, then the credential's own limit.
    """
    now, ip = clock.epoch(), client_ip(req)
    credential = _credential(req)
    # A remembered credential is right: what others of its address got wrong costs it nothing.
    grant = _memory.get(credential.name, now) if credential else None
    if grant is None:
        if limits().blocked(f'ip:{ip}', BAD_PER_MINUTE, now):
            raise RateLimited('Rate limit exceeded', 60)
        grant = _looked_up(credential, now)
    if grant is None or not _is_usable(grant, ip, now):
        _count_bad(ip, now)
        raise Unauthenticated('Invalid or missing API key', is_given=credential is not None)
    if grant.signing_secret:
        try:
            signing.check_request(req, grant.signing_secret, grant.actor.id)
        except Unauthenticated:
            _count_bad(ip, now)
            raise
    if not is_counted:
        return msgspec.structs.replace(grant.actor, ip=ip), UNCOUNTED
    verdict = limits().take(grant.bucket, grant.rate, now, burst=grant.burst, lease=_lease)
    usage.count(grant.actor, ip, is_limited=not verdict.allowed)
    return msgspec.structs.replace(grant.actor, ip=ip), verdict


def _count_bad(ip: str, now: float) -> None:
    verdict = limits().take(f'ip:{ip}', BAD_PER_MINUTE, now)
    if not verdict.allowed:
        raise RateLimited('Rate limit exceeded', verdict.retry_after)


def _is_usable(grant: Grant, ip: str, now: float) -> bool:
    if grant.expires_at and grant.expires_at <= now:
        return False
    return not grant.networks or is_within(ip, map(ipaddress.ip_network, grant.networks))


class _Credential(typing.NamedTuple):
    """What a request presents, hashed; `name` is what it is remembered under."""

    name: str
    find: typing.Callable[[], Grant | None]


def _credential(req: falcon.Request) -> _Credential | None:
    key = req.env.get('HTTP_X_SE_ERP_KEY')
    if key:
        hashed = digest(key)
        return _Credential(f'key:{hashed}', lambda: _by_key(hashed))
    basic = _basic(req.env.get('HTTP_AUTHORIZATION', ''))
    if basic is None:
        return None
    login, password = basic
    hashed = application_digest(password)
    return _Credential(
        f'app:{login.lower()}:{hashed}',
        lambda: _by_password(login, hashed) or _by_old_password(login, password, hashed),
    )


def _looked_up(credential: _Credential | None, now: float) -> Grant | None:
    grant = credential.find() if credential else None
    if credential and grant is not None:
        _memory.put(credential.name, grant, now)
    return grant


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, rest = header.partition(' ')
    if scheme.lower() != 'basic' or len(rest) > 16_000:
        return None
    try:
        text = base64.b64decode(rest.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    login, colon, password = text.partition(':')
    return (login, password) if colon and '\0' not in login else None


def _by_key(hashed: str) -> Grant | None:
    previous = (ApiKey.previous_digest == hashed) & (ApiKey.previous_expires_at > clock.now())
    query = (
        ApiKey.select(ApiKey, Company, Tenant)
        .join(Company, peewee.JOIN.LEFT_OUTER)
        .switch(ApiKey)
        .join(Tenant, peewee.JOIN.LEFT_OUTER)
        .where(((ApiKey.digest == hashed) | previous) & ApiKey.revoked_at.is_null())
    )
    key = query.get_or_none()
    if key is None or (key.tenant and key.tenant.status not in ('active', 'suspended')):
        return None
    actor = _actor(
        'key',
        key.id,
        key.name,
        Scopes(key.scopes),
        key.company if key.company_id else None,
        key.tenant if key.tenant_id else None,
    )
    return Grant(
        actor=actor,
        bucket=f'key:{key.id}',
        rate=key.rate_limit or DEFAULT_RATE,
        networks=key.ip_allow,
        expires_at=key.expires_at.timestamp() if key.expires_at else 0.0,
        signing_secret=bytes(key.signing_secret or b''),
    )


def _actor(
    kind: str, id: int, name: str, scopes: Scopes, row: Company | None, tenant: Tenant | None
) -> Actor:
    if row is not None and row.closed_until and row.closed_until > clock.now():
        raise Unavailable('The sandbox is being reset: try again soon', retry_after=AGAIN)
    return Actor(
        kind=kind,
        id=id,
        name=name,
        scopes=scopes,
        tenant_id=tenant.id if tenant else 0,
        tenant_slug=tenant.slug if tenant else '',
        company_id=row.id if row else 0,
        company_uid=str(row.uid) if row else '',
        place=company_place(row.id, row.placement) if row else None,
        allowances=PLANS[tenant.plan].allowances if tenant else {},
        is_suspended=bool(tenant and tenant.status == 'suspended'),
        is_unpaid=bool(tenant and tenant.billing_state == 'read_only'),
        is_sandbox=bool(tenant and tenant.is_sandbox),
        dialect='se-erp',
    )


def _by_password(login: str, hashed: str) -> Grant | None:
    """By log-in or e-mail, letter case aside."""
    name = peewee.fn.lower(User.login) == login.lower()
    email = peewee.fn.lower(User.email) == login.lower()
    query = (
        ApplicationPassword.select(ApplicationPassword, User, Company, Tenant, Membership.role)
        .join(User)
        .switch(ApplicationPassword)
        .join(Company)
        .join(Tenant)
        .join_from(
            ApplicationPassword,
            Membership,
            on=(Membership.tenant == Company.tenant) & (Membership.user == User.id),
            attr='membership',
        )
        .where((ApplicationPassword.digest == hashed) & (name | email))
        .order_by(ApplicationPassword.id)  # a cloned site's people share e-mail and password
    )
    row = query.get_or_none()
    if row is None or row.company.tenant.status not in ('active', 'suspended'):
        return None
    role = typing.cast(typing.Any, row).membership.role
    plan = PLANS[row.company.tenant.plan]
    scopes = Scopes(ROLES.get(role, ()))
    actor = _actor('user', row.user.id, row.user.login, scopes, row.company, row.company.tenant)
    return Grant(
        actor=msgspec.structs.replace(actor, password_id=row.id),
        bucket=f'app:{row.id}',
        rate=plan.per_minute,
        burst=plan.burst,
    )


def _by_old_password(login: str, password: str, hashed: str) -> Grant | None:
    """One that WordPress hashed before 6.8: at its first use it becomes one found by equality."""
    return _by_password(login, hashed) if renew(login, password) else None


def standing_of(kind: str, id: int, company_id: int) -> Actor | None:
    """A key or a user as of this moment, to act in their name; None when they are gone."""
    row = Company.select(Company, Tenant).join(Tenant).where(Company.id == company_id).get_or_none()
    if row is None or row.tenant.status not in ('active', 'suspended'):
        return None
    if kind == 'key':
        live = (ApiKey.expires_at.is_null()) | (ApiKey.expires_at > clock.now())
        same = (ApiKey.id == id) & (ApiKey.company == row.id) & ApiKey.revoked_at.is_null()
        key = ApiKey.get_or_none(same & live)
        return _actor('key', id, key.name, Scopes(key.scopes), row, row.tenant) if key else None
    member = (
        Membership.select(Membership, User)
        .join(User)
        .where((Membership.tenant == row.tenant_id) & (Membership.user == id))
        .get_or_none()
    )
    if kind != 'user' or member is None:
        return None
    scopes = Scopes(ROLES.get(member.role, ()))
    return _actor('user', id, member.user.login, scopes, row, row.tenant)


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


def purge_leases(before: int) -> int:
    """Old windows; returns how many."""
    return int(RateLease.delete().where(RateLease.window_start < before).execute())
