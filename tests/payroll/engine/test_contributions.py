"""QPP, QPP2, EI, QPIP: exemptions, maxima, special cases."""

from decimal import Decimal

import pytest

from karvo.payroll.engine.contributions import period_exemption
from karvo.payroll.engine.parameters import first_of_year, quebec
from tests.payroll.pays import D, computed, outcome, ytd


class TestExemption:
    @pytest.mark.parametrize(
        ('periods', 'exemption'),
        [
            (52, '67.30'),
            (53, '66.03'),
            (26, '134.61'),
            (27, '129.62'),
            (24, '145.83'),
            (12, '291.66'),
        ],
    )
    def test_is_truncated(self, periods, exemption):
        plan = quebec(first_of_year(2026)).pension_plan
        assert period_exemption(plan, periods) == D(exemption)
        assert computed(periods=periods).steps['V/P'] == D(exemption)

    def test_27_pays_make_another_pay_than_26(self):
        # 6.3 % × (2,000 − 129.62) = 117.83
        assert outcome(computed('2026-01-01', 27), 'qpp') == {'qpp': '117.83'}

    def test_a_lump_sum_paid_apart_has_none(self):
        assert computed(gross='0', lump_sum='1500', lump_separate=True).qpp == D('94.50')
        # Together: 6.3 % × (1,500 − 134.61) = 86.02.
        assert computed(gross='0', lump_sum='1500').qpp == D('86.02')

    def test_wages_beside_a_lump_sum_paid_apart_keep_theirs(self):
        """6.3 % × (2,000 − 134.61 + 1,500) = 212.02; the exemption is not used twice."""
        both = {'gross': '2000', 'lump_sum': '1500'}
        assert computed(lump_separate=True, **both).qpp == computed(**both).qpp == D('212.02')
        # But what wages of 100 leave of it does not reduce the lump sum.
        small = {'gross': '100', 'lump_sum': '1500'}
        assert computed(lump_separate=True, **small).qpp == D('94.50')
        assert computed(**small).qpp == D('92.32')

    def test_a_contribution_under_a_cent_is_a_cent(self):
        assert computed(gross='134.62').qpp == D('0.01')
        assert computed(gross='134.61').qpp == 0
        assert outcome(computed(gross='1'), 'qpip', 'ei') == {'qpip': '0.01', 'ei': '0.01'}
        assert computed(gross='0.01').ei == 0
        assert computed(gross='0.01').qpip == D('0.01')


class TestMaxima:
    def test_what_is_left_is_withheld_and_then_nothing(self):
        before = {'qpp': '4479.00', 'ei': '895.69', 'qpip': '442.00', 'qpip_employer': '620.00'}
        done = computed(ytd=ytd(**before))
        assert outcome(done, 'qpp', 'ei', 'qpip') == {'qpp': '0.30', 'ei': '0.01', 'qpip': '0.90'}
        assert done.employer.qpip == D('0.06')
        reached = ytd(qpp='4479.30', ei='895.70', qpip='442.90', qpp2='416')
        assert computed(ytd=reached).qpp == 0

    def test_more_than_the_maximum_withheld_already_takes_nothing_back(self):
        before = ytd(qpp='5000', ei='1000', qpip='500', qpp2='500', pensionable='90000')
        done = computed(ytd=before)
        assert (done.qpp, done.qpp2, done.ei, done.qpip) == (0, 0, 0, 0)

    @pytest.mark.parametrize(
        ('pensionable', 'withheld', 'second'),
        [
            ('70000', '0', '0.00'),  # 72,000 is still under 74,600
            ('72600', '0', '0.00'),
            ('73000', '0', '16.00'),  # 400 above
            ('80000', '216', '80.00'),  # W is what was earned already
            ('84000', '376', '40.00'),  # room
            ('90000', '416', '0.00'),
        ],
    )
    def test_second_contribution_starts_above_the_first_maximum(
        self, pensionable, withheld, second
    ):
        done = computed(ytd=ytd(pensionable=pensionable, qpp2=withheld, qpp='4479.30'))
        assert done.qpp2 == done.employer.qpp2 == D(second)
        assert done.steps['W'] == max(D(pensionable), D('74600'))


class TestEarnings:
    def test_each_plan_counts_its_own(self):
        done = computed(pensionable='1000', insurable='500', qpip_insurable='250')
        # 6.3 % × (1,000 − 134.61), 1.3 % × 500, 0.43 % × 250
        assert outcome(done, 'qpp', 'ei', 'qpip') == {'qpp': '54.52', 'ei': '6.50', 'qpip': '1.08'}
        assert done.employer.qpip == D('1.51')  # 0.602 % × 250 = 1.505
        assert done.employer.ei == D('9.10')

    def test_nothing_that_counts_is_no_division(self):
        done = computed(pensionable='0', insurable='0', qpip_insurable='0', lump_sum='100')
        assert (done.qpp, done.ei, done.qpip) == (0, 0, 0)
        assert (done.steps['F5A'], done.steps['F5B']) == (0, 0)


class TestWhoIsExempt:
    def test_of_qpp_at_65_with_a_pension_or_before_18(self):
        done = computed(qpp_exempt=True, ytd=ytd(pensionable='80000'))
        assert (done.qpp, done.qpp2, done.employer.qpp, done.employer.qpp2) == (0, 0, 0, 0)
        assert done.ei == D('26.00') and done.qpip == D('8.60')
        assert done.steps['F5'] == 0

    def test_of_ei_with_most_of_the_votes(self):
        done = computed(ei_exempt=True)
        assert (done.ei, done.employer.ei) == (0, 0)
        assert done.qpip == D('8.60')
        # 14 % × (26 × 98.87 + 26 × 8.60): the credit for QPIP stays.
        assert done.steps['K2Q'] == D('391.19')

    def test_born_in_march_18_years_ago_has_nine_months(self):
        """4,479.30 × 9/12 = 3,359.48; MPE 55,950; QPP2 312."""
        before = ytd(qpp='3359.40', pensionable='55000')
        done = computed(qpp_months=9, ytd=before)
        assert (done.qpp, done.steps['W']) == (D('0.08'), D('55950'))
        assert done.qpp2 == D('42.00')  # 4 % × 1,050
        capped = computed(qpp_months=9, ytd=ytd(qpp='3359.48', qpp2='311.99', pensionable='70000'))
        assert (capped.qpp, capped.qpp2) == (0, D('0.01'))

    def test_no_month_no_contribution(self):
        done = computed(qpp_months=0)
        assert (done.qpp, done.qpp2) == (0, 0)


class TestAdditionalQpp:
    def test_is_split_between_pay_and_lump_sum_each_rounded_alone(self):
        done = computed('2026-05-15', 24, '2400', lump_sum='1500')
        assert done.steps['F5A'] + done.steps['F5B'] == done.steps['F5'] == D('37.54')

    def test_holds_all_of_the_second_contribution(self):
        done = computed(ytd=ytd(qpp='4479.30', pensionable='80000', qpp2='0'))
        assert done.steps['F5'] == done.qpp2 == Decimal('80.00')
