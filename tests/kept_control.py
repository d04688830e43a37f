"""A tenant's rows in the control schema as provisioning wrote them, and the way back to them."""

import psycopg
from psycopg import sql

from tenants.models import TABLES
from tenants.operations import Provisioned
from tests.kept import KEEPING

#: Whose rows are a tenant's, by the column that says so.
BY = ('tenant_id', 'company_id', 'user_id')
#: Those who belong nowhere else or are named for the tenant go, out of the way of later ones.
FUNCTION = """
CREATE FUNCTION {name}() RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
  person bigint;
BEGIN
FOR person IN SELECT user_id FROM control.membership m WHERE m.tenant_id = {tenant}
  AND NOT EXISTS (SELECT FROM control.membership o
    WHERE o.user_id = m.user_id AND o.tenant_id <> {tenant})
  UNION SELECT id FROM control.app_user WHERE starts_with(login, {logins})
LOOP
  DELETE FROM control.membership WHERE user_id = person;
  DELETE FROM control.app_user WHERE id = person;
  DELETE FROM control.session WHERE user_id = person;
  DELETE FROM control.application_password WHERE user_id = person;
END LOOP;
DELETE FROM control.app_user WHERE id = {user};
DELETE FROM control.tenant WHERE id = {tenant};
DELETE FROM control.lease WHERE name LIKE '%-{company}';
DELETE FROM control.revoked_password
  WHERE uid IN (SELECT uid FROM control.application_password WHERE company_id = {company});
{body}
END $body$"""
CLEAR = 'DELETE FROM control.{table} WHERE {column} = {number};'
KEEP = 'CREATE TABLE {there} AS SELECT * FROM control.{table} WHERE {condition}'
PUT_BACK = 'INSERT INTO control.{table} SELECT * FROM {there};'
IDS = """
SELECT c.id, u.id FROM control.company c, control.app_user u
WHERE c.uid = %(company_id)s::uuid AND u.login = %(username)s"""


class KeptControl:
    """One tenant's; made when it was provisioned and nobody has used it."""

    def __init__(self, connection: psycopg.Connection, tenant: Provisioned) -> None:
        named = {'company_id': tenant.company_id, 'username': tenant.username}
        company, user = connection.execute(IDS, named).fetchone() or (0, 0)
        self._name = f'control_{tenant.schema}'
        self._ids = {'tenant_id': tenant.tenant_id, 'company_id': company, 'user_id': user}
        conditions = {name: self._condition(name) for name in _tables()}
        body = [part for name in conditions for part in self._clear(name)]
        body += [self._kept(connection, name, condition) for name, condition in conditions.items()]
        connection.execute(
            sql.SQL(FUNCTION).format(
                name=sql.Identifier(KEEPING, self._name),
                body=sql.SQL('\n').join(body),
                tenant=sql.Literal(tenant.tenant_id),
                user=sql.Literal(user),
                logins=sql.Literal(f'{tenant.slug}_'),
                company=sql.Literal(company),
            )
        )

    def restore(self, connection: psycopg.Connection) -> None:
        """Back to the rows of the beginning; inside the caller's transaction."""
        connection.execute(f'SELECT {KEEPING}."{self._name}"()')

    def _condition(self, table: str) -> sql.Composable:
        match table:
            case 'tenant':
                columns = {'id': self._ids['tenant_id']}
            case 'app_user':
                columns = {'id': self._ids['user_id']}
            case _:
                columns = {name: self._ids[name] for name in _columns(table)}
        parts = [
            sql.SQL('{} = {}').format(sql.Identifier(name), sql.Literal(number))
            for name, number in columns.items()
        ]
        return sql.SQL(' OR ').join(parts)

    def _clear(self, table: str) -> list[sql.Composed]:
        return [
            sql.SQL(CLEAR).format(
                table=sql.Identifier(table),
                column=sql.Identifier(column),
                number=sql.Literal(self._ids[column]),
            )
            for column in _columns(table)
        ]

    def _kept(
        self, connection: psycopg.Connection, table: str, condition: sql.Composable
    ) -> sql.Composable:
        """The statement that puts a table's rows back, if it has some."""
        there, here = sql.Identifier(KEEPING, f'{self._name}_{table}'), sql.Identifier(table)
        copy = sql.SQL(KEEP).format(there=there, table=here, condition=condition)
        if not connection.execute(copy).rowcount:
            return sql.SQL('')
        return sql.SQL(PUT_BACK).format(table=here, there=there)


def _columns(table: str) -> list[str]:
    [model] = [t for t in TABLES if t._meta.table_name == table]
    return [name for name in BY if name in model._meta.columns]


def _tables() -> list[str]:
    """The tenant first, then what hangs on it."""
    names = [t._meta.table_name for t in TABLES]
    return [name for name in names if name in ('tenant', 'app_user') or _columns(name)]
