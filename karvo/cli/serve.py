"""`karvo serve`: the roles of an installation, started together or by name."""

import os
import sys

import click

from karvo.cli.supervisor import PLANNED, ROLES, Site, supervise
from karvo.config import config


@click.command()
@click.option('--host', default='127.0.0.1', show_default=True)
@click.option('--port', default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option('--workers', type=click.IntRange(1, 512), help='Web processes.  [default: cores]')
@click.option('--only', metavar='ROLE,…', help=f'Of {", ".join([*ROLES, *PLANNED])}.')
def serve(host: str, port: int, workers: int | None, only: str | None) -> None:
    """Start the roles (default: all) and watch over them until SIGTERM or Ctrl-C."""
    names = chosen(only)
    warn_of_fixed_date()
    site = Site(host=host, port=port, workers=workers or cores())
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


def cores() -> int:
    """Those that this process may use, where the system tells."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def warn_of_fixed_date() -> None:
    if config.today is not None:
        click.echo(
            f'Warning: KARVO_TODAY={config.today}: the business clock stands still. For tests '
            f'and sandboxes only.',
            err=True,
        )


def _nothing() -> None:
    """Serving needs no more than the database and the roles."""
