"""Pay dates of a year, and QPP by age."""

import datetime as dt

import pytest

from karvo.kit.errors import Invalid
from karvo.payroll.pay_calendar import check_periods, pays_left, periods_of, qpp_standing
from karvo.payroll.schemas.employees import Exemptions
from karvo.payroll.schemas.settings import PayCalendar

day = dt.date.fromisoformat


class TestPeriods:
    @pytest.mark.parametrize(
        ('frequency', 'pay_date', 'periods'),
        [
            ('biweekly', '2026-01-01', 27),
            ('biweekly', '2026-03-13', 26),
            ('weekly', '2026-01-01', 53),
            ('weekly', '2026-01-02', 52),
            ('weekly', '2024-12-31', 53),
            ('semi_monthly', '2026-05-15', 24),
            ('monthly', '2026-10-30', 12),
        ],
    )
    def test_by_the_days_of_the_year(self, frequency, pay_date, periods):
        assert periods_of(frequency, day(pay_date), [], day(pay_date)) == periods

    def test_every_pay_date_of_a_year_says_the_same(self):
        for year in range(2024, 2030):
            dates = [dt.date(year, 1, 1) + dt.timedelta(days=14 * n) for n in range(27)]
            own = [date for date in dates if date.year == year]
            found = {periods_of('biweekly', date, [], date) for date in own}
            assert found == {len(own)}

    def test_the_companys_calendar_wins(self):
        own = [
            PayCalendar(frequency='biweekly', anchor=day('2026-01-01')),
            PayCalendar(frequency='biweekly', year=2027, periods=26),
        ]
        assert periods_of('biweekly', day('2026-03-13'), own, day('2026-03-13')) == 27
        assert periods_of('biweekly', day('2027-03-13'), own, day('2026-03-13')) == 26

    def test_numbers_that_no_year_has(self):
        check_periods('weekly', 53, 'periods')
        with pytest.raises(Invalid, match='26 or 27'):
            check_periods('biweekly', 52, 'periods')

    @pytest.mark.parametrize(
        ('frequency', 'date', 'left'),
        [('monthly', '2026-10-30', 3), ('semi_monthly', '2026-12-15', 2)]
        + [('weekly', '2026-12-25', 1), ('biweekly', '2026-01-01', 27)],
    )
    def test_what_is_left_of_them(self, frequency, date, left):
        assert pays_left(frequency, day(date), 27) == left


class TestQpp:
    @pytest.mark.parametrize(
        ('born', 'date', 'expected'),
        [
            ('2008-03-20', '2026-03-31', (True, 12)),
            ('2008-03-20', '2026-04-01', (False, 9)),
            ('2008-12-20', '2026-12-31', (True, 12)),
            ('2008-12-20', '2027-01-01', (False, 12)),
            ('1953-12-31', '2026-01-01', (True, 12)),
            ('1954-01-01', '2026-12-31', (False, 12)),
            ('1990-01-01', '2026-01-01', (False, 12)),
        ],
    )
    def test_by_age(self, born, date, expected):
        assert qpp_standing(day(born), day(date), Exemptions()) == expected

    def test_rr50_from_the_month_after_it(self):
        form = Exemptions(rr50_date=day('2026-02-10'))
        born = day('1955-01-01')
        assert qpp_standing(born, day('2026-02-28'), form) == (False, 12)
        assert qpp_standing(born, day('2026-03-01'), form) == (True, 12)

    def test_months_of_a_disability_and_none_at_all(self):
        assert qpp_standing(None, day('2026-03-01'), Exemptions(qpp_months=5)) == (False, 5)
        assert qpp_standing(None, day('2026-03-01'), Exemptions(qpp=True)) == (True, 12)
