"""The number audit (G-5): every value from 1 to next − 1 is issued, voided or explained."""

import msgspec

from karvo.kit.db import database
from karvo.kit.errors import invalid
from karvo.kit.numbering import AUDITED, EVENTS, SERIES

#: Which table carries the numbers of a series, and which of its rows.
TABLES = {
    'INV': "@document d WHERE d.type = 'invoice'",
    'CN': "@document d WHERE d.type = 'credit_note'",
    'PAY': '@payment d WHERE true',
    'JE': '@journal_entry d WHERE true',
    'CLM': '(SELECT number_value, number_year, status AS state FROM @claim) d WHERE true',
    'TR': '@transfer d WHERE true',
    'ADJ': "@stock_document d WHERE d.kind IN ('adjustment', 'scrap')",
    'BO': '@backorder d WHERE true',
    'SHP': '@shipment d WHERE true',
    'RUN': '(SELECT number_value, number_year, status AS state FROM @pay_run) d WHERE true',
    'EMP': '(SELECT number_value, number_year, status AS state FROM @employee) d WHERE true',
    'CC': '@cleaning_contract d WHERE true',
    'REC': "@stock_document d WHERE d.kind IN ('receipt', 'opening')",
}

AUDIT = """
WITH s AS (SELECT coalesce((SELECT next_value FROM @number_series
    WHERE code = %(code)s AND year = %(year)s), 1) AS next),
used AS (SELECT d.number_value AS value, d.state FROM {0} AND d.number_year = %(year)s
    AND d.number_value IS NOT NULL),
skipped AS (SELECT v AS value FROM @number_skip k, generate_series(k.first_value, k.last_value) v
    WHERE k.code = %(code)s AND k.year = %(year)s),
holes AS (SELECT v AS value FROM s, generate_series(1, s.next - 1) v
    WHERE NOT EXISTS (SELECT 1 FROM used u WHERE u.value = v))
SELECT json_build_object('series', %(code)s::text, 'year', %(year)s::int,
  'next_value', (SELECT next FROM s), 'issued', (SELECT count(*) FROM used),
  'voided', (SELECT coalesce(json_agg(value ORDER BY value), '[]') FROM used
    WHERE state = 'void'),
  'skipped_by_client', (SELECT coalesce(json_agg(h.value ORDER BY h.value), '[]') FROM holes h
    WHERE EXISTS (SELECT 1 FROM skipped k WHERE k.value = h.value)),
  'unexplained', (SELECT coalesce(json_agg(h.value ORDER BY h.value), '[]') FROM holes h
    WHERE NOT EXISTS (SELECT 1 FROM skipped k WHERE k.value = h.value)))::text"""

YEARS = 'SELECT code, year FROM @number_series WHERE code = ANY(%(codes)s) ORDER BY code, year'

EVENT_HOLES = """
SELECT (SELECT coalesce(max(next_value), 1) FROM @number_series WHERE code = %(code)s) - 1
  - (SELECT count(*) FROM @event)"""


class NumberAudit(msgspec.Struct, kw_only=True):
    """One series in one year."""

    series: str
    year: int
    next_value: int
    issued: int
    voided: list[int]
    skipped_by_client: list[int]
    unexplained: list[int]


def audit_numbers(code: str, year: int) -> NumberAudit:
    """Raises Invalid for a series without documents of this module and those beneath."""
    tables = TABLES | AUDITED
    if code not in tables:
        raise invalid(series=f'must be one of {", ".join(sorted(tables.keys() & SERIES.keys()))}')
    body = database.json(AUDIT.format(tables[code]), {'code': code, 'year': year})
    return msgspec.json.decode(body or b'', type=NumberAudit)


def audited_series() -> list[tuple[str, int]]:
    """Every (series, year) that was ever used."""
    return database.run(YEARS, {'codes': list(TABLES | AUDITED)}).fetchall()


def missing_events() -> int:
    """Event sequence numbers that no event carries; 0, always."""
    row = database.run(EVENT_HOLES, {'code': EVENTS}).fetchone()
    return int(row[0]) if row else 0
