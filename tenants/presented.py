"""What a credential that was presented is, in one prepared statement: each request that brings one
which this process does not remember pays for it, and Peewee's way cost three times a get.
"""

import datetime as dt

import msgspec

from karvo.kit import clock
from tenants.models import control


class OwnCompany(msgspec.Struct):
    """The company that a credential is of."""

    id: int
    uid: str
    key: str
    placement: str
    closed_until: dt.datetime | None


class OwnTenant(msgspec.Struct):
    """The tenant that a credential is of."""

    id: int
    slug: str
    plan: str
    status: str
    billing_state: str
    is_sandbox: bool
    plugins_off: list[str]


class PresentedKey(msgspec.Struct):
    """A key that was not revoked. `signing_secret`: sealed, in hexadecimal."""

    id: int
    name: str
    scopes: list[str]
    rate_limit: int | None
    ip_allow: list[str]
    expires_at: dt.datetime | None
    signing_secret: str | None
    company: OwnCompany | None  #: none, and no tenant, of a platform key
    tenant: OwnTenant | None


class PresentedPassword(msgspec.Struct):
    """An application password and its person, who has a role in the company's tenant."""

    id: int
    user_id: int
    login: str
    role: str
    company: OwnCompany
    tenant: OwnTenant


_OWNERS = """CASE WHEN c.id IS NOT NULL THEN json_build_object('id', c.id, 'uid', c.uid,
    'key', c.key, 'placement', c.placement, 'closed_until', c.closed_until) END AS company,
  CASE WHEN t.id IS NOT NULL THEN json_build_object('id', t.id, 'slug', t.slug, 'plan', t.plan,
    'status', t.status, 'billing_state', t.billing_state, 'is_sandbox', t.is_sandbox,
    'plugins_off', t.plugins_off) END AS tenant"""
_KEY = f"""
SELECT row_to_json(z)::text FROM (SELECT k.id, k.name, k.scopes, k.rate_limit, k.ip_allow,
  k.expires_at, encode(k.signing_secret, 'hex') AS signing_secret, {_OWNERS}
FROM control.api_key k LEFT JOIN control.company c ON c.id = k.company_id
  LEFT JOIN control.tenant t ON t.id = k.tenant_id
WHERE ({{0}}) AND k.revoked_at IS NULL LIMIT 1) z"""
_BY_DIGEST = _KEY.format("""k.digest = %(digest)s OR (k.previous_digest = %(digest)s
  AND k.previous_expires_at > %(now)s::timestamptz)""")
_BY_ID = _KEY.format('k.id = %(id)s')
# A cloned site's people share e-mail and password: the oldest is theirs.
_PASSWORD = f"""
SELECT row_to_json(z)::text FROM (SELECT p.id, u.id AS user_id, u.login, m.role, {_OWNERS}
FROM control.application_password p JOIN control.app_user u ON u.id = p.user_id
  JOIN control.company c ON c.id = p.company_id JOIN control.tenant t ON t.id = c.tenant_id
  JOIN control.membership m ON m.tenant_id = t.id AND m.user_id = u.id
WHERE p.digest = %(digest)s AND (lower(u.login) = %(name)s OR lower(u.email) = %(name)s)
ORDER BY p.id LIMIT 1) z"""

_key = msgspec.json.Decoder(PresentedKey)
_password = msgspec.json.Decoder(PresentedPassword)


def key_of(digest: str) -> PresentedKey | None:
    """By the hash of the key, or of the one that it follows, while that holds."""
    found = control.json(_BY_DIGEST, {'digest': digest, 'now': clock.now()})
    return _key.decode(found) if found else None


def key_with(id: int) -> PresentedKey | None:
    found = control.json(_BY_ID, {'id': id})
    return _key.decode(found) if found else None


def password_of(name: str, digest: str) -> PresentedPassword | None:
    """By log-in or e-mail, letter case aside, and the password's hash."""
    found = control.json(_PASSWORD, {'name': name.lower(), 'digest': digest})
    return _password.decode(found) if found else None
