"""`karvo plugins` and `karvo openapi`: what is installed, and how it describes itself."""

import click

from karvo.app import se_erp_document
from karvo.cli.output import as_json, encode, show

DIALECTS = {'se-erp': se_erp_document}
PLANNED = ('arkan', 'billing-v2', 'karbon', 'enapps')


@click.command()
@as_json
def plugins(is_json: bool) -> None:
    """The plugins of this installation."""
    show({'data': [], 'total': 0} if is_json else [], is_json)


@click.command()
@click.option('--dialect', default='se-erp', type=click.Choice([*DIALECTS, *PLANNED]))
def openapi(dialect: str) -> None:
    """The OpenAPI 3.1 document, nothing else; needs no database."""
    if dialect not in DIALECTS:
        raise click.ClickException(f'the dialect {dialect} is not installed')
    click.echo(encode(DIALECTS[dialect]()).decode())


commands = [plugins, openapi]
