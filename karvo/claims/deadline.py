"""By when a claim is to be resolved: five business days, statutory holidays left out (CLM-3)."""

import datetime as dt

from karvo.kit import clock
from karvo.kit.lazy import lazy
from karvo.settings.schemas import Settings

BUSINESS_DAYS = 5

holidays = lazy('holidays')


def due_at(today: dt.date, at: dt.datetime, settings: Settings) -> dt.datetime:
    """The same time of day, `BUSINESS_DAYS` after `today`, in the company's time zone."""
    zone = clock.zone(settings.timezone)
    day = business_day(today, BUSINESS_DAYS, settings.country, settings.province)
    return dt.datetime.combine(day, at.astimezone(zone).time(), zone).astimezone(dt.UTC)


def business_day(start: dt.date, count: int, country: str, province: str) -> dt.date:
    """The day that is `count` business days after `start`; weekends alone where no holidays of a
    country are known."""
    try:
        calendar = holidays.country_holidays(country, subdiv=province or None)
    except NotImplementedError:
        calendar = holidays.HolidayBase()
    found: dt.date = calendar.get_nth_working_day(start, count)
    return found
