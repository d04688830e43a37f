"""Customers are found by their website. SQL only: a migration imports nothing of KARVO."""

SQL = """
CREATE INDEX "party_website" ON "party" (lower(website)) WHERE website IS NOT NULL;
"""


def up(migrator: object, db: object) -> None:
    """Add the index; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
