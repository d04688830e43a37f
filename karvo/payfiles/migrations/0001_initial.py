"""The first tables of payment files, remittances and slips. SQL only."""

SQL = """
CREATE TABLE "payfile_setting" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "key" TEXT NOT NULL,
  "value" JSONB NOT NULL);
CREATE UNIQUE INDEX "payfile_setting_key" ON "payfile_setting" ("key");
CREATE TABLE "bank_file" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "run_id" BIGINT NOT NULL,
  "approved_at" TIMESTAMPTZ NOT NULL,
  "originator_id" TEXT NOT NULL,
  "sequence" BIGINT NOT NULL,
  "number" INTEGER NOT NULL,
  "created_on" DATE NOT NULL,
  "total" NUMERIC(14, 2) NOT NULL,
  "payments" INTEGER NOT NULL,
  "skipped" JSONB NOT NULL,
  "sha256" TEXT NOT NULL,
  "body" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "created_by" TEXT NOT NULL,
  FOREIGN KEY ("run_id")
  REFERENCES "pay_run" ("id"));
CREATE UNIQUE INDEX "bank_file_uid" ON "bank_file" ("uid");
CREATE UNIQUE INDEX "bank_file_originator_id_sequence"
  ON "bank_file" ("originator_id", "sequence");
CREATE UNIQUE INDEX "bank_file_run_id_approved_at" ON "bank_file" ("run_id", "approved_at");
CREATE TABLE "remittance_payment" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "code" TEXT NOT NULL,
  "year" INTEGER NOT NULL,
  "date" DATE NOT NULL,
  "reference" TEXT,
  "amount" NUMERIC(14, 2) NOT NULL,
  "items" JSONB NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "created_by" TEXT NOT NULL);
CREATE UNIQUE INDEX "remittance_payment_uid" ON "remittance_payment" ("uid");
CREATE INDEX "remittance_payment_year_code" ON "remittance_payment" ("year", "code");
CREATE TABLE "remittance_notice" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "code" TEXT NOT NULL,
  "days" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL);
CREATE UNIQUE INDEX "remittance_notice_code_days" ON "remittance_notice" ("code", "days");
CREATE TABLE "slip_detail" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "employee_id" BIGINT NOT NULL,
  "year" INTEGER NOT NULL,
  "data" JSONB NOT NULL,
  "version" INTEGER NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("employee_id")
  REFERENCES "employee" ("id"));
CREATE UNIQUE INDEX "slip_detail_employee_id_year" ON "slip_detail" ("employee_id", "year");
CREATE TABLE "slip" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "employee_id" BIGINT NOT NULL,
  "year" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "status" TEXT NOT NULL,
  "rl1_sequence" BIGINT,
  "rl1_number" TEXT,
  "amends_id" BIGINT,
  "sin" TEXT,
  "employer_ei" NUMERIC(14, 2) NOT NULL,
  "data" JSONB NOT NULL,
  "reason" TEXT,
  "created_at" TIMESTAMPTZ NOT NULL,
  "created_by" TEXT NOT NULL,
  FOREIGN KEY ("employee_id")
  REFERENCES "employee" ("id"),
  FOREIGN KEY ("amends_id")
  REFERENCES "slip" ("id"));
CREATE UNIQUE INDEX "slip_uid" ON "slip" ("uid");
CREATE UNIQUE INDEX "slip_rl1_sequence" ON "slip" ("rl1_sequence");
CREATE UNIQUE INDEX "slip_amends_id" ON "slip" ("amends_id");
CREATE INDEX "slip_employee_id_year_id" ON "slip" ("employee_id", "year", "id");
CREATE INDEX "slip_listed" ON "slip" (year, id) INCLUDE (kind, status, employee_id, created_at);
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
