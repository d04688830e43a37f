"""Customers are sorted by name without accents and case, and found by `oe` for œ (L-6). SQL
only: a migration imports nothing of KARVO.
"""

SQL = r"""
UPDATE "party" SET
  search_text = search_text || ' ' || replace(replace(search_text, 'œ', 'oe'), 'æ', 'ae')
  WHERE search_text ~ '[œæ]';
DROP INDEX "party_listed";
CREATE INDEX "party_listed" ON "party" ((
  replace(lower(regexp_replace(normalize(coalesce(name, ''), NFKD),
    '[\u0300-\u036f]', '', 'g')), 'ß', 'ss')
), id)
  INCLUDE (name, code, group_code, province, salesperson, credit_hold, created_at, updated_at)
  WHERE is_customer AND deleted_at IS NULL;
"""


def up(migrator: object, db: object) -> None:
    """Rebuild it; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
