"""What every document needs of the books: settings, rates, registrations, in one statement."""

import msgspec

from karvo.kit.db import Place, current_place, database
from karvo.kit.paging import Listing
from karvo.settings.reads import SETTINGS_JSON, VERSION_KEY
from karvo.settings.schemas import Settings
from karvo.taxes.schemas import Registration, TaxRate

BOOKS_JSON = f"""json_build_object(
  'settings', {SETTINGS_JSON},
  'rates', (SELECT coalesce(json_agg(row_to_json(r)), '[]') FROM (
    SELECT code, family, regime, country, province, label_fr, label_en, rate, account, valid_from,
      valid_to FROM @tax_rate ORDER BY id) r),
  'registrations', (SELECT coalesce(json_agg(row_to_json(g)), '[]') FROM (
    SELECT regime, number, valid_from, valid_to FROM @tax_registration
    WHERE is_active ORDER BY id) g))"""

#: Raised with every change of what BOOKS_JSON reads; processes keep their books until it differs.
BOOKS_VERSION = (
    f"coalesce((SELECT value::text::bigint FROM @setting WHERE key = '{VERSION_KEY}'), 0)"
)

REGISTRATIONS = Listing(
    columns='id, regime, number, valid_from, valid_to, is_active, version',
    source='@tax_registration',
    default=('regime', 'asc'),
)


def registrations_json(on: str) -> str:
    """A scalar subquery: the registrations in force on a date, itself SQL."""
    return f"""coalesce((SELECT json_agg(row_to_json(g)) FROM (
  SELECT regime, number, valid_from, valid_to FROM @tax_registration
  WHERE is_active AND coalesce(valid_from, {on}) <= {on} AND coalesce(valid_to, {on}) >= {on}
  ORDER BY id) g), '[]')"""


class Books(msgspec.Struct, kw_only=True, eq=False):
    """Settings, all dated rates, active registrations. Read once, never changed."""

    settings: Settings
    rates: list[TaxRate]
    registrations: list[Registration]


class BooksNews(msgspec.Struct, kw_only=True):
    """The version of the books, and the books themselves unless the asker has that version."""

    version: int
    books: Books | None = None


#: For statements that need the books anyway; `%(books_known)s` comes from `known_version()`.
BOOKS_NEWS = f"""json_build_object('version', {BOOKS_VERSION}, 'books',
  CASE WHEN {BOOKS_VERSION} <> %(books_known)s THEN {BOOKS_JSON} END)"""

_kept: dict[Place, tuple[int, Books]] = {}
MOST_KEPT = 2000


def known_version() -> int:
    """The version of the current company's books that this process keeps; −1 for none."""
    return _kept.get(current_place(), (-1, None))[0]


def kept_books() -> tuple[int, Books] | None:
    """The version and the books that this process keeps of the company; they may be stale."""
    return _kept.get(current_place())


def books_from(news: BooksNews) -> Books:
    """The books of the answer, or the kept ones that it confirmed."""
    if news.books is None:
        return _kept[current_place()][1]
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[current_place()] = (news.version, news.books)
    return news.books


def read_books() -> Books:
    return msgspec.json.decode(database.json(f'SELECT {BOOKS_JSON}::text') or b'', type=Books)
