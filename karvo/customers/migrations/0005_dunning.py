"""Who is not written to about what he owes, and whose file is with collection."""

SQL = """
ALTER TABLE "party"
  ADD COLUMN "dunning_excluded" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "in_collections" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "party"
  ALTER COLUMN "dunning_excluded" DROP DEFAULT,
  ALTER COLUMN "in_collections" DROP DEFAULT;
"""


def up(migrator: object, db: object) -> None:
    """Add them, off for everybody; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
