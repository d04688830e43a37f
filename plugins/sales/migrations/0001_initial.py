"""The first tables of sales. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "sales_quote" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "number" TEXT,
  "number_year" INTEGER,
  "number_value" BIGINT,
  "party_id" BIGINT NOT NULL,
  "customer_code" TEXT NOT NULL,
  "customer_name" TEXT NOT NULL,
  "status" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "date" DATE NOT NULL,
  "valid_until" DATE NOT NULL,
  "currency" TEXT NOT NULL,
  "language" TEXT NOT NULL,
  "subtotal" NUMERIC(14, 2) NOT NULL,
  "discount_total" NUMERIC(14, 2) NOT NULL,
  "tax_total" NUMERIC(14, 2) NOT NULL,
  "total" NUMERIC(14, 2) NOT NULL,
  "taxes" JSONB NOT NULL,
  "ship_to" JSONB,
  "reference" TEXT,
  "notes" TEXT,
  "metadata" JSONB NOT NULL,
  "source" TEXT NOT NULL,
  "search_text" TEXT NOT NULL,
  "sent_at" TIMESTAMPTZ,
  "accepted_at" TIMESTAMPTZ,
  "accepted_by" TEXT,
  "accepted_how" TEXT,
  "accepted_ip" TEXT,
  "accepted_signer" TEXT,
  "accepted_email" TEXT,
  "declined_at" TIMESTAMPTZ,
  "declined_how" TEXT,
  "declined_reason" TEXT,
  "converted_at" TIMESTAMPTZ,
  "invoice_id" BIGINT,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("party_id") REFERENCES "party" ("id"),
  FOREIGN KEY ("invoice_id") REFERENCES "document" ("id") ON DELETE SET NULL,
  CONSTRAINT "sales_quote_amounts"
    CHECK (total >= 0 AND total = subtotal + tax_total
    AND valid_until >= date AND revision >= 1));
CREATE UNIQUE INDEX "sales_quote_uid" ON "sales_quote" ("uid");
CREATE UNIQUE INDEX "sales_quote_key" ON "sales_quote" ("key");
CREATE UNIQUE INDEX "sales_quote_number" ON "sales_quote" ("number");
CREATE INDEX "sales_quote_updated_at" ON "sales_quote" ("updated_at");
CREATE INDEX "sales_quote_listed" ON "sales_quote" (date, id)
  INCLUDE (status, valid_until, total, party_id);
CREATE INDEX "sales_quote_of_party" ON "sales_quote" (party_id, date, id) INCLUDE (status);
CREATE INDEX "sales_quote_open" ON "sales_quote" (valid_until, id)
  WHERE status IN ('draft', 'sent');
CREATE INDEX "sales_quote_invoice" ON "sales_quote" (invoice_id) WHERE invoice_id IS NOT NULL;
CREATE INDEX "sales_quote_search" ON "sales_quote"
  USING gin (search_text public.gin_trgm_ops) WITH (fastupdate = off);
CREATE TABLE "sales_quote_line" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "quote_id" BIGINT NOT NULL,
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
  "tax_rate" NUMERIC(9, 6),
  FOREIGN KEY ("quote_id") REFERENCES "sales_quote" ("id") ON DELETE CASCADE,
  CONSTRAINT "sales_quote_line_qty" CHECK (qty > 0));
CREATE INDEX "sales_quote_line_quote_id" ON "sales_quote_line" ("quote_id");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
