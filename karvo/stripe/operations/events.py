"""What each event of the company's account means. Safe to repeat, in whatever order.

The guard is twofold: the receipt of an event's id, in the control schema, and here what the event
is about: a payment by its payment intent, a refund, a dispute's movement, a payout by its own id.
"""

from collections.abc import Callable

from karvo.kit.actor import Actor
from karvo.kit.work import atomic
from karvo.stripe.client import read
from karvo.stripe.operations.account import note_account
from karvo.stripe.operations.checkout import note_session
from karvo.stripe.operations.disputes import note_dispute
from karvo.stripe.operations.effects import is_first, locked_payment_of
from karvo.stripe.operations.fees import book_fees, note_fee
from karvo.stripe.operations.payments import receive
from karvo.stripe.operations.payouts import book_payout, fail_payout
from karvo.stripe.operations.refunds import note_refund, note_sum
from karvo.stripe.schemas import (
    AccountObject,
    Charge,
    Dispute,
    Happened,
    Intent,
    PaymentFailed,
    Payout,
    Person,
    Received,
    RefundObject,
    Session,
)

PAID = {'paid', 'no_payment_required'}


def apply(event: Happened, *, actor: Actor) -> None:
    """Do what the event brings about; nothing for types that HANDLERS does not name.

    No transaction may be open. Raises msgspec.ValidationError for an object that is none,
    disputes.PaymentUnknown, and whatever the operations refuse.
    """
    handler = HANDLERS.get(event.type)
    if handler is not None:
        handler(event, actor)


def _session_over(event: Happened, actor: Actor) -> None:
    session = read(Session, event.object)
    if session.mode != 'payment':
        return
    if session.payment_status not in PAID:
        note_session(session, 'pending')  # a bank debit: wait
        return
    note_session(session, 'paid')
    if session.amount_total and session.currency:
        receive(_by_session(session), actor=actor)


def _session_failed(event: Happened, actor: Actor) -> None:
    session = read(Session, event.object)
    if session.mode == 'payment':
        note_session(session, 'failed')
        _say_failed(_by_session(session), 'async_payment_failed', session.id, actor)


def _session_expired(event: Happened, actor: Actor) -> None:
    note_session(read(Session, event.object), 'expired')


def _intent_succeeded(event: Happened, actor: Actor) -> None:
    intent = read(Intent, event.object)
    if _by_intent(intent).amount:
        receive(_by_intent(intent), actor=actor)


def _intent_failed(event: Happened, actor: Actor) -> None:
    intent = read(Intent, event.object)
    why = intent.last_payment_error or {}
    tried = str(why.get('charge') or intent.latest_charge or event.created)
    _say_failed(_by_intent(intent), str(why.get('code') or 'failed'), tried, actor)


def _charge(event: Happened, actor: Actor) -> None:
    charge = read(Charge, event.object)
    if not (charge.paid and charge.captured and charge.status == 'succeeded'):
        return
    received = _by_charge(charge)
    payment_id = receive(received, actor=actor)
    if charge.amount_refunded:
        note_sum(received, charge.amount_refunded, event.created, actor=actor)
    if charge.balance_transaction:
        note_fee(received.external_id, charge.balance_transaction)
        if payment_id is not None:
            book_fees(actor=actor, external_id=received.external_id)


def _refund(event: Happened, actor: Actor) -> None:
    refund = read(RefundObject, event.object)
    of = refund.payment_intent or refund.charge
    if of:
        received = _heard_of(of, refund.charge, refund.currency, refund.created)
        note_refund(received, refund, event.created, actor=actor)


def _dispute(event: Happened, actor: Actor) -> None:
    dispute = read(Dispute, event.object)
    of = dispute.payment_intent or dispute.charge
    if of:
        received = _heard_of(of, dispute.charge, dispute.currency, dispute.created)
        note_dispute(received, dispute, event.created, actor=actor)


def _payout_paid(event: Happened, actor: Actor) -> None:
    book_payout(read(Payout, event.object), actor=actor)


def _payout_failed(event: Happened, actor: Actor) -> None:
    fail_payout(read(Payout, event.object), actor=actor)


def _account(event: Happened, actor: Actor) -> None:
    note_account(read(AccountObject, event.object), actor=actor)


def _by_session(session: Session) -> Received:
    person = session.customer_details or Person()
    return Received(
        external_id=session.payment_intent or session.id,
        amount=session.amount_total or 0,
        currency=session.currency or '',
        created=session.created,
        email=person.email or '',
        name=person.name or '',
        metadata=session.metadata or {},
    )


def _by_intent(intent: Intent) -> Received:
    return Received(
        external_id=intent.id,
        charge_id=intent.latest_charge or '',
        amount=intent.amount if intent.amount_received is None else intent.amount_received,
        currency=intent.currency,
        created=intent.created,
        email=intent.receipt_email or '',
        metadata=intent.metadata or {},
    )


def _by_charge(charge: Charge) -> Received:
    person = charge.billing_details or Person()
    return Received(
        external_id=charge.payment_intent or charge.id,
        charge_id=charge.id,
        amount=charge.amount_captured or charge.amount,
        currency=charge.currency,
        created=charge.created,
        email=person.email or charge.receipt_email or '',
        name=person.name or '',
        metadata=charge.metadata or {},
    )


def _heard_of(of: str, charge: str | None, currency: str, created: int) -> Received:
    """A payment that something else speaks of."""
    return Received(
        external_id=of, charge_id=charge or '', amount=0, currency=currency, created=created
    )


def _say_failed(received: Received, why: str, tried: str, actor: Actor) -> None:
    """`payment.failed`, once for each attempt; nothing in the books."""
    with atomic() as work:
        if not is_first(f'payment_failed:{received.external_id}:{tried}', work):
            return
        row = locked_payment_of(received, work)
        shown = {
            'id': row.id,
            'external_id': row.external_id,
            'invoice_id': str(received.metadata.get('invoice_id') or '') or None,
            'reason': why,
        }
        work.record(PaymentFailed(id=row.id, uid=str(row.uid), object=shown), actor)


HANDLERS: dict[str, Callable[[Happened, Actor], None]] = {
    'checkout.session.completed': _session_over,
    'checkout.session.async_payment_succeeded': _session_over,
    'checkout.session.async_payment_failed': _session_failed,
    'checkout.session.expired': _session_expired,
    'payment_intent.succeeded': _intent_succeeded,
    'payment_intent.payment_failed': _intent_failed,
    'charge.succeeded': _charge,
    'charge.captured': _charge,
    'charge.updated': _charge,
    'charge.refunded': _charge,
    'refund.created': _refund,
    'refund.updated': _refund,
    'refund.failed': _refund,
    'charge.refund.updated': _refund,
    'charge.dispute.created': _dispute,
    'charge.dispute.updated': _dispute,
    'charge.dispute.funds_withdrawn': _dispute,
    'charge.dispute.funds_reinstated': _dispute,
    'charge.dispute.closed': _dispute,
    'payout.paid': _payout_paid,
    'payout.failed': _payout_failed,
    'account.updated': _account,
}
