"""Application passwords revoked here. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "control"."revoked_password" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "revoked_at" TIMESTAMPTZ NOT NULL);
CREATE UNIQUE INDEX "revoked_password_uid" ON "control"."revoked_password" ("uid");
"""


def up(migrator: object, db: object) -> None:
    """Create it; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
