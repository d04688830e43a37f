"""Companies with work due, leases, and what jobs did. SQL only: a migration never imports us."""

SQL = """
CREATE TABLE "control"."company_work" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "company_id" BIGINT NOT NULL,
  "due" TIMESTAMPTZ,
  "held_by" TEXT,
  "held_until" TIMESTAMPTZ,
  "hinted_at" TIMESTAMPTZ,
  "waiting" JSONB NOT NULL,
  FOREIGN KEY ("company_id")
  REFERENCES "control"."company" ("id") ON DELETE CASCADE);
CREATE UNIQUE INDEX "company_work_company_id" ON "control"."company_work" ("company_id");
CREATE INDEX "company_work_due" ON "control"."company_work" ("due");
CREATE INDEX "company_work_held_until" ON "control"."company_work" ("held_until");
CREATE TABLE "control"."lease" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "name" TEXT NOT NULL,
  "holder" TEXT NOT NULL,
  "until" TIMESTAMPTZ NOT NULL);
CREATE UNIQUE INDEX "lease_name" ON "control"."lease" ("name");
CREATE TABLE "control"."job_run" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "job" TEXT NOT NULL,
  "company_id" BIGINT,
  "slot" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "holder" TEXT NOT NULL,
  "held_until" TIMESTAMPTZ,
  "attempts" INTEGER NOT NULL,
  "retry_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "report" JSONB NOT NULL,
  "error" TEXT NOT NULL,
  FOREIGN KEY ("company_id")
  REFERENCES "control"."company" ("id") ON DELETE CASCADE);
CREATE INDEX "job_run_company_id" ON "control"."job_run" ("company_id");
CREATE INDEX "job_run_started_at" ON "control"."job_run" ("started_at");
CREATE INDEX "job_run_state" ON "control"."job_run" ("state");
CREATE UNIQUE INDEX "job_run_of_company" ON "control"."job_run" (job, company_id, slot)
  WHERE company_id IS NOT NULL;
CREATE UNIQUE INDEX "job_run_of_platform" ON "control"."job_run" (job, slot)
  WHERE company_id IS NULL;
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
