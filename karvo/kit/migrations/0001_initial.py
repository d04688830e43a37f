"""The first tables of kit. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "number_series" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "code" TEXT NOT NULL,
  "year" INTEGER NOT NULL,
  "next_value" BIGINT NOT NULL,
  "pattern" TEXT NOT NULL);
CREATE UNIQUE INDEX "number_series_code_year" ON "number_series" ("code", "year");
CREATE TABLE "number_skip" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "code" TEXT NOT NULL,
  "year" INTEGER NOT NULL,
  "first_value" BIGINT NOT NULL,
  "last_value" BIGINT NOT NULL,
  "reason" TEXT NOT NULL,
  "number" TEXT NOT NULL,
  "at" TIMESTAMPTZ NOT NULL);
CREATE INDEX "number_skip_code_year" ON "number_skip" ("code", "year");
CREATE TABLE "event" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "seq" BIGINT NOT NULL,
  "uid" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "occurred_at" TIMESTAMPTZ NOT NULL,
  "actor" JSONB NOT NULL,
  "resource" TEXT NOT NULL,
  "resource_id" BIGINT NOT NULL,
  "resource_uid" TEXT NOT NULL,
  "object" JSONB NOT NULL,
  "previous" JSONB NOT NULL);
CREATE UNIQUE INDEX "event_seq" ON "event" ("seq");
CREATE UNIQUE INDEX "event_uid" ON "event" ("uid");
CREATE INDEX "event_type_seq" ON "event" ("type", "seq");
CREATE INDEX "event_resource_resource_id_seq" ON "event" ("resource", "resource_id", "seq");
CREATE TABLE "audit_log" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "at" TIMESTAMPTZ NOT NULL,
  "actor_type" TEXT NOT NULL,
  "actor_id" BIGINT NOT NULL,
  "actor_name" TEXT NOT NULL,
  "ip" TEXT NOT NULL,
  "dialect" TEXT NOT NULL,
  "request_id" TEXT NOT NULL,
  "action" TEXT NOT NULL,
  "entity" TEXT NOT NULL,
  "entity_id" BIGINT NOT NULL,
  "before" JSONB,
  "after" JSONB);
CREATE INDEX "audit_log_entity_entity_id_id" ON "audit_log" ("entity", "entity_id", "id");
CREATE TABLE "idempotency_key" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "digest" TEXT NOT NULL,
  "body_digest" TEXT NOT NULL,
  "holder" TEXT NOT NULL,
  "locked_until" TIMESTAMPTZ NOT NULL,
  "expires_at" TIMESTAMPTZ NOT NULL,
  "status" INTEGER NOT NULL,
  "answer" BYTEA);
CREATE UNIQUE INDEX "idempotency_key_digest" ON "idempotency_key" ("digest");
CREATE INDEX "idempotency_key_expires_at" ON "idempotency_key" ("expires_at");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
