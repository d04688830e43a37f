"""Members of a tenant and their application passwords, and how WordPress shows both."""

import datetime as dt
import re
import typing
import uuid as uuids

import msgspec
import peewee

from karvo.kit.actor import Actor
from karvo.kit.errors import Forbidden, NotFound, invalid
from karvo.kit.ids import LAST_ID
from tenants.models import ApplicationPassword, Company, Membership, User
from tenants.scopes import ROLES, Scopes
from tenants.wordpress.schemas import Hints, Link, Links, PasswordOut, UserOut, UserQuery

NOT_IN_SLUG = '[^a-z0-9_-]+'
SLUG = peewee.SQL(f"trim(both '-' from regexp_replace(lower(t1.login), '{NOT_IN_SLUG}', '-', 'g'))")
ORDERS: dict[str, typing.Any] = {
    'id': User.id,
    'name': peewee.fn.lower(User.display_name),
    'slug': SLUG,
    'email': peewee.fn.lower(User.email),
    'registered_date': User.created_at,
}
ONE = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
#: WordPress' names for what a scope allows here
CAPABILITIES = {
    'users:read': ('list_users',),
    'keys:write': ('edit_users', 'manage_options'),
}


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person in a tenant."""

    id: int
    login: str
    email: str
    display_name: str
    locale: str
    role: str
    created_at: dt.datetime

    @property
    def slug(self) -> str:
        return re.sub(NOT_IN_SLUG, '-', self.login.lower()).strip('-')


def may_manage(actor: Actor) -> bool:
    """Whether he manages other members' application passwords: who may issue keys may."""
    return actor.may('keys:write')


def member_of(tenant_id: int, user_id: int) -> Member:
    """Raises NotFound in WordPress' words, also for members of other tenants."""
    same = User.id == (user_id if user_id <= LAST_ID else 0)
    rows = [_member(row) for row in _members(tenant_id).where(same)]
    if not rows:
        raise NotFound('Invalid user ID.', code='rest_user_invalid_id')
    return rows[0]


def list_members(tenant_id: int, query: UserQuery) -> tuple[list[Member], int]:
    """(rows, total) of a tenant; raises Invalid for ids that are none."""
    found = _members(tenant_id).where(*_conditions(query))
    column = ORDERS[query.orderby]
    skipped = (query.page - 1) * query.per_page if query.offset is None else query.offset
    ordered = [column.desc(), User.id.desc()] if query.order == 'desc' else [column, User.id]
    part = found.order_by(*ordered).limit(query.per_page).offset(skipped)
    return [_member(row) for row in part], found.count()


def _members(tenant_id: int) -> typing.Any:
    return (
        User.select(User, Membership.role.alias('role'))
        .join(Membership, on=(Membership.user == User.id))
        .where(Membership.tenant == tenant_id)
    )


def _conditions(query: UserQuery) -> list[typing.Any]:
    where: list[typing.Any] = [peewee.SQL('true')]
    if query.search:
        where.append(User.login.contains(query.search) | User.display_name.contains(query.search))
    if query.include:
        where.append(User.id.in_(_ids(query.include, 'include')))
    if query.exclude:
        where.append(User.id.not_in(_ids(query.exclude, 'exclude')))
    if query.slug:
        where.append(peewee.Expression(SLUG, 'IN', tuple(_words(query.slug))))
    if query.roles:
        where.append(Membership.role.in_(_words(query.roles)))
    return where


def _words(text: str) -> list[str]:
    return [part.strip() for part in text.split(',')]


def _ids(text: str, field: str) -> list[int]:
    parts = _words(text)
    if not all(part.isascii() and part.isdigit() and int(part) <= LAST_ID for part in parts):
        raise invalid(**{field: 'must be a list'})
    return [int(part) for part in parts]


def _member(row: typing.Any) -> Member:
    user = row
    return Member(
        id=user.id,
        login=user.login,
        email=user.email,
        display_name=user.display_name,
        locale=user.locale,
        role=user.membership.role,
        created_at=user.created_at,
    )


def user_out(member: Member, origin: str, context: str) -> UserOut:
    """A member as WordPress shows him; `edit` is for himself and those who manage members."""
    shown = UserOut(
        id=member.id,
        name=member.display_name,
        url='',
        description='',
        link=f'{origin}/?author={member.id}',
        slug=member.slug,
        avatar_urls={size: f'{origin}/avatar.svg?s={size}' for size in ('24', '48', '96')},
        links=_user_links(origin, member.id),
    )
    if context != 'embed':
        shown.meta = {}
    if context == 'edit':
        _add_private(shown, member)
    return shown


def _user_links(origin: str, user_id: int) -> Links:
    users = f'{origin}/wp-json/wp/v2/users'
    own = Link(href=f'{users}/{user_id}', targetHints=Hints(allow=['GET']))
    return Links(self=[own], collection=[Link(href=users)])


def _add_private(shown: UserOut, member: Member) -> None:
    shown.username = shown.nickname = member.login
    shown.first_name = shown.last_name = ''
    shown.email, shown.locale, shown.roles = member.email, member.locale, [member.role]
    shown.registered_date = f'{_gmt(member.created_at)}+00:00'
    shown.extra_capabilities = {member.role: True}
    shown.capabilities = capabilities_of(member.role)


def capabilities_of(role: str) -> dict[str, bool]:
    """What a role may: its scopes by their own names, the few that WordPress names by those too."""
    scopes = Scopes(ROLES.get(role, ()))
    named = [name for scope, names in CAPABILITIES.items() if scope in scopes for name in names]
    return dict.fromkeys(['read', role, *named, *sorted(scopes)], True)


def _gmt(moment: dt.datetime) -> str:
    return f'{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}'


def passwords_of(tenant_id: int, user_id: int) -> list[ApplicationPassword]:
    """A member's, of all companies of this tenant, oldest first."""
    return list(_passwords(tenant_id, user_id).order_by(ApplicationPassword.id))


def password_of(tenant_id: int, user_id: int, uuid: str) -> ApplicationPassword:
    """Raises NotFound in WordPress' words."""
    return the_password(_passwords(tenant_id, user_id), uuid)


def the_password(query: typing.Any, uuid: str) -> ApplicationPassword:
    """The one of a selection with this UUID; raises NotFound."""
    try:
        found: ApplicationPassword | None = query.where(
            ApplicationPassword.uid == uuids.UUID(uuid)
        ).get_or_none()
    except ValueError:
        found = None
    if found is None:
        raise NotFound(
            'Application password not found.', code='rest_application_password_not_found'
        )
    return found


def _passwords(tenant_id: int, user_id: int) -> typing.Any:
    own = Company.select(Company.id).where(Company.tenant == tenant_id)
    return ApplicationPassword.select().where(
        ApplicationPassword.user == user_id, ApplicationPassword.company.in_(own)
    )


def password_in_use(actor: Actor) -> ApplicationPassword:
    """The one that this request came with; raises NotFound when it came with a key."""
    found: ApplicationPassword | None = ApplicationPassword.get_or_none(
        ApplicationPassword.id == actor.password_id
    )
    if found is None:
        raise NotFound(
            'Cannot introspect application password.', code='rest_no_authenticated_app_password'
        )
    return found


def password_out(
    row: ApplicationPassword,
    origin: str,
    context: str = 'view',
    *,
    is_linked: bool = True,
    password: str | None = None,
) -> PasswordOut:
    """As WordPress shows it; never with its hash."""
    shown = PasswordOut(uuid=str(row.uid), app_id=row.app_id, name=row.name)
    if context != 'embed':
        shown.created = _gmt(row.created_at)
        shown.last_used = _gmt(row.last_used_at) if row.last_used_at else None
        shown.last_ip = row.last_ip
    if password:
        shown.password = password
    if is_linked:
        href = password_url(origin, row)
        shown.links = Links(self=[Link(href=href, targetHints=Hints(allow=ONE))])
    return shown


def password_url(origin: str, row: ApplicationPassword) -> str:
    """Its own address."""
    return f'{origin}/wp-json/wp/v2/users/{row.user_id}/application-passwords/{row.uid}'


def check_edit_context(actor: Actor, user_id: int | None, context: str) -> None:
    """All of a user is for himself and for those who manage members; raises Forbidden."""
    is_own = actor.kind == 'user' and actor.id == user_id
    if context == 'edit' and not (is_own or may_manage(actor)):
        what = 'edit this user' if user_id else 'edit users'
        raise Forbidden(f'Sorry, you are not allowed to {what}.', code='rest_forbidden_context')
