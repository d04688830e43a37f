"""The first tables of questions. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "ai_conversation" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "owner_kind" TEXT NOT NULL,
  "owner_id" BIGINT NOT NULL,
  "title" TEXT NOT NULL,
  "language" TEXT,
  "query" JSONB,
  "pending" JSONB,
  "message_count" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL);
CREATE UNIQUE INDEX "ai_conversation_uid" ON "ai_conversation" ("uid");
CREATE INDEX "ai_conversation_listed" ON "ai_conversation"
  (owner_kind, owner_id, updated_at, id) INCLUDE (title);
CREATE TABLE "ai_message" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "conversation_id" BIGINT NOT NULL,
  "role" TEXT NOT NULL,
  "content" TEXT NOT NULL,
  "answer" JSONB,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("conversation_id") REFERENCES "ai_conversation" ("id") ON DELETE CASCADE);
CREATE INDEX "ai_message_conversation_id_id" ON "ai_message" ("conversation_id", "id");
CREATE TABLE "ai_saved_query" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "owner_kind" TEXT NOT NULL,
  "owner_id" BIGINT NOT NULL,
  "owner_name" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "question" TEXT,
  "query" JSONB,
  "language" TEXT,
  "visibility" TEXT NOT NULL,
  "schedule" TEXT,
  "next_run_on" DATE,
  "last_run_at" TIMESTAMPTZ,
  "last_status" TEXT,
  "last_row_count" INTEGER,
  "last_result" JSONB,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  CONSTRAINT "ai_saved_query_one" CHECK ((question IS NULL) <> (query IS NULL)));
CREATE UNIQUE INDEX "ai_saved_query_uid" ON "ai_saved_query" ("uid");
CREATE INDEX "ai_saved_query_next_run_on" ON "ai_saved_query" ("next_run_on");
CREATE UNIQUE INDEX "ai_saved_query_name" ON "ai_saved_query"
  (owner_kind, owner_id, lower(name));
CREATE INDEX "ai_saved_query_listed" ON "ai_saved_query" (owner_kind, owner_id, id)
  INCLUDE (name, visibility, schedule, updated_at);
CREATE INDEX "ai_saved_query_shared" ON "ai_saved_query" (id)
  INCLUDE (owner_kind, owner_id, name, schedule, updated_at) WHERE visibility = 'company';
CREATE TABLE "ai_reading" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "digest" TEXT NOT NULL,
  "query" JSONB,
  "created_at" TIMESTAMPTZ NOT NULL);
CREATE UNIQUE INDEX "ai_reading_digest" ON "ai_reading" ("digest");
CREATE INDEX "ai_reading_created_at" ON "ai_reading" ("created_at");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
