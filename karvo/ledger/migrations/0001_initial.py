"""The first tables of ledger. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "account" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "name_fr" TEXT NOT NULL,
  "name_en" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "is_control" BOOLEAN NOT NULL,
  "is_active" BOOLEAN NOT NULL);
CREATE UNIQUE INDEX "account_uid" ON "account" ("uid");
CREATE UNIQUE INDEX "account_key" ON "account" ("key");
CREATE UNIQUE INDEX "account_code" ON "account" ("code");
CREATE TABLE "journal_entry" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "number" TEXT,
  "number_year" INTEGER,
  "number_value" BIGINT,
  "date" DATE NOT NULL,
  "state" TEXT NOT NULL,
  "journal" TEXT NOT NULL,
  "memo" TEXT NOT NULL,
  "source_type" TEXT NOT NULL,
  "source_id" BIGINT NOT NULL,
  "reversal_of_id" BIGINT,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("reversal_of_id")
  REFERENCES "journal_entry" ("id"));
CREATE UNIQUE INDEX "journal_entry_uid" ON "journal_entry" ("uid");
CREATE UNIQUE INDEX "journal_entry_key" ON "journal_entry" ("key");
CREATE UNIQUE INDEX "journal_entry_number" ON "journal_entry" ("number");
CREATE INDEX "journal_entry_date" ON "journal_entry" ("date");
CREATE UNIQUE INDEX "journal_entry_reversal_of_id" ON "journal_entry" ("reversal_of_id");
CREATE INDEX "journal_entry_source_type_source_id" ON "journal_entry" ("source_type",
  "source_id");
CREATE TABLE "journal_line" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "entry_id" BIGINT NOT NULL,
  "position" INTEGER NOT NULL,
  "account_id" BIGINT NOT NULL,
  "party_id" BIGINT,
  "debit" NUMERIC(14, 2) NOT NULL,
  "credit" NUMERIC(14, 2) NOT NULL,
  "tax_code" TEXT NOT NULL,
  FOREIGN KEY ("entry_id")
  REFERENCES "journal_entry" ("id"),
  FOREIGN KEY ("account_id")
  REFERENCES "account" ("id"), CONSTRAINT "one_side" CHECK (debit >= 0
  AND credit >= 0
  AND (debit > 0) <> (credit > 0)));
CREATE INDEX "journal_line_entry_id" ON "journal_line" ("entry_id");
CREATE INDEX "journal_line_account_id" ON "journal_line" ("account_id");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
