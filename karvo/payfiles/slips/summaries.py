"""Totals of a year's slips, with what the employer paid besides: T4 Summary and RLZ-1.S."""

from collections.abc import Sequence
from decimal import Decimal

from karvo.kit.money import ZERO
from karvo.payfiles.schemas.slips import Rl1Summary, SlipData, T4Summary
from karvo.payfiles.slips.boxes import YearPaid


def t4_summary(slips: Sequence[SlipData], employer_ei: Decimal) -> T4Summary:
    """Of these slips."""

    def total(name: str) -> Decimal:
        return sum((getattr(one.t4, name) for one in slips), ZERO)

    return T4Summary(
        slips=len(slips),
        box_14=total('box_14'),
        box_16=ZERO,
        box_16a=ZERO,
        box_18=total('box_18'),
        box_19=employer_ei,
        box_20=total('box_20'),
        box_22=total('box_22'),
        box_27=ZERO,
        box_27a=ZERO,
        box_52=total('box_52'),
        box_80=total('box_22') + total('box_18') + employer_ei,
    )


def rl1_summary(
    slips: Sequence[SlipData], paid: Sequence[YearPaid], training: Decimal
) -> Rl1Summary:
    """`training` is the WSDRF contribution of the year."""

    def total(name: str) -> Decimal:
        return sum((getattr(one.rl1, name) for one in slips), ZERO)

    def employer(name: str) -> Decimal:
        return sum((one.sums[f'employer_{name}'] for one in paid), ZERO)

    shares = {
        'qpp_employee': total('box_b_a'),
        'qpp2_employee': total('box_b_b'),
        'qpp_employer': employer('qpp'),
        'qpp2_employer': employer('qpp2'),
        'qpip_employee': total('box_h'),
        'qpip_employer': employer('qpip'),
        'quebec_tax': total('box_e'),
        'hsf': employer('hsf'),
        'cnesst': employer('cnesst'),
        'cnt': employer('cnt'),
        'wsdrf': training,
    }
    sums = sum(shares.values(), ZERO)
    return Rl1Summary(slips=len(slips), box_a=total('box_a'), total=sums, **shares)
