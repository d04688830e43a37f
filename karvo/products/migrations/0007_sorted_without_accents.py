"""Products are sorted by name without accents and case, and found by `oe` for œ (L-6). SQL
only: a migration imports nothing of KARVO.
"""

SQL = r"""
UPDATE "product" SET
  search_text = search_text || ' ' || replace(replace(search_text, 'œ', 'oe'), 'æ', 'ae')
  WHERE search_text ~ '[œæ]';
CREATE INDEX "product_name" ON "product" ((
  replace(lower(regexp_replace(normalize(coalesce(name_en, ''), NFKD),
    '[\u0300-\u036f]', '', 'g')), 'ß', 'ss')
), id);
"""


def up(migrator: object, db: object) -> None:
    """Rebuild it; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
