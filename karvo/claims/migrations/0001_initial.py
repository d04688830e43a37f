"""The first tables of claims. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "claim" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "number" TEXT,
  "number_year" INTEGER,
  "number_value" BIGINT,
  "party_id" BIGINT NOT NULL,
  "document_id" BIGINT,
  "shipment_id" BIGINT,
  "type" TEXT NOT NULL,
  "description" TEXT NOT NULL,
  "status" TEXT NOT NULL,
  "priority" TEXT NOT NULL,
  "amount_claimed" NUMERIC(14, 2) NOT NULL,
  "amount_approved" NUMERIC(14, 2),
  "resolution" TEXT,
  "resolution_note" TEXT,
  "assigned_to" TEXT,
  "photos" JSONB NOT NULL,
  "carrier_claim_no" TEXT,
  "credit_note_id" BIGINT,
  "refunded" NUMERIC(14, 2) NOT NULL,
  "opened_at" TIMESTAMPTZ NOT NULL,
  "due_at" TIMESTAMPTZ NOT NULL,
  "resolved_at" TIMESTAMPTZ,
  "closed_on" DATE,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("party_id") REFERENCES "party" ("id"),
  FOREIGN KEY ("document_id") REFERENCES "document" ("id"),
  FOREIGN KEY ("credit_note_id") REFERENCES "document" ("id"),
  CONSTRAINT "claim_amounts" CHECK (amount_claimed >= 0
  AND amount_approved >= 0 AND amount_approved <= amount_claimed AND refunded >= 0));
CREATE UNIQUE INDEX "claim_uid" ON "claim" ("uid");
CREATE UNIQUE INDEX "claim_key" ON "claim" ("key");
CREATE UNIQUE INDEX "claim_number" ON "claim" ("number");
CREATE INDEX "claim_party_id" ON "claim" ("party_id");
CREATE INDEX "claim_document_id" ON "claim" ("document_id");
CREATE INDEX "claim_credit_note_id" ON "claim" ("credit_note_id");
CREATE INDEX "claim_updated_at" ON "claim" ("updated_at");
CREATE INDEX "claim_listed" ON "claim" (status, due_at, id)
  INCLUDE (type, assigned_to, amount_claimed, number, opened_at);
CREATE TABLE "claim_line" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "claim_id" BIGINT NOT NULL,
  "position" INTEGER NOT NULL,
  "product_id" BIGINT,
  "sku" TEXT NOT NULL,
  "description" TEXT NOT NULL,
  "qty" NUMERIC(18, 4) NOT NULL,
  "amount" NUMERIC(14, 2),
  FOREIGN KEY ("claim_id") REFERENCES "claim" ("id") ON DELETE CASCADE,
  CONSTRAINT "claim_line_amounts" CHECK (qty > 0 AND amount >= 0));
CREATE INDEX "claim_line_claim_id" ON "claim_line" ("claim_id");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
