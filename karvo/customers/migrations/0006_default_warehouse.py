"""From which warehouse a customer's goods leave when nobody says (WHS-2)."""

SQL = """
ALTER TABLE "party" ADD COLUMN "default_warehouse" TEXT;
"""


def up(migrator: object, db: object) -> None:
    """Nobody has one at first; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
