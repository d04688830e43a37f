"""The first tables of customers. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "payment_term" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "code" TEXT NOT NULL,
  "name_fr" TEXT NOT NULL,
  "name_en" TEXT NOT NULL,
  "days" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "discount_pct" NUMERIC(7, 4) NOT NULL,
  "discount_days" INTEGER NOT NULL);
CREATE UNIQUE INDEX "payment_term_code" ON "payment_term" ("code");
CREATE TABLE "party" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "is_customer" BOOLEAN NOT NULL,
  "is_vendor" BOOLEAN NOT NULL,
  "email" TEXT,
  "phone" TEXT,
  "website" TEXT,
  "language" TEXT,
  "currency" TEXT NOT NULL,
  "payment_terms" TEXT,
  "group_code" TEXT,
  "price_tier" TEXT,
  "credit_limit" NUMERIC(14, 2) NOT NULL,
  "credit_hold" BOOLEAN NOT NULL,
  "credit_hold_reason" TEXT,
  "tax_exempt" TEXT NOT NULL,
  "gst_number" TEXT,
  "qst_number" TEXT,
  "address1" TEXT,
  "address2" TEXT,
  "city" TEXT,
  "province" TEXT,
  "postal_code" TEXT,
  "country" TEXT,
  "ship_to" JSONB,
  "salesperson" TEXT,
  "notes" TEXT,
  "tags" JSONB NOT NULL,
  "metadata" JSONB NOT NULL,
  "auto_created" BOOLEAN NOT NULL,
  "search_text" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  "deleted_at" TIMESTAMPTZ);
CREATE UNIQUE INDEX "party_uid" ON "party" ("uid");
CREATE UNIQUE INDEX "party_key" ON "party" ("key");
CREATE UNIQUE INDEX "party_code" ON "party" ("code");
CREATE INDEX "party_updated_at" ON "party" ("updated_at");
CREATE INDEX "party_name_id" ON "party" ("name", "id");
CREATE INDEX "party_search" ON "party"
  USING gin (search_text public.gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX "party_email" ON "party" (lower(email));
CREATE TABLE "customer_group" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "kind" TEXT NOT NULL,
  "code" TEXT NOT NULL);
CREATE UNIQUE INDEX "customer_group_kind_code" ON "customer_group" ("kind", "code");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
