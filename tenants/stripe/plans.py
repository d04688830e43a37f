"""Subscriptions and what they entitle to. The tenant's own row holds the outcome, so that nothing

here or at Stripe is asked when a request comes. What a tenant may do follows from the set of events
that were told, not from their order: each subscription is as the newest event has it, and the best
of the tenant's subscriptions counts.
"""

import datetime as dt
import typing
import uuid
from collections.abc import Callable

import msgspec

from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.errors import KarvoError
from karvo.kit.log import log
from karvo.stripe.client import read
from karvo.stripe.operations.effects import moment
from karvo.stripe.schemas import Happened, Session
from tenants.events import (
    PlanActionRequired,
    PlanChanged,
    PlanEvent,
    PlanPaid,
    PlanPaymentFailed,
    PlanTrialEnding,
    announce_later,
    relay,
)
from tenants.models import StripeSubscription, Tenant, control
from tenants.operations import company_of
from tenants.plans import PLANS
from tenants.shared import invalidate
from tenants.stripe.schemas import Subscription, lookup_of

GRACE = dt.timedelta(days=14)  #: that an unpaid plan goes on
SYSTEM = Actor(kind='system', name='stripe')
#: Of two events in one second the one further down was the later.
ORDER = ('incomplete', 'trialing', 'active', 'past_due', 'paused', 'unpaid')
ENDS = ('incomplete_expired', 'canceled')
LIVE = {'trialing', 'active', 'past_due'}
HELD = {'unpaid', 'paused'}
#: Nothing was ever granted on these, so nothing is withdrawn.
NEVER_BEGAN = {'incomplete', 'incomplete_expired'}
MOST_HISTORY = 60


def tenant_of(event: Happened) -> int | None:
    """The tenant bound to the customer; else the one that the platform wrote into its metadata."""
    customer = event.object.get('customer')
    if event.type.startswith('customer.') and event.object.get('object') == 'customer':
        customer = event.object.get('id')
    if isinstance(customer, dict):
        customer = customer.get('id')
    bound = Tenant.get_or_none(Tenant.stripe_customer == str(customer)) if customer else None
    if bound is not None:
        return bound.id
    named = _tenant_named(event.object)
    if named is None or (named.stripe_customer and named.stripe_customer != customer):
        return None  # it has a customer, and this is another
    return named.id


def concerns_a_tenant(event: Happened) -> bool:
    """Whether a binding may still come: what is sold for other reasons is never bound."""
    return str(event.object.get('mode', 'subscription')) == 'subscription'


def _tenant_named(told: dict[str, typing.Any]) -> Tenant | None:
    parent = told.get('parent') or {}
    details = (parent.get('subscription_details') or {}) if isinstance(parent, dict) else {}
    details = details or told.get('subscription_details') or {}
    for metadata in (told.get('metadata'), details.get('metadata'), _reference(told)):
        name = metadata.get('tenant') if isinstance(metadata, dict) else None
        try:
            uid = uuid.UUID(str(name))
        except ValueError:
            continue
        found: Tenant | None = Tenant.get_or_none(Tenant.uid == uid)
        if found is not None:
            return found
    return None


def _reference(told: dict[str, typing.Any]) -> dict[str, typing.Any]:
    return {'tenant': told.get('client_reference_id')}


def apply_to(tenant_id: int, event: Happened) -> None:
    """Do what the event says about this tenant, in one control transaction."""
    with control.atomic():
        tenant = Tenant.select().where(Tenant.id == tenant_id).for_update().get()
        HANDLERS[event.type](tenant, event)
    tell(tenant)


def tell(tenant: Tenant) -> None:
    """Credentials carry the outcome, and the company's events the news."""
    invalidate()
    try:
        relay(company_of(tenant))
    except KarvoError as error:  # a tenant that is being provisioned: carried at the next start
        log.warning('news of the plan wait', tenant=tenant.slug, error=error.message)


def _checked_out(tenant: Tenant, event: Happened) -> None:
    session = read(Session, event.object)
    if session.mode == 'subscription':
        _bind(tenant, session.customer)


def _bind(tenant: Tenant, customer: str | None) -> None:
    if customer and tenant.stripe_customer is None:
        tenant.stripe_customer = customer
        tenant.save()


def _subscription(tenant: Tenant, event: Happened) -> None:
    told = read(Subscription, event.object)
    status = 'canceled' if event.type == 'customer.subscription.deleted' else told.status
    _bind(tenant, told.customer)
    row = _row(tenant, told)
    _remember(row, status, event.created)
    order = [event.created, _rank(status), event.id]
    if order > row.told:
        _take_over(row, told, status, order)
    row.updated_at = clock.now()
    row.save()
    entitle(tenant)


def _row(tenant: Tenant, told: Subscription) -> StripeSubscription:
    row: StripeSubscription | None = StripeSubscription.get_or_none(
        StripeSubscription.subscription_id == told.id
    )
    return row or StripeSubscription(tenant=tenant, subscription_id=told.id, told=[], history=[])


def _take_over(
    row: StripeSubscription, told: Subscription, status: str, order: list[typing.Any]
) -> None:
    lookup, plan = lookup_of(told, PLANS)
    if not plan:
        log.error('no plan has this price', subscription=told.id, lookup_key=lookup)
    values: dict[str, typing.Any] = {
        'customer_id': told.customer,
        'status': status,
        'plan': plan or row.plan or 'free',
        'lookup_key': lookup,
        'is_metered': told.is_metered,
        'started': told.created,
        'period_end': moment(told.period_end) if told.period_end else None,
        'trial_end': moment(told.trial_end) if told.trial_end else None,
        'cancel_at_period_end': told.cancel_at_period_end or bool(told.cancel_at),
        'cancel_reason': (told.cancellation_details or {}).get('reason') or '',
        'told': order,
    }
    for name, value in values.items():
        setattr(row, name, value)


def _rank(status: str) -> int:
    if status in ENDS:
        return len(ORDER) + ENDS.index(status)
    return ORDER.index(status) if status in ORDER else 0


def _remember(row: StripeSubscription, status: str, told_at: int) -> None:
    """What was told when: since when a payment is overdue must not hang on the order of events."""
    history = {(at, known) for at, known in row.history} | {(told_at, status)}
    ordered = sorted(history, key=lambda entry: (entry[0], _rank(entry[1])))
    row.history = typing.cast(typing.Any, [list(entry) for entry in ordered[-MOST_HISTORY:]])


def overdue_since(row: StripeSubscription) -> dt.datetime | None:
    """When the subscription became past_due for the last time; None when it is not."""
    since = None
    for at, status in reversed(typing.cast(list[tuple[int, str]], row.history)):
        if status != 'past_due':
            break
        since = at
    return None if since is None else moment(since)


def entitle(tenant: Tenant) -> None:
    """Set plan and state of a locked tenant by its subscriptions; none that began: as it was."""
    rows = list(StripeSubscription.select().where(StripeSubscription.tenant == tenant))
    counted = [row for row in rows if row.status not in NEVER_BEGAN]
    if not counted:
        return
    best = max(counted, key=_worth)
    state, grace_until = state_of(best, clock.now())
    plan = 'free' if state == 'canceled' else best.plan
    before = {'plan': tenant.plan, 'billing_state': tenant.billing_state}
    tenant.plan, tenant.billing_state, tenant.grace_until = plan, state, grace_until
    tenant.updated_at = clock.now()
    tenant.save()
    if before != {'plan': plan, 'billing_state': state}:
        shown = {'plan': plan, 'status': state, 'grace_until': grace_until, 'before': before}
        _announce(PlanChanged, tenant, shown)


def _worth(row: StripeSubscription) -> tuple[int, int, int, str]:
    level = 2 if row.status in LIVE else 1 if row.status in HELD else 0
    plans = list(PLANS)
    return level, plans.index(row.plan) if level == 2 else 0, row.started, row.subscription_id


def state_of(row: StripeSubscription, now: dt.datetime) -> tuple[str, dt.datetime | None]:
    """(billing state of its tenant, end of the grace period while there is one)."""
    if row.status in HELD:
        return 'read_only', None
    if row.status == 'past_due':
        until = (overdue_since(row) or now) + GRACE
        return ('past_due', until) if now < until else ('read_only', until)
    if row.status == 'canceled':
        # A plan that was ended for want of payment is owed; one that was given up is not.
        return ('read_only' if row.cancel_reason == 'payment_failed' else 'canceled'), None
    return row.status if row.status in LIVE else 'active', None


def end_grace(now: dt.datetime) -> int:
    """Tenants whose grace period is over become read-only; how many."""
    over = (Tenant.billing_state == 'past_due') & (Tenant.grace_until <= now)
    ids = [tenant.id for tenant in Tenant.select(Tenant.id).where(over)]
    for tenant_id in ids:
        with control.atomic():
            tenant = Tenant.select().where(Tenant.id == tenant_id).for_update().get()
            entitle(tenant)
        tell(tenant)
    return len(ids)


def _customer_deleted(tenant: Tenant, event: Happened) -> None:
    if tenant.stripe_customer == event.object.get('id'):
        tenant.stripe_customer = None
        tenant.save()


def _noticed(kind: type[PlanEvent]) -> Callable[[Tenant, Happened], None]:
    def note(tenant: Tenant, event: Happened) -> None:
        names = ('id', 'amount_due', 'amount_paid', 'currency', 'attempt_count', 'trial_end')
        shown = {name: event.object[name] for name in names if name in event.object}
        attempt = event.object.get('next_payment_attempt')
        shown['next_attempt'] = moment(attempt) if isinstance(attempt, int) else None
        _announce(kind, tenant, shown)

    return note


def _announce(kind: type[PlanEvent], tenant: Tenant, shown: dict[str, typing.Any]) -> None:
    told = msgspec.to_builtins({'slug': tenant.slug, **shown})
    announce_later(company_of(tenant).id, kind, tenant.id, told, SYSTEM)


HANDLERS: dict[str, Callable[[Tenant, Happened], None]] = {
    'checkout.session.completed': _checked_out,
    'customer.subscription.created': _subscription,
    'customer.subscription.updated': _subscription,
    'customer.subscription.deleted': _subscription,
    'customer.subscription.paused': _subscription,
    'customer.subscription.resumed': _subscription,
    'customer.subscription.pending_update_applied': _subscription,
    'customer.subscription.pending_update_expired': _subscription,
    'customer.subscription.trial_will_end': _noticed(PlanTrialEnding),
    'invoice.paid': _noticed(PlanPaid),
    'invoice.payment_failed': _noticed(PlanPaymentFailed),
    'invoice.payment_action_required': _noticed(PlanActionRequired),
    'customer.deleted': _customer_deleted,
}
