"""A whole pay: the four worked examples factor by factor, two pays by hand, what is refused."""

import datetime as dt

import pytest

from karvo.kit.errors import Invalid
from karvo.payroll.engine.compute import calculate
from tests.payroll.pays import D, computed, outcome, pay, steps, ytd


class TestWorkedExamples:
    """Checked against WebRAS and PDOC in the project's payroll facts."""

    def test_2026_biweekly_2000_without_forms(self):
        done = computed('2026-03-13', 26, '2000')
        assert steps(done, 'V/P', 'C', 'C2', 'EI', 'QPIP', 'F5', 'F5A', 'F5B') == {
            'V/P': '134.61',
            'C': '117.52',
            'C2': '0.00',
            'EI': '26.00',
            'QPIP': '8.60',
            'F5': '18.65',
            'F5A': '18.65',
            'F5B': '0.00',
        }
        assert steps(done, 'A', 'K', 'TC', 'K1', 'K2Q', 'K3', 'K4', 'T3', 'T1') == {
            'A': '51515.10',
            'K': '0.00',
            'TC': '16452.00',
            'K1': '2303.28',
            'K2Q': '485.83',
            'K3': '0.00',
            'K4': '210.14',
            'T3': '4212.86',
            'T1': '3517.74',
        }
        assert steps(done, 'H', 'I', 'Y') == {'H': '55.77', 'I': '50065.08', 'Y': '4355.83'}
        assert outcome(done, 'federal_tax', 'qc_tax', 'total_statutory', 'net') == {
            'federal_tax': '135.30',
            'qc_tax': '167.53',
            'total_statutory': '454.95',
            'net': '1545.05',
        }
        assert outcome(done.employer, 'qpp', 'ei', 'qpip') == {
            'qpp': '117.52',
            'ei': '36.40',
            'qpip': '12.04',
        }

    def test_2025_weekly_1100_with_rrsp_and_dues(self):
        done = computed('2025-09-12', 52, '1100', rrsp='50', union_dues='10')
        assert steps(done, 'V/P', 'C', 'EI', 'QPIP', 'F5', 'A', 'K2Q', 'T3', 'H', 'I', 'Y') == {
            'V/P': '67.30',
            'C': '66.09',
            'EI': '14.41',
            'QPIP': '5.43',
            'F5': '10.33',
            'A': '53542.84',
            'K2Q': '550.37',
            'T3': '4481.63',
            'H': '27.31',
            'I': '52642.72',
            'Y': '4770.04',
        }
        assert outcome(done, 'federal_tax', 'qc_tax') == {
            'federal_tax': '71.96',
            'qc_tax': '91.73',
        }

    def test_2026_monthly_7500_reaches_qpp_and_ei(self):
        before = ytd(qpp='4087.17', ei='877.50', pensionable='67500')
        done = computed('2026-10-30', 12, '7500', ytd=before)
        assert steps(done, 'C', 'W', 'C2', 'EI', 'QPIP', 'F5', 'A', 'K2Q', 'I') == {
            'C': '392.13',
            'W': '74600.00',
            'C2': '16.00',
            'EI': '18.20',
            'QPIP': '32.25',
            'F5': '78.24',
            'A': '89061.12',
            'K2Q': '707.14',
            'I': '87611.16',
        }
        assert outcome(done, 'federal_tax', 'qc_tax') == {
            'federal_tax': '781.63',
            'qc_tax': '939.65',
        }

    def test_2026_semimonthly_2400_with_a_bonus_of_1500(self):
        done = computed('2026-05-15', 24, '2400', lump_sum='1500')
        assert steps(done, 'C', 'F5', 'F5A', 'F5B', 'A_with', 'T1_with', 'T1_without') == {
            'C': '236.51',
            'F5': '37.54',
            'F5A': '23.10',
            'F5B': '14.44',
            'A_with': '58531.16',
            'T1_with': '4280.03',
            'T1_without': '4118.25',
        }
        names = ('federal_tax', 'federal_tax_lump', 'qc_tax', 'qc_tax_lump')
        assert outcome(done, *names) == {
            'federal_tax': '171.59',
            'federal_tax_lump': '161.78',
            'qc_tax': '216.37',
            'qc_tax_lump': '282.26',
        }


class TestOfficialCalculators:
    """Outputs of WebRAS (Quebec) and PDOC (federal) for six pays of 2026-07-29, 27 pays a year, no
    forms: the validation journal of an employer (Camp LilySO), as corrected on
    2026-08-03, when PDOC was asked again without an exemption from the QPP."""

    @pytest.mark.parametrize(
        ('gross', 'qc_tax', 'federal_tax'),
        [
            ('1516.32', '104.56', '86.25'),
            ('2861.04', '329.31', '268.06'),
            ('2179.84', '201.17', '157.59'),
            ('294.84', '0.00', '0.00'),
            ('1739.92', '135.55', '110.29'),
            ('505.44', '0.00', '0.00'),
        ],
    )
    def test_have_the_same_taxes(self, gross, qc_tax, federal_tax):
        done = computed('2026-07-29', 27, gross)
        assert outcome(done, 'qc_tax', 'federal_tax') == {
            'qc_tax': qc_tax,
            'federal_tax': federal_tax,
        }

    @pytest.mark.parametrize(('gross', 'tax'), [('2861.04', '289.05'), ('2179.84', '173.35')])
    def test_have_the_same_tax_of_who_is_exempt_from_the_qpp(self, gross, tax):
        """What PDOC had answered with that exemption."""
        assert computed('2026-07-29', 27, gross, qpp_exempt=True).federal_tax == D(tax)

    def test_have_the_same_plans_and_charges(self):
        done = computed('2026-07-29', 27, '2179.84', hsf_rate='1.65', cnesst_rate='1.12')
        assert outcome(done, 'qpp', 'qpip', 'ei', 'net') == {
            'qpp': '129.16',
            'qpip': '9.37',
            'ei': '28.34',
            'net': '1654.21',
        }
        assert outcome(done.employer, 'qpip', 'ei', 'hsf', 'cnesst') == {
            'qpip': '13.12',
            'ei': '39.68',
            'hsf': '35.97',
            'cnesst': '24.41',
        }


class TestByHand:
    """Worked out on paper, not with the engine."""

    def test_high_pay_in_december_after_every_maximum(self):
        """2025-12-19, 26 pays, 9,000, 25 such pays before.

        No contributions: A = 26 × 9,000 = 234,000. 29 % × 234,000 − 15,377 = 52,483.
        BPAF = 16,129 − 56,118 × 1,591 / 75,532 = 16,129 − 1,182.065 = 14,946.93; × 14 % = 2,092.57.
        K2Q = 14 % × (3,661.20 + 860.67 + 484.12) = 14 % × 5,005.99 = 700.84; K4 = 205.94.
        T3 = 49,483.65; − 16.5 % × T3 (8,164.80) = 41,318.85; / 26 = 1,589.19.
        H = 1,420 / 26 = 54.62; I = 26 × 8,945.38 = 232,579.88.
        25.75 % × I = 59,889.32 − 10,255 − 14 % × 18,571 (2,599.94) = 47,034.38; / 26 = 1,809.01.
        """
        before = ytd(
            qpp='4339.20',
            qpp2='396.00',
            ei='860.67',
            qpip='484.12',
            qpip_employer='678.16',
            pensionable='225000',
            gross_all='225000',
            gross_periodic='225000',
        )
        done = computed('2025-12-19', 26, '9000', ytd=before, hsf_rate='4.26', cnesst_rate='1.12')
        assert steps(done, 'TC', 'K1', 'K2Q', 'K4', 'T3', 'T1', 'H', 'I', 'Y') == {
            'TC': '14946.93',
            'K1': '2092.57',
            'K2Q': '700.84',
            'K4': '205.94',
            'T3': '49483.65',
            'T1': '41318.85',
            'H': '54.62',
            'I': '232579.88',
            'Y': '47034.38',
        }
        assert outcome(done, 'qpp', 'qpp2', 'ei', 'qpip', 'federal_tax', 'qc_tax', 'net') == {
            'qpp': '0.00',
            'qpp2': '0.00',
            'ei': '0.00',
            'qpip': '0.00',
            'federal_tax': '1589.19',
            'qc_tax': '1809.01',
            'net': '5601.80',
        }
        # 4.26 % of 9,000 has no ceiling; 98,000 of wages were counted long ago by the other two.
        names = ('qpp', 'qpp2', 'ei', 'qpip', 'hsf', 'cnt', 'cnesst')
        assert [str(getattr(done.employer, name)) for name in names] == [
            *('0.00', '0.00', '0.00', '0.00', '383.40', '0.00', '0.00'),
        ]

    def test_bonus_by_the_first_quebec_method(self):
        """2026-05-15, 24 pays, 2,300 + 1,500; eight pays of 2,300 before, Pr = 16.

        C = 6.3 % × (3,800 − 145.83) = 230.21; F5 = 36.54 = 22.12 (A) + 14.42 (B).
        Before: H 8 × 60.42 = 483.36; CSA 8 × 21.54 = 172.32 (21.54 = 135.71 / 6.3).
        D1 = 18,400 + 36,800 + 1,500 = 56,700: 6 % is over 1,450. H2 = 966.64 / 16 = 60.42.
        I1 = 17,744.32 + 16 × 2,217.46 = 53,223.68.
        Y1 = 14 % × I1 (7,451.32) − 2,653.28 = 4,798.04.
        Y2: I1 + 1,485.58 = 54,709.26; 19 % = 10,394.76 − 2,717 − 2,653.28 = 5,024.48.
        Y2 − Y1 = 226.44. The second method has all of it in the 19 % bracket: 282.26.
        """
        before = ytd(
            qpp='1085.68',
            pensionable='18400',
            gross_all='18400',
            gross_periodic='18400',
            h='483.36',
            csa='172.32',
        )
        given = {'lump_sum': '1500', 'ytd': before}
        done = computed('2026-05-15', 24, '2300', qc_lump_method=1, periods_remaining=16, **given)
        assert steps(done, 'F5A', 'F5B', 'CSB1', 'D1', 'H2', 'I1', 'Y1', 'Y2') == {
            'F5A': '22.12',
            'F5B': '14.42',
            'CSB1': '0.00',
            'D1': '56700.00',
            'H2': '60.42',
            'I1': '53223.68',
            'Y1': '4798.04',
            'Y2': '5024.48',
        }
        assert str(done.qc_tax_lump) == '226.44'
        assert str(computed('2026-05-15', 24, '2300', **given).qc_tax_lump) == '282.26'


class TestNet:
    def test_is_gross_less_statutory_and_deductions(self):
        taken = {'rpp': '100', 'rrsp': '50', 'fhsa': '40', 'union_dues': '12.34'}
        taken |= {'other_deductions': '7', 'ftq_shares': '20', 'fondaction_shares': '10'}
        done = computed(lump_sum='500', lump_rpp='25', **taken)
        assert done.net == D(2500) - done.total_statutory - D('264.34')
        parts = [done.qpp, done.qpp2, done.ei, done.qpip, done.federal_tax, done.qc_tax]
        assert done.total_statutory == sum(parts) + done.federal_tax_lump + done.qc_tax_lump

    def test_takes_each_dollar_of_labour_funds_once(self):
        ftq = computed(ftq_shares='50', lsvcc_fed='50')
        alone = computed(lsvcc_fed='50')
        assert ftq.net == D(2000) - ftq.total_statutory - 50
        assert alone.net == D(2000) - alone.total_statutory - 50

    def test_below_zero_is_refused_by_the_deduction_that_does_not_fit(self):
        with pytest.raises(Invalid) as refusal:
            computed(gross='500', rrsp='100', other_deductions='400')
        assert list(refusal.value.fields) == ['other_deductions']
        with pytest.raises(Invalid) as refusal:
            computed(gross='500', fondaction_shares='600')
        assert list(refusal.value.fields) == ['fondaction_shares']

    def test_that_statutory_deductions_exceed_is_refused_by_the_gross(self):
        with pytest.raises(Invalid) as refusal:
            computed(gross='10', pensionable='5000')
        assert list(refusal.value.fields) == ['gross']

    def test_may_be_zero_to_the_cent(self):
        left = computed(gross='500').net
        assert computed(gross='500', other_deductions=str(left)).net == 0


class TestAdditionalTax:
    def test_is_withheld_with_the_tax(self):
        plain = computed()
        done = computed(additional_tax_fed='20', additional_tax_qc='30')
        assert done.federal_tax == plain.federal_tax + 20
        assert done.qc_tax == plain.qc_tax + 30
        assert done.net == plain.net - 50
        assert done.steps == plain.steps

    def test_gives_way_to_the_net_the_federal_one_first_withheld(self):
        left = computed(gross='200').net
        done = computed(gross='200', additional_tax_fed='150', additional_tax_qc='150')
        assert done.net == 0
        assert (done.federal_tax, done.qc_tax) == (150, left - 150)

    def test_is_nothing_of_who_is_exempt(self):
        asked = {'additional_tax_fed': '20', 'additional_tax_qc': '30'}
        done = computed(td1_claim_code='E', tp1015_exempt=True, **asked)
        assert (done.federal_tax, done.qc_tax) == (0, 0)

    def test_is_withheld_though_no_tax_is_due(self):
        done = computed(gross='100', additional_tax_fed='5')
        assert (done.federal_tax, done.qc_tax) == (5, 0)


class TestRefusals:
    @pytest.mark.parametrize('date', ['2023-12-31', '2027-01-01', '1999-06-01'])
    def test_unknown_year(self, date):
        with pytest.raises(Invalid) as refusal:
            computed(date)
        assert list(refusal.value.fields) == ['pay_date']

    @pytest.mark.parametrize(
        ('field', 'given'),
        [
            ('periods', {'periods': 25}),
            ('gross', {'gross': '-0.01'}),
            ('rrsp', {'rrsp': '-5'}),
            ('gross', {'gross': 'NaN'}),
            ('ytd.ei', {'ytd': ytd(ei='-1')}),
            ('ytd.gross_periodic', {'ytd': ytd(gross_all='1', gross_periodic='2')}),
            ('qc_lump_method', {'qc_lump_method': 3}),
            ('qpp_months', {'qpp_months': 13}),
            ('td1_claim_code', {'td1_claim_code': '11'}),
            ('periods_remaining', {'periods_remaining': 27}),
            ('periods_remaining', {'lump_sum': '5', 'qc_lump_method': 1}),
            ('lump_rpp', {'lump_sum': '5', 'lump_rpp': '6'}),
        ],
    )
    def test_bad_values_by_their_fields(self, field, given):
        with pytest.raises(Invalid) as refusal:
            computed(**given)
        assert list(refusal.value.fields) == [field]

    def test_all_at_once(self):
        with pytest.raises(Invalid) as refusal:
            computed(gross='-1', periods=1, qpp_months=99)
        assert list(refusal.value.fields) == ['gross', 'periods', 'qpp_months']

    def test_change_nothing_of_the_pay(self):
        one = pay()
        calculate(one)
        assert one == pay() and one.pay_date == dt.date(2026, 3, 13)
