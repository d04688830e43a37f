"""Gross pay: salary and hours, overtime, holidays, vacation (facts 3)."""

import datetime as dt
from decimal import Decimal

import pytest

from karvo.payroll.earned import Period, Sheet, Terms, earnings, hourly_value, vacation_of

MONDAY = dt.date(2026, 3, 2)
HOURLY = {
    'pay_type': 'hourly',
    'pay_rate': Decimal(20),
    'weekly_hours': Decimal(40),
    'hire_date': None,
    'termination_date': None,
    'vacation_pct': Decimal(4),
    'vacation_method': 'accrue',
}
SALARY = HOURLY | {'pay_type': 'salary', 'pay_rate': Decimal(52000)}


def period(start=dt.date(2026, 3, 1), days=7, holidays=(), periods=52):
    end = start + dt.timedelta(days=days - 1)
    return Period(start=start, end=end, periods=periods, week_starts=6, holidays=holidays)


def sheet(n, hours, type='regular', multiplier='1', is_own=True, start=MONDAY):
    return Sheet(
        id=n,
        employee_id=1,
        date=start + dt.timedelta(days=n),
        hours=Decimal(str(hours)),
        type=type,
        rate_multiplier=Decimal(multiplier),
        is_own=is_own,
    )


def amounts(terms, sheets, **values):
    return {line.code: line.amount for line in earnings(Terms(**terms), period(**values), sheets)}


class TestHours:
    def test_beyond_40_in_a_week_is_overtime(self):
        assert amounts(HOURLY, [sheet(n, 9) for n in range(5)]) == {'regular': 800, 'overtime': 150}

    def test_vacation_fills_the_40_and_is_no_overtime(self):
        sheets = [sheet(0, 8, 'vacation'), *(sheet(n, 9) for n in range(1, 5))]
        assert amounts(HOURLY, sheets) == {'regular': 640, 'overtime': 120, 'vacation': 160}

    def test_the_part_of_the_week_that_was_paid_before_counts(self):
        sheets = [sheet(n, 9, is_own=n > 2) for n in range(5)]
        found = amounts(HOURLY, sheets, start=dt.date(2026, 3, 5))
        assert found == {'regular': 260, 'overtime': 150}

    def test_what_was_entered_as_overtime_has_its_own_multiplier(self):
        sheets = [sheet(0, 8), sheet(1, 2, 'overtime', '2'), sheet(2, 1, 'overtime', '1.5')]
        lines = earnings(Terms(**HOURLY), period(), sheets)
        found = [(line.code, line.rate, line.amount) for line in lines]
        assert found == [('regular', 20, 160), ('overtime', 30, 30), ('overtime', 40, 80)]

    def test_sick_is_paid_and_unpaid_is_not(self):
        assert amounts(HOURLY, [sheet(0, 8, 'sick'), sheet(1, 8, 'unpaid')]) == {'sick': 160}

    def test_a_holiday_of_the_company_is_paid_by_the_hour(self):
        assert amounts(HOURLY, [sheet(0, 8, 'holiday')]) == {'holiday': 160}

    def test_a_statutory_one_by_a_twentieth_of_four_weeks(self):
        before = [
            sheet(n, 8, is_own=False, start=dt.date(2026, 5, 3)) for n in range(28) if n % 7 % 6
        ]
        holiday = dt.date(2026, 6, 1)
        lines = earnings(
            Terms(**HOURLY),
            period(dt.date(2026, 5, 31), holidays=(holiday,)),
            [*before, sheet(0, 8, 'holiday', start=holiday)],
        )
        assert [(line.code, line.amount) for line in lines] == [('holiday_indemnity', 160)]


class TestSalary:
    def test_is_a_pth_of_the_year(self):
        assert amounts(SALARY, [sheet(0, 8)], periods=53) == {'salary': Decimal('981.13')}

    def test_vacation_is_a_part_of_it_and_unpaid_days_are_not(self):
        sheets = [sheet(0, 8, 'vacation'), sheet(1, 4, 'unpaid'), sheet(2, 2, 'overtime', '1.5')]
        assert amounts(SALARY, sheets) == {'salary': 700, 'vacation': 200, 'overtime': 75}

    def test_by_the_weekdays_of_employment(self):
        assert amounts(SALARY | {'hire_date': dt.date(2026, 3, 5)}, []) == {'salary': 400}
        assert amounts(SALARY | {'termination_date': dt.date(2026, 3, 2)}, []) == {'salary': 200}

    def test_an_hour_of_it(self):
        assert hourly_value(Terms(**SALARY | {'weekly_hours': Decimal('37.5')})) == Decimal(
            '26.6667'
        )


class TestVacation:
    @pytest.mark.parametrize(
        ('method', 'gross', 'paid', 'accrued'),
        [('accrue', '800', '0', '32.00'), ('each_pay', '832', '32.00', '32.00')],
    )
    def test_accrued_or_paid(self, method, gross, paid, accrued):
        terms = Terms(**HOURLY | {'vacation_method': method})
        lines = earnings(terms, period(), [sheet(n, 8) for n in range(5)])
        assert sum(line.amount for line in lines) == Decimal(gross)
        assert vacation_of(terms, lines) == (Decimal(paid), Decimal(accrued))
