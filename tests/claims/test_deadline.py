"""Five business days: weekends and the holidays of the company's province do not count."""

import datetime as dt

import pytest

from karvo.claims.deadline import business_day, due_at
from karvo.settings.schemas import Settings


@pytest.mark.parametrize(
    ('start', 'country', 'province', 'expected'),
    [
        ('2026-11-20', 'CA', 'QC', '2026-11-27'),  # a Friday
        ('2026-11-21', 'CA', 'QC', '2026-11-27'),  # a Saturday: counted from Monday
        ('2026-06-22', 'CA', 'QC', '2026-06-30'),  # 24 June is Québec's own
        ('2026-06-22', 'CA', 'ON', '2026-06-29'),
        ('2026-12-21', 'CA', 'QC', '2026-12-29'),  # Christmas
        ('2026-12-21', 'ZZ', '', '2026-12-28'),  # no holidays known: weekends alone
        ('2026-12-21', 'CA', 'XX', '2026-12-28'),
    ],
)
def test_the_fifth_business_day(start: str, country: str, province: str, expected: str) -> None:
    found = business_day(dt.date.fromisoformat(start), 5, country, province)
    assert found.isoformat() == expected


def test_at_the_same_time_of_day_where_the_company_is() -> None:
    settings = Settings(country='CA', province='QC', timezone='America/Toronto')
    at = dt.datetime(2026, 10, 30, 22, 30, tzinfo=dt.UTC)  # 18:30, summer time
    assert due_at(dt.date(2026, 10, 30), at, settings).isoformat() == '2026-11-06T23:30:00+00:00'
