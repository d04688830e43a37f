"""What a calculation of pays needs to know, read in bulk: a few statements for however many."""

import datetime as dt
import typing
from collections.abc import Collection
from decimal import Decimal

import msgspec

from karvo.kit.db import database
from karvo.payroll.earned import Sheet, Terms
from karvo.payroll.models import PayRun
from karvo.payroll.reads import COUNTED_STATES, NOTHING, SUMMED, Sums

#: Pays before a run's: by pay date; those of one day in the order in which they were entered.
BEFORE = '(r.pay_date, coalesce(r.place, r.id)) < (%(pay_date)s::date, %(place)s::bigint)'
DERIVED = ('vacation_balance', 'covered')  #: of a payee, no columns


class Payee(Terms, kw_only=True):
    """Somebody whom a run may pay, with all that the calculation asks."""

    id: int
    number: str
    first_name: str
    last_name: str
    address: msgspec.Raw
    language: str
    status: str
    birth_date: dt.date | None
    bank_mask: dict[str, str] | None
    td1_total: Decimal | None
    td1_claim_code: str | None
    k3: Decimal
    additional_tax_fed: Decimal
    tp1015_e: Decimal | None
    tp1015_j: Decimal
    tp1016_k1: Decimal
    tp1015_exempt: bool
    additional_tax_qc: Decimal
    exemptions: dict[str, typing.Any]
    deductions: list[dict[str, typing.Any]]
    cnesst_unit: str | None
    vacation_balance: Decimal

    @property
    def name(self) -> str:
        return f'{self.first_name} {self.last_name}'

    @property
    def named(self) -> str:
        """For a refusal."""
        return f'{self.number} {self.name}'


_PAYEE = ', '.join('e.' + name for name in Payee.__struct_fields__ if name not in DERIVED)
# Vacation is owed as of the pay date: neither this run's earlier calculation nor later runs count.
# Days that a run of another frequency has paid are covered: nobody is paid for them twice.
PAYEES = f"""
SELECT coalesce(json_agg(row_to_json(x) ORDER BY x.id), '[]')::text FROM (
  SELECT {_PAYEE}, coalesce(v.balance, 0) AS vacation_balance, coalesce(c.days, '[]') AS covered
  FROM @employee e LEFT JOIN (
    SELECT s.employee_id, sum(s.vacation_accrued - s.vacation_paid) AS balance
    FROM @pay_stub s JOIN @pay_run r ON r.id = s.run_id AND r.status IN ({COUNTED_STATES})
    WHERE {BEFORE}
    GROUP BY s.employee_id) v ON v.employee_id = e.id
  LEFT JOIN (
    SELECT s.employee_id, json_agg(json_build_array(r.period_start, r.period_end)) AS days
    FROM @pay_run r JOIN @pay_stub s ON s.run_id = r.id
    WHERE r.kind = 'regular' AND r.status IN ({COUNTED_STATES}) AND r.id <> %(run)s::bigint
      AND r.period_start <= %(end)s::date AND r.period_end >= %(start)s::date
    GROUP BY s.employee_id) c ON c.employee_id = e.id
  WHERE e.pay_frequency = %(frequency)s
    AND (e.hire_date IS NULL OR e.hire_date <= %(end)s::date)
    AND (e.termination_date IS NULL OR e.termination_date >= %(start)s::date)
    AND (e.status <> 'terminated' OR e.termination_date >= %(start)s::date)) x"""

#: Sums by employee, of the year's other runs: those before this one, and those after.
YEARS = f"""
SELECT coalesce(json_agg(json_build_object('employee_id', x.employee_id, 'is_before', x.is_before,
  'sums', x.sums)), '[]')::text FROM (
  SELECT s.employee_id, {BEFORE} AS is_before,
    jsonb_build_object({SUMMED}) AS sums
  FROM @pay_stub s JOIN @pay_run r ON r.id = s.run_id
  WHERE r.status IN ({COUNTED_STATES}) AND r.id <> %(run)s::bigint
    AND r.pay_date BETWEEN %(first)s::date AND %(last)s::date
  GROUP BY 1, 2) x"""

# The latest regular pay of the year before a run's.
USUAL = f"""
SELECT coalesce(json_object_agg(x.employee_id, x.pay), '{{}}')::text FROM (
  SELECT DISTINCT ON (s.employee_id) s.employee_id, s.pay
  FROM @pay_stub s JOIN @pay_run r ON r.id = s.run_id
  WHERE r.kind = 'regular' AND r.status IN ({COUNTED_STATES}) AND s.pay > 0
    AND r.frequency = %(frequency)s AND r.pay_date >= %(first)s::date AND {BEFORE}
  ORDER BY s.employee_id, r.pay_date DESC, coalesce(r.place, r.id) DESC) x"""
OPENINGS = """
SELECT coalesce(json_object_agg(o.employee_id, o.sums), '{}')::text
FROM @payroll_opening o WHERE o.year = %(year)s"""
SHEETS = """
SELECT coalesce(json_agg(json_build_object('id', t.id, 'employee_id', t.employee_id, 'date', t.date,
  'hours', t.hours, 'type', t.type, 'rate_multiplier', t.rate_multiplier, 'is_own',
  (t.run_id IS NULL OR t.run_id = %(run)s::bigint) AND t.date >= %(start)s::date,
  'paid_rate', s.pay_rate)
  ORDER BY t.date, t.id), '[]')::text
FROM @timesheet t JOIN @employee e ON e.id = t.employee_id
LEFT JOIN @pay_stub s ON s.run_id = t.run_id AND s.employee_id = t.employee_id
  AND s.pay_type = 'hourly' AND t.run_id <> %(run)s::bigint
WHERE t.date BETWEEN %(from)s::date AND %(end)s::date AND e.pay_frequency = %(frequency)s
  AND (t.status = ANY(%(statuses)s::text[]) OR t.run_id IS NOT NULL)"""

STARTED_FROM = """
SELECT coalesce(json_object_agg(s.employee_id, s.before), '{}')::text
FROM @pay_stub s WHERE s.run_id = %(run)s::bigint"""


class Years(typing.NamedTuple):
    """An employee's year without this run: what was paid before it, and after it."""

    before: Sums
    after: Sums


class _Half(msgspec.Struct):
    employee_id: int
    is_before: bool
    sums: Sums


def payees(run: PayRun) -> list[Payee]:
    """Who may be paid for a run's days, in order of their ids."""
    named = _of(run) | {'start': run.period_start, 'end': run.period_end}
    body = database.run(PAYEES, named | {'frequency': run.frequency}).fetchone()
    return msgspec.json.decode(_text(body), type=list[Payee])


def years(run: PayRun) -> dict[int, Years]:
    """By employee, openings counted as before; who has nothing is not in it."""
    year = run.pay_date.year
    named = _of(run) | {'first': dt.date(year, 1, 1), 'last': dt.date(year, 12, 31)}
    halves = msgspec.json.decode(_text(database.run(YEARS, named).fetchone()), type=list[_Half])
    opened = _text(database.run(OPENINGS, {'year': year}).fetchone())
    found = {
        employee: Years(NOTHING | sums, NOTHING)
        for employee, sums in msgspec.json.decode(opened, type=dict[int, Sums]).items()
    }
    for half in halves:
        own = found.get(half.employee_id, Years(NOTHING, NOTHING))
        if half.is_before:
            sums = {name: own.before[name] + half.sums[name] for name in NOTHING}
            found[half.employee_id] = own._replace(before=sums)
        else:
            found[half.employee_id] = own._replace(after=half.sums)
    return found


def usual_pays(run: PayRun) -> dict[int, Decimal]:
    """By employee, dollars: the latest regular pay of the year before the run's."""
    named = _of(run) | {'frequency': run.frequency, 'first': dt.date(run.pay_date.year, 1, 1)}
    return msgspec.json.decode(
        _text(database.run(USUAL, named).fetchone()), type=dict[int, Decimal]
    )


def sheets_for(
    run: int,
    frequency: str,
    days: tuple[dt.date, dt.date, dt.date],
    statuses: Collection[str],
) -> dict[int, list[Sheet]]:
    """By employee: those that this run pays, and earlier ones that count (from, start, end)."""
    named: dict[str, typing.Any] = {'run': run, 'frequency': frequency, 'statuses': list(statuses)}
    named |= {'from': days[0], 'start': days[1], 'end': days[2]}
    rows = msgspec.json.decode(_text(database.run(SHEETS, named).fetchone()), type=list[Sheet])
    found: dict[int, list[Sheet]] = {}
    for sheet in rows:
        found.setdefault(sheet.employee_id, []).append(sheet)
    return found


def started_from(run: int) -> dict[int, Sums]:
    """The year-to-date sums that each stub of a run was calculated from."""
    row = database.run(STARTED_FROM, {'run': run}).fetchone()
    return msgspec.json.decode(_text(row), type=dict[int, Sums])


def _of(run: PayRun) -> dict[str, typing.Any]:
    """Which run, and its place among the pays."""
    return {'run': run.id, 'pay_date': run.pay_date, 'place': run.place or run.id}


def _text(row: typing.Any) -> str:
    return str(row[0])
