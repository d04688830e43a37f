"""The first tables of shipments. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "shipment" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "number" TEXT,
  "number_year" INTEGER,
  "number_value" BIGINT,
  "document_id" BIGINT,
  "party_id" BIGINT NOT NULL,
  "customer_code" TEXT NOT NULL,
  "customer_name" TEXT NOT NULL,
  "claim_id" BIGINT,
  "state" TEXT NOT NULL,
  "previous_state" TEXT,
  "method" TEXT NOT NULL,
  "warehouse_id" BIGINT,
  "carrier" TEXT,
  "service" TEXT,
  "tracking_number" TEXT,
  "tracking_url" TEXT,
  "ship_to" JSONB,
  "language" TEXT,
  "scheduled_date" DATE,
  "route" TEXT,
  "stop_no" INTEGER,
  "driver" TEXT,
  "packages" JSONB NOT NULL,
  "weight_kg" NUMERIC(18, 4),
  "instructions" TEXT,
  "notes" TEXT,
  "po_reference" TEXT,
  "history" JSONB NOT NULL,
  "proof" JSONB,
  "shipped_at" TIMESTAMPTZ,
  "delivered_at" TIMESTAMPTZ,
  "search_text" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("document_id") REFERENCES "document" ("id"),
  FOREIGN KEY ("party_id") REFERENCES "party" ("id"),
  FOREIGN KEY ("warehouse_id") REFERENCES "warehouse" ("id"));
CREATE UNIQUE INDEX "shipment_uid" ON "shipment" ("uid");
CREATE UNIQUE INDEX "shipment_key" ON "shipment" ("key");
CREATE UNIQUE INDEX "shipment_number" ON "shipment" ("number");
CREATE INDEX "shipment_party_id" ON "shipment" ("party_id");
CREATE UNIQUE INDEX "shipment_claim_id" ON "shipment" ("claim_id");
CREATE INDEX "shipment_listed" ON "shipment" (scheduled_date, id) INCLUDE (state, number,
  party_id, document_id, method, carrier, route, warehouse_id, updated_at);
CREATE INDEX "shipment_in_state" ON "shipment" (state, party_id, id);
CREATE INDEX "shipment_search" ON "shipment" USING gin (search_text public.gin_trgm_ops) WITH
  (fastupdate = off);
CREATE TABLE "shipment_line" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "shipment_id" BIGINT NOT NULL,
  "position" INTEGER NOT NULL,
  "document_id" BIGINT,
  "document_line_id" BIGINT,
  "backorder_id" BIGINT,
  "product_id" BIGINT,
  "sku" TEXT,
  "description" TEXT NOT NULL,
  "description_fr" TEXT NOT NULL,
  "uom" TEXT NOT NULL,
  "qty_ordered" NUMERIC(18, 4) NOT NULL,
  "qty" NUMERIC(18, 4) NOT NULL,
  "qty_backordered" NUMERIC(18, 4) NOT NULL,
  "lot" TEXT,
  "lot_id" BIGINT,
  "lots" JSONB NOT NULL,
  "value" NUMERIC(14, 2),
  FOREIGN KEY ("shipment_id") REFERENCES "shipment" ("id") ON DELETE CASCADE,
  FOREIGN KEY ("document_id") REFERENCES "document" ("id"),
  FOREIGN KEY ("product_id") REFERENCES "product" ("id"),
  CONSTRAINT "shipment_line_quantities" CHECK (qty >= 0 AND qty_backordered >= 0));
CREATE INDEX "shipment_line_shipment_id" ON "shipment_line" ("shipment_id");
CREATE INDEX "shipment_line_product_id" ON "shipment_line" ("product_id");
CREATE INDEX "shipment_line_of_document" ON "shipment_line" (document_id, document_line_id)
  INCLUDE (shipment_id, qty) WHERE document_id IS NOT NULL;
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
