"""/tenants, /keys and /ping of se-erp/v2: the control plane over HTTP."""

import datetime as dt
import time
import typing

import msgspec
from msgspec import Meta, UnsetType

import karvo
from karvo.kit import clock, paging, probe
from karvo.kit.actor import Actor
from karvo.kit.errors import Unavailable
from karvo.kit.fields import Line
from karvo.kit.http import Deleted, Page, Resource, endpoint, found
from karvo.kit.paging import ListQuery
from karvo.se_erp import se_erp
from tenants import credentials
from tenants.credentials import Issued, KeyChange, NewKey
from tenants.models import STATUSES, Company, control
from tenants.operations import NewTenant, Provisioned, change_status, company_of, provision
from tenants.operations import tenant_by_id as find_tenant
from tenants.plans import PLANS
from tenants.reads import (
    KeyOut,
    TenantOut,
    UsageOut,
    key_of,
    list_keys,
    list_tenants,
    tenant_out,
    usage_of,
)
from tenants.scopes import PLATFORM
from tenants.stores import control_store


class RotateIn(msgspec.Struct, kw_only=True):
    """How long the old secret works on."""

    overlap_hours: typing.Annotated[int, Meta(ge=0, le=24 * 90)] = credentials.OVERLAP_HOURS


class Ping(msgspec.Struct, kw_only=True):
    """The service is up, and so is its database; `database_ms`: how long that took to answer."""

    status: str
    version: str
    server_time: dt.datetime
    database: str
    database_ms: float


class TenantQuery(ListQuery, kw_only=True):
    """Filters of the list."""

    status: Line | None = None
    plan: Line | None = None


class KeyDetail(KeyOut, kw_only=True):
    """A key; its secret only when it was just made."""

    api_key: str | UnsetType = msgspec.UNSET
    signing_secret: str | UnsetType = msgspec.UNSET


class Control(Resource):
    """A resource whose writes are remembered in the control plane."""

    dialect = se_erp
    store = control_store


class PingResource(Control):
    """Health."""

    @endpoint(scope=None)
    def on_get(self, actor: Actor) -> Ping:
        """Health check (returns version + server time, no auth)."""
        started = time.monotonic()
        try:
            probe.ask(control, 'SELECT 1')
        except Exception as error:  # whatever is wrong with it, the answer is the same
            raise Unavailable('The database cannot be reached') from error
        return Ping(
            status='ok',
            version=karvo.__version__,
            server_time=clock.now(),
            database='ok',
            database_ms=round((time.monotonic() - started) * 1000, 1),
        )


class Tenants(Control):
    """All tenants of the installation."""

    @endpoint(scope=PLATFORM, is_platform=True)
    def on_get(self, actor: Actor, query: TenantQuery) -> Page[TenantOut]:
        """List all tenants."""
        statuses = paging.choices(query.status, STATUSES, 'status')
        plans = paging.choices(query.plan, PLANS, 'plan')
        rows, total = list_tenants(statuses, plans, query.search, paging.slice_of(query))
        return paging.page_of(query, rows, total)

    @endpoint(scope=PLATFORM, status=201, is_framed=False, is_platform=True)
    def on_post(self, actor: Actor, body: NewTenant) -> Provisioned:
        """Provision a new tenant; its secrets are shown this once."""
        return provision(body)


class Usage(Control):
    """What a tenant uses."""

    @endpoint(scope=PLATFORM, is_platform=True)
    def on_get(self, actor: Actor, id: int) -> UsageOut:
        """Tenant usage metrics (API calls, storage, users)."""
        return usage_of(find_tenant(id))


class Suspend(Control):
    """Suspending."""

    @endpoint(scope=PLATFORM, is_framed=False, is_platform=True)
    def on_post(self, actor: Actor, id: int) -> TenantOut:
        """Suspend a tenant: it reads, but does not write."""
        return tenant_out(change_status(id, 'suspended', actor=actor))


class Resume(Control):
    """Resuming."""

    @endpoint(scope=PLATFORM, is_framed=False, is_platform=True)
    def on_post(self, actor: Actor, id: int) -> TenantOut:
        """Resume a suspended tenant."""
        return tenant_out(change_status(id, 'active', actor=actor))


class TenantKeys(Control):
    """Keys of any tenant."""

    @endpoint(scope=PLATFORM, is_platform=True)
    def on_get(self, actor: Actor, id: int, query: ListQuery) -> Page[KeyOut]:
        """List a tenant's API keys."""
        rows, total = list_keys(find_tenant(id).id, paging.slice_of(query))
        return paging.page_of(query, rows, total)

    @endpoint(scope=PLATFORM, status=201, is_framed=False, is_platform=True)
    def on_post(self, actor: Actor, id: int, body: NewKey) -> KeyDetail:
        """Issue an API key for a tenant."""
        row = company_of(find_tenant(id))
        return _with_secret(credentials.issue_key(body, row, actor=_platform(actor)), row)


class TenantKey(Control):
    """One key of any tenant."""

    @endpoint(scope=PLATFORM, is_framed=False, is_platform=True)
    def on_delete(self, actor: Actor, id: int, key_id: int) -> Deleted:
        """Revoke a tenant's API key."""
        credentials.revoke_key(key_id, company_of(find_tenant(id)), actor=actor)
        return Deleted(True, key_id)


class Keys(Control):
    """The tenant's own keys."""

    @endpoint(scope='keys:read')
    def on_get(self, actor: Actor, query: ListQuery) -> Page[KeyOut]:
        """List API keys; secrets are never shown again."""
        rows, total = list_keys(actor.tenant_id, paging.slice_of(query))
        return paging.page_of(query, rows, total)

    @endpoint(scope='keys:write', status=201, is_framed=False)
    def on_post(self, actor: Actor, body: NewKey) -> KeyDetail:
        """Issue an API key; its secret is shown this once."""
        row = _own_company(actor)
        return _with_secret(credentials.issue_key(body, row, actor=actor), row)


class Key(Control):
    """One of the tenant's keys."""

    @endpoint(scope='keys:read')
    def on_get(self, actor: Actor, key_id: int) -> KeyOut:
        """Get an API key."""
        return found(key_of(actor.tenant_id, key_id), 'Key')

    @endpoint(scope='keys:write', is_framed=False)
    def on_put(self, actor: Actor, key_id: int, body: KeyChange, version: int | None) -> KeyOut:
        """Change name, scopes, rate limit, addresses or expiry."""
        row = _own_company(actor)
        credentials.change_key(key_id, body, row, actor=actor, version=version)
        return found(key_of(actor.tenant_id, key_id), 'Key')

    @endpoint(scope='keys:write', is_framed=False)
    def on_delete(self, actor: Actor, key_id: int) -> Deleted:
        """Revoke an API key at once."""
        credentials.revoke_key(key_id, _own_company(actor), actor=actor)
        return Deleted(True, key_id)


class Rotate(Control):
    """Rotating a key."""

    @endpoint(scope='keys:write', is_framed=False)
    def on_post(self, actor: Actor, key_id: int, body: RotateIn) -> KeyDetail:
        """A new secret; the old one works on for overlap_hours."""
        row = _own_company(actor)
        return _with_secret(
            credentials.rotate_key(key_id, body.overlap_hours, row, actor=actor), row
        )


def _own_company(actor: Actor) -> Company:
    return found(Company.get_or_none(Company.id == actor.company_id), 'Company')


def _platform(actor: Actor) -> Actor:
    """The platform may grant a tenant's key anything of the tenant's."""
    everything = actor.scopes | {'any:read', 'any:write'}
    return msgspec.structs.replace(actor, scopes=_Granting(everything))


class _Granting(frozenset[str]):
    def __contains__(self, scope: object) -> bool:
        return scope != PLATFORM or frozenset.__contains__(self, scope)


def _with_secret(issued: Issued, row: Company) -> KeyDetail:
    key = found(key_of(row.tenant_id, issued.key_id), 'Key')
    shown = msgspec.structs.asdict(key)
    return KeyDetail(**shown, api_key=issued.api_key, signing_secret=issued.signing_secret)


routes = [
    ('/ping', PingResource()),
    ('/tenants', Tenants()),
    ('/tenants/{id:int}/usage', Usage()),
    ('/tenants/{id:int}/suspend', Suspend()),
    ('/tenants/{id:int}/resume', Resume()),
    ('/tenants/{id:int}/keys', TenantKeys()),
    ('/tenants/{id:int}/keys/{key_id:int}', TenantKey()),
    ('/keys', Keys()),
    ('/keys/{key_id:int}', Key()),
    ('/keys/{key_id:int}/rotate', Rotate()),
]
