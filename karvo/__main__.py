"""The `karvo` command (README §2): one file per family of subcommands under `karvo.cli`."""

import sys

import click

from karvo.cli.output import refuse
from karvo.config import BadConfig
from karvo.kit.errors import KarvoError

try:
    from karvo.cli import data, job, keys, payroll, plugins, roles, serve, settings, tenants
except BadConfig as error:  # a plugin that cannot be loaded, or an environment that makes no sense
    sys.exit(refuse(error))


@click.group(context_settings={'help_option_names': ['-h', '--help']})
@click.version_option(package_name='karvo')
def karvo() -> None:
    """KARVO: the books of many companies on one PostgreSQL."""


for group in (data, job, keys, payroll, plugins, roles, serve, settings, tenants):
    for command in group.commands:
        karvo.add_command(command)


def main() -> None:
    """Exit status: 0 done, 1 refused, 2 wrong usage."""
    try:
        karvo(standalone_mode=True)
    except (KarvoError, BadConfig) as error:
        sys.exit(refuse(error))


if __name__ == '__main__':
    main()
