"""Sandboxes: what their companies go back to every night, and how (V2-11, decision 0022).

The books are replaced in one transaction: whoever is killed half way leaves those that were there.
Before it the company is closed: credentials get 503, the workers keep away, and requests that came
in earlier have time to end, so that nobody carries what he read of the old books into the new.
"""

import contextlib
import datetime as dt
import io
import time
import typing
import zipfile
from collections.abc import Iterator

import msgspec
import psycopg
from psycopg import sql

from karvo.kit import clock
from karvo.kit.db import Place, company, company_place, connect, ddl_url_of
from karvo.kit.errors import Conflict, Invalid, Unavailable
from karvo.kit.jobs import Report
from karvo.kit.log import log
from karvo.settings.reads import VERSION_KEY, read_settings
from karvo.webhooks.operations.fan_out import CONSUMER
from tenants import claims, schema
from tenants.access import REMEMBER
from tenants.archive import export_books, fill_books, table_names
from tenants.models import Company, SandboxSnapshot, Tenant
from tenants.operations import NewTenant, open_books
from tenants.shared import invalidate
from tenants.wake import wake

#: Work on its way is no seed: what waited then would be sent again every night.
LEFT_OUT = {'webhook_delivery', 'webhook_attempt', 'webhook_replay'}
MOST = 256 << 20  #: bytes of an archive
STAGING = 10**17  #: and the company's id: the number of a schema that lives for a moment
DRAIN = REMEMBER + 1  #: seconds: other machines know by then, and requests in progress are over
CLOSED = 180.0  #: seconds after which a company opens by itself, should we die
PATIENCE = 60.0  #: seconds to wait for a worker's turn
TRIES = 6  #: at the locks of all tables
BUSY = ('55P03', '40P01')  #: lock not available, deadlock

TABLES_OF = 'SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = %s'
SOME = sql.SQL('SELECT {} WHERE EXISTS (SELECT FROM {})')
BOOKS_VERSION = sql.SQL(
    "SELECT coalesce((SELECT (value #>> '{{}}')::bigint FROM {} WHERE key = %(key)s), 0)"
)
SET_BOOKS_VERSION = sql.SQL(
    'INSERT INTO {} (key, value) VALUES (%(key)s, to_jsonb(%(version)s::bigint)) '
    'ON CONFLICT (key) DO UPDATE SET value = excluded.value'
)
#: Nothing that happened before is news to a webhook.
READ_ALL = sql.SQL(
    'UPDATE {} SET seq = greatest(seq, coalesce((SELECT max(next_value) - 1 FROM {} '
    "WHERE code = 'EVENT'), 0)) WHERE name = %(name)s"
)


class Snapshot(msgspec.Struct, kw_only=True):
    """What was kept; `bytes` as compressed."""

    slug: str
    company_id: str
    taken_at: dt.datetime
    rows: int
    bytes: int


class _Books(typing.NamedTuple):
    """Tables in an archive, in the order in which they can be filled."""

    archive: bytes
    rows: list[tuple[str, int]]


def take_snapshot(tenant: Tenant) -> list[Snapshot]:
    """Keep the books of a sandbox as they are, webhooks included, in place of what was kept.

    Raises Conflict for another tenant, Invalid where they are too large.
    """
    if not tenant.is_sandbox:
        raise Conflict(f'{tenant.slug} is no sandbox', code='erp_invalid_state')
    return [_taken(tenant, row) for row in list(Company.select().where(Company.tenant == tenant))]


def _taken(tenant: Tenant, row: Company) -> Snapshot:
    if row.migrated != schema.fingerprint():
        raise Conflict('the company waits for `karvo migrate`')
    with _undisturbed(f'snapshot-{row.id}', row.id):
        books, now = _packed(schema.place_of(row)), clock.now()
        _keep(row.id, books, now)
    rows = sum(count for _, count in books.rows)
    return Snapshot(
        slug=tenant.slug,
        company_id=str(row.uid),
        taken_at=now,
        rows=rows,
        bytes=len(books.archive),
    )


def _packed(place: Place) -> _Books:
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as archive:
        counts = export_books(place, archive, [n for n in table_names() if n not in LEFT_OUT])
    if file.tell() > MOST:
        raise Invalid(f'the books are too large for a snapshot: at most {MOST >> 20} MiB packed')
    return _Books(file.getvalue(), list(counts.items()))


def _keep(company_id: int, books: _Books, taken_at: dt.datetime) -> None:
    values = _values(books, taken_at)
    insert = SandboxSnapshot.insert(company=company_id, opened={}, **values)
    insert.on_conflict(conflict_target=[SandboxSnapshot.company], update=values).execute()


def _values(books: _Books, taken_at: dt.datetime | None) -> dict[str, typing.Any]:
    return {
        'taken_at': taken_at,
        'migrated': schema.fingerprint(),
        'history': schema.last_migrations(),
        'rows': books.rows,
        'archive': books.archive,
    }


def reset_company(company_id: int) -> Report:
    """Put a sandbox's company back to its snapshot, or to a fresh company where there is none.

    Ids go on counting. Credentials are the control plane's and stay. Raises Conflict for a company
    of another tenant, Unavailable where it stays busy.
    """
    row = _company_of_sandbox(company_id)
    kept = SandboxSnapshot.get_or_none(SandboxSnapshot.company == row)
    archive = bytes(kept.archive) if kept and kept.archive is not None else b''
    books = _kept_books(row, kept, archive) if kept and archive else _fresh_books(row, kept)
    with _closed(row):
        _replace(schema.place_of(row), books)
    told = {
        'restored': 'snapshot' if archive else 'fresh company',
        'rows': sum(count for _, count in books.rows),
    }
    log.info('sandbox reset', tenant=row.tenant.slug, **told)
    return told


def _company_of_sandbox(company_id: int) -> Company:
    """The one check that every way to a reset goes through."""
    both = Company.select(Company, Tenant).join(Tenant)
    row: Company | None = both.where(Company.id == company_id, Tenant.is_sandbox).get_or_none()
    if row is None:
        raise Conflict('the company is none of a sandbox', code='erp_invalid_state')
    return row


def _kept_books(row: Company, kept: SandboxSnapshot, archive: bytes) -> _Books:
    """The snapshot's. One of an older version is migrated first, in a schema of its own."""
    books = _Books(archive, [(name, count) for name, count in kept.rows])
    if kept.migrated == schema.fingerprint():
        return books
    with _staging(row) as place:
        schema.build_as_of(place, kept.history)
        _fill(place, books)
        schema.migrate_company(place)
        books = _packed(place)
    newer = _values(books, kept.taken_at)
    same = (SandboxSnapshot.id == kept.id) & (SandboxSnapshot.taken_at == kept.taken_at)
    SandboxSnapshot.update(**newer).where(same).execute()
    return books


def _fresh_books(row: Company, kept: SandboxSnapshot | None) -> _Books:
    """As provisioning opened them; a sandbox from before that was noted keeps its country."""
    opened: dict[str, typing.Any] = kept.opened if kept is not None else {}
    new = msgspec.convert(opened, NewTenant) if opened else _as_opened(row)
    with _staging(row) as place:
        schema.create_company_schema(place)
        with company(place):
            open_books(new)
        return _packed(place)


def _as_opened(row: Company) -> NewTenant:
    with company(schema.place_of(row)):
        settings = read_settings()
    return NewTenant(
        name=row.name,
        slug=row.tenant.slug,
        email=row.tenant.email,
        country=settings.country,
        province=settings.province,
        currency=settings.currency,
        language=settings.language,
        timezone=settings.timezone,
    )


@contextlib.contextmanager
def _staging(row: Company) -> Iterator[Place]:
    """A schema that nobody knows of. What one that died left behind goes first."""
    place = company_place(STAGING + row.id, row.placement)
    schema.drop_company_schema(place)
    try:
        yield place
    finally:
        schema.drop_company_schema(place)


def _fill(place: Place, books: _Books) -> None:
    with (
        zipfile.ZipFile(io.BytesIO(books.archive)) as archive,
        connect(ddl_url_of(place.placement)) as connection,
        connection.transaction(),
    ):
        # Those of a plugin that is gone by now are left out.
        found = {name for (name,) in connection.execute(TABLES_OF, (place.schema,)).fetchall()}
        rows = {name: count for name, count in books.rows if name in found}
        fill_books(connection, place, archive, rows)


@contextlib.contextmanager
def _closed(row: Company) -> Iterator[None]:
    """Nobody comes in, no worker is at it. Whatever happens it opens again."""
    _close_until(row.id, clock.now() + dt.timedelta(seconds=CLOSED))
    try:
        with _undisturbed(f'reset-{row.id}', row.id):
            time.sleep(DRAIN)
            yield
    finally:
        _close_until(row.id, None)


def _close_until(company_id: int, moment: dt.datetime | None) -> None:
    Company.update(closed_until=moment).where(Company.id == company_id).execute()
    invalidate()


@contextlib.contextmanager
def _undisturbed(holder: str, company_id: int) -> Iterator[None]:
    """Neither a worker, nor a reset, nor a snapshot is at the company."""
    _wait_for_turn(holder, company_id)
    try:
        yield
    finally:
        claims.release(holder, [claims.Turn(company_id, clock.now(), {})])
        wake(company_id)


def _wait_for_turn(holder: str, company_id: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while not claims.hold(holder, company_id, CLOSED):
        if time.monotonic() > deadline:
            raise Unavailable('somebody is at the company still: try again')
        time.sleep(0.1)


def _replace(place: Place, books: _Books) -> None:
    """All tables emptied and filled in one transaction; whoever asks meanwhile waits."""
    for left in reversed(range(TRIES)):
        try:
            with (
                zipfile.ZipFile(io.BytesIO(books.archive)) as archive,
                connect(ddl_url_of(place.placement)) as connection,
                connection.transaction(),
            ):
                _replace_with(connection, place, archive, dict(books.rows))
            return
        except psycopg.Error as error:
            if left == 0 or error.sqlstate not in BUSY:
                raise
        time.sleep(0.5)


def _replace_with(
    connection: psycopg.Connection, place: Place, archive: zipfile.ZipFile, rows: dict[str, int]
) -> None:
    connection.execute(f"SET LOCAL lock_timeout = '{schema.LOCK_TIMEOUT}'")
    tables = sql.SQL(', ').join(sql.Identifier(place.schema, name) for name in schema.tables())
    connection.execute(sql.SQL('LOCK TABLE {} IN ACCESS EXCLUSIVE MODE').format(tables))
    before = _books_version(connection, place)
    _empty(connection, place)
    fill_books(connection, place, archive, rows)
    version = max(before, _books_version(connection, place)) + 1
    setting = sql.Identifier(place.schema, 'setting')
    named: dict[str, typing.Any] = {'key': VERSION_KEY, 'version': version, 'name': CONSUMER}
    connection.execute(SET_BOOKS_VERSION.format(setting), named)
    names = [sql.Identifier(place.schema, name) for name in ('consumer', 'number_series')]
    connection.execute(READ_ALL.format(*names), named)


def _empty(connection: psycopg.Connection, place: Place) -> None:
    """Ids go on, so that none that somebody still holds means something else."""
    each = [
        SOME.format(sql.Literal(name), sql.Identifier(place.schema, name))
        for name in schema.tables()
    ]
    found = connection.execute(sql.SQL(' UNION ALL ').join(each)).fetchall()
    if found:
        used = sql.SQL(', ').join(sql.Identifier(place.schema, name) for (name,) in found)
        # Who refers to them is in the same schema, and empty.
        connection.execute(sql.SQL('TRUNCATE {} CONTINUE IDENTITY CASCADE').format(used))


def _books_version(connection: psycopg.Connection, place: Place) -> int:
    """What processes remember of the books is of a version: it never comes twice."""
    query = BOOKS_VERSION.format(sql.Identifier(place.schema, 'setting'))
    found = connection.execute(query, {'key': VERSION_KEY}).fetchone()
    return int(found[0]) if found else 0
