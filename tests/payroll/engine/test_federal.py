"""T4127: claims, credits, labour funds, lump sums."""

import pytest

from karvo.payroll.engine.federal import basic_amount, bracket, claim_code_amount
from karvo.payroll.engine.parameters import federal, first_of_year
from tests.payroll.pays import D, computed, steps, ytd

LAW = federal(first_of_year(2026))


class TestClaim:
    @pytest.mark.parametrize(
        ('code', 'amount'),
        [
            (0, '0'),
            (1, '16452'),
            (2, '17868.50'),
            (3, '20701.50'),
            (4, '23534.50'),
            (5, '26367.50'),
            (6, '29200.50'),
            (7, '32033.50'),
            (8, '34866.50'),
            (9, '37699.50'),
            (10, '40532.50'),
        ],
    )
    def test_codes_of_2026(self, code, amount):
        assert claim_code_amount(LAW, code) == D(amount)
        assert computed(td1_claim_code=code).steps['TC'] == D(amount)
        assert computed(td1_claim_code=str(code)).steps['TC'] == D(amount)

    def test_code_e_frees_from_all_federal_tax(self):
        done = computed(td1_claim_code='E', lump_sum='5000', td1_total='0')
        assert (done.federal_tax, done.federal_tax_lump) == (0, 0)
        assert done.qc_tax > 0 and done.qpp > 0

    def test_a_total_counts_more_than_a_code(self):
        assert computed(td1_total='20000.25', td1_claim_code=1).steps['TC'] == D('20000.25')

    @pytest.mark.parametrize(
        ('income', 'amount'),
        [
            ('50000', '16452.00'),
            ('181440', '16452.00'),
            ('181441', '16451.98'),
            ('200000', '16061.01'),
            ('258481.99', '14829.00'),
            ('258482', '14829.00'),
            ('900000', '14829.00'),
            ('-5', '16452.00'),
        ],
    )
    def test_without_a_form_the_basic_amount_falls_with_income(self, income, amount):
        """200,000: 16,452 − 18,560 × 1,623 / 77,042 = 16,452 − 390.993"""
        assert basic_amount(LAW, D(income)) == D(amount)

    def test_code_1_is_the_full_amount_at_any_income(self):
        assert computed(gross='20000').steps['TC'] == D('14829.00')
        assert computed(gross='20000', td1_claim_code=1).steps['TC'] == D('16452')


class TestBrackets:
    def test_start_at_their_thresholds(self):
        assert bracket(LAW.brackets, D('58522.99')).rate == D('0.14')
        assert bracket(LAW.brackets, D('58523')).rate == D('0.205')
        assert bracket(LAW.brackets, D('-1')).rate == D('0.14')
        assert bracket(LAW.brackets, D('9999999')).rate == D('0.33')

    def test_june_and_july_2025_differ(self):
        june, july = computed('2025-06-30', 26), computed('2025-07-01', 26)
        assert june.steps['K1'] == D('2419.35') and july.steps['K1'] == D('2258.06')
        assert june.federal_tax > july.federal_tax and june.qc_tax == july.qc_tax


class TestCredits:
    def test_k4_is_of_the_income_up_to_the_employment_amount(self):
        assert computed(gross='50').steps['K4'] == D('182.00')  # 14 % × 1,300
        assert computed(gross='60').steps['K4'] == D('210.14')

    def test_k2q_takes_the_year_to_date_where_that_is_more(self):
        """A pay of 200 after bigger ones: QPP 3,000 × 5.3 / 6.3 = 2,523.81, EI 600,
        QPIP 26 × 0.86 = 22.36."""
        done = computed(gross='200', ytd=ytd(qpp='3000', ei='600'))
        assert done.steps['K2Q'] == D('440.46')

    def test_k2q_takes_the_maximum_from_the_pay_that_reaches_it(self):
        """One cent short of the maxima and reaching them: 14 % × (3,768.30 + 895.70 + 223.60)."""
        reaching = computed(ytd=ytd(qpp='4400', ei='880'))
        assert reaching.steps['K2Q'] == D('684.26')
        short = computed(ytd=ytd(qpp='4361.77', ei='869.69'))
        assert (short.qpp, short.ei) == (D('117.52'), D('26.00'))
        # 4,361.77 × 5.3 / 6.3 = 3,669.43; 26 × 98.87 is less; so is 26 × 26.
        assert short.steps['K2Q'] == D('666.78')

    def test_k3_is_taken_off_the_tax(self):
        assert computed(k3='100').steps['T3'] == computed().steps['T3'] - 100

    def test_labour_funds_15_percent_at_most_750_a_year(self):
        """26 × 15 % × 50 = 195 off T1; 26 × 15 % × 200 = 780 is 750."""
        plain = computed().steps['T1']
        assert computed(lsvcc_fed='50').steps['T1'] == plain - 195
        assert computed(lsvcc_fed='200').steps['T1'] == plain - 750

    def test_the_abatement_is_of_t3_before_labour_funds(self):
        done = computed(gross='900', lsvcc_fed='200')
        assert done.steps['T3'] - 750 < 0 and done.steps['T1'] == 0

    def test_an_fhsa_is_deducted_in_quebec_only(self):
        plain, done = computed(), computed(fhsa='100')
        assert done.federal_tax == plain.federal_tax
        assert done.steps['I'] == plain.steps['I'] - 2600

    def test_union_dues_are_deducted_in_ottawa_only(self):
        plain, done = computed(), computed(union_dues='100')
        assert done.steps['A'] == plain.steps['A'] - 2600
        assert done.qc_tax == plain.qc_tax

    def test_no_income_no_tax(self):
        done = computed(gross='0')
        assert done.net == done.total_statutory == 0
        assert steps(done, 'A', 'T3', 'T1') == {'A': '0.00', 'T3': '0.00', 'T1': '0.00'}


class TestLumpSum:
    def test_income_up_to_5000_is_taxed_10_percent(self):
        assert computed(periods=12, gross='200', lump_sum='1000').federal_tax_lump == 100
        # 12 × 340 + 1,000 is over 5,000: nothing is due.
        assert computed(periods=12, gross='340', lump_sum='1000').federal_tax_lump == 0

    def test_a_low_pay_late_in_the_year_is_no_small_income(self):
        before = ytd(gross_all='60000', gross_periodic='60000')
        late = computed(periods=12, gross='200', lump_sum='1000', ytd=before)
        assert late.federal_tax_lump == 0

    def test_earlier_lump_sums_of_the_year_push_it_up(self):
        """A = 57,045.60 beside 1,477.40 under the 20.5 % row: the first bonus fills it."""
        before = ytd(gross_all='24200', gross_periodic='19200', qpp='1136.08', csa='180.33')
        second = computed('2026-05-15', 24, '2400', lump_sum='1500', ytd=before)
        assert second.steps['A_without'] == D('62045.60')
        # 20.5 % × 1,485.56 = 304.54 less 14 % × 105.45 = 14.76, × 0.835: 241.97
        assert second.federal_tax_lump == D('241.97')
        first = computed('2026-05-15', 24, '2400', lump_sum='1500')
        assert first.federal_tax_lump == D('161.78')

    def test_their_additional_qpp_is_taken_off_them(self):
        """F5 so far (1,136.08 + 315) / 6.3 = 230.33, of which 180.32 is on wages: 50.01."""
        before = ytd(gross_all='24200', gross_periodic='19200', qpp='1451.08', csa='180.32')
        done = computed('2026-05-15', 24, '2400', lump_sum='1500', ytd=before)
        assert done.steps['CSB1'] == D('50.01')
        assert done.steps['A_without'] == D('57045.60') + 5000 - D('50.01')
        # Without the sum of CSA: by the lump sums' share of the gross, 230.33 × 5 / 24.2.
        before = ytd(gross_all='24200', gross_periodic='19200', qpp='1451.08')
        done = computed('2026-05-15', 24, '2400', lump_sum='1500', ytd=before)
        assert done.steps['CSB1'] == D('47.59')

    def test_registered_contributions_of_it_are_taken_off(self):
        plain = computed('2026-05-15', 24, '2400', lump_sum='1500')
        done = computed('2026-05-15', 24, '2400', lump_sum='1500', lump_rpp='500')
        assert done.steps['A_with'] == plain.steps['A_with'] - 500
        assert done.steps['I_lump'] == plain.steps['I_lump'] - 500
        # 19 % × (1,000 − 14.44)
        assert done.qc_tax_lump == D('187.26')
        assert done.federal_tax == plain.federal_tax
