"""Handlers of events that failed and are tried again; old companies start with what comes next."""

import datetime as dt

SQL = """
CREATE TABLE "handler_retry" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "seq" BIGINT NOT NULL,
  "handler" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "attempts" INTEGER NOT NULL,
  "due_at" TIMESTAMPTZ,
  "error" TEXT NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL);
CREATE UNIQUE INDEX "handler_retry_seq_handler" ON "handler_retry" ("seq", "handler");
CREATE INDEX "handler_retry_state_due_at" ON "handler_retry" ("state", "due_at");
"""
#: Nobody handled what happened before there was a worker, and it is not to be handled now.
START = """
INSERT INTO "consumer" (name, seq, updated_at)
SELECT 'handlers', max(next_value) - 1, '{}' FROM "number_series" WHERE code = 'EVENT'
HAVING count(*) > 0
ON CONFLICT (name) DO NOTHING"""


def up(migrator: object, db: object) -> None:
    """Create it; the search path names the schema."""
    now = dt.datetime.now(dt.UTC).isoformat()  # lint: allow no-date-today - imports nothing of ours
    db.execute_sql(SQL)  # type: ignore[attr-defined]
    db.execute_sql(START.format(now))  # type: ignore[attr-defined]
