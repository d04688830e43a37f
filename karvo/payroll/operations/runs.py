"""Pay runs entered and calculated: one call computes everybody's pay of a period."""

import typing
from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, PreconditionFailed, invalid, not_found
from karvo.kit.work import Work, atomic
from karvo.payroll.engine import parameters
from karvo.payroll.models import RUN_STEPS, PayRun
from karvo.payroll.operations.calculate import calculate_run
from karvo.payroll.pay_calendar import check_periods, periods_of
from karvo.payroll.reads import first_pay, overlapping, place_left, read_payroll_settings
from karvo.payroll.schemas.events import RunCalculated, RunCreated, RunEvent
from karvo.payroll.schemas.runs import LumpSum, NewRun, Recalculation
from karvo.payroll.schemas.settings import PayrollSettings
from karvo.settings.reads import business_date, read_settings

SERIES = 'RUN'
# Runs of a company wait for one another: their periods must not overlap, and what one pays is
# what the next one's year-to-date starts from.
QUEUE = """
INSERT INTO @payroll_setting (key, value) VALUES ('_queue', 'null')
ON CONFLICT (key) DO UPDATE SET value = excluded.value"""


def create_run(new: NewRun, *, actor: Actor) -> int:
    """Enter a run and calculate it; a draft is only entered. The id.

    Raises Invalid (dates, an unknown year, nobody to be paid, a net below zero), Conflict (another
    run has days of the period).
    """
    with atomic() as work:
        database.run(QUEUE)
        settings = read_payroll_settings()
        run = PayRun(
            uid=ids.uuid7(),
            key=ids.random_key(),
            kind=new.kind,
            frequency=new.frequency.replace('-', '_'),
            period_start=new.period_start,
            period_end=new.period_end,
            pay_date=new.pay_date,
            notes=new.notes,
            inputs={'periods': new.periods, 'lump_sums': msgspec.to_builtins(new.lump_sums)},
            created_at=work.at,
            updated_at=work.at,
        )
        _check(run)
        run.periods = _periods(run, settings)
        run.place = place_left(run)
        run.save(force_insert=True)
        token = work.take_number(SERIES, run.pay_date.year, 'pay_run', run.id).token
        kind: type[RunEvent] = RunCreated
        if new.status == 'calculated':
            _calculate(run, new.lump_sums, settings, work)
            run.save()
            kind = RunCalculated
        announce(kind, run, {}, work, actor, token)
    return int(run.id)


def recalculate_run(
    run_id: int, change: Recalculation, *, actor: Actor, version: int | None = None
) -> None:
    """Calculate a draft, or anew what is not approved yet.

    Raises NotFound, Invalid, Conflict (its state), PreconditionFailed.
    """
    with atomic() as work:
        run = locked_run(run_id, version)
        before = check_step(run, 'calculate')
        settings = read_payroll_settings()
        if change.lump_sums is not UNSET:
            run.inputs['lump_sums'] = msgspec.to_builtins(change.lump_sums)
        if change.periods is not UNSET:
            run.inputs['periods'] = change.periods
        if change.notes is not UNSET:
            run.notes = change.notes
        run.periods = _periods(run, settings)
        lumps = msgspec.convert(run.inputs['lump_sums'], list[LumpSum])
        _calculate(run, lumps, settings, work)
        save_run(run, work)
        previous = {'status': before} if before != run.status else {}
        announce(RunCalculated, run, previous, work, actor)


def locked_run(run_id: int, version: int | None = None) -> PayRun:
    """The row, locked, before any other run's. Raises NotFound, PreconditionFailed."""
    database.run(QUEUE)
    query = PayRun.select().where(PayRun.id == run_id)
    run: PayRun | None = query.for_update().get_or_none()
    if run is None:
        raise not_found('Pay run')
    if version is not None and version != run.version:
        raise PreconditionFailed(f'the pay run is at version {run.version}')
    return run


def check_step(run: PayRun, verb: str) -> str:
    """Takes the run to the verb's state; the state before. Raises Conflict."""
    sources, target = RUN_STEPS[verb]
    if run.status not in sources:
        raise Conflict(f'cannot {verb} a pay run that is {run.status}')
    before, run.status = run.status, target
    return str(before)


def save_run(run: PayRun, work: Work) -> None:
    """As its next version."""
    run.version, run.updated_at = run.version + 1, work.at
    run.save()


def announce(
    kind: type[RunEvent],
    run: PayRun,
    previous: dict[str, typing.Any],
    work: Work,
    actor: Actor,
    token: str = '',
) -> None:
    """Which run, and its state: whoever may read events need not read payroll."""
    shown = {'id': run.id, 'run_no': run.number or token, 'status': run.status}
    shown['version'] = run.version
    work.record(kind(id=run.id, uid=str(run.uid), object=shown, previous=previous), actor)


def _calculate(
    run: PayRun, lumps: Sequence[LumpSum], settings: PayrollSettings, work: Work
) -> None:
    calculate_run(run, lumps, settings, work)
    run.status, run.calculated_at = 'calculated', work.at


def _check(run: PayRun) -> None:
    """Raises Invalid, Conflict."""
    today = business_date(read_settings())
    for name in ('period_start', 'period_end', 'pay_date'):
        if not clock.is_business_date(getattr(run, name), today):
            raise invalid(**{name: f'must be from {clock.EARLIEST} to {clock.latest(today)}'})
    if run.period_end < run.period_start:
        raise invalid(period_end='must not be before period_start')
    if run.pay_date < run.period_start:
        raise invalid(pay_date='must not be before period_start')
    parameters.quebec(run.pay_date)
    if run.kind == 'special':
        if not run.inputs['lump_sums']:
            raise invalid(lump_sums='are what a special run pays')
        return
    days = run.period_start, run.period_end
    if number := overlapping(0, run.frequency, *days):
        raise Conflict(
            f'pay run {number} has days of this period',
            fields={'period_start': f'overlaps pay run {number}'},
        )


def _periods(run: PayRun, settings: PayrollSettings) -> int:
    """P: as asked for, else by the calendar. Raises Invalid."""
    given: int | None = run.inputs['periods']
    if given is not None:
        check_periods(run.frequency, given, 'periods')
        return given
    anchor = first_pay(run.frequency) or run.pay_date
    return periods_of(run.frequency, run.pay_date, settings.calendars, anchor)
