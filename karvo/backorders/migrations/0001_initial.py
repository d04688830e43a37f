"""The first tables of backorders. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "backorder" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "number" TEXT,
  "number_year" INTEGER,
  "number_value" BIGINT,
  "party_id" BIGINT NOT NULL,
  "product_id" BIGINT,
  "sku" TEXT NOT NULL,
  "description" TEXT NOT NULL,
  "document_id" BIGINT,
  "document_line_id" BIGINT,
  "qty" NUMERIC(18, 4) NOT NULL,
  "qty_fulfilled" NUMERIC(18, 4) NOT NULL,
  "state" TEXT NOT NULL,
  "warehouse_id" BIGINT,
  "priority" INTEGER NOT NULL,
  "expected_date" DATE,
  "requested_date" DATE NOT NULL,
  "reason" TEXT,
  "po_number" TEXT,
  "notes" TEXT,
  "cancelled_reason" TEXT,
  "shipment_id" BIGINT,
  "credit_id" BIGINT,
  "announced_for" DATE,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("party_id") REFERENCES "party" ("id"),
  FOREIGN KEY ("product_id") REFERENCES "product" ("id"),
  FOREIGN KEY ("document_id") REFERENCES "document" ("id"),
  FOREIGN KEY ("warehouse_id") REFERENCES "warehouse" ("id"),
  CONSTRAINT "backorder_quantities" CHECK (qty > 0 AND qty_fulfilled >= 0 AND qty_fulfilled <=
  qty));
CREATE UNIQUE INDEX "backorder_uid" ON "backorder" ("uid");
CREATE UNIQUE INDEX "backorder_key" ON "backorder" ("key");
CREATE UNIQUE INDEX "backorder_number" ON "backorder" ("number");
CREATE INDEX "backorder_party_id" ON "backorder" ("party_id");
CREATE INDEX "backorder_listed" ON "backorder" (expected_date, id) INCLUDE (state, priority,
  number, party_id, product_id, document_id, warehouse_id, sku, requested_date, updated_at);
CREATE INDEX "backorder_of_product" ON "backorder" (product_id, state, priority, requested_date,
  id);
CREATE INDEX "backorder_of_document" ON "backorder" (document_id, document_line_id) WHERE
  document_id IS NOT NULL;
CREATE INDEX "backorder_search" ON "backorder" USING gin (upper(number || ' ' || sku || ' ' ||
  coalesce(po_number, '')) public.gin_trgm_ops) WITH (fastupdate = off);
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
