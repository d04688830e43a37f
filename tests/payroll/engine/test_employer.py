"""Employers' charges: HSF by payroll, CNT, CNESST, WSDRF, shares of the plans."""

import pytest

from karvo.kit.errors import Invalid
from karvo.payroll.engine.employer import hsf_rate, wsdrf
from tests.payroll.pays import D, computed, ytd


class TestHsfRate:
    @pytest.mark.parametrize(
        ('year', 'payroll', 'sector', 'rate'),
        [
            (2026, '0', 'other', '1.65'),
            (2026, '1000000', 'other', '1.65'),
            (2026, '3000000', 'other', '2.42'),  # 1.2662 + 1.1514 = 2.4176
            (2026, '7800000', 'other', '4.26'),
            (2026, '50000000', 'other', '4.26'),
            (2026, '1000000', 'primary_manufacturing', '1.25'),
            (2026, '7800000', 'primary_manufacturing', '4.26'),
            (2026, '10', 'public', '4.26'),
            (2025, '1000000', 'other', '1.65'),
            (2025, '7500000', 'other', '4.14'),  # 1.2662 + 2.8785 = 4.1447
            (2024, '1000000', 'other', '1.65'),
            (2024, '7500000', 'other', '4.26'),
            (2024, '1000000', 'primary_manufacturing', '1.25'),
            (2024, '7500000', 'primary_manufacturing', '4.26'),
        ],
    )
    def test_of_a_payroll(self, year, payroll, sector, rate):
        assert hsf_rate(year, D(payroll), sector) == D(rate)

    def test_refuses_an_unknown_year_and_a_negative_payroll(self):
        for given, field in (((2027, D(1)), 'year'), ((2026, D(-1)), 'payroll')):
            with pytest.raises(Invalid) as refusal:
                hsf_rate(*given)
            assert list(refusal.value.fields) == [field]


class TestWsdrf:
    @pytest.mark.parametrize(
        ('payroll', 'training', 'due'),
        [
            ('2000000', '0', '0'),
            ('2000000.01', '0', '20000.00'),
            ('3000000', '12500.50', '17499.50'),
            ('3000000', '40000', '0'),
        ],
    )
    def test_is_1_percent_less_training(self, payroll, training, due):
        assert wsdrf(2026, D(payroll), D(training)) == D(due)


class TestCharges:
    def test_are_rounded_each(self):
        done = computed(gross='1234.56', hsf_rate='1.65', cnesst_rate='1.12').employer
        # 1.65 % = 20.370…, 0.06 % = 0.7407, 1.12 % = 13.827
        assert (done.hsf, done.cnt, done.cnesst) == (D('20.37'), D('0.74'), D('13.83'))

    def test_of_lump_sums_too(self):
        done = computed(gross='1000', lump_sum='1000', hsf_rate='2').employer
        assert (done.hsf, done.cnt) == (D('40.00'), D('1.20'))

    @pytest.mark.parametrize(
        ('date', 'ceiling'),
        [('2024-12-01', '94000'), ('2025-12-01', '98000'), ('2026-12-01', '103000')],
    )
    def test_cnt_and_cnesst_end_at_the_years_ceiling(self, date, ceiling):
        before = ytd(gross_all=str(D(ceiling) - 500), gross_periodic='0')
        done = computed(date, ytd=before, hsf_rate='1', cnesst_rate='1').employer
        assert (done.cnt, done.cnesst, done.hsf) == (D('0.30'), D('5.00'), D('20.00'))

    def test_ei_is_1_4_times_the_premium(self):
        assert computed(gross='1234.56').employer.ei == D('22.47')  # 16.05 × 1.4
