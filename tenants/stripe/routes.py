"""/stripe/webhook, /stripe/account and /billing-plan of se-erp/v2."""

import re
import typing

import falcon
import msgspec

from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.errors import Malformed, RateLimited, TooLarge
from karvo.kit.http import JSON, Deleted, Resource, encode, endpoint
from karvo.kit.origin import Site
from karvo.kit.pages import open_to_all
from karvo.se_erp import se_erp
from karvo.stripe.schemas import Envelope
from tenants.access import BAD_PER_MINUTE, client_ip
from tenants.scopes import PAYING
from tenants.shared import limits
from tenants.stores import control_store
from tenants.stripe.accounts import drop_account, read_account, save_account
from tenants.stripe.paying import check_out, open_portal, plan_out
from tenants.stripe.receipts import write_down
from tenants.stripe.recognise import scope_of
from tenants.stripe.schemas import (
    PageLink,
    PlanCheckoutIn,
    PlanOut,
    PortalIn,
    Receipt,
    StripeAccountIn,
    StripeAccountOut,
)
from tenants.stripe.work import OF_USE

LARGEST = 2_000_000  #: bytes of an event
OBJECT_ID = re.compile(r'[A-Za-z0-9_.:-]{1,255}')


class _Inner(msgspec.Struct):
    id: typing.Any = None


class _Data(msgspec.Struct):
    object: _Inner | None = None


class _Whole(Envelope):
    """An event, as far as the receiver looks."""

    data: _Data | None = None


_decoder = msgspec.json.Decoder(_Whole)


class Control(Resource):
    """A resource whose writes are remembered in the control plane."""

    dialect = se_erp
    store = control_store


class Webhook(Control):
    """Where Stripe tells what happened. The signature is the credential."""

    @open_to_all(returns=Receipt)
    def on_post(self, req: falcon.Request, resp: falcon.Response, key: str = '') -> None:
        """Receive an event from Stripe; `Stripe-Signature` is verified over the raw body."""
        raw = _raw_body(req)
        scope = scope_of(raw, req.get_header('Stripe-Signature') or '', key)
        if scope is None:
            _count_bad(req)
            raise Malformed('the signature does not fit', code='erp_invalid_signature')
        event = _event(raw)
        is_new = write_down(scope, event, raw, _object_id(event), is_of_use=event.type in OF_USE)
        resp.data = encode(Receipt(duplicate=not is_new))
        resp.content_type = JSON


class OwnWebhook(Webhook):
    """The same for the events of one company's own account."""

    @open_to_all(returns=Receipt)
    def on_post(self, req: falcon.Request, resp: falcon.Response, key: str = '') -> None:
        """Receive an event of a company's own Stripe account, at the URL of its own."""
        super().on_post(req, resp, key)


def _raw_body(req: falcon.Request) -> bytes:
    """The bytes as they were signed, whatever their content type."""
    if (req.content_length or 0) > LARGEST:
        raise TooLarge(f'An event must have at most {LARGEST} bytes')
    is_chunked = 'chunked' in (req.get_header('Transfer-Encoding') or '').lower()
    # Without a length Falcon bounds the stream to nothing; the server knows where chunks end.
    stream = req.stream if is_chunked and req.content_length is None else req.bounded_stream
    raw: bytes = stream.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise TooLarge(f'An event must have at most {LARGEST} bytes')
    return raw


def _event(raw: bytes) -> _Whole:
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise Malformed('the body is no event', code='rest_invalid_json') from error


def _object_id(event: _Whole) -> str:
    inner = event.data.object if event.data else None
    name = inner.id if inner else None
    return name if isinstance(name, str) and OBJECT_ID.fullmatch(name) else ''


def _count_bad(req: falcon.Request) -> None:
    """As wrong credentials: they cost from the address's bucket, and right ones never do."""
    verdict = limits().take(f'ip:{client_ip(req)}', BAD_PER_MINUTE, clock.epoch())
    if not verdict.allowed:
        raise RateLimited('Rate limit exceeded', verdict.retry_after)


class Account(Control):
    """What the company is paid through."""

    @endpoint(scope='stripe:read')
    def on_get(self, actor: Actor, site: Site) -> StripeAccountOut:
        """Get the company's Stripe account, without its secrets."""
        return read_account(site.origin, actor=actor)

    @endpoint(scope='stripe:write', is_framed=False)
    def on_put(self, actor: Actor, body: StripeAccountIn, site: Site) -> StripeAccountOut:
        """Connect a Stripe account: an own one by restricted key, or one by Connect."""
        return save_account(body, site.origin, actor=actor)

    @endpoint(scope='stripe:write', is_framed=False)
    def on_delete(self, actor: Actor) -> Deleted:
        """Disconnect the Stripe account; its secrets are deleted."""
        drop_account(actor=actor)
        return Deleted(True, actor.company_id)


class BillingPlan(Control):
    """What the tenant pays."""

    @endpoint(scope='billing_plan:read')
    def on_get(self, actor: Actor) -> PlanOut:
        """Get the tenant's plan and how it stands with its payment."""
        return plan_out(actor.tenant_id)


class PlanCheckout(Control):
    """Subscribing."""

    @endpoint(scope=PAYING, is_framed=False)
    def on_post(self, actor: Actor, body: PlanCheckoutIn, site: Site) -> PageLink:
        """A page on which to subscribe to a plan, by the lookup key of its price."""
        return check_out(body, site.origin, actor=actor)


class PlanPortal(Control):
    """Changing and ending."""

    @endpoint(scope=PAYING, is_framed=False)
    def on_post(self, actor: Actor, body: PortalIn, site: Site) -> PageLink:
        """A page on which to change or cancel the plan, and to see what was paid."""
        return open_portal(body, site.origin, actor=actor)


routes = [
    ('/stripe/webhook', Webhook()),
    ('/stripe/webhook/{key}', OwnWebhook()),
    ('/stripe/account', Account()),
    ('/billing-plan', BillingPlan()),
    ('/billing-plan/checkout', PlanCheckout()),
    ('/billing-plan/portal', PlanPortal()),
]
