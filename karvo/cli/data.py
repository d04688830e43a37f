"""`karvo import …` and `karvo check`."""

import pathlib
import sys
import typing
from collections.abc import Iterable

import click
import msgspec
from rich.console import Console
from rich.progress import track

from karvo.cli import check as checking
from karvo.cli.database import migrate_all, open_database
from karvo.cli.online_retail import import_file
from karvo.cli.output import as_json, show
from karvo.kit.actor import system_actor
from karvo.kit.db import company, database
from karvo.settings.reads import read_settings
from tenants.models import Company, Tenant
from tenants.operations import company_of, tenant_by_slug
from tenants.schema import place_of
from tenants.wp_files import source_of
from tenants.wp_import import import_people
from tenants.wp_people import read_site

ANALYZED = ('party', 'product', 'document', 'document_line', 'journal_entry', 'journal_line')


class Checked(msgspec.Struct, kw_only=True):
    """The outcome for one tenant."""

    tenant: str
    problems: list[str]


@click.group(name='import')
def import_() -> None:
    """Bring data in, through the same operations as the API."""


@import_.command(name='online-retail')
@click.argument('file', type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path))
@click.option('--tenant', 'slug', required=True)
@as_json
def online_retail(file: pathlib.Path, slug: str, is_json: bool) -> None:
    """The UCI Online Retail data set; may be run again after a kill."""
    with open_database():
        migrate_all(is_quiet=True)
        place = place_of(company_of(tenant_by_slug(slug)))
        with company(place):
            actor = system_actor('import online-retail', place)
            report = import_file(file, actor, _progress)
            for table in ANALYZED:
                database.run(f'VACUUM ANALYZE @{table}')
        show(report, is_json)


@import_.command()
@click.argument('file', type=click.Path(exists=True, path_type=pathlib.Path))
@click.option('--tenant', 'slug', required=True)
@click.option(
    '--usermeta',
    type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path),
    help='The CSV of wp_usermeta, where FILE is that of wp_users.',
)
@click.option('--prefix', default='', help='Of the tables, where the file holds several sites.')
@as_json
def wordpress(
    file: pathlib.Path, slug: str, usermeta: pathlib.Path | None, prefix: str, is_json: bool
) -> None:
    """People of a WordPress site: users, roles, application passwords; may be run again.

    FILE is a MySQL dump (.sql, .sql.gz), a folder with *users.csv and *usermeta.csv, or the first
    of these. Everybody keeps his passwords.
    """
    with open_database():
        migrate_all(is_quiet=True)
        row = company_of(tenant_by_slug(slug))
        people = read_site(source_of(file, usermeta), prefix)
        with company(place_of(row)):
            language = read_settings().language
        actor = system_actor('import wordpress', place_of(row), tenant_id=row.tenant_id)
        report = import_people(people, row, actor=actor, language=language, progress=_progress)
        if is_json:
            show(report, is_json)
            return
        for problem in report.problems:
            click.echo(problem, err=True)
        click.echo(report.line())


def _progress(items: Iterable[typing.Any], title: str, total: int) -> Iterable[typing.Any]:
    console = Console(stderr=True)
    return track(items, title, total, console=console, disable=not sys.stderr.isatty())


@click.command()
@click.option('--tenant', 'slug', help='Only this tenant.')
@as_json
def check(slug: str | None, is_json: bool) -> None:
    """Integrity of the books: exit status 1 names what is off."""
    with open_database():
        migrate_all(is_quiet=True)
        tenants = [tenant_by_slug(slug)] if slug else list(Tenant.select().order_by(Tenant.slug))
        outcomes = [Checked(tenant=t.slug, problems=_problems(t)) for t in tenants]
        is_ok = not any(outcome.problems for outcome in outcomes)
        if is_json:
            show({'ok': is_ok, 'tenants': outcomes}, is_json)
        else:
            _print(outcomes)
    if not is_ok:
        sys.exit(1)


def _problems(tenant: Tenant) -> list[str]:
    found: list[str] = []
    if tenant.status not in ('active', 'suspended'):
        return found
    for row in Company.select().where(Company.tenant == tenant):
        with company(place_of(row)):
            found += checking.problems()
    return found


def _print(outcomes: list[Checked]) -> None:
    for outcome in outcomes:
        click.echo(f'{outcome.tenant}: {"ok" if not outcome.problems else "NOT OK"}')
        for problem in outcome.problems:
            click.echo(f'  {problem}')


commands = [import_, check]
