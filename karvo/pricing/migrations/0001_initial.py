"""The first tables of pricing. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "negotiation" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "number" TEXT,
  "number_year" INTEGER,
  "number_value" BIGINT,
  "party_id" BIGINT NOT NULL,
  "product_id" BIGINT NOT NULL,
  "sku" TEXT NOT NULL,
  "requested_price" NUMERIC(18, 4) NOT NULL,
  "qty" NUMERIC(18, 4) NOT NULL,
  "current_price" NUMERIC(18, 4) NOT NULL,
  "currency" TEXT NOT NULL,
  "reason" TEXT,
  "valid_from" DATE,
  "valid_until" DATE,
  "status" TEXT NOT NULL,
  "counter_price" NUMERIC(18, 4),
  "counter_by" TEXT,
  "price" NUMERIC(18, 4),
  "history" JSONB NOT NULL,
  "proposed_by" TEXT NOT NULL,
  "decided_by" TEXT,
  "decided_at" TIMESTAMPTZ,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("party_id")
  REFERENCES "party" ("id"),
  FOREIGN KEY ("product_id")
  REFERENCES "product" ("id"), CONSTRAINT "negotiation_amounts" CHECK (requested_price > 0
  AND qty > 0));
CREATE UNIQUE INDEX "negotiation_uid" ON "negotiation" ("uid");
CREATE UNIQUE INDEX "negotiation_key" ON "negotiation" ("key");
CREATE UNIQUE INDEX "negotiation_number" ON "negotiation" ("number");
CREATE INDEX "negotiation_party_id" ON "negotiation" ("party_id");
CREATE INDEX "negotiation_product_id" ON "negotiation" ("product_id");
CREATE INDEX "negotiation_updated_at" ON "negotiation" ("updated_at");
CREATE UNIQUE INDEX "negotiation_open" ON "negotiation" (party_id, product_id)
  WHERE status IN ('pending', 'countered');
CREATE TABLE "price_rule" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "scope" TEXT NOT NULL,
  "party_id" BIGINT,
  "group_code" TEXT,
  "target" TEXT NOT NULL,
  "product_id" BIGINT,
  "category_id" BIGINT,
  "method" TEXT NOT NULL,
  "value" NUMERIC(18, 4) NOT NULL,
  "min_qty" NUMERIC(18, 4) NOT NULL,
  "valid_from" DATE,
  "valid_to" DATE,
  "priority" INTEGER NOT NULL,
  "is_active" BOOLEAN NOT NULL,
  "negotiation_id" BIGINT,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("party_id")
  REFERENCES "party" ("id"),
  FOREIGN KEY ("product_id")
  REFERENCES "product" ("id"),
  FOREIGN KEY ("category_id")
  REFERENCES "category" ("id"),
  FOREIGN KEY ("negotiation_id")
  REFERENCES "negotiation" ("id"), CONSTRAINT "price_rule_shape" CHECK (value >= 0
  AND min_qty >= 0
  AND (scope = 'customer') = (party_id IS NOT NULL)
  AND (scope = 'group') = (group_code IS NOT NULL)
  AND (target = 'sku') = (product_id IS NOT NULL)
  AND (target = 'category') = (category_id IS NOT NULL)));
CREATE UNIQUE INDEX "price_rule_uid" ON "price_rule" ("uid");
CREATE UNIQUE INDEX "price_rule_key" ON "price_rule" ("key");
CREATE INDEX "price_rule_party_id" ON "price_rule" ("party_id");
CREATE INDEX "price_rule_product_id" ON "price_rule" ("product_id");
CREATE INDEX "price_rule_category_id" ON "price_rule" ("category_id");
CREATE INDEX "price_rule_negotiation_id" ON "price_rule" ("negotiation_id");
CREATE INDEX "price_rule_updated_at" ON "price_rule" ("updated_at");
CREATE INDEX "price_rule_for_all" ON "price_rule" (scope, party_id) WHERE target = 'all';
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
