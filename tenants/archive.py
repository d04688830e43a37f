"""A tenant's books as one file, and back: COPY of every table in one snapshot.

pg_dump of one schema takes minutes among many; COPY takes a blink. Credentials stay behind.
"""

import pathlib
import typing
import zipfile

import msgspec
import psycopg
from psycopg import sql

from karvo.kit.db import Place, connect, ddl_url_of
from karvo.kit.errors import Invalid
from tenants import schema
from tenants.models import Tenant
from tenants.operations import NewTenant, Provisioned, company_of, provision_with

MANIFEST = 'manifest.json'
LEFT_OUT = {'idempotency_key'}  #: remembered answers of the old tenant's keys
KEPT_BACK = sql.SQL(
    "UPDATE {} SET state = 'not_sent', due_at = NULL, error = 'imported' WHERE state = 'queued'"
)


class Manifest(msgspec.Struct, kw_only=True):
    """What the archive holds and which version of the tables it was made with."""

    format: int = 1
    slug: str
    name: str
    email: str
    plan: str
    is_sandbox: bool
    migrated: str
    rows: dict[str, int]


def table_names() -> list[str]:
    """Every table of a company, in an order in which they can be filled."""
    return [name for name in schema.tables() if name not in LEFT_OUT]


def export_tenant(tenant: Tenant, path: pathlib.Path) -> Manifest:
    """Write the archive; the books may be used meanwhile, the snapshot is one moment."""
    place = schema.place_of(company_of(tenant))
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        counts = export_books(place, archive, table_names())
        manifest = Manifest(
            slug=tenant.slug,
            name=tenant.name,
            email=tenant.email,
            plan=tenant.plan,
            is_sandbox=tenant.is_sandbox,
            migrated=schema.fingerprint(),
            rows=counts,
        )
        archive.writestr(MANIFEST, msgspec.json.encode(manifest))
    return manifest


def export_books(
    place: Place, archive: zipfile.ZipFile, tables: typing.Iterable[str]
) -> dict[str, int]:
    """Write these tables as of one moment; table → rows, in the order given."""
    with connect(ddl_url_of(place.placement)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            return {name: _copy_out(connection, place, name, archive) for name in tables}


def _copy_out(
    connection: psycopg.Connection, place: Place, name: str, archive: zipfile.ZipFile
) -> int:
    query = sql.SQL('COPY {} TO STDOUT (FORMAT csv, HEADER true)').format(
        sql.Identifier(place.schema, name)
    )
    cursor = connection.cursor()
    with archive.open(f'{name}.csv', 'w') as file, cursor.copy(query) as data:
        for block in data:
            file.write(block)
    return cursor.rowcount


def import_tenant(path: pathlib.Path, slug: str) -> Provisioned:
    """A new tenant with the archive's books; its secrets are new. Raises Invalid."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = msgspec.json.decode(archive.read(MANIFEST), type=Manifest)
            if manifest.migrated != schema.fingerprint():
                raise Invalid('the archive was made by another version: migrate there first')
            new = NewTenant(
                name=manifest.name,
                slug=slug,
                email=manifest.email,
                plan=manifest.plan,
                sandbox=manifest.is_sandbox,
            )
            return provision_with(new, lambda place: _fill(place, archive, manifest))
    except (zipfile.BadZipFile, KeyError, msgspec.MsgspecError) as error:
        raise Invalid(f'{path.name} is no archive of a tenant: {error}') from None


def _fill(place: Place, archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """All tables in one transaction."""
    with connect(ddl_url_of(place.placement)) as connection, connection.transaction():
        fill_books(connection, place, archive, manifest.rows)


def fill_books(
    connection: psycopg.Connection,
    place: Place,
    archive: zipfile.ZipFile,
    rows: typing.Mapping[str, int],
) -> None:
    """The tables of `rows` from an archive, in the caller's transaction; their sequences move on.

    A sequence only ever moves up, since that is not undone with the transaction. Raises Invalid.
    """
    for name in filter(rows.get, rows):
        count = _copy_in(connection, place, name, archive)
        if count != rows[name]:
            raise Invalid(f'{name}: {count} rows instead of {rows[name]}')
        if name in schema.counted():
            _continue_ids(connection, place, name)
    if 'mail' in rows:
        # The original's workers send these; a copy must not send them again.
        connection.execute(KEPT_BACK.format(sql.Identifier(place.schema, 'mail')))


def _copy_in(
    connection: psycopg.Connection, place: Place, name: str, archive: zipfile.ZipFile
) -> int:
    header = archive.open(f'{name}.csv').readline().decode().strip()
    columns = sql.SQL(', ').join(sql.Identifier(c) for c in header.split(','))
    query = sql.SQL('COPY {} ({}) FROM STDIN (FORMAT csv, HEADER true)').format(
        sql.Identifier(place.schema, name), columns
    )
    cursor = connection.cursor()
    with archive.open(f'{name}.csv') as file, cursor.copy(query) as to:
        while block := file.read(1 << 16):
            to.write(block)
    return cursor.rowcount


def _continue_ids(connection: psycopg.Connection, place: Place, name: str) -> None:
    query = sql.SQL(
        "SELECT setval(s.name, t.last) FROM (SELECT pg_get_serial_sequence({}, 'id') AS name) s, "
        '(SELECT max(id) AS last FROM {}) t '
        'WHERE t.last > coalesce(pg_sequence_last_value(s.name::regclass), 0)'
    )
    full = sql.Literal(f'"{place.schema}"."{name}"')
    connection.execute(query.format(full, sql.Identifier(place.schema, name)))
