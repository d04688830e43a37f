"""Which invoices were announced as overdue. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "overdue_notice" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "document_id" BIGINT NOT NULL,
  "due_date" DATE NOT NULL,
  "announced_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("document_id") REFERENCES "document" ("id") ON DELETE CASCADE);
CREATE UNIQUE INDEX "overdue_notice_document_id" ON "overdue_notice" ("document_id");
"""


def up(migrator: object, db: object) -> None:
    """Create it; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
