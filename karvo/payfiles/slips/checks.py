"""Every check that slips can be put to: against the year's maxima, each other, the remittances."""

import typing
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import msgspec

from karvo.kit.money import ZERO, cents
from karvo.payfiles.schemas.remittances import RemittanceRead
from karvo.payfiles.schemas.settings import FilingSettings, contact_problems
from karvo.payfiles.schemas.slips import T4, Rl1, Rl1Summary, SlipData, T4Summary
from karvo.payfiles.slips.boxes import Maxima

HALF_A_CENT = Decimal('0.005')
#: RL-1 boxes whose amount is inside box A as well.
INSIDE_A = 'jklmpstvw'
#: Boxes that both slips tell: T4, RL-1.
SAME = (
    ('box_17', 'box_b_a'),
    ('box_17a', 'box_b_b'),
    ('box_18', 'box_c'),
    ('box_20', 'box_d'),
    ('box_44', 'box_f'),
    ('box_26', 'box_g'),
    ('box_55', 'box_h'),
    ('box_56', 'box_i'),
)


def problems(data: SlipData, most: Maxima) -> list[str]:
    """Boxes of an employee that contradict the law or one another; empty when all is well."""
    t4, rl1 = data.t4, data.rl1
    found = [*_negative(t4, rl1), *_above(t4, most), *_twins(t4, rl1)]
    if t4.box_16 is not None or t4.box_16a is not None:
        found.append('boxes 16 and 16A must be empty: QPP and CPP never share a slip')
    allowed = cents(t4.box_24 * most.ei_rate) + _rounding(data.pays)
    if t4.box_18 > allowed:
        found.append(f'box 18 {t4.box_18} is more than the premium of box 24, {allowed}')
    for box, earned, code in (
        (t4.box_17, t4.box_28_cpp_qpp, 'QPP'),
        (t4.box_18, t4.box_28_ei, 'EI'),
        (t4.box_55, t4.box_28_ppip, 'PPIP'),
    ):
        if box and earned:
            found.append(f'box 28 exempts the year from {code}, of which {box} was withheld')
    inside = sum((getattr(rl1, f'box_{letter}') for letter in INSIDE_A), ZERO)
    if inside > rl1.box_a:
        found.append(f'boxes {", ".join(INSIDE_A.upper())} come to {inside}, more than box A')
    if rl1.box_a != t4.box_14 + rl1.box_j:
        found.append(f'box A {rl1.box_a} is not box 14 and J, {t4.box_14 + rl1.box_j}')
    return found


def doubts(data: SlipData, most: Maxima) -> list[str]:
    """What is odd and may be right: an opening year to date, or months that did not count."""
    t4 = data.t4
    if t4.box_17a and t4.box_26 <= most.pensionable:
        return [f'box 17A is {t4.box_17a}, but box 26 is not above {most.pensionable}']
    return []


def _rounding(pays: int) -> Decimal:
    """Each pay's premium was rounded by itself."""
    return cents(HALF_A_CENT * max(pays, 1) + HALF_A_CENT)


def _amounts(*slips: T4 | Rl1) -> Iterator[tuple[str, Decimal]]:
    for slip in slips:
        for name, value in msgspec.structs.asdict(slip).items():
            if isinstance(value, Decimal):
                yield name, value


def _negative(t4: T4, rl1: Rl1) -> Iterator[str]:
    for name, value in _amounts(t4, rl1):
        if value < ZERO:
            yield f'{shown(name)} {value} is below zero'


def _above(t4: T4, most: Maxima) -> Iterator[str]:
    limits = (
        ('box_17', most.qpp),
        ('box_17a', most.qpp2),
        ('box_18', most.ei),
        ('box_24', most.insurable),
        ('box_26', most.pensionable2 if t4.box_17a else most.pensionable),
        ('box_55', most.qpip),
        ('box_56', most.qpip_insurable),
    )
    for name, limit in limits:
        value: Decimal = getattr(t4, name)
        if value > limit:
            yield f"{shown(name)} {value} is more than the year's {limit}"


def _twins(t4: T4, rl1: Rl1) -> Iterator[str]:
    for name, twin in SAME:
        one, other = getattr(t4, name), getattr(rl1, twin)
        if one != other:
            yield f'{shown(name)} {one} is not RL-1 {shown(twin)} {other}'


def shown(name: str) -> str:
    """`box_17a` as `box 17A`, `box_b_a` as `box B.A`."""
    return f'box {name.removeprefix("box_").replace("_", ".").upper()}'


def missing(data: SlipData, sin: str | None) -> list[str]:
    """What has to be known of an employee before his slips are sent."""
    address, found = data.address, []
    if not sin:
        found.append('sin')
    if data.t4.box_45 is None:
        found.append('dental_code')
    if data.t4.box_52 and not data.t4.box_50:
        found.append('rpp_registration')
    found += [f'address.{n}' for n in ('line1', 'city', 'postal_code') if not getattr(address, n)]
    return found


def missing_settings(settings: FilingSettings) -> list[str]:
    """Filing settings without which nothing can be sent."""
    contact = settings.contact
    found = [name for name in ('cra_account', 'rq_account', 'neq') if not getattr(settings, name)]
    names = ('name', 'area_code', 'phone', 'email')
    found += [f'contact.{name}' for name in names if not getattr(contact, name)]
    return [*found, *contact_problems(contact)]


def summary_problems(
    t4: T4Summary,
    rl1: Rl1Summary,
    slips: Sequence[SlipData],
    remittances: Iterable[RemittanceRead],
) -> list[str]:
    """Summary totals = Σ slips = Σ remittances, to the cent."""
    return [
        f'{what}: the summary has {own}, {where} {other}'
        for what, own, where, other in (
            *_by_slips(t4, rl1, slips),
            *_remitted(t4, rl1, remittances),
        )
        if own != other
    ]


Compared = tuple[str, Decimal, str, Decimal]


def _by_slips(t4: T4Summary, rl1: Rl1Summary, slips: Sequence[SlipData]) -> Iterator[Compared]:
    for name in ('box_14', 'box_18', 'box_20', 'box_22', 'box_52'):
        total = sum((getattr(one.t4, name) for one in slips), ZERO)
        yield f'T4 {shown(name)}', getattr(t4, name), 'the slips', total
    for name, box in (
        ('box_a', 'box_a'),
        ('qpp_employee', 'box_b_a'),
        ('qpp2_employee', 'box_b_b'),
        ('qpip_employee', 'box_h'),
        ('quebec_tax', 'box_e'),
    ):
        total = sum((getattr(one.rl1, box) for one in slips), ZERO)
        yield f'RL-1 {shown(box)}', getattr(rl1, name), 'the slips', total


#: What is remitted by item and share: (summary's member, item, share).
REMITTED: tuple[tuple[typing.Literal['t4', 'rl1'], str, str, str], ...] = (
    ('t4', 'box_22', 'federal_tax', 'employee'),
    ('t4', 'box_18', 'ei', 'employee'),
    ('t4', 'box_19', 'ei', 'employer'),
    ('rl1', 'quebec_tax', 'qc_tax', 'employee'),
    ('rl1', 'qpp_employee', 'qpp', 'employee'),
    ('rl1', 'qpp_employer', 'qpp', 'employer'),
    ('rl1', 'qpp2_employee', 'qpp2', 'employee'),
    ('rl1', 'qpp2_employer', 'qpp2', 'employer'),
    ('rl1', 'qpip_employee', 'qpip', 'employee'),
    ('rl1', 'qpip_employer', 'qpip', 'employer'),
    ('rl1', 'hsf', 'hsf', 'employer'),
    ('rl1', 'cnesst', 'cnesst', 'employer'),
    ('rl1', 'cnt', 'cnt', 'employer'),
    ('rl1', 'wsdrf', 'wsdrf', 'employer'),
)


def _remitted(
    t4: T4Summary, rl1: Rl1Summary, remittances: Iterable[RemittanceRead]
) -> Iterator[Compared]:
    sums: dict[tuple[str, str], Decimal] = {}
    for one in remittances:
        for item in one.items:
            for share in ('employee', 'employer'):
                key = item.code, share
                sums[key] = sums.get(key, ZERO) + getattr(item, share)
    for slip, name, item_code, share in REMITTED:
        own: Decimal = getattr(t4 if slip == 't4' else rl1, name)
        yield f'{item_code} ({share})', own, 'the remittances', sums.get((item_code, share), ZERO)
