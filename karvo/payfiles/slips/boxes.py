"""The boxes of T4 and RL-1 from the sums of a year's posted pays.

Caps: insurable earnings (24) at EI's maximum, QPIP's (56, I) at its own; pensionable earnings (26,
G) at the QPP's maximum, or at the second one where QPP2 was paid.
"""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

from karvo.kit.money import ZERO
from karvo.payfiles.schemas.settings import FilingSettings
from karvo.payfiles.schemas.slips import T4, Rl1, SlipAddress, SlipData, SlipDetails
from karvo.payroll.engine import parameters

PROVINCE = 'QC'


class YearPaid(msgspec.Struct, kw_only=True):
    """An employee with the sums of a year's posted pays; `sin` is encrypted."""

    employee_id: int
    employee_no: str
    last_name: str
    first_name: str
    address: dict[str, str | None]
    sin: str | None
    sin_mask: str | None
    pays: int
    sums: dict[str, Decimal]
    details: SlipDetails


class Maxima(typing.NamedTuple):
    """Of a year, dollars; rates as fractions."""

    insurable: Decimal
    ei: Decimal
    ei_rate: Decimal
    pensionable: Decimal
    pensionable2: Decimal
    qpp: Decimal
    qpp2: Decimal
    qpip_insurable: Decimal
    qpip: Decimal


def maxima(year: int) -> Maxima:
    """Raises Invalid (year) for a year without parameters."""
    parameters.first_of_year(year)
    end = dt.date(year, 12, 31)
    ei = parameters.federal(end).employment_insurance
    quebec = parameters.quebec(end)
    plan, qpip = quebec.pension_plan, quebec.parental_insurance
    return Maxima(
        insurable=ei.most_insurable,
        ei=ei.most,
        ei_rate=ei.rate,
        pensionable=plan.most_pensionable,
        pensionable2=plan.second_most_pensionable,
        qpp=plan.most,
        qpp2=plan.second_most,
        qpip_insurable=qpip.most_insurable,
        qpip=qpip.most,
    )


def slip_data(paid: YearPaid, year: int, settings: FilingSettings) -> SlipData:
    """Raises Invalid (year)."""
    t4 = t4_of(paid, year, settings)
    return SlipData(
        employee_id=paid.employee_id,
        employee_no=paid.employee_no,
        last_name=paid.last_name,
        first_name=paid.first_name,
        address=address_of(paid.address),
        year=year,
        pays=paid.pays,
        t4=t4,
        rl1=rl1_of(paid, t4),
    )


def t4_of(paid: YearPaid, year: int, settings: FilingSettings) -> T4:
    """Box 28 is of what was exempt the whole year."""
    most, sums, details = maxima(year), paid.sums, paid.details
    second = sums['qpp2'] > ZERO
    is_paid = sums['gross'] > ZERO
    return T4(
        box_10=PROVINCE,
        box_12=paid.sin_mask,
        box_14=sums['gross'],
        box_16=None,
        box_16a=None,
        box_17=sums['qpp'],
        box_17a=sums['qpp2'],
        box_18=sums['ei'],
        box_20=sums['rpp'],
        box_22=sums['federal_tax'],
        box_24=min(sums['insurable'], _cents(most.insurable)),
        box_26=min(sums['pensionable'], _cents(most.pensionable2 if second else most.pensionable)),
        box_28_cpp_qpp=is_paid and not sums['pensionable'],
        box_28_ei=is_paid and not sums['insurable'],
        box_28_ppip=is_paid and not sums['qpip_insurable'],
        box_44=sums['union_dues'],
        box_45=details.dental_code or settings.dental_code,
        box_46=details.donations,
        box_50=details.rpp_registration or settings.rpp_registration or None,
        box_52=details.pension_adjustment,
        box_54=settings.cra_account,
        box_55=sums['qpip'],
        box_56=min(sums['qpip_insurable'], _cents(most.qpip_insurable)),
    )


def rl1_of(paid: YearPaid, t4: T4) -> Rl1:
    """The employer's health insurance plan (J) is a benefit in Quebec alone: in A, not in 14."""
    others = msgspec.structs.asdict(paid.details.rl1)
    return Rl1(
        box_a=t4.box_14 + others['j'],
        box_b_a=t4.box_17,
        box_b_b=t4.box_17a,
        box_c=t4.box_18,
        box_d=t4.box_20,
        box_e=paid.sums['qc_tax'],
        box_f=t4.box_44,
        box_g=t4.box_26,
        box_h=t4.box_55,
        box_i=t4.box_56,
        **{f'box_{letter}': amount for letter, amount in others.items()},
    )


def address_of(stored: dict[str, str | None]) -> SlipAddress:
    """Of an employee's `address`."""
    names = SlipAddress.__struct_fields__
    return SlipAddress(**{name: stored.get(name) or '' for name in names})


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(ZERO)
