"""Quebec income tax: TP-1015.F, regular payments and the two methods for lump sums."""

from decimal import Decimal

import msgspec

from karvo.kit.money import EXACT, ZERO, cents, quantize
from karvo.payroll.engine.contributions import Contributions, earlier_lump_deduction
from karvo.payroll.engine.parameters import Bracket, Quebec
from karvo.payroll.engine.pay import Pay

CUMULATIVE = 1  #: the first method for lump sums


class QuebecTax(msgspec.Struct, frozen=True):
    """Withheld for the period and for the lump sum, without additional tax."""

    periodic: Decimal
    lump: Decimal
    steps: dict[str, Decimal]


def quebec_tax(pay: Pay, law: Quebec, paid: Contributions) -> QuebecTax:
    """Y / P, and a lump sum's tax by one of its rules. An exemption on TP-1015.3: nothing.

    QPP, EI and QPIP give no credit at source beyond CSA.
    """
    h = workers_deduction(pay, law)
    j, k1 = spread(pay, pay.tp1015_j), spread(pay, pay.tp1016_k1)
    net = pay.periods * (pay.gross - deductions(pay) - h - paid.f5a) - j
    i = max(net, ZERO)
    y = tax_of_year(pay, law, i, k1)
    row = bracket(law.brackets, i)
    steps = {
        'QC_F': deductions(pay),
        'H': h,
        'CSA': paid.f5a,
        'J': j,
        'I': i,
        'E': credits(pay, law),
    }
    steps |= {'QC_K': row.constant, 'QC_K1': k1, 'Y': y}
    lump = ZERO
    if pay.lump_sum:
        lump, more = lump_tax(pay, law, paid, net)
        steps |= more
    if pay.tp1015_exempt:
        return QuebecTax(ZERO, ZERO, steps)
    return QuebecTax(cents(EXACT.divide(y, Decimal(pay.periods))), lump, steps)


def deductions(pay: Pay) -> Decimal:
    """F: pension plan, RRSP and, unlike the federal F, FHSA; no union dues."""
    return pay.rpp + pay.rrsp + pay.fhsa


def workers_deduction(pay: Pay, law: Quebec) -> Decimal:
    """H = min(6 % × D, maximum / P), D the periodic gross."""
    rule = law.workers_deduction
    most = cents(EXACT.divide(rule.most, Decimal(pay.periods)))
    return min(cents(rule.rate * pay.gross), most)


def spread(pay: Pay, yearly: Decimal) -> Decimal:
    """J and K1 of a form that came in the year: × P / pays remaining."""
    if pay.periods_remaining is None:
        return yearly
    return cents(EXACT.divide(yearly * pay.periods, Decimal(pay.periods_remaining)))


def credits(pay: Pay, law: Quebec) -> Decimal:
    """E = E1 + E2, to the dollar; without a form the basic personal amount."""
    return law.basic_amount if pay.tp1015_e is None else quantize(pay.tp1015_e, 0)


def indexed_credits(e1: Decimal, law: Quebec) -> Decimal:
    """E1 of the previous year's form, indexed each January, to the cent."""
    return cents(e1 * law.indexation)


def bracket(rows: tuple[Bracket, ...], i: Decimal) -> Bracket:
    """A row includes its upper threshold ("not more than")."""
    return next((row for row in reversed(rows) if row.start < i), rows[0])


def tax_of_year(pay: Pay, law: Quebec, i: Decimal, k1: Decimal) -> Decimal:
    """Y = T × I − K − K1 − 14 % × E − 15 % × P × Q − 15 % × P × Q1, floor 0."""
    row = bracket(law.brackets, i)
    personal = cents(law.credit_rate * credits(pay, law))
    y = cents(row.rate * i) - row.constant - k1 - personal - labour_credits(pay, law)
    return max(y, ZERO)


def labour_credits(pay: Pay, law: Quebec) -> Decimal:
    """15 % × P × Q + 15 % × P × Q1, of at most 5,000 of shares a year together."""
    rule = law.labour_funds
    q = min(pay.periods * pay.ftq_shares, rule.most_shares)
    q1 = min(pay.periods * pay.fondaction_shares, rule.most_shares - q)
    return cents(rule.rate * q) + cents(rule.rate * q1)


def lump_tax(
    pay: Pay, law: Quebec, paid: Contributions, annual: Decimal
) -> tuple[Decimal, dict[str, Decimal]]:
    """What a lump sum B2 is taxed.

    Where the year's wages and lump sums together are at most the basic amount: 7 % of B2. The
    year's wages are P × G, or what was paid already when that is more. Else by the method chosen;
    `annual` is P(G − F − H − CSA) − J, which may be negative.
    """
    rule = law.small_income
    wages = max(pay.periods * pay.gross, pay.ytd.gross_periodic + pay.gross)
    if wages + pay.earlier_lumps + pay.lump_sum <= rule.most:
        return cents(rule.rate * pay.lump_sum), {}
    if pay.qc_lump_method == CUMULATIVE:
        return cumulative_lump_tax(pay, law, paid)
    return marginal_lump_tax(pay, law, paid, annual)


def marginal_lump_tax(
    pay: Pay, law: Quebec, paid: Contributions, annual: Decimal
) -> tuple[Decimal, dict[str, Decimal]]:
    """Second method: the rate T of [annual + B1 + B2 − CSB1 − CSB] × (B2 − CSB).

    B2 is net of the registered contributions taken on it, CSB is the federal F5B.
    """
    csb1 = earlier_lump_deduction(pay, law.pension_plan)
    lump = max(pay.lump_sum - pay.lump_rpp - paid.f5b, ZERO)
    income = max(annual + pay.earlier_lumps - csb1 + lump, ZERO)
    steps = {'CSB': paid.f5b, 'CSB1': csb1, 'I_lump': income}
    return cents(bracket(law.brackets, income).rate * lump), steps


def cumulative_lump_tax(
    pay: Pay, law: Quebec, paid: Contributions
) -> tuple[Decimal, dict[str, Decimal]]:
    """First method: Y2 − Y1, floor 0.

    I1 = (G1 − F1 − H1 − CSA1) + Pr × (G − F − H2 − CSA) − J, the year's income: what was paid
    before this pay and Pr pays like this one. H2 = [min(6 % × D1, maximum) − H1] / Pr, where D1 is
    all that the year pays: G1 + Pr × G + B1 + B2. Y1 is the tax of I1 + B1 − CSB1, Y2 of
    I1 + B1 + B2 − CSB1 − CSB. J and K1 are the forms' amounts for the year, spread over no pays.
    """
    ytd, left = pay.ytd, Decimal(pay.periods_remaining or pay.periods)
    csb1 = earlier_lump_deduction(pay, law.pension_plan)
    rule = law.workers_deduction
    d1 = ytd.gross_periodic + left * pay.gross + pay.earlier_lumps + pay.lump_sum
    whole = min(cents(rule.rate * d1), rule.most) - ytd.h
    h2 = cents(EXACT.divide(max(whole, ZERO), left))
    before = ytd.gross_periodic - ytd.f - ytd.h - ytd.csa
    coming = left * (pay.gross - deductions(pay) - h2 - paid.f5a)
    i1 = max(before + coming - pay.tp1015_j, ZERO)
    without = i1 + pay.earlier_lumps - csb1
    y1 = tax_of_year(pay, law, without, pay.tp1016_k1)
    y2 = tax_of_year(pay, law, without + pay.lump_sum - pay.lump_rpp - paid.f5b, pay.tp1016_k1)
    steps = {'CSB': paid.f5b, 'CSB1': csb1, 'D1': d1, 'H2': h2, 'I1': i1, 'Y1': y1, 'Y2': y2}
    return max(y2 - y1, ZERO), steps
