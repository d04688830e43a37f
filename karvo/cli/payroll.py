"""`karvo payroll check-cpa005`: reads a payment file before a bank does."""

import pathlib
import sys

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from karvo.cli.output import as_json, show
from karvo.payfiles.cpa005_check import Checked, Defect, check

LARGEST = 200_000_000  #: bytes; no bank takes more


@click.group()
def payroll() -> None:
    """What payroll hands to others."""


@payroll.command(name='check-cpa005')
@click.argument('file', type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path))
@as_json
def check_cpa005(file: pathlib.Path, is_json: bool) -> None:
    """What a CPA-005 file holds, and every defect by record and column. Exit status 1 on defects.

    Needs no database. Of accounts only the last three digits are shown.
    """
    if file.stat().st_size > LARGEST:
        raise click.BadParameter(f'{file} has more than {LARGEST} bytes')
    found = check(file.read_bytes())
    if is_json:
        show(found, is_json)
    else:
        _tell(found)
    if found.defects:
        sys.exit(1)


def _tell(found: Checked) -> None:
    click.echo(
        f'Originator {found.originator_id or "?"}, file {found.file_number or "?"}, created '
        f'{found.created or "?"}, data centre {found.data_centre or "?"}, {found.currency or "?"}'
    )
    columns = ('Record', 'Kind', 'Code', 'Date', 'To', 'Payee', 'Reference', 'Amount')
    table = Table(*columns, title=f'{found.records} records')
    for one in found.payments:
        to = f'{one.institution}-{one.transit} {one.account}'
        where = f'{one.record}.{one.segment}'
        shown = (
            where,
            one.kind,
            one.code,
            str(one.date or '?'),
            to,
            escape(one.payee),
            escape(one.reference),
        )
        table.add_row(*shown, f'{one.amount:,.2f}')
    Console(width=140).print(table)
    click.echo(f'Credits: {found.credit_count}, {found.credits:,.2f}')
    click.echo(f'Debits: {found.debit_count}, {found.debits:,.2f}')
    for word, those in (('DEFECT', found.defects), ('Warning', found.warnings)):
        for one_defect in those:
            click.echo(f'{word}: {_where(one_defect)}{one_defect.message}')
    if not found.defects:
        click.echo('No defect.')


def _where(one: Defect) -> str:
    if not one.record:
        return ''
    column = f', column {one.column}' if one.column else ''
    return f'record {one.record}{column}: '


commands = [payroll]
