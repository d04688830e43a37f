"""Money that went back to a customer: his account is charged again, his invoices are owed again."""

import datetime as dt
import typing
from decimal import Decimal

import peewee

from karvo.billing.models import Allocation, Payment, Refund
from karvo.billing.operations.payments import (
    announce_payment,
    locked_payment,
    open_parts,
    shown_payment,
)
from karvo.billing.operations.settle import locked_invoices, recover, settle
from karvo.billing.schemas import PaymentRefunded, PaymentRefundUndone
from karvo.invoices.models import Document
from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict
from karvo.kit.money import ZERO
from karvo.kit.work import Work, atomic
from karvo.ledger.operations import first_open_date, post_entry, side
from karvo.ledger.schemas import RECEIVABLE, NewEntry, Posting
from karvo.settings.reads import read_settings

Kind = typing.Literal['refund', 'dispute']


def refund_payment(
    payment_id: int,
    amount: Decimal,
    date: dt.date,
    *,
    kind: Kind,
    account: str,
    actor: Actor,
    reference: str | None = None,
    invoice_id: int | None = None,
) -> None:
    """Give back `amount` of a payment from `account`: Dr 1100, Cr `account`.

    What no invoice has taken goes first, then the last invoice that was paid is owed again; with
    `invoice_id` that invoice is, and nothing else. A negative amount undoes the former in the
    opposite order (a refund that failed, a dispute won). Raises NotFound, Conflict when the payment
    is void or has less than that left.
    """
    with atomic() as work:
        parts = open_parts(payment_id)
        settled = _settled_ever(payment_id)
        invoices = locked_invoices({*parts, *settled})
        payment = locked_payment(payment_id)
        _check_left(payment, parts, amount)
        # Never before there was something to give back: aging of the days between would be off.
        date = max(first_open_date(read_settings(), date), payment.date)
        refund = Refund.create(
            uid=ids.uuid7(),
            payment=payment,
            kind=kind,
            amount=amount,
            date=date,
            reference=reference,
            created_at=work.at,
        )
        _post(refund, payment, account, work)
        if invoice_id is None:
            known = [invoices[n] for n in settled if n in invoices]
            moved = _shares(payment, amount, parts, known)
        else:
            moved = _share_of(invoice_id, amount, parts)
        before = payment.unallocated
        payment.unallocated -= amount + sum(moved.values(), ZERO)
        payment.version, payment.updated_at = payment.version + 1, work.at
        payment.save()
        event = PaymentRefunded if amount > 0 else PaymentRefundUndone
        announce_payment(
            event, payment, work, actor, {'unallocated': before}, refunded=refunded(payment_id)
        )
        for invoice_id, share in moved.items():
            _move(invoices[invoice_id], share, date, payment, work, actor)


def refunded(payment_id: int) -> Decimal:
    """How much of a payment the customer has back now."""
    total = Refund.select(peewee.fn.sum(Refund.amount)).where(Refund.payment == payment_id)
    return total.scalar() or ZERO


def _check_left(payment: Payment, parts: dict[int, Decimal], amount: Decimal) -> None:
    left = payment.unallocated + sum(parts.values(), ZERO)
    if amount > left:
        raise Conflict(f'{amount} exceeds what is left of the payment: {left}')
    if left - amount > payment.amount:
        raise Conflict(f'{-amount} exceeds what was refunded: {payment.amount - left}')


def _settled_ever(payment_id: int) -> list[int]:
    """The invoices that this payment ever paid, in the order of their ids."""
    query = (
        Allocation.select(Allocation.invoice_id)
        .where(Allocation.payment == payment_id)
        .distinct()
        .order_by(Allocation.invoice_id)
        .tuples()
    )
    return [row[0] for row in typing.cast(typing.Any, query)]


def _shares(
    payment: Payment, amount: Decimal, parts: dict[int, Decimal], invoices: list[Document]
) -> dict[int, Decimal]:
    """{invoice id: what it takes} (negative: gives back) so that the unallocated part suffices."""
    shares: dict[int, Decimal] = {}
    if amount > 0:
        need = amount - payment.unallocated
        for invoice_id in sorted(parts, reverse=True):
            if need > 0:
                shares[invoice_id] = -min(need, parts[invoice_id])
                need += shares[invoice_id]
        return shares
    left = -amount
    for invoice in invoices:
        share = min(left, invoice.balance) if invoice.state == 'posted' else ZERO
        if share > 0:
            shares[invoice.id] = share
            left -= share
    return shares


def _share_of(invoice_id: int, amount: Decimal, parts: dict[int, Decimal]) -> dict[int, Decimal]:
    """All of it from one invoice. Raises Conflict."""
    taken = parts.get(invoice_id, ZERO)
    if not 0 < amount <= taken:
        raise Conflict(f'{amount} exceeds what the invoice took of the payment: {taken}')
    return {invoice_id: -amount}


def _move(
    invoice: Document, share: Decimal, date: dt.date, payment: Payment, work: Work, actor: Actor
) -> None:
    if share < 0 and invoice.state == 'written_off':
        # What is owed again must stand on an open invoice, or account 1100 is off.
        recover(invoice, date, work=work)
    by = shown_payment(payment)
    settle(invoice, share, date, kind='payment', by=by, work=work, actor=actor)


def _post(refund: Refund, payment: Payment, account: str, work: Work) -> None:
    postings: list[Posting] = [
        side(RECEIVABLE, refund.amount, party_id=payment.party_id),
        side(account, -refund.amount),
    ]
    entry = NewEntry(
        date=refund.date,
        journal='cash',
        memo=payment.party.name,
        source=('refund', refund.id),
        postings=postings,
    )
    post_entry(entry, work=work)
