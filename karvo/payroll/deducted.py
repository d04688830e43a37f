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
#: Those that both governments' formulas for lump sums leave out of them.
REGISTERED = ('rpp', 'rrsp')
LUMP_RPP = 'lump_rpp'
PLAIN = str.maketrans(' -', '__')


class Taken(msgspec.Struct, frozen=True):
    """One deduction of one pay, dollars; `item` is the calculation's.

    `of_lump` is the part of `amount` that is taken of the lump sums: it lowers their taxes or none,
    never the periodic pay's, which a year would multiply.
    """

    code: str
    item: str
    amount: Decimal
    of_lump: Decimal = ZERO


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


def taken(deductions: Sequence[Deduction], periodic: Decimal, lump: Decimal = ZERO) -> list[Taken]:
    """What a pay loses to each: a percent is of all of it, an amount of the periodic pay.

    A lump sum that is paid apart bears no amounts: the period's pay did already.
    """
    found = [_taken(one, periodic, lump) for one in deductions]
    return [one for one in found if one.amount > ZERO]


def _taken(one: Deduction, periodic: Decimal, lump: Decimal) -> Taken:
    if one.amount is not None:
        return Taken(one.code, item_of(one), one.amount if periodic > ZERO else ZERO)
    of_periodic, whole = (_percent(one.pct or ZERO, of) for of in (periodic, periodic + lump))
    return Taken(one.code, item_of(one), whole, whole - of_periodic)


def _percent(pct: Decimal, amount: Decimal) -> Decimal:
    return cents(max(amount, ZERO) * pct / HUNDRED)


def by_item(found: Sequence[Taken]) -> dict[str, Decimal]:
    """{item of the calculation: its sum}, all items there."""
    sums = dict.fromkeys((*CODES, OTHER), ZERO)
    for one in found:
        sums[one.item] += one.amount
    return sums


def as_inputs(found: Sequence[Taken]) -> dict[str, Decimal]:
    """{item of a Pay: its sum}: of the lump sums, registered plans as `lump_rpp`.

    What else is taken of a lump sum (union dues, FHSA, shares) lowers no tax there.
    """
    sums = dict.fromkeys((*CODES, OTHER, LUMP_RPP), ZERO)
    for one in found:
        sums[one.item] += one.amount - one.of_lump
        sums[LUMP_RPP if one.item in REGISTERED else OTHER] += one.of_lump
    return sums
