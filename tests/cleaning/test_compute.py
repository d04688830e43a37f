"""Days, periods and prices of contracts, without a database."""

import datetime as dt
from decimal import Decimal

import msgspec
import pytest

from karvo.cleaning.compute import (
    Period,
    Suspended,
    active_days,
    days_between,
    indexations,
    indexed,
    is_due,
    period_after,
    share,
    successor_end,
)

D = dt.date.fromisoformat
START = D('2026-01-07')  # a Wednesday


class Due(msgspec.Struct):
    frequency: str
    weekdays: list[str] = []


def due(frequency: str, *weekdays: str, start: dt.date = START, until: str = '2026-02-28'):
    line = Due(frequency, list(weekdays))
    return [str(day)[5:] for day in days_between(start, D(until)) if is_due(line, start, day)]


class TestIsDue:
    def test_by_week(self) -> None:
        assert due('weekly', until='2026-01-28') == ['01-07', '01-14', '01-21', '01-28']
        assert due('weekly', 'mon', 'fri', until='2026-01-16') == ['01-09', '01-12', '01-16']
        assert due('biweekly', 'mon', 'fri', until='2026-01-31') == ['01-09', '01-19', '01-23']
        assert len(due('daily', until='2026-01-20')) == 14
        assert due('daily', 'sat', 'sun', until='2026-01-18') == [
            '01-10',
            '01-11',
            '01-17',
            '01-18',
        ]

    def test_by_month(self) -> None:
        assert due('monthly', until='2026-03-31') == ['01-07', '02-07', '03-07']
        assert due('monthly', 'mon', until='2026-03-31') == ['01-12', '02-09', '03-09']
        assert due('quarterly', until='2026-12-31') == ['01-07', '04-07', '07-07', '10-07']
        assert due('annual', until='2028-12-31') == ['01-07', '01-07', '01-07']
        assert due('once', until='2027-12-31') == ['01-07']
        assert due('once', 'mon') == ['01-12']

    def test_the_end_of_a_month(self) -> None:
        last = D('2026-01-31')
        assert due('monthly', start=last, until='2026-04-30') == [
            '01-31',
            '02-28',
            '03-31',
            '04-30',
        ]
        assert due('monthly', 'mon', start=last, until='2026-04-01') == ['02-02', '03-02']

    def test_never_before_the_start(self) -> None:
        assert not is_due(Due('daily'), START, D('2026-01-06'))


def periods(start: str, end: str | None, billing: str, day: int, count: int = 4) -> list[str]:
    through, found = None, []
    for _ in range(count):
        one = period_after(through, D(start), D(end) if end else None, billing, day)
        if one is None:
            break
        found.append(f'{one.start}..{one.end} /{one.days} on {one.billed_on}')
        through = one.end
    return found


class TestPeriods:
    def test_of_months(self) -> None:
        assert periods('2026-01-10', '2026-03-15', 'monthly', 1) == [
            '2026-01-10..2026-01-31 /31 on 2026-02-01',
            '2026-02-01..2026-02-28 /28 on 2026-03-01',
            '2026-03-01..2026-03-15 /31 on 2026-04-01',
        ]
        assert periods('2026-01-10', None, 'monthly', 15, 2) == [
            '2026-01-10..2026-01-14 /31 on 2026-01-15',
            '2026-01-15..2026-02-14 /31 on 2026-02-15',
        ]

    def test_on_the_last_day_of_short_months(self) -> None:
        assert periods('2026-01-31', None, 'monthly', 31, 3) == [
            '2026-01-31..2026-02-27 /28 on 2026-02-28',
            '2026-02-28..2026-03-30 /31 on 2026-03-31',
            '2026-03-31..2026-04-29 /30 on 2026-04-30',
        ]

    def test_of_quarters_and_years(self) -> None:
        assert periods('2026-02-01', None, 'quarterly', 1, 2) == [
            '2026-02-01..2026-04-30 /89 on 2026-05-01',
            '2026-05-01..2026-07-31 /92 on 2026-08-01',
        ]
        assert periods('2026-02-01', None, 'annual', 1, 1) == [
            '2026-02-01..2027-01-31 /365 on 2027-02-01'
        ]

    @pytest.mark.parametrize('billing', ['monthly', 'quarterly', 'annual', 'per_visit'])
    @pytest.mark.parametrize('day', [1, 15, 29, 31])
    def test_every_day_is_in_one(self, billing: str, day: int) -> None:
        for start in (D('2023-12-31'), D('2024-02-29'), D('2025-06-15')):
            through, expected = None, start
            for _ in range(15):
                one = period_after(through, start, None, billing, day)
                assert one is not None and one.start == expected <= one.end < one.billed_on
                assert one.first <= one.start and one.last == one.end
                through, expected = one.end, one.billed_on


class TestMoney:
    PERIOD = Period(D('2026-01-01'), D('2026-01-31'), D('2026-01-10'), D('2026-01-31'))

    def test_suspended_days_do_not_count(self) -> None:
        def active(since: str, until: str | None) -> int:
            return active_days(self.PERIOD, [Suspended(D(since), D(until) if until else None)])

        assert active_days(self.PERIOD, []) == 22
        assert active('2026-01-15', '2026-01-19') == 17
        assert active('2025-01-01', '2026-01-10') == 21
        assert active('2026-01-30', None) == 20
        assert active('2026-02-02', None) == 22
        assert active('2026-01-15', '2026-01-14') == 22  # resumed the same day
        assert active('2025-12-01', None) == 0

    def test_shares_are_rounded_once(self) -> None:
        assert share(Decimal('1000'), 22, 31) == Decimal('709.68')
        assert share(Decimal('99.999'), 31, 31) == Decimal('100.00')

    def test_indexation_counts_the_first_of_its_month(self) -> None:
        assert indexations(D('2026-01-10'), D('2026-12-31'), 1) == 0
        assert indexations(D('2026-01-10'), D('2027-01-01'), 1) == 1
        assert indexations(D('2026-01-10'), D('2029-06-01'), 4) == 4
        assert indexations(D('2026-01-10'), D('2029-06-01'), None) == 0
        assert indexed(Decimal(1000), Decimal('2.5'), 2) == Decimal('1050.6250')

    def test_a_successor_lasts_as_long(self) -> None:
        assert successor_end(D('2026-01-01'), D('2026-12-31')) == D('2027-12-31')
        assert successor_end(D('2024-02-01'), D('2024-02-29')) == D('2024-03-31')
        assert successor_end(D('2026-01-01'), D('2026-01-10')) == D('2026-01-20')
