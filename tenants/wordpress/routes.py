"""/users and /users/{id|me}/application-passwords of wp/v2.

A caller with an application password is a WordPress user: he sees and manages his own. Who may
issue keys (scope `keys:write`: administrators and managers) manages those of all members of his
tenant, but makes none with rights that he lacks. An X-SE-ERP-Key is nobody in WordPress: there is
no `me`; with `users:read` it lists members, with `keys:write` it manages their passwords by id.
"""

import typing

from karvo.kit.actor import Actor
from karvo.kit.errors import Forbidden, NotOffered, Unauthenticated
from karvo.kit.http import Reply, Resource, endpoint
from karvo.kit.origin import Site
from karvo.wp_v2 import wp_v2, wp_v2_users
from tenants.stores import control_store
from tenants.wordpress import operations, reads
from tenants.wordpress.reads import Member, member_of, password_out, user_out
from tenants.wordpress.schemas import (
    ContextQuery,
    DeletedPassword,
    DeletedPasswords,
    NewPassword,
    PasswordChange,
    PasswordOut,
    UserOut,
    UserQuery,
)

#: who has credentials may ask; what he may see is decided record by record
ANYBODY = ''
MANY, SINGLE = 'application_passwords', 'application_password'
#: code and text of what a member may not do to others' application passwords
REFUSALS = {
    f'rest_cannot_{verb}_{what}': f'Sorry, you are not allowed to {verb} {object_}.'
    for verb, what, object_ in (
        ('list', MANY, 'application passwords for this user'),
        ('create', MANY, 'application passwords for this user'),
        ('delete', MANY, 'application passwords for this user'),
        ('read', SINGLE, 'this application password'),
        ('edit', SINGLE, 'this application password'),
        ('delete', SINGLE, 'this application password'),
    )
}
NO_INTROSPECTION = 'rest_cannot_introspect_app_password_for_non_authenticated_user'


class WordPress(Resource):
    """A resource of wp/v2; its writes are remembered in the control plane."""

    dialect = wp_v2
    store = control_store


class Users(WordPress):
    """The members of the caller's tenant."""

    dialect = wp_v2_users

    @endpoint(scope=ANYBODY)
    def on_get(self, actor: Actor, query: UserQuery, site: Site) -> list[UserOut]:
        """List users: of keys those with users:read, of people all whose role reads."""
        _require_listing(actor)
        reads.check_edit_context(actor, None, query.context)
        rows, total = reads.list_members(actor.tenant_id, query)
        pages = -(-total // query.per_page)
        shown = [user_out(row, site.origin, query.context) for row in rows]
        headers = {'X-WP-Total': str(total), 'X-WP-TotalPages': str(pages)}
        return typing.cast(list[UserOut], Reply(shown, headers))


class User(WordPress):
    """One member."""

    dialect = wp_v2_users

    @endpoint(scope=ANYBODY)
    def on_get(self, actor: Actor, id: int, query: ContextQuery, site: Site) -> UserOut:
        """Get a user: oneself, others as they are listed."""
        is_own = actor.kind == 'user' and actor.id == id
        if not is_own:
            _require_listing(actor)
        member = member_of(actor.tenant_id, id)
        reads.check_edit_context(actor, id, query.context)
        return user_out(member, site.origin, query.context)


class Me(WordPress):
    """The caller."""

    @endpoint(scope=ANYBODY)
    def on_get(self, actor: Actor, query: ContextQuery, site: Site) -> UserOut:
        """Get the user of the application password in use; a key is no user."""
        return user_out(_member(actor, None), site.origin, query.context)


class Passwords(WordPress):
    """A member's application passwords."""

    @endpoint(scope=ANYBODY)
    def on_get(
        self, actor: Actor, query: ContextQuery, site: Site, id: int | None = None
    ) -> list[PasswordOut]:
        """List application passwords, oldest first."""
        member = _managed(actor, id, site, f'rest_cannot_list_{MANY}')
        rows = reads.passwords_of(actor.tenant_id, member.id)
        return [password_out(row, site.origin, query.context) for row in rows]

    @endpoint(scope=ANYBODY, status=201, is_framed=False)
    def on_post(
        self, actor: Actor, body: NewPassword, site: Site, id: int | None = None
    ) -> PasswordOut:
        """Make an application password; it is shown this once."""
        member = _managed(actor, id, site, f'rest_cannot_create_{MANY}')
        row, password = operations.create_password(body, member, actor.company_id, actor=actor)
        shown = password_out(row, site.origin, password=password)
        headers = {'Location': reads.password_url(site.origin, row)}
        return typing.cast(PasswordOut, Reply(shown, headers))

    @endpoint(scope=ANYBODY, is_framed=False)
    def on_delete(self, actor: Actor, site: Site, id: int | None = None) -> DeletedPasswords:
        """Revoke all application passwords at once."""
        member = _managed(actor, id, site, f'rest_cannot_delete_{MANY}')
        return DeletedPasswords(
            deleted=True, count=operations.revoke_passwords(member, actor=actor)
        )


class Password(WordPress):
    """One of a member's application passwords."""

    @endpoint(scope=ANYBODY)
    def on_get(
        self, actor: Actor, uuid: str, query: ContextQuery, site: Site, id: int | None = None
    ) -> PasswordOut:
        """Get an application password, without its secret."""
        member = _managed(actor, id, site, f'rest_cannot_read_{SINGLE}')
        row = reads.password_of(actor.tenant_id, member.id, uuid)
        return password_out(row, site.origin, query.context)

    @endpoint(scope=ANYBODY, is_framed=False)
    def on_put(
        self, actor: Actor, uuid: str, body: PasswordChange, site: Site, id: int | None = None
    ) -> PasswordOut:
        """Rename an application password."""
        member = _managed(actor, id, site, f'rest_cannot_edit_{SINGLE}')
        row = operations.rename_password(uuid, body, member, actor=actor)
        return password_out(row, site.origin)

    @endpoint(scope=ANYBODY, is_framed=False)
    def on_delete(
        self, actor: Actor, uuid: str, site: Site, id: int | None = None
    ) -> DeletedPassword:
        """Revoke an application password at once."""
        member = _managed(actor, id, site, f'rest_cannot_delete_{SINGLE}')
        row = operations.revoke_password(uuid, member, actor=actor)
        return DeletedPassword(
            deleted=True, previous=password_out(row, site.origin, is_linked=False)
        )


class Introspection(WordPress):
    """The application password in use."""

    @endpoint(scope=ANYBODY)
    def on_get(
        self, actor: Actor, query: ContextQuery, site: Site, id: int | None = None
    ) -> PasswordOut:
        """Get the application password that this request came with."""
        _require_available(site)
        me = _member(actor, None)
        if id not in (None, me.id):
            member_of(actor.tenant_id, id or 0)
            raise Forbidden(
                'The authenticated application password can only be introspected for the current '
                'user.',
                code=NO_INTROSPECTION,
            )
        return password_out(reads.password_in_use(actor), site.origin, query.context)


def _require_listing(actor: Actor) -> None:
    # WordPress shows a site's people, briefly, to all who work on it; a key must name the scope.
    is_colleague = actor.kind == 'user' and actor.may('any:read')
    if not (is_colleague or actor.may('users:read')):
        raise Forbidden('Sorry, you are not allowed to list users.', code='rest_user_cannot_view')


def _require_available(site: Site) -> None:
    """Not where anybody may read along: WordPress in production over plain http."""
    if not site.is_private:
        raise NotOffered(
            'Application passwords are not available.', code='application_passwords_disabled'
        )


def _member(actor: Actor, id: int | None) -> Member:
    """The member with this id; None is the caller. Raises Unauthenticated for a key, NotFound."""
    if id is None and actor.kind != 'user':
        raise Unauthenticated('You are not currently logged in.')
    return member_of(actor.tenant_id, actor.id if id is None else id)


def _managed(actor: Actor, id: int | None, site: Site, code: str) -> Member:
    """The member whose passwords are meant; raises Forbidden with `code` unless they are his."""
    _require_available(site)
    member = _member(actor, id)
    is_own = actor.kind == 'user' and actor.id == member.id
    if not (is_own or reads.may_manage(actor)):
        raise Forbidden(REFUSALS[code], code=code)
    return member


routes: list[tuple[str, Resource]] = [
    ('/users', Users()),
    ('/users/me', Me()),
    ('/users/{id:int}', User()),
]
for _of in ('/users/me', '/users/{id:int}'):
    routes += [
        (f'{_of}/application-passwords', Passwords()),
        (f'{_of}/application-passwords/introspect', Introspection()),
        (f'{_of}/application-passwords/{{uuid}}', Password()),
    ]
