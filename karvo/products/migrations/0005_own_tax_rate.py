"""Products with a tax rate of their own. SQL only: a migration never imports the application."""

SQL = """
ALTER TABLE "product" ADD COLUMN "tax_rate" NUMERIC(18, 4);
"""


def up(migrator: object, db: object) -> None:
    """Add it, empty; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
