"""The first tables of crm. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "crm_lead" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "first_name" TEXT,
  "last_name" TEXT,
  "company" TEXT,
  "email" TEXT,
  "phone" TEXT,
  "source" TEXT,
  "owner" TEXT,
  "notes" TEXT,
  "status" TEXT NOT NULL,
  "lost_reason" TEXT,
  "party_id" BIGINT,
  "converted_at" TIMESTAMPTZ,
  "metadata" JSONB NOT NULL,
  "search_text" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("party_id")
  REFERENCES "party" ("id"),
  CONSTRAINT "crm_lead_shape" CHECK ((first_name IS NOT NULL OR company IS NOT NULL) AND (status
  = 'converted') = (party_id IS NOT NULL)));
CREATE UNIQUE INDEX "crm_lead_uid" ON "crm_lead" ("uid");
CREATE UNIQUE INDEX "crm_lead_key" ON "crm_lead" ("key");
CREATE INDEX "crm_lead_party_id" ON "crm_lead" ("party_id");
CREATE INDEX "crm_lead_updated_at" ON "crm_lead" ("updated_at");
CREATE INDEX "crm_lead_listed" ON "crm_lead" (status, id) INCLUDE (source, owner, company,
  last_name, created_at, updated_at);
CREATE INDEX "crm_lead_email" ON "crm_lead" (lower(email));
CREATE INDEX "crm_lead_search" ON "crm_lead" USING gin (search_text public.gin_trgm_ops) WITH
  (fastupdate = off);
CREATE TABLE "crm_department" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "name_fr" TEXT NOT NULL,
  "name_en" TEXT NOT NULL);
CREATE TABLE "crm_ticket" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "number" TEXT,
  "number_year" INTEGER,
  "number_value" BIGINT,
  "party_id" BIGINT,
  "subject" TEXT NOT NULL,
  "department_id" BIGINT NOT NULL,
  "priority" TEXT NOT NULL,
  "status" TEXT NOT NULL,
  "assigned_to" TEXT,
  "closed_at" TIMESTAMPTZ,
  "search_text" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("party_id")
  REFERENCES "party" ("id"),
  FOREIGN KEY ("department_id")
  REFERENCES "crm_department" ("id"),
  CONSTRAINT "crm_ticket_closed" CHECK ((status = 'closed') = (closed_at IS NOT NULL)));
CREATE UNIQUE INDEX "crm_ticket_uid" ON "crm_ticket" ("uid");
CREATE UNIQUE INDEX "crm_ticket_key" ON "crm_ticket" ("key");
CREATE UNIQUE INDEX "crm_ticket_number" ON "crm_ticket" ("number");
CREATE INDEX "crm_ticket_party_id" ON "crm_ticket" ("party_id");
CREATE INDEX "crm_ticket_department_id" ON "crm_ticket" ("department_id");
CREATE INDEX "crm_ticket_updated_at" ON "crm_ticket" ("updated_at");
CREATE INDEX "crm_ticket_listed" ON "crm_ticket" (status, id) INCLUDE (department_id, party_id,
  priority, assigned_to, subject, created_at, updated_at);
CREATE INDEX "crm_ticket_search" ON "crm_ticket" USING gin (search_text public.gin_trgm_ops)
  WITH (fastupdate = off);
CREATE TABLE "crm_ticket_message" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "ticket_id" BIGINT NOT NULL,
  "author" TEXT NOT NULL,
  "author_name" TEXT NOT NULL,
  "body" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("ticket_id")
  REFERENCES "crm_ticket" ("id"));
CREATE UNIQUE INDEX "crm_ticket_message_uid" ON "crm_ticket_message" ("uid");
CREATE INDEX "crm_ticket_message_ticket_id" ON "crm_ticket_message" ("ticket_id");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
