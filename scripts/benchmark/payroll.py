"""A year of payroll in this process: 200 employees, 26 pays, computed, approved, posted, paid."""

import datetime as dt
import time
import typing

from karvo.kit.actor import Actor, system_actor
from karvo.kit.db import Place, company, database
from karvo.payroll.operations.employees import create_employee
from karvo.payroll.operations.runs import create_run
from karvo.payroll.operations.steps import approve_run, pay_run, post_run
from karvo.payroll.schemas.employees import Deduction, NewEmployee
from karvo.payroll.schemas.runs import NewRun, RunStep
from tenants.operations import NewTenant, provision

LIMIT = 60  #: seconds for a year, two cores
PAYS, FIRST = 26, dt.date(2026, 1, 2)
# Ten days of eight hours a pay, of every fourth employee, whose pay is by the hour.
HOURS = """
INSERT INTO @timesheet (employee_id, date, hours, type, rate_multiplier, status, version,
  created_at, updated_at)
SELECT e.id, d, 8, 'regular', 1, 'approved', 1, %(at)s, %(at)s
FROM @employee e, generate_series(%(first)s::date, %(last)s::date, '1 day') d
WHERE e.pay_type = 'hourly' AND extract(isodow FROM d) < 6"""
SUMS = """
SELECT (SELECT count(*) FROM @pay_stub), (SELECT sum(debit - credit) FROM @journal_line),
  (SELECT count(*) FROM @timesheet WHERE status = 'paid')"""


def measure(employees: int, pays: int = PAYS) -> dict[str, typing.Any]:
    """Seconds of the year, and of its slowest step."""
    made = provision(NewTenant(name='Pay', slug='pay', email='a@b.example', plan='enterprise'))
    place = Place(made.schema)
    actor = system_actor('bench', place)
    with company(place):
        _people(employees, actor)
        year = time.perf_counter()
        slowest = max(_pay(n, actor) for n in range(pays))
        seconds = time.perf_counter() - year
        stubs, difference, sheets = typing.cast(typing.Any, database.run(SUMS).fetchone())
    return {
        'employees': employees,
        'pays': pays,
        'stubs': stubs,
        'timesheets': sheets,
        'difference': str(difference),
        'seconds': round(seconds, 2),
        'slowest_calculation': round(slowest, 2),
        'limit': LIMIT,
    }


def _people(count: int, actor: Actor) -> None:
    for n in range(count):
        is_hourly = n % 4 == 0
        new = NewEmployee(
            first_name='Ana',
            last_name=f'Roy {n}',
            pay_type='hourly' if is_hourly else 'salary',
            pay_rate=(25 if is_hourly else 45_000) + n,  # type: ignore[arg-type]
            pay_frequency='biweekly',
            deductions=[Deduction(code='rrsp', pct=3)] if n % 3 else [],  # type: ignore[arg-type]
        )
        create_employee(new, actor=actor)
    last = FIRST + dt.timedelta(days=14 * PAYS)
    named = {'first': FIRST - dt.timedelta(days=19), 'last': last}
    database.run(HOURS, named | {'at': dt.datetime(2026, 1, 1, tzinfo=dt.UTC)})


def _pay(n: int, actor: Actor) -> float:
    """One pay through all its steps; seconds that its calculation took."""
    on = FIRST + dt.timedelta(days=14 * n)
    start = on - dt.timedelta(days=19)
    new = NewRun(
        frequency='biweekly',
        period_start=start,
        period_end=start + dt.timedelta(days=13),
        pay_date=on,
    )
    begun = time.perf_counter()
    run = create_run(new, actor=actor)
    seconds = time.perf_counter() - begun
    approve_run(run, actor=actor)
    post_run(run, actor=actor)
    pay_run(run, RunStep(), actor=actor)
    return seconds


def report(measured: dict[str, typing.Any]) -> str:
    """For people."""
    verdict = 'within' if measured['seconds'] < LIMIT else 'OVER'
    return (
        f'payroll: {measured["employees"]} employees × {measured["pays"]} pays, '
        f'{measured["stubs"]:,} stubs, {measured["timesheets"]:,} timesheets: computed, approved, '
        f'posted and paid in {measured["seconds"]} s ({verdict} {LIMIT} s); '
        f'slowest calculation {measured["slowest_calculation"]} s; '
        f'debits − credits = {measured["difference"]}'
    )
