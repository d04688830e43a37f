"""The first tables of cleaning. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "cleaning_contract" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "number" TEXT,
  "number_year" INTEGER,
  "number_value" BIGINT,
  "party_id" BIGINT NOT NULL,
  "state" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "site" JSONB NOT NULL,
  "site_city" TEXT NOT NULL,
  "key_code" TEXT,
  "start_date" DATE NOT NULL,
  "end_date" DATE,
  "auto_renew" BOOLEAN NOT NULL,
  "renewal_notice_days" INTEGER NOT NULL,
  "billing" TEXT NOT NULL,
  "price_per_period" NUMERIC(14, 2),
  "billing_day" INTEGER NOT NULL,
  "indexation_pct" NUMERIC(7, 4) NOT NULL,
  "indexation_month" INTEGER,
  "priced_on" DATE NOT NULL,
  "currency" TEXT NOT NULL,
  "language" TEXT NOT NULL,
  "fr_version_delivered_at" TIMESTAMPTZ,
  "visit_time" TEXT NOT NULL,
  "po_reference" TEXT,
  "crew" TEXT,
  "notes" TEXT,
  "metadata" JSONB NOT NULL,
  "predecessor_id" BIGINT,
  "total_value" NUMERIC(14, 2) NOT NULL,
  "billed_through" DATE,
  "next_invoice_on" DATE,
  "terminated_on" DATE,
  "expiring_told" DATE,
  "reason" TEXT,
  "search_text" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("party_id")
  REFERENCES "party" ("id"),
  FOREIGN KEY ("predecessor_id")
  REFERENCES "cleaning_contract" ("id"));
CREATE UNIQUE INDEX "cleaning_contract_uid" ON "cleaning_contract" ("uid");
CREATE UNIQUE INDEX "cleaning_contract_key" ON "cleaning_contract" ("key");
CREATE UNIQUE INDEX "cleaning_contract_number" ON "cleaning_contract" ("number");
CREATE INDEX "cleaning_contract_party_id" ON "cleaning_contract" ("party_id");
CREATE UNIQUE INDEX "cleaning_contract_predecessor_id" ON "cleaning_contract" ("predecessor_id");
CREATE INDEX "cleaning_contract_updated_at" ON "cleaning_contract" ("updated_at");
CREATE INDEX "cleaning_contract_listed"
  ON "cleaning_contract" (start_date, id)
  INCLUDE (state, end_date, name, site_city, total_value, created_at, updated_at);
CREATE INDEX "cleaning_contract_search"
  ON "cleaning_contract"
  USING gin (search_text public.gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX "cleaning_contract_due"
  ON "cleaning_contract" (next_invoice_on, id)
  WHERE next_invoice_on IS NOT NULL;
CREATE INDEX "cleaning_contract_ending"
  ON "cleaning_contract" (end_date, id)
  WHERE state = 'active';
CREATE TABLE "cleaning_line" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "contract_id" BIGINT NOT NULL,
  "position" INTEGER NOT NULL,
  "task_fr" TEXT NOT NULL,
  "task_en" TEXT NOT NULL,
  "area" TEXT,
  "frequency" TEXT NOT NULL,
  "weekdays" JSONB NOT NULL,
  "qty" NUMERIC(18, 4) NOT NULL,
  "unit_price" NUMERIC(18, 4) NOT NULL,
  "line_total" NUMERIC(14, 2) NOT NULL,
  "product_id" BIGINT,
  "estimated_minutes" INTEGER,
  FOREIGN KEY ("contract_id")
  REFERENCES "cleaning_contract" ("id") ON DELETE CASCADE,
  FOREIGN KEY ("product_id")
  REFERENCES "product" ("id"));
CREATE INDEX "cleaning_line_contract_id" ON "cleaning_line" ("contract_id");
CREATE INDEX "cleaning_line_product_id" ON "cleaning_line" ("product_id");
CREATE UNIQUE INDEX "cleaning_line_contract_id_position"
  ON "cleaning_line" ("contract_id", "position");
CREATE TABLE "cleaning_suspension" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "contract_id" BIGINT NOT NULL,
  "since" DATE NOT NULL,
  "until" DATE,
  FOREIGN KEY ("contract_id")
  REFERENCES "cleaning_contract" ("id") ON DELETE CASCADE);
CREATE INDEX "cleaning_suspension_contract_id" ON "cleaning_suspension" ("contract_id");
CREATE TABLE "cleaning_visit" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "contract_id" BIGINT NOT NULL,
  "planned_on" DATE,
  "date" DATE NOT NULL,
  "scheduled_at" TIMESTAMPTZ NOT NULL,
  "state" TEXT NOT NULL,
  "started_at" TIMESTAMPTZ,
  "ended_at" TIMESTAMPTZ,
  "employee" TEXT,
  "crew" TEXT,
  "tasks" JSONB NOT NULL,
  "supplies" JSONB NOT NULL,
  "photos" JSONB NOT NULL,
  "customer_signature" TEXT,
  "quality_score" INTEGER,
  "billable" BOOLEAN NOT NULL,
  "document_id" BIGINT,
  "note" TEXT,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("contract_id")
  REFERENCES "cleaning_contract" ("id"),
  FOREIGN KEY ("document_id")
  REFERENCES "document" ("id"));
CREATE UNIQUE INDEX "cleaning_visit_uid" ON "cleaning_visit" ("uid");
CREATE INDEX "cleaning_visit_contract_id" ON "cleaning_visit" ("contract_id");
CREATE INDEX "cleaning_visit_document_id" ON "cleaning_visit" ("document_id");
CREATE UNIQUE INDEX "cleaning_visit_contract_id_planned_on"
  ON "cleaning_visit" ("contract_id", "planned_on");
CREATE INDEX "cleaning_visit_contract_id_scheduled_at"
  ON "cleaning_visit" ("contract_id", "scheduled_at");
CREATE INDEX "cleaning_visit_open"
  ON "cleaning_visit" (scheduled_at, id)
  WHERE state = 'scheduled';
CREATE TABLE "cleaning_period" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "contract_id" BIGINT NOT NULL,
  "period_start" DATE NOT NULL,
  "period_end" DATE NOT NULL,
  "days" INTEGER NOT NULL,
  "active_days" INTEGER NOT NULL,
  "amount" NUMERIC(14, 2) NOT NULL,
  "document_id" BIGINT,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("contract_id")
  REFERENCES "cleaning_contract" ("id"),
  FOREIGN KEY ("document_id")
  REFERENCES "document" ("id"));
CREATE INDEX "cleaning_period_contract_id" ON "cleaning_period" ("contract_id");
CREATE INDEX "cleaning_period_document_id" ON "cleaning_period" ("document_id");
CREATE UNIQUE INDEX "cleaning_period_contract_id_period_start"
  ON "cleaning_period" ("contract_id", "period_start");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
