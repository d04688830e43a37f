"""`karvo jobs list|run`: what happens by the clock, when it last did, and by hand."""

import datetime as dt
import sys

import click
import msgspec
from rich.console import Console
from rich.table import Table

from karvo.app import jobs as company_jobs
from karvo.app import platform_jobs
from karvo.cli.database import migrate_all, open_database
from karvo.cli.output import as_json, show
from karvo.kit import clock, log
from karvo.kit.jobs import Job, PlatformJob
from tenants.job_runs import (
    Outcome,
    run_for_company,
    run_for_platform,
    served_companies,
    timezone_of,
)
from tenants.operations import tenant_by_slug
from tenants.reads import JobStanding, failed_handlers, job_standings
from tenants.runs import Runs

every_job: list[Job | PlatformJob] = [*company_jobs, *platform_jobs]


class Listed(msgspec.Struct, kw_only=True):
    """A job with its last runs."""

    name: str
    when: str
    last_run: dt.datetime | None
    done: int
    failed: list[dict[str, str]]


@click.group()
def jobs() -> None:
    """Jobs by the clock: the role scheduler does them."""


@jobs.command(name='list')
@as_json
def list_all(is_json: bool) -> None:
    """All jobs: when, the last run, failures of the last seven days."""
    with open_database():
        migrate_all(is_quiet=True)
        standings = job_standings(clock.now() - dt.timedelta(days=7))
        listed = [_listed(job, standings.get(job.name)) for job in every_job]
        given_up = failed_handlers()
        if is_json:
            show({'data': listed, 'total': len(listed), 'handlers_failed': given_up}, is_json)
            return
        _print(listed, given_up)


def _listed(job: Job | PlatformJob, standing: JobStanding | None) -> Listed:
    when = f'every {job.every}' if isinstance(job, PlatformJob) else f'daily at {job.at:%H:%M}'
    known = standing or JobStanding(job=job.name)
    return Listed(
        name=job.name, when=when, last_run=known.last_run, done=known.done, failed=known.failed
    )


def _print(listed: list[Listed], given_up: dict[str, int]) -> None:
    table = Table('Job', 'When', 'Last run (UTC)', 'Done', 'Failed', title='7 days')
    for one in listed:
        last = f'{one.last_run:%Y-%m-%d %H:%M}' if one.last_run else '–'
        table.add_row(one.name, one.when, last, str(one.done), str(len(one.failed)))
    Console().print(table)
    for one in listed:
        for failure in one.failed:
            where = ' '.join(filter(None, [one.name, failure['tenant'], failure['slot']]))
            click.echo(f'{where}: {failure["error"]}')
    for slug, count in given_up.items():
        click.echo(f'{slug}: {count} handlers of events were given up (table handler_retry)')


@jobs.command()
@click.argument('name')
@click.option('--tenant', 'slug', help='Only this tenant.')
@click.option('--date', 'date', type=click.DateTime(['%Y-%m-%d']), help="[default: today's]")
@as_json
def run(name: str, slug: str | None, date: dt.datetime | None, is_json: bool) -> None:
    """Do a job now, whether it was done or not. Exit status 1 names the companies that failed."""
    job = next((one for one in every_job if one.name == name), None)
    if job is None:
        raise click.BadParameter(f'no job is called {name}: see karvo jobs list')
    if isinstance(job, PlatformJob) and (slug or date):
        raise click.UsageError(f'{name} is of no tenant and no day')
    log.configure()  # to stderr: stdout is the answer's
    with open_database():
        migrate_all(is_quiet=True)
        outcomes = _outcomes(job, slug, date.date() if date else None)
        is_ok = all(outcome.state == 'done' for outcome in outcomes)
        if is_json:
            show({'ok': is_ok, 'runs': outcomes}, is_json)
        else:
            _tell(outcomes)
    if not is_ok:
        sys.exit(1)


def _outcomes(job: Job | PlatformJob, slug: str | None, day: dt.date | None) -> list[Outcome]:
    with Runs() as runs:
        if isinstance(job, PlatformJob):
            found = [run_for_platform(job, clock.now(), runs, again=True)]
        else:
            rows = served_companies(tenant_by_slug(slug) if slug else None)
            found = [
                run_for_company(job, row, day or clock.today(timezone_of(row)), runs, again=True)
                for row in rows
            ]
    return [outcome for outcome in found if outcome is not None]


def _tell(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        where = ' '.join(filter(None, [outcome.job, outcome.tenant, outcome.slot]))
        if outcome.state == 'running':
            click.echo(f'{where}: somebody else is at it', err=True)
        elif outcome.state == 'failed':
            click.echo(f'{where}: FAILED: {outcome.error}', err=True)
        else:
            report = ', '.join(f'{name} {value}' for name, value in outcome.report.items())
            click.echo(f'{where}: {report or "done"}')


commands = [jobs]
