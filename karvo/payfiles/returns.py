"""What leaves for the authorities: the T4 return as XML, the RL-1 table as data."""

import typing

import msgspec

from karvo.kit.errors import Conflict, not_found
from karvo.kit.money import ZERO
from karvo.payfiles.reads import read_filing_settings
from karvo.payfiles.schemas.slips import T4Summary
from karvo.payfiles.slip_reads import Returned, returned
from karvo.payfiles.slips import checks
from karvo.payfiles.slips.rl1 import Rl1Slip, table
from karvo.payfiles.slips.summaries import t4_summary
from karvo.payfiles.slips.t4_xml import CANADA, COUNTRIES, XmlSlip, employer_name, t4_return
from karvo.payroll.sealed import open_sin
from karvo.settings.reads import read_settings
from karvo.settings.schemas import Settings

ReturnKind = typing.Literal['original', 'amended']
#: An amended return holds the cancelled slips too; originals and others never share one.
KINDS = {'original': ['original'], 'amended': ['amended', 'cancelled']}
LETTERS: dict[str, typing.Literal['O', 'A', 'C']] = {
    'original': 'O',
    'amended': 'A',
    'cancelled': 'C',
}
COMPANY = ('address1', 'city', 'province', 'postal_code')


def t4_xml(year: int, kind: ReturnKind) -> bytes:
    """The last slip of each employee for a return of a kind and year, with their summary.

    Raises NotFound (none were issued), Conflict naming what is not known yet.
    """
    found, settings, company = _last(year, kind), read_filing_settings(), read_settings()
    lacking = checks.missing_settings(settings) + _missing_of_company(company)
    for one in found:
        lacking += [f'{one.data.employee_no}: {name}' for name in _missing(one)]
    lacking = [name for name in lacking if name not in ('rq_account', 'neq')]
    if lacking:
        shown = ', '.join(lacking[:30])
        raise Conflict(f'a T4 return needs: {shown}', fields=dict.fromkeys(lacking, 'is required'))
    slips = [
        XmlSlip(data=one.data, kind=LETTERS[one.kind], sin=open_sin(one.sin) if one.sin else '')
        for one in found
    ]
    summary = _summary(found)
    reasons = dict.fromkeys(one.reason for one in found if one.reason)
    note = '; '.join(reasons)[:1000] or 'Corrected amounts'
    return t4_return(slips, summary, company, settings, note)


def _summary(found: list[Returned]) -> T4Summary:
    """A cancelled slip is counted, its amounts are not."""
    kept = [one for one in found if one.kind != 'cancelled']
    employer_ei = sum((one.employer_ei for one in kept), ZERO)
    totals = t4_summary([one.data for one in kept], employer_ei)
    return msgspec.structs.replace(totals, slips=len(found))


def rl1_table(year: int) -> bytes:
    """Every RL-1 issued for a year, as CSV. Raises NotFound."""
    found = _found(year, *KINDS)
    return table(
        [
            Rl1Slip(
                data=one.data,
                kind=one.kind,
                number=one.number,
                replaces=one.replaces,
                sin=open_sin(one.sin) if one.sin else '',
            )
            for one in found
        ]
    )


def _found(year: int, *kinds: str) -> list[Returned]:
    found = returned(year, [name for kind in kinds for name in KINDS[kind]])
    if not found:
        raise not_found('Slip')
    return found


def _last(year: int, kind: ReturnKind) -> list[Returned]:
    """One slip of each employee. Raises NotFound.

    An original return holds the last original, also after an amendment; an amended one holds what
    became of the slip, but nobody who was issued an original anew.
    """
    kinds = ('original',) if kind == 'original' else tuple(KINDS)
    last: dict[int, Returned] = {}
    for one in _found(year, *kinds):
        last.pop(one.data.employee_id, None)
        last[one.data.employee_id] = one
    found = [one for one in last.values() if one.kind in KINDS[kind]]
    if not found:
        raise not_found('Slip')
    return found


def _missing(one: Returned) -> list[str]:
    """Without a SIN a slip goes out with zeros."""
    found = [name for name in checks.missing(one.data, one.sin) if name != 'sin']
    address = one.data.address
    if address.country not in COUNTRIES:
        found.append('address.country CA or US')
    elif address.country not in CANADA and not address.province:
        found.append('address.province')
    return found


def _missing_of_company(company: Settings) -> list[str]:
    found = [f'settings.{name}' for name in COMPANY if not getattr(company, name)]
    if company.country not in COUNTRIES:
        found.append('settings.country CA or US')
    return found if employer_name(company) else [*found, 'settings.legal_name']
