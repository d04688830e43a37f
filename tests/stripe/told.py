"""Events as Stripe sends them at the pinned SDK's API version: JSON, indented, signed by it."""

import json
import time
import typing

import stripe

from karvo.kit import ids

VERSION = stripe.api_version
SECRET = 'whsec_platformAccount0001'
CONNECT_SECRET = 'whsec_platformConnect0001'
Told = dict[str, typing.Any]


def name(prefix: str) -> str:
    """An id like Stripe's."""
    return f'{prefix}_{ids.secret_key(16)}'


def event(type: str, object: Told, *, created: int = 0, **more: typing.Any) -> Told:
    """An event about this object."""
    return {
        'id': name('evt'),
        'object': 'event',
        'api_version': VERSION,
        'created': created or int(time.time()),
        'data': {'object': object},
        'livemode': False,
        'pending_webhooks': 1,
        'request': {'id': None, 'idempotency_key': None},
        'type': type,
    } | more


def raw(told: typing.Any) -> bytes:
    """Stripe sends indented JSON."""
    return json.dumps(told, indent=2).encode()


def signature(body: bytes, secret: str = SECRET, at: int | None = None) -> str:
    """By the SDK itself."""
    return stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at)


def checked(told: Told, secret: str = SECRET) -> Told:
    """The same, after the SDK has made its own typed object of it: what is sent is a real event."""
    body = raw(told)
    made = stripe.Webhook.construct_event(body, signature(body, secret), secret)
    assert isinstance(made, stripe.Event) and made.type == told['type']
    assert not isinstance(made, dict)
    return told


def deliver(
    client: typing.Any, told: typing.Any, secret: str = SECRET, key: str = ''
) -> typing.Any:
    """One delivery, as Stripe makes it."""
    body = raw(told)
    path = '/wp-json/se-erp/v2/stripe/webhook' + (f'/{key}' if key else '')
    headers = {'Stripe-Signature': signature(body, secret), 'Content-Type': 'application/json'}
    return client.simulate_post(path, body=body, headers=headers)


class Payment:
    """One payment of `amount` (smallest units) and everything that Stripe may tell of it."""

    def __init__(
        self, amount: int, metadata: Told | None = None, *, currency: str = 'cad', email: str = ''
    ) -> None:
        self.intent, self.charge, self.session = name('pi'), name('ch'), name('cs_test')
        self.amount, self.currency, self.email = amount, currency, email
        self.metadata = metadata or {}
        self.at = int(time.time()) - 3000
        self.transaction = name('txn')

    def event(self, type: str, object: Told, after: int) -> Told:
        return event(type, object, created=self.at + after)

    def session_object(self, **more: typing.Any) -> Told:
        return {
            'id': self.session,
            'object': 'checkout.session',
            'mode': 'payment',
            'status': 'complete',
            'payment_status': 'paid',
            'amount_total': self.amount,
            'currency': self.currency,
            'payment_intent': self.intent,
            'customer': None,
            'customer_details': {'email': self.email or None, 'name': None},
            'metadata': self.metadata,
            'created': self.at,
            'expires_at': self.at + 86400,
        } | more

    def completed(self, **more: typing.Any) -> Told:
        return self.event('checkout.session.completed', self.session_object(**more), 3)

    def session_event(self, kind: str, after: int = 4, **more: typing.Any) -> Told:
        return self.event(f'checkout.session.{kind}', self.session_object(**more), after)

    def intent_object(self, **more: typing.Any) -> Told:
        return {
            'id': self.intent,
            'object': 'payment_intent',
            'amount': self.amount,
            'amount_received': self.amount,
            'currency': self.currency,
            'latest_charge': self.charge,
            'status': 'succeeded',
            'receipt_email': self.email or None,
            'metadata': self.metadata,
            'created': self.at,
            'last_payment_error': None,
        } | more

    def succeeded(self) -> Told:
        return self.event('payment_intent.succeeded', self.intent_object(), 2)

    def failed(self) -> Told:
        why = {'code': 'card_declined', 'charge': self.charge, 'type': 'card_error'}
        told = self.intent_object(amount_received=0, status='requires_payment_method')
        return self.event('payment_intent.payment_failed', told | {'last_payment_error': why}, 1)

    def charge_object(self, **more: typing.Any) -> Told:
        return {
            'id': self.charge,
            'object': 'charge',
            'amount': self.amount,
            'amount_captured': self.amount,
            'amount_refunded': 0,
            'balance_transaction': self.transaction,
            'billing_details': {'email': self.email or None, 'name': 'Jean Client'},
            'captured': True,
            'paid': True,
            'status': 'succeeded',
            'currency': self.currency,
            'payment_intent': self.intent,
            'metadata': self.metadata,
            'created': self.at,
        } | more

    def charged(self) -> Told:
        return self.event('charge.succeeded', self.charge_object(), 2)

    def refunded(self, total: int, after: int = 100) -> Told:
        told = self.charge_object(amount_refunded=total, refunded=total == self.amount)
        return self.event('charge.refunded', told, after)

    def refund(
        self,
        id: str,
        amount: int,
        status: str = 'succeeded',
        kind: str = 'created',
        after: int = 100,
    ) -> Told:
        told = {
            'id': id,
            'object': 'refund',
            'amount': amount,
            'currency': self.currency,
            'charge': self.charge,
            'payment_intent': self.intent,
            'status': status,
            'created': self.at + 100,
        }
        return self.event(f'refund.{kind}', told, after)

    def dispute(
        self, id: str, kind: str, status: str, moved: list[Told] | None = None, after: int = 200
    ) -> Told:
        told = {
            'id': id,
            'object': 'dispute',
            'amount': self.amount,
            'currency': self.currency,
            'charge': self.charge,
            'payment_intent': self.intent,
            'reason': 'fraudulent',
            'status': status,
            'balance_transactions': moved or [],
            'evidence_details': {'due_by': self.at + 10**6},
            'created': self.at + 200,
        }
        return self.event(f'charge.dispute.{kind}', told, after)

    def moved(self, amount: int, fee: int = 0, after: int = 200, id: str = '') -> Told:
        return {
            'id': id or name('txn'),
            'object': 'balance_transaction',
            'amount': amount,
            'fee': fee,
            'net': amount - fee,
            'currency': self.currency,
            'created': self.at + after,
        }


def payout(kind: str, amount: int, id: str, currency: str = 'cad', after: int = 0) -> Told:
    """`payout.paid` or `payout.failed`."""
    at = int(time.time()) - 1000
    told = {
        'id': id,
        'object': 'payout',
        'amount': amount,
        'currency': currency,
        'arrival_date': at,
        'created': at,
        'status': kind,
        'failure_message': 'account closed' if kind == 'failed' else None,
    }
    return event(f'payout.{kind}', told, created=at + after)
