"""When a customer promised to pay. SQL only: a migration never imports the application."""

SQL = """
ALTER TABLE "document" ADD COLUMN "promise_to_pay" DATE;
"""


def up(migrator: object, db: object) -> None:
    """Add it, empty; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
