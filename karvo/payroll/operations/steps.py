"""What becomes of a calculated run: approved, in the ledger, paid; or cancelled, or voided."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, invalid
from karvo.kit.work import Work, atomic
from karvo.ledger.operations import check_open, first_open_date, post_entry, reverse_source, side
from karvo.ledger.schemas import NewEntry
from karvo.payroll.calculation_reads import Years, started_from, years
from karvo.payroll.models import PayRun
from karvo.payroll.operations.calculate import statuses_paid
from karvo.payroll.operations.runs import announce, check_step, locked_run, save_run
from karvo.payroll.reads import NOTHING, read_payroll_settings
from karvo.payroll.schemas.events import (
    RunApproved,
    RunCancelled,
    RunPaid,
    RunPosted,
    RunReopened,
    RunVoided,
    TimesheetApproved,
    TimesheetEvent,
    TimesheetPaid,
)
from karvo.payroll.schemas.runs import RunStep, Totals
from karvo.payroll.schemas.settings import Accounts
from karvo.settings.reads import business_date, read_settings

SOURCE, PAYMENT = 'pay_run', 'pay_run_payment'
JOURNAL = 'payroll'
LOCK = 'purchase'  #: the lock date that binds payroll (G-7)

# Submitted or approved meanwhile, of somebody whom the run pays.
LEFT_OUT = """
SELECT count(*) FROM @timesheet t JOIN @pay_stub s
  ON s.employee_id = t.employee_id AND s.run_id = %(run)s
WHERE t.date BETWEEN %(start)s::date AND %(end)s::date AND t.run_id IS NULL
  AND t.status = ANY(%(statuses)s::text[])"""
MOVE_SHEETS = """
UPDATE @timesheet SET status = %(status)s, version = version + 1, updated_at = %(at)s::timestamptz
WHERE run_id = %(run)s AND status = %(before)s RETURNING id"""
FREE_SHEETS = """
UPDATE @timesheet SET run_id = NULL, version = version + 1, updated_at = %(at)s::timestamptz
WHERE run_id = %(run)s"""


def approve_run(run_id: int, *, actor: Actor, version: int | None = None) -> None:
    """Raises NotFound, Conflict (its state; what it was calculated from has changed)."""
    with atomic() as work:
        run = locked_run(run_id, version)
        before = check_step(run, 'approve')
        _check_current(run)
        run.approved_at, run.approved_by = work.at, actor.name or actor.kind
        _move_sheets(run, ('submitted', 'approved'), TimesheetApproved, work, actor)
        save_run(run, work)
        announce(RunApproved, run, {'status': before}, work, actor)


def reopen_run(run_id: int, step: RunStep, *, actor: Actor, version: int | None = None) -> None:
    """What was approved is only calculated again. Raises NotFound, Conflict."""
    with atomic() as work:
        run = locked_run(run_id, version)
        before = check_step(run, 'reopen')
        run.approved_at, run.approved_by, run.reason = None, None, step.reason
        save_run(run, work)
        announce(RunReopened, run, {'status': before}, work, actor)


def post_run(run_id: int, *, actor: Actor, version: int | None = None) -> None:
    """Into the ledger on the pay date.

    Raises NotFound, Conflict (its state, a locked period, an earlier pay undone since).
    """
    with atomic() as work:
        run = locked_run(run_id, version)
        before = check_step(run, 'post')
        _check_year(run, 'reopen and recalculate')
        check_open(read_settings(), run.pay_date, LOCK)
        post_entry(_entry(run), work=work)
        run.posted_at = work.at
        save_run(run, work)
        announce(RunPosted, run, {'status': before}, work, actor)


def pay_run(run_id: int, step: RunStep, *, actor: Actor, version: int | None = None) -> None:
    """The net leaves the bank, on the pay date unless another is given.

    Raises NotFound, Invalid (the date), Conflict (its state, a locked period).
    """
    with atomic() as work:
        run = locked_run(run_id, version)
        before = check_step(run, 'pay')
        run.paid_on = step.date or run.pay_date
        if run.paid_on < run.period_start:
            raise invalid(date='must not be before period_start')
        settings = read_settings()
        if run.paid_on > (last := clock.latest(business_date(settings))):
            raise invalid(date=f'must not be after {last}')
        check_open(settings, run.paid_on, LOCK)
        post_entry(_payment(run, run.paid_on), work=work)
        _move_sheets(run, ('approved', 'paid'), TimesheetPaid, work, actor)
        save_run(run, work)
        announce(RunPaid, run, {'status': before}, work, actor)


def cancel_run(run_id: int, step: RunStep, *, actor: Actor, version: int | None = None) -> None:
    """Nothing of it counts any more; its hours wait for another run. Raises NotFound, Conflict."""
    with atomic() as work:
        run = locked_run(run_id, version)
        before = check_step(run, 'cancel')
        _end(run, step, work)
        announce(RunCancelled, run, {'status': before}, work, actor)


def void_run(run_id: int, step: RunStep, *, actor: Actor, version: int | None = None) -> None:
    """Undo what is posted and not paid: its entry is reversed, the year to date is without it.

    Raises NotFound, Conflict.
    """
    with atomic() as work:
        run = locked_run(run_id, version)
        before = check_step(run, 'void')
        settings = read_settings()
        date = first_open_date(settings, business_date(settings), LOCK)
        reverse_source((SOURCE, run.id), date, f'{run.number} voided', work=work)
        run.is_voided = True
        _end(run, step, work)
        announce(RunVoided, run, {'status': before}, work, actor)


def _end(run: PayRun, step: RunStep, work: Work) -> None:
    run.cancelled_at, run.reason = work.at, step.reason
    database.run(FREE_SHEETS, {'run': run.id, 'at': work.at})
    save_run(run, work)


def _check_current(run: PayRun) -> None:
    """Raises Conflict where the year to date or the hours are no longer what they were."""
    _check_year(run, 'recalculate')
    if run.kind == 'special':
        return
    statuses = list(statuses_paid(read_payroll_settings()))
    named = {'run': run.id, 'start': run.period_start, 'end': run.period_end}
    row: typing.Any = database.run(LEFT_OUT, named | {'statuses': statuses}).fetchone()
    if row[0]:
        raise Conflict(f'{row[0]} timesheets came in since the run was calculated: recalculate')


def _check_year(run: PayRun, remedy: str) -> None:
    """Raises Conflict where earlier pays have come, gone or changed since the calculation."""
    now = years(run)
    for employee, before in started_from(run.id).items():
        if now.get(employee, Years(NOTHING, NOTHING)).before != before:
            raise Conflict(f'the year to date has changed since the run was calculated: {remedy}')


def _move_sheets(
    run: PayRun,
    step: tuple[str, str],
    kind: type[TimesheetEvent],
    work: Work,
    actor: Actor,
) -> None:
    """All timesheets of the run from one status to the next, each with its event."""
    named = {'run': run.id, 'at': work.at, 'before': step[0], 'status': step[1]}
    for (sheet_id,) in database.run(MOVE_SHEETS, named).fetchall():
        shown = {'id': sheet_id, 'status': step[1]}
        event = kind(id=sheet_id, uid='', object=shown, previous={'status': step[0]})
        work.record(event, actor)


def _entry(run: PayRun) -> NewEntry:
    """Wages and charges against what is owed, by whom it is owed to (A-1, posting matrix)."""
    sums = msgspec.convert(run.totals, Totals)
    accounts = read_payroll_settings().accounts
    owed = _owed(sums, accounts)
    wages = sums.gross + sums.vacation_accrued - sums.vacation_paid
    postings = [side(accounts.wages, wages), side(accounts.employer, sums.employer_total)]
    postings += [side(account, -amount) for account, amount in owed]
    return NewEntry(
        date=run.pay_date,
        journal=JOURNAL,
        memo=run.number or '',
        source=(SOURCE, run.id),
        postings=postings,
    )


def _owed(sums: Totals, accounts: Accounts) -> list[tuple[str, Decimal]]:
    """(account, dollars) of each creditor (facts 4): the CRA, Revenu Québec, others, employees."""
    federal = sums.federal_tax + sums.ei + sums.employer_ei
    quebec = sums.qc_tax + sums.qpp + sums.qpp2 + sums.qpip
    quebec += sums.employer_qpp + sums.employer_qpp2 + sums.employer_qpip
    quebec += sums.employer_hsf + sums.employer_cnt + sums.employer_cnesst
    return [
        (accounts.net, sums.net),
        (accounts.federal, federal),
        (accounts.quebec, quebec),
        (accounts.other, sums.other_deductions),
        (accounts.vacation, sums.vacation_accrued - sums.vacation_paid),
    ]


def _payment(run: PayRun, date: dt.date) -> NewEntry:
    sums = msgspec.convert(run.totals, Totals)
    accounts = read_payroll_settings().accounts
    return NewEntry(
        date=date,
        journal=JOURNAL,
        memo=run.number or '',
        source=(PAYMENT, run.id),
        postings=[side(accounts.net, sums.net), side(accounts.bank, -sums.net)],
    )
