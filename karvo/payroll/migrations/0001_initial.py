"""The first tables of payroll. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "employee" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "number" TEXT,
  "number_year" INTEGER,
  "number_value" BIGINT,
  "first_name" TEXT NOT NULL,
  "last_name" TEXT NOT NULL,
  "email" TEXT,
  "phone" TEXT,
  "address" JSONB NOT NULL,
  "province_of_employment" TEXT NOT NULL,
  "language" TEXT NOT NULL,
  "birth_date" DATE,
  "hire_date" DATE,
  "termination_date" DATE,
  "status" TEXT NOT NULL,
  "pay_type" TEXT NOT NULL,
  "pay_rate" NUMERIC(18, 4) NOT NULL,
  "pay_frequency" TEXT NOT NULL,
  "weekly_hours" NUMERIC(18, 4) NOT NULL,
  "sin" TEXT,
  "sin_mask" TEXT,
  "bank" TEXT,
  "bank_mask" JSONB,
  "td1_total" NUMERIC(14, 2),
  "td1_claim_code" TEXT,
  "k3" NUMERIC(14, 2) NOT NULL,
  "additional_tax_fed" NUMERIC(14, 2) NOT NULL,
  "tp1015_e" NUMERIC(14, 2),
  "tp1015_j" NUMERIC(14, 2) NOT NULL,
  "tp1016_k1" NUMERIC(14, 2) NOT NULL,
  "tp1015_exempt" BOOLEAN NOT NULL,
  "additional_tax_qc" NUMERIC(14, 2) NOT NULL,
  "exemptions" JSONB NOT NULL,
  "deductions" JSONB NOT NULL,
  "vacation_pct" NUMERIC(18, 4) NOT NULL,
  "vacation_method" TEXT NOT NULL,
  "cnesst_unit" TEXT,
  "notes" TEXT,
  "search_text" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL);
CREATE UNIQUE INDEX "employee_uid" ON "employee" ("uid");
CREATE UNIQUE INDEX "employee_key" ON "employee" ("key");
CREATE UNIQUE INDEX "employee_number" ON "employee" ("number");
CREATE INDEX "employee_listed"
  ON "employee" (last_name, id)
  INCLUDE (first_name, status, pay_type, pay_frequency, number, hire_date, created_at, updated_at);
CREATE INDEX "employee_search"
  ON "employee"
  USING gin (search_text public.gin_trgm_ops) WITH (fastupdate = off);
CREATE TABLE "pay_run" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "number" TEXT,
  "number_year" INTEGER,
  "number_value" BIGINT,
  "kind" TEXT NOT NULL,
  "frequency" TEXT NOT NULL,
  "period_start" DATE NOT NULL,
  "period_end" DATE NOT NULL,
  "pay_date" DATE NOT NULL,
  "periods" INTEGER NOT NULL,
  "status" TEXT NOT NULL,
  "employees" INTEGER NOT NULL,
  "totals" JSONB NOT NULL,
  "inputs" JSONB NOT NULL,
  "notes" TEXT,
  "calculated_at" TIMESTAMPTZ,
  "approved_at" TIMESTAMPTZ,
  "approved_by" TEXT,
  "posted_at" TIMESTAMPTZ,
  "paid_on" DATE,
  "cancelled_at" TIMESTAMPTZ,
  "is_voided" BOOLEAN NOT NULL,
  "reason" TEXT,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL);
CREATE UNIQUE INDEX "pay_run_uid" ON "pay_run" ("uid");
CREATE UNIQUE INDEX "pay_run_key" ON "pay_run" ("key");
CREATE UNIQUE INDEX "pay_run_number" ON "pay_run" ("number");
CREATE INDEX "pay_run_listed"
  ON "pay_run" (pay_date, id)
  INCLUDE (status, kind, frequency, period_start, period_end, number, created_at, updated_at);
CREATE TABLE "timesheet" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "employee_id" BIGINT NOT NULL,
  "date" DATE NOT NULL,
  "hours" NUMERIC(18, 4) NOT NULL,
  "type" TEXT NOT NULL,
  "rate_multiplier" NUMERIC(18, 4) NOT NULL,
  "status" TEXT NOT NULL,
  "project" TEXT,
  "notes" TEXT,
  "run_id" BIGINT,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("employee_id")
  REFERENCES "employee" ("id"),
  FOREIGN KEY ("run_id")
  REFERENCES "pay_run" ("id"));
CREATE INDEX "timesheet_run_id" ON "timesheet" ("run_id");
CREATE INDEX "timesheet_employee_id_date" ON "timesheet" ("employee_id", "date");
CREATE INDEX "timesheet_updated_at" ON "timesheet" ("updated_at");
CREATE INDEX "timesheet_status_date_id" ON "timesheet" ("status", "date", "id");
CREATE INDEX "timesheet_type_date_id" ON "timesheet" ("type", "date", "id");
CREATE INDEX "timesheet_listed"
  ON "timesheet" (date, id)
  INCLUDE (employee_id, status, type, updated_at);
CREATE TABLE "pay_stub" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "run_id" BIGINT NOT NULL,
  "employee_id" BIGINT NOT NULL,
  "employee_no" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "address" JSONB NOT NULL,
  "language" TEXT NOT NULL,
  "pay_type" TEXT NOT NULL,
  "pay_rate" NUMERIC(18, 4) NOT NULL,
  "hours" NUMERIC(18, 4) NOT NULL,
  "pay" NUMERIC(14, 2) NOT NULL,
  "lump_sum" NUMERIC(14, 2) NOT NULL,
  "gross" NUMERIC(14, 2) NOT NULL,
  "pensionable" NUMERIC(14, 2) NOT NULL,
  "insurable" NUMERIC(14, 2) NOT NULL,
  "qpip_insurable" NUMERIC(14, 2) NOT NULL,
  "qpp" NUMERIC(14, 2) NOT NULL,
  "qpp2" NUMERIC(14, 2) NOT NULL,
  "ei" NUMERIC(14, 2) NOT NULL,
  "qpip" NUMERIC(14, 2) NOT NULL,
  "federal_tax" NUMERIC(14, 2) NOT NULL,
  "federal_tax_lump" NUMERIC(14, 2) NOT NULL,
  "qc_tax" NUMERIC(14, 2) NOT NULL,
  "qc_tax_lump" NUMERIC(14, 2) NOT NULL,
  "rpp" NUMERIC(14, 2) NOT NULL,
  "rrsp" NUMERIC(14, 2) NOT NULL,
  "fhsa" NUMERIC(14, 2) NOT NULL,
  "union_dues" NUMERIC(14, 2) NOT NULL,
  "ftq_shares" NUMERIC(14, 2) NOT NULL,
  "fondaction_shares" NUMERIC(14, 2) NOT NULL,
  "other_deductions" NUMERIC(14, 2) NOT NULL,
  "deductions" NUMERIC(14, 2) NOT NULL,
  "net" NUMERIC(14, 2) NOT NULL,
  "employer_qpp" NUMERIC(14, 2) NOT NULL,
  "employer_qpp2" NUMERIC(14, 2) NOT NULL,
  "employer_ei" NUMERIC(14, 2) NOT NULL,
  "employer_qpip" NUMERIC(14, 2) NOT NULL,
  "employer_hsf" NUMERIC(14, 2) NOT NULL,
  "employer_cnt" NUMERIC(14, 2) NOT NULL,
  "employer_cnesst" NUMERIC(14, 2) NOT NULL,
  "employer_total" NUMERIC(14, 2) NOT NULL,
  "vacation_paid" NUMERIC(14, 2) NOT NULL,
  "vacation_accrued" NUMERIC(14, 2) NOT NULL,
  "vacation_balance" NUMERIC(14, 2) NOT NULL,
  "bank_mask" JSONB,
  "before" JSONB NOT NULL,
  "ytd" JSONB NOT NULL,
  "steps" JSONB NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("run_id")
  REFERENCES "pay_run" ("id") ON DELETE CASCADE,
  FOREIGN KEY ("employee_id")
  REFERENCES "employee" ("id"));
CREATE UNIQUE INDEX "pay_stub_uid" ON "pay_stub" ("uid");
CREATE UNIQUE INDEX "pay_stub_run_id_employee_id" ON "pay_stub" ("run_id", "employee_id");
CREATE INDEX "pay_stub_employee_id_run_id" ON "pay_stub" ("employee_id", "run_id");
CREATE TABLE "pay_stub_line" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "stub_id" BIGINT NOT NULL,
  "position" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "hours" NUMERIC(18, 4),
  "rate" NUMERIC(18, 4),
  "amount" NUMERIC(14, 2) NOT NULL,
  "note" TEXT,
  FOREIGN KEY ("stub_id")
  REFERENCES "pay_stub" ("id") ON DELETE CASCADE);
CREATE UNIQUE INDEX "pay_stub_line_stub_id_position" ON "pay_stub_line" ("stub_id", "position");
CREATE TABLE "payroll_setting" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "key" TEXT NOT NULL,
  "value" JSONB NOT NULL);
CREATE UNIQUE INDEX "payroll_setting_key" ON "payroll_setting" ("key");
"""
# New companies have it from the chart; a code that a company has already stays as it is.
ACCOUNT = """
INSERT INTO "account" ("uid", "key", "code", "type", "name_fr", "name_en", "is_control",
  "is_active")
SELECT gen_random_uuid(), substr(md5(random()::text || a.code), 1, 12), a.code, a.type, a.name_fr,
  a.name_en, false, true
FROM (VALUES
  ('2340', 'liability_current', 'Autres retenues sur la paie à payer',
    'Other payroll deductions payable')
) AS a(code, type, name_fr, name_en)
WHERE EXISTS (SELECT 1 FROM "account" WHERE "code" = '1100')
ON CONFLICT ("code") DO NOTHING
"""


def up(migrator: object, db: object) -> None:
    """Create them, and an account that they post to; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
    db.execute_sql(ACCOUNT)  # type: ignore[attr-defined]
