"""Users of a tenant as read structs: never a password, never a hash."""

import datetime as dt
import typing

import msgspec
import peewee

from karvo.kit.actor import Actor
from karvo.kit.errors import Invalid, not_found
from karvo.kit.ids import LAST_ID
from karvo.kit.paging import Slice
from tenants.models import Membership, User

READ = 'users:read'
ORDERS: dict[str, typing.Any] = {
    'id': User.id,
    'name': peewee.fn.lower(User.display_name),
    'email': peewee.fn.lower(User.email),
    'role': Membership.role,
    'created_at': User.created_at,
}


class UserOut(msgspec.Struct, kw_only=True):
    """A member of a tenant. `login` signs in, and so does the e-mail."""

    id: int
    uid: str
    login: str
    name: str
    email: str
    role: str
    created_at: dt.datetime
    updated_at: dt.datetime


def list_users(search: str, part: Slice, *, actor: Actor) -> tuple[list[UserOut], int]:
    """(rows, total) of the actor's tenant, oldest first; two statements. Raises Forbidden, Invalid.

    `search` finds part of a name, an e-mail or a log-in, letter case aside.
    """
    actor.require(READ)
    query = members_of(actor.tenant_id)
    if search:
        parts = (User.display_name, User.email, User.login)
        first, *others = [column.contains(search) for column in parts]
        query = query.where(first | others[0] | others[1])
    column = ORDERS.get(part.orderby or 'id')
    if column is None:
        why = f'must be one of {", ".join(ORDERS)}'
        raise Invalid(f'orderby {why}', fields={'orderby': why})
    order = (column.desc(), User.id.desc()) if part.order == 'desc' else (column, User.id)
    rows = query.order_by(*order).limit(part.limit).offset(part.offset)
    return [user_out(row) for row in rows], query.count()


def get_user(user_id: int, *, actor: Actor) -> UserOut:
    """Raises NotFound, also for people of other tenants; Forbidden."""
    actor.require(READ)
    row = members_of(actor.tenant_id).where(User.id == min(user_id, LAST_ID)).get_or_none()
    if row is None:
        raise not_found('User')
    return user_out(row)


def members_of(tenant_id: int) -> typing.Any:
    """Users with their role in this tenant as `membership.role`."""
    return (
        User.select(User, Membership.role.alias('role'))
        .join(Membership, on=(Membership.user == User.id))
        .where(Membership.tenant == tenant_id)
    )


def user_out(row: typing.Any) -> UserOut:
    """Of a row of `members_of`."""
    return UserOut(
        id=row.id,
        uid=str(row.uid),
        login=row.login,
        name=row.display_name,
        email=row.email,
        role=row.membership.role,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
