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
    models = [model for models in schema.MODULES.values() for model in models]
    names = [typing.cast(str, typing.cast(typing.Any, model)._meta.table_name) for model in models]
    return [name for name in names if name not in LEFT_OUT]


def export_tenant(tenant: Tenant, path: pathlib.Path) -> Manifest:
    """Write the archive; the books may be used meanwhile, the snapshot is one moment."""
    row = company_of(tenant)
    place = schema.place_of(row)
    counts: dict[str, int] = {}
    with (
        connect(ddl_url_of(place.placement)) as connection,
        zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive,
    ):
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            for name in table_names():
                counts[name] = _copy_out(connection, place, name, archive)
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
    """All tables in one transaction, then the sequences behind the highest ids."""
    with connect(ddl_url_of(place.placement)) as connection, connection.transaction():
        for name in table_names():
            table = sql.Identifier(place.schema, name)
            header = archive.open(f'{name}.csv').readline().decode().strip()
            columns = sql.SQL(', ').join(sql.Identifier(c) for c in header.split(','))
            query = sql.SQL('COPY {} ({}) FROM STDIN (FORMAT csv, HEADER true)')
            cursor = connection.cursor()
            with (
                archive.open(f'{name}.csv') as file,
                cursor.copy(query.format(table, columns)) as to,
            ):
                while block := file.read(1 << 16):
                    to.write(block)
            if cursor.rowcount != manifest.rows.get(name, 0):
                raise Invalid(f'{name}: {cursor.rowcount} rows instead of {manifest.rows[name]}')
            _continue_ids(connection, place, name, table)
        # The original's workers send these; a copy must not send them again.
        connection.execute(KEPT_BACK.format(sql.Identifier(place.schema, 'mail')))


def _continue_ids(
    connection: psycopg.Connection, place: Place, name: str, table: sql.Identifier
) -> None:
    query = sql.SQL(
        "SELECT setval(pg_get_serial_sequence({}, 'id'), (SELECT coalesce(max(id), 0) + 1 FROM {}),"
        ' false)'
    )
    full = sql.Literal(f'"{place.schema}"."{name}"')
    connection.execute(query.format(full, table))
