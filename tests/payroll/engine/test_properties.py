"""What holds for every pay and every year: rising with gross, maxima to the cent, any order."""

import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karvo.payroll.engine.parameters import federal, first_of_year, quebec
from karvo.payroll.engine.pay import PERIODS
from tests.payroll.pays import D, computed, total, year

DATES = ('2024-05-10', '2025-03-14', '2025-09-12', '2026-03-13')
quick = settings(max_examples=60, deadline=None, derandomize=True, database=None)
amounts = st.decimals(0, 30_000, places=2)
PLANS = ('qpp', 'qpp2', 'ei', 'qpip')


def maxima(number):
    pension = quebec(first_of_year(number)).pension_plan
    parental = quebec(first_of_year(number)).parental_insurance
    insurance = federal(first_of_year(number)).employment_insurance
    return [pension.most, pension.second_most, insurance.most, parental.most]


class TestOfAPay:
    @quick
    @given(st.sampled_from(DATES), st.sampled_from(PERIODS), amounts, st.decimals(1, 900, places=2))
    def test_more_gross_is_more_net_and_no_less_of_anything(self, date, periods, gross, more):
        """A dollar more at least: the tables' constants are whole dollars, so that a year's tax
        may jump by up to half of one at a threshold."""
        less = computed(date, periods, str(gross))
        most = computed(date, periods, str(gross + more))
        assert most.net > less.net
        for name in PLANS:
            assert getattr(most, name) >= getattr(less, name), name
        for name in ('qpp', 'qpp2', 'ei', 'qpip', 'cnt'):
            assert getattr(most.employer, name) >= getattr(less.employer, name), name
        assert most.qc_tax >= less.qc_tax - D('0.05')

    @quick
    @given(st.sampled_from(DATES), st.sampled_from(PERIODS), amounts, amounts, amounts)
    def test_the_net_is_never_negative_and_adds_up(self, date, periods, gross, lump, extra):
        done = computed(
            date,
            periods,
            str(gross),
            lump_sum=str(lump),
            additional_tax_fed=str(extra),
            additional_tax_qc=str(extra),
        )
        assert done.net >= 0
        assert done.net + done.total_statutory == gross + lump
        assert min(done.steps['T3'], done.steps['T1'], done.steps['Y'], done.steps['H']) >= 0
        shown = [*done.steps.values(), done.net, done.total_statutory]
        assert all(value == round(value, 2) for value in shown)

    @quick
    @given(amounts, st.sampled_from(['rrsp', 'rpp', 'union_dues', 'fhsa']))
    def test_a_deduction_never_raises_a_tax(self, gross, name):
        plain = computed(gross=str(gross + 1000))
        done = computed(gross=str(gross + 1000), **{name: '100'})
        assert done.federal_tax <= plain.federal_tax
        assert done.qc_tax <= plain.qc_tax


class TestOfAYear:
    @pytest.mark.parametrize('periods', PERIODS)
    @pytest.mark.parametrize('number', [2024, 2025, 2026])
    def test_uneven_pays_reach_every_maximum_to_the_cent(self, periods, number):
        """110,000 a year is above every ceiling by more than rounding can lose."""
        drawn = random.Random(periods * number)
        weights = [drawn.randint(50, 150) for _ in range(periods)]
        grosses = [(D(110_000) * weight / sum(weights)).quantize(D('0.01')) for weight in weights]
        results = year(grosses, periods, f'{number}-08-14')
        assert [total(results, name) for name in PLANS] == maxima(number)
        employers = [one.employer for one in results]
        most = quebec(first_of_year(number)).parental_insurance.employer_most
        assert total(employers, 'qpip') == most
        # 1.4 × each premium, rounded each: half a cent a pay at most.
        law = federal(first_of_year(number)).employment_insurance
        off = total(employers, 'ei') - law.employer_multiple * law.most
        assert abs(off) <= D('0.005') * periods
        assert abs(total(employers, 'cnt') - quebec_cnt(number)) <= D('0.005') * periods

    @settings(quick, max_examples=25)
    @given(
        st.sampled_from([12, 24, 26, 27]), st.lists(st.decimals(0, 9_000, places=2), min_size=12,
        max_size=12), st.randoms(use_true_random=False),
    )  # fmt: skip
    def test_the_order_of_the_pays_does_not_matter(self, periods, grosses, drawn):
        """QPP, EI, QPIP: exactly. What a pay contributes before the maximum depends on that pay
        alone (its own exemption, its own rounding, its own least cent), and the year takes the
        smaller of their sum and the maximum. This holds as long as `periods` and PM are the same
        for all pays and every pay has its exemption. QPP2 counts what is above the first ceiling
        in all so far, so that its roundings fall elsewhere: half a cent a pay."""
        results = year(grosses, periods)
        shuffled = year(drawn.sample(grosses, len(grosses)), periods)
        for name in ('qpp', 'ei', 'qpip'):
            assert total(results, name) == total(shuffled, name), name
        off = total(results, 'qpp2') - total(shuffled, 'qpp2')
        assert abs(off) <= D('0.01') * len(grosses)

    @pytest.mark.parametrize('number', [2024, 2025, 2026])
    def test_equal_pays_up_to_the_first_ceiling_owe_all_but_cents_of_it(self, number):
        """The truncated exemption never withholds too little: 26 pays of MPE / 26."""
        plan = quebec(first_of_year(number)).pension_plan
        gross = (plan.most_pensionable / 26).quantize(D('0.01'))
        results = year([gross] * 26, 26, f'{number}-08-14')
        assert abs(total(results, 'qpp') - plan.most) <= D('0.15')
        assert total(results, 'qpp2') <= D('0.05')


def quebec_cnt(number: int) -> Decimal:
    rule = quebec(first_of_year(number)).labour_standards
    return rule.rate * rule.most
