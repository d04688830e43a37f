"""The first tables of receivables. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "dunning_level" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "level" INTEGER NOT NULL,
  "days" INTEGER NOT NULL,
  "fee" NUMERIC(14, 2) NOT NULL,
  "sets_hold" BOOLEAN NOT NULL,
  "is_collections" BOOLEAN NOT NULL,
  "name_fr" TEXT NOT NULL,
  "name_en" TEXT NOT NULL,
  "text_fr" TEXT NOT NULL,
  "text_en" TEXT NOT NULL);
CREATE UNIQUE INDEX "dunning_level_level" ON "dunning_level" ("level");
CREATE TABLE "dunning" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "party_id" BIGINT NOT NULL,
  "run_on" DATE NOT NULL,
  "state" TEXT NOT NULL,
  "level" INTEGER NOT NULL,
  "name_fr" TEXT NOT NULL,
  "name_en" TEXT NOT NULL,
  "text_fr" TEXT NOT NULL,
  "text_en" TEXT NOT NULL,
  "currency" TEXT NOT NULL,
  "total" NUMERIC(14, 2) NOT NULL,
  "fee" NUMERIC(14, 2) NOT NULL,
  "interest" NUMERIC(14, 2) NOT NULL,
  "sets_hold" BOOLEAN NOT NULL,
  "is_collections" BOOLEAN NOT NULL,
  "sent_at" TIMESTAMPTZ,
  "sent_on" DATE,
  "sent_to" TEXT,
  "resolved_at" TIMESTAMPTZ,
  "cancelled_at" TIMESTAMPTZ,
  "reason" TEXT,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("party_id") REFERENCES "party" ("id"));
CREATE UNIQUE INDEX "dunning_uid" ON "dunning" ("uid");
CREATE UNIQUE INDEX "dunning_key" ON "dunning" ("key");
CREATE INDEX "dunning_updated_at" ON "dunning" ("updated_at");
CREATE UNIQUE INDEX "dunning_once" ON "dunning" (party_id, run_on);
CREATE INDEX "dunning_listed" ON "dunning" (run_on, id) INCLUDE (state, level, total);
CREATE INDEX "dunning_unsettled" ON "dunning" (id) WHERE state IN ('draft', 'sent');
CREATE TABLE "dunning_line" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "dunning_id" BIGINT NOT NULL,
  "document_id" BIGINT NOT NULL,
  "number" TEXT NOT NULL,
  "date" DATE NOT NULL,
  "due_date" DATE NOT NULL,
  "days" INTEGER NOT NULL,
  "level" INTEGER NOT NULL,
  "total" NUMERIC(14, 2) NOT NULL,
  "balance" NUMERIC(14, 2) NOT NULL,
  FOREIGN KEY ("dunning_id") REFERENCES "dunning" ("id") ON DELETE CASCADE,
  FOREIGN KEY ("document_id") REFERENCES "document" ("id"));
CREATE INDEX "dunning_line_dunning_id" ON "dunning_line" ("dunning_id");
CREATE INDEX "dunning_line_document_id" ON "dunning_line" ("document_id");
CREATE TABLE "ar_aging_total" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "day" DATE NOT NULL,
  "currency" TEXT NOT NULL,
  "customers" INTEGER NOT NULL,
  "current" NUMERIC(14, 2) NOT NULL,
  "days_30" NUMERIC(14, 2) NOT NULL,
  "days_60" NUMERIC(14, 2) NOT NULL,
  "days_90" NUMERIC(14, 2) NOT NULL,
  "days_90_plus" NUMERIC(14, 2) NOT NULL,
  "total" NUMERIC(14, 2) NOT NULL,
  "disputed" NUMERIC(14, 2) NOT NULL,
  "unapplied_credits" NUMERIC(14, 2) NOT NULL,
  "net" NUMERIC(14, 2) NOT NULL,
  "invoice_count" INTEGER NOT NULL,
  "taken_at" TIMESTAMPTZ NOT NULL);
CREATE UNIQUE INDEX "ar_aging_total_day" ON "ar_aging_total" ("day");
CREATE INDEX "ar_aging_total_listed" ON "ar_aging_total" (day, id) INCLUDE (taken_at);
CREATE TABLE "ar_aging_snapshot" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "day" DATE NOT NULL,
  "party_id" BIGINT NOT NULL,
  "current" NUMERIC(14, 2) NOT NULL,
  "days_30" NUMERIC(14, 2) NOT NULL,
  "days_60" NUMERIC(14, 2) NOT NULL,
  "days_90" NUMERIC(14, 2) NOT NULL,
  "days_90_plus" NUMERIC(14, 2) NOT NULL,
  "total" NUMERIC(14, 2) NOT NULL,
  "disputed" NUMERIC(14, 2) NOT NULL,
  "unapplied_credits" NUMERIC(14, 2) NOT NULL,
  "net" NUMERIC(14, 2) NOT NULL,
  "oldest_due_date" DATE,
  "invoice_count" INTEGER NOT NULL,
  FOREIGN KEY ("party_id") REFERENCES "party" ("id"));
CREATE UNIQUE INDEX "ar_aging_snapshot_party_id_day" ON "ar_aging_snapshot" ("party_id", "day");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
