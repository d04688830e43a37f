"""The first tables of tenants. SQL only: a migration never imports the application."""

SQL = """
CREATE TABLE "control"."tenant" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "slug" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "email" TEXT NOT NULL,
  "plan" TEXT NOT NULL,
  "status" TEXT NOT NULL,
  "is_sandbox" BOOLEAN NOT NULL,
  "error" TEXT,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL);
CREATE UNIQUE INDEX "tenant_uid" ON "control"."tenant" ("uid");
CREATE UNIQUE INDEX "tenant_slug" ON "control"."tenant" ("slug");
CREATE TABLE "control"."company" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "tenant_id" BIGINT NOT NULL,
  "name" TEXT NOT NULL,
  "placement" TEXT NOT NULL,
  "migrated" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("tenant_id")
  REFERENCES "control"."tenant" ("id"));
CREATE UNIQUE INDEX "company_uid" ON "control"."company" ("uid");
CREATE UNIQUE INDEX "company_key" ON "control"."company" ("key");
CREATE INDEX "company_tenant_id" ON "control"."company" ("tenant_id");
CREATE TABLE "control"."app_user" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "login" TEXT NOT NULL,
  "email" TEXT NOT NULL,
  "display_name" TEXT NOT NULL,
  "password_hash" TEXT NOT NULL,
  "locale" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL);
CREATE UNIQUE INDEX "app_user_uid" ON "control"."app_user" ("uid");
CREATE UNIQUE INDEX "user_login" ON "control"."app_user" (lower(login));
CREATE INDEX "user_email" ON "control"."app_user" (lower(email));
CREATE TABLE "control"."membership" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "user_id" BIGINT NOT NULL,
  "tenant_id" BIGINT NOT NULL,
  "role" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("user_id")
  REFERENCES "control"."app_user" ("id"),
  FOREIGN KEY ("tenant_id")
  REFERENCES "control"."tenant" ("id"));
CREATE INDEX "membership_user_id" ON "control"."membership" ("user_id");
CREATE INDEX "membership_tenant_id" ON "control"."membership" ("tenant_id");
CREATE UNIQUE INDEX "membership_user_id_tenant_id" ON "control"."membership" ("user_id",
  "tenant_id");
CREATE TABLE "control"."api_key" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "tenant_id" BIGINT,
  "company_id" BIGINT,
  "name" TEXT NOT NULL,
  "prefix" TEXT NOT NULL,
  "digest" TEXT NOT NULL,
  "previous_digest" TEXT,
  "previous_expires_at" TIMESTAMPTZ,
  "scopes" JSONB NOT NULL,
  "rate_limit" INTEGER,
  "ip_allow" JSONB NOT NULL,
  "expires_at" TIMESTAMPTZ,
  "revoked_at" TIMESTAMPTZ,
  "last_used_at" TIMESTAMPTZ,
  "last_ip" TEXT,
  "version" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("tenant_id")
  REFERENCES "control"."tenant" ("id"),
  FOREIGN KEY ("company_id")
  REFERENCES "control"."company" ("id"));
CREATE INDEX "api_key_tenant_id" ON "control"."api_key" ("tenant_id");
CREATE INDEX "api_key_company_id" ON "control"."api_key" ("company_id");
CREATE UNIQUE INDEX "api_key_digest" ON "control"."api_key" ("digest");
CREATE UNIQUE INDEX "api_key_previous_digest" ON "control"."api_key" ("previous_digest");
CREATE TABLE "control"."application_password" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "uid" UUID NOT NULL,
  "app_id" TEXT NOT NULL,
  "user_id" BIGINT NOT NULL,
  "company_id" BIGINT NOT NULL,
  "name" TEXT NOT NULL,
  "digest" TEXT NOT NULL,
  "last_used_at" TIMESTAMPTZ,
  "last_ip" TEXT,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("user_id")
  REFERENCES "control"."app_user" ("id"),
  FOREIGN KEY ("company_id")
  REFERENCES "control"."company" ("id"));
CREATE UNIQUE INDEX "application_password_uid" ON "control"."application_password" ("uid");
CREATE INDEX "application_password_user_id" ON "control"."application_password" ("user_id");
CREATE INDEX "application_password_company_id" ON "control"."application_password" ("company_id");
CREATE INDEX "application_password_digest" ON "control"."application_password" ("digest");
CREATE TABLE "control"."usage" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "tenant_id" BIGINT NOT NULL,
  "day" DATE NOT NULL,
  "api_calls" BIGINT NOT NULL,
  "rate_limited_calls" BIGINT NOT NULL);
CREATE UNIQUE INDEX "usage_tenant_id_day" ON "control"."usage" ("tenant_id", "day");
CREATE TABLE "control"."rate_lease" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "bucket" TEXT NOT NULL,
  "window_start" BIGINT NOT NULL,
  "taken" BIGINT NOT NULL);
CREATE UNIQUE INDEX "rate_lease_bucket_window_start" ON "control"."rate_lease" ("bucket",
  "window_start");
CREATE TABLE "control"."pending_news" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "company_id" BIGINT NOT NULL,
  "type" TEXT NOT NULL,
  "resource_id" BIGINT NOT NULL,
  "object" JSONB NOT NULL,
  "actor_name" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL,
  FOREIGN KEY ("company_id")
  REFERENCES "control"."company" ("id") ON DELETE CASCADE);
CREATE INDEX "pending_news_company_id" ON "control"."pending_news" ("company_id");
CREATE TABLE "control"."idempotency_key" ("id" BIGSERIAL NOT NULL PRIMARY KEY,
  "digest" TEXT NOT NULL,
  "body_digest" TEXT NOT NULL,
  "holder" TEXT NOT NULL,
  "locked_until" TIMESTAMPTZ NOT NULL,
  "expires_at" TIMESTAMPTZ NOT NULL,
  "status" INTEGER NOT NULL,
  "answer" BYTEA);
CREATE UNIQUE INDEX "idempotency_key_digest" ON "control"."idempotency_key" ("digest");
CREATE INDEX "idempotency_key_expires_at" ON "control"."idempotency_key" ("expires_at");
"""


def up(migrator: object, db: object) -> None:
    """Create them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
