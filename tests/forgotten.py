"""A tenant's rows in the control schema go with it, in one statement."""

import functools

import psycopg

from tenants.models import TABLES

#: People who belong nowhere by then go too: a name of theirs must not stand in a later one's way.
FUNCTION = """
CREATE OR REPLACE FUNCTION public.control_forget(gone bigint) RETURNS void
LANGUAGE plpgsql AS $body$
DECLARE
  companies bigint[] := ARRAY(SELECT id FROM control.company WHERE tenant_id = gone);
  people bigint[] := ARRAY(SELECT user_id FROM control.membership WHERE tenant_id = gone);
BEGIN
{of_companies}
DELETE FROM control.membership WHERE tenant_id = gone;
people := ARRAY(SELECT u FROM unnest(people) u
  WHERE NOT EXISTS (SELECT FROM control.membership m WHERE m.user_id = u));
{of_people}
DELETE FROM control.app_user WHERE id = ANY(people);
DELETE FROM control.api_key WHERE tenant_id = gone;
DELETE FROM control.company WHERE tenant_id = gone;
DELETE FROM control.tenant WHERE id = gone;
END $body$"""


def forget(connection: psycopg.Connection, tenant_id: int) -> None:
    """The tenant, its companies and what hangs on them; inside the caller's transaction."""
    _make(connection)
    connection.execute('SELECT public.control_forget(%s)', [tenant_id])


@functools.cache
def _make(connection: psycopg.Connection) -> None:
    text = FUNCTION.format(
        of_companies=_hanging_on('company_id', 'companies'),
        of_people=_hanging_on('user_id', 'people'),
    )
    connection.execute(text)


def _hanging_on(column: str, names: str) -> str:
    tables = [t._meta.table_name for t in TABLES if column in t._meta.columns]
    return '\n'.join(f'DELETE FROM control.{t} WHERE {column} = ANY({names});' for t in tables)
