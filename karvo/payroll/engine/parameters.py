"""Rates, maxima and thresholds: a file per jurisdiction and period, chosen by pay date.

A year without a file is refused, never guessed. The files are read and checked once.
"""

import datetime as dt
import functools
import importlib.resources
import itertools
import typing
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from karvo.kit.errors import invalid
from karvo.kit.money import cents

FOLDER = importlib.resources.files('karvo.payroll').joinpath('parameters')


class Bracket(msgspec.Struct, frozen=True):
    """A row of a tax table: from this annual income, rate × income − constant."""

    start: Decimal = msgspec.field(name='from')
    rate: Decimal
    constant: Decimal


class BasicAmount(msgspec.Struct, frozen=True):
    """BPAF: the most, falling to the least between two net incomes."""

    most: Decimal
    least: Decimal
    falls_from: Decimal
    falls_to: Decimal


class Capped(msgspec.Struct, frozen=True):
    """A rate, of or up to a most."""

    rate: Decimal
    most: Decimal


class EmploymentInsurance(msgspec.Struct, frozen=True):
    """EI at the rate for Quebec; the employer pays a multiple of the employee's premium."""

    most_insurable: Decimal
    rate: Decimal
    most: Decimal
    employer_multiple: Decimal


class Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every file says: where it is from, for which pay dates, the tax table."""

    source: str
    effective_from: dt.date
    effective_to: dt.date
    brackets: tuple[Bracket, ...]
    credit_rate: Decimal


class Federal(Parameters, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """T4127, tables 8.1 and 8.7."""

    basic_amount: BasicAmount
    employment_amount: Decimal  #: CEA
    claim_code_step: Decimal
    abatement: Decimal
    labour_fund: Capped  #: rate of LCF, the most that P × LCF may be
    small_income: Capped  #: up to it, lump sums at this rate
    employment_insurance: EmploymentInsurance


class Pension(msgspec.Struct, frozen=True):
    """QPP (base and first additional) and QPP2; employer as employee."""

    most_pensionable: Decimal
    exemption: Decimal
    base_rate: Decimal
    additional_rate: Decimal
    most: Decimal
    most_base: Decimal
    second_most_pensionable: Decimal
    second_rate: Decimal
    second_most: Decimal

    @property
    def rate(self) -> Decimal:
        """Base and first additional together."""
        return self.base_rate + self.additional_rate


class ParentalInsurance(msgspec.Struct, frozen=True):
    """QPIP."""

    most_insurable: Decimal
    rate: Decimal
    most: Decimal
    employer_rate: Decimal
    employer_most: Decimal


class Line(msgspec.Struct, frozen=True):
    """Percent = base + slope × millions of payroll."""

    base: Decimal
    slope: Decimal


class HealthFund(msgspec.Struct, frozen=True):
    """HSF: how its rate follows from the employer's payroll in millions."""

    least_millions: Decimal
    most_millions: Decimal
    other: Line
    primary_manufacturing: Line
    public: Line


class LabourFunds(msgspec.Struct, frozen=True):
    """Credit for Fonds FTQ and Fondaction shares, of so many dollars of shares a year."""

    rate: Decimal
    most_shares: Decimal


class Ceiling(msgspec.Struct, frozen=True):
    """The most of a worker's yearly wages that count."""

    most: Decimal


class Training(msgspec.Struct, frozen=True):
    """WSDRF: a rate of payrolls over an amount."""

    payroll_over: Decimal
    rate: Decimal


class Quebec(Parameters, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """TP-1015.F, the pension and parental insurance plans, and what employers alone pay."""

    basic_amount: Decimal
    indexation: Decimal
    workers_deduction: Capped
    labour_funds: LabourFunds
    small_income: Capped
    pension_plan: Pension
    parental_insurance: ParentalInsurance
    health_services_fund: HealthFund
    labour_standards: Capped
    workers_compensation: Ceiling
    training: Training


def federal(pay_date: dt.date) -> Federal:
    """Of the edition in force on the pay date. Raises Invalid (pay_date)."""
    return _in_force(_federal(), pay_date)


def quebec(pay_date: dt.date) -> Quebec:
    """Of the pay date's year. Raises Invalid (pay_date)."""
    return _in_force(_quebec(), pay_date)


@functools.cache
def years() -> tuple[int, ...]:
    """The years that both jurisdictions know."""
    both = ({one.effective_from.year for one in known} for known in (_federal(), _quebec()))
    return tuple(sorted(set.intersection(*both)))


def first_of_year(year: int) -> dt.date:
    """1 January, for what asks by the year. Raises Invalid (year)."""
    if year not in years():
        raise invalid(year=f'must be one of {", ".join(map(str, years()))}')
    return dt.date(year, 1, 1)


Kind = typing.TypeVar('Kind', bound=Parameters)


def _in_force(known: Sequence[Kind], pay_date: dt.date) -> Kind:
    for one in known:
        if one.effective_from <= pay_date <= one.effective_to:
            return one
    raise invalid(pay_date=f'must be in a year with known rates: {", ".join(map(str, years()))}')


@functools.cache
def _federal() -> tuple[Federal, ...]:
    return _read('federal', Federal)


@functools.cache
def _quebec() -> tuple[Quebec, ...]:
    return _read('quebec', Quebec)


def _read(name: str, kind: type[Kind]) -> tuple[Kind, ...]:
    paths = [path for path in FOLDER.iterdir() if path.name.startswith(f'{name}_')]
    found = [msgspec.json.decode(path.read_bytes(), type=kind) for path in paths]
    found.sort(key=lambda one: one.effective_from)
    check(found)
    return tuple(found)


def check(found: Sequence[Parameters]) -> None:
    """Refuses files that contradict themselves or one another. Raises ValueError."""
    for one in found:
        _check_period(one)
        _check_brackets(one)
        if isinstance(one, Quebec):
            _check_pension(one)
            _check_parental(one)
        elif isinstance(one, Federal):
            _check_insurance(one)
    for one, following in itertools.pairwise(found):
        if one.effective_to >= following.effective_from:
            raise ValueError(f'{following.source}: overlaps {one.source}')


def _expect(one: Parameters, is_right: bool, what: str) -> None:
    if not is_right:
        raise ValueError(f'{one.source or one.effective_from}: {what}')


def _check_period(one: Parameters) -> None:
    _expect(one, bool(one.source.strip()), 'names no source')
    is_one_year = one.effective_from.year == one.effective_to.year
    _expect(one, is_one_year and one.effective_from <= one.effective_to, 'is of no one year')


def _check_brackets(one: Parameters) -> None:
    """Ascending, and each constant the running sum of rate step × threshold, but for rounding."""
    _expect(one, one.brackets[0].start == 0 == one.brackets[0].constant, 'starts above 0')
    exact = Decimal(0)
    for lower, upper in itertools.pairwise(one.brackets):
        _expect(one, lower.start < upper.start and lower.rate < upper.rate, 'brackets descend')
        exact += (upper.rate - lower.rate) * upper.start
        off = abs(exact - upper.constant)
        _expect(one, off < 1, f'constant {upper.constant} is not {exact}')


def _check_pension(one: Quebec) -> None:
    plan = one.pension_plan
    earnings = plan.most_pensionable - plan.exemption
    above = plan.second_most_pensionable - plan.most_pensionable
    _expect(one, cents(plan.rate * earnings) == plan.most, 'QPP maximum is off')
    _expect(one, cents(plan.base_rate * earnings) == plan.most_base, 'QPP base maximum is off')
    _expect(one, cents(plan.second_rate * above) == plan.second_most, 'QPP2 maximum is off')


def _check_parental(one: Quebec) -> None:
    plan = one.parental_insurance
    most = (cents(plan.rate * plan.most_insurable), cents(plan.employer_rate * plan.most_insurable))
    _expect(one, most == (plan.most, plan.employer_most), 'QPIP maxima are off')


def _check_insurance(one: Federal) -> None:
    plan = one.employment_insurance
    _expect(one, cents(plan.rate * plan.most_insurable) == plan.most, 'EI maximum is off')
