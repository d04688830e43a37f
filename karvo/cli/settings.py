"""`karvo settings get|set`."""

import click
import msgspec

from karvo.cli.database import migrate_all, open_database
from karvo.cli.output import as_json, show
from karvo.kit import shapes
from karvo.kit.actor import system_actor
from karvo.kit.db import company
from karvo.settings.operations import change_settings
from karvo.settings.reads import read_settings
from karvo.settings.schemas import SettingsChange
from tenants.operations import company_of, tenant_by_slug
from tenants.schema import place_of


@click.group()
def settings() -> None:
    """Read and change a company's settings."""


@settings.command()
@click.argument('name', required=False)
@click.option('--tenant', 'slug', required=True)
@as_json
def get(name: str | None, slug: str, is_json: bool) -> None:
    """All settings, or one."""
    with open_database():
        migrate_all(is_quiet=True)
        with company(place_of(company_of(tenant_by_slug(slug)))):
            values = msgspec.structs.asdict(read_settings())
        if name is not None and name not in values:
            raise click.UsageError(f'no setting is called {name}')
        show(values if name is None else {name: values[name]}, is_json)


@settings.command(name='set')
@click.argument('name')
@click.argument('value')
@click.option('--tenant', 'slug', required=True)
@as_json
def set_one(name: str, value: str, slug: str, is_json: bool) -> None:
    """Change one setting."""
    if name not in SettingsChange.__struct_fields__:
        raise click.UsageError(f'no setting is called {name}')
    with open_database():
        migrate_all(is_quiet=True)
        place = place_of(company_of(tenant_by_slug(slug)))
        change = shapes.decode_query({name: value}, SettingsChange)
        with company(place):
            after = change_settings(change, actor=system_actor('operator', place))
        show({name: getattr(after, name)}, is_json)


commands = [settings]
