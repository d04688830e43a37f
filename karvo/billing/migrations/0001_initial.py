"""The first tables of billing. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "payment" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "number" TEXT,
  "number_year" INTEGER,
  "number_value" BIGINT,
  "party_id" BIGINT NOT NULL,
  "date" DATE NOT NULL,
  "amount" NUMERIC(14, 2) NOT NULL,
  "unallocated" NUMERIC(14, 2) NOT NULL,
  "currency" TEXT NOT NULL,
  "method" TEXT NOT NULL,
  "reference" TEXT,
  "notes" TEXT,
  "external_id" TEXT,
  "metadata" JSONB NOT NULL,
  "is_balance_update" BOOLEAN NOT NULL,
  "is_reconciled" BOOLEAN NOT NULL,
  "voided_on" DATE,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("party_id")
  REFERENCES "party" ("id"), CONSTRAINT "payment_amounts" CHECK (amount > 0
  AND unallocated >= 0
  AND unallocated <= amount));
CREATE UNIQUE INDEX "payment_uid" ON "payment" ("uid");
CREATE UNIQUE INDEX "payment_key" ON "payment" ("key");
CREATE UNIQUE INDEX "payment_number" ON "payment" ("number");
CREATE INDEX "payment_party_id" ON "payment" ("party_id");
CREATE INDEX "payment_date" ON "payment" ("date");
CREATE UNIQUE INDEX "payment_external_id" ON "payment" ("external_id");
CREATE INDEX "payment_updated_at" ON "payment" ("updated_at");
CREATE TABLE "allocation" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "kind" TEXT NOT NULL,
  "payment_id" BIGINT,
  "credit_note_id" BIGINT,
  "invoice_id" BIGINT NOT NULL,
  "amount" NUMERIC(14, 2) NOT NULL,
  "date" DATE NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("payment_id")
  REFERENCES "payment" ("id"),
  FOREIGN KEY ("credit_note_id")
  REFERENCES "document" ("id"),
  FOREIGN KEY ("invoice_id")
  REFERENCES "document" ("id"));
CREATE INDEX "allocation_payment_id" ON "allocation" ("payment_id");
CREATE INDEX "allocation_credit_note_id" ON "allocation" ("credit_note_id");
CREATE INDEX "allocation_invoice_id" ON "allocation" ("invoice_id");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
