"""Payments that a customer contests: the invoice is marked, the money that left is owed again.

Each event carries all movements of the dispute; each movement is booked once, by its own id. So
created, funds_withdrawn, funds_reinstated and closed may come in any order and any number.
"""

from karvo.billing.models import Allocation
from karvo.billing.operations.refunds import refund_payment
from karvo.invoices.operations.change import dispute_invoice
from karvo.kit.actor import Actor
from karvo.kit.work import Work, atomic
from karvo.ledger.schemas import CLEARING
from karvo.settings.reads import read_settings
from karvo.settings.schemas import Settings
from karvo.stripe.amounts import amount_of
from karvo.stripe.models import StripePayment
from karvo.stripe.operations.effects import date_of, finish, locked_effect, locked_payment_of
from karvo.stripe.operations.payouts import book_fee
from karvo.stripe.schemas import BalanceTransaction, Dispute, Received

#: Ends: nothing that was told before may take them back.
CLOSED = {'won', 'lost', 'warning_closed', 'prevented'}
SETTLED = CLOSED - {'lost'}  #: the customer contests it no longer


class PaymentUnknown(Exception):
    """The payment is not in the books yet; its own event may still be on the way."""


def note_dispute(received: Received, dispute: Dispute, told_at: int, *, actor: Actor) -> None:
    """Raises PaymentUnknown while the payment is not booked."""
    with atomic() as work:
        row = locked_payment_of(received, work)
        if row.state != 'booked' or row.payment_id is None:
            raise PaymentUnknown(row.external_id)
        settings = read_settings()
        known = row.disputes.get(dispute.id, {'at': -1, 'status': ''})
        if _rank(dispute.status, told_at) > _rank(known['status'], known['at']):
            row.disputes[dispute.id] = {'at': told_at, 'status': dispute.status}
        for moved in sorted(dispute.balance_transactions, key=lambda m: (m.created, m.amount)):
            _book(row, dispute, moved, settings, work, actor)
        row.save()
        _mark(row, actor)


def _rank(status: str, at: int) -> tuple[bool, int, str]:
    return status in CLOSED, at, status


def _book(
    row: StripePayment,
    dispute: Dispute,
    moved: BalanceTransaction,
    settings: Settings,
    work: Work,
    actor: Actor,
) -> None:
    effect = locked_effect(f'dispute:{moved.id}', work)
    if effect.state or row.payment_id is None:
        return
    if moved.currency.upper() != settings.currency:
        finish(effect, 'skipped', f'in {moved.currency.upper()}')
        return
    if moved.amount:
        refund_payment(
            row.payment_id,
            -amount_of(moved.amount, moved.currency),
            date_of(moved.created, settings),
            kind='dispute',
            account=CLEARING,
            reference=dispute.id,
            actor=actor,
        )
    book_fee(moved, actor=actor)
    finish(effect, 'done')


def _mark(row: StripePayment, actor: Actor) -> None:
    is_disputed = any(told['status'] not in SETTLED for told in row.disputes.values())
    paid = Allocation.select(Allocation.invoice_id).where(Allocation.payment == row.payment_id)
    for invoice_id in sorted({allocation.invoice_id for allocation in paid}):
        dispute_invoice(invoice_id, is_disputed, actor=actor)
