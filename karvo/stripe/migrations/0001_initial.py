"""The first tables of stripe. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "stripe_account" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "name" TEXT NOT NULL,
  "mode" TEXT NOT NULL,
  "account_id" TEXT,
  "api_key" BYTEA,
  "is_live" BOOLEAN,
  "charges_enabled" BOOLEAN,
  "payouts_enabled" BOOLEAN,
  "is_active" BOOLEAN NOT NULL,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL);
CREATE UNIQUE INDEX "stripe_account_name" ON "stripe_account" ("name");
CREATE TABLE "stripe_checkout" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "invoice_id" BIGINT NOT NULL,
  "amount" NUMERIC(14, 2) NOT NULL,
  "state" TEXT NOT NULL,
  "session_id" TEXT,
  "url" TEXT,
  "expires_at" TIMESTAMPTZ NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("invoice_id") REFERENCES "document" ("id") ON DELETE CASCADE);
CREATE UNIQUE INDEX "stripe_checkout_uid" ON "stripe_checkout" ("uid");
CREATE UNIQUE INDEX "stripe_checkout_session_id" ON "stripe_checkout" ("session_id");
CREATE UNIQUE INDEX "stripe_checkout_offered" ON "stripe_checkout"
  (invoice_id)
  WHERE state IN ('making', 'open');
CREATE INDEX "stripe_checkout_invoice" ON "stripe_checkout" (invoice_id, id);
CREATE TABLE "stripe_payment" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "external_id" TEXT NOT NULL,
  "charge_id" TEXT,
  "state" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "payment_id" BIGINT,
  "amount" BIGINT NOT NULL,
  "currency" TEXT NOT NULL,
  "email" TEXT,
  "name" TEXT,
  "metadata" JSONB NOT NULL,
  "received_at" TIMESTAMPTZ NOT NULL,
  "balance_transaction" TEXT,
  "is_fee_booked" BOOLEAN NOT NULL,
  "refunds" JSONB NOT NULL,
  "refunded_total" BIGINT NOT NULL,
  "refunded_told" BIGINT NOT NULL,
  "refunded_booked" BIGINT NOT NULL,
  "disputes" JSONB NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("payment_id") REFERENCES "payment" ("id"));
CREATE UNIQUE INDEX "stripe_payment_uid" ON "stripe_payment" ("uid");
CREATE UNIQUE INDEX "stripe_payment_external_id" ON "stripe_payment" ("external_id");
CREATE INDEX "stripe_payment_charge_id" ON "stripe_payment" ("charge_id");
CREATE UNIQUE INDEX "stripe_payment_payment_id" ON "stripe_payment" ("payment_id");
CREATE INDEX "stripe_payment_listed" ON "stripe_payment"
  (id)
  INCLUDE (updated_at, external_id, email) WHERE state = 'unmatched';
CREATE INDEX "stripe_payment_fee_due" ON "stripe_payment"
  (id)
  WHERE state = 'booked' AND balance_transaction IS NOT NULL AND NOT is_fee_booked;
CREATE TABLE "stripe_effect" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "key" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL);
CREATE UNIQUE INDEX "stripe_effect_key" ON "stripe_effect" ("key");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
