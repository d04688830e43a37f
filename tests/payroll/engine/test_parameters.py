"""The figures of the years, and files that contradict themselves."""

import datetime as dt
from decimal import Decimal

import msgspec
import pytest

from karvo.kit.errors import Invalid
from karvo.payroll.engine import parameters
from karvo.payroll.engine.parameters import Bracket, check, federal, quebec
from tests.payroll.pays import D


def day(text):
    return dt.date.fromisoformat(text)


class TestChosenByPayDate:
    @pytest.mark.parametrize(
        ('date', 'rate', 'second'),
        [
            ('2024-01-01', '0.15', '3073'),
            ('2024-12-31', '0.15', '3073'),
            ('2025-01-01', '0.15', '3156'),
            ('2025-06-30', '0.15', '3156'),
            ('2025-07-01', '0.14', '3729'),
            ('2025-12-31', '0.14', '3729'),
            ('2026-07-01', '0.14', '3804'),
        ],
    )
    def test_the_lowest_federal_rate_changes_in_july_2025(self, date, rate, second):
        law = federal(day(date))
        assert (law.credit_rate, law.brackets[1].constant) == (D(rate), D(second))

    def test_both_jurisdictions_know_the_same_years(self):
        assert parameters.years() == (2024, 2025, 2026)

    def test_an_unknown_year_is_refused(self):
        for find in (federal, quebec):
            with pytest.raises(Invalid) as refusal:
                find(day('2027-01-01'))
            assert 'pay_date' in refusal.value.fields

    def test_every_file_names_its_source(self):
        for date in ('2024-01-01', '2025-01-01', '2025-07-01', '2026-01-01'):
            assert 'T4127' in federal(day(date)).source
            assert 'Revenu Québec' in quebec(day(date)).source


class TestPublishedFigures:
    @pytest.mark.parametrize(
        ('year', 'qpp', 'base', 'second', 'rate'),
        [
            (2024, '4160.00', '3510.00', '188.00', '0.064'),
            (2025, '4339.20', '3661.20', '396.00', '0.064'),
            (2026, '4479.30', '3768.30', '416.00', '0.063'),
        ],
    )
    def test_qpp(self, year, qpp, base, second, rate):
        plan = quebec(dt.date(year, 5, 1)).pension_plan
        assert (plan.most, plan.most_base) == (D(qpp), D(base))
        assert (plan.second_most, plan.rate) == (D(second), D(rate))

    @pytest.mark.parametrize(
        ('year', 'ei', 'employer_ei', 'qpip', 'employer_qpip'),
        [
            (2024, '834.24', '1167.94', '464.36', '650.48'),
            (2025, '860.67', '1204.94', '484.12', '678.16'),
            (2026, '895.70', '1253.98', '442.90', '620.06'),
        ],
    )
    def test_ei_and_qpip(self, year, ei, employer_ei, qpip, employer_qpip):
        plan = federal(dt.date(year, 5, 1)).employment_insurance
        assert plan.most == D(ei)
        assert round(plan.most * plan.employer_multiple, 2) == D(employer_ei)
        parental = quebec(dt.date(year, 5, 1)).parental_insurance
        assert (parental.most, parental.employer_most) == (D(qpip), D(employer_qpip))

    @pytest.mark.parametrize(
        ('year', 'constants'),
        [
            (2024, [0, 2589, 7766, 9971]),
            (2025, [0, 2662, 7987, 10255]),
            (2026, [0, 2717, 8151, 10465]),
        ],
    )
    def test_quebec_constants_are_the_running_sum_without_cents(self, year, constants):
        rows = quebec(dt.date(year, 1, 1)).brackets
        exact, found = Decimal(0), [0]
        for lower, upper in zip(rows, rows[1:], strict=False):
            exact += (upper.rate - lower.rate) * upper.start
            found.append(int(exact))
        assert found == [row.constant for row in rows] == constants


class TestCheck:
    """What would be wrong in a file stops the program, not a pay."""

    @pytest.fixture
    def year(self):
        return quebec(day('2026-01-01'))

    @pytest.mark.parametrize(
        ('change', 'why'),
        [
            ({'source': ' '}, 'source'),
            ({'effective_to': dt.date(2027, 1, 1)}, 'one year'),
            ({'brackets': (Bracket(D(5), D('0.14'), D(0)),)}, 'starts above 0'),
        ],
    )
    def test_refuses(self, year, change, why):
        with pytest.raises(ValueError, match=why):
            check([msgspec.structs.replace(year, **change)])

    def test_refuses_a_constant_that_does_not_follow(self, year):
        first, second, *rest = year.brackets
        wrong = (first, msgspec.structs.replace(second, constant=D(2719)), *rest)
        with pytest.raises(ValueError, match='constant 2719'):
            check([msgspec.structs.replace(year, brackets=wrong)])

    def test_refuses_a_maximum_that_does_not_follow(self, year):
        plan = msgspec.structs.replace(year.pension_plan, base_rate=D('0.054'))
        with pytest.raises(ValueError, match='QPP maximum'):
            check([msgspec.structs.replace(year, pension_plan=plan)])
        law = federal(day('2026-01-01'))
        insured = msgspec.structs.replace(law.employment_insurance, rate=D('0.0131'))
        with pytest.raises(ValueError, match='EI maximum'):
            check([msgspec.structs.replace(law, employment_insurance=insured)])

    def test_refuses_periods_that_overlap(self, year):
        with pytest.raises(ValueError, match='overlaps'):
            check([year, year])
