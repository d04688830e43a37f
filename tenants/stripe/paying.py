"""Tenants pay for their plan: pages at Stripe, and the plan as it stands."""

import hashlib
import typing

from karvo.config import config
from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, invalid
from karvo.kit.outbox import as_json
from karvo.stripe import client
from karvo.stripe.client import Key
from karvo.stripe.operations.effects import moment
from tenants.models import StripeSubscription, Tenant
from tenants.operations import tenant_by_id
from tenants.plans import PLANS
from tenants.stripe.plans import LIVE
from tenants.stripe.schemas import PageLink, PlanCheckoutIn, PlanOut, PortalIn, plan_of

SAME = 600  #: seconds in which the same question gets the same page


def platform_key(actor: Actor) -> Key:
    """The platform's own key. Raises Conflict where plans are not sold, or live to a sandbox."""
    if not config.stripe_api_key:
        raise Conflict('plans are not paid by Stripe here', code='erp_not_configured')
    return client.allowed(Key(config.stripe_api_key), actor)


def check_out(asked: PlanCheckoutIn, origin: str, *, actor: Actor) -> PageLink:
    """A page on which the tenant subscribes. Raises Invalid, Conflict, Unavailable."""
    key = platform_key(actor)
    tenant = tenant_by_id(actor.tenant_id)
    if plan_of(asked.plan) not in PLANS or plan_of(asked.plan) == 'free':
        raise invalid(plan=f'must be one of {", ".join(name for name in PLANS if name != "free")}')
    if _live(tenant) is not None:
        raise Conflict('there is a subscription already: change it in POST /billing-plan/portal')
    price = client.find_price(key, asked.plan)
    if price is None:
        raise invalid(plan='has no price')
    params = _params(tenant, asked, price, origin)
    told = f'{tenant.uid}:{int(clock.epoch()) // SAME}:{as_json(params)}'
    session = client.make_session(key, params, once=hashlib.sha256(told.encode()).hexdigest())
    expires = session.get('expires_at')
    return PageLink(url=session['url'], expires_at=moment(expires) if expires else None)


def _live(tenant: Tenant) -> StripeSubscription | None:
    own = (StripeSubscription.tenant == tenant) & StripeSubscription.status.in_(sorted(LIVE))
    found: StripeSubscription | None = StripeSubscription.get_or_none(own)
    return found


def _params(
    tenant: Tenant, asked: PlanCheckoutIn, price: str, origin: str
) -> dict[str, typing.Any]:
    told = {'tenant': str(tenant.uid)}
    after = asked.success_url or origin
    who = (
        {'customer': tenant.stripe_customer}
        if tenant.stripe_customer
        else {'customer_email': tenant.email}
    )
    return {
        'mode': 'subscription',
        'line_items': [{'price': price, 'quantity': 1}],
        'client_reference_id': str(tenant.uid),
        'metadata': told,
        # A session's metadata is not copied to the subscription.
        'subscription_data': {'metadata': told},
        'success_url': after,
        'cancel_url': asked.cancel_url or after,
        **who,
    }


def open_portal(asked: PortalIn, origin: str, *, actor: Actor) -> PageLink:
    """A page on which the tenant changes or ends its plan. Raises Conflict, Unavailable."""
    key = platform_key(actor)
    tenant = tenant_by_id(actor.tenant_id)
    if not tenant.stripe_customer:
        raise Conflict('there is no subscription yet: POST /billing-plan/checkout')
    params = {'customer': tenant.stripe_customer, 'return_url': asked.return_url or origin}
    return PageLink(url=client.make_portal(key, params)['url'])


def plan_out(tenant_id: int) -> PlanOut:
    """By the tenant's own rows alone."""
    tenant = tenant_by_id(tenant_id)
    rows = StripeSubscription.select().where(StripeSubscription.tenant == tenant)
    newest = rows.order_by(StripeSubscription.started.desc(), StripeSubscription.id.desc()).first()
    row = _live(tenant) or newest
    return PlanOut(
        plan=tenant.plan,
        status=tenant.billing_state or 'none',
        is_read_only=tenant.billing_state == 'read_only',
        lookup_key=row.lookup_key if row else None,
        period_end=row.period_end if row else None,
        trial_end=row.trial_end if row else None,
        grace_until=tenant.grace_until,
        cancel_at_period_end=bool(row and row.cancel_at_period_end),
        has_customer=tenant.stripe_customer is not None,
    )
