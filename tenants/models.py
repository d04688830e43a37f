"""Tables of the schema `control`. They never join a company's tables: another connection."""

import typing

import peewee

from karvo.kit.columns import Instant, Json
from karvo.kit.db import Database

control = Database()
#: of a tenant
STATUSES = ('provisioning', 'active', 'suspended', 'archived', 'failed')


class Model(peewee.Model):
    """Base of the control tables; the schema is fixed, so no search path is needed."""

    id = peewee.BigAutoField()

    class Meta:
        database = control
        schema = 'control'
        legacy_table_names = False


class Tenant(Model):
    """What is billed. provisioning → active ⇄ suspended → archived → purged; or failed."""

    uid = peewee.UUIDField(unique=True)
    slug = peewee.TextField(unique=True)
    name = peewee.TextField()
    email = peewee.TextField()
    plan = peewee.TextField()
    status = peewee.TextField()
    is_sandbox = peewee.BooleanField(default=False)
    #: by its subscriptions: '' (none ever), trialing, active, past_due, read_only, canceled
    billing_state = peewee.TextField(default='')
    grace_until = Instant(null=True)  # past_due becomes read_only then
    stripe_customer = peewee.TextField(null=True, unique=True)
    plugins_off = Json(default=list)  # names of plugins that it does without
    error = peewee.TextField(null=True)
    created_at = Instant()
    updated_at = Instant()


class Company(Model):
    """One set of books: its id names its schema, `placement` the database that holds it."""

    tenant_id: typing.Any
    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    tenant = peewee.ForeignKeyField(Tenant)
    name = peewee.TextField()
    placement = peewee.TextField(default='main')
    migrated = peewee.TextField(default='')  # fingerprint of the migrations that ran
    closed_until = Instant(null=True)  # while its books are replaced nobody comes in
    created_at = Instant()


class User(Model):
    """A person; the log-in password is never an API credential."""

    uid = peewee.UUIDField(unique=True)
    login = peewee.TextField()
    email = peewee.TextField()
    display_name = peewee.TextField()
    password_hash = peewee.TextField()
    locale = peewee.TextField(default='fr_CA')
    created_at = Instant()
    updated_at = Instant()

    class Meta:
        table_name = 'app_user'


User.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX IF NOT EXISTS "user_login" ON "control"."app_user" (lower(login))'
    )
)
User.add_index(
    peewee.SQL('CREATE INDEX IF NOT EXISTS "user_email" ON "control"."app_user" (lower(email))')
)


class Membership(Model):
    """A person's role in a tenant."""

    user = peewee.ForeignKeyField(User)
    tenant = peewee.ForeignKeyField(Tenant)
    role = peewee.TextField()
    created_at = Instant()

    class Meta:
        indexes = ((('user', 'tenant'), True),)


class ApiKey(Model):
    """A key, stored hashed. `tenant` is null for platform keys."""

    tenant_id: int | None
    company_id: int | None
    tenant = peewee.ForeignKeyField(Tenant, null=True)
    company = peewee.ForeignKeyField(Company, null=True)
    name = peewee.TextField(default='')
    prefix = peewee.TextField()
    digest = peewee.TextField(unique=True)
    previous_digest = peewee.TextField(null=True, unique=True)
    previous_expires_at = Instant(null=True)
    scopes = Json()
    rate_limit = peewee.IntegerField(null=True)
    ip_allow = Json(default=list)
    expires_at = Instant(null=True)
    revoked_at = Instant(null=True)
    last_used_at = Instant(null=True)
    last_ip = peewee.TextField(null=True)
    version = peewee.IntegerField(default=1)
    signing_secret = peewee.BlobField(null=True)  # encrypted; its requests must be signed then
    created_at = Instant()

    @property
    def require_signature(self) -> bool:
        return self.signing_secret is not None


class ApplicationPassword(Model):
    """A WordPress application password of a user in a company (facts: `$generic$` hashes)."""

    user_id: int
    company_id: int
    uid = peewee.UUIDField(unique=True)
    app_id = peewee.TextField(default='')
    user = peewee.ForeignKeyField(User)
    company = peewee.ForeignKeyField(Company)
    name = peewee.TextField()
    digest = peewee.TextField(index=True)
    last_used_at = Instant(null=True)
    last_ip = peewee.TextField(null=True)
    created_at = Instant()


class Session(Model):
    """A browser that is signed in; of its token only the hash is here."""

    user_id: int
    digest = peewee.TextField(unique=True)
    user = peewee.ForeignKeyField(User, on_delete='CASCADE')
    created_at = Instant()
    expires_at = Instant(index=True)


class RevokedPassword(Model):
    """An application password that was revoked: importing the site again must not revive it."""

    uid = peewee.UUIDField(unique=True)
    revoked_at = Instant()


class Usage(Model):
    """Calls per tenant and day, flushed every few seconds."""

    tenant_id = peewee.BigIntegerField()
    day = peewee.DateField()
    api_calls = peewee.BigIntegerField(default=0)
    rate_limited_calls = peewee.BigIntegerField(default=0)

    class Meta:
        indexes = ((('tenant_id', 'day'), True),)


class RateLease(Model):
    """What machines have taken of a bucket in a window (several machines only)."""

    bucket = peewee.TextField()
    window_start = peewee.BigIntegerField()
    taken = peewee.BigIntegerField()

    class Meta:
        indexes = ((('bucket', 'window_start'), True),)


class PendingNews(Model):
    """Events of control changes on their way to the company's outbox (another transaction)."""

    company = peewee.ForeignKeyField(Company, on_delete='CASCADE')
    type = peewee.TextField()
    resource_id = peewee.BigIntegerField()
    object = Json()
    actor_name = peewee.TextField()
    created_at = Instant()


class ControlIdempotencyKey(Model):
    """Remembered writes of the control plane; answers may hold secrets, so they are encrypted."""

    digest = peewee.TextField(unique=True)
    body_digest = peewee.TextField()
    holder = peewee.TextField()
    locked_until = Instant()
    expires_at = Instant(index=True)
    status = peewee.IntegerField(default=0)
    answer = peewee.BlobField(null=True)

    class Meta:
        table_name = 'idempotency_key'


class CompanyWork(Model):
    """The workers' index: when a worker is to look at a company, and who does. A hint."""

    company_id: int
    company = peewee.ForeignKeyField(Company, unique=True, on_delete='CASCADE')
    due = Instant(null=True, index=True)  #: null only while held
    held_by = peewee.TextField(null=True)
    held_until = Instant(null=True, index=True)
    hinted_at = Instant(null=True)  #: when somebody last told of news
    waiting = Json(default=dict)  #: how much waits of what, as the last turn saw it


class LeaseRow(Model):
    """Who may do what only one process does at a time, and until when."""

    name = peewee.TextField(unique=True)
    holder = peewee.TextField()
    until = Instant()

    class Meta:
        table_name = 'lease'


class JobRun(Model):
    """One run of a job: for a company and its day, or for the platform and a slot of time."""

    company_id: int | None
    job = peewee.TextField()
    company = peewee.ForeignKeyField(Company, null=True, on_delete='CASCADE')
    slot = peewee.TextField()  #: 2026-11-20, or the instant at which the slot began
    state = peewee.TextField(index=True)  #: running, done or failed
    holder = peewee.TextField()
    held_until = Instant(null=True)
    attempts = peewee.IntegerField(default=1)
    retry_at = Instant(null=True)  #: of a failed one that is tried again by itself
    started_at = Instant(index=True)
    finished_at = Instant(null=True)
    report = Json(default=dict)
    error = peewee.TextField(default='')


JobRun.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX IF NOT EXISTS "job_run_of_company" ON "control"."job_run" '
        '(job, company_id, slot) WHERE company_id IS NOT NULL'
    )
)
JobRun.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX IF NOT EXISTS "job_run_of_platform" ON "control"."job_run" '
        '(job, slot) WHERE company_id IS NULL'
    )
)


class SandboxSnapshot(Model):
    """What a sandbox's company goes back to: an archive, or, without one, a fresh company."""

    company_id: int
    company = peewee.ForeignKeyField(Company, unique=True, on_delete='CASCADE')
    opened = Json(default=dict)  #: what provisioning was asked for
    taken_at = Instant(null=True)
    migrated = peewee.TextField(default='')  #: fingerprint of the tables in it
    history = Json(default=dict)  #: module → its last migration then
    rows = Json(default=list)  #: [table, how many], in the order in which they can be filled
    archive = peewee.BlobField(null=True)


class StripeEndpoint(Model):
    """How events of a company's own payments are recognised: its URL, its account, its secrets."""

    company_id: int
    company = peewee.ForeignKeyField(Company, unique=True, on_delete='CASCADE')
    key = peewee.TextField(unique=True)  # of /stripe/webhook/{key}
    account_id = peewee.TextField(null=True, unique=True)  # connected to the platform
    secrets = peewee.BlobField(null=True)  # JSON list, encrypted
    is_live = peewee.BooleanField(null=True)
    created_at = Instant()
    updated_at = Instant()


class StripeReceipt(Model):
    """An event as Stripe sent it; kept although whom it concerns may be gone."""

    scope = peewee.TextField()  # platform, or company:<id>: whose secret verified it
    account = peewee.TextField()  # of Connect; '' for the endpoint's own account
    event_id = peewee.TextField()
    type = peewee.TextField()
    created = peewee.BigIntegerField()  # seconds since 1970, by Stripe
    object_id = peewee.TextField()
    livemode = peewee.BooleanField(null=True)
    api_version = peewee.TextField()
    body = peewee.BlobField()
    state = peewee.TextField()  # received, done, ignored, unrouted, failed
    attempts = peewee.IntegerField(default=0)
    due_at = Instant(null=True)
    error = peewee.TextField(default='')
    tenant_id = peewee.BigIntegerField(null=True)
    company_id = peewee.BigIntegerField(null=True)
    received_at = Instant(index=True)

    class Meta:
        indexes = ((('scope', 'account', 'event_id'), True),)


StripeReceipt.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "stripe_receipt_due" ON "control"."stripe_receipt" '
        "(due_at, id) WHERE state = 'received'"
    )
)
StripeReceipt.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "stripe_receipt_stuck" ON "control"."stripe_receipt" '
        "(state, account) WHERE state IN ('unrouted', 'failed')"
    )
)


class StripeSubscription(Model):
    """A subscription of a tenant, as the newest event told it; several may follow each other."""

    tenant_id: int
    tenant = peewee.ForeignKeyField(Tenant, on_delete='CASCADE')
    subscription_id = peewee.TextField(unique=True)
    customer_id = peewee.TextField()
    status = peewee.TextField()
    plan = peewee.TextField()
    lookup_key = peewee.TextField()
    is_metered = peewee.BooleanField(default=False)
    started = peewee.BigIntegerField(default=0)
    period_end = Instant(null=True)
    trial_end = Instant(null=True)
    cancel_at_period_end = peewee.BooleanField(default=False)
    cancel_reason = peewee.TextField(default='')
    told = Json(default=list)  # order of the event that told it
    history = Json(default=list)  # [seconds, status], for how long a payment is overdue
    updated_at = Instant()


class StripeUsage(Model):
    """Usage of an hour on its way to Stripe; `total` counts from the tenant's first call."""

    tenant_id: int
    tenant = peewee.ForeignKeyField(Tenant, on_delete='CASCADE', index=False)
    meter = peewee.TextField()
    hour = Instant()
    total = peewee.BigIntegerField()
    value = peewee.BigIntegerField()
    state = peewee.TextField()  # waiting, sent, failed
    attempts = peewee.IntegerField(default=0)
    due_at = Instant()
    error = peewee.TextField(default='')

    class Meta:
        indexes = ((('tenant', 'meter', 'hour'), True),)


StripeUsage.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "stripe_usage_due" ON "control"."stripe_usage" '
        "(due_at, id) WHERE state = 'waiting'"
    )
)


TABLES: list[type[Model]] = [
    Tenant,
    Company,
    User,
    Membership,
    ApiKey,
    ApplicationPassword,
    RevokedPassword,
    Session,
    Usage,
    RateLease,
    PendingNews,
    StripeEndpoint,
    StripeReceipt,
    StripeSubscription,
    StripeUsage,
    ControlIdempotencyKey,
    CompanyWork,
    LeaseRow,
    JobRun,
    SandboxSnapshot,
]
