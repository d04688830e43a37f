"""How commands answer: text for people, with --json one object on stdout."""

import sys
import typing
from collections.abc import Callable

import click
import msgspec

encode = msgspec.json.Encoder(decimal_format='number', enc_hook=str).encode

as_json = click.option('--json', 'is_json', is_flag=True, help='Print one JSON object.')

Command = Callable[..., typing.Any]


def show(value: typing.Any, is_json: bool) -> None:
    """A struct, dict or list; people get `name: value` lines."""
    if is_json:
        click.echo(encode(value).decode())
        return
    for item in value if isinstance(value, list) else [value]:
        members = msgspec.to_builtins(item, enc_hook=str)
        for name, member in members.items():
            click.echo(f'{name}: {member}')
        if isinstance(value, list):
            click.echo()


def refuse(error: Exception) -> int:
    """One line on stderr; the exit status of a refusal."""
    click.echo(f'Error: {error}', err=True)
    sys.stderr.flush()
    return 1
