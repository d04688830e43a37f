"""QPP, QPP2, EI and QPIP of the employee, and the deduction for the additional QPP.

T4127 chapters 6 and 7, TP-1015.F sections on the QPP and the QPIP. Rounding (T4127 1.1): half-up
to the cent where a parenthesis resolves; the exemption of a period is truncated.
"""

from decimal import ROUND_DOWN, Decimal

import msgspec

from karvo.kit.money import CENT, EXACT, ZERO, cents
from karvo.payroll.engine.parameters import EmploymentInsurance, ParentalInsurance, Pension
from karvo.payroll.engine.pay import Pay

MONTHS = 12


class Contributions(msgspec.Struct, frozen=True, kw_only=True):
    """Withheld for the plans. `on_periodic` and `on_lump` are the parts of C on I and on B."""

    c: Decimal
    c2: Decimal
    ei: Decimal
    qpip: Decimal
    on_periodic: Decimal
    on_lump: Decimal
    w: Decimal
    exemption: Decimal
    f5: Decimal
    f5a: Decimal
    f5b: Decimal

    @property
    def total(self) -> Decimal:
        """All four."""
        return self.c + self.c2 + self.ei + self.qpip


class Earnings(msgspec.Struct, frozen=True):
    """Earnings that a plan counts: all of the pay's, and its lump sum's share of them."""

    whole: Decimal
    lump: Decimal

    @property
    def periodic(self) -> Decimal:
        """The rest."""
        return self.whole - self.lump


def earnings(pay: Pay, counted: Decimal | None) -> Earnings:
    """PI, IE or S4: what is said, or all that is paid. The lump sum counts as far as it fits."""
    whole = pay.paid if counted is None else counted
    return Earnings(whole, min(pay.lump_sum, whole))


def period_exemption(plan: Pension, periods: int) -> Decimal:
    """V / P, truncated to the cent: 3,500 / 52 = 67.30."""
    return EXACT.divide(plan.exemption, Decimal(periods)).quantize(CENT, ROUND_DOWN)


def prorated(yearly: Decimal, months: int) -> Decimal:
    """× PM / 12, to the cent."""
    return cents(EXACT.divide(yearly * months, Decimal(MONTHS)))


def at_least_a_cent(amount: Decimal) -> Decimal:
    """To the cent; what is positive, but less than 0.01, is withheld as 0.01 (QPP, QPIP)."""
    return CENT if 0 < amount < CENT else cents(amount)


def room(most: Decimal, taken: Decimal) -> Decimal:
    """What is left of a yearly maximum."""
    return max(most - taken, ZERO)


def contribute(
    pay: Pay, plan: Pension, insurance: EmploymentInsurance, parental: ParentalInsurance
) -> Contributions:
    """All that the employee pays into the plans, and F5 with its parts."""
    pi = earnings(pay, pay.pensionable)
    exemption = period_exemption(plan, pay.periods)
    c, on_periodic = (ZERO, ZERO) if pay.qpp_exempt else pension(pay, plan, pi, exemption)
    w = second_floor(pay, plan)
    c2 = ZERO if pay.qpp_exempt else second_pension(pay, plan, pi, w)
    f5 = additional_deduction(plan, c, c2)
    f5b = _share(f5, pi.lump, pi.whole)
    return Contributions(
        c=c,
        c2=c2,
        ei=premium(pay, insurance),
        qpip=parental_premium(pay, parental),
        on_periodic=on_periodic,
        on_lump=c - on_periodic,
        w=w,
        exemption=exemption,
        f5=f5,
        f5a=_share(f5, pi.periodic, pi.whole) if pi.whole else f5,
        f5b=f5b,
    )


def pension(pay: Pay, plan: Pension, pi: Earnings, exemption: Decimal) -> tuple[Decimal, Decimal]:
    """(C, its part on the periodic pay): min(max × PM/12 − YTD C, rate × (PI − V/P)), floor 0.

    The exemption falls on the periodic pay first; what it leaves over reduces a lump sum paid
    with it, not one that was paid apart (`lump_separate`).
    """
    left = room(prorated(plan.most, pay.qpp_months), pay.ytd.qpp)
    periodic = max(pi.periodic - exemption, ZERO)
    if pay.lump_separate:
        whole = periodic + pi.lump
    else:
        whole = max(pi.whole - exemption, ZERO)
    c = min(left, at_least_a_cent(plan.rate * whole))
    return c, min(c, at_least_a_cent(plan.rate * periodic))


def second_floor(pay: Pay, plan: Pension) -> Decimal:
    """W = max(YTD PI, MPE × PM/12)."""
    return max(pay.ytd.pensionable, prorated(plan.most_pensionable, pay.qpp_months))


def second_pension(pay: Pay, plan: Pension, pi: Earnings, w: Decimal) -> Decimal:
    """C2 = min(max2 × PM/12 − YTD C2, 4 % × (YTD PI + PI − W)), floor 0."""
    left = room(prorated(plan.second_most, pay.qpp_months), pay.ytd.qpp2)
    above = max(pay.ytd.pensionable + pi.whole - w, ZERO)
    return min(left, at_least_a_cent(plan.second_rate * above))


def premium(pay: Pay, plan: EmploymentInsurance) -> Decimal:
    """EI = min(max − YTD EI, rate × IE)."""
    if pay.ei_exempt:
        return ZERO
    ie = earnings(pay, pay.insurable)
    return min(room(plan.most, pay.ytd.ei), cents(plan.rate * ie.whole))


def parental_premium(pay: Pay, plan: ParentalInsurance) -> Decimal:
    """QPIP = min(max − YTD, rate × S4)."""
    s4 = earnings(pay, pay.qpip_insurable)
    return min(room(plan.most, pay.ytd.qpip), at_least_a_cent(plan.rate * s4.whole))


def additional_deduction(plan: Pension, c: Decimal, c2: Decimal) -> Decimal:
    """F5 (TP-1015.F: CS) = C × (0.01 / total rate) + C2."""
    return cents(EXACT.divide(c * plan.additional_rate, plan.rate) + c2)


def _share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """F5A = F5 × (PI − B)/PI and F5B = F5 × B/PI, each rounded alone."""
    return cents(EXACT.divide(amount * part, whole)) if whole else ZERO


def base_part(plan: Pension, c: Decimal) -> Decimal:
    """[C × base rate / total rate], the part that gives the federal credit."""
    return cents(EXACT.divide(c * plan.base_rate, plan.rate))


def earlier_lump_deduction(pay: Pay, plan: Pension) -> Decimal:
    """F5B (CSB1) of the lump sums paid earlier in the year.

    Year-to-date F5 less `ytd.csa` when that is known; else F5's share by the lump sums' share of
    gross pay, as F5B itself is split.
    """
    ytd = pay.ytd
    if not pay.earlier_lumps:
        return ZERO
    f5 = additional_deduction(plan, ytd.qpp, ytd.qpp2)
    if ytd.csa:
        return max(f5 - ytd.csa, ZERO)
    return _share(f5, pay.earlier_lumps, ytd.gross_all)
