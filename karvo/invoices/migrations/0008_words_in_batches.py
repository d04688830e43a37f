"""Words of documents enter their index in batches. SQL only: imports nothing of KARVO."""

SQL = """
ALTER INDEX "document_search" SET (fastupdate = on, gin_pending_list_limit = 64);
"""


def up(migrator: object, db: object) -> None:
    """Change it; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
