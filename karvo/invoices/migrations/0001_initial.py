"""The first tables of invoices. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "document" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "number" TEXT,
  "number_year" INTEGER,
  "number_value" BIGINT,
  "party_id" BIGINT NOT NULL,
  "customer_code" TEXT NOT NULL,
  "customer_name" TEXT NOT NULL,
  "customer" JSONB NOT NULL,
  "date" DATE NOT NULL,
  "due_date" DATE NOT NULL,
  "payment_terms" TEXT NOT NULL,
  "currency" TEXT NOT NULL,
  "fx_rate" NUMERIC(18, 8) NOT NULL,
  "subtotal" NUMERIC(14, 2) NOT NULL,
  "discount_total" NUMERIC(14, 2) NOT NULL,
  "tax_total" NUMERIC(14, 2) NOT NULL,
  "total" NUMERIC(14, 2) NOT NULL,
  "balance" NUMERIC(14, 2) NOT NULL,
  "tax_source" TEXT NOT NULL,
  "language" TEXT NOT NULL,
  "ship_to" JSONB,
  "supply_country" TEXT NOT NULL,
  "supply_province" TEXT NOT NULL,
  "po_reference" TEXT,
  "notes" TEXT,
  "metadata" JSONB NOT NULL,
  "source" TEXT NOT NULL,
  "reason" TEXT,
  "original_id" BIGINT,
  "is_disputed" BOOLEAN NOT NULL,
  "salesperson" TEXT,
  "search_text" TEXT NOT NULL,
  "sent_at" TIMESTAMPTZ,
  "posted_at" TIMESTAMPTZ,
  "voided_on" DATE,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  "deleted_at" TIMESTAMPTZ,
  FOREIGN KEY ("party_id")
  REFERENCES "party" ("id"),
  FOREIGN KEY ("original_id")
  REFERENCES "document" ("id"), CONSTRAINT "document_amounts" CHECK (total >= 0
  AND balance >= 0
  AND balance <= total
  AND total = subtotal + tax_total));
CREATE UNIQUE INDEX "document_uid" ON "document" ("uid");
CREATE UNIQUE INDEX "document_key" ON "document" ("key");
CREATE INDEX "document_party_id" ON "document" ("party_id");
CREATE INDEX "document_original_id" ON "document" ("original_id");
CREATE INDEX "document_updated_at" ON "document" ("updated_at");
CREATE INDEX "document_type_date_id" ON "document" ("type", "date", "id");
CREATE INDEX "document_party_id_type_date" ON "document" ("party_id", "type", "date");
CREATE INDEX "document_type_number_year_number_value" ON "document" ("type",
  "number_year",
  "number_value");
CREATE UNIQUE INDEX "document_number" ON "document" (type, upper(number));
CREATE INDEX "document_open" ON "document" (party_id, due_date)
  INCLUDE (balance) WHERE balance > 0;
CREATE INDEX "document_search" ON "document"
  USING gin (search_text public.gin_trgm_ops) WITH (fastupdate = off);
CREATE TABLE "document_line" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "document_id" BIGINT NOT NULL,
  "position" INTEGER NOT NULL,
  "product_id" BIGINT,
  "sku" TEXT,
  "description" TEXT NOT NULL,
  "description_fr" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "qty" NUMERIC(18, 4) NOT NULL,
  "uom" TEXT NOT NULL,
  "unit_price" NUMERIC(18, 4) NOT NULL,
  "discount_pct" NUMERIC(7, 4) NOT NULL,
  "line_total" NUMERIC(14, 2) NOT NULL,
  "tax_code" TEXT NOT NULL,
  "pst_exempt" BOOLEAN NOT NULL,
  "account" TEXT NOT NULL,
  "cost" NUMERIC(18, 4) NOT NULL,
  FOREIGN KEY ("document_id")
  REFERENCES "document" ("id") ON DELETE CASCADE);
CREATE INDEX "document_line_document_id" ON "document_line" ("document_id");
CREATE INDEX "document_line_product_id" ON "document_line" ("product_id");
CREATE INDEX "document_line_sku" ON "document_line" (upper(sku), document_id);
CREATE TABLE "document_tax" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "document_id" BIGINT NOT NULL,
  "position" INTEGER NOT NULL,
  "code" TEXT NOT NULL,
  "family" TEXT NOT NULL,
  "regime" TEXT NOT NULL,
  "label_fr" TEXT NOT NULL,
  "label_en" TEXT NOT NULL,
  "rate" NUMERIC(9, 6) NOT NULL,
  "base" NUMERIC(14, 2) NOT NULL,
  "amount" NUMERIC(14, 2) NOT NULL,
  "account" TEXT NOT NULL,
  "registration_number" TEXT NOT NULL,
  FOREIGN KEY ("document_id")
  REFERENCES "document" ("id") ON DELETE CASCADE);
CREATE INDEX "document_tax_document_id" ON "document_tax" ("document_id");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
