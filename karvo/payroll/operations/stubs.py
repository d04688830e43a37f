"""A computed pay as a stub: its amounts, its lines, its row; all of a run written at once."""

import typing
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from karvo.kit import ids
from karvo.kit.db import database
from karvo.kit.money import ZERO
from karvo.kit.outbox import as_json
from karvo.kit.work import Work
from karvo.payroll.calculation_reads import Payee
from karvo.payroll.deducted import Taken, by_item
from karvo.payroll.earned import Earning, vacation_of
from karvo.payroll.engine.compute import Pay, Result
from karvo.payroll.models import PayRun, PayStub
from karvo.payroll.reads import SUMS, Sums
from karvo.payroll.schemas.runs import Totals

#: Items of a result that a stub has a column of the same name for.
WITHHELD = ('qpp', 'qpp2', 'ei', 'qpip', 'federal_tax', 'federal_tax_lump', 'qc_tax', 'qc_tax_lump')
EMPLOYER = ('qpp', 'qpp2', 'ei', 'qpip', 'hsf', 'cnt', 'cnesst')

_COLUMNS = [f.column_name for f in PayStub._meta.sorted_fields if f.name != 'id']
INSERT_STUBS = """
INSERT INTO @pay_stub (<columns>) SELECT <columns>
FROM json_populate_recordset(NULL::@pay_stub, %(rows)s::json)""".replace(
    '<columns>', ', '.join(_COLUMNS)
)
INSERT_LINES = """
INSERT INTO @pay_stub_line (stub_id, position, kind, code, hours, rate, amount, note)
SELECT s.id, l.position, l.kind, l.code, l.hours, l.rate, l.amount, l.note
FROM json_to_recordset(%(rows)s::json) AS l(employee_id bigint, position int, kind text, code text,
  hours numeric, rate numeric, amount numeric, note text)
JOIN @pay_stub s ON s.run_id = %(run)s::bigint AND s.employee_id = l.employee_id"""
FORGET = 'DELETE FROM @pay_stub WHERE run_id = %(run)s'  # its lines go with it
RELEASE = """
UPDATE @timesheet SET run_id = NULL, version = version + 1, updated_at = %(at)s::timestamptz
WHERE run_id = %(run)s AND NOT id = ANY(%(ids)s::bigint[])"""
TAKE = """
UPDATE @timesheet SET run_id = %(run)s, version = version + 1, updated_at = %(at)s::timestamptz
WHERE id = ANY(%(ids)s::bigint[]) AND run_id IS DISTINCT FROM %(run)s"""


class Computed(msgspec.Struct, kw_only=True):
    """A pay with all that went into it; `amounts` by column of the stub."""

    payee: Payee
    lines: list[Earning]
    deducted: list[Taken]
    pay: Pay
    result: Result
    before: Sums = {}
    amounts: dict[str, Decimal] = {}

    def completed(self, before: Sums) -> 'Computed':
        """With the sums of the year before it, and its amounts."""
        self.before, self.amounts = before, _amounts(self)
        return self


def totals_of(found: Sequence[Computed]) -> Totals:
    """Sums of the stubs."""
    sums = dict.fromkeys(Totals.__struct_fields__, ZERO)
    for one in found:
        row = one.amounts
        for name in sums:
            sums[name] += row[name]
        sums['federal_tax'] += row['federal_tax_lump']
        sums['qc_tax'] += row['qc_tax_lump']
        sums['other_deductions'] += row['deductions'] - row['statutory'] - row['other_deductions']
    return Totals(**sums)


def _amounts(one: Computed) -> dict[str, Decimal]:
    """The amounts of a stub by column; `statutory`, H, CSA and F besides."""
    items, result, pay = by_item(one.deducted), one.result, one.pay
    amounts = {name: getattr(result, name) for name in WITHHELD}
    charged = {f'employer_{name}': getattr(result.employer, name) for name in EMPLOYER}
    statutory = sum(amounts.values(), ZERO)
    vacation = vacation_of(one.payee, one.lines)
    gross = pay.gross + pay.lump_sum
    pensionable = pay.pensionable if pay.pensionable is not None else gross
    insurable = pay.insurable if pay.insurable is not None else gross
    qpip = pay.qpip_insurable if pay.qpip_insurable is not None else gross
    return {
        **amounts,
        **items,
        **charged,
        'pay': pay.gross,
        'lump_sum': pay.lump_sum,
        'gross': gross,
        'pensionable': ZERO if pay.qpp_exempt else pensionable,
        'insurable': ZERO if pay.ei_exempt else insurable,
        'qpip_insurable': qpip,
        'statutory': statutory,
        'deductions': statutory + sum(items.values(), ZERO),
        'net': result.net,
        'employer_total': sum(charged.values(), ZERO),
        'vacation_paid': vacation.paid,
        'vacation_accrued': vacation.accrued,
        'h': result.steps.get('H', ZERO),
        'csa': result.steps.get('CSA', ZERO),
        'f': result.steps.get('QC_F', ZERO),
        'vacation_balance': one.payee.vacation_balance + vacation.accrued - vacation.paid,
    }


def write_stubs(run: PayRun, found: Sequence[Computed], sheets: list[int], work: Work) -> None:
    """In place of what an earlier calculation left; `sheets` are the timesheets it takes up."""
    named: dict[str, typing.Any] = {'run': run.id, 'at': work.at, 'ids': sheets}
    database.run(FORGET, {'run': run.id})
    database.run(INSERT_STUBS, {'rows': as_json([_row(run, one, work) for one in found])})
    lines = [line for one in found for line in _lines(one)]
    database.run(INSERT_LINES, {'rows': as_json(lines), 'run': run.id})
    database.run(RELEASE, named)
    database.run(TAKE, named)


def _row(run: PayRun, one: Computed, work: Work) -> dict[str, typing.Any]:
    payee, amounts = one.payee, one.amounts
    after = {name: one.before[name] + _part(amounts, name) for name in SUMS}
    hours = sum((line.hours for line in one.lines if line.hours is not None), ZERO)
    return {
        **{name: value for name, value in amounts.items() if name in _COLUMNS},
        'uid': ids.uid(),
        'run_id': run.id,
        'employee_id': payee.id,
        'employee_no': payee.number,
        'name': payee.name,
        'address': payee.address,
        'language': payee.language,
        'pay_type': payee.pay_type,
        'pay_rate': payee.pay_rate,
        'hours': hours,
        'bank_mask': payee.bank_mask,
        'before': one.before,
        'ytd': after,
        'steps': one.result.steps,
        'created_at': work.at,
    }


def _part(amounts: dict[str, Decimal], name: str) -> Decimal:
    """What a stub adds to a sum of the year."""
    if name in ('federal_tax', 'qc_tax'):
        return amounts[name] + amounts[f'{name}_lump']
    return amounts[name]


def _lines(one: Computed) -> list[dict[str, typing.Any]]:
    earned: list[dict[str, typing.Any]] = [
        {
            'kind': 'earning',
            'code': line.code,
            'hours': line.hours,
            'rate': line.rate,
            'amount': line.amount,
            'note': line.note,
        }
        for line in one.lines
    ]
    deducted: list[dict[str, typing.Any]] = [
        {'kind': 'deduction', 'code': part.code, 'note': part.item, 'amount': part.amount}
        for part in one.deducted
    ]
    return [
        {'hours': None, 'rate': None, 'employee_id': one.payee.id, 'position': n, **line}
        for n, line in enumerate([*earned, *deducted], 1)
    ]
