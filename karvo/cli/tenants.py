"""`karvo tenant …` and `karvo migrate`."""

import pathlib
import typing

import click

from karvo.cli.database import migrate_all, open_database
from karvo.cli.output import as_json, show
from karvo.kit.actor import Actor
from karvo.kit.paging import Slice
from tenants.archive import export_tenant, import_tenant
from tenants.operations import (
    NewTenant,
    change_status,
    delete_tenant,
    provision,
    tenant_by_slug,
)
from tenants.plans import PLANS
from tenants.reads import list_tenants, tenant_out, usage_of
from tenants.sandbox import take_snapshot
from tenants.scopes import PLATFORM, Scopes

OPERATOR = Actor(kind='system', name='operator', scopes=Scopes([PLATFORM, 'read-write']))


@click.group()
def tenant() -> None:
    """Provision and look after tenants."""


@tenant.command()
@click.option('--slug', required=True, help='3 to 31 of a-z, 0-9 and _.')
@click.option('--name', required=True)
@click.option('--email', required=True)
@click.option('--plan', type=click.Choice(list(PLANS)), default='free')
@click.option('--country', default='CA')
@click.option('--province')
@click.option('--currency')
@click.option('--language', type=click.Choice(['fr', 'en']))
@click.option('--timezone')
@click.option('--sandbox', is_flag=True)
@as_json
def create(is_json: bool, **values: typing.Any) -> None:
    """Provision a tenant; its secrets are shown this once."""
    with open_database():
        migrate_all(is_quiet=True)
        show(provision(NewTenant(**values)), is_json)


@tenant.command(name='list')
@as_json
def list_all(is_json: bool) -> None:
    """All tenants."""
    with open_database():
        migrate_all(is_quiet=True)
        rows, total = list_tenants(None, None, '', Slice(limit=100_000))
        show({'data': rows, 'total': total} if is_json else rows, is_json)


@tenant.command()
@click.argument('slug')
@as_json
def suspend(slug: str, is_json: bool) -> None:
    """Let a tenant read only."""
    _status(slug, 'suspended', is_json)


@tenant.command()
@click.argument('slug')
@as_json
def resume(slug: str, is_json: bool) -> None:
    """Let a suspended tenant write again."""
    _status(slug, 'active', is_json)


def _status(slug: str, status: str, is_json: bool) -> None:
    with open_database():
        migrate_all(is_quiet=True)
        changed = change_status(tenant_by_slug(slug).id, status, actor=OPERATOR)
        show(tenant_out(changed), is_json)


@tenant.command()
@click.argument('slug')
@as_json
def usage(slug: str, is_json: bool) -> None:
    """API calls, storage, users of a tenant."""
    with open_database():
        migrate_all(is_quiet=True)
        show(usage_of(tenant_by_slug(slug)), is_json)


@tenant.command()
@click.argument('slug')
@click.option('--yes', is_flag=True, help='Do not ask.')
@as_json
def delete(slug: str, yes: bool, is_json: bool) -> None:
    """Drop a tenant with all its books, for good."""
    if not yes:
        click.confirm(f'Drop every book of {slug}?', abort=True)
    with open_database():
        migrate_all(is_quiet=True)
        delete_tenant(slug)
        show({'deleted': True, 'slug': slug}, is_json)


@tenant.command()
@click.argument('slug')
@click.argument('file', type=click.Path(dir_okay=False, path_type=pathlib.Path))
@as_json
def export(slug: str, file: pathlib.Path, is_json: bool) -> None:
    """Write a tenant's books into one file; credentials stay behind."""
    with open_database():
        migrate_all(is_quiet=True)
        show(export_tenant(tenant_by_slug(slug), file), is_json)


@tenant.command(name='import')
@click.argument('file', type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path))
@click.option('--slug', required=True, help='Of the new tenant.')
@as_json
def import_(file: pathlib.Path, slug: str, is_json: bool) -> None:
    """A new tenant with an exported tenant's books."""
    with open_database():
        migrate_all(is_quiet=True)
        made = import_tenant(file, slug)
        imported = tenant_by_slug(slug)
        if imported.is_sandbox:
            take_snapshot(imported)  # what provisioning left it with
        show(made, is_json)


@tenant.command()
@click.option('--slug', required=True, help='Of a sandbox.')
@as_json
def snapshot(slug: str, is_json: bool) -> None:
    """What a sandbox goes back to every night at 03:00: its books as they are now."""
    with open_database():
        migrate_all(is_quiet=True)
        taken = take_snapshot(tenant_by_slug(slug))
        show({'data': taken, 'total': len(taken)} if is_json else taken, is_json)


@click.command()
@as_json
def migrate(is_json: bool) -> None:
    """Bring the control schema and every company up to date."""
    with open_database():
        count = migrate_all()
        show({'companies_migrated': count}, is_json)


commands = [tenant, migrate]
