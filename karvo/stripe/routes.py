"""/stripe/unmatched and the payment page of an invoice, of se-erp/v2."""

import typing

import msgspec
from msgspec import Meta

from karvo.billing.reads import read_payment
from karvo.billing.wire import PaymentOut, payment_out
from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.fields import Id, Short
from karvo.kit.http import Page, Ready, Resource, endpoint, found
from karvo.kit.origin import Site
from karvo.kit.paging import ListQuery
from karvo.se_erp import se_erp
from karvo.settings.reads import read_settings
from karvo.stripe.operations.checkout import offer_checkout
from karvo.stripe.operations.payments import match_payment
from karvo.stripe.reads import PLACES, UNMATCHED
from karvo.stripe.schemas import CheckoutAsked, CheckoutLink, Unmatched

Url = typing.Annotated[str, Meta(max_length=2000, pattern=r'^https?://[^\s]+(?!\n)$')]


class CheckoutIn(msgspec.Struct, kw_only=True):
    """Where the customer goes on; the company's website, or KARVO itself, by default."""

    success_url: Url | None = None
    cancel_url: Url | None = None


class MatchIn(msgspec.Struct, kw_only=True):
    """What the money was for: an invoice, or a customer's account."""

    invoice_id: Id | None = None
    customer_code: Short | None = None


class Checkout(Resource):
    """Being paid by card."""

    dialect = se_erp

    @endpoint(scope='billing:write', is_framed=False)
    def on_post(self, actor: Actor, id: int, body: CheckoutIn, site: Site) -> CheckoutLink:
        """A page on which the customer pays the invoice; the same while its balance stays."""
        home = read_settings().website
        home = home if home.startswith(('http://', 'https://')) else site.origin
        after = body.success_url or home
        asked = CheckoutAsked(success_url=after, cancel_url=body.cancel_url or after)
        return offer_checkout(id, asked, actor=actor)


class UnmatchedPayments(Resource):
    """Money that nobody could place."""

    dialect = se_erp
    fields: typing.ClassVar[dict[str, str]] = {'customer': 'customer_code'}

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, query: ListQuery) -> Ready[Page[Unmatched]]:
        """List payments by Stripe for which no invoice or customer was found."""
        filters = {'search': query.search or None, 'updated_since': query.updated_since}
        return UNMATCHED.answer(filters | PLACES, paging.page_asked(query))


class Match(Resource):
    """Placing an unmatched payment."""

    dialect = se_erp
    fields: typing.ClassVar[dict[str, str]] = {'customer': 'customer_code'}

    @endpoint(scope='billing:write')
    def on_post(self, actor: Actor, id: int, body: MatchIn) -> PaymentOut:
        """Book an unmatched payment for an invoice or on a customer's account."""
        payment_id = match_payment(id, body.invoice_id, body.customer_code, actor=actor)
        return payment_out(found(read_payment(payment_id), 'Payment'))


routes = [
    ('/invoices/{id:int}/checkout', Checkout()),
    ('/stripe/unmatched', UnmatchedPayments()),
    ('/stripe/unmatched/{id:int}/match', Match()),
]
