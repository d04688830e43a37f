"""The index that lists of customers are counted from."""

SQL = """
DROP INDEX "party_name_id";
CREATE INDEX "party_listed" ON "party" (name, id)
  INCLUDE (code, group_code, province, salesperson, credit_hold, created_at, updated_at)
  WHERE is_customer AND deleted_at IS NULL;
"""


def up(migrator: object, db: object) -> None:
    """Rebuild it; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
