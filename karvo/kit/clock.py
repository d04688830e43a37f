"""The one clock. Business dates may stand still (`KARVO_TODAY`); tokens and leases never do."""

import datetime as dt
import functools
import time
import zoneinfo

from karvo.config import config

EARLIEST = dt.date(1990, 1, 1)  #: G-4
YEARS_AHEAD = 10  #: G-4
QUARTER = 900  #: seconds


now = functools.partial(dt.datetime.now, dt.UTC)  #: this instant, UTC, of the real clock
epoch = time.time  #: seconds since 1970, real clock


def today(timezone: str) -> dt.date:
    """The business date in the company's time zone (G-4)."""
    return config.today or _day_in(timezone, int(epoch() // QUARTER))


@functools.lru_cache(maxsize=1000)
def _day_in(timezone: str, quarter: int) -> dt.date:
    """Of a quarter of an hour since 1970: nowhere has a day begun within one since 2012."""
    return dt.datetime.fromtimestamp(quarter * QUARTER, zone(timezone)).date()


@functools.cache
def zone(name: str) -> zoneinfo.ZoneInfo:
    """Raises KeyError (ZoneInfoNotFoundError) or ValueError for an unknown zone."""
    return zoneinfo.ZoneInfo(name)


def is_business_date(date: dt.date, today: dt.date) -> bool:
    """G-4: from 1990 to ten years ahead."""
    return EARLIEST <= date <= latest(today)


@functools.lru_cache(maxsize=100)
def latest(today: dt.date) -> dt.date:
    return dt.date(today.year + YEARS_AHEAD, today.month, min(today.day, 28))
