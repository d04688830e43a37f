"""Payroll as read: lists, one record, and what a calculation needs, in bulk."""

import datetime as dt
import typing
from collections.abc import Collection
from decimal import Decimal

import msgspec

from karvo.kit.db import database
from karvo.kit.money import ZERO
from karvo.kit.paging import Listing, Slice
from karvo.payroll.earned import Sheet, Terms
from karvo.payroll.models import CLOSED, COUNTED
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
        'last_name': 'e.last_name',
        'first_name': 'e.first_name',
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
    'f': 's.rpp + s.rrsp + s.fhsa',
}
_SUMS = ', '.join(f"'{name}', coalesce(sum({sql}), 0)" for name, sql in SUMS.items())
_COUNTED = ', '.join(f"'{state}'" for state in COUNTED)
_CLOSED = ', '.join(f"'{state}'" for state in CLOSED)

ONE_EMPLOYEE = f"""
SELECT row_to_json(x)::text FROM (SELECT {_EMPLOYEE}, e.address, e.birth_date, e.weekly_hours,
  e.bank_mask AS bank, e.td1_total, e.td1_claim_code, e.k3, e.additional_tax_fed, e.tp1015_e,
  e.tp1015_j, e.tp1016_k1, e.tp1015_exempt, e.additional_tax_qc, e.exemptions, e.deductions,
  e.vacation_pct, e.vacation_method, e.cnesst_unit, e.notes,
  (SELECT coalesce(sum(s.vacation_accrued - s.vacation_paid), 0) FROM @pay_stub s
    JOIN @pay_run r ON r.id = s.run_id AND r.status IN ({_COUNTED}) WHERE s.employee_id = e.id)
    AS vacation_balance,
  (SELECT jsonb_build_object('year', %(year)s::int, {_SUMS}) FROM @pay_stub s
    JOIN @pay_run r ON r.id = s.run_id AND r.status IN ({_COUNTED})
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
    """SIN and bank masked; with the sums of that calendar year."""
    named = {'id': employee_id, 'year': year, 'first': dt.date(year, 1, 1)}
    body = database.json(ONE_EMPLOYEE, named | {'last': dt.date(year, 12, 31)})
    return msgspec.json.decode(body, type=EmployeeRead) if body else None


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


_PAYEE = ', '.join('e.' + name for name in Payee.__struct_fields__ if name != 'vacation_balance')
# Vacation is owed as of the pay date: neither this run's earlier calculation nor later runs count.
PAYEES = f"""
SELECT coalesce(json_agg(row_to_json(x) ORDER BY x.id), '[]')::text FROM (
  SELECT {_PAYEE}, coalesce(v.balance, 0) AS vacation_balance
  FROM @employee e LEFT JOIN (
    SELECT s.employee_id, sum(s.vacation_accrued - s.vacation_paid) AS balance
    FROM @pay_stub s JOIN @pay_run r ON r.id = s.run_id AND r.status IN ({_COUNTED})
    WHERE (r.pay_date, r.id) < (%(pay_date)s::date, %(run)s::bigint)
    GROUP BY s.employee_id) v ON v.employee_id = e.id
  WHERE e.pay_frequency = %(frequency)s
    AND (e.hire_date IS NULL OR e.hire_date <= %(end)s::date)
    AND (e.termination_date IS NULL OR e.termination_date >= %(start)s::date)
    AND (e.status <> 'terminated' OR e.termination_date >= %(start)s::date)) x"""

#: Sums by employee, of the year's other runs: those before this one, and those after.
YEARS = f"""
SELECT coalesce(json_agg(json_build_object('employee_id', x.employee_id, 'is_before', x.is_before,
  'sums', x.sums)), '[]')::text FROM (
  SELECT s.employee_id, (r.pay_date, r.id) < (%(pay_date)s::date, %(run)s::bigint) AS is_before,
    jsonb_build_object({_SUMS}) AS sums
  FROM @pay_stub s JOIN @pay_run r ON r.id = s.run_id
  WHERE r.status IN ({_COUNTED}) AND r.id <> %(run)s::bigint
    AND r.pay_date BETWEEN %(first)s::date AND %(last)s::date
  GROUP BY 1, 2) x"""

SHEETS = """
SELECT coalesce(json_agg(json_build_object('id', t.id, 'employee_id', t.employee_id, 'date', t.date,
  'hours', t.hours, 'type', t.type, 'rate_multiplier', t.rate_multiplier, 'is_own',
  (t.run_id IS NULL OR t.run_id = %(run)s::bigint) AND t.date >= %(start)s::date)
  ORDER BY t.date, t.id), '[]')::text
FROM @timesheet t JOIN @employee e ON e.id = t.employee_id
WHERE t.date BETWEEN %(from)s::date AND %(end)s::date AND e.pay_frequency = %(frequency)s
  AND (t.status = ANY(%(statuses)s::text[]) OR t.run_id IS NOT NULL)"""

OVERLAPPING = """
SELECT r.number FROM @pay_run r WHERE r.frequency = %(frequency)s AND r.kind = 'regular'
  AND r.status <> 'cancelled' AND r.id <> %(run)s::bigint
  AND r.period_start <= %(end)s::date AND r.period_end >= %(start)s::date ORDER BY r.id LIMIT 1"""
FIRST_PAY = """
SELECT min(r.pay_date) FROM @pay_run r
WHERE r.frequency = %(frequency)s AND r.kind = 'regular' AND r.status <> 'cancelled'"""
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
STARTED_FROM = """
SELECT coalesce(json_object_agg(s.employee_id, s.before), '{}')::text
FROM @pay_stub s WHERE s.run_id = %(run)s::bigint"""

Sums = dict[str, Decimal]
NOTHING: Sums = dict.fromkeys(SUMS, ZERO)


class Years(typing.NamedTuple):
    """An employee's year without this run: what was paid before it, and after it."""

    before: Sums
    after: Sums


class _Half(msgspec.Struct):
    employee_id: int
    is_before: bool
    sums: Sums


def payees(
    run: int, frequency: str, days: tuple[dt.date, dt.date], pay_date: dt.date
) -> list[Payee]:
    """Who may be paid for those days, in order of their ids."""
    named = {'run': run, 'frequency': frequency, 'start': days[0], 'end': days[1]}
    named['pay_date'] = pay_date
    body = database.run(PAYEES, named).fetchone()
    return msgspec.json.decode(_text(body), type=list[Payee])


def years(run: int, pay_date: dt.date) -> dict[int, Years]:
    """By employee; who has nothing is not in it."""
    year = pay_date.year
    named: dict[str, typing.Any] = {'run': run, 'pay_date': pay_date}
    named |= {'first': dt.date(year, 1, 1), 'last': dt.date(year, 12, 31)}
    halves = msgspec.json.decode(_text(database.run(YEARS, named).fetchone()), type=list[_Half])
    found: dict[int, Years] = {}
    for half in halves:
        own = found.get(half.employee_id, Years(NOTHING, NOTHING))
        part = {'before' if half.is_before else 'after': half.sums}
        found[half.employee_id] = own._replace(**part)
    return found


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


def closed_by(employee_id: int, date: dt.date) -> str | None:
    """The number of the run that has closed a day of an employee."""
    row = database.run(CLOSED_BY, {'employee': employee_id, 'date': date}).fetchone()
    return str(row[0]) if row else None


def _text(row: typing.Any) -> str:
    return str(row[0])
