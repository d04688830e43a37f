"""Payments are found without accents and case, by what is noted of them too (L-6)."""

SQL = r"""
DROP INDEX "payment_search";
CREATE INDEX "payment_search" ON "payment" USING gin (
  replace(lower(regexp_replace(normalize(
    coalesce(number, '') || ' ' || coalesce(reference, '') || ' ' || coalesce(notes, ''),
    NFKD), '[\u0300-\u036f]', '', 'g')), 'ß', 'ss')
  public.gin_trgm_ops) WITH (fastupdate = off);
"""


def up(migrator: object, db: object) -> None:
    """Rebuild it; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
