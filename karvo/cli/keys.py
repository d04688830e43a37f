"""`karvo key …`."""

import click

from karvo.cli.database import migrate_all, open_database
from karvo.cli.output import as_json, show
from karvo.cli.tenants import OPERATOR
from karvo.kit.errors import invalid
from karvo.kit.paging import Slice
from tenants import credentials
from tenants.credentials import NewKey
from tenants.events import ApiKeyCreated, announce_later, relay
from tenants.models import control
from tenants.operations import company_of, tenant_by_slug
from tenants.reads import list_keys
from tenants.scopes import PLATFORM


@click.group()
def key() -> None:
    """Issue, list and revoke API keys."""


@key.command()
@click.option('--tenant', 'slug')
@click.option('--platform', is_flag=True, help='A platform-admin key: it belongs to no tenant.')
@click.option('--scope', default='read-write', help='read-only, read-write or module:action,…')
@click.option('--rate-limit', type=click.IntRange(1, 1_000_000), help='Requests a minute.')
@click.option('--name', default='')
@click.option('--require-signature', is_flag=True, help='Its requests must be signed.')
@as_json
def create(
    slug: str | None,
    platform: bool,
    scope: str,
    rate_limit: int | None,
    name: str,
    require_signature: bool,
    is_json: bool,
) -> None:
    """Issue a key; its secret is shown this once."""
    if bool(slug) == platform:
        raise click.UsageError('give either --tenant or --platform')
    with open_database():
        migrate_all(is_quiet=True)
        new = NewKey(
            name=name,
            scopes=PLATFORM if platform else scope,
            rate_limit=rate_limit,
            require_signature=require_signature,
        )
        row = None if platform else company_of(tenant_by_slug(slug or ''))
        if not platform and PLATFORM in new.scopes:
            raise invalid(scope='platform:admin needs --platform')
        with control.atomic():
            issued = credentials.insert_key(
                new,
                tenant_id=row.tenant_id if row else None,
                company_id=row.id if row else None,
            )
            if row:
                object_ = {'id': issued.key_id, 'name': name, 'scopes': issued.scopes}
                event = ApiKeyCreated
                announce_later(row.id, event, issued.key_id, object_, OPERATOR)
        if row:
            relay(row)
        show(issued, is_json)


@key.command(name='list')
@click.option('--tenant', 'slug', required=True)
@as_json
def list_all(slug: str, is_json: bool) -> None:
    """The keys of a tenant, without their secrets."""
    with open_database():
        migrate_all(is_quiet=True)
        rows, total = list_keys(tenant_by_slug(slug).id, Slice(limit=100_000))
        show({'data': rows, 'total': total} if is_json else rows, is_json)


@key.command()
@click.argument('key_id', type=int)
@click.option('--tenant', 'slug', required=True)
@as_json
def revoke(key_id: int, slug: str, is_json: bool) -> None:
    """Revoke a key at once."""
    with open_database():
        migrate_all(is_quiet=True)
        credentials.revoke_key(key_id, company_of(tenant_by_slug(slug)), actor=OPERATOR)
        show({'revoked': True, 'key_id': key_id}, is_json)


commands = [key]
