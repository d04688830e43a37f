"""Deductions beside the statutory ones: which of the calculation's items each of them is.

Registered plans (RPP, RRSP and those treated alike, FHSA), union dues and labour-fund shares change
the taxes; anything else is taken of the net.
"""

import typing
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from karvo.kit.errors import Invalid
from karvo.kit.money import HUNDRED, ZERO, cents
from karvo.kit.text import fold
from karvo.payroll.schemas.employees import Deduction

OTHER = 'other_deductions'
#: Codes by what they are; PRPP, VRSP and RCA count with the RRSP in both formulas (facts 2).
CODES = {
    'rrsp': ('rrsp', 'reer', 'prpp', 'rpac', 'vrsp', 'rver', 'rca', 'group_rrsp'),
    'rpp': ('rpp', 'rpa', 'pension'),
    'fhsa': ('fhsa', 'celiapp'),
    'union_dues': ('union_dues', 'union', 'dues', 'cotisation_syndicale'),
    'ftq_shares': ('ftq_shares', 'ftq', 'fonds_ftq'),
    'fondaction_shares': ('fondaction_shares', 'fondaction'),
}
ITEMS = {code: item for item, codes in CODES.items() for code in codes}
PLAIN = str.maketrans(' -', '__')


class Taken(msgspec.Struct, frozen=True):
    """One deduction of one pay, dollars; `item` is the calculation's."""

    code: str
    item: str
    amount: Decimal


def item_of(deduction: Deduction) -> str:
    """A known code that is not pre-tax is a deduction like any other."""
    known = ITEMS.get(fold(deduction.code).translate(PLAIN), OTHER)
    return OTHER if deduction.pre_tax is False else known


def check_deductions(stored: Sequence[typing.Any]) -> None:
    """Raises Invalid, naming the deduction."""
    problems: dict[str, str] = {}
    for n, one in enumerate(deductions_of(stored)):
        if (one.amount is None) == (one.pct is None):
            problems[f'deductions[{n}].amount'] = 'must be given, or pct: one of the two'
        elif one.pre_tax and item_of(one) == OTHER:
            known = ', '.join(sorted(CODES))
            problems[f'deductions[{n}].code'] = f'must be one of {known} to be pre_tax'
    if problems:
        text = '; '.join(f'{name} {why}' for name, why in problems.items())
        raise Invalid(text, fields=problems)


def deductions_of(stored: typing.Any) -> list[Deduction]:
    """Of an employee's column."""
    return msgspec.convert(stored, list[Deduction])


def taken(deductions: Sequence[Deduction], gross: Decimal) -> list[Taken]:
    """What a pay of `gross` dollars loses to each; nothing where nothing was earned."""
    if gross <= ZERO:
        return []
    amounts = [(one, _amount(one, gross)) for one in deductions]
    return [Taken(one.code, item_of(one), amount) for one, amount in amounts if amount > ZERO]


def _amount(one: Deduction, gross: Decimal) -> Decimal:
    if one.amount is not None:
        return one.amount
    return cents(gross * (one.pct or ZERO) / HUNDRED)


def by_item(found: Sequence[Taken]) -> dict[str, Decimal]:
    """{item of the calculation: its sum}, all items there."""
    sums = dict.fromkeys((*CODES, OTHER), ZERO)
    for one in found:
        sums[one.item] += one.amount
    return sums
