"""`karvo plugins` and `karvo openapi`: what is installed, and how it describes itself."""

import click

import karvo
from karvo import app
from karvo.cli.database import open_database
from karvo.cli.output import as_json, encode, show
from karvo.kit import plugins as known
from tenants.operations import switch_plugin, tenant_by_slug


@click.group(invoke_without_command=True)
@click.option('--tenant', 'slug', default='', help='What of it this tenant has (its slug).')
@as_json
@click.pass_context
def plugins(context: click.Context, slug: str, is_json: bool) -> None:
    """The plugins of this installation, each after what it requires."""
    if context.invoked_subcommand:
        return
    off: frozenset[str] = frozenset()
    if slug:
        with open_database():
            off = known.off_for(tuple(tenant_by_slug(slug).plugins_off))
    active = {plugin.name for plugin in known.active()}
    inactive = [one for one in known.installed().values() if one.name not in active]
    both = [*known.active(), *inactive]
    rows = [_row(one, one.name in active, off) for one in both]
    show({'data': rows, 'total': len(rows)} if is_json else rows, is_json)


def _row(plugin: known.Plugin, is_active: bool, off: frozenset[str]) -> dict[str, object]:
    return {
        'name': plugin.name,
        'dialect': next((name for name, by in app.speakers.items() if by == plugin), None),
        'enabled': is_active and plugin.name not in off,
        'requires': list(plugin.requires),
        'package': plugin.package,
        'version': plugin.version or karvo.__version__,
        'summary': plugin.problem or plugin.summary,
    }


@plugins.command()
@click.argument('name')
@click.option('--tenant', 'slug', required=True)
@as_json
def disable(name: str, slug: str, is_json: bool) -> None:
    """Switch a plugin, and what requires it, off for one tenant; its data stays."""
    _switch(name, slug, False, is_json)


@plugins.command()
@click.argument('name')
@click.option('--tenant', 'slug', required=True)
@as_json
def enable(name: str, slug: str, is_json: bool) -> None:
    """Switch a plugin on again for one tenant."""
    _switch(name, slug, True, is_json)


def _switch(name: str, slug: str, is_on: bool, is_json: bool) -> None:
    with open_database():
        off = switch_plugin(slug, name, is_on)
    show({'tenant': slug, 'off': sorted(off)}, is_json)


@click.command()
@click.option('--dialect', default='se-erp', type=click.Choice(list(app.dialects)))
def openapi(dialect: str) -> None:
    """The OpenAPI 3.1 document, nothing else; needs no database."""
    click.echo(encode(app.document_of(dialect)).decode())


commands = [plugins, openapi]
