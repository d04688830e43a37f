"""Events of control changes. They reach the company's outbox in a transaction of their own:

the change and its news are one control transaction; `relay` carries the news over, and again at
the next start if it was interrupted. All of these events are declared here: whoever starts next may
be a command that reads little else.
"""

import typing

from karvo.kit import clock
from karvo.kit.actor import Actor, system_actor
from karvo.kit.db import company
from karvo.kit.events import CATALOGUE, Event
from karvo.kit.work import atomic
from tenants import schema
from tenants.models import Company, PendingNews, control


class TenantEvent(Event, frozen=True):
    """Something happened to the tenant."""

    resource = 'tenant'


class TenantProvisioned(TenantEvent, frozen=True):
    name = 'tenant.provisioned'


class TenantSuspended(TenantEvent, frozen=True):
    name = 'tenant.suspended'


class TenantReactivated(TenantEvent, frozen=True):
    name = 'tenant.reactivated'


class UserCreated(Event, frozen=True):
    """A person may log in."""

    name = 'user.created'
    resource = 'user'


class UserUpdated(Event, frozen=True):
    """A person's name, e-mail, role or password changed."""

    name = 'user.updated'
    resource = 'user'


class UserRemoved(Event, frozen=True):
    """A person has no access any more."""

    name = 'user.removed'
    resource = 'user'


class ApiKeyEvent(Event, frozen=True):
    """Something happened to a key; its secret is never told."""

    resource = 'api_key'


class ApiKeyCreated(ApiKeyEvent, frozen=True):
    name = 'api_key.created'


class ApiKeyUpdated(ApiKeyEvent, frozen=True):
    name = 'api_key.updated'


class ApiKeyRotated(ApiKeyEvent, frozen=True):
    name = 'api_key.rotated'


class ApiKeyRevoked(ApiKeyEvent, frozen=True):
    name = 'api_key.revoked'


class ApplicationPasswordEvent(Event, frozen=True):
    """Something happened to an application password; its secret is never told."""

    resource = 'application_password'


class ApplicationPasswordCreated(ApplicationPasswordEvent, frozen=True):
    name = 'application_password.created'


class ApplicationPasswordUpdated(ApplicationPasswordEvent, frozen=True):
    name = 'application_password.updated'


class ApplicationPasswordDeleted(ApplicationPasswordEvent, frozen=True):
    name = 'application_password.deleted'


class PlanEvent(Event, frozen=True):
    """Something happened to a tenant's plan."""

    resource = 'tenant'


class PlanChanged(PlanEvent, frozen=True):
    name = 'plan.changed'


class PlanPaid(PlanEvent, frozen=True):
    name = 'plan.paid'


class PlanPaymentFailed(PlanEvent, frozen=True):
    """Another attempt follows at `next_attempt`, or none does."""

    name = 'plan.payment_failed'


class PlanActionRequired(PlanEvent, frozen=True):
    """The payment waits for the customer, at his bank."""

    name = 'plan.payment_action_required'


class PlanTrialEnding(PlanEvent, frozen=True):
    name = 'plan.trial_ending'


def told_of(user_id: int, login: str, email: str, name: str, role: str) -> dict[str, typing.Any]:
    """What events tell of a person: never a password, never a hash."""
    return {'id': user_id, 'login': login, 'email': email, 'name': name, 'role': role}


def announce_later(
    company_id: int,
    event: type[Event] | str,
    resource_id: int,
    object: dict[str, typing.Any],
    actor: Actor,
) -> None:
    """Note an event in the control transaction that it belongs to."""
    PendingNews.create(
        company=company_id,
        type=event if isinstance(event, str) else event.name,
        resource_id=resource_id,
        object=object,
        actor_name=actor.name,
        created_at=clock.now(),
    )


def relay(row: Company) -> int:
    """Carry the company's news into its outbox; returns how many. At least once."""
    with control.atomic():
        pending = list(
            PendingNews.select()
            .where(PendingNews.company == row)
            .order_by(PendingNews.id)
            .for_update()
        )
        if not pending:
            return 0
        with company(schema.place_of(row)), atomic() as work:
            for news in pending:
                event = CATALOGUE[news.type](id=news.resource_id, uid='', object=news.object)
                work.record(event, system_actor(news.actor_name, schema.place_of(row)))
        PendingNews.delete().where(PendingNews.id.in_([news.id for news in pending])).execute()
    return len(pending)


def relay_all() -> None:
    """What an interrupted process left behind; called at start."""
    rows = Company.select().where(Company.id.in_(PendingNews.select(PendingNews.company)))
    for row in list(rows):
        relay(row)
