"""Users of a tenant: created, changed, removed by an administrator (V2-8).

All of it happens under a lock of the tenant's row, so that two at once neither exceed the plan, nor
take one e-mail twice, nor leave the tenant without an administrator.
"""

import re
import typing

import msgspec
import peewee
from msgspec import UNSET, Meta, UnsetType

from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.db import rows as tuples
from karvo.kit.errors import Conflict, Forbidden, invalid, not_found
from karvo.kit.ids import LAST_ID
from karvo.mail.operations import usable_address
from tenants.events import UserCreated, UserRemoved, UserUpdated, announce_later, relay, told_of
from tenants.models import (
    ApplicationPassword,
    Company,
    Membership,
    Session,
    Tenant,
    User,
    control,
)
from tenants.passwords import check_password
from tenants.people_reads import UserOut, members_of, user_out
from tenants.plans import PLANS
from tenants.scopes import BY_NAME_ONLY, ROLES, check_grant
from tenants.secrets import password_hash
from tenants.shared import invalidate
from tenants.wordpress.operations import delete_passwords

WRITE = 'users:write'
ADMINISTRATOR = 'administrator'
#: Whoever has one of these has an account and sees no books; the plan does not count them.
UNCOUNTED = sorted(role for role, scopes in ROLES.items() if not scopes)
NOT_IN_LOGIN = re.compile(r'[^a-z0-9._-]+')
LONGEST_LOGIN = 60  #: WordPress' own column

Role = typing.Literal['administrator', 'manager', 'accountant', 'sales', 'support', 'readonly']
Name = typing.Annotated[str, Meta(min_length=1, max_length=200)]
Email = typing.Annotated[str, Meta(min_length=3, max_length=254)]
Password = typing.Annotated[str, Meta(max_length=1000)]


class NewUser(msgspec.Struct, kw_only=True):
    """A person who is to have access."""

    name: Name
    email: Email
    password: Password
    role: Role


class UserChange(msgspec.Struct, kw_only=True):
    """Absent = unchanged."""

    name: Name | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    password: Password | UnsetType = UNSET


def create_user(new: NewUser, *, actor: Actor) -> UserOut:
    """A member with a log-in of his own; he signs in with that or with his e-mail.

    Raises Invalid (email, password, name), Conflict (the e-mail is a member's), Forbidden (scope,
    a role that is mightier than the actor, the plan's limit).
    """
    actor.require(WRITE)
    check_power(new.role, actor)
    values = _checked(msgspec.structs.asdict(new))
    with control.atomic():
        tenant = _locked_tenant(actor)
        _check_allowance(tenant, new.role)
        _check_email(tenant, values['email'])
        now = clock.now()
        login = _free_login(tenant, values['email'])
        fields = {n: v for n, v in values.items() if n != 'role'}
        user = User.create(uid=ids.uuid7(), login=login, created_at=now, updated_at=now, **fields)
        Membership.create(user=user, tenant=tenant, role=new.role, created_at=now)
        told = told_of(user.id, user.login, user.email, user.display_name, new.role)
        announce_later(actor.company_id, UserCreated, user.id, told, actor)
    _tell({actor.company_id})
    return user_out(_member(actor, user.id))


def change_user(user_id: int, change: UserChange, *, actor: Actor) -> UserOut:
    """Name, e-mail, role, password. A new one ends sessions and tokens; application passwords stay.

    Raises as `create_user`, NotFound, and Conflict where the last administrator would go or the
    person belongs to other tenants too: those share the name, the e-mail and the password.
    """
    actor.require(WRITE)
    given = {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}
    values = _checked(given)
    role = values.pop('role', None)
    with control.atomic():
        tenant = _locked_tenant(actor)
        user = _member(actor, user_id)
        check_power(user.membership.role, actor)
        has_new_role = role is not None and role != user.membership.role
        if has_new_role:
            _change_role(tenant, user, role, actor)
        changed = {n: v for n, v in values.items() if v != getattr(user, n)}
        if changed:
            _change_person(tenant, user, changed, actor)
        if changed or has_new_role:
            told = _told(_member(actor, user_id))
            announce_later(actor.company_id, UserUpdated, user.id, told, actor)
    _tell({actor.company_id})
    return user_out(_member(actor, user_id))


def remove_user(user_id: int, *, actor: Actor) -> None:
    """The membership ends, his application passwords of this tenant work no more.

    Who belongs to no tenant then is forgotten, with his log-in. Raises NotFound, Forbidden,
    Conflict for the last administrator.
    """
    actor.require(WRITE)
    with control.atomic():
        tenant = _locked_tenant(actor)
        user = _member(actor, user_id)
        check_power(user.membership.role, actor)
        _check_not_last(tenant, user)
        companies = delete_passwords(user.id, actor)
        same = (Membership.user == user.id) & (Membership.tenant == tenant)
        Membership.delete().where(same).execute()
        announce_later(actor.company_id, UserRemoved, user.id, _told(user), actor)
        if not _belongs_elsewhere(user, tenant):
            Session.delete().where(Session.user == user.id).execute()
            User.delete().where(User.id == user.id).execute()
    _tell(companies | {actor.company_id})


def check_power(role: str, actor: Actor) -> None:
    """Nobody makes, changes or removes anybody mightier than himself. Raises Forbidden.

    What is granted by name only is left to whoever has `users:write`, which is one of those: it is
    an administrator's, and an administrator is who may grant the rest.
    """
    named = BY_NAME_ONLY - {WRITE}
    check_grant([scope for scope in ROLES.get(role, ()) if scope not in named], actor)


def _checked(given: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """The columns of the user, and `role`, from what was given. Hashing takes its time."""
    values: dict[str, typing.Any] = {}
    if 'role' in given:
        values['role'] = given['role']
    if 'name' in given:
        values['display_name'] = _clean(given['name'])
    if 'email' in given:
        values['email'] = usable_address(given['email'].strip())
    if 'password' in given:
        check_password(given['password'])
        values['password_hash'] = password_hash(given['password'])
    return values


def _clean(name: str) -> str:
    cleaned = ' '.join(''.join(c if c.isprintable() else ' ' for c in name).split())
    if not cleaned:
        raise invalid(name='must not be empty')
    return cleaned


def _locked_tenant(actor: Actor) -> Tenant:
    tenant: Tenant | None = (
        Tenant.select().where(Tenant.id == actor.tenant_id).for_update().get_or_none()
    )
    if tenant is None:
        raise not_found('Tenant')
    return tenant


def _member(actor: Actor, user_id: int) -> typing.Any:
    """The user with his role; raises NotFound, also for people of other tenants."""
    row = members_of(actor.tenant_id).where(User.id == min(user_id, LAST_ID)).get_or_none()
    if row is None:
        raise not_found('User')
    return row


def _told(user: typing.Any) -> dict[str, typing.Any]:
    return told_of(user.id, user.login, user.email, user.display_name, user.membership.role)


def _check_allowance(tenant: Tenant, role: str) -> None:
    most = PLANS[tenant.plan].users
    counted = Membership.select().where(
        (Membership.tenant == tenant) & Membership.role.not_in(UNCOUNTED)
    )
    if role not in UNCOUNTED and counted.count() >= most:
        raise Forbidden(f'the plan allows {most} users', code='erp_plan_limit')


def _check_email(tenant: Tenant, email: str, except_id: int = 0) -> None:
    """One e-mail, one member, letter case aside; what other tenants have is nobody's business."""
    same = peewee.fn.lower(User.email) == email.lower()
    if members_of(tenant.id).where(same & (User.id != except_id)).exists():
        why = 'is the e-mail of another user'
        raise Conflict(f'email {why}', code='erp_duplicate', fields={'email': why})


def _free_login(tenant: Tenant, email: str) -> str:
    """`<slug>_<what stands before the @>`, with a number behind it where that is taken.

    Log-ins are unique over all tenants. Who is beaten to one runs into the index and tries again.
    """
    local = NOT_IN_LOGIN.sub('', email.partition('@')[0].lower()) or 'user'
    base = f'{tenant.slug}_{local}'[: LONGEST_LOGIN - 6]
    lowered = peewee.fn.lower(User.login)
    taken = {login for (login,) in tuples(User.select(lowered).where(lowered.startswith(base)))}
    number, login = 1, base
    while login in taken:
        number += 1
        login = f'{base}{number}'
    return login


def _change_role(tenant: Tenant, user: typing.Any, role: str, actor: Actor) -> None:
    check_power(role, actor)
    _check_not_last(tenant, user)
    if user.membership.role in UNCOUNTED:
        _check_allowance(tenant, role)
    same = (Membership.user == user.id) & (Membership.tenant == tenant)
    Membership.update(role=role).where(same).execute()
    User.update(updated_at=clock.now()).where(User.id == user.id).execute()


def _change_person(
    tenant: Tenant, user: typing.Any, changed: dict[str, typing.Any], actor: Actor
) -> None:
    is_himself = actor.kind == 'user' and actor.id == user.id
    if _belongs_elsewhere(user, tenant) and not is_himself:
        raise Conflict('the user belongs to others too: only he himself changes this')
    if 'email' in changed:
        _check_email(tenant, changed['email'], user.id)
    if 'password_hash' in changed:
        Session.delete().where(Session.user == user.id).execute()
    User.update(updated_at=clock.now(), **changed).where(User.id == user.id).execute()


def _check_not_last(tenant: Tenant, user: typing.Any) -> None:
    if user.membership.role != ADMINISTRATOR:
        return
    others = (Membership.tenant == tenant) & (Membership.role == ADMINISTRATOR)
    if not Membership.select().where(others & (Membership.user != user.id)).exists():
        raise Conflict('the last administrator of a tenant stays one')


def _belongs_elsewhere(user: typing.Any, tenant: Tenant) -> bool:
    others = (Membership.user == user.id) & (Membership.tenant != tenant)
    kept = ApplicationPassword.user == user.id
    foreign = ApplicationPassword.company.not_in(
        Company.select(Company.id).where(Company.tenant == tenant)
    )
    return bool(
        Membership.select().where(others).exists()
        or ApplicationPassword.select().where(kept & foreign).exists()
    )


def _tell(company_ids: set[int]) -> None:
    """What processes remember of credentials is stale; the news go to the companies."""
    invalidate()
    for row in list(Company.select().where(Company.id.in_(company_ids))):
        relay(row)
