"""The first tables of products. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "category" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "code" TEXT NOT NULL,
  "name_fr" TEXT NOT NULL,
  "name_en" TEXT NOT NULL,
  "parent_id" BIGINT,
  FOREIGN KEY ("parent_id")
  REFERENCES "category" ("id"));
CREATE UNIQUE INDEX "category_code" ON "category" ("code");
CREATE INDEX "category_parent_id" ON "category" ("parent_id");
CREATE TABLE "product" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "sku" TEXT NOT NULL,
  "name_fr" TEXT NOT NULL,
  "name_en" TEXT NOT NULL,
  "translation_missing" BOOLEAN NOT NULL,
  "description_fr" TEXT,
  "description_en" TEXT,
  "type" TEXT NOT NULL,
  "category_id" BIGINT,
  "uom" TEXT NOT NULL,
  "barcode" TEXT,
  "list_price" NUMERIC(18, 4) NOT NULL,
  "min_price" NUMERIC(18, 4),
  "cost" NUMERIC(18, 4) NOT NULL,
  "standard_cost" NUMERIC(18, 4) NOT NULL,
  "tax_code" TEXT NOT NULL,
  "pst_exempt" BOOLEAN NOT NULL,
  "weight_kg" NUMERIC(18, 4),
  "hazardous" BOOLEAN NOT NULL,
  "un_number" TEXT,
  "track_stock" BOOLEAN,
  "reorder_point" NUMERIC(18, 4),
  "reorder_qty" NUMERIC(18, 4),
  "lead_time_days" INTEGER,
  "allow_backorder" BOOLEAN NOT NULL,
  "allow_negative" BOOLEAN NOT NULL,
  "status" TEXT NOT NULL,
  "superseded_by" TEXT,
  "images" JSONB NOT NULL,
  "metadata" JSONB NOT NULL,
  "search_text" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("category_id")
  REFERENCES "category" ("id"), CONSTRAINT "product_prices" CHECK (list_price >= 0
  AND cost >= 0));
CREATE UNIQUE INDEX "product_uid" ON "product" ("uid");
CREATE UNIQUE INDEX "product_key" ON "product" ("key");
CREATE INDEX "product_category_id" ON "product" ("category_id");
CREATE INDEX "product_updated_at" ON "product" ("updated_at");
CREATE UNIQUE INDEX "product_sku" ON "product" (upper(sku));
CREATE INDEX "product_search" ON "product"
  USING gin (search_text public.gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX "product_barcode" ON "product" (barcode);
CREATE TABLE "product_alias" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "product_id" BIGINT NOT NULL,
  "alias" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "party_id" BIGINT NOT NULL,
  FOREIGN KEY ("product_id")
  REFERENCES "product" ("id") ON DELETE CASCADE);
CREATE INDEX "product_alias_product_id" ON "product_alias" ("product_id");
CREATE UNIQUE INDEX "product_alias_name" ON "product_alias" (upper(alias), party_id);
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
