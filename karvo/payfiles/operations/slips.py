"""Slips issued, amended and cancelled; what is issued stays as it was."""

import typing
from collections.abc import Sequence

import msgspec

from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, Invalid, PreconditionFailed, not_found
from karvo.kit.outbox import as_json
from karvo.kit.work import Work, atomic
from karvo.payfiles.models import Slip, SlipDetail
from karvo.payfiles.reads import read_filing_settings
from karvo.payfiles.schemas.events import SlipAmended, SlipCancelled, SlipEvent, SlipIssued
from karvo.payfiles.schemas.settings import FilingSettings
from karvo.payfiles.schemas.slips import NewSlips, SlipData, SlipDetails, SlipsIssued, SlipStep
from karvo.payfiles.slip_reads import current_slips, is_other, year_of_all, year_of_employee
from karvo.payfiles.slips import checks
from karvo.payfiles.slips.boxes import YearPaid, maxima, slip_data
from karvo.payfiles.slips.rl1 import slip_number
from karvo.payroll.models import Employee
from karvo.payroll.operations.runs import QUEUE
from karvo.payroll.sealed import open_sin

_COLUMNS = [f.column_name for f in Slip._meta.sorted_fields if f.name != 'id']
INSERT = """
INSERT INTO @slip (<columns>) SELECT <columns>
FROM json_populate_recordset(NULL::@slip, %(rows)s::json) RETURNING id, employee_id""".replace(
    '<columns>', ', '.join(_COLUMNS)
)
#: Numbers of earlier ranges are no matter.
LAST_NUMBER = """
SELECT max(rl1_sequence) FROM @slip
WHERE rl1_sequence BETWEEN %(first)s::bigint AND %(last)s::bigint"""


def issue_slips(new: NewSlips, *, actor: Actor) -> SlipsIssued:
    """Freeze the originals of whoever has posted pays of the year and no slip yet.

    All or none. Raises Invalid (a year without parameters, an employee without pays), Conflict
    (boxes that contradict one another, RL-1 numbers that ran out).
    """
    most = maxima(new.year)
    with atomic() as work:
        database.run(QUEUE)
        settings = read_filing_settings()
        paid = _asked(new, year_of_all(new.year))
        issued = current_slips(new.year)
        due = [one for one in paid if one.employee_id not in issued]
        slips = [slip_data(one, new.year, settings) for one in due]
        wrong = [f'{one.employee_no}: {why}' for one in slips for why in checks.problems(one, most)]
        if wrong:
            raise Conflict(f'slips that do not hold together: {"; ".join(wrong[:20])}')
        numbers = _numbers(settings, len(due))
        rows = [
            _row(data, one, number, 'original', work, actor)
            for data, one, number in zip(slips, due, numbers, strict=True)
        ]
        made = database.run(INSERT, {'rows': as_json(rows)}).fetchall() if rows else []
        for slip_id, employee_id in made:
            _announce(SlipIssued, (slip_id, employee_id, new.year, 'original'), work, actor)
    return SlipsIssued(year=new.year, issued=len(made), already=len(paid) - len(due))


def amend_slip(slip_id: int, step: SlipStep, *, actor: Actor) -> int:
    """Issue what the pays come to now in place of what was issued; the new slip's id.

    Raises NotFound, Conflict: it is superseded or cancelled, nothing is different.
    """
    with atomic() as work:
        slip = _locked(slip_id)
        settings = read_filing_settings()
        paid = year_of_employee(slip.employee_id, slip.year)
        if paid is None:
            raise not_found('Employee')
        data = slip_data(paid, slip.year, settings)
        was = msgspec.convert(slip.data, SlipData, strict=False)
        if not is_other(was, data) and not _has_other_sin(slip, paid):
            raise Conflict(f'slip {slip.id} says what the pays come to: there is nothing to amend')
        if wrong := checks.problems(data, maxima(slip.year)):
            raise Conflict(f'the slip does not hold together: {"; ".join(wrong)}')
        [number] = _numbers(settings, 1)
        row = _row(data, paid, number, 'amended', work, actor)
        row |= {'amends_id': slip.id, 'reason': step.reason}
        new_id = _replace(slip, row, 'superseded')
        _announce(SlipAmended, (new_id, slip.employee_id, slip.year, 'amended'), work, actor)
    return new_id


def cancel_slip(slip_id: int, step: SlipStep, *, actor: Actor) -> int:
    """Issue its cancellation, under the same RL-1 number; the cancellation's id.

    Raises NotFound, Conflict.
    """
    with atomic() as work:
        slip = _locked(slip_id)
        row = {name: getattr(slip, name) for name in ('employee_id', 'year', 'rl1_number', 'sin')}
        row |= {
            'uid': ids.uid(),
            'kind': 'cancelled',
            'status': 'cancelled',
            'rl1_sequence': None,
            'amends_id': slip.id,
            'employer_ei': slip.employer_ei,
            'data': slip.data,
            'reason': step.reason,
            'created_at': work.at,
            'created_by': actor.name or actor.kind,
        }
        new_id = _replace(slip, row, 'cancelled')
        _announce(SlipCancelled, (new_id, slip.employee_id, slip.year, 'cancelled'), work, actor)
    return new_id


def set_details(
    employee_id: int,
    year: int,
    details: SlipDetails,
    *,
    actor: Actor,
    version: int | None = None,
) -> None:
    """What no pay says of an employee's year; replaces what was said.

    Raises NotFound, Invalid (year), PreconditionFailed.
    """
    maxima(year)
    with atomic() as work:
        database.run(QUEUE)
        if not Employee.select().where(Employee.id == employee_id).exists():
            raise not_found('Employee')
        query = SlipDetail.select().where(
            (SlipDetail.employee == employee_id) & (SlipDetail.year == year)
        )
        row: SlipDetail | None = query.get_or_none()
        if version is not None and version != (row.version if row else 0):
            raise PreconditionFailed(f'the details are at version {row.version if row else 0}')
        if row is None:
            row = SlipDetail(employee=employee_id, year=year, version=0)
        row.data, row.updated_at = msgspec.to_builtins(details), work.at
        row.version += 1
        row.save()
        told = {'year': year}
        work.audit('payroll.slip_details', 'employee', employee_id, actor, after=told)


def reveal_sin(slip_id: int, *, actor: Actor) -> str | None:
    """The nine digits on a slip, for payroll:full; the audit log says who saw them."""
    actor.require('payroll:full')
    with atomic() as work:
        row: Slip | None = Slip.select(Slip.id, Slip.sin).where(Slip.id == slip_id).get_or_none()
        if row is None or not row.sin:
            return None
        work.audit('payroll.slip_sin_read', 'slip', slip_id, actor)
    return open_sin(row.sin)


def audit_return(year: int, form: str, *, actor: Actor) -> None:
    """Somebody took a whole return, with everybody's SIN."""
    with atomic() as work:
        work.audit('payroll.return_read', 'slip', 0, actor, after={'year': year, 'form': form})


def _asked(new: NewSlips, paid: list[YearPaid]) -> list[YearPaid]:
    if new.employee_ids is None:
        return paid
    known = {one.employee_id: one for one in paid}
    unknown = [n for n, one in enumerate(new.employee_ids) if one not in known]
    if unknown:
        fields = {f'employee_ids[{n}]': f'has no posted pay in {new.year}' for n in unknown}
        raise Invalid('; '.join(f'{name} {why}' for name, why in fields.items()), fields=fields)
    return [known[one] for one in dict.fromkeys(new.employee_ids)]


def _locked(slip_id: int) -> Slip:
    database.run(QUEUE)
    slip: Slip | None = Slip.select().where(Slip.id == slip_id).for_update().get_or_none()
    if slip is None:
        raise not_found('Slip')
    if slip.status != 'issued':
        raise Conflict(f'slip {slip.id} is {slip.status}')
    return slip


def _has_other_sin(slip: Slip, paid: YearPaid) -> bool:
    was = open_sin(slip.sin) if slip.sin else None
    return was != (open_sin(paid.sin) if paid.sin else None)


def _replace(slip: Slip, row: dict[str, typing.Any], status: str) -> int:
    slip.status = status
    slip.save()
    [(new_id, _)] = database.run(INSERT, {'rows': as_json([row])}).fetchall()
    return int(new_id)


def _numbers(settings: FilingSettings, count: int) -> Sequence[int | None]:
    """The next numbers of the range that Revenu Québec assigned; None for each without a range."""
    if not settings.rl1_first:
        return [None] * count
    first, last = int(settings.rl1_first), int(settings.rl1_last)
    row: typing.Any = database.run(LAST_NUMBER, {'first': first, 'last': last}).fetchone()
    start = first if row[0] is None else row[0] + 1
    if start + count - 1 > last:
        left = max(0, last - start + 1)
        raise Conflict(f'{count} RL-1 numbers are needed, the assigned range has {left} left')
    return range(start, start + count)


def _row(
    data: SlipData,
    paid: YearPaid,
    number: int | None,
    kind: str,
    work: Work,
    actor: Actor,
) -> dict[str, typing.Any]:
    return {
        'uid': ids.uid(),
        'employee_id': data.employee_id,
        'year': data.year,
        'kind': kind,
        'status': 'issued',
        'rl1_sequence': number,
        'rl1_number': None if number is None else slip_number(number),
        'amends_id': None,
        'sin': paid.sin,
        'employer_ei': paid.sums['employer_ei'],
        'data': data,
        'reason': None,
        'created_at': work.at,
        'created_by': actor.name or actor.kind,
    }


def _announce(
    kind: type[SlipEvent], what: tuple[int, int, int, str], work: Work, actor: Actor
) -> None:
    """Which slip of whom, and its kind: no amount."""
    slip_id, employee_id, year, of_kind = what
    shown = {'id': slip_id, 'employee_id': employee_id, 'year': year, 'kind': of_kind}
    work.record(kind(id=slip_id, uid='', object=shown), actor)
