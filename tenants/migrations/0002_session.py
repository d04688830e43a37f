"""Browsers that are signed in. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "control"."session" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "digest" TEXT NOT NULL,
  "user_id" BIGINT NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "expires_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("user_id")
  REFERENCES "control"."app_user" ("id") ON DELETE CASCADE);
CREATE UNIQUE INDEX "session_digest" ON "control"."session" ("digest");
CREATE INDEX "session_user_id" ON "control"."session" ("user_id");
CREATE INDEX "session_expires_at" ON "control"."session" ("expires_at");
"""


def up(migrator: object, db: object) -> None:
    """Create it; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
