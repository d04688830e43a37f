"""The settings of the current company, in one statement."""

import datetime as dt
import functools

import msgspec

from karvo.config import config
from karvo.kit import clock
from karvo.kit.db import database
from karvo.settings.schemas import Settings

#: A scalar subquery; other modules put it into the statements that need settings anyway.
SETTINGS_JSON = "(SELECT coalesce(json_object_agg(key, value), '{}') FROM @setting)"


#: A counter among the settings that no settings object shows: how often the books changed.
VERSION_KEY = 'books_version'


def read_settings() -> Settings:
    return msgspec.json.decode(
        database.json(f'SELECT {SETTINGS_JSON}::text') or b'{}', type=Settings
    )


def business_date(settings: Settings) -> dt.date:
    """Today in the company's time zone (G-4)."""
    return clock.today(settings.timezone)


#: The company's time zone inside a statement.
ZONE = """coalesce((SELECT value #>> '{}' FROM @setting WHERE key = 'timezone'),
  'America/Toronto')"""
#: The business date inside a statement; its parameters come from `today_params`.
TODAY = f"""coalesce(%(clock_today)s::date,
  (to_timestamp(%(clock_now)s::float8) AT TIME ZONE {ZONE})::date)"""


def spoken_language(asked: str, settings: Settings | None = None) -> str:
    """fr or en: what the request prefers, else the company's (L-3); read where it is not given."""
    if asked:
        return asked
    return 'en' if (settings or read_settings()).language == 'en' else 'fr'


def today_params() -> dict[str, object]:
    return {'clock_today': config.today, 'clock_now': int(clock.epoch())}


def days_on_earth() -> tuple[str, str]:
    """The first day that it is anywhere on Earth, and the last, as SQL constants: for who would
    rather not look up where the company is."""
    return _days_on_earth(int(clock.epoch() // 3600), config.today)


@functools.lru_cache(maxsize=2)
def _days_on_earth(hour: int, today: dt.date | None) -> tuple[str, str]:
    """From UTC-12 to UTC+14, which both change their day with an hour of UTC; hours since 1970."""
    now = dt.datetime.fromtimestamp(hour * 3600, dt.UTC)
    first, last = (now - dt.timedelta(hours=12)).date(), (now + dt.timedelta(hours=14)).date()
    return f"DATE '{today or first}'", f"DATE '{today or last}'"
