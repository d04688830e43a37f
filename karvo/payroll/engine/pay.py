"""What the engine is given, a pay, and what it gives back. Dollars, exact to the cent."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

from karvo.kit.errors import Invalid, invalid
from karvo.kit.money import ZERO

#: Pay dates in a year: 52 or 53 weeks, 26 or 27 fortnights, 24 half months, 12 months.
PERIODS = (12, 24, 26, 27, 52, 53)
CLAIM_CODES = (*map(str, range(11)), 'E')
LUMP_METHODS = (1, 2)


class Ytd(msgspec.Struct, frozen=True, kw_only=True):
    """What this employer paid and withheld in the year, before this pay.

    `gross_all` less `gross_periodic` are the lump sums. `h`, `csa` and `f` are the sums of the
    factors H, CSA and F of TP-1015.F over the earlier pays.
    """

    qpp: Decimal = ZERO
    qpp2: Decimal = ZERO
    ei: Decimal = ZERO
    qpip: Decimal = ZERO
    qpip_employer: Decimal = ZERO
    pensionable: Decimal = ZERO
    gross_all: Decimal = ZERO
    gross_periodic: Decimal = ZERO
    h: Decimal = ZERO
    csa: Decimal = ZERO
    f: Decimal = ZERO


class Pay(msgspec.Struct, frozen=True, kw_only=True):
    """One pay and what is known of who gets it.

    - `gross`: I, the periodic pay; `lump_sum`: B, paid with it: bonus, retroactive pay, unused
      vacation. `lump_separate`: it is no part of a pay that has the period's QPP exemption; the
      exemption then reduces `gross` only, so that a lump sum alone (gross 0) has none. Its taxes
      go by the year's income as `gross` makes it: to know them of a lump sum paid alone, ask for
      it together with the regular pay, and take the lump sum's taxes of that
      (`calculate` does, when given that pay as `beside`).
      `lump_rpp`: registered pension contributions taken from it.
    - `pensionable`, `insurable`, `qpip_insurable`: PI, IE and S4, lump sums included; None is
      gross + lump sum.
    - `lsvcc_fed`: shares that give the federal credit, those of the two Quebec funds among them.
      What it exceeds these two by is withheld as another fund's shares.
    - `td1_total` (TC) or `td1_claim_code`; neither: no form, TC = BPAF. Of both, E and then the
      total count.
    - `k3`: yearly federal credits authorised, in dollars of tax.
    - `tp1015_e` (E; None: no form), `tp1015_j` (line 19, a year) and `tp1016_k1` (a year).
    - `periods_remaining`: pays left in the year, this one included: of forms that came in the
      year, and asked for by the first lump-sum method.
    - `qpp_months`: PM, 12 but in the years of the 18th birthday, of disability, of death.
    - `hsf_rate`, `cnesst_rate`: percent. `cnt_exempt`: no labour standards contribution is owed.
    """

    pay_date: dt.date
    periods: int
    gross: Decimal
    lump_sum: Decimal = ZERO
    lump_separate: bool = False
    lump_rpp: Decimal = ZERO
    qc_lump_method: int = 2
    pensionable: Decimal | None = None
    insurable: Decimal | None = None
    qpip_insurable: Decimal | None = None
    rpp: Decimal = ZERO
    rrsp: Decimal = ZERO
    fhsa: Decimal = ZERO
    union_dues: Decimal = ZERO
    other_deductions: Decimal = ZERO
    ftq_shares: Decimal = ZERO
    fondaction_shares: Decimal = ZERO
    lsvcc_fed: Decimal = ZERO
    td1_total: Decimal | None = None
    td1_claim_code: str | int | None = None
    k3: Decimal = ZERO
    tp1015_e: Decimal | None = None
    tp1015_j: Decimal = ZERO
    tp1016_k1: Decimal = ZERO
    tp1015_exempt: bool = False
    periods_remaining: int | None = None
    additional_tax_fed: Decimal = ZERO
    additional_tax_qc: Decimal = ZERO
    qpp_exempt: bool = False
    qpp_months: int = 12
    ei_exempt: bool = False
    hsf_rate: Decimal = ZERO
    cnesst_rate: Decimal = ZERO
    cnt_exempt: bool = False
    ytd: Ytd = Ytd()

    @property
    def paid(self) -> Decimal:
        """I + B."""
        return self.gross + self.lump_sum

    @property
    def earlier_lumps(self) -> Decimal:
        """B1: lump sums of the year before this pay."""
        return self.ytd.gross_all - self.ytd.gross_periodic

    @property
    def shares(self) -> Decimal:
        """Withheld for labour funds, each dollar once (see `lsvcc_fed`)."""
        return max(self.ftq_shares + self.fondaction_shares, self.lsvcc_fed)


class Employer(msgspec.Struct, frozen=True, kw_only=True):
    """What the employer owes beside the pay."""

    qpp: Decimal
    qpp2: Decimal
    ei: Decimal
    qpip: Decimal
    hsf: Decimal
    cnt: Decimal
    cnesst: Decimal


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What is withheld, what is left, and every factor on the way by its official name.

    The taxes hold the additional tax asked for, as far as the net allows.
    """

    qpp: Decimal
    qpp2: Decimal
    ei: Decimal
    qpip: Decimal
    federal_tax: Decimal
    federal_tax_lump: Decimal
    qc_tax: Decimal
    qc_tax_lump: Decimal
    total_statutory: Decimal
    net: Decimal
    employer: Employer
    steps: dict[str, Decimal]


def check_pay(pay: Pay) -> None:
    """Refuses what no pay can be; all fields at fault at once. Raises Invalid."""
    problems = dict(_negative(pay)) | {f'ytd.{name}': why for name, why in _negative(pay.ytd)}
    for name, (is_right, why) in _rules(pay).items():
        if not is_right:
            problems.setdefault(name, why)
    if problems:
        text = '; '.join(f'{name} {why}' for name, why in problems.items())
        raise Invalid(text, fields=problems)


def _negative(values: msgspec.Struct) -> typing.Iterator[tuple[str, str]]:
    for name in values.__struct_fields__:
        value = getattr(values, name)
        if isinstance(value, Decimal):
            if not value.is_finite():
                yield name, 'must be a number'
            elif value < 0:
                yield name, 'must not be negative'


def _rules(pay: Pay) -> dict[str, tuple[bool, str]]:
    left, code = pay.periods_remaining, pay.td1_claim_code
    needs_left = pay.lump_sum > 0 and pay.qc_lump_method == 1
    return {
        'periods': (pay.periods in PERIODS, f'must be one of {_listed(PERIODS)}'),
        'qc_lump_method': (pay.qc_lump_method in LUMP_METHODS, 'must be 1 or 2'),
        'qpp_months': (0 <= pay.qpp_months <= 12, 'must be from 0 to 12'),
        'td1_claim_code': (
            code is None or str(code).upper() in CLAIM_CODES,
            f'must be one of {_listed(CLAIM_CODES)}',
        ),
        'periods_remaining': (
            1 <= left <= pay.periods if left is not None else not needs_left,
            f'must be from 1 to {pay.periods}'
            if left is not None
            else 'is required by the first method for lump sums',
        ),
        'lump_rpp': (pay.lump_rpp <= pay.lump_sum, 'must not be more than lump_sum'),
        'ytd.gross_periodic': (pay.earlier_lumps >= 0, 'must not be more than ytd.gross_all'),
    }


def _listed(allowed: typing.Iterable[object]) -> str:
    return ', '.join(map(str, allowed))


def refused(field: str, why: str) -> Invalid:
    """A refusal that names one field."""
    return invalid(**{field: why})
