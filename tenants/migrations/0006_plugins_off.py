"""Which plugins a tenant does without."""

SQL = """
ALTER TABLE "control"."tenant" ADD COLUMN "plugins_off" JSONB NOT NULL DEFAULT '[]';
ALTER TABLE "control"."tenant" ALTER COLUMN "plugins_off" DROP DEFAULT;
"""


def up(migrator: object, db: object) -> None:
    """Add it; nobody does without any."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
