"""Snapshots of sandboxes, closed companies, signed keys. SQL only: it never imports us."""

SQL = """
ALTER TABLE "control"."company" ADD COLUMN "closed_until" TIMESTAMPTZ;
ALTER TABLE "control"."api_key" ADD COLUMN "signing_secret" BYTEA;
CREATE TABLE "control"."sandbox_snapshot" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "company_id" BIGINT NOT NULL,
  "opened" JSONB NOT NULL,
  "taken_at" TIMESTAMPTZ,
  "migrated" TEXT NOT NULL,
  "history" JSONB NOT NULL,
  "rows" JSONB NOT NULL,
  "archive" BYTEA,
  FOREIGN KEY ("company_id")
  REFERENCES "control"."company" ("id") ON DELETE CASCADE);
CREATE UNIQUE INDEX "sandbox_snapshot_company_id" ON "control"."sandbox_snapshot" ("company_id");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
