"""The T4 return as XML: T619 2026V4 and the T4 schema set 1.26.3 of the Canada Revenue Agency.

Elements stand in the schema's order; an optional one without a value is never written, since an
empty element has the whole file rejected.
"""

import base64
import hashlib
import re
import typing
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from karvo.kit.money import ZERO
from karvo.payfiles.cpa005 import ascii_text
from karvo.payfiles.schemas.settings import Contact, FilingSettings
from karvo.payfiles.schemas.slips import T4, SlipAddress, SlipData, T4Summary
from karvo.settings.schemas import Settings

XSI = 'http://www.w3.org/2001/XMLSchema-instance'
COUNTRIES = {'': 'CAN', 'CA': 'CAN', 'US': 'USA'}
CANADA = ('', 'CA')
UNWRITABLE = re.compile('[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]')
NO_SIN = '000000000'
#: Of the T4_AMT, in order; those in REQUIRED are written even when they are 0.00.
AMOUNTS = (
    ('empt_incamt', 'box_14'),
    ('cpp_cntrb_amt', 'box_16'),
    ('cppe_cntrb_amt', 'box_16a'),
    ('qpp_cntrb_amt', 'box_17'),
    ('qppe_cntrb_amt', 'box_17a'),
    ('empe_eip_amt', 'box_18'),
    ('rpp_cntrb_amt', 'box_20'),
    ('itx_ddct_amt', 'box_22'),
    ('ei_insu_ern_amt', 'box_24'),
    ('cpp_qpp_ern_amt', 'box_26'),
    ('unn_dues_amt', 'box_44'),
    ('chrty_dons_amt', 'box_46'),
    ('padj_amt', 'box_52'),
    ('prov_pip_amt', 'box_55'),
    ('prov_insu_ern_amt', 'box_56'),
)
REQUIRED = ('ei_insu_ern_amt', 'cpp_qpp_ern_amt')
TOTALS = (
    ('tot_empt_incamt', 'box_14'),
    ('tot_empe_cpp_amt', 'box_16'),
    ('tot_empe_cppe_amt', 'box_16a'),
    ('tot_empe_eip_amt', 'box_18'),
    ('tot_rpp_cntrb_amt', 'box_20'),
    ('tot_itx_ddct_amt', 'box_22'),
    ('tot_padj_amt', 'box_52'),
    ('tot_empr_cpp_amt', 'box_27'),
    ('tot_empr_cppe_amt', 'box_27a'),
    ('tot_empr_eip_amt', 'box_19'),
)

Node = tuple[str, typing.Any]  #: (element, text or the nodes within)


class XmlSlip(msgspec.Struct, kw_only=True):
    """A slip to be sent: its kind as O, A or C, the nine digits of the SIN or ''."""

    data: SlipData
    kind: typing.Literal['O', 'A', 'C']
    sin: str


def t4_return(
    slips: Sequence[XmlSlip],
    summary: T4Summary,
    company: Settings,
    settings: FilingSettings,
    note: str = '',
) -> bytes:
    """The whole submission; `note` says why, in an amended return.

    Its settings are complete and its addresses in Canada or the United States: who calls checks.
    """
    year = slips[0].data.year
    is_original = all(one.kind == 'O' for one in slips)
    nodes: list[Node] = [('T4Slip', _slip(one, settings)) for one in slips]
    nodes.append(('T4Summary', _summary(summary, company, settings, (year, is_original, note))))
    body = ('Return', [('T4', nodes)])
    reference = _reference(repr(body))
    root = _element(('Submission', [('T619', _t619(company, settings, reference)), body]))
    root.set('xmlns:xsi', XSI)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding='UTF-8', xml_declaration=True)
    return text + b'\n'


def _element(node: Node) -> ET.Element:
    name, value = node
    made = ET.Element(name)
    if isinstance(value, str):
        made.text = _clean(value)
    else:
        made.extend(_element(one) for one in _kept(value))
    return made


def _clean(text: str) -> str:
    """Without what XML does not take; blanks are single."""
    return ' '.join(UNWRITABLE.sub(' ', text).split())


def _kept(nodes: Iterable[Node]) -> Iterable[Node]:
    """Without those that hold nothing."""
    return [one for one in nodes if _holds(one[1])]


def _holds(value: typing.Any) -> bool:
    if isinstance(value, str):
        return bool(_clean(value))
    return any(_holds(one[1]) for one in value)


def _reference(text: str) -> str:
    """Eight letters and digits that follow from the content: an id of the submission."""
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode()[:8]


def _t619(company: Settings, settings: FilingSettings, reference: str) -> list[Node]:
    return [
        ('TransmitterAccountNumber', [('bn15', settings.cra_account)]),
        ('TransmitterRepID', [('RepID', settings.rep_id)]),
        ('sbmt_ref_id', reference),
        ('summ_cnt', '1'),
        ('lang_cd', 'F' if company.language == 'fr' else 'E'),
        ('TransmitterName', [('l1_nm', employer_name(company)[:35])]),
        ('TransmitterCountryCode', 'CAN'),
        ('CNTC', [*_contact(settings.contact), ('cntc_email_area', settings.contact.email)]),
    ]


def employer_name(company: Settings) -> str:
    return ' '.join((company.legal_name or company.name).split())


def _contact(contact: Contact) -> list[Node]:
    return [
        ('cntc_nm', contact.name[:22]),
        ('cntc_area_cd', contact.area_code),
        ('cntc_phn_nbr', contact.phone),
        ('cntc_extn_nbr', contact.extension),
    ]


def _slip(one: XmlSlip, settings: FilingSettings) -> list[Node]:
    data, t4 = one.data, one.data.t4
    return [
        ('EMPE_NM', [('snm', data.last_name[:20]), *_given(data.first_name)]),
        ('EMPE_ADDR', _address(data.address)),
        ('sin', one.sin or NO_SIN),
        ('empe_nbr', ascii_text(data.employee_no)[:20]),
        ('bn', settings.cra_account),
        ('rpp_dpsp_rgst_nbr', t4.box_50 or ''),
        ('cpp_qpp_xmpt_cd', _flag(t4.box_28_cpp_qpp)),
        ('ei_xmpt_cd', _flag(t4.box_28_ei)),
        ('prov_pip_xmpt_cd', _flag(t4.box_28_ppip)),
        ('rpt_tcd', one.kind),
        ('empt_prov_cd', t4.box_10),
        ('empr_dntl_ben_rpt_cd', t4.box_45 or ''),
        ('T4_AMT', _amounts(t4)),
    ]


def _given(first_name: str) -> list[Node]:
    """The first given name, the initial of the second."""
    first, _, rest = first_name.partition(' ')
    return [('gvn_nm', first[:12]), ('init', rest.strip()[:1])]


def _address(address: SlipAddress) -> list[Node]:
    code = ''.join(address.postal_code.split()).replace('-', '').upper()
    return [
        ('addr_l1_txt', address.line1[:30]),
        ('addr_l2_txt', address.line2[:30]),
        ('cty_nm', address.city[:28]),
        ('prov_cd', address.province or ('QC' if address.country in CANADA else '')),
        ('cntry_cd', COUNTRIES[address.country]),
        ('pstl_cd', code),
    ]


def _flag(value: bool) -> str:
    return '1' if value else '0'


def _amounts(t4: T4) -> list[Node]:
    found: list[Node] = []
    for name, box in AMOUNTS:
        amount: Decimal | None = getattr(t4, box)
        if amount or name in REQUIRED:
            found.append((name, f'{amount or ZERO:.2f}'))
    return found


def _summary(
    summary: T4Summary,
    company: Settings,
    settings: FilingSettings,
    what: tuple[int, bool, str],
) -> list[Node]:
    year, is_original, note = what
    address = SlipAddress(
        line1=company.address1,
        line2=company.address2,
        city=company.city,
        province=company.province,
        postal_code=company.postal_code,
        country=company.country,
    )
    return [
        ('bn', settings.cra_account),
        ('EMPR_NM', [('l1_nm', employer_name(company)[:30])]),
        ('EMPR_ADDR', _address(address)),
        ('CNTC', _contact(settings.contact)),
        ('tx_yr', str(year)),
        ('slp_cnt', str(summary.slips)),
        ('rpt_tcd', 'O' if is_original else 'A'),
        ('fileramendmentnote', '' if is_original else note),
        ('T4_TAMT', _totals(summary)),
    ]


def _totals(summary: T4Summary) -> list[Node]:
    amounts = [(name, getattr(summary, box)) for name, box in TOTALS]
    return [(name, f'{amount:.2f}') for name, amount in amounts if amount]
