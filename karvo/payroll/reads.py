"""Payroll as read: lists, one record, settings."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

from karvo.kit.db import database
from karvo.kit.folded import folded
from karvo.kit.money import ZERO
from karvo.kit.paging import Listing, Slice
from karvo.payroll.models import CLOSED, COUNTED, PayRun
from karvo.payroll.schemas.employees import EmployeeRead
from karvo.payroll.schemas.runs import RunRead, StubRow
from karvo.payroll.schemas.settings import PayrollSettings
from karvo.payroll.schemas.timesheets import TimesheetRead

_EMPLOYEE = """e.id, e.uid, e.number AS employee_no, e.first_name, e.last_name, e.email, e.phone,
  e.status, e.pay_type, e.pay_rate, e.pay_frequency, e.province_of_employment, e.language,
  e.hire_date, e.termination_date, e.sin_mask AS sin, e.version, e.created_at, e.updated_at"""

EMPLOYEES = Listing(
    columns=_EMPLOYEE,
    source='@employee e',
    filters={
        'status': 'e.status = ANY(%(status)s)',
        'pay_type': 'e.pay_type = %(pay_type)s',
        'pay_frequency': 'e.pay_frequency = %(pay_frequency)s',
        'search': "e.search_text LIKE '%%' || %(search)s || '%%'",
        'updated_since': 'e.updated_at >= %(updated_since)s',
    },
    orders={
        'last_name': folded('e.last_name'),
        'first_name': folded('e.first_name'),
        'employee_no': 'e.number',
        'hire_date': 'e.hire_date',
        'created_at': 'e.created_at',
        'updated_at': 'e.updated_at',
    },
    nullable=frozenset({'hire_date'}),
    default=('last_name', 'asc'),
    tiebreak='e.id',
)

#: A calendar year's sums of stubs `s`: what the next calculation starts from, and what is printed.
SUMS: dict[str, str] = {
    'gross': 's.gross',
    'pay': 's.pay',
    'lump_sum': 's.lump_sum',
    'pensionable': 's.pensionable',
    'insurable': 's.insurable',
    'qpip_insurable': 's.qpip_insurable',
    'qpp': 's.qpp',
    'qpp2': 's.qpp2',
    'ei': 's.ei',
    'qpip': 's.qpip',
    'federal_tax': 's.federal_tax + s.federal_tax_lump',
    'qc_tax': 's.qc_tax + s.qc_tax_lump',
    'rpp': 's.rpp',
    'rrsp': 's.rrsp',
    'fhsa': 's.fhsa',
    'union_dues': 's.union_dues',
    'ftq_shares': 's.ftq_shares',
    'fondaction_shares': 's.fondaction_shares',
    'other_deductions': 's.other_deductions',
    'deductions': 's.deductions',
    'net': 's.net',
    'employer_qpip': 's.employer_qpip',
    'vacation_paid': 's.vacation_paid',
    'vacation_accrued': 's.vacation_accrued',
    'h': "coalesce((s.steps ->> 'H')::numeric, 0)",
    'csa': "coalesce((s.steps ->> 'CSA')::numeric, 0)",
    'f': "coalesce((s.steps ->> 'QC_F')::numeric, s.rpp + s.rrsp + s.fhsa)",
}
Sums = dict[str, Decimal]
NOTHING: Sums = dict.fromkeys(SUMS, ZERO)
SUMMED = ', '.join(f"'{name}', coalesce(sum({sql}), 0)" for name, sql in SUMS.items())
COUNTED_STATES = ', '.join(f"'{state}'" for state in COUNTED)
_CLOSED = ', '.join(f"'{state}'" for state in CLOSED)

ONE_EMPLOYEE = f"""
SELECT row_to_json(x)::text FROM (SELECT {_EMPLOYEE}, e.address, e.birth_date, e.weekly_hours,
  e.bank_mask AS bank, e.td1_total, e.td1_claim_code, e.k3, e.additional_tax_fed, e.tp1015_e,
  e.tp1015_j, e.tp1016_k1, e.tp1015_exempt, e.additional_tax_qc, e.exemptions, e.deductions,
  e.vacation_pct, e.vacation_method, e.cnesst_unit, e.notes,
  (SELECT coalesce(sum(s.vacation_accrued - s.vacation_paid), 0) FROM @pay_stub s
    JOIN @pay_run r ON r.id = s.run_id AND r.status IN ({COUNTED_STATES})
    WHERE s.employee_id = e.id) AS vacation_balance,
  (SELECT jsonb_build_object('year', %(year)s::int, {SUMMED}) FROM @pay_stub s
    JOIN @pay_run r ON r.id = s.run_id AND r.status IN ({COUNTED_STATES})
      AND r.pay_date BETWEEN %(first)s::date AND %(last)s::date
    WHERE s.employee_id = e.id) AS ytd
  FROM @employee e WHERE e.id = %(id)s) x"""

_SHEET = """t.id, t.employee_id, e.number AS employee_no,
  concat_ws(' ', e.first_name, e.last_name) AS employee_name, t.date, t.hours, t.type,
  t.rate_multiplier, t.status, t.project, t.notes, t.run_id, t.version, t.created_at,
  t.updated_at"""

TIMESHEETS = Listing(
    columns=_SHEET,
    source='@timesheet t',
    joins='JOIN @employee e ON e.id = t.employee_id',
    filters={
        'date_from': 't.date >= %(date_from)s',
        'date_to': 't.date <= %(date_to)s',
        'employee_id': 't.employee_id = %(employee_id)s',
        'run_id': 't.run_id = %(run_id)s',
        'status': 't.status = ANY(%(status)s)',
        'type': 't.type = ANY(%(type)s)',
        'updated_since': 't.updated_at >= %(updated_since)s',
        'id': 't.id = %(id)s',
    },
    orders={
        'date': 't.date',
        'updated_at': 't.updated_at',
    },
    default=('date', 'desc'),
    tiebreak='t.id',
)

RUNS = Listing(
    columns="""r.id, r.uid, r.number AS run_no, r.kind, r.frequency, r.period_start, r.period_end,
  r.pay_date, r.periods, r.status, r.is_voided, r.employees AS employee_count, r.totals, r.notes,
  r.reason, r.approved_by, r.calculated_at, r.approved_at, r.posted_at, r.paid_on, r.cancelled_at,
  r.version, r.created_at, r.updated_at""",
    source='@pay_run r',
    filters={
        'date_from': 'r.pay_date >= %(date_from)s',
        'date_to': 'r.pay_date <= %(date_to)s',
        'frequency': 'r.frequency = %(frequency)s',
        'status': 'r.status = ANY(%(status)s)',
        'kind': 'r.kind = %(kind)s',
        'updated_since': 'r.updated_at >= %(updated_since)s',
        'id': 'r.id = %(id)s',
    },
    orders={
        'pay_date': 'r.pay_date',
        'period_start': 'r.period_start',
        'run_no': 'r.number',
        'created_at': 'r.created_at',
        'updated_at': 'r.updated_at',
    },
    default=('pay_date', 'desc'),
    tiebreak='r.id',
)

_PLAIN = tuple(
    name
    for name in StubRow.__struct_fields__
    if name
    not in (
        'run_no',
        'frequency',
        'period_start',
        'period_end',
        'pay_date',
        'status',
        'bank',
        'lines',
    )
)
ONE_OPENING = """
SELECT o.sums::text FROM @payroll_opening o WHERE o.employee_id = %(id)s AND o.year = %(year)s"""
STUBS = Listing(
    columns=f"""{', '.join(f's.{name}' for name in _PLAIN)}, s.bank_mask AS bank,
  r.number AS run_no, r.frequency, r.period_start, r.period_end, r.pay_date, r.status,
  (SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM (
    SELECT l.kind, l.code, l.hours, l.rate, l.amount, l.note FROM @pay_stub_line l
    WHERE l.stub_id = s.id ORDER BY l.position) x) AS lines""",
    source='@pay_stub s',
    joins='JOIN @pay_run r ON r.id = s.run_id',
    filters={
        'run_id': 's.run_id = %(run_id)s',
        'employee_id': 's.employee_id = %(employee_id)s',
        'id': 's.id = %(id)s',
    },
    orders={'employee_id': 's.employee_id', 'id': 's.id'},
    default=('employee_id', 'asc'),
    tiebreak='s.id',
)


def read_employee(employee_id: int, year: int) -> EmployeeRead | None:
    """SIN and bank masked; with the sums of that calendar year, its opening among them."""
    named = {'id': employee_id, 'year': year, 'first': dt.date(year, 1, 1)}
    body = database.json(ONE_EMPLOYEE, named | {'last': dt.date(year, 12, 31)})
    if not body:
        return None
    read = msgspec.json.decode(body, type=EmployeeRead)
    for name, amount in (read_opening(employee_id, year) or {}).items():
        if hasattr(read.ytd, name):
            setattr(read.ytd, name, getattr(read.ytd, name) + amount)
    return read


def read_opening(employee_id: int, year: int) -> Sums | None:
    """What was paid in a year before it was paid here; None when nothing was said."""
    body = database.json(ONE_OPENING, {'id': employee_id, 'year': year})
    return msgspec.json.decode(body, type=Sums) if body else None


def read_timesheet(timesheet_id: int) -> TimesheetRead | None:
    rows, _ = TIMESHEETS.read(TimesheetRead, {'id': timesheet_id}, Slice(limit=1))
    return rows[0] if rows else None


def read_run(run_id: int) -> RunRead | None:
    rows, _ = RUNS.read(RunRead, {'id': run_id}, Slice(limit=1))
    return rows[0] if rows else None


def read_stub(run_id: int, stub_id: int) -> StubRow | None:
    """Of that run."""
    rows, _ = STUBS.read(StubRow, {'id': stub_id, 'run_id': run_id}, Slice(limit=1))
    return rows[0] if rows else None


def read_payroll_settings() -> PayrollSettings:
    sql = "SELECT coalesce(json_object_agg(key, value), '{}')::text FROM @payroll_setting"
    return msgspec.json.decode(database.json(sql) or b'{}', type=PayrollSettings)


OVERLAPPING = """
SELECT r.number FROM @pay_run r WHERE r.frequency = %(frequency)s AND r.kind = 'regular'
  AND r.status <> 'cancelled' AND r.id <> %(run)s::bigint
  AND r.period_start <= %(end)s::date AND r.period_end >= %(start)s::date ORDER BY r.id LIMIT 1"""
FIRST_PAY = """
SELECT min(r.pay_date) FROM @pay_run r
WHERE r.frequency = %(frequency)s AND r.kind = 'regular' AND r.status <> 'cancelled'"""
# Of an undone run for the same days, whose place among the pays no other has taken since.
PLACE_LEFT = """
SELECT min(coalesce(v.place, v.id)) FROM @pay_run v
WHERE v.status = 'cancelled' AND v.kind = %(kind)s AND v.frequency = %(frequency)s
  AND v.period_start = %(start)s::date AND v.period_end = %(end)s::date
  AND v.pay_date = %(pay_date)s::date AND NOT EXISTS (
    SELECT 1 FROM @pay_run r WHERE r.pay_date = v.pay_date AND r.status <> 'cancelled'
      AND coalesce(r.place, r.id) = coalesce(v.place, v.id))"""
CLOSED_BY = f"""
SELECT r.number FROM @pay_run r JOIN @employee e ON e.pay_frequency = r.frequency
WHERE e.id = %(employee)s AND r.kind = 'regular' AND r.status IN ({_CLOSED})
  AND %(date)s::date BETWEEN r.period_start AND r.period_end LIMIT 1"""
# A run, its stubs and the ledger tell the same.
WRONG_TOTALS = """
SELECT r.number, (r.totals ->> 'net')::numeric, coalesce(s.net, 0)
FROM @pay_run r LEFT JOIN (
  SELECT run_id, sum(net) AS net, sum(gross) AS gross, sum(employer_total) AS charges,
    sum(gross - deductions) AS left_over FROM @pay_stub GROUP BY run_id) s ON s.run_id = r.id
WHERE r.status <> 'draft' AND r.status <> 'cancelled' AND (
  (r.totals ->> 'net')::numeric IS DISTINCT FROM coalesce(s.net, 0)
  OR (r.totals ->> 'gross')::numeric IS DISTINCT FROM coalesce(s.gross, 0)
  OR (r.totals ->> 'employer_total')::numeric IS DISTINCT FROM coalesce(s.charges, 0)
  OR s.net <> s.left_over
  OR (r.status IN ('posted', 'paid') AND s.gross > 0 AND NOT EXISTS (
    SELECT 1 FROM @journal_entry e WHERE e.source_type = 'pay_run' AND e.source_id = r.id
      AND e.state = 'posted')))
ORDER BY r.id"""


def wrong_totals() -> list[tuple[typing.Any, ...]]:
    """(run, its net, its stubs' net) where a run, its stubs and the ledger disagree."""
    return list(database.run(WRONG_TOTALS).fetchall())


def first_pay(frequency: str) -> dt.date | None:
    """The earliest pay date of a frequency; None before its first run."""
    row = database.run(FIRST_PAY, {'frequency': frequency}).fetchone()
    found: dt.date | None = row[0] if row else None
    return found


def overlapping(run: int, frequency: str, start: dt.date, end: dt.date) -> str | None:
    """The number of another run for some of those days."""
    named = {'run': run, 'frequency': frequency, 'start': start, 'end': end}
    row = database.run(OVERLAPPING, named).fetchone()
    return str(row[0]) if row else None


def place_left(run: PayRun) -> int | None:
    """The place of an undone run of the same kind and days: entered again, it is as it was."""
    named = {'kind': run.kind, 'frequency': run.frequency, 'pay_date': run.pay_date}
    named |= {'start': run.period_start, 'end': run.period_end}
    row = database.run(PLACE_LEFT, named).fetchone()
    found: int | None = row[0] if row else None
    return found


def closed_by(employee_id: int, date: dt.date) -> str | None:
    """The number of the run that has closed a day of an employee."""
    row = database.run(CLOSED_BY, {'employee': employee_id, 'date': date}).fetchone()
    return str(row[0]) if row else None
