"""The lists' index holds what was deleted too. SQL only: a migration imports nothing of KARVO."""

SQL = """
DROP INDEX "document_listed";
CREATE INDEX "document_listed" ON "document" (type, date, id)
  INCLUDE (state, due_date, total, balance, source, customer_code, deleted_at, sent_at);
"""


def up(migrator: object, db: object) -> None:
    """Make it anew; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
