"""Rates that lines name themselves. SQL only: a migration never imports the application."""

SQL = """
ALTER TABLE "document_line" ADD COLUMN "tax_rate" NUMERIC(9, 6);
"""


def up(migrator: object, db: object) -> None:
    """Add it, empty; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
