"""The first tables of settings. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "setting" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "key" TEXT NOT NULL,
  "value" JSONB NOT NULL);
CREATE UNIQUE INDEX "setting_key" ON "setting" ("key");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
