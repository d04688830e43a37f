"""Which products are kept by lot: what arrives names one, and so does what leaves (SHP-4)."""

SQL = """
ALTER TABLE "product" ADD COLUMN "track" TEXT NOT NULL DEFAULT 'none';
ALTER TABLE "product" ALTER COLUMN "track" DROP DEFAULT;
"""


def up(migrator: object, db: object) -> None:
    """None of them at first; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
