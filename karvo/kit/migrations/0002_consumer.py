"""How far each reader of the outbox has come."""

SQL = """
CREATE TABLE "consumer" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "name" TEXT NOT NULL,
  "seq" BIGINT NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL);
CREATE UNIQUE INDEX "consumer_name" ON "consumer" ("name");
"""


def up(migrator: object, db: object) -> None:
    """Create it; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
