"""Tenants: provisioning in steps, suspending, resuming, deleting."""

import contextlib
import re
import typing

import msgspec
import psycopg

from karvo.config import config
from karvo.customers.operations import open_terms
from karvo.kit import clock, ids, plugins
from karvo.kit.actor import Actor, system_actor
from karvo.kit.db import Place, company
from karvo.kit.errors import Conflict, invalid, not_found
from karvo.kit.work import atomic
from karvo.ledger.operations import open_chart
from karvo.settings.operations import open_settings
from karvo.settings.schemas import Country, Currency, Language
from karvo.taxes.operations import open_taxes
from tenants import credentials, schema
from tenants.events import (
    ApiKeyCreated,
    TenantProvisioned,
    UserCreated,
    announce_later,
    relay,
    told_of,
)
from tenants.models import (
    Company,
    JobRun,
    Membership,
    PendingNews,
    SandboxSnapshot,
    Tenant,
    User,
    control,
)
from tenants.plans import plan_named
from tenants.secrets import new_password, password_hash
from tenants.shared import invalidate

SLUG = re.compile(r'[a-z][a-z0-9_]{2,30}')
RESET = 'sandbox.reset'  #: the job that takes sandboxes back
RESERVED = {'public', 'karvo', 'control'}
CURRENCIES = {'CA': 'CAD', 'US': 'USD', 'GB': 'GBP', 'AE': 'AED', 'FR': 'EUR', 'DE': 'EUR'}
ZONES = {
    'CA': 'America/Toronto',
    'GB': 'Europe/London',
    'AE': 'Asia/Dubai',
    'US': 'America/New_York',
}

#: An administrator's, who grants by name what else there is.
FIRST_KEY = ['read-write', 'period.unlock', 'users:read', 'users:write']
TRANSITIONS = {
    'provisioning': {'active', 'failed'},
    'failed': {'provisioning'},
    'active': {'suspended'},
    'suspended': {'active', 'archived'},
    'archived': {'purged'},
}


class NewTenant(msgspec.Struct, kw_only=True):
    """A tenant to provision. Province and language default only for Canada."""

    name: typing.Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    slug: str
    email: typing.Annotated[str, msgspec.Meta(max_length=254)]
    plan: str = 'free'
    country: Country = 'CA'
    province: typing.Annotated[str, msgspec.Meta(max_length=3)] | None = None
    currency: Currency | None = None
    language: Language | None = None
    timezone: typing.Annotated[str, msgspec.Meta(max_length=64)] | None = None
    sandbox: bool = False


class Provisioned(msgspec.Struct, kw_only=True):
    """A new tenant with its secrets, shown this once."""

    tenant_id: int
    slug: str
    company_id: str
    schema: str
    api_key: str
    username: str
    password: str
    application_password: str


def provision(new: NewTenant) -> Provisioned:
    """Make a tenant with one company, its books open. Steps that can be repeated.

    On failure the schema is dropped and the tenant is `failed`; the same slug may be tried again.
    Raises Invalid, Conflict (the slug is taken).
    """
    return provision_with(new, lambda place: open_books(new))


def provision_with(new: NewTenant, fill: typing.Callable[[Place], None]) -> Provisioned:
    """The same, with the books filled by `fill` (an archive's, for an import)."""
    _check(new)
    tenant, row = _begin(new)
    place = schema.place_of(row)
    try:
        schema.prepare_database(row.placement)
        schema.create_company_schema(place)
        with company(place):
            fill(place)
        return _finish(new, tenant, row)
    except BaseException as error:
        with contextlib.suppress(psycopg.Error):
            schema.drop_company_schema(place)
        _set_status(tenant, 'failed', error=str(error)[:500])
        raise


def _check(new: NewTenant) -> None:
    if not SLUG.fullmatch(new.slug) or new.slug.startswith('pg_') or new.slug in RESERVED:
        raise invalid(slug='must be 3 to 31 of a-z, 0-9 and _, beginning with a letter')
    if '@' not in new.email or new.email.startswith('@') or new.email.endswith('@'):
        raise invalid(email='must be an e-mail address')
    plan_named(new.plan)
    if new.timezone:
        try:
            clock.zone(new.timezone)
        except (KeyError, ValueError, OSError):
            raise invalid(timezone='must be a zone like America/Toronto') from None


def _begin(new: NewTenant) -> tuple[Tenant, Company]:
    """The rows, in state `provisioning`; an earlier failed attempt is taken up again."""
    now = clock.now()
    with control.atomic():
        tenant = Tenant.select().where(Tenant.slug == new.slug).for_update().get_or_none()
        if tenant is not None and tenant.status not in ('failed', 'provisioning'):
            raise Conflict(f'slug {new.slug} exists already', code='erp_duplicate')
        values = {'name': new.name, 'email': new.email, 'plan': new.plan, 'error': None}
        if tenant is None:
            uid, slug = ids.uuid7(), new.slug
            tenant = Tenant(uid=uid, slug=slug, created_at=now, is_sandbox=new.sandbox)
        for name, value in values.items():
            setattr(tenant, name, value)
        tenant.status, tenant.updated_at = 'provisioning', now
        tenant.save()
        row = Company.get_or_none(Company.tenant == tenant) or _new_company(tenant, new)
    return tenant, row


def _new_company(tenant: Tenant, new: NewTenant) -> Company:
    return Company.create(
        uid=ids.uuid7(),
        key=ids.random_key(),
        tenant=tenant,
        name=new.name,
        placement=config.database_new_companies,
        created_at=clock.now(),
    )


def open_books(new: NewTenant) -> None:
    """Settings, chart, taxes, terms: what every fresh company has. Safe to repeat."""
    is_canada = new.country == 'CA'
    province = new.province or ('QC' if is_canada else '')
    language = new.language or ('fr' if is_canada else 'en')
    with atomic():
        open_settings(
            {
                'name': new.name,
                'email': new.email,
                'country': new.country,
                'province': province,
                'currency': new.currency or CURRENCIES.get(new.country, 'USD'),
                'language': language,
                'timezone': _timezone(new),
            }
        )
        open_chart()
        open_terms()
        open_taxes(new.country, province)
        for _, open_plugin in plugins.gathered('operations', 'open_books'):
            open_plugin()


def _finish(new: NewTenant, tenant: Tenant, row: Company) -> Provisioned:
    """User, first key, application password; then the tenant is active."""
    password = new_password()
    actor = system_actor('provisioning', schema.place_of(row), tenant_id=tenant.id)
    with control.atomic():
        user = _admin(new, tenant, password)
        issued = credentials.insert_key(
            credentials.NewKey(name='first key', scopes=FIRST_KEY),
            tenant_id=tenant.id,
            company_id=row.id,
        )
        _, app_password = credentials.insert_application_password(user, row, 'first password')
        Company.update(migrated=schema.fingerprint()).where(Company.id == row.id).execute()
        announced = {'id': tenant.id, 'slug': tenant.slug, 'name': tenant.name, 'plan': new.plan}
        announce_later(row.id, TenantProvisioned, tenant.id, announced, actor)
        person = told_of(user.id, user.login, user.email, user.display_name, 'administrator')
        announce_later(row.id, UserCreated, user.id, person, actor)
        announce_later(row.id, ApiKeyCreated, issued.key_id, {'id': issued.key_id}, actor)
        if tenant.is_sandbox:
            _note_sandbox(new, row)
        tenant.status = 'active'
        tenant.save()
    relay(row)
    return Provisioned(
        tenant_id=tenant.id,
        slug=tenant.slug,
        company_id=str(row.uid),
        schema=schema.place_of(row).schema,
        api_key=issued.api_key,
        username=user.login,
        password=password,
        application_password=app_password,
    )


def _note_sandbox(new: NewTenant, row: Company) -> None:
    """What it goes back to; not today, for a scheduler would find that it is past three."""
    opened = msgspec.to_builtins(new)
    now, day = clock.now(), clock.today(_timezone(new))
    SandboxSnapshot.insert(company=row, opened=opened).on_conflict_ignore().execute()
    JobRun.insert(
        job=RESET,
        company=row,
        slot=day.isoformat(),
        state='done',
        holder='provisioning',
        started_at=now,
        finished_at=now,
    ).on_conflict_ignore().execute()


def _timezone(new: NewTenant) -> str:
    return new.timezone or ZONES.get(new.country, 'UTC')


def _admin(new: NewTenant, tenant: Tenant, password: str) -> User:
    """The tenant's first user; the log-in is the slug, made unique by it."""
    now = clock.now()
    login = f'{new.slug}_admin'
    user = User.get_or_none(User.login == login)
    if user is None:
        user = User(uid=ids.uuid7(), login=login, created_at=now)
    user.email, user.display_name = new.email, new.name
    user.password_hash, user.updated_at = password_hash(password), now
    user.locale = 'fr_CA' if (new.language or 'fr') == 'fr' else 'en_CA'
    user.save()
    Membership.insert(
        user=user, tenant=tenant, role='administrator', created_at=now
    ).on_conflict_ignore().execute()
    return user


def _set_status(tenant: Tenant, status: str, error: str | None = None) -> None:
    tenant.status, tenant.updated_at, tenant.error = status, clock.now(), error
    tenant.save()
    invalidate()


def tenant_by_id(tenant_id: int) -> Tenant:
    """Raises NotFound."""
    tenant = Tenant.get_or_none(Tenant.id == tenant_id)
    if tenant is None or tenant.status == 'purged':
        raise not_found('Tenant')
    return tenant


def tenant_by_slug(slug: str) -> Tenant:
    """Raises NotFound."""
    tenant = Tenant.get_or_none(Tenant.slug == slug)
    if tenant is None or tenant.status == 'purged':
        raise not_found('Tenant')
    return tenant


def company_of(tenant: Tenant) -> Company:
    """The tenant's first company; raises NotFound while it is being provisioned."""
    row: Company | None = (
        Company.select().where(Company.tenant == tenant).order_by(Company.id).first()
    )
    if row is None:
        raise not_found('Company')
    return row


def change_status(tenant_id: int, status: str, *, actor: Actor) -> Tenant:
    """Suspend or resume; a repeated call is a Conflict."""
    with control.atomic():
        tenant = Tenant.select().where(Tenant.id == tenant_id).for_update().get_or_none()
        if tenant is None:
            raise not_found('Tenant')
        if status not in TRANSITIONS.get(tenant.status, set()):
            raise Conflict(f'a {tenant.status} tenant cannot become {status}')
        before = tenant.status
        _set_status(tenant, status)
        row = company_of(tenant)
        object_ = {'id': tenant.id, 'slug': tenant.slug, 'status': status, 'before': before}
        announce_later(row.id, STATUS_EVENTS[status], tenant.id, object_, actor)
    relay(row)
    return tenant


def switch_plugin(slug: str, name: str, is_on: bool) -> frozenset[str]:
    """All that the tenant does without afterwards. Raises Invalid for an unknown plugin."""
    if name not in plugins.installed():
        raise invalid(plugin=f'must be one of {", ".join(sorted(plugins.installed()))}')
    with control.transaction():
        found = tenant_by_slug(slug).id
        tenant = Tenant.select().where(Tenant.id == found).for_update().get()
        off = set(tenant.plugins_off) - {name} if is_on else {*tenant.plugins_off, name}
        change = {'plugins_off': sorted(off), 'updated_at': clock.now()}
        Tenant.update(change).where(Tenant.id == tenant.id).execute()
    invalidate()
    return plugins.off_for(tuple(sorted(off)))


def delete_tenant(slug: str) -> None:
    """Drop every company of a tenant, for good; its slug becomes free."""
    tenant = tenant_by_slug(slug)
    for row in Company.select().where(Company.tenant == tenant):
        schema.drop_company_schema(schema.place_of(row))
    with control.atomic():
        credentials.purge_tenant(tenant.id)
        PendingNews.delete().where(
            PendingNews.company.in_(Company.select().where(Company.tenant == tenant))
        ).execute()
        Membership.delete().where(Membership.tenant == tenant).execute()
        Company.delete().where(Company.tenant == tenant).execute()
        tenant.delete_instance()
    invalidate()


STATUS_EVENTS = {'suspended': 'tenant.suspended', 'active': 'tenant.reactivated'}
