"""Federal income tax of an employee in Quebec: T4127 chapter 4, option 1, and its bonus formula."""

from decimal import Decimal

import msgspec

from karvo.kit.money import EXACT, ZERO, cents
from karvo.payroll.engine.contributions import (
    Contributions,
    base_part,
    earlier_lump_deduction,
    earnings,
    prorated,
)
from karvo.payroll.engine.parameters import Bracket, Federal, Quebec
from karvo.payroll.engine.pay import Pay

EXEMPT = 'E'


class Rates(msgspec.Struct, frozen=True):
    """The parameters of a pay date."""

    federal: Federal
    quebec: Quebec


class Tax(msgspec.Struct, frozen=True, kw_only=True):
    """The tax of a year, T1, and the factors that led to it."""

    a: Decimal
    k: Decimal
    tc: Decimal
    k1: Decimal
    k2q: Decimal
    k3: Decimal
    k4: Decimal
    t3: Decimal
    t1: Decimal


class FederalTax(msgspec.Struct, frozen=True):
    """Withheld for the period and for the lump sum, without additional tax."""

    periodic: Decimal
    lump: Decimal
    steps: dict[str, Decimal]


def federal_tax(pay: Pay, rates: Rates, paid: Contributions) -> FederalTax:
    """T1 / P, and for a lump sum the tax with it less the tax without (T4127 chapter 4, step 6).

    Claim code E: nothing.
    """
    regular = tax_of_year(pay, rates, paid, taxable(pay, paid), with_lump=False)
    steps = _named(regular)
    is_exempt = str(pay.td1_claim_code or '').upper() == EXEMPT
    periodic = ZERO if is_exempt else cents(EXACT.divide(regular.t1, Decimal(pay.periods)))
    lump = ZERO
    if pay.lump_sum:
        lump, more = lump_tax(pay, rates, paid)
        steps |= more
    return FederalTax(periodic, ZERO if is_exempt else lump, steps)


def _named(tax: Tax, suffix: str = '') -> dict[str, Decimal]:
    fields = zip(tax.__struct_fields__, msgspec.structs.astuple(tax), strict=True)
    return {name.upper() + suffix: value for name, value in fields}


def taxable(pay: Pay, paid: Contributions) -> Decimal:
    """A = P × (I − F − F5A − U1). F: pension plan and RRSP; an FHSA is none of it."""
    f = pay.rpp + pay.rrsp
    return pay.periods * (pay.gross - f - paid.f5a - pay.union_dues)


def tax_of_year(pay: Pay, rates: Rates, paid: Contributions, a: Decimal, *, with_lump: bool) -> Tax:
    """T3 = R × A − K − K1 − K2Q − K3 − K4; T1 = (T3 − P × LCF) − 16.5 % × T3; floor 0 each."""
    law, lo = rates.federal, rates.federal.credit_rate
    row = bracket(law.brackets, a)
    tc = claim(pay, law, a)
    k1, k2q = cents(lo * tc), credit_for_contributions(pay, rates, paid, with_lump=with_lump)
    income = pay.periods * pay.gross + (pay.lump_sum if with_lump else ZERO)
    k4 = cents(lo * min(income, law.employment_amount))
    t3 = ZERO
    if a > 0:
        t3 = max(cents(row.rate * a) - row.constant - k1 - k2q - pay.k3 - k4, ZERO)
    t1 = max(t3 - labour_credit(pay, law), ZERO) - cents(law.abatement * t3)
    return Tax(
        a=a,
        k=row.constant,
        tc=tc,
        k1=k1,
        k2q=k2q,
        k3=pay.k3,
        k4=k4,
        t3=t3,
        t1=max(t1, ZERO),
    )


def bracket(rows: tuple[Bracket, ...], a: Decimal) -> Bracket:
    """Table 8.1: the row that starts at A or beneath it; income below 0 is in the first."""
    return next((row for row in reversed(rows) if row.start <= a), rows[0])


def labour_credit(pay: Pay, law: Federal) -> Decimal:
    """P × LCF, LCF = 15 % of the shares withheld, at most 750 a year."""
    return min(pay.periods * cents(law.labour_fund.rate * pay.lsvcc_fed), law.labour_fund.most)


def claim(pay: Pay, law: Federal, ni: Decimal) -> Decimal:
    """TC: the TD1's total, or its claim code's amount; without a form BPAF at this net income."""
    if pay.td1_total is not None:
        return pay.td1_total
    code = str(pay.td1_claim_code if pay.td1_claim_code is not None else '').upper()
    if code.isdigit():
        return claim_code_amount(law, int(code))
    return basic_amount(law, ni)


def claim_code_amount(law: Federal, code: int) -> Decimal:
    """0: nothing; 1: the full BPAF; from 2 the middle of the code's range."""
    if code == 0:
        return ZERO
    step = law.claim_code_step if code > 1 else ZERO
    return law.basic_amount.most + step * max(code - 2, 0) + EXACT.divide(step, Decimal(2))


def basic_amount(law: Federal, ni: Decimal) -> Decimal:
    """BPAF at the net income NI = A, rounded to the cent, its fraction not rounded."""
    basic = law.basic_amount
    if ni <= basic.falls_from:
        return basic.most
    if ni >= basic.falls_to:
        return basic.least
    fall = (ni - basic.falls_from) * (basic.most - basic.least)
    return cents(basic.most - EXACT.divide(fall, basic.falls_to - basic.falls_from))


def credit_for_contributions(
    pay: Pay, rates: Rates, paid: Contributions, *, with_lump: bool
) -> Decimal:
    """K2Q = lo × min(P × [C × base/total], max) + lo × min(P × EI, max)
    + lo × min(P × [IE × QPIP rate], max), rounded once, on the sum.

    QPP and EI: the greater of that and the year to date before this pay; from the pay on in which
    a maximum is reached, the annual maximum. The contributions on B are not annualised: they are
    added in the step with the lump sum. IE is what EI insures, or for who is exempt what QPIP does.
    """
    law = rates.federal
    sums = (
        _pension_credit(pay, rates.quebec, paid, with_lump),
        _premium_credit(pay, rates.federal, paid, with_lump),
        _parental_credit(pay, rates.quebec, with_lump),
    )
    return cents(law.credit_rate * sum(sums, ZERO))


def _pension_credit(pay: Pay, law: Quebec, paid: Contributions, with_lump: bool) -> Decimal:
    plan = law.pension_plan
    most = prorated(plan.most_base, pay.qpp_months)
    if pay.ytd.qpp + paid.c >= prorated(plan.most, pay.qpp_months):
        return most
    whole = pay.periods * base_part(plan, paid.on_periodic)
    if with_lump:
        whole += base_part(plan, paid.on_lump)
    return min(max(whole, base_part(plan, pay.ytd.qpp)), most)


def _premium_credit(pay: Pay, law: Federal, paid: Contributions, with_lump: bool) -> Decimal:
    plan = law.employment_insurance
    if pay.ytd.ei + paid.ei >= plan.most:
        return plan.most
    periodic = min(paid.ei, cents(plan.rate * earnings(pay, pay.insurable).periodic))
    whole = pay.periods * periodic
    if with_lump:
        whole += paid.ei - periodic
    return min(max(whole, pay.ytd.ei), plan.most)


def _parental_credit(pay: Pay, law: Quebec, with_lump: bool) -> Decimal:
    plan = law.parental_insurance
    ie = earnings(pay, pay.qpip_insurable if pay.ei_exempt else pay.insurable)
    whole = pay.periods * cents(plan.rate * ie.periodic)
    if with_lump:
        whole += cents(plan.rate * ie.lump)
    return min(whole, plan.most)


def lump_tax(pay: Pay, rates: Rates, paid: Contributions) -> tuple[Decimal, dict[str, Decimal]]:
    """T1 of A + B1 + B less T1 of A + B1, each lump sum net of its F5B and registered plan.

    Where the year's taxable income with B is 5,000 or less, 10 % of B in Quebec. What was already
    paid in the year counts for this, so that a low pay late in the year is no small income.
    """
    law = rates.federal
    earlier = pay.earlier_lumps - earlier_lump_deduction(pay, rates.quebec.pension_plan)
    before = max(taxable(pay, paid), ZERO) + max(earlier, ZERO)
    after = before + pay.lump_sum - pay.lump_rpp - paid.f5b
    without = tax_of_year(pay, rates, paid, before, with_lump=False)
    with_it = tax_of_year(pay, rates, paid, after, with_lump=True)
    steps = _named(without, '_without') | _named(with_it, '_with')
    so_far = pay.ytd.gross_all - pay.ytd.f + pay.paid
    if max(after, so_far) <= law.small_income.most:
        return cents(law.small_income.rate * pay.lump_sum), steps
    return max(with_it.t1 - without.t1, ZERO), steps
