"""The first tables of taxes. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "tax_rate" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "code" TEXT NOT NULL,
  "family" TEXT NOT NULL,
  "regime" TEXT NOT NULL,
  "country" TEXT NOT NULL,
  "province" TEXT NOT NULL,
  "label_fr" TEXT NOT NULL,
  "label_en" TEXT NOT NULL,
  "rate" NUMERIC(9, 6) NOT NULL,
  "account" TEXT NOT NULL,
  "valid_from" DATE NOT NULL,
  "valid_to" DATE,
  "source" TEXT NOT NULL);
CREATE UNIQUE INDEX "tax_rate_code_country_province_valid_from" ON "tax_rate" ("code",
  "country",
  "province",
  "valid_from");
CREATE TABLE "tax_registration" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "regime" TEXT NOT NULL,
  "number" TEXT NOT NULL,
  "valid_from" DATE,
  "valid_to" DATE,
  "is_active" BOOLEAN NOT NULL,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL);
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
