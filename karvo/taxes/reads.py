"""What every document needs of the books: settings, rates, registrations, in one statement."""

import msgspec

from karvo.kit.db import database
from karvo.kit.paging import Listing
from karvo.settings.reads import SETTINGS_JSON
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

REGISTRATIONS = Listing(
    columns='id, regime, number, valid_from, valid_to, is_active, version',
    source='@tax_registration',
    default=('regime', 'asc'),
)


class Books(msgspec.Struct, kw_only=True):
    """Settings, all dated rates, active registrations."""

    settings: Settings
    rates: list[TaxRate]
    registrations: list[Registration]


def read_books() -> Books:
    return msgspec.json.decode(database.json(f'SELECT {BOOKS_JSON}::text') or b'', type=Books)
