"""Due dates of remittances at the CRA and at Revenu Québec."""

import datetime as dt

import pytest

from karvo.kit.errors import Invalid
from karvo.payroll.due_dates import (
    business_days_after,
    due_date,
    is_business_day,
    period_end,
    tolerated_until,
)


def day(text):
    return dt.date.fromisoformat(text)


#: Revenu Québec's remittance schedule for 2025, weekly: end of the period, due date.
WEEKLY_2025 = """
2025-01-07 2025-01-10
2025-01-14 2025-01-17
2025-01-21 2025-01-24
2025-01-31 2025-02-05
2025-02-07 2025-02-12
2025-02-14 2025-02-19
2025-02-21 2025-02-26
2025-02-28 2025-03-05
2025-03-07 2025-03-12
2025-03-14 2025-03-19
2025-03-21 2025-03-26
2025-03-31 2025-04-03
2025-04-07 2025-04-10
2025-04-14 2025-04-17
2025-04-21 2025-04-24
2025-04-30 2025-05-05
"""


class TestWeekly:
    @pytest.mark.parametrize('row', WEEKLY_2025.split('\n')[1:-1])
    def test_as_published(self, row):
        end, due = map(day, row.split())
        assert due_date(end, 'weekly', 'rq') == due
        assert period_end(end - dt.timedelta(days=3), 'weekly') == end

    def test_the_days_after_the_21st_are_one_period(self):
        assert period_end(day('2026-02-22'), 'weekly') == day('2026-02-28')
        assert period_end(day('2024-02-22'), 'weekly') == day('2024-02-29')

    def test_year_end_holidays_are_no_business_days(self):
        """Revenu Québec is closed on 31 December and 2 January: 5, 6, 7 January 2026."""
        assert due_date(day('2025-12-24'), 'weekly', 'rq') == day('2026-01-07')
        assert due_date(day('2025-12-24'), 'weekly', 'cra') == day('2026-01-06')


class TestDueDate:
    @pytest.mark.parametrize(
        ('paid', 'frequency', 'authority', 'due'),
        [
            ('2026-03-13', 'monthly', 'rq', '2026-04-15'),
            ('2026-01-30', 'monthly', 'cra', '2026-02-16'),  # 15 February is a Sunday
            ('2026-12-31', 'monthly', 'cra', '2027-01-15'),
            ('2026-02-10', 'quarterly', 'rq', '2026-04-15'),
            ('2026-12-01', 'quarterly', 'cra', '2027-01-15'),
            ('2026-07-04', 'annual', 'rq', '2027-01-15'),
            ('2026-09-15', 'twice_monthly', 'cra', '2026-09-25'),
            ('2026-09-16', 'twice_monthly', 'cra', '2026-10-13'),  # Saturday, then Thanksgiving
            ('2026-12-15', 'twice_monthly', 'cra', '2026-12-28'),  # Christmas, Boxing Day, weekend
            ('2026-12-15', 'twice_monthly', 'rq', '2026-12-28'),
            ('2026-12-20', 'twice_monthly', 'rq', '2027-01-11'),
        ],
    )
    def test_of_a_pay(self, paid, frequency, authority, due):
        assert due_date(day(paid), frequency, authority) == day(due)

    def test_the_cra_knows_no_annual_remittance(self):
        with pytest.raises(Invalid, match='frequency'):
            due_date(day('2026-01-01'), 'annual', 'cra')


class TestTolerance:
    def test_the_last_period_of_december_until_15_january(self):
        for frequency in ('weekly', 'twice_monthly'):
            assert tolerated_until(day('2026-12-30'), frequency, 'rq') == day('2027-01-15')

    def test_no_weekend_extends_it(self):
        """15 January 2028 is a Saturday."""
        assert tolerated_until(day('2027-12-30'), 'weekly', 'rq') == day('2028-01-15')

    def test_otherwise_the_due_date(self):
        for paid, frequency, authority in (
            ('2026-12-10', 'twice_monthly', 'rq'),
            ('2026-12-30', 'twice_monthly', 'cra'),
            ('2026-12-30', 'monthly', 'rq'),
        ):
            due = due_date(day(paid), frequency, authority)
            assert tolerated_until(day(paid), frequency, authority) == due


class TestBusinessDays:
    @pytest.mark.parametrize(
        ('date', 'cra', 'rq'),
        [
            ('2026-04-03', False, False),
            ('2026-04-06', False, False),
            ('2026-06-24', False, False),
            ('2026-09-30', False, True),
            ('2026-11-11', False, True),
            ('2026-12-24', True, False),
            ('2026-08-03', True, True),  # the civic holiday is none in Quebec
            ('2029-07-02', False, False),  # Canada Day, a Sunday
            ('2026-03-14', False, False),
        ],
    )
    def test_of_each_authority(self, date, cra, rq):
        assert is_business_day(day(date), 'cra') == cra
        assert is_business_day(day(date), 'rq') == rq

    def test_are_counted_from_the_day_after(self):
        assert business_days_after(day('2026-03-13'), 1, 'rq') == day('2026-03-16')
        assert business_days_after(day('2026-03-13'), 0, 'rq') == day('2026-03-13')
