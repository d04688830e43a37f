"""The first tables of analytics. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "customer_health" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "party_id" BIGINT NOT NULL,
  "score" INTEGER,
  "label" TEXT NOT NULL,
  "risk" TEXT,
  "probability" NUMERIC(6, 4),
  "as_of" DATE NOT NULL,
  "changed_on" DATE NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("party_id") REFERENCES "party" ("id"));
CREATE UNIQUE INDEX "customer_health_party_id" ON "customer_health" ("party_id");
CREATE TABLE "health_calibration" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "fitted_on" DATE NOT NULL,
  "k" NUMERIC(6, 4) NOT NULL,
  "outcomes" INTEGER NOT NULL,
  "brier" NUMERIC(6, 4) NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL);
CREATE UNIQUE INDEX "health_calibration_fitted_on" ON "health_calibration" ("fitted_on");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
