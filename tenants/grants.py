"""What a request presents, and what it is worth: keys, application passwords, tokens → Grant."""

import base64
import binascii
import hashlib
import os
import typing

import falcon
import msgspec

from karvo.kit import clock, plugins
from karvo.kit.actor import Actor
from karvo.kit.db import company_place
from karvo.kit.errors import Unavailable
from tenants import presented
from tenants.models import ApiKey, Company, Membership, Tenant, User
from tenants.old_passwords import renew
from tenants.plans import PLANS
from tenants.presented import OwnCompany, OwnTenant, PresentedKey
from tenants.scopes import ROLES, Both, Scopes
from tenants.secrets import application_digest, digest
from tenants.tokens import password_mark, read_token

OPEN = ('active', 'suspended')  #: tenants whose credentials hold
AGAIN = 10  #: seconds after which a closed company may be open again
_OWN = os.urandom(32)
#: by the kind of secret, ready to take one
_HASHES = {
    kind: hashlib.blake2b(digest_size=16, key=_OWN, person=kind)
    for kind in (b'key', b'company key', b'token', b'password')
}
MOST_KNOWN = 100  #: addresses, dialects and languages that a grant is remembered for
DEFAULT_RATE = 60  #: per minute, the API text's default for keys


class Grant(msgspec.Struct, kw_only=True):
    """What a credential is worth."""

    actor: Actor
    bucket: str
    rate: int  #: requests a minute
    burst: int | None = None  #: None = a plain window of a minute
    is_own_rate: bool = False  #: set for this credential, whatever a dialect allows
    company_key: str = ''  #: the 12 characters of its company
    networks: list[str] = []
    expires_at: float = 0.0  #: epoch seconds; 0 = never
    signing_secret: bytes = b''  #: sealed; requests must be signed with it
    known: dict[tuple[str, str, str], Actor] = {}  #: its actors so far

    def actor_at(self, ip: str, dialect: str, language: str) -> Actor:
        """Its actor, as far as a request tells."""
        actor = self.known.get((ip, dialect, language))
        if actor is None:
            if len(self.known) >= MOST_KNOWN:
                self.known = {}
            told: dict[str, typing.Any] = {'ip': ip, 'dialect': dialect, 'language': language}
            actor = self.known[ip, dialect, language] = msgspec.structs.replace(self.actor, **told)
        return actor


class Credential(msgspec.Struct, gc=False):
    """What a request presents; `name` is what it is remembered under."""

    name: bytes
    find: typing.Callable[[], Grant | None]


def _name(kind: bytes, secret: str) -> bytes:
    """A hash that means nothing outside this process; and a cheap one, each request makes it."""
    hashed = _HASHES[kind].copy()
    hashed.update(secret.encode())
    return hashed.digest()


def _key_credential(key: str) -> Credential | None:
    if not key:
        return None
    return Credential(_name(b'key', key), lambda: _by_key(digest(key)))


def _header_key(req: falcon.Request) -> Credential | None:
    return _key_credential(req.env.get('HTTP_X_SE_ERP_KEY', ''))


def _bearer_key(req: falcon.Request) -> Credential | None:
    return _key_credential(bearer(req))


def _query_key(req: falcon.Request) -> Credential | None:
    given = req.params.get('api_key', '')
    return _key_credential(given if isinstance(given, str) else '')


def _bearer_with_access_key(req: falcon.Request) -> Credential | None:
    """The token is the secret; an `AccessKey` beside it must name the token's own company."""
    token, named = bearer(req), req.env.get('HTTP_ACCESSKEY', '').strip()
    if not token or not named:
        return _key_credential(token)
    name = _name(b'company key', f'{named} {token}')
    return Credential(name, lambda: _of_company(_by_key(digest(token)), named))


def _of_company(grant: Grant | None, named: str) -> Grant | None:
    known = (grant.company_key, grant.actor.company_uid) if grant else ()
    return grant if named in known or named.lower() in known else None


def _access_token(req: falcon.Request) -> Credential | None:
    token = bearer(req)
    if token.count('.') != 2:
        return None  # a key
    return Credential(_name(b'token', token), lambda: _by_token(token))


def bearer(req: falcon.Request) -> str:
    """The token of an `Authorization: Bearer`; '' for none."""
    scheme, _, token = req.env.get('HTTP_AUTHORIZATION', '').partition(' ')
    return token.strip() if scheme.lower() == 'bearer' and len(token) <= 16_000 else ''


def _application_password(req: falcon.Request) -> Credential | None:
    basic = _basic(req.env.get('HTTP_AUTHORIZATION', ''))
    if basic is None:
        return None
    login, password = basic
    hashed = application_digest(password)
    return Credential(
        _name(b'password', f'{login.lower()}:{hashed}'),
        lambda: _by_password(login, hashed) or _by_old_password(login, password, hashed),
    )


#: how clients may present themselves, by the names that dialects use
SCHEMES: dict[str, typing.Callable[[falcon.Request], Credential | None]] = {
    'api_key': _header_key,
    'application_password': _application_password,
    'bearer_key': _bearer_key,
    'access_token': _access_token,
    'bearer_with_access_key': _bearer_with_access_key,
    'query_key': _query_key,
}


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
    return _of_key(presented.key_of(hashed))


def _by_token(token: str) -> Grant | None:
    """What both the key that it was got by and its person may do."""
    claims = read_token(token)
    grant = _of_key(presented.key_with(claims.k)) if claims else None
    if claims is None or grant is None or grant.company_key != claims.db:
        return None
    member = (
        Membership.select(Membership, User)
        .join(User)
        .where((Membership.tenant == grant.actor.tenant_id) & (User.id == claims.u))
        .get_or_none()
    )
    if member is None or password_mark(member.user) != claims.p:
        return None
    scopes = Both.of(grant.actor.scopes, Scopes(ROLES.get(member.role, ())))
    actor = msgspec.structs.replace(
        grant.actor, kind='user', id=member.user.id, name=member.user.login, scopes=scopes
    )
    last = min(filter(None, (grant.expires_at, float(claims.exp))))
    bucket = f'{grant.bucket}:user:{actor.id}'
    return msgspec.structs.replace(grant, actor=actor, bucket=bucket, expires_at=last, known={})


def _of_key(key: PresentedKey | None) -> Grant | None:
    if key is None or (key.tenant and key.tenant.status not in OPEN):
        return None
    actor = _actor('key', key.id, key.name, Scopes(key.scopes), key.company, key.tenant)
    return Grant(
        actor=actor,
        bucket=f'key:{key.id}',
        rate=key.rate_limit or DEFAULT_RATE,
        company_key=key.company.key if key.company else '',
        is_own_rate=bool(key.rate_limit),
        networks=key.ip_allow,
        expires_at=key.expires_at.timestamp() if key.expires_at else 0.0,
        signing_secret=bytes.fromhex(key.signing_secret or ''),
    )


def _actor(
    kind: str,
    id: int,
    name: str,
    scopes: Scopes,
    row: Company | OwnCompany | None,
    tenant: Tenant | OwnTenant | None,
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
        plugins_off=plugins.off_for(tuple(tenant.plugins_off)) if tenant else frozenset(),
    )


def _by_password(login: str, hashed: str) -> Grant | None:
    row = presented.password_of(login, hashed)
    if row is None or row.tenant.status not in OPEN:
        return None
    scopes, plan = Scopes(ROLES.get(row.role, ())), PLANS[row.tenant.plan]
    actor = _actor('user', row.user_id, row.login, scopes, row.company, row.tenant)
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
    if row is None or row.tenant.status not in OPEN:
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
