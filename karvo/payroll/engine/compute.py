"""One pay from gross to net: `calculate`. The order of T4127 and TP-1015.F, nothing else."""

import typing
from decimal import Decimal

from karvo.kit.money import ZERO, cents
from karvo.payroll.engine import parameters
from karvo.payroll.engine.contributions import Contributions, contribute
from karvo.payroll.engine.employer import charges
from karvo.payroll.engine.federal import EXEMPT, FederalTax, Rates, federal_tax
from karvo.payroll.engine.pay import Employer, Pay, Result, Ytd, check_pay, refused
from karvo.payroll.engine.quebec import QuebecTax, quebec_tax

__all__ = ['Employer', 'Pay', 'Result', 'Ytd', 'calculate']

#: In the order in which a pay bears them; the first that it cannot bear is named.
DEDUCTIONS = ('rpp', 'lump_rpp', 'union_dues', 'rrsp', 'fhsa', 'shares', 'other_deductions')
SHARES = ('ftq_shares', 'fondaction_shares', 'lsvcc_fed')
#: Factors of a lump sum's taxes, with T4127's that end in these.
LUMP_STEPS = ('CSB', 'CSB1', 'I_lump', 'D1', 'H2', 'I1', 'Y1', 'Y2')
LUMP_ENDINGS = ('_with', '_without')


class Taxes(typing.NamedTuple):
    """Both governments'."""

    federal: FederalTax
    quebec: QuebecTax


def calculate(pay: Pay, beside: Pay | None = None) -> Result:
    """The pay's deductions, net and employer charges; every factor in `steps`.

    net = gross + lump sum − statutory − deductions. A net below zero is refused, naming the
    first deduction that the pay cannot bear. Additional tax, which the employee asks for, gives
    way instead: the federal one is withheld as far as the net allows, then Quebec's.

    `beside`: the pay of which the lump sum's taxes are taken, where that is not `pay` itself. The
    taxes of a lump sum paid alone go by what the year comes to with the regular pay (facts 2.7,
    2.8): `beside` is the same lump sum with a regular pay.

    Raises Invalid naming every field at fault: `pay_date` of a year without parameters, negative
    amounts, unknown `periods`, …
    """
    check_pay(pay)
    ottawa, law = parameters.federal(pay.pay_date), parameters.quebec(pay.pay_date)
    paid = contribute(pay, law.pension_plan, ottawa.employment_insurance, law.parental_insurance)
    federal, quebec = _taxes(pay, Rates(ottawa, law), paid)
    if beside is not None:
        federal, quebec = _with_lump_of(beside, Taxes(federal, quebec), Rates(ottawa, law))
    withheld = paid.total + federal.periodic + federal.lump + quebec.periodic + quebec.lump
    left = _left(pay, withheld)
    extra_fed, extra_qc = _additional(pay, left)
    return Result(
        qpp=paid.c,
        qpp2=paid.c2,
        ei=paid.ei,
        qpip=paid.qpip,
        federal_tax=federal.periodic + extra_fed,
        federal_tax_lump=federal.lump,
        qc_tax=quebec.periodic + extra_qc,
        qc_tax_lump=quebec.lump,
        total_statutory=withheld + extra_fed + extra_qc,
        net=left - extra_fed - extra_qc,
        employer=charges(pay, ottawa, law, paid),
        steps=_steps(pay, paid, federal, quebec),
    )


def _taxes(pay: Pay, rates: Rates, paid: Contributions) -> Taxes:
    return Taxes(federal_tax(pay, rates, paid), quebec_tax(pay, rates.quebec, paid))


def _with_lump_of(beside: Pay, own: Taxes, rates: Rates) -> Taxes:
    """The periodic taxes as they are, those of the lump sum and their factors by `beside`."""
    check_pay(beside)
    ottawa, law = rates.federal, rates.quebec
    paid = contribute(beside, law.pension_plan, ottawa.employment_insurance, law.parental_insurance)
    federal, quebec = _taxes(beside, rates, paid)
    return Taxes(
        FederalTax(own.federal.periodic, federal.lump, own.federal.steps | _of_lump(federal.steps)),
        QuebecTax(own.quebec.periodic, quebec.lump, own.quebec.steps | _of_lump(quebec.steps)),
    )


def _of_lump(steps: dict[str, Decimal]) -> dict[str, Decimal]:
    return {n: v for n, v in steps.items() if n in LUMP_STEPS or n.endswith(LUMP_ENDINGS)}


def _left(pay: Pay, withheld: Decimal) -> Decimal:
    """What statutory and other deductions leave. Raises Invalid."""
    left = pay.paid - withheld
    if left < 0:
        raise refused('gross', f'does not cover the statutory deductions of {withheld}')
    for name in DEDUCTIONS:
        amount: Decimal = getattr(pay, name)
        if amount > left:
            field = name if name != 'shares' else next(n for n in SHARES if getattr(pay, n))
            raise refused(field, f'would bring the net below zero: {left} is left of this pay')
        left -= amount
    return left


def _additional(pay: Pay, left: Decimal) -> tuple[Decimal, Decimal]:
    """L of each government, none of who is exempt from its tax."""
    is_exempt = str(pay.td1_claim_code or '').upper() == EXEMPT
    federal = ZERO if is_exempt else min(pay.additional_tax_fed, left)
    quebec = ZERO if pay.tp1015_exempt else min(pay.additional_tax_qc, left - federal)
    return federal, quebec


def _steps(
    pay: Pay, paid: Contributions, federal: FederalTax, quebec: QuebecTax
) -> dict[str, Decimal]:
    """Names are T4127's; of those that both use, TP-1015.F's are QC_K and QC_K1. I is Quebec's."""
    plans = {'V/P': paid.exemption, 'C': paid.c, 'W': paid.w, 'C2': paid.c2, 'EI': paid.ei}
    plans |= {'QPIP': paid.qpip, 'F5': paid.f5, 'F5A': paid.f5a, 'F5B': paid.f5b}
    return {name: cents(value) for name, value in (plans | federal.steps | quebec.steps).items()}
