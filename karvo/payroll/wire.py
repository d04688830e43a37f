"""Stubs as they are read: stored columns into earnings, deductions and charges with their words."""

import functools
import importlib.resources
import typing
from decimal import Decimal

import msgspec

from karvo.kit.money import ZERO
from karvo.payroll.reads import SUMS
from karvo.payroll.schemas.runs import (
    Employer,
    StoredLine,
    StubLineRead,
    StubRead,
    StubRow,
    Vacation,
)

STATUTORY = ('qpp', 'qpp2', 'ei', 'qpip', 'federal_tax', 'qc_tax')
TAXES = ('federal_tax', 'qc_tax')
#: Members of a stub that are its columns.
SAME = tuple(
    name
    for name in StubRead.__struct_fields__
    if name in StubRow.__struct_fields__ and name != 'deductions'
)
#: Sums of the year; those that only calculations need are left out.
SHOWN = tuple(n for n in SUMS if n not in ('h', 'csa', 'f', 'pay', 'employer_qpip'))


@functools.cache
def labels() -> dict[str, tuple[str, str]]:
    """{code: (French, English)}."""
    text = importlib.resources.files(__package__).joinpath('labels.json').read_bytes()
    return msgspec.json.decode(text, type=dict[str, tuple[str, str]])


def label(code: str) -> tuple[str, str]:
    """The words of a code; a company's own code is its own word."""
    return labels().get(code.lower(), (code, code))


def stub_out(row: StubRow) -> StubRead:
    """With the labels of both languages."""
    same: dict[str, typing.Any] = {name: getattr(row, name) for name in SAME}
    return StubRead(
        **same
        | {
            'employee_name': row.name,
            'total_deductions': row.deductions,
            'earnings': [_earning(line) for line in row.lines if line.kind == 'earning'],
            'deductions': [*_statutory(row), *_own(row)],
            'employer': _employer(row),
            'ytd': {name: row.ytd[name] for name in SHOWN},
            'vacation': Vacation(
                paid=row.vacation_paid,
                accrued=row.vacation_accrued,
                balance=row.vacation_balance,
            ),
        }
    )


def _earning(line: StoredLine) -> StubLineRead:
    french, english = label(line.code)
    return StubLineRead(
        code=line.code,
        label_fr=french,
        label_en=english,
        amount=line.amount,
        hours=line.hours,
        rate=line.rate,
        note=line.note,
    )


def _statutory(row: StubRow) -> typing.Iterator[StubLineRead]:
    for code in STATUTORY:
        amount: Decimal = getattr(row, code)
        if code in TAXES:
            amount += getattr(row, f'{code}_lump')
        french, english = label(code)
        ytd = row.ytd.get(code, ZERO)
        if amount or ytd or code != 'qpp2':
            yield StubLineRead(code=code, label_fr=french, label_en=english, amount=amount, ytd=ytd)


def _own(row: StubRow) -> typing.Iterator[StubLineRead]:
    """Those beside the statutory ones; the year's sum where the item is this deduction's alone."""
    own = [line for line in row.lines if line.kind == 'deduction']
    items = [line.note for line in own]
    for line in own:
        item = line.note or ''
        french, english = label(line.code)
        ytd = row.ytd.get(item) if items.count(item) == 1 and item != 'other_deductions' else None
        yield StubLineRead(
            code=line.code, label_fr=french, label_en=english, amount=line.amount, ytd=ytd
        )


def _employer(row: StubRow) -> Employer:
    names = Employer.__struct_fields__
    return Employer(**{name: getattr(row, f'employer_{name}') for name in names})
