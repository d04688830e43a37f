"""What the employer pays beside a pay: its shares of the plans, HSF, CNT, CNESST, WSDRF."""

import typing
from decimal import Decimal

from karvo.kit.errors import invalid
from karvo.kit.money import EXACT, HUNDRED, ZERO, cents, quantize
from karvo.payroll.engine.contributions import Contributions, earnings, room
from karvo.payroll.engine.parameters import Federal, Quebec, first_of_year, quebec
from karvo.payroll.engine.pay import Employer, Pay

Sector = typing.Literal['other', 'primary_manufacturing', 'public']
MILLION = Decimal(1_000_000)


def charges(pay: Pay, ottawa: Federal, law: Quebec, paid: Contributions) -> Employer:
    """QPP and QPP2 as the employee, EI × 1.4, QPIP at the employer's own rate and maximum.

    HSF has neither exemption nor ceiling; CNT and CNESST end at a yearly ceiling of wages. All
    three are of the gross pay, lump sums included; each pay's part is rounded to the cent.
    """
    parental = law.parental_insurance
    s4 = earnings(pay, pay.qpip_insurable).whole
    multiple = ottawa.employment_insurance.employer_multiple
    cnt, cnesst = law.labour_standards, law.workers_compensation
    return Employer(
        qpp=paid.c,
        qpp2=paid.c2,
        ei=cents(multiple * paid.ei),
        qpip=min(
            room(parental.employer_most, pay.ytd.qpip_employer),
            cents(parental.employer_rate * s4),
        ),
        hsf=_percent(pay.hsf_rate, pay.paid),
        cnt=ZERO if pay.cnt_exempt else cents(cnt.rate * under(cnt.most, pay)),
        cnesst=_percent(pay.cnesst_rate, under(cnesst.most, pay)),
    )


def under(ceiling: Decimal, pay: Pay) -> Decimal:
    """As much of the pay as the year's ceiling still has room for."""
    return min(pay.paid, room(ceiling, pay.ytd.gross_all))


def _percent(rate: Decimal, amount: Decimal) -> Decimal:
    return cents(EXACT.divide(rate * amount, HUNDRED))


def hsf_rate(year: int, payroll: Decimal, sector: Sector = 'other') -> Decimal:
    """Percent, two decimals, of an employer's worldwide payroll in dollars (TP-1015.G, LE-39).

    In 2026: 1.65 up to one million, 4.26 from 7.8 millions. Periodic payments take the previous
    year's payroll, in the first two years the payroll so far. Raises Invalid (year, payroll).
    """
    fund = quebec(first_of_year(year)).health_services_fund
    if payroll < 0:
        raise invalid(payroll='must not be negative')
    millions = EXACT.divide(payroll, MILLION)
    clamped = min(max(millions, fund.least_millions), fund.most_millions)
    line = getattr(fund, sector)
    return quantize(line.base + line.slope * clamped, 2)


def wsdrf(year: int, payroll: Decimal, training: Decimal) -> Decimal:
    """The year's contribution to workforce skills: 1 % of a payroll over 2,000,000 less what was
    spent on eligible training, floor 0. Raises Invalid (year)."""
    rule = quebec(first_of_year(year)).training
    if payroll <= rule.payroll_over:
        return ZERO
    return max(cents(rule.rate * payroll) - training, ZERO)
