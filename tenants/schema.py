"""Schemas: made, migrated, dropped. DDL has its own direct connection (facts/scale D1–D3)."""

import contextlib
import functools
import hashlib
import importlib.resources
import pathlib
import typing
from collections.abc import Iterator, Mapping

import peewee
import psycopg
from playhouse.migrations import Runner

from karvo.ai import models as ai
from karvo.analytics import models as analytics
from karvo.backorders import models as backorders
from karvo.billing import models as billing
from karvo.claims import models as claims
from karvo.cleaning import models as cleaning
from karvo.customers import models as customers
from karvo.invoices import models as invoices
from karvo.kit import clock, handling, idempotency, numbering, outbox, plugins
from karvo.kit.db import Place, company_place, connect, ddl_url_of
from karvo.ledger import models as ledger
from karvo.mail import models as mail
from karvo.payfiles import models as payfiles
from karvo.payroll import models as payroll
from karvo.pricing import models as pricing
from karvo.products import models as products
from karvo.receivables import models as receivables
from karvo.settings import models as settings
from karvo.shipments import models as shipments
from karvo.stripe import models as stripe
from karvo.taxes import models as taxes
from karvo.warehouses import models as warehouses
from karvo.webhooks import models as webhooks
from karvo.whmis import models as whmis
from tenants.models import Company

CONTROL = 'control'
LOCK_TIMEOUT = '5s'
NEWEST: Mapping[str, str] = {}

_CORE: dict[str, list[type[peewee.Model]]] = {
    'kit': [
        numbering.NumberSeries,
        numbering.NumberSkip,
        outbox.EventRow,
        outbox.AuditLog,
        outbox.Consumer,
        handling.HandlerRetry,
        idempotency.IdempotencyKey,
    ],
    'settings': [settings.Setting],
    'mail': [mail.Mail],
    'ledger': [ledger.Account, ledger.JournalEntry, ledger.JournalLine],
    'taxes': [taxes.TaxRateRow, taxes.TaxRegistration],
    'customers': [customers.PaymentTerm, customers.Party, customers.CustomerGroup],
    'products': [products.Category, products.Product, products.ProductAlias],
    'warehouses': [
        warehouses.Warehouse,
        warehouses.Location,
        warehouses.Lot,
        warehouses.StockCost,
        warehouses.StockLevel,
        warehouses.Quant,
        warehouses.StockMove,
        warehouses.Reservation,
        warehouses.Transfer,
        warehouses.TransferLine,
        warehouses.StockDocument,
    ],
    'whmis': [
        whmis.Sds,
        whmis.SdsFile,
        whmis.SdsNotice,
        whmis.SdsDelivery,
        whmis.SdsRecipient,
    ],
    'pricing': [pricing.Negotiation, pricing.PriceRule],
    'invoices': [
        invoices.Document,
        invoices.DocumentLine,
        invoices.OverdueNotice,
    ],
    'billing': [billing.Payment, billing.Allocation, billing.Refund],
    'payroll': [
        payroll.Employee,
        payroll.PayRun,
        payroll.Timesheet,
        payroll.PayStub,
        payroll.PayStubLine,
        payroll.PayrollSetting,
        payroll.PayrollOpening,
    ],
    'payfiles': [
        payfiles.PayfileSetting,
        payfiles.BankFile,
        payfiles.RemittancePayment,
        payfiles.RemittanceNotice,
        payfiles.SlipDetail,
        payfiles.Slip,
    ],
    'backorders': [backorders.Backorder],
    'shipments': [shipments.Shipment, shipments.ShipmentLine],
    'receivables': [
        receivables.DunningLevel,
        receivables.Dunning,
        receivables.DunningLine,
        receivables.AgingTotal,
        receivables.AgingSnapshot,
    ],
    'claims': [claims.Claim, claims.ClaimLine],
    'cleaning': [
        cleaning.CleaningContract,
        cleaning.CleaningLine,
        cleaning.CleaningSuspension,
        cleaning.CleaningVisit,
        cleaning.CleaningPeriod,
    ],
    'analytics': [analytics.CustomerHealth, analytics.HealthCalibration],
    'webhooks': [
        webhooks.Webhook,
        webhooks.WebhookState,
        webhooks.WebhookDelivery,
        webhooks.WebhookAttempt,
        webhooks.WebhookReplay,
    ],
    'stripe': [
        stripe.StripeAccount,
        stripe.StripeCheckout,
        stripe.StripePayment,
        stripe.StripeEffect,
    ],
    'ai': [ai.Conversation, ai.Message, ai.SavedQuery, ai.Reading],
}


def _of_plugins() -> dict[str, list[type[peewee.Model]]]:
    """Their tables, which carry their names. Raises BadPlugin."""
    found: dict[str, list[type[peewee.Model]]] = {}
    for plugin, models in plugins.gathered('models', 'TABLES'):
        if plugin.name in _CORE or plugin.name == 'tenants':
            raise plugins.BadPlugin(f'{plugin.name} is a module of the core, not a plugin')
        if plugin.part('migrations') is None:
            raise plugins.BadPlugin(f'the plugin {plugin.name} has tables and no migrations/')
        for model in models:
            if not model._meta.table_name.startswith(f'{plugin.name}_'):
                raise plugins.BadPlugin(
                    f'the plugin {plugin.name}: the table of {model.__name__} must be called '
                    f'{plugin.name}_…'
                )
        found[plugin.name] = models
    for _, models in plugins.parts('models'):
        numbering.add_series(getattr(models, 'SERIES', {}), getattr(models, 'AUDITED', {}))
    return found


#: The tables of a company, module by module, in the order in which they can be created.
MODULES = _CORE | _of_plugins()


def place_of(company: Company) -> Place:
    """Where a company's rows are."""
    return company_place(company.id, company.placement)


def tables() -> list[str]:
    """Every table of a company, in the order in which they can be created."""
    found = [typing.cast(typing.Any, model) for models in MODULES.values() for model in models]
    return [str(model._meta.table_name) for model in found]


@functools.cache
def counted() -> frozenset[str]:
    """The tables whose rows are counted by an `id` of their own; others have their own keys."""
    models = [typing.cast(typing.Any, model) for rows in MODULES.values() for model in rows]
    return frozenset(str(model._meta.table_name) for model in models if 'id' in model._meta.fields)


def migrations_of(module: str) -> pathlib.Path:
    """The folder of a module's migrations; `tenants` for the control schema."""
    package = 'tenants' if module == 'tenants' else f'karvo.{module}'
    if module not in _CORE and module in MODULES:
        package = plugins.installed()[module].package
    return pathlib.Path(str(importlib.resources.files(package).joinpath('migrations')))


def ddl_of(models: typing.Sequence[type[peewee.Model]]) -> str:
    """The DDL of these tables as one string, from the models."""
    statements: list[str] = []
    for model in models:
        maker = model._schema  # type: ignore[attr-defined]
        statements.append(_text(maker._create_table(safe=False)))
        statements += [_text(index) for index in maker._create_indexes(safe=False)]
    return ';\n'.join(statements) + ';\n'


def _text(context: peewee.Context) -> str:
    sql, params = context.query()
    if params:
        raise ValueError(f'DDL takes no parameters: {sql}')
    return sql.replace(' IF NOT EXISTS', '')


@functools.cache
def company_ddl() -> str:
    """Everything a new company needs, its migration history stamped."""
    tables = ddl_of([model for models in MODULES.values() for model in models])
    return tables + ''.join(_history(module) for module in MODULES)


def _history(module: str) -> str:
    names = [path.stem for path in sorted(migrations_of(module).glob('[0-9]*.py'))]
    table = f'"migration_{module}"'
    rows = ''.join(
        f"INSERT INTO {table} (name, applied) VALUES ('{name}', '{clock.now():%Y-%m-%d %H:%M}');\n"
        for name in names
    )
    return (
        f'CREATE TABLE {table} (id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, '
        f'applied TIMESTAMP NOT NULL);\n'
        f'CREATE UNIQUE INDEX "migration_{module}_name" ON {table} (name);\n{rows}'
    )


@functools.cache
def fingerprint() -> str:
    """Changes when a migration is added; companies that carry it need nothing."""
    names = [f'{m}/{p.name}' for m in MODULES for p in sorted(migrations_of(m).glob('[0-9]*.py'))]
    return hashlib.sha256('\n'.join(names).encode()).hexdigest()[:16]


def create_company_schema(place: Place) -> None:
    """The schema first, its tables in a second transaction (D1). Safe to repeat."""
    with _ddl_connection(place) as connection:
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{place.schema}"')
        exists = connection.execute(
            'SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n '
            'ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s',
            (place.schema, 'document'),
        ).fetchone()
        if not exists:
            with connection.transaction():
                connection.execute(f'SET LOCAL search_path TO "{place.schema}", public')
                connection.execute(company_ddl())


def drop_company_schema(place: Place) -> None:
    with _ddl_connection(place) as connection:
        connection.execute(f'DROP SCHEMA IF EXISTS "{place.schema}" CASCADE')


@contextlib.contextmanager
def _ddl_connection(place: Place) -> Iterator[psycopg.Connection]:
    with connect(ddl_url_of(place.placement)) as connection:
        yield connection


def prepare_database(placement: str) -> None:
    """Extensions live in `public`, beside no table (C5)."""
    with connect(ddl_url_of(placement)) as connection:
        _tolerantly(connection, 'CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public')


def _tolerantly(connection: psycopg.Connection, sql: str) -> None:
    """IF NOT EXISTS still races between two machines; the loser finds it done."""
    with contextlib.suppress(psycopg.errors.UniqueViolation, psycopg.errors.DuplicateSchema):
        connection.execute(sql)


def migrate_control() -> None:
    """The control schema, up to date; safe on several machines at once."""
    prepare_database('main')
    with connect(ddl_url_of('main')) as connection:
        _tolerantly(connection, f'CREATE SCHEMA IF NOT EXISTS {CONTROL}')
        _tolerantly(connection, f'CREATE TABLE IF NOT EXISTS {CONTROL}.migrating (id int)')
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            connection.execute(f'LOCK TABLE {CONTROL}.migrating IN EXCLUSIVE MODE')
            _run_migrations('main', CONTROL, ['tenants'])


def migrate_company(place: Place) -> None:
    """One company, module by module, beneath first."""
    _run_migrations(place.placement, place.schema, list(MODULES))


def build_as_of(place: Place, history: Mapping[str, str]) -> None:
    """An empty company as it was when these (module → name) were the last migrations."""
    with _ddl_connection(place) as connection:
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{place.schema}"')
    modules = [module for module in MODULES if module in history]
    _run_migrations(place.placement, place.schema, modules, history)


def last_migrations() -> dict[str, str]:
    """Module → its last migration."""
    paths = {module: sorted(migrations_of(module).glob('[0-9]*.py')) for module in MODULES}
    return {module: found[-1].stem for module, found in paths.items() if found}


def _run_migrations(
    placement: str, schema: str, modules: list[str], history: Mapping[str, str] = NEWEST
) -> None:
    """Each module's, up to the one named in `history`; without one to the last."""
    url = ddl_url_of(placement)
    database = peewee.PostgresqlDatabase(url, prefer_psycopg3=True)
    try:
        database.execute_sql(f'SET search_path TO "{schema}", public')
        database.execute_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        for module in modules:
            table = f'migration_{module}'
            folder = str(migrations_of(module))
            Runner(database, directory=folder, table_name=table, schema=schema).up(
                history.get(module)
            )
    finally:
        database.close()
