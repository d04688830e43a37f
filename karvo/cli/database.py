"""The database of a command: the operator's own server, or the embedded one, started if need be."""

import contextlib
import os
import sys
from collections.abc import Iterator

import click
import peewee
import psycopg
from rich.console import Console
from rich.progress import track

from karvo.config import BadConfig, config
from karvo.kit import crypto, db
from karvo.kit.postgres import CannotStart, Embedded
from karvo.kit.work import after_commit
from tenants import schema, usage, wake
from tenants.credentials import NewKey, insert_key
from tenants.events import relay_all
from tenants.models import ApiKey, Company, Tenant, control
from tenants.operations import FIRST_KEY, NewTenant, company_of, provision
from tenants.secrets import digest

DEMO = 'demo'
NO_DATABASE = 'The database cannot be reached: check KARVO_DATABASE_URL ({})'


@contextlib.contextmanager
def open_database() -> Iterator[dict[str, str]]:
    """Connect this process; yields the environment that children need to join."""
    try:
        config.data_dir.mkdir(parents=True, exist_ok=True)
        after_commit(wake.wake)
        crypto.encrypt(b'')  # makes the key, or refuses a weak one, before anything else happens
    except BadConfig as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f'{config.data_dir} cannot be written: {error}') from None
    if config.database_url:
        yield dict(os.environ)
        return
    with _embedded() as url:
        db.use_url('main', url)
        os.environ['KARVO_DATABASE_URL'] = url
        yield os.environ | {
            'KARVO_DATABASE_URL': url,
            'KARVO_DATABASE_EMBEDDED': '1',
            'KARVO_DATA_DIR': str(config.data_dir.resolve()),
        }
        os.environ.pop('KARVO_DATABASE_URL', None)


@contextlib.contextmanager
def _embedded() -> Iterator[str]:
    server = Embedded(config.data_dir.resolve())
    try:
        yield server.start()
    except CannotStart as error:
        raise click.ClickException(str(error)) from None
    finally:
        close_connections()
        server.release()


def close_connections() -> None:
    """This thread's connections; the server is stopped faster without them."""
    usage.flush()
    wake.close()
    with contextlib.suppress(peewee.PeeweeException, psycopg.Error):
        control.close()
    db.close_all()


def migrate_all(is_quiet: bool = False) -> int:
    """The control schema, then every company that needs it; returns how many companies did."""
    try:
        schema.migrate_control()
    except psycopg.OperationalError as error:
        raise click.ClickException(NO_DATABASE.format(str(error).splitlines()[0])) from None
    for placement in config.database_placements:
        schema.prepare_database(placement)
    due = list(Company.select().where(Company.migrated != schema.fingerprint()))
    ready = [row for row in due if row.tenant.status in ('active', 'suspended')]
    console = Console(stderr=True, quiet=is_quiet or not sys.stderr.isatty())
    for row in track(ready, 'Migrating companies', console=console, disable=not ready):
        schema.migrate_company(schema.place_of(row))
        Company.update(migrated=schema.fingerprint()).where(Company.id == row.id).execute()
    relay_all()
    return len(ready)


def ensure_demo() -> str:
    """The read-write key of the `demo` tenant, made the first time, kept in <data>/demo-key."""
    path = config.data_dir / 'demo-key'
    known = path.read_text().strip() if path.exists() else ''
    if known and ApiKey.select().where(ApiKey.digest == digest(known)).exists():
        return known
    tenant = Tenant.get_or_none((Tenant.slug == DEMO) & (Tenant.status == 'active'))
    if tenant is None:
        new = NewTenant(name='Demo', slug=DEMO, email='admin@demo.example', plan='enterprise')
        key = provision(new).api_key
    else:
        row = company_of(tenant)
        asked = NewKey(name='demo', scopes=FIRST_KEY)
        key = insert_key(asked, tenant_id=tenant.id, company_id=row.id).api_key
    path.touch(mode=0o600)
    path.write_text(f'{key}\n')
    return key
