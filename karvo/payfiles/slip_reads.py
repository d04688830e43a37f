"""Years of employees and issued slips, as read."""

import datetime as dt
from decimal import Decimal

import msgspec

from karvo.kit.db import database
from karvo.kit.paging import Listing, Slice
from karvo.payfiles.models import BOOKED
from karvo.payfiles.reads import SUMS, read_filing_settings, read_remittances
from karvo.payfiles.remitted import training_due
from karvo.payfiles.schemas.slips import (
    EmployeeSlips,
    SlipData,
    SlipRead,
    SlipRow,
    SlipSummaries,
)
from karvo.payfiles.slips import checks
from karvo.payfiles.slips.boxes import YearPaid, maxima, slip_data
from karvo.payfiles.slips.summaries import rl1_summary, t4_summary
from karvo.payroll.due_dates import next_business_day
from karvo.settings.reads import business_date, read_settings

_BOOKED = ', '.join(f"'{state}'" for state in BOOKED)
_SUMS = ', '.join(f"'{name}', coalesce(sum({sql}), 0)" for name, sql in SUMS.items())
_NO_SUMS = ', '.join(f"'{name}', 0.00" for name in SUMS)
_YEAR = f"""
SELECT coalesce(json_agg(row_to_json(x) ORDER BY x.employee_no, x.employee_id), '[]')::text FROM (
  SELECT e.id AS employee_id, e.number AS employee_no, e.last_name, e.first_name, e.address, e.sin,
    e.sin_mask, coalesce(t.pays, 0) AS pays,
    coalesce(t.sums, jsonb_build_object({_NO_SUMS})) AS sums,
    coalesce(d.data, '{{}}') AS details
  FROM @employee e <joined> (
    SELECT s.employee_id, count(*) AS pays, jsonb_build_object({_SUMS}) AS sums
    FROM @pay_stub s JOIN @pay_run r ON r.id = s.run_id
    WHERE r.status IN ({_BOOKED}) AND r.pay_date BETWEEN make_date(%(year)s::int, 1, 1)
      AND make_date(%(year)s::int, 12, 31) <stubs>
    GROUP BY s.employee_id) t ON t.employee_id = e.id
  LEFT JOIN @slip_detail d ON d.employee_id = e.id AND d.year = %(year)s::int
  WHERE <which>) x"""
OF_ONE = (
    _YEAR.replace('<joined>', 'LEFT JOIN')
    .replace('<stubs>', 'AND s.employee_id = %(employee)s::bigint')
    .replace('<which>', 'e.id = %(employee)s::bigint')
)
OF_ALL = _YEAR.replace('<joined>', 'JOIN').replace('<stubs>', '').replace('<which>', 'true')

_ROW = """s.id, s.uid, s.employee_id, s.data ->> 'employee_no' AS employee_no,
  s.data ->> 'last_name' AS last_name, s.data ->> 'first_name' AS first_name, s.year, s.kind,
  s.status, s.rl1_number, s.amends_id, (s.data -> 't4' ->> 'box_14')::numeric AS box_14,
  (s.data -> 't4' ->> 'box_22')::numeric AS box_22,
  (s.data -> 'rl1' ->> 'box_a')::numeric AS box_a,
  (s.data -> 'rl1' ->> 'box_e')::numeric AS box_e, s.reason, s.created_at, s.created_by"""
_FILTERS = {
    'year': 's.year = %(year)s',
    'kind': 's.kind = %(kind)s',
    'status': 's.status = %(status)s',
    'employee_id': 's.employee_id = %(employee_id)s',
    'updated_since': 's.created_at >= %(updated_since)s',
    'id': 's.id = %(id)s',
}
SLIPS = Listing(
    columns=_ROW,
    source='@slip s',
    filters=_FILTERS,
    orders={'id': 's.id', 'year': 's.year', 'created_at': 's.created_at'},
    default=('year', 'desc'),
    tiebreak='s.id',
)
_WHOLE = Listing(
    columns=f"""{_ROW}, s.data,
  (SELECT b.rl1_number FROM @slip b WHERE b.id = s.amends_id) AS previous_rl1_number""",
    source='@slip s',
    filters=_FILTERS,
    default=('id', 'asc'),
    tiebreak='s.id',
)
CURRENT = """
SELECT coalesce(json_agg(json_build_object('id', x.id, 'kind', x.kind, 'data', x.data)), '[]')::text
FROM (SELECT DISTINCT ON (s.employee_id) s.id, s.kind, s.data FROM @slip s
  WHERE s.year = %(year)s::int ORDER BY s.employee_id, s.id DESC) x"""
RETURNED = """
SELECT coalesce(json_agg(json_build_object('kind', s.kind, 'sin', s.sin, 'data', s.data,
  'employer_ei', s.employer_ei, 'number', coalesce(s.rl1_number, ''), 'reason', s.reason,
  'replaces', coalesce(b.rl1_number, '')) ORDER BY s.id), '[]')::text
FROM @slip s LEFT JOIN @slip b ON b.id = s.amends_id
WHERE s.year = %(year)s::int AND s.kind = ANY(%(kinds)s::text[])"""


class Current(msgspec.Struct):
    """The last slip of an employee and year."""

    id: int
    kind: str
    data: SlipData


class Returned(msgspec.Struct):
    """A slip for a return; `sin` is encrypted."""

    kind: str
    sin: str | None
    data: SlipData
    employer_ei: Decimal
    number: str
    replaces: str
    reason: str | None


def year_of_employee(employee_id: int, year: int) -> YearPaid | None:
    """None for an unknown employee; zeros for one without posted pays."""
    named = {'employee': employee_id, 'year': year}
    body = database.json(OF_ONE, named)
    found = msgspec.json.decode(body or b'[]', type=list[YearPaid])
    return found[0] if found else None


def year_of_all(year: int) -> list[YearPaid]:
    """Everybody with posted pays, by employee number."""
    body = database.json(OF_ALL, {'year': year})
    return msgspec.json.decode(body or b'[]', type=list[YearPaid])


def current_slips(year: int) -> dict[int, Current]:
    """The last slip of each employee of a year; a cancelled one is none."""
    body = database.json(CURRENT, {'year': year})
    found = msgspec.json.decode(body or b'[]', type=list[Current])
    return {one.data.employee_id: one for one in found if one.kind != 'cancelled'}


def returned(year: int, kinds: list[str]) -> list[Returned]:
    """Slips of these kinds, in the order in which they were issued."""
    body = database.json(RETURNED, {'year': year, 'kinds': kinds})
    return msgspec.json.decode(body or b'[]', type=list[Returned])


def read_slip(slip_id: int) -> SlipRead | None:
    """With all its boxes."""
    rows, _ = _WHOLE.read(SlipRead, {'id': slip_id}, Slice(limit=1))
    return rows[0] if rows else None


def read_employee_slips(employee_id: int, year: int) -> EmployeeSlips | None:
    """None for an unknown employee. Raises Invalid (year) for a year without parameters."""
    most = maxima(year)
    paid = year_of_employee(employee_id, year)
    if paid is None:
        return None
    settings = read_filing_settings()
    data = slip_data(paid, year, settings)
    filters = {'employee_id': employee_id, 'year': year}
    rows, _ = SLIPS.read(SlipRow, filters, Slice(limit=1, orderby='id', order='desc'))
    issued = rows[0] if rows else None
    whole = read_slip(issued.id) if issued else None
    return EmployeeSlips(
        **{name: getattr(data, name) for name in SlipData.__struct_fields__},
        problems=[*checks.problems(data, most), *checks.doubts(data, most)],
        missing=[*checks.missing(data, paid.sin), *checks.missing_settings(settings)],
        issued=issued,
        differs=whole is not None and whole.kind != 'cancelled' and is_other(whole.data, data),
        details=paid.details,
    )


def is_other(issued: SlipData, now: SlipData) -> bool:
    """Whether a slip says something else than the pays; how many pays there were is no matter."""
    return msgspec.structs.replace(issued, pays=now.pays) != now


def read_summaries(year: int) -> SlipSummaries:
    """Of everybody with posted pays. Raises Invalid (year) for a year without parameters."""
    most, settings = maxima(year), read_filing_settings()
    paid = year_of_all(year)
    slips = [slip_data(one, year, settings) for one in paid]
    gross = sum((one.sums['gross'] for one in paid), Decimal('0.00'))
    employer_ei = sum((one.sums['employer_ei'] for one in paid), Decimal('0.00'))
    t4 = t4_summary(slips, employer_ei)
    rl1 = rl1_summary(slips, paid, training_due(gross, year, settings))
    remittances = read_remittances(year, settings, business_date(read_settings()))
    found = checks.summary_problems(t4, rl1, slips, remittances)
    lacking = checks.missing_settings(settings)
    for one, own in zip(slips, paid, strict=True):
        who = f'{one.employee_no} {one.first_name} {one.last_name}'
        odd = [*checks.problems(one, most), *checks.doubts(one, most)]
        found += [f'{who}: {why}' for why in odd]
        lacking += [f'{who}: {name}' for name in checks.missing(one, own.sin)]
    issued = current_slips(year)
    here = {one.employee_id: one for one in slips}
    differing = [n for n, one in issued.items() if n not in here or is_other(one.data, here[n])]
    return SlipSummaries(
        year=year,
        due_date=next_business_day(_last_of_february(year + 1), 'cra'),
        electronic=len(slips) > 5,
        t4=t4,
        rl1=rl1,
        issued=len(issued),
        not_issued=len(set(here) - set(issued)),
        differing=len(differing),
        problems=found,
        missing=lacking,
    )


def _last_of_february(year: int) -> dt.date:
    return dt.date(year, 3, 1) - dt.timedelta(days=1)
