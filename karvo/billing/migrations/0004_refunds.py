"""Money that went back. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "refund" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "payment_id" BIGINT NOT NULL,
  "kind" TEXT NOT NULL,
  "amount" NUMERIC(14, 2) NOT NULL,
  "date" DATE NOT NULL,
  "reference" TEXT,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("payment_id")
  REFERENCES "payment" ("id"), CONSTRAINT "refund_amount" CHECK (amount <> 0));
CREATE UNIQUE INDEX "refund_uid" ON "refund" ("uid");
CREATE INDEX "refund_payment_id" ON "refund" ("payment_id");
CREATE INDEX "refund_date" ON "refund" ("date");
"""


def up(migrator: object, db: object) -> None:
    """Create it; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
