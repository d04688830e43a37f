"""Tenants, keys and usage as read structs."""

import datetime as dt
import typing

import msgspec
import peewee

from karvo.kit import clock
from karvo.kit.db import company, connect, database, ddl_url_of
from karvo.kit.db import rows as tuples
from karvo.kit.paging import Slice
from tenants import schema
from tenants.models import ApiKey, Company, Membership, Tenant, Usage, control
from tenants.plans import PLANS, Plan


class TenantOut(msgspec.Struct, kw_only=True):
    """A tenant."""

    id: int
    uid: str
    slug: str
    name: str
    email: str
    plan: str
    status: str
    sandbox: bool
    company_id: str | None
    created_at: dt.datetime
    updated_at: dt.datetime


class KeyOut(msgspec.Struct, kw_only=True):
    """A key without its secret."""

    id: int
    name: str
    prefix: str
    scopes: list[str]
    rate_limit: int | None
    ip_allow: list[str]
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None
    last_used_at: dt.datetime | None
    last_ip: str | None
    require_signature: bool
    version: int
    created_at: dt.datetime


class UsageOut(msgspec.Struct, kw_only=True):
    """What a tenant uses in the current month; storage in bytes."""

    tenant_id: int
    period: str
    api_calls: int
    api_calls_today: int
    rate_limited_calls: int
    storage_bytes: int
    users: int
    active_users_30d: int
    invoices: int
    products: int
    customers: int
    webhooks_sent: int
    limits: Plan


def tenant_out(tenant: Tenant) -> TenantOut:
    row = Company.select().where(Company.tenant == tenant).order_by(Company.id).first()
    return _tenant_out(tenant, str(row.uid) if row else None)


def _tenant_out(tenant: Tenant, company_uid: str | None) -> TenantOut:
    return TenantOut(
        id=tenant.id,
        uid=str(tenant.uid),
        slug=tenant.slug,
        name=tenant.name,
        email=tenant.email,
        plan=tenant.plan,
        status=tenant.status,
        sandbox=tenant.is_sandbox,
        company_id=company_uid,
        created_at=tenant.created_at,
        updated_at=tenant.updated_at,
    )


def list_tenants(
    statuses: list[str] | None, plans: list[str] | None, search: str, part: Slice
) -> tuple[list[TenantOut], int]:
    """(rows, total), by slug; three statements however many rows."""
    where: typing.Any = peewee.SQL('true')
    if statuses:
        where &= Tenant.status.in_(statuses)
    if plans:
        where &= Tenant.plan.in_(plans)
    if search:
        where &= Tenant.name.contains(search) | Tenant.slug.contains(search)
    query = Tenant.select().where(where)
    rows = list(query.order_by(Tenant.slug).limit(part.limit).offset(part.offset))
    own = Company.select(Company.tenant_id, Company.uid).where(Company.tenant.in_(rows or [0]))
    uids = {tenant_id: str(uid) for tenant_id, uid in tuples(own.order_by(Company.id.desc()))}
    return [_tenant_out(row, uids.get(row.id)) for row in rows], query.count()


def _key_out(key: ApiKey) -> KeyOut:
    return KeyOut(**{name: getattr(key, name) for name in KeyOut.__struct_fields__})


def list_keys(tenant_id: int, part: Slice) -> tuple[list[KeyOut], int]:
    """(rows, total), newest first; revoked ones too."""
    query = ApiKey.select().where(ApiKey.tenant == tenant_id)
    rows = query.order_by(ApiKey.id.desc()).limit(part.limit).offset(part.offset)
    return [_key_out(row) for row in rows], query.count()


def key_of(tenant_id: int, key_id: int) -> KeyOut | None:
    row = ApiKey.get_or_none((ApiKey.id == key_id) & (ApiKey.tenant == tenant_id))
    return _key_out(row) if row else None


COUNTS = """
SELECT (SELECT count(*) FROM @document WHERE type = 'invoice'), (SELECT count(*) FROM @product),
  (SELECT count(*) FROM @party WHERE is_customer AND deleted_at IS NULL)"""

STORAGE = """
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(%s) AND c.relkind = 'r'"""


def usage_of(tenant: Tenant) -> UsageOut:
    """Counted from the usage table and the companies themselves."""
    today = clock.now().date()
    month = (Usage.tenant_id == tenant.id) & (Usage.day >= today.replace(day=1))
    days = list(Usage.select().where(month))
    rows = list(Company.select().where(Company.tenant == tenant))
    invoices, products, customers = _counts(rows)
    used = ApiKey.select().where(
        (ApiKey.tenant == tenant.id) & (ApiKey.last_used_at >= clock.now() - dt.timedelta(days=30))
    )
    users = Membership.select().where(Membership.tenant == tenant).count()
    return UsageOut(
        tenant_id=tenant.id,
        period=f'{today:%Y-%m}',
        api_calls=sum(day.api_calls for day in days),
        api_calls_today=sum(day.api_calls for day in days if day.day == today),
        rate_limited_calls=sum(day.rate_limited_calls for day in days),
        storage_bytes=_storage(rows),
        users=users,
        active_users_30d=min(users, used.count()),
        invoices=invoices,
        products=products,
        customers=customers,
        webhooks_sent=0,
        limits=PLANS[tenant.plan],
    )


def _counts(rows: list[Company]) -> tuple[int, int, int]:
    sums = [0, 0, 0]
    for row in rows:
        with company(schema.place_of(row)):
            counted = database.run(COUNTS).fetchone() or (0, 0, 0)
        sums = [a + b for a, b in zip(sums, counted, strict=True)]
    return sums[0], sums[1], sums[2]


def _storage(rows: list[Company]) -> int:
    total = 0
    for placement in {row.placement for row in rows}:
        schemas = [schema.place_of(row).schema for row in rows if row.placement == placement]
        with connect(ddl_url_of(placement)) as connection:
            found = connection.execute(STORAGE, (schemas,)).fetchone()
        total += int(found[0]) if found else 0
    return total


class JobStanding(msgspec.Struct, kw_only=True):
    """How a job went lately; `failed` holds {tenant, slot, error}, the newest first."""

    job: str
    last_run: dt.datetime | None = None
    done: int = 0
    failed: list[dict[str, str]] = []


STANDINGS = """
SELECT coalesce(json_agg(row_to_json(s)), '[]')::text FROM (
  SELECT r.job, max(r.started_at) AS last_run, count(*) FILTER (WHERE r.state = 'done') AS done,
    coalesce(json_agg(json_build_object('tenant', coalesce(t.slug, ''), 'slot', r.slot,
      'error', r.error) ORDER BY r.id DESC) FILTER (WHERE r.state = 'failed'), '[]') AS failed
  FROM control.job_run r LEFT JOIN control.company c ON c.id = r.company_id
  LEFT JOIN control.tenant t ON t.id = c.tenant_id
  WHERE r.started_at >= %(since)s GROUP BY r.job) s"""
FAILED_HANDLERS = """
SELECT t.slug, (w.waiting ->> 'handlers.failed')::bigint
FROM control.company_work w JOIN control.company c ON c.id = w.company_id
JOIN control.tenant t ON t.id = c.tenant_id
WHERE (w.waiting ->> 'handlers.failed')::bigint > 0 ORDER BY t.slug"""


def job_standings(since: dt.datetime) -> dict[str, JobStanding]:
    """By job, of runs that began since."""
    body = control.json(STANDINGS, {'since': since})
    found = msgspec.json.decode(body or b'[]', type=list[JobStanding])
    return {standing.job: standing for standing in found}


def failed_handlers() -> dict[str, int]:
    """Tenant → handlers of events that were given up, as the workers last saw it."""
    return dict(control.run(FAILED_HANDLERS).fetchall())
