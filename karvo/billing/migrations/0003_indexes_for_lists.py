"""The indexes that lists of payments are counted from, searched in and audited by."""

SQL = """
DROP INDEX "payment_date";
CREATE INDEX "payment_listed" ON "payment" (date, id) INCLUDE (state, method, amount);
CREATE INDEX "payment_search" ON "payment"
  USING gin (upper(number || ' ' || coalesce(reference, '')) public.gin_trgm_ops)
  WITH (fastupdate = off);
CREATE INDEX "payment_numbered" ON "payment" (number_year, number_value) INCLUDE (state)
  WHERE number_value IS NOT NULL;
"""


def up(migrator: object, db: object) -> None:
    """Rebuild them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
