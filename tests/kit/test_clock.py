"""The business date, anywhere on Earth."""

import datetime as dt
import math
import zoneinfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karvo.config import config
from karvo.kit import clock

ZONES = sorted(zoneinfo.available_timezones() - {'localtime'})
FIRST = dt.datetime(2012, 1, 1, tzinfo=dt.UTC).timestamp()
LAST = dt.datetime(2060, 1, 1, tzinfo=dt.UTC).timestamp()


def today_at(at: float, zone: str) -> dt.date:
    """What it says in that zone when it is so many seconds since 1970."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, 'config', msgspec.structs.replace(config, today=None))
        patch.setattr(clock, 'epoch', lambda: at)
        return clock.today(zone)


class TestToday:
    @given(zone=st.sampled_from(ZONES), at=st.floats(FIRST, LAST))
    def test_is_the_date_of_this_moment_in_the_zone(self, zone: str, at: float) -> None:
        # Of the second that has begun: what is past the microseconds is rounded, up to midnight.
        there = dt.datetime.fromtimestamp(math.floor(at), zoneinfo.ZoneInfo(zone))
        assert today_at(at, zone) == there.date()

    def test_changes_with_the_first_second_of_the_day_in_every_zone(self) -> None:
        for zone in ZONES:
            for month in (1, 7):
                first = dt.datetime(2026, month, 22, tzinfo=zoneinfo.ZoneInfo(zone)).timestamp()
                days = [today_at(at, zone).day for at in (first - 0.001, first, first + 86_399)]
                assert days == [21, 22, 22], zone

    def test_stands_still_where_it_was_told_to(self, monkeypatch: pytest.MonkeyPatch) -> None:
        still = msgspec.structs.replace(config, today=dt.date(2020, 2, 29))
        monkeypatch.setattr(clock, 'config', still)
        assert clock.today('Pacific/Kiritimati') == dt.date(2020, 2, 29)


def test_latest_is_ten_years_ahead_and_a_day_that_there_is() -> None:
    assert clock.latest(dt.date(2028, 2, 29)) == dt.date(2038, 2, 28)
    assert clock.latest(dt.date(2026, 11, 22)) == dt.date(2036, 11, 22)
