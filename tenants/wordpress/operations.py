"""Application passwords made, renamed and revoked; each is an event of the company."""

import re
import typing

from msgspec import UNSET

from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.errors import Forbidden, Invalid, invalid
from karvo.wp_v2 import BLANK, NO_UUID
from tenants.credentials import insert_application_password
from tenants.events import (
    ApplicationPasswordCreated,
    ApplicationPasswordDeleted,
    ApplicationPasswordEvent,
    ApplicationPasswordUpdated,
    announce_later,
    relay,
)
from tenants.models import ApplicationPassword, Company, RevokedPassword, control
from tenants.scopes import ROLES, check_grant
from tenants.shared import invalidate
from tenants.wordpress.reads import Member, the_password
from tenants.wordpress.schemas import NewPassword, PasswordChange

TAG = re.compile(r'<[^>]*>?')
UUID = re.compile(r'[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}')
SPACES = re.compile(r'[\s\x00-\x1f\x7f]+')


def create_password(
    new: NewPassword, member: Member, company_id: int, *, actor: Actor
) -> tuple[ApplicationPassword, str]:
    """A member's new password for a company of his tenant, and its plain text, this once.

    It carries the member's role: nobody grants others what he does not have. Raises Forbidden,
    Invalid.
    """
    name, app_id = clean_name(new.name), checked_app_id(new.app_id)
    if not (actor.kind == 'user' and actor.id == member.id):
        _check_grant(member, actor)
    with control.atomic():
        row, password = insert_application_password(member.id, company_id, name, app_id)
        _announce(ApplicationPasswordCreated, row, actor)
    _relay({company_id})
    return row, password


def _check_grant(member: Member, actor: Actor) -> None:
    try:
        check_grant(list(ROLES.get(member.role, ())), actor)
    except Forbidden:
        raise Forbidden(
            'Sorry, you are not allowed to create application passwords for this user.',
            code='rest_cannot_create_application_passwords',
        ) from None


def rename_password(
    uuid: str, change: PasswordChange, member: Member, *, actor: Actor
) -> ApplicationPassword:
    """Only the name can be changed. Raises NotFound, Invalid."""
    name = UNSET if change.name is UNSET else clean_name(change.name)
    with control.atomic():
        row = the_password(_locked(actor, member.id), uuid)
        if name is not UNSET and name != row.name:
            row.name = name
            row.save(only=[ApplicationPassword.name])
            _announce(ApplicationPasswordUpdated, row, actor)
    _relay({row.company_id})
    return row


def revoke_password(uuid: str, member: Member, *, actor: Actor) -> ApplicationPassword:
    """It works no more: here at once, on other machines within seconds. Raises NotFound."""
    with control.atomic():
        row = the_password(_locked(actor, member.id), uuid)
        _delete([row], actor)
    invalidate()
    _relay({row.company_id})
    return row


def revoke_passwords(member: Member, *, actor: Actor) -> int:
    """All of a member's in this tenant; returns how many."""
    with control.atomic():
        rows = list(_locked(actor, member.id))
        _delete(rows, actor)
    invalidate()
    _relay({row.company_id for row in rows})
    return len(rows)


def delete_passwords(user_id: int, actor: Actor) -> set[int]:
    """The same in the caller's control transaction; ids of the companies that have news of it."""
    rows = list(_locked(actor, user_id))
    _delete(rows, actor)
    return {row.company_id for row in rows}


def _delete(rows: list[ApplicationPassword], actor: Actor) -> None:
    gone = [row.id for row in rows]
    ApplicationPassword.delete().where(ApplicationPassword.id.in_(gone)).execute()
    revoked = [{'uid': row.uid, 'revoked_at': clock.now()} for row in rows]
    if revoked:
        RevokedPassword.insert_many(revoked).on_conflict_ignore().execute()
    for row in rows:
        _announce(ApplicationPasswordDeleted, row, actor)


def _locked(actor: Actor, user_id: int) -> typing.Any:
    own = Company.select(Company.id).where(Company.tenant == actor.tenant_id)
    return (
        ApplicationPassword.select()
        .where(ApplicationPassword.user == user_id, ApplicationPassword.company.in_(own))
        .order_by(ApplicationPassword.id)
        .for_update()
    )


def _announce(
    event: type[ApplicationPasswordEvent], row: ApplicationPassword, actor: Actor
) -> None:
    object_ = {
        'id': row.id,
        'uuid': str(row.uid),
        'name': row.name,
        'app_id': row.app_id,
        'user_id': row.user_id,
    }
    announce_later(row.company_id, event, row.id, object_, actor)


def _relay(company_ids: set[int]) -> None:
    for row in list(Company.select().where(Company.id.in_(company_ids or {0}))):
        relay(row)


def clean_name(name: str) -> str:
    """Without tags, line breaks and control characters. Raises Invalid when nothing is left."""
    if not name.strip():
        raise invalid(name=BLANK)
    cleaned = SPACES.sub(' ', TAG.sub('', name)).strip()
    if not cleaned:
        raise Invalid(
            'An application name is required to create an application password.',
            code='application_password_empty_name',
        )
    return cleaned


def checked_app_id(text: str) -> str:
    """A UUID in its usual form, or ''. Raises Invalid."""
    if text and not UUID.fullmatch(text):
        raise invalid(app_id=NO_UUID)
    return text
