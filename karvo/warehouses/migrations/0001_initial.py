"""The first tables of warehouses. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "warehouse" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "address" JSONB NOT NULL,
  "is_default" BOOLEAN NOT NULL,
  "allow_negative" BOOLEAN NOT NULL,
  "is_active" BOOLEAN NOT NULL,
  "metadata" JSONB NOT NULL,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL);
CREATE UNIQUE INDEX "warehouse_uid" ON "warehouse" ("uid");
CREATE UNIQUE INDEX "warehouse_key" ON "warehouse" ("key");
CREATE UNIQUE INDEX "warehouse_code" ON "warehouse" ("code");
CREATE TABLE "location" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "warehouse_id" BIGINT NOT NULL,
  "code" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "is_default" BOOLEAN NOT NULL,
  FOREIGN KEY ("warehouse_id") REFERENCES "warehouse" ("id"));
CREATE INDEX "location_warehouse_id" ON "location" ("warehouse_id");
CREATE UNIQUE INDEX "location_warehouse_id_code" ON "location" ("warehouse_id", "code");
CREATE TABLE "lot" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "product_id" BIGINT NOT NULL,
  "number" TEXT NOT NULL,
  "expires_on" DATE,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("product_id") REFERENCES "product" ("id"));
CREATE UNIQUE INDEX "lot_product_id_number" ON "lot" ("product_id", "number");
CREATE TABLE "stock_cost" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "product_id" BIGINT NOT NULL,
  "qty" NUMERIC(18, 4) NOT NULL,
  "value" NUMERIC(14, 2) NOT NULL,
  "unit_cost" NUMERIC(20, 6) NOT NULL,
  FOREIGN KEY ("product_id") REFERENCES "product" ("id"));
CREATE UNIQUE INDEX "stock_cost_product_id" ON "stock_cost" ("product_id");
CREATE TABLE "stock_level" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "warehouse_id" BIGINT NOT NULL,
  "product_id" BIGINT NOT NULL,
  "qty" NUMERIC(18, 4) NOT NULL,
  "reserved" NUMERIC(18, 4) NOT NULL,
  FOREIGN KEY ("warehouse_id") REFERENCES "warehouse" ("id"),
  FOREIGN KEY ("product_id") REFERENCES "product" ("id"),
  CONSTRAINT "reserved_not_negative" CHECK (reserved >= 0));
CREATE INDEX "stock_level_product_id" ON "stock_level" ("product_id");
CREATE UNIQUE INDEX "stock_level_warehouse_id_product_id"
  ON "stock_level" ("warehouse_id", "product_id");
CREATE TABLE "quant" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "location_id" BIGINT NOT NULL,
  "product_id" BIGINT NOT NULL,
  "lot_id" BIGINT NOT NULL,
  "qty" NUMERIC(18, 4) NOT NULL,
  FOREIGN KEY ("location_id") REFERENCES "location" ("id"),
  FOREIGN KEY ("product_id") REFERENCES "product" ("id"));
CREATE INDEX "quant_product_id" ON "quant" ("product_id");
CREATE UNIQUE INDEX "quant_location_id_product_id_lot_id"
  ON "quant" ("location_id", "product_id", "lot_id");
CREATE TABLE "stock_move" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "product_id" BIGINT NOT NULL,
  "warehouse_id" BIGINT NOT NULL,
  "location_id" BIGINT NOT NULL,
  "lot_id" BIGINT NOT NULL,
  "kind" TEXT NOT NULL,
  "qty" NUMERIC(18, 4) NOT NULL,
  "value" NUMERIC(14, 2) NOT NULL,
  "unit_cost" NUMERIC(20, 6) NOT NULL,
  "date" DATE NOT NULL,
  "source_type" TEXT NOT NULL,
  "source_id" BIGINT NOT NULL,
  "source_line" BIGINT NOT NULL,
  "note" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("product_id") REFERENCES "product" ("id"),
  FOREIGN KEY ("warehouse_id") REFERENCES "warehouse" ("id"),
  FOREIGN KEY ("location_id") REFERENCES "location" ("id"));
CREATE INDEX "stock_move_product_id_date_id" ON "stock_move" ("product_id", "date", "id");
CREATE INDEX "stock_move_source_type_source_id" ON "stock_move" ("source_type", "source_id");
CREATE INDEX "stock_move_warehouse_id_product_id_date"
  ON "stock_move" ("warehouse_id", "product_id", "date");
CREATE TABLE "reservation" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "product_id" BIGINT NOT NULL,
  "warehouse_id" BIGINT NOT NULL,
  "source_type" TEXT NOT NULL,
  "source_id" BIGINT NOT NULL,
  "qty" NUMERIC(18, 4) NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("product_id") REFERENCES "product" ("id"),
  FOREIGN KEY ("warehouse_id") REFERENCES "warehouse" ("id"),
  CONSTRAINT "reservation_positive" CHECK (qty > 0));
CREATE INDEX "reservation_product_id" ON "reservation" ("product_id");
CREATE INDEX "reservation_warehouse_id" ON "reservation" ("warehouse_id");
CREATE UNIQUE INDEX "reservation_source_type_source_id_warehouse_id"
  ON "reservation" ("source_type", "source_id", "warehouse_id");
CREATE TABLE "transfer" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "number" TEXT,
  "number_year" INTEGER,
  "number_value" BIGINT,
  "from_warehouse_id" BIGINT NOT NULL,
  "to_warehouse_id" BIGINT NOT NULL,
  "state" TEXT NOT NULL,
  "date" DATE NOT NULL,
  "reference" TEXT NOT NULL,
  "received_on" DATE,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("from_warehouse_id") REFERENCES "warehouse" ("id"),
  FOREIGN KEY ("to_warehouse_id") REFERENCES "warehouse" ("id"));
CREATE UNIQUE INDEX "transfer_uid" ON "transfer" ("uid");
CREATE UNIQUE INDEX "transfer_key" ON "transfer" ("key");
CREATE UNIQUE INDEX "transfer_number" ON "transfer" ("number");
CREATE INDEX "transfer_from_warehouse_id" ON "transfer" ("from_warehouse_id");
CREATE INDEX "transfer_to_warehouse_id" ON "transfer" ("to_warehouse_id");
CREATE TABLE "transfer_line" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "transfer_id" BIGINT NOT NULL,
  "position" INTEGER NOT NULL,
  "product_id" BIGINT NOT NULL,
  "lot_id" BIGINT NOT NULL,
  "sku" TEXT NOT NULL,
  "qty" NUMERIC(18, 4) NOT NULL,
  "qty_received" NUMERIC(18, 4),
  "value" NUMERIC(14, 2) NOT NULL,
  FOREIGN KEY ("transfer_id") REFERENCES "transfer" ("id") ON DELETE CASCADE,
  FOREIGN KEY ("product_id") REFERENCES "product" ("id"));
CREATE INDEX "transfer_line_transfer_id" ON "transfer_line" ("transfer_id");
CREATE INDEX "transfer_line_product_id" ON "transfer_line" ("product_id");
CREATE TABLE "stock_document" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "number" TEXT,
  "number_year" INTEGER,
  "number_value" BIGINT,
  "kind" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "warehouse_id" BIGINT NOT NULL,
  "date" DATE NOT NULL,
  "reason" TEXT NOT NULL,
  "reference" TEXT NOT NULL,
  "value" NUMERIC(14, 2) NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("warehouse_id") REFERENCES "warehouse" ("id"));
CREATE UNIQUE INDEX "stock_document_uid" ON "stock_document" ("uid");
CREATE UNIQUE INDEX "stock_document_key" ON "stock_document" ("key");
CREATE UNIQUE INDEX "stock_document_number" ON "stock_document" ("number");
CREATE INDEX "stock_document_warehouse_id" ON "stock_document" ("warehouse_id");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
