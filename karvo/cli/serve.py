"""`karvo serve`: the roles of an installation, started together or by name."""

import sys

import click

from karvo.cli.demo import demo
from karvo.cli.supervisor import PLANNED, ROLES, Site, cores, supervise


@click.command()
@click.option('--host', default='127.0.0.1', show_default=True)
@click.option('--port', default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option('--workers', type=click.IntRange(1, 512), help='Web processes.  [default: cores]')
@click.option(
    '--worker-processes',
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help='Of the role worker.',
)
@click.option('--only', metavar='ROLE,…', help=f'Of {", ".join([*ROLES, *PLANNED])}.')
def serve(
    host: str, port: int, workers: int | None, worker_processes: int, only: str | None
) -> None:
    """Start the roles (default: all) and watch over them until SIGTERM or Ctrl-C."""
    names = chosen(only)
    site = Site(host=host, port=port, workers=workers or cores(), worker_processes=worker_processes)
    sys.exit(supervise(site, names, prepare=_nothing, announce=_nothing))


def chosen(only: str | None) -> list[str]:
    """The roles that `--only` names, all when it is absent."""
    if only is None:
        return list(ROLES)
    names = list(dict.fromkeys(name.strip() for name in only.split(',') if name.strip()))
    unknown = [name for name in names if name not in ROLES and name not in PLANNED]
    if unknown or not names:
        raise click.BadParameter(
            f'{only!r} names no roles; they are {", ".join([*ROLES, *PLANNED])}',
            param_hint='--only',
        )
    for name in names:
        if name not in ROLES:
            raise click.ClickException(f'the role {name} is not part of this version of KARVO yet')
    return names


def _nothing() -> None:
    """Serving needs no more than the database and the roles."""


commands = [serve, demo]
