"""The first tables of banking. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "banking_transaction" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "number" TEXT,
  "number_year" INTEGER,
  "number_value" BIGINT,
  "type" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "account_id" BIGINT NOT NULL,
  "category_id" BIGINT NOT NULL,
  "party_id" BIGINT,
  "date" DATE NOT NULL,
  "amount" NUMERIC(14, 2) NOT NULL,
  "currency" TEXT NOT NULL,
  "description" TEXT,
  "reference" TEXT,
  "reversed_on" DATE,
  "search_text" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("account_id")
  REFERENCES "account" ("id"),
  FOREIGN KEY ("category_id")
  REFERENCES "account" ("id"),
  FOREIGN KEY ("party_id")
  REFERENCES "party" ("id"),
  CONSTRAINT "banking_transaction_shape" CHECK (amount > 0 AND (state = 'reversed') =
  (reversed_on IS NOT NULL)));
CREATE UNIQUE INDEX "banking_transaction_uid" ON "banking_transaction" ("uid");
CREATE UNIQUE INDEX "banking_transaction_key" ON "banking_transaction" ("key");
CREATE UNIQUE INDEX "banking_transaction_number" ON "banking_transaction" ("number");
CREATE INDEX "banking_transaction_account_id" ON "banking_transaction" ("account_id");
CREATE INDEX "banking_transaction_category_id" ON "banking_transaction" ("category_id");
CREATE INDEX "banking_transaction_party_id" ON "banking_transaction" ("party_id");
CREATE INDEX "banking_transaction_updated_at" ON "banking_transaction" ("updated_at");
CREATE INDEX "banking_transaction_listed" ON "banking_transaction" (date, id) INCLUDE (state,
  type, account_id, category_id, party_id);
CREATE INDEX "banking_transaction_search" ON "banking_transaction" USING gin (search_text
  public.gin_trgm_ops) WITH (fastupdate = off);
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
