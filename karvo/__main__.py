"""The `karvo` command (README §2): one file per family of subcommands under `karvo.cli`.

Only the file of the command that is asked for is read: the supervisor of `karvo serve` needs
nothing of what it starts, and whoever prints a key waits for no application.
"""

import importlib
import sys

import click

from karvo.cli.output import refuse
from karvo.config import BadConfig
from karvo.kit.errors import KarvoError
from karvo.kit.start import uncollected

#: where the commands are
FILES = {
    'check': 'data',
    'demo': 'serve',
    'import': 'data',
    'jobs': 'job',
    'key': 'keys',
    'migrate': 'tenants',
    'openapi': 'plugins',
    'payroll': 'payroll',
    'plugins': 'plugins',
    'role': 'roles',
    'serve': 'serve',
    'settings': 'settings',
    'tenant': 'tenants',
}


class Commands(click.Group):
    """A group that reads a command's file when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(FILES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in FILES:
            return None
        with uncollected():
            module = importlib.import_module(f'karvo.cli.{FILES[cmd_name]}')
        commands: list[click.Command] = module.commands
        return next(one for one in commands if one.name == cmd_name)


@click.command(cls=Commands, context_settings={'help_option_names': ['-h', '--help']})
@click.version_option(package_name='karvo')
def karvo() -> None:
    """KARVO: the books of many companies on one PostgreSQL."""


def main() -> None:
    """Exit status: 0 done, 1 refused, 2 wrong usage."""
    try:
        karvo(standalone_mode=True)
    except (KarvoError, BadConfig) as error:
        sys.exit(refuse(error))


if __name__ == '__main__':
    main()
