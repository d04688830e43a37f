"""POST /payroll/calculate: the engine over HTTP, without a database. Nothing is kept."""

import datetime as dt
import typing

import msgspec
from msgspec import Meta

from karvo.kit.actor import Actor
from karvo.kit.fields import MoneyNotNegative, Percent
from karvo.kit.http import Resource, endpoint
from karvo.kit.money import ZERO
from karvo.payroll.engine.compute import Employer, Pay, Result, Ytd, calculate
from karvo.se_erp import se_erp

Cents = typing.Annotated[str, Meta(pattern=r'^-?[0-9]+\.[0-9][0-9](?!\n)$')]
Periods = typing.Literal[12, 24, 26, 27, 52, 53]
ClaimCode = typing.Annotated[int, Meta(ge=0, le=10)] | typing.Literal['E']
Months = typing.Annotated[int, Meta(ge=0, le=12)]
Remaining = typing.Annotated[int, Meta(ge=1, le=53)]


class YtdIn(msgspec.Struct, kw_only=True):
    """The year at this employer before this pay.

    Lump sums are `gross_all` less `gross_periodic`: there were none where only one is said.
    """

    qpp: MoneyNotNegative = ZERO
    qpp2: MoneyNotNegative = ZERO
    ei: MoneyNotNegative = ZERO
    qpip: MoneyNotNegative = ZERO
    qpip_employer: MoneyNotNegative = ZERO
    pensionable: MoneyNotNegative = ZERO
    gross_all: MoneyNotNegative | None = None
    gross_periodic: MoneyNotNegative | None = None
    h: MoneyNotNegative = ZERO
    csa: MoneyNotNegative = ZERO
    f: MoneyNotNegative = ZERO


class PayIn(msgspec.Struct, kw_only=True):
    """A pay in dollars, as `engine.pay.Pay` explains it; `hsf_rate`, `cnesst_rate` in percent."""

    pay_date: dt.date
    periods: Periods
    gross: MoneyNotNegative
    lump_sum: MoneyNotNegative = ZERO
    lump_separate: bool = False
    lump_rpp: MoneyNotNegative = ZERO
    qc_lump_method: typing.Literal[1, 2] = 2
    pensionable: MoneyNotNegative | None = None
    insurable: MoneyNotNegative | None = None
    qpip_insurable: MoneyNotNegative | None = None
    rpp: MoneyNotNegative = ZERO
    rrsp: MoneyNotNegative = ZERO
    fhsa: MoneyNotNegative = ZERO
    union_dues: MoneyNotNegative = ZERO
    other_deductions: MoneyNotNegative = ZERO
    ftq_shares: MoneyNotNegative = ZERO
    fondaction_shares: MoneyNotNegative = ZERO
    lsvcc_fed: MoneyNotNegative = ZERO
    td1_total: MoneyNotNegative | None = None
    td1_claim_code: ClaimCode | None = None
    k3: MoneyNotNegative = ZERO
    tp1015_e: MoneyNotNegative | None = None
    tp1015_j: MoneyNotNegative = ZERO
    tp1016_k1: MoneyNotNegative = ZERO
    tp1015_exempt: bool = False
    periods_remaining: Remaining | None = None
    additional_tax_fed: MoneyNotNegative = ZERO
    additional_tax_qc: MoneyNotNegative = ZERO
    qpp_exempt: bool = False
    qpp_months: Months = 12
    ei_exempt: bool = False
    hsf_rate: Percent = ZERO
    cnesst_rate: Percent = ZERO
    ytd: YtdIn = msgspec.field(default_factory=YtdIn)


class EmployerOut(msgspec.Struct, kw_only=True):
    """The employer's charges, in dollars."""

    qpp: Cents
    qpp2: Cents
    ei: Cents
    qpip: Cents
    hsf: Cents
    cnt: Cents
    cnesst: Cents


class PayOut(msgspec.Struct, kw_only=True):
    """The pay computed, in dollars. `steps`: the factors by their names in T4127 and TP-1015.F."""

    qpp: Cents
    qpp2: Cents
    ei: Cents
    qpip: Cents
    federal_tax: Cents
    federal_tax_lump: Cents
    qc_tax: Cents
    qc_tax_lump: Cents
    total_statutory: Cents
    net: Cents
    employer: EmployerOut
    steps: dict[str, Cents]


class Calculate(Resource):
    """A pay that is only asked about."""

    dialect = se_erp

    @endpoint(scope='payroll:read')
    def on_post(self, actor: Actor, body: PayIn) -> PayOut:
        """Calculate a Quebec pay: deductions, net and employer charges; nothing is kept."""
        return _out(calculate(_pay(body)))


def _pay(body: PayIn) -> Pay:
    values = msgspec.structs.asdict(body)
    return Pay(**values | {'ytd': _ytd(body.ytd)})


def _ytd(given: YtdIn) -> Ytd:
    values = msgspec.structs.asdict(given)
    both = (given.gross_all, given.gross_periodic)
    known = next((amount for amount in both if amount is not None), ZERO)
    for name in ('gross_all', 'gross_periodic'):
        values[name] = known if values[name] is None else values[name]
    return Ytd(**values)


def _out(result: Result) -> PayOut:
    values = msgspec.structs.asdict(result)
    employer, steps = values.pop('employer'), values.pop('steps')
    return PayOut(**_texts(values), employer=_employer(employer), steps=_texts(steps))


def _employer(charges: Employer) -> EmployerOut:
    return EmployerOut(**_texts(msgspec.structs.asdict(charges)))


def _texts(amounts: dict[str, typing.Any]) -> dict[str, str]:
    return {name: f'{amount:.2f}' for name, amount in amounts.items()}


routes = [('/payroll/calculate', Calculate())]
