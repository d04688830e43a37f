"""Stripe: receipts of events, subscriptions, usage. SQL only: no import of the application."""

SQL = """
ALTER TABLE "control"."tenant" ADD COLUMN "billing_state" TEXT NOT NULL DEFAULT '';
ALTER TABLE "control"."tenant" ALTER COLUMN "billing_state" DROP DEFAULT;
ALTER TABLE "control"."tenant" ADD COLUMN "grace_until" TIMESTAMPTZ;
ALTER TABLE "control"."tenant" ADD COLUMN "stripe_customer" TEXT;
CREATE UNIQUE INDEX "tenant_stripe_customer" ON "control"."tenant" ("stripe_customer");
CREATE TABLE "control"."stripe_endpoint" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "company_id" BIGINT NOT NULL,
  "key" TEXT NOT NULL,
  "account_id" TEXT,
  "secrets" BYTEA,
  "is_live" BOOLEAN,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("company_id") REFERENCES "control"."company" ("id") ON DELETE CASCADE);
CREATE UNIQUE INDEX "stripe_endpoint_company_id" ON "control"."stripe_endpoint" ("company_id");
CREATE UNIQUE INDEX "stripe_endpoint_key" ON "control"."stripe_endpoint" ("key");
CREATE UNIQUE INDEX "stripe_endpoint_account_id" ON "control"."stripe_endpoint" ("account_id");
CREATE TABLE "control"."stripe_receipt" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "scope" TEXT NOT NULL,
  "account" TEXT NOT NULL,
  "event_id" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "created" BIGINT NOT NULL,
  "object_id" TEXT NOT NULL,
  "livemode" BOOLEAN,
  "api_version" TEXT NOT NULL,
  "body" BYTEA NOT NULL,
  "state" TEXT NOT NULL,
  "attempts" INTEGER NOT NULL,
  "due_at" TIMESTAMPTZ,
  "error" TEXT NOT NULL,
  "tenant_id" BIGINT,
  "company_id" BIGINT,
  "received_at" TIMESTAMPTZ NOT NULL);
CREATE INDEX "stripe_receipt_received_at" ON "control"."stripe_receipt" ("received_at");
CREATE UNIQUE INDEX "stripe_receipt_scope_account_event_id"
  ON "control"."stripe_receipt" ("scope", "account", "event_id");
CREATE INDEX "stripe_receipt_due"
  ON "control"."stripe_receipt" (due_at, id) WHERE state = 'received';
CREATE INDEX "stripe_receipt_stuck"
  ON "control"."stripe_receipt" (state, account) WHERE state IN ('unrouted', 'failed');
CREATE TABLE "control"."stripe_subscription" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "tenant_id" BIGINT NOT NULL,
  "subscription_id" TEXT NOT NULL,
  "customer_id" TEXT NOT NULL,
  "status" TEXT NOT NULL,
  "plan" TEXT NOT NULL,
  "lookup_key" TEXT NOT NULL,
  "is_metered" BOOLEAN NOT NULL,
  "started" BIGINT NOT NULL,
  "period_end" TIMESTAMPTZ,
  "trial_end" TIMESTAMPTZ,
  "cancel_at_period_end" BOOLEAN NOT NULL,
  "cancel_reason" TEXT NOT NULL,
  "told" JSONB NOT NULL,
  "history" JSONB NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("tenant_id") REFERENCES "control"."tenant" ("id") ON DELETE CASCADE);
CREATE INDEX "stripe_subscription_tenant_id" ON "control"."stripe_subscription" ("tenant_id");
CREATE UNIQUE INDEX "stripe_subscription_subscription_id"
  ON "control"."stripe_subscription" ("subscription_id");
CREATE TABLE "control"."stripe_usage" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "tenant_id" BIGINT NOT NULL,
  "meter" TEXT NOT NULL,
  "hour" TIMESTAMPTZ NOT NULL,
  "total" BIGINT NOT NULL,
  "value" BIGINT NOT NULL,
  "state" TEXT NOT NULL,
  "attempts" INTEGER NOT NULL,
  "due_at" TIMESTAMPTZ NOT NULL,
  "error" TEXT NOT NULL,
  FOREIGN KEY ("tenant_id") REFERENCES "control"."tenant" ("id") ON DELETE CASCADE);
CREATE UNIQUE INDEX "stripe_usage_tenant_id_meter_hour"
  ON "control"."stripe_usage" ("tenant_id", "meter", "hour");
CREATE INDEX "stripe_usage_due" ON "control"."stripe_usage" (due_at, id) WHERE state = 'waiting';
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
