"""PUT on an invoice that means money: `status` and `balance` (INV-7)."""

import datetime as dt
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from karvo.billing.models import Allocation, Payment
from karvo.billing.operations.payments import record_payment, void_payment
from karvo.billing.schemas import Method, NewAllocation, NewPayment
from karvo.invoices.models import Document
from karvo.invoices.operations.change import (
    locked_document,
    post_invoice,
    send_invoice,
    update_invoice,
    void_invoice,
)
from karvo.invoices.schemas import InvoiceChange
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, invalid
from karvo.kit.work import atomic
from karvo.ledger.schemas import BAD_DEBTS, SMALL_DIFFERENCES
from karvo.settings.reads import business_date, read_settings


class MoneyChange(msgspec.Struct, kw_only=True):
    """What of a PUT means money."""

    status: str | UnsetType = UNSET
    balance: Decimal | UnsetType = UNSET
    method: Method = 'other'
    payment_date: dt.date | None = None
    adjustment_reason: str | None = None
    void_reason: str | None = None


def change_invoice(
    document_id: int,
    change: InvoiceChange,
    money: MoneyChange,
    *,
    actor: Actor,
    version: int | None = None,
) -> None:
    """Both halves of a PUT in one unit of work: what is free (G-6), then what means money."""
    with atomic():
        update_invoice(document_id, change, actor=actor, version=version)
        if money.balance is not UNSET:
            _to_balance(document_id, money.balance, money, actor)
        if money.status is not UNSET:
            _to_status(document_id, money.status, money, actor)


def _to_status(document_id: int, status: str, money: MoneyChange, actor: Actor) -> None:
    invoice = locked_document(document_id)
    if invoice.state == 'draft' and status in ('posted', 'unpaid'):
        post_invoice(document_id, actor=actor)
    elif status == 'void' and invoice.state != 'void':
        void_invoice(document_id, actor=actor, reason=money.void_reason or '')
    elif status == 'sent' and invoice.state in ('draft', 'posted'):
        if invoice.state == 'draft':
            post_invoice(document_id, actor=actor)
        send_invoice(document_id, actor=actor, mark_only=True)
    elif status == 'paid' and invoice.state == 'posted':
        if invoice.balance > 0:
            _pay(invoice, invoice.balance, money, actor)
    elif status not in _agreeing(invoice):
        raise Conflict(f'status cannot become {status}')


def _agreeing(invoice: Document) -> set[str]:
    """What the status may be called as things stand."""
    if invoice.state != 'posted':
        return {invoice.state}
    if invoice.balance == 0:
        return {'paid'}
    due = invoice.due_date < business_date(read_settings())
    part = 'partial' if invoice.balance < invoice.total else 'unpaid'
    return {part, 'overdue'} if due else {part}


def _to_balance(document_id: int, target: Decimal, money: MoneyChange, actor: Actor) -> None:
    """INV-7: a lower balance is a payment, a higher one undoes earlier ones of this route only."""
    invoice = locked_document(document_id)
    if not 0 <= target <= invoice.total:
        raise invalid(balance=f'must be from 0 to {invoice.total}')
    if target == invoice.balance:
        return
    if invoice.state != 'posted':
        raise Conflict(f'the balance of a {invoice.state} invoice cannot change')
    if target < invoice.balance:
        _pay(invoice, invoice.balance - target, money, actor, is_balance_update=True)
    else:
        _undo(invoice, target - invoice.balance, actor)


def _pay(
    invoice: Document,
    amount: Decimal,
    money: MoneyChange,
    actor: Actor,
    is_balance_update: bool = False,
) -> None:
    reason = money.adjustment_reason
    limit = read_settings().small_difference_limit
    account = (SMALL_DIFFERENCES if amount <= limit else BAD_DEBTS) if reason else None
    record_payment(
        NewPayment(
            amount=amount,
            allocations=[NewAllocation(invoice_id=invoice.id)],
            date=money.payment_date,
            method='adjustment' if reason else money.method,
            reference=reason or ('balance update' if is_balance_update else None),
            is_balance_update=is_balance_update,
            account=account,
        ),
        actor=actor,
    )


def _undo(invoice: Document, amount: Decimal, actor: Actor) -> None:
    """Void the latest entries of this route while they fit; a rest is a Conflict."""
    own = (
        Payment.select()
        .join(Allocation, on=(Allocation.payment == Payment.id))
        .where(
            (Allocation.invoice == invoice)
            & Payment.is_balance_update
            & (Payment.state == 'posted')
        )
        .order_by(Payment.id.desc())
        .distinct()
    )
    for payment in own:
        if payment.amount <= amount:
            void_payment(payment.id, actor=actor)
            amount -= payment.amount
    if amount:
        raise Conflict('the balance can rise only by undoing earlier balance updates')
