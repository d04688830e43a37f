"""/users of api/v2: people of the tenant, in the control plane. No password is ever answered."""

import datetime as dt

import msgspec
from msgspec import UNSET, UnsetType

from karvo.kit.actor import Actor
from karvo.kit.http import Resource, endpoint
from plugins.billing_v2.dialect import dialect
from plugins.billing_v2.envelopes import Done, Listed, ListQuery, One, listed, part_of, seconds
from tenants.people import (
    Email,
    Name,
    NewUser,
    Password,
    Role,
    UserChange,
    change_user,
    create_user,
    remove_user,
)
from tenants.people_reads import UserOut, get_user, list_users
from tenants.stores import control_store


class V2UserIn(msgspec.Struct, kw_only=True):
    """A person who is to have access; the password has ten characters or more."""

    name: Name
    email: Email
    password: Password
    role: Role


class V2UserChange(msgspec.Struct, kw_only=True):
    """Absent = unchanged."""

    name: Name | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    password: Password | UnsetType = UNSET
    role: Role | UnsetType = UNSET


class V2UserOut(msgspec.Struct, kw_only=True):
    """A person with access; `login` signs in, and so does the e-mail."""

    id: int
    name: str
    email: str
    login: str
    role: str
    created_at: dt.datetime
    updated_at: dt.datetime


class People(Resource):
    """A resource whose writes are remembered in the control plane."""

    dialect = dialect
    store = control_store


class Users(People):
    """All people of the tenant."""

    @endpoint(scope='users:read')
    def on_get(self, actor: Actor, query: ListQuery) -> Listed[V2UserOut]:
        """List users."""
        rows, total = list_users(query.search, part_of(query), actor=actor)
        return listed([_shown(row) for row in rows], total, query)

    @endpoint(scope='users:write', status=201, is_framed=False)
    def on_post(self, actor: Actor, body: V2UserIn) -> One[V2UserOut]:
        """Create a user; an administrator's key only."""
        new = NewUser(name=body.name, email=body.email, password=body.password, role=body.role)
        return One(data=_shown(create_user(new, actor=actor)), message='User created')


class User(People):
    """One person."""

    @endpoint(scope='users:read')
    def on_get(self, actor: Actor, id: int) -> One[V2UserOut]:
        """Get a user."""
        return One(data=_shown(get_user(id, actor=actor)))

    @endpoint(scope='users:write', is_framed=False)
    def on_put(self, actor: Actor, id: int, body: V2UserChange) -> One[V2UserOut]:
        """Update a user; a new password ends his sessions and tokens."""
        change = UserChange(
            name=body.name, email=body.email, password=body.password, role=body.role
        )
        return One(data=_shown(change_user(id, change, actor=actor)), message='User updated')

    @endpoint(scope='users:write', is_framed=False)
    def on_delete(self, actor: Actor, id: int) -> Done:
        """Take a user's access away."""
        remove_user(id, actor=actor)
        return Done(message='User deleted')


def _shown(row: UserOut) -> V2UserOut:
    return V2UserOut(
        id=row.id,
        name=row.name,
        email=row.email,
        login=row.login,
        role=row.role,
        created_at=seconds(row.created_at),
        updated_at=seconds(row.updated_at),
    )


routes: list[tuple[str, Resource]] = [
    ('/users', Users()),
    ('/users/{id:int}', User()),
]
