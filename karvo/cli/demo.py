"""`karvo demo`: everything at once for a first look, with a tenant `demo` and its key at hand."""

import sys

import click

from karvo.cli.database import ensure_demo
from karvo.cli.supervisor import ROLES, Site, cores, port_problem, supervise

PORTS_TRIED = 100


@click.command()
@click.option('--host', default='127.0.0.1', show_default=True)
@click.option('--port', default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option('--workers', type=click.IntRange(1, 512), help='Web processes.  [default: cores]')
def demo(host: str, port: int, workers: int | None) -> None:
    """Start everything with the tenant `demo` (made the first time) and print its key."""
    site = Site(host=host, port=free_port(host, port), workers=workers or cores())
    kept: list[str] = []
    status = supervise(
        site,
        list(ROLES),
        prepare=lambda: kept.append(ensure_demo()),
        announce=lambda: _announce(site, kept[0]),
    )
    sys.exit(status)


def free_port(host: str, port: int) -> int:
    """This port, or the next one that nobody listens on."""
    problem = port_problem(host, port)
    if problem is None:
        return port
    for other in range(port + 1, min(port + PORTS_TRIED, 65535) + 1):
        if port_problem(host, other) is None:
            click.echo(f'Port {port} is not free ({problem}); taking {other}.')
            return other
    raise click.ClickException(f'no port from {port} on can be used on {host} ({problem})')


def _announce(site: Site, key: str) -> None:
    base = f'{site.url}/wp-json/se-erp/v2'
    click.echo(f'Base URL  {base}')
    click.echo(f'API key   {key}')
    click.echo(f"Try       curl -H 'X-SE-ERP-Key: {key}' {base}/customers")
    click.echo('Ctrl-C stops everything; the data stays.')
