"""Companies that a test is done with serve the next one: emptied, their schema renamed.

Making a schema costs 0.2 s and some 300 files, emptying one a tenth of it. The tenant goes for
good; what the next one gets is a schema as `create_company_schema` leaves it. The administrator's
password is hashed at bcrypt's least cost: at the real one it was half of what a fresh tenant costs.
"""

import atexit
import functools
import typing

import bcrypt
import psycopg

from karvo.kit.db import Place, connect, url_of
from tenants import operations, schema, wp_hashes
from tenants.models import TABLES, Company, User
from tenants.operations import Provisioned

make = schema.create_company_schema
_spare: list[str] = []
_TABLES = [model._meta.table_name for models in schema.MODULES.values() for model in models]
USED = """
SELECT c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND (
  (c.relkind = 'r' AND c.relname = ANY(%(tables)s) AND pg_relation_size(c.oid) > 0)
  OR (c.relkind = 'S' AND pg_sequence_last_value(c.oid) IS NOT NULL))"""


def create_company_schema(place: Place) -> None:
    """As the one of tenants.schema, but takes a spare schema where there is one."""
    if place.placement != 'main' or not _spare:
        return make(place)
    _connection().execute(f'ALTER SCHEMA "{_spare.pop()}" RENAME TO "{place.schema}"')
    return None


schema.create_company_schema = create_company_schema


def password_hash(password: str) -> str:
    """As the one of tenants.secrets, but quick to make; checking it is as quick."""
    prepared = wp_hashes._prepared(password.encode())
    return '$wp$2y' + bcrypt.hashpw(prepared, bcrypt.gensalt(4)).decode().removeprefix('$2b')


operations.password_hash = password_hash


def recycle(tenant: Provisioned) -> None:
    """The tenant is forgotten, its schema waits for the next."""
    connection = _connection()
    with connection.transaction():
        connection.execute(_emptying(connection, tenant.schema))
        connection.execute(f'ALTER SCHEMA "{tenant.schema}" RENAME TO "spare_{tenant.schema}"')
        _forget(connection, tenant)
    _spare.append(f'spare_{tenant.schema}')


def _emptying(connection: psycopg.Connection, name: str) -> str:
    """Most tests touch a few tables: a table without a page has no rows, a counter without a value
    was never asked.
    """
    found = connection.execute(USED, {'schema': name, 'tables': _TABLES}).fetchall()
    rows = [f'DELETE FROM "{name}"."{table}"' for table, kind in found if kind == 'r']
    counters = [
        f"""SELECT setval('"{name}"."{counter}"', 1, false)"""
        for counter, kind in found
        if kind == 'S'
    ]
    return ';'.join(['SET LOCAL session_replication_role = replica', *rows, *counters])


def _forget(connection: psycopg.Connection, tenant: Provisioned) -> None:
    """What hangs on a tenant in the control schema, and the tenant."""
    named = {'tenant': tenant.tenant_id}
    own = 'IN (SELECT id FROM control.company WHERE tenant_id = %(tenant)s)'
    for table in _hanging_on(Company):
        connection.execute(f'DELETE FROM control.{table} WHERE company_id {own}', named)
    gone = 'DELETE FROM control.membership WHERE tenant_id = %(tenant)s RETURNING user_id'
    people = [user for (user,) in connection.execute(gone, named)]
    _forget_people(connection, people)
    connection.execute('DELETE FROM control.company WHERE tenant_id = %(tenant)s', named)
    connection.execute('DELETE FROM control.api_key WHERE tenant_id = %(tenant)s', named)
    connection.execute('DELETE FROM control.tenant WHERE id = %(tenant)s', named)


def _forget_people(connection: psycopg.Connection, people: list[int]) -> None:
    """Those who belong nowhere by now: a name of theirs must not stand in a later one's way."""
    alone = """(SELECT id FROM control.app_user u WHERE id = ANY(%(people)s)
      AND NOT EXISTS (SELECT 1 FROM control.membership m WHERE m.user_id = u.id))"""
    for table in _hanging_on(User):
        connection.execute(
            f'DELETE FROM control.{table} WHERE user_id IN {alone}', {'people': people}
        )
    connection.execute(f'DELETE FROM control.app_user WHERE id IN {alone}', {'people': people})


def _hanging_on(model: type[typing.Any]) -> list[str]:
    return [t._meta.table_name for t in TABLES if model in t._meta.model_refs]


@functools.cache
def _connection() -> psycopg.Connection:
    connection = connect(url_of('main'))
    atexit.register(connection.close)
    return connection
