"""Tenants that a test is done with serve the next one, as they were when they were provisioned.

Making one takes longer than most tests: a schema of hundreds of files, books, credentials, and
every statement planned anew because the schema has another name. Here all of it stays but for what
the test wrote, in the tables and in this process's memory. The administrator's password is hashed
at bcrypt's least cost.
"""

import atexit
import functools
import typing

import bcrypt
import psycopg

from karvo.invoices import context
from karvo.kit.db import company_place, connect, url_of
from karvo.taxes import reads
from tenants import limits, operations, shared, usage, wake, wp_hashes
from tenants.operations import NewTenant, Provisioned, provision
from tests.kept import KEEPING, Kept
from tests.kept_control import KeptControl

_spare: dict[bytes, list[Provisioned]] = {}
_lent: dict[int, 'Lent'] = {}
NO_SLOTS = bytes(limits.SLOTS * limits.SLOT.size)


class Lent(typing.NamedTuple):
    """What leads back to a tenant's beginning; `kind` says for which requests it is another's."""

    kind: bytes
    control: KeptControl
    company: Kept


def lend(new: NewTenant, kind: bytes) -> Provisioned:
    """A tenant as provisioning leaves it: a spare one of this kind, or a new one."""
    if spare := _spare.get(kind):
        return spare.pop()
    tenant = provision(new)
    connection = _connection()
    with connection.transaction():
        control = KeptControl(connection, tenant)
        _lent[tenant.tenant_id] = Lent(kind, control, Kept(connection, tenant.schema))
    return tenant


def recycle(tenant: Provisioned) -> None:
    """As it was when it was provisioned, the tenant waits for the next test."""
    lent, connection = _lent[tenant.tenant_id], _connection()
    _forget(int(tenant.schema.removeprefix('c_')))
    with connection.transaction():
        lent.control.restore(connection)
        lent.company.restore(connection)
    shared.invalidate()
    _spare.setdefault(lent.kind, []).append(tenant)


def _forget(number: int) -> None:
    """What this process has in mind: hints for the workers, counted calls, books, limits."""
    with wake._later.doing, wake._hints.lock:
        wake._hints.companies.discard(number)
    with usage._later.doing, usage._counters.lock:
        usage._calls.clear()
        usage._counters.calls, usage._counters.seen, usage._counters.passwords = {}, {}, {}
    reads._kept.pop(company_place(number), None)
    for key in [key for key in context._kept if key[0] == company_place(number)]:
        del context._kept[key]
    shared.limits()._map[limits.HEADER :] = NO_SLOTS


def password_hash(password: str) -> str:
    """As the one of tenants.secrets, but quick to make; checking it is as quick."""
    prepared = wp_hashes._prepared(password.encode())
    return '$wp$2y' + bcrypt.hashpw(prepared, bcrypt.gensalt(4)).decode().removeprefix('$2b')


operations.password_hash = password_hash


@functools.cache
def _connection() -> psycopg.Connection:
    """Without foreign keys: what goes, goes whole."""
    connection = connect(url_of('main'))
    connection.execute('SET session_replication_role = replica')
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS {KEEPING}')
    atexit.register(connection.close)
    return connection
