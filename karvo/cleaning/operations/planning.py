"""Visits planned 30 days ahead, and those that nobody came to (CLN-2). Safe to repeat."""

import datetime as dt
import typing

import msgspec

from karvo.cleaning.compute import days_between, is_suspended
from karvo.cleaning.models import CleaningContract, CleaningLine, CleaningVisit
from karvo.cleaning.operations.contracts import announce, last_day, locked_contract
from karvo.cleaning.operations.visits import become, tasks_due
from karvo.cleaning.reads import suspensions_of
from karvo.cleaning.schemas import Task, VisitsPlanned
from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.work import Work, atomic
from karvo.settings.reads import read_settings

AHEAD = dt.timedelta(days=30)
MISSED_AFTER = dt.timedelta(hours=24)
MOST = 200  #: visits in one transaction


def plan_visits(contract_id: int, day: dt.date, *, actor: Actor) -> int:
    """Enter what the frequencies ask for from that day on, 30 days ahead; how many were new."""
    with atomic() as work:
        contract = locked_contract(contract_id)
        if contract.state != 'active':
            return 0
        days = [one for one in _wanted(contract, day) if one[1]]
        planned = _planned(contract, day)
        new = [one for one in days if one[0] not in planned]
        for date, tasks in new:
            _insert(contract, date, tasks, work)
        if new:
            dates = [date for date, _ in new]
            announce(VisitsPlanned, contract, {}, work, actor, dates=dates)
    return len(new)


def miss_visits(before: dt.datetime, *, actor: Actor) -> int:
    """Visits that nobody started within 24 hours, as of that instant; how many."""
    total = 0
    while True:
        with atomic() as work:
            late = CleaningVisit.select().where(
                (CleaningVisit.state == 'scheduled')
                & (CleaningVisit.scheduled_at <= before - MISSED_AFTER)
            )
            query = late.order_by(CleaningVisit.scheduled_at, CleaningVisit.id).limit(MOST)
            rows = list(query.for_update())
            for row in rows:
                become(row, 'missed', work, actor)
        total += len(rows)
        if len(rows) < MOST:
            return total


def _wanted(
    contract: CleaningContract, day: dt.date
) -> typing.Iterator[tuple[dt.date, list[Task]]]:
    """(day, its tasks) within the contract, days without service left out."""
    lines: list[CleaningLine] = list(contract.lines.order_by(CleaningLine.position))
    end = last_day(contract)
    last = min(day + AHEAD, end) if end else day + AHEAD
    suspended = suspensions_of(contract.id)
    for date in days_between(max(day, contract.start_date), last):
        if not is_suspended(date, suspended):
            yield date, tasks_due(lines, contract.start_date, date)


def _planned(contract: CleaningContract, day: dt.date) -> set[dt.date | None]:
    own = (CleaningVisit.contract == contract) & (CleaningVisit.planned_on >= day)
    return {row.planned_on for row in CleaningVisit.select(CleaningVisit.planned_on).where(own)}


def _insert(contract: CleaningContract, date: dt.date, tasks: list[Task], work: Work) -> None:
    hour, minute = map(int, contract.visit_time.split(':'))
    zone = clock.zone(read_settings().timezone)
    local = dt.datetime(date.year, date.month, date.day, hour, minute, tzinfo=zone)
    CleaningVisit.create(
        uid=ids.uuid7(),
        contract=contract,
        planned_on=date,
        date=date,
        scheduled_at=local.astimezone(dt.UTC),
        crew=contract.crew,
        tasks=msgspec.to_builtins(tasks),
        created_at=work.at,
        updated_at=work.at,
    )
