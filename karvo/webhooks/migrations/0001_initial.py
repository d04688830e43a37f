"""The first tables of webhooks. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "webhook" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" TEXT NOT NULL,
  "url" TEXT NOT NULL,
  "description" TEXT NOT NULL,
  "events" JSONB NOT NULL,
  "filters" JSONB NOT NULL,
  "payload" TEXT NOT NULL,
  "signatures" JSONB NOT NULL,
  "ordering" TEXT NOT NULL,
  "schedule" JSONB,
  "timeout" INTEGER NOT NULL,
  "rate_limit" INTEGER,
  "max_in_flight" INTEGER NOT NULL,
  "headers" BYTEA,
  "header_names" JSONB NOT NULL,
  "secrets" BYTEA NOT NULL,
  "private_key" BYTEA,
  "public_key" TEXT,
  "secrets_expire_at" TIMESTAMPTZ,
  "since_seq" BIGINT NOT NULL,
  "status" TEXT NOT NULL,
  "status_reason" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL);
CREATE UNIQUE INDEX "webhook_uid" ON "webhook" ("uid");
CREATE TABLE "webhook_state" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "webhook_id" BIGINT NOT NULL,
  "held_by" TEXT NOT NULL,
  "held_until" TIMESTAMPTZ,
  "failures" INTEGER NOT NULL,
  "failing_since" TIMESTAMPTZ,
  "exhausted" INTEGER NOT NULL,
  "open_until" TIMESTAMPTZ,
  "quiet_until" TIMESTAMPTZ,
  "last_success_at" TIMESTAMPTZ,
  "last_failure_at" TIMESTAMPTZ,
  "last_status" INTEGER,
  "last_duration_ms" INTEGER,
  FOREIGN KEY ("webhook_id") REFERENCES "webhook" ("id") ON DELETE CASCADE);
CREATE UNIQUE INDEX "webhook_state_webhook_id" ON "webhook_state" ("webhook_id");
CREATE TABLE "webhook_delivery" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "webhook_id" BIGINT NOT NULL,
  "event_seq" BIGINT,
  "event_uid" TEXT NOT NULL,
  "event_type" TEXT NOT NULL,
  "occurred_at" TIMESTAMPTZ NOT NULL,
  "body" BYTEA,
  "order_key" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "is_single" BOOLEAN NOT NULL,
  "attempts" INTEGER NOT NULL,
  "deferrals" INTEGER NOT NULL,
  "due_at" TIMESTAMPTZ,
  "last_status" INTEGER,
  "last_error" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "finished_at" TIMESTAMPTZ,
  FOREIGN KEY ("webhook_id") REFERENCES "webhook" ("id") ON DELETE CASCADE);
CREATE INDEX "webhook_delivery_event_uid" ON "webhook_delivery" ("event_uid");
CREATE INDEX "webhook_delivery_listed" ON "webhook_delivery"
  (webhook_id, id)
  INCLUDE (state, event_type, last_status, created_at, finished_at);
CREATE INDEX "webhook_delivery_failed" ON "webhook_delivery"
  (webhook_id, finished_at)
  WHERE state = 'failed';
CREATE INDEX "webhook_delivery_due" ON "webhook_delivery"
  (webhook_id, due_at, id)
  WHERE state = 'waiting';
CREATE UNIQUE INDEX "webhook_delivery_once" ON "webhook_delivery"
  (webhook_id, event_seq)
  WHERE event_seq IS NOT NULL;
CREATE INDEX "webhook_delivery_order" ON "webhook_delivery"
  (webhook_id, order_key, id)
  WHERE state = 'waiting' AND order_key <> '';
CREATE TABLE "webhook_attempt" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "delivery_id" BIGINT NOT NULL,
  "webhook_id" BIGINT NOT NULL,
  "number" INTEGER NOT NULL,
  "at" TIMESTAMPTZ NOT NULL,
  "duration_ms" INTEGER NOT NULL,
  "outcome" TEXT NOT NULL,
  "status" INTEGER,
  "error" TEXT NOT NULL,
  "reply" BYTEA,
  "next_at" TIMESTAMPTZ,
  FOREIGN KEY ("delivery_id") REFERENCES "webhook_delivery" ("id") ON DELETE CASCADE);
CREATE INDEX "webhook_attempt_delivery_id_id" ON "webhook_attempt" ("delivery_id", "id");
CREATE INDEX "webhook_attempt_webhook_id_at" ON "webhook_attempt" ("webhook_id", "at");
CREATE TABLE "webhook_replay" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "webhook_id" BIGINT NOT NULL,
  "which" TEXT NOT NULL,
  "since" TIMESTAMPTZ NOT NULL,
  "until" TIMESTAMPTZ NOT NULL,
  "state" TEXT NOT NULL,
  "after_seq" BIGINT NOT NULL,
  "until_seq" BIGINT NOT NULL,
  "total" BIGINT NOT NULL,
  "done" BIGINT NOT NULL,
  "queued" BIGINT NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "finished_at" TIMESTAMPTZ,
  FOREIGN KEY ("webhook_id") REFERENCES "webhook" ("id") ON DELETE CASCADE);
CREATE INDEX "webhook_replay_webhook_id" ON "webhook_replay" ("webhook_id");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
