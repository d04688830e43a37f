"""Companies that a test is done with serve the next one, under the same number.

Making a schema costs 0.2 s and some 300 files; opening its books, and planning every statement
anew because the schema has another name, as much again. So what goes is the tenant and what the
test wrote; what stays is the company's number, its schema and the books as provisioning opened
them. The administrator's password is hashed at bcrypt's least cost: at the real one it was half of
what a fresh tenant costs.
"""

import atexit
import functools
import typing

import bcrypt
import psycopg

from karvo.kit import clock, ids
from karvo.kit.db import Place, company_place, connect, current_place, url_of
from karvo.taxes import reads
from tenants import operations, schema, wake, wp_hashes
from tenants.models import Company, Tenant
from tenants.operations import NewTenant, Provisioned
from tests.forgotten import forget
from tests.kept import Kept

make_schema = schema.create_company_schema
make_company = operations._new_company
open_books = operations.open_books

#: What the books are opened from; those of equal values are equal.
Opened = tuple[typing.Any, ...]
_spare: dict[Opened, list[int]] = {}
_kept: dict[int, Kept] = {}
_opened: dict[int, Opened] = {}
_lent: set[int] = set()  #: taken from the spare ones by a tenant that is being provisioned


def _new_company(tenant: Tenant, new: NewTenant) -> Company:
    """As the one of tenants.operations, but takes a spare company where there is one."""
    waiting = _spare.get(_values(new))
    if not waiting:
        return make_company(tenant, new)
    number = waiting.pop()
    _lent.add(number)
    return Company.create(
        id=number,
        uid=ids.uuid7(),
        key=ids.random_key(),
        tenant=tenant,
        name=new.name,
        placement='main',
        created_at=clock.now(),
    )


def _values(new: NewTenant) -> Opened:
    return (
        new.name,
        new.email,
        new.country,
        new.province,
        new.currency,
        new.language,
        new.timezone,
    )


def _create_company_schema(place: Place) -> None:
    """As the one of tenants.schema, but a spare company has its schema."""
    if _number(place.schema) not in _lent:
        make_schema(place)


def _open_books(new: NewTenant) -> None:
    """As the one of tenants.operations, but a spare company's books are open."""
    place = current_place()
    number = _number(place.schema)
    if number in _lent:
        _lent.remove(number)
        return
    open_books(new)
    if place.placement == 'main':
        _opened[number] = _values(new)
        _kept[number] = Kept(_connection(), place.schema)


operations._new_company = _new_company
schema.create_company_schema = _create_company_schema
operations.open_books = _open_books
# It asks the server over a connection of its own: once is enough for this one.
schema.prepare_database = functools.cache(schema.prepare_database)


def password_hash(password: str) -> str:
    """As the one of tenants.secrets, but quick to make; checking it is as quick."""
    prepared = wp_hashes._prepared(password.encode())
    return '$wp$2y' + bcrypt.hashpw(prepared, bcrypt.gensalt(4)).decode().removeprefix('$2b')


operations.password_hash = password_hash


def recycle(tenant: Provisioned) -> None:
    """The tenant is forgotten, its company waits for the next."""
    connection, number = _connection(), _number(tenant.schema)
    _tell_nobody(number)
    with connection.transaction():
        _kept[number].restore(connection)
        forget(connection, tenant.tenant_id)
    reads._kept.pop(company_place(number), None)  # the next one's version may be the same
    _spare.setdefault(_opened[number], []).append(number)


def _number(name: str) -> int:
    return int(name.removeprefix('c_'))


def _tell_nobody(number: int) -> None:
    """A hint on its way to the workers would be one about the company's next tenant."""
    with wake._hints.flushing, wake._hints.lock:
        wake._hints.companies.discard(number)


@functools.cache
def _connection() -> psycopg.Connection:
    """Without foreign keys and triggers: what goes, goes whole."""
    connection = connect(url_of('main'))
    connection.execute('SET session_replication_role = replica')
    atexit.register(connection.close)
    return connection
