"""Overtime, the eight holidays, indemnities, vacation."""

import datetime as dt

import pytest

from karvo.kit.errors import Invalid
from karvo.kit.lazy import lazy
from karvo.payroll.labour import (
    Hours,
    Worked,
    commission_indemnity,
    easter_sunday,
    holiday_indemnity,
    holidays,
    overtime_pay,
    patriots_day,
    reference_weeks,
    seniority_months,
    split_week,
    vacation,
    vacation_pay,
)
from tests.payroll.pays import D

known = lazy('holidays')


def day(text):
    return dt.date.fromisoformat(text)


def hours(regular='0', overtime='0', leave='0'):
    return Hours(D(regular), D(overtime), D(leave))


class TestOvertime:
    def test_starts_after_40_hours_in_the_week(self):
        week = [Worked(D(8))] * 5 + [Worked(D('5.25'))]
        assert split_week(week) == [hours('8')] * 5 + [hours('0', '5.25')]

    def test_is_split_within_a_day(self):
        assert split_week([Worked(D(38)), Worked(D(6))]) == [hours('38'), hours('2', '4')]

    def test_not_at_40(self):
        assert split_week([Worked(D(40))]) == [hours('40')]
        assert split_week([]) == []

    def test_leave_counts_for_the_40_wherever_it_lies(self):
        first = split_week([Worked(D(8), is_leave=True), Worked(D(36))])
        assert first == [hours(leave='8'), hours('32', '4')]
        last = split_week([Worked(D(36)), Worked(D(8), is_leave=True)])
        assert last == [hours('32', '4'), hours(leave='8')]

    def test_leave_is_never_overtime(self):
        week = [Worked(D(3)), Worked(D(45), is_leave=True)]
        assert split_week(week) == [hours('0', '3'), hours(leave='45')]

    def test_refuses_negative_hours(self):
        with pytest.raises(Invalid, match='hours'):
            split_week([Worked(D(-1))])

    def test_pays_half_as_much_again(self):
        assert overtime_pay(D('3.25'), D('21.33')) == D('103.98')  # 103.98375


class TestHolidays:
    def test_of_2026(self):
        assert [str(one.date) for one in holidays(2026)] == [
            '2026-01-01',
            '2026-04-03',
            '2026-05-18',
            '2026-06-24',
            '2026-07-01',
            '2026-09-07',
            '2026-10-12',
            '2026-12-25',
        ]

    def test_easter_monday_where_the_employer_chose_it(self):
        one = holidays(2026, easter='easter_monday')[1]
        assert (one.date, one.name_fr) == (day('2026-04-06'), 'Lundi de Pâques')

    def test_sundays_move(self):
        """24 June 2029 and 1 July 2029 are Sundays."""
        assert [one.date.day for one in holidays(2029)][3:5] == [25, 2]
        assert [one.date.day for one in holidays(2029, works_sundays=True)][3:5] == [24, 2]

    def test_patriots_day_is_before_the_25th(self):
        assert patriots_day(2026) == day('2026-05-18')  # the 25th is a Monday itself
        assert patriots_day(2027) == day('2027-05-24')

    def test_as_the_library_has_them(self):
        for year in range(2003, 2060):
            calendar = known.country_holidays('CA', subdiv='QC', years=year)
            ours = {one.date for one in holidays(year, works_sundays=True)}
            moved = {dt.date(year, 7, 1), dt.date(year, 7, 2)}
            theirs = {one for one in calendar if one.year == year}
            assert ours - moved <= theirs, year

    @pytest.mark.parametrize('date', ['1961-04-02', '2008-03-23', '2038-04-25', '2025-04-20'])
    def test_easter(self, date):
        assert easter_sunday(int(date[:4])) == day(date)


class TestIndemnity:
    def test_is_a_twentieth_of_four_weeks(self):
        assert holiday_indemnity(D('3210.50')) == D('160.53')  # 160.525
        assert commission_indemnity(D('6000')) == D('100.00')

    def test_is_lost_by_absence_without_reason(self):
        assert holiday_indemnity(D(3200), absent_without_reason=True) == 0
        assert commission_indemnity(D(3200), absent_without_reason=True) == 0

    @pytest.mark.parametrize(
        ('holiday', 'weeks', 'first', 'last'),
        [
            ('2026-06-24', 4, '2026-05-24', '2026-06-20'),  # Wednesday; weeks from Sunday
            ('2026-06-21', 4, '2026-05-24', '2026-06-20'),  # a Sunday starts its week
            ('2026-06-24', 12, '2026-03-29', '2026-06-20'),
        ],
    )
    def test_is_of_the_complete_weeks_before(self, holiday, weeks, first, last):
        assert reference_weeks(day(holiday), weeks=weeks) == (day(first), day(last))

    def test_weeks_may_start_on_another_day(self):
        found = reference_weeks(day('2026-06-24'), first_weekday=0)
        assert found == (day('2026-05-25'), day('2026-06-21'))


class TestVacation:
    @pytest.mark.parametrize(
        ('hired', 'days', 'percent'),
        [
            ('2026-04-30', 0, 4),
            ('2026-04-01', 1, 4),
            ('2026-04-02', 0, 4),
            ('2025-12-01', 5, 4),
            ('2025-06-01', 10, 4),
            ('2025-05-02', 10, 4),
            ('2025-05-01', 10, 4),
            ('2023-05-02', 10, 4),
            ('2023-05-01', 15, 6),
            ('2001-01-01', 15, 6),
        ],
    )
    def test_grows_with_service(self, hired, days, percent):
        rights = vacation(day(hired), day('2026-04-30'))
        assert (rights.days, rights.percent, rights.weeks) == (days, percent, D(days) / 5)

    def test_refuses_who_is_not_hired_yet(self):
        with pytest.raises(Invalid, match='hired'):
            vacation(day('2026-05-01'), day('2026-04-30'))

    def test_pays_the_percent_of_the_reference_year(self):
        rights = vacation(day('2020-01-01'), day('2026-04-30'))
        assert vacation_pay(D('52123.45'), rights) == D('3127.41')

    def test_months_are_whole(self):
        assert seniority_months(day('2026-01-31'), day('2026-02-27')) == 0
        assert seniority_months(day('2026-01-15'), day('2026-02-14')) == 1
