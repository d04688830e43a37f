"""The first table of mail. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "mail" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "recipient" TEXT NOT NULL,
  "subject" TEXT NOT NULL,
  "text" TEXT NOT NULL,
  "html" TEXT,
  "language" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "paper_kind" TEXT,
  "paper_id" BIGINT,
  "state" TEXT NOT NULL,
  "attempts" INTEGER NOT NULL,
  "due_at" TIMESTAMPTZ,
  "error" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "sent_at" TIMESTAMPTZ);
CREATE UNIQUE INDEX "mail_uid" ON "mail" ("uid");
CREATE INDEX "mail_due" ON "mail" (due_at, id) WHERE state = 'queued';
CREATE INDEX "mail_created_at" ON "mail" (created_at);
"""


def up(migrator: object, db: object) -> None:
    """Create it; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
