"""Each check of the slips finds what it is for; RL-1 numbers; the order of the T4's elements."""

import csv
import io
import xml.etree.ElementTree as ET
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karvo.kit.errors import Invalid
from karvo.payfiles.schemas.settings import Contact, FilingSettings
from karvo.payfiles.schemas.slips import Rl1Others, SlipData, SlipDetails
from karvo.payfiles.slips import checks, rl1
from karvo.payfiles.slips.boxes import YearPaid, maxima, slip_data
from karvo.payfiles.slips.summaries import rl1_summary, t4_summary
from karvo.payfiles.slips.t4_xml import XmlSlip, t4_return
from karvo.settings.schemas import Settings

D = Decimal
SETTINGS = FilingSettings(
    cra_account='123456782RP0001',
    dental_code='1',
    contact=Contact(name='Ana Roy', area_code='418', phone='555-0100', email='a@acme.example'),
)
COMPANY = Settings(
    legal_name='Nettoyage Acmé & fils inc.',
    address1='1, rue A',
    city='Québec',
    province='QC',
    postal_code='G1A 1A1',
)
#: A year at every maximum but the gross.
SUMS = {
    'gross': '90000.00',
    'pensionable': '90000.00',
    'insurable': '90000.00',
    'qpip_insurable': '90000.00',
    'federal_tax': '9000.00',
    'qc_tax': '11000.00',
    'qpp': '4479.30',
    'qpp2': '416.00',
    'ei': '895.70',
    'qpip': '387.00',
    'rpp': '0.00',
    'union_dues': '0.00',
    'employer_ei': '1253.98',
    'employer_qpp': '4479.30',
    'employer_qpp2': '416.00',
    'employer_qpip': '541.80',
    'employer_hsf': '1485.00',
    'employer_cnt': '54.00',
    'employer_cnesst': '1008.00',
}


def paid(**more) -> YearPaid:
    sums = {name: D(amount) for name, amount in (SUMS | more.pop('sums', {})).items()}
    defaults = {
        'employee_id': 1,
        'employee_no': 'E00001',
        'last_name': 'Côté',
        'first_name': 'Zoé',
        'address': {'line1': '12, rue B', 'city': 'Lévis', 'postal_code': 'G6V 1A1'},
        'sin': 'sealed',
        'sin_mask': '***-***-544',
        'pays': 26,
        'details': SlipDetails(),
    }
    return YearPaid(**defaults | {'sums': sums} | more)


def data(year: int = 2026, **more) -> SlipData:
    return slip_data(paid(**more), year, SETTINGS)


def with_box(slip: str, **boxes) -> SlipData:
    whole = data()
    boxes = {name: D(v) if isinstance(v, str) else v for name, v in boxes.items()}
    part = msgspec.structs.replace(getattr(whole, slip), **boxes)
    return msgspec.structs.replace(whole, **{slip: part})


class TestBoxes:
    def test_a_full_year_has_no_problem(self):
        assert checks.problems(data(), maxima(2026)) == []
        assert checks.missing(data(), 'sealed') == []

    def test_box_26_goes_to_the_second_maximum_only_with_qpp2(self):
        assert data().t4.box_26 == 85000
        assert data(sums={'qpp2': '0'}).t4.box_26 == 74600
        assert data().rl1.box_g == 85000

    @pytest.mark.parametrize(
        ('year', 'box_24', 'box_26', 'box_56'),
        [(2024, 63200, 73200, 94000), (2025, 65700, 81200, 98000), (2026, 68900, 85000, 103000)],
    )
    def test_maxima_by_year(self, year, box_24, box_26, box_56):
        high = dict.fromkeys(('gross', 'pensionable', 'insurable', 'qpip_insurable'), '200000')
        t4 = data(year, sums=high).t4
        assert (t4.box_24, t4.box_26, t4.box_56) == (box_24, box_26, box_56)

    def test_an_unknown_year_is_refused(self):
        with pytest.raises(Invalid, match='year'):
            maxima(2019)

    def test_a_health_plan_is_in_a_and_j_not_in_14(self):
        found = data(details=SlipDetails(rl1=Rl1Others(j=D('480.00'))))
        assert (found.t4.box_14, found.rl1.box_a, found.rl1.box_j) == (90000, 90480, 480)
        assert checks.problems(found, maxima(2026)) == []


class TestProblems:
    @pytest.mark.parametrize(
        ('slip', 'boxes', 'why'),
        [
            ('t4', {'box_14': '-0.01'}, 'box 14 -0.01 is below zero'),
            ('rl1', {'box_e': '-5'}, 'box E -5 is below zero'),
            ('t4', {'box_17': '4479.31'}, "box 17 4479.31 is more than the year's"),
            ('t4', {'box_17a': '416.01'}, "box 17A 416.01 is more than the year's"),
            ('t4', {'box_18': '895.71'}, "box 18 895.71 is more than the year's"),
            ('t4', {'box_24': '68900.01'}, "box 24 68900.01 is more than the year's"),
            ('t4', {'box_26': '85000.01'}, "box 26 85000.01 is more than the year's"),
            ('t4', {'box_55': '442.91'}, "box 55 442.91 is more than the year's"),
            ('t4', {'box_56': '103000.01'}, "box 56 103000.01 is more than the year's"),
            ('t4', {'box_24': '1000.00'}, 'more than the premium of box 24'),
            ('t4', {'box_16': '1.00'}, 'boxes 16 and 16A must be empty'),
            ('t4', {'box_28_ei': True}, 'box 28 exempts the year from EI'),
            ('t4', {'box_28_cpp_qpp': True}, 'box 28 exempts the year from QPP'),
            ('t4', {'box_28_ppip': True}, 'box 28 exempts the year from PPIP'),
            ('rl1', {'box_b_a': '1.00'}, 'box 17 4479.30 is not RL-1 box B.A 1.00'),
            ('rl1', {'box_b_b': '1.00'}, 'box 17A 416.00 is not RL-1 box B.B 1.00'),
            ('rl1', {'box_c': '1.00'}, 'box 18 895.70 is not RL-1 box C 1.00'),
            ('rl1', {'box_g': '1.00'}, 'box 26 85000.00 is not RL-1 box G 1.00'),
            ('rl1', {'box_h': '1.00'}, 'box 55 387.00 is not RL-1 box H 1.00'),
            ('rl1', {'box_i': '1.00'}, 'box 56 90000.00 is not RL-1 box I 1.00'),
            ('rl1', {'box_a': '1.00'}, 'box A 1.00 is not box 14 and J'),
            ('rl1', {'box_l': '90000.01'}, 'more than box A'),
        ],
    )
    def test_each_is_found(self, slip, boxes, why):
        found = checks.problems(with_box(slip, **boxes), maxima(2026))
        assert any(why in one for one in found), found

    def test_qpp2_below_the_maximum_is_odd_and_no_problem(self):
        # An opening year to date, or an 18th birthday, makes it legal.
        low = data(sums={'pensionable': '60000.00', 'qpp': '3000.00'})
        assert checks.problems(low, maxima(2026)) == []
        assert checks.doubts(low, maxima(2026)) == [
            'box 17A is 416.00, but box 26 is not above 74600'
        ]
        assert checks.doubts(data(), maxima(2026)) == []

    def test_the_rounding_of_each_pay_is_no_problem(self):
        # 1.3 % of 1,000.40 is 13.0052: 26 times 13.01 is more than 1.3 % of the year.
        lines = {'insurable': '26010.40', 'ei': '338.26', 'qpp': '100', 'qpp2': '0'}
        assert checks.problems(data(sums=lines), maxima(2026)) == []

    def test_what_is_missing(self):
        bare = slip_data(paid(address={}), 2026, FilingSettings())
        found = checks.missing(bare, None)
        assert found == [
            'sin',
            'dental_code',
            'address.line1',
            'address.city',
            'address.postal_code',
        ]
        assert 'cra_account' in checks.missing_settings(FilingSettings())

    def test_a_summary_that_is_a_cent_off_is_found(self):
        slips, year = [data()], [paid()]
        t4 = t4_summary(slips, D('1253.98'))
        own = rl1_summary(slips, year, D('0.00'))
        off = msgspec.structs.replace(t4, box_22=t4.box_22 + D('0.01'))
        [by_slips] = [
            one for one in checks.summary_problems(off, own, slips, []) if 'the slips' in one
        ]
        assert by_slips == 'T4 box 22: the summary has 9000.01, the slips 9000.00'
        remitted = [one for one in checks.summary_problems(t4, own, slips, []) if 'remit' in one]
        assert 'ei (employer): the summary has 1253.98, the remittances 0.00' in remitted
        assert t4.box_80 == D('9000.00') + D('895.70') + D('1253.98')


class TestRl1:
    @given(st.integers(10_000_000, 99_999_999))
    def test_the_check_digit_is_the_number_modulo_7(self, sequence):
        number = rl1.slip_number(sequence)
        assert number[:8] == str(sequence) and int(number[8]) == sequence % 7
        assert rl1.is_slip_number(number)
        wrong = number[:8] + str((int(number[8]) + 1) % 10)
        assert not rl1.is_slip_number(wrong)

    def test_a_name_that_a_spreadsheet_would_compute_is_only_shown(self):
        slip = rl1.Rl1Slip(
            data=data(last_name='=cmd()'), kind='original', number='', replaces='', sin='130692544'
        )
        [row] = csv.DictReader(io.StringIO(rl1.table([slip]).decode('utf-8-sig')))
        assert (row['last_name'], row['B.A'], row['A']) == ("'=cmd()", '4479.30', '90000.00')


#: The schema's sequences, as the Canada Revenue Agency publishes them.
ORDER = {
    'Submission': 'T619 Return',
    'T619': 'TransmitterAccountNumber TransmitterRepID sbmt_ref_id summ_cnt lang_cd '
    'TransmitterName TransmitterCountryCode CNTC',
    'CNTC': 'cntc_nm cntc_area_cd cntc_phn_nbr cntc_extn_nbr cntc_email_area',
    'T4Slip': 'EMPE_NM EMPE_ADDR sin empe_nbr bn rpp_dpsp_rgst_nbr cpp_qpp_xmpt_cd ei_xmpt_cd '
    'prov_pip_xmpt_cd empt_cd rpt_tcd empt_prov_cd empr_dntl_ben_rpt_cd T4_AMT OTH_INFO',
    'EMPE_NM': 'snm gvn_nm init',
    'EMPE_ADDR': 'addr_l1_txt addr_l2_txt cty_nm prov_cd cntry_cd pstl_cd',
    'EMPR_ADDR': 'addr_l1_txt addr_l2_txt cty_nm prov_cd cntry_cd pstl_cd',
    'T4_AMT': 'empt_incamt cpp_cntrb_amt cppe_cntrb_amt qpp_cntrb_amt qppe_cntrb_amt '
    'empe_eip_amt rpp_cntrb_amt itx_ddct_amt ei_insu_ern_amt cpp_qpp_ern_amt unn_dues_amt '
    'chrty_dons_amt padj_amt prov_pip_amt prov_insu_ern_amt',
    'T4Summary': 'bn EMPR_NM EMPR_ADDR CNTC tx_yr slp_cnt rpt_tcd fileramendmentnote T4_TAMT',
    'T4_TAMT': 'tot_empt_incamt tot_empe_cpp_amt tot_empe_cppe_amt tot_empe_eip_amt '
    'tot_rpp_cntrb_amt tot_itx_ddct_amt tot_padj_amt tot_empr_cpp_amt tot_empr_cppe_amt '
    'tot_empr_eip_amt',
}
LONGEST = {'snm': 20, 'gvn_nm': 12, 'init': 1, 'cntc_nm': 22, 'addr_l1_txt': 30, 'sin': 9}


def submission(*slips: SlipData, kind: str = 'O', **settings) -> ET.Element:
    filing = msgspec.structs.replace(SETTINGS, **settings)
    found = [XmlSlip(data=one, kind=kind, sin='130692544') for one in slips]
    summary = t4_summary(slips, D('1253.98'))
    return ET.fromstring(t4_return(found, summary, COMPANY, filing, 'why & how'))


amounts = st.decimals(0, 99_999, places=2)
names = st.text(st.characters(codec='utf-8'), max_size=40)


class TestT4Xml:
    def check(self, root: ET.Element) -> None:
        for node in root.iter():
            children = [one.tag for one in node]
            assert children or (node.text or '').strip(), f'{node.tag} is empty'
            if node.tag in ORDER:
                known = ORDER[node.tag].split()
                assert children == [name for name in known if name in children], node.tag
                assert len(set(children)) == len(children)
            if node.tag in LONGEST:
                assert len(node.text or '') <= LONGEST[node.tag]

    @given(names, names, amounts, amounts, st.booleans())
    def test_elements_in_order_none_empty(self, last, first, dues, rpp, is_amended):
        sums = {'union_dues': str(dues), 'rpp': str(rpp)}
        slip = data(last_name=f'x{last}', first_name=f'x{first}', sums=sums)
        self.check(submission(slip, kind='A' if is_amended else 'O'))

    def test_what_is_zero_is_left_out_but_for_24_and_26(self):
        nothing = dict.fromkeys(SUMS, '0.00')
        root = submission(data(sums=nothing))
        self.check(root)
        amounts = {one.tag: one.text for one in root.find('Return/T4/T4Slip/T4_AMT')}
        assert amounts == {'ei_insu_ern_amt': '0.00', 'cpp_qpp_ern_amt': '0.00'}

    def test_a_quebec_slip(self):
        root = submission(data())
        slip = root.find('Return/T4/T4Slip')
        amounts = {one.tag: one.text for one in slip.find('T4_AMT')}
        assert amounts == {
            'empt_incamt': '90000.00',
            'qpp_cntrb_amt': '4479.30',
            'qppe_cntrb_amt': '416.00',
            'empe_eip_amt': '895.70',
            'itx_ddct_amt': '9000.00',
            'ei_insu_ern_amt': '68900.00',
            'cpp_qpp_ern_amt': '85000.00',
            'prov_pip_amt': '387.00',
            'prov_insu_ern_amt': '90000.00',
        }
        assert slip.findtext('EMPE_ADDR/pstl_cd') == 'G6V1A1'
        assert (slip.findtext('empt_prov_cd'), slip.findtext('rpt_tcd')) == ('QC', 'O')
        assert root.findtext('T619/CNTC/cntc_phn_nbr') == '555-0100'
        assert root.findtext('T619/lang_cd') == 'F'
        assert root.find('T619/TransmitterRepID') is None
        assert len(root.findtext('T619/sbmt_ref_id')) == 8
        summary = root.find('Return/T4/T4Summary')
        assert summary.findtext('bn') == slip.findtext('bn') == '123456782RP0001'
        assert summary.find('fileramendmentnote') is None
        assert summary.findtext('T4_TAMT/tot_empr_eip_amt') == '1253.98'

    def test_an_amended_return_says_why(self):
        root = submission(data(), kind='A', rep_id='ABC1234')
        self.check(root)
        assert root.findtext('Return/T4/T4Summary/fileramendmentnote') == 'why & how'
        assert root.findtext('T619/TransmitterRepID/RepID') == 'ABC1234'
