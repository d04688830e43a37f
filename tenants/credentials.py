"""API keys and application passwords: issue, list, change, rotate, revoke."""

import datetime as dt
import ipaddress
import typing
import uuid

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, PreconditionFailed, invalid, not_found
from tenants.events import (
    ApiKeyCreated,
    ApiKeyEvent,
    ApiKeyRevoked,
    ApiKeyRotated,
    ApiKeyUpdated,
    announce_later,
    relay,
)
from tenants.models import ApiKey, ApplicationPassword, Company, User, control
from tenants.scopes import check_grant, parse_scopes
from tenants.secrets import application_digest, digest, new_api_key, new_application_password
from tenants.shared import invalidate
from tenants.signing import new_signing_secret, seal

Name = typing.Annotated[str, Meta(max_length=200)]
RateLimit = typing.Annotated[int, Meta(ge=1, le=1_000_000)]
OVERLAP_HOURS = 24


class NewKey(msgspec.Struct, kw_only=True):
    """A key to issue. `scopes`: read-only, read-write, or a list of module:action."""

    name: Name = ''
    scopes: str | list[str] = 'read-write'
    rate_limit: RateLimit | None = None
    ip_allow: list[str] = []
    expires_at: dt.datetime | None = None
    require_signature: bool = False  #: its requests must be signed with a second secret


class KeyChange(msgspec.Struct, kw_only=True):
    """Absent = unchanged."""

    name: Name | UnsetType = UNSET
    scopes: str | list[str] | UnsetType = UNSET
    rate_limit: RateLimit | None | UnsetType = UNSET
    ip_allow: list[str] | UnsetType = UNSET
    expires_at: dt.datetime | None | UnsetType = UNSET


class Issued(msgspec.Struct, kw_only=True):
    """A key with its secret, shown this once."""

    key_id: int
    api_key: str
    scopes: list[str]
    signing_secret: str | UnsetType = UNSET


def insert_key(new: NewKey, *, tenant_id: int | None, company_id: int | None) -> Issued:
    """The row itself, in the caller's control transaction."""
    secret = new_api_key()
    scopes = parse_scopes(new.scopes)
    signing_secret = new_signing_secret() if new.require_signature else UNSET
    row = ApiKey.create(
        tenant=tenant_id,
        company=company_id,
        name=new.name,
        prefix=secret[:7],
        digest=digest(secret),
        scopes=scopes,
        rate_limit=new.rate_limit,
        ip_allow=_networks(new.ip_allow),
        expires_at=new.expires_at,
        signing_secret=seal(signing_secret) if signing_secret is not UNSET else None,
        created_at=clock.now(),
    )
    return Issued(key_id=row.id, api_key=secret, scopes=scopes, signing_secret=signing_secret)


def issue_key(new: NewKey, row: Company | None, *, actor: Actor) -> Issued:
    """A new key of a company; `row=None` makes a platform key. Raises Forbidden, Invalid."""
    check_grant(parse_scopes(new.scopes), actor)
    with control.atomic():
        issued = insert_key(
            new,
            tenant_id=row.tenant_id if row else None,
            company_id=row.id if row else None,
        )
        if row:
            object_ = {'id': issued.key_id, 'name': new.name, 'scopes': issued.scopes}
            announce_later(row.id, ApiKeyCreated, issued.key_id, object_, actor)
    if row:
        relay(row)
    return issued


def change_key(
    key_id: int, change: KeyChange, row: Company, *, actor: Actor, version: int | None = None
) -> None:
    """Name, scopes, limit, addresses, expiry."""
    values = {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}
    if 'scopes' in values:
        values['scopes'] = parse_scopes(values['scopes'])
        check_grant(values['scopes'], actor)
    if 'ip_allow' in values:
        values['ip_allow'] = _networks(values['ip_allow'])
    with control.atomic():
        key = locked_key(key_id, row, version)
        for name, value in values.items():
            setattr(key, name, value)
        _save(key, ApiKeyUpdated, row, actor)
    _tell(row)


def rotate_key(key_id: int, overlap_hours: int, row: Company, *, actor: Actor) -> Issued:
    """A new secret; the old one works for `overlap_hours` more. A signing secret stays."""
    with control.atomic():
        key = locked_key(key_id, row)
        secret = new_api_key()
        key.previous_digest = key.digest if overlap_hours else None
        key.previous_expires_at = clock.now() + dt.timedelta(hours=overlap_hours)
        key.digest, key.prefix = digest(secret), secret[:7]
        _save(key, ApiKeyRotated, row, actor)
    _tell(row)
    return Issued(key_id=key.id, api_key=secret, scopes=key.scopes)


def revoke_key(key_id: int, row: Company, *, actor: Actor) -> None:
    """From now on the key is unknown, on every machine within seconds, here at once."""
    with control.atomic():
        key = locked_key(key_id, row)
        key.revoked_at = clock.now()
        _save(key, ApiKeyRevoked, row, actor)
    _tell(row)


def locked_key(key_id: int, row: Company, version: int | None = None) -> ApiKey:
    """The tenant's key, locked; raises NotFound, Conflict when it is revoked."""
    same = (ApiKey.id == key_id) & (ApiKey.tenant == row.tenant_id)
    key = ApiKey.select().where(same).for_update().get_or_none()
    if key is None:
        raise not_found('Key')
    if key.revoked_at:
        raise Conflict('the key is revoked already')
    if version is not None and version != key.version:
        raise PreconditionFailed(f'the key is at version {key.version}')
    return key


def _save(key: ApiKey, event: type[ApiKeyEvent], row: Company, actor: Actor) -> None:
    key.version += 1
    key.save()
    object_ = {'id': key.id, 'name': key.name, 'scopes': key.scopes}
    announce_later(row.id, event, key.id, object_, actor)


def _tell(row: Company) -> None:
    invalidate()
    relay(row)


def _networks(texts: list[str]) -> list[str]:
    try:
        return [str(ipaddress.ip_network(text.strip(), strict=False)) for text in texts]
    except ValueError:
        raise invalid(ip_allow='must be addresses or networks like 203.0.113.0/24') from None


def insert_application_password(
    user: User | int, row: Company | int, name: str, app_id: str = ''
) -> tuple[ApplicationPassword, str]:
    """A new application password and its plain text, which is known this once only."""
    password = new_application_password()
    made = ApplicationPassword.create(
        uid=uuid.uuid4(),  # WordPress' clients expect version 4
        app_id=app_id,
        user=user,
        company=row,
        name=name,
        digest=application_digest(password),
        created_at=clock.now(),
    )
    return made, password


def purge_tenant(tenant_id: int) -> None:
    """All credentials of a tenant, for good."""
    ApiKey.delete().where(ApiKey.tenant == tenant_id).execute()
    own = Company.select(Company.id).where(Company.tenant == tenant_id)
    ApplicationPassword.delete().where(ApplicationPassword.company.in_(own)).execute()
