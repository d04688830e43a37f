"""What was paid before a company came here; the place of a run that is entered again."""

SQL = """
ALTER TABLE "pay_run" ADD COLUMN "place" BIGINT;
CREATE TABLE "payroll_opening" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "employee_id" BIGINT NOT NULL,
  "year" INTEGER NOT NULL,
  "sums" JSONB NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("employee_id")
  REFERENCES "employee" ("id"));
CREATE UNIQUE INDEX "payroll_opening_year_employee_id"
  ON "payroll_opening" ("year", "employee_id");
"""


def up(migrator: object, db: object) -> None:
    """Add them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
