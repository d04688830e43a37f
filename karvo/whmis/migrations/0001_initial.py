"""The first tables of whmis. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "sds" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "product_id" BIGINT NOT NULL,
  "version_no" INTEGER NOT NULL,
  "state" TEXT NOT NULL,
  "product_identifier" TEXT NOT NULL,
  "signal_word" TEXT NOT NULL,
  "supplier" TEXT NOT NULL,
  "classes" TEXT NOT NULL,
  "hpr_version" INTEGER NOT NULL,
  "revised_on" DATE NOT NULL,
  "review_due" DATE NOT NULL,
  "languages" TEXT NOT NULL,
  "content" JSONB NOT NULL,
  "search_text" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("product_id")
  REFERENCES "product" ("id"));
CREATE UNIQUE INDEX "sds_uid" ON "sds" ("uid");
CREATE UNIQUE INDEX "sds_key" ON "sds" ("key");
CREATE INDEX "sds_product_id" ON "sds" ("product_id");
CREATE INDEX "sds_updated_at" ON "sds" ("updated_at");
CREATE UNIQUE INDEX "sds_product_id_version_no" ON "sds" ("product_id", "version_no");
CREATE UNIQUE INDEX "sds_current" ON "sds" (product_id) WHERE state = 'current';
CREATE INDEX "sds_listed"
  ON "sds" (review_due, id)
  INCLUDE (state, signal_word, classes, supplier, revised_on, product_identifier, updated_at);
CREATE INDEX "sds_search"
  ON "sds"
  USING gin (search_text public.gin_trgm_ops) WITH (fastupdate = off);
CREATE TABLE "sds_file" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "sds_id" BIGINT NOT NULL,
  "language" TEXT NOT NULL,
  "size" INTEGER NOT NULL,
  "sha256" TEXT NOT NULL,
  "body" BYTEA NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("sds_id")
  REFERENCES "sds" ("id") ON DELETE CASCADE);
CREATE INDEX "sds_file_sds_id" ON "sds_file" ("sds_id");
CREATE UNIQUE INDEX "sds_file_sds_id_language" ON "sds_file" ("sds_id", "language");
CREATE TABLE "sds_notice" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "sds_id" BIGINT NOT NULL,
  "days" INTEGER NOT NULL,
  "announced_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("sds_id")
  REFERENCES "sds" ("id") ON DELETE CASCADE);
CREATE INDEX "sds_notice_sds_id" ON "sds_notice" ("sds_id");
CREATE UNIQUE INDEX "sds_notice_sds_id_days" ON "sds_notice" ("sds_id", "days");
CREATE TABLE "sds_delivery" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "sds_id" BIGINT NOT NULL,
  "party_id" BIGINT NOT NULL,
  "date" DATE NOT NULL,
  "channel" TEXT NOT NULL,
  "shipment_id" BIGINT NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("sds_id")
  REFERENCES "sds" ("id"),
  FOREIGN KEY ("party_id")
  REFERENCES "party" ("id"));
CREATE INDEX "sds_delivery_sds_id" ON "sds_delivery" ("sds_id");
CREATE INDEX "sds_delivery_party_id" ON "sds_delivery" ("party_id");
CREATE UNIQUE INDEX "sds_delivery_sds_id_party_id" ON "sds_delivery" ("sds_id", "party_id");
CREATE TABLE "sds_recipient" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "product_id" BIGINT NOT NULL,
  "party_id" BIGINT NOT NULL,
  "delivery_id" BIGINT,
  "sds_id" BIGINT,
  "last_on" DATE NOT NULL,
  FOREIGN KEY ("product_id")
  REFERENCES "product" ("id"),
  FOREIGN KEY ("party_id")
  REFERENCES "party" ("id"),
  FOREIGN KEY ("delivery_id")
  REFERENCES "sds_delivery" ("id"),
  FOREIGN KEY ("sds_id")
  REFERENCES "sds" ("id"));
CREATE INDEX "sds_recipient_product_id" ON "sds_recipient" ("product_id");
CREATE INDEX "sds_recipient_party_id" ON "sds_recipient" ("party_id");
CREATE INDEX "sds_recipient_delivery_id" ON "sds_recipient" ("delivery_id");
CREATE INDEX "sds_recipient_sds_id" ON "sds_recipient" ("sds_id");
CREATE UNIQUE INDEX "sds_recipient_product_id_party_id"
  ON "sds_recipient" ("product_id", "party_id");
CREATE INDEX "sds_recipient_listed"
  ON "sds_recipient" (product_id, last_on, id)
  INCLUDE (party_id, sds_id);
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
