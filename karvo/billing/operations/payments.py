"""Recording and voiding payments (BIL-2, BIL-4)."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
import peewee

from karvo.billing.models import Allocation, Payment, Refund
from karvo.billing.operations.settle import (
    check_payable,
    invoice_id_of,
    locked_invoices,
    recover,
    settle,
)
from karvo.billing.schemas import (
    NewAllocation,
    NewPayment,
    PaymentEvent,
    PaymentReceived,
    PaymentVoided,
)
from karvo.customers.models import Party
from karvo.customers.operations import check_metadata
from karvo.invoices.models import Document
from karvo.invoices.schemas import PaymentRead
from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, Invalid, PreconditionFailed, invalid, missing, not_found
from karvo.kit.money import cents
from karvo.kit.work import Work, atomic
from karvo.ledger.operations import check_open, post_entry, reverse_source
from karvo.ledger.schemas import BANK, RECEIVABLE, UNDEPOSITED, NewEntry, Posting
from karvo.settings.reads import business_date, read_settings
from karvo.settings.schemas import Settings

#: These arrive in the bank by themselves; the rest waits in undeposited funds.
BANKED = {'eft', 'wire', 'direct_debit'}


def record_payment(new: NewPayment, *, actor: Actor) -> int:
    """The id. Raises Missing, Invalid, Conflict `amount 150.00 exceeds balance 120.00`."""
    new = msgspec.structs.replace(new, amount=cents(new.amount))  # 15 and 1e1: 15.00 and 10.00
    with atomic() as work:
        settings = read_settings()
        date = _date(new, settings)
        parts = _parts(new)
        invoices = locked_invoices(invoice_id for invoice_id, _ in parts)
        for invoice in invoices.values():
            if invoice.state == 'written_off':
                recover(invoice, date, work=work)
        shares = _shares(new, parts, invoices)
        party = _party(new, invoices)
        if new.external_id and _is_known(new.external_id):
            raise Conflict(f'{new.external_id} is recorded already', code='erp_duplicate')
        payment = _insert(new, party, date, sum(shares.values(), Decimal(0)), settings, work)
        _post(payment, new, work)
        number = work.take_number('PAY', date.year, 'payment', payment.id).token
        announce_payment(PaymentReceived, payment, work, actor, number=number)
        for invoice_id, share in shares.items():
            settle(
                invoices[invoice_id],
                share,
                date,
                kind='payment',
                by=shown_payment(payment, number),
                work=work,
                actor=actor,
            )
    return payment.id


def _date(new: NewPayment, settings: Settings) -> dt.date:
    today = business_date(settings)
    date = new.date or today
    if not clock.is_business_date(date, today):
        raise invalid(date=f'must be from {clock.EARLIEST} to {clock.latest(today)}')
    check_open(settings, date)
    check_metadata(new.metadata)
    return date


def _parts(new: NewPayment) -> list[tuple[int, Decimal | None]]:
    """(invoice id, amount or None for what is left) of every allocation, each invoice once."""
    if not new.allocations and not new.customer:
        raise missing('invoice')
    parts = [(invoice_id_of(a.invoice_id, a.number), a.amount) for a in new.allocations]
    if len({invoice_id for invoice_id, _ in parts}) < len(parts):
        raise invalid(allocations='must name each invoice once')
    return parts


def _shares(
    new: NewPayment,
    parts: list[tuple[int, Decimal | None]],
    invoices: dict[int, Document],
) -> dict[int, Decimal]:
    """How much each invoice takes; never more than its balance, never more than the payment."""
    shares: dict[int, Decimal] = {}
    for invoice_id, amount in parts:
        invoice = invoices[invoice_id]
        check_payable(invoice)
        share = _share(new, amount, invoice)
        if share > 0:
            shares[invoice_id] = share
    if sum(shares.values(), Decimal(0)) > new.amount:
        raise Invalid(
            'the allocations exceed the amount', fields={'allocations': 'exceed the amount'}
        )
    return shares


def _share(new: NewPayment, amount: Decimal | None, invoice: Document) -> Decimal:
    wanted = new.amount if amount is None else cents(amount)
    owed: Decimal = invoice.balance
    if wanted > owed:
        if not new.allow_overpayment:
            raise Conflict(f'amount {wanted:.2f} exceeds balance {owed:.2f}')
        return owed
    return wanted


def _party(new: NewPayment, invoices: dict[int, Document]) -> Party:
    """The one customer of all invoices, and of the code if one was sent."""
    parties = {invoice.party_id for invoice in invoices.values()}
    if len(parties) > 1:
        raise invalid(allocations='must be invoices of one customer')
    if new.customer:
        code = Party.code == new.customer.upper()
        party = Party.get_or_none(code & Party.deleted_at.is_null())
        if party is None or (parties and party.id not in parties):
            raise invalid(customer='not found' if party is None else 'does not match the invoice')
        return party
    return Party.get_by_id(parties.pop())


def _is_known(external_id: str) -> bool:
    return bool(Payment.select().where(Payment.external_id == external_id).exists())


def _insert(
    new: NewPayment,
    party: Party,
    date: dt.date,
    allocated: Decimal,
    settings: Settings,
    work: Work,
) -> Payment:
    return Payment.create(
        uid=ids.uuid7(),
        key=ids.random_key(),
        state='posted',
        party=party,
        date=date,
        amount=new.amount,
        unallocated=new.amount - allocated,
        currency=settings.currency,
        method=new.method,
        reference=new.reference,
        notes=new.notes,
        external_id=new.external_id,
        metadata=new.metadata,
        is_balance_update=new.is_balance_update,
        created_at=work.at,
        updated_at=work.at,
    )


def _post(payment: Payment, new: NewPayment, work: Work) -> None:
    account = new.account or (BANK if new.method in BANKED else UNDEPOSITED)
    postings = [
        Posting(account, debit=payment.amount),
        Posting(RECEIVABLE, credit=payment.amount, party_id=payment.party_id),
    ]
    entry = NewEntry(
        date=payment.date,
        journal='cash',
        memo=payment.party.name,
        source=('payment', payment.id),
        postings=postings,
    )
    post_entry(entry, work=work)


def shown_payment(payment: Payment, number: str | None = None) -> PaymentRead:
    """A payment as the invoices show it that it settles; `number` where it has none yet."""
    return PaymentRead(
        payment_id=payment.id,
        payment_no=number or payment.number or '',
        date=payment.date,
        method=payment.method,
        reference=payment.reference,
        amount=payment.amount,
    )


def announce_payment(
    kind: type[PaymentEvent],
    payment: Payment,
    work: Work,
    actor: Actor,
    previous: dict[str, typing.Any] | None = None,
    number: str | None = None,
    **more: typing.Any,
) -> None:
    """Record an event of this payment; `more` are further members of its object."""
    shot = {
        'id': payment.id,
        'payment_no': number or payment.number,
        'customer_id': payment.party_id,
        'date': payment.date,
        'amount': payment.amount,
        'unallocated': payment.unallocated,
        'currency': payment.currency,
        'method': payment.method,
        'reference': payment.reference,
        'state': payment.state,
    }
    event = kind(id=payment.id, uid=str(payment.uid), object=shot | more, previous=previous or {})
    work.record(event, actor)


def void_payment(payment_id: int, *, actor: Actor, version: int | None = None) -> None:
    """Reverse the entry, give every invoice its balance back (BIL-4)."""
    with atomic() as work:
        parts = open_parts(payment_id)
        invoices = locked_invoices(parts)
        payment = locked_payment(payment_id, version)
        if Refund.select().where(Refund.payment == payment).exists():
            raise Conflict('the payment was refunded')
        settings = read_settings()
        check_open(settings, payment.date)
        date = max(business_date(settings), payment.date)
        reverse_source(('payment', payment.id), date, payment.party.name, work=work)
        payment.state, payment.voided_on, payment.unallocated = 'void', date, Decimal(0)
        payment.version, payment.updated_at = payment.version + 1, work.at
        payment.save()
        announce_payment(PaymentVoided, payment, work, actor, {'state': 'posted'})
        for invoice_id, amount in sorted(parts.items()):
            if invoices[invoice_id].state == 'written_off':
                # What is owed again must stand on an open invoice, or account 1100 is off.
                recover(invoices[invoice_id], date, work=work)
            settle(
                invoices[invoice_id],
                -amount,
                date,
                kind='payment',
                by=shown_payment(payment),
                work=work,
                actor=actor,
            )


def locked_payment(payment_id: int, version: int | None = None) -> Payment:
    """The row, locked; raises NotFound, PreconditionFailed, Conflict when nothing may change."""
    payment = Payment.select().where(Payment.id == payment_id).for_update().get_or_none()
    if payment is None:
        raise not_found('Payment')
    if version is not None and version != payment.version:
        raise PreconditionFailed(f'the payment is at version {payment.version}')
    if payment.state == 'void':
        raise Conflict('the payment is void already')
    if payment.is_reconciled:
        raise Conflict('the payment is reconciled with the bank')
    return payment


def open_parts(payment_id: int) -> dict[int, Decimal]:
    """{invoice id: what it took} of a payment, net of what was undone."""
    total = peewee.fn.sum(Allocation.amount)
    rows = (
        Allocation.select(Allocation.invoice_id, total)
        .where(Allocation.payment == payment_id)
        .group_by(Allocation.invoice_id)
        .having(total != 0)
        .tuples()
    )
    return dict(typing.cast(typing.Any, rows))


def only_invoice(invoice_id: int | None, number: str | None) -> list[NewAllocation]:
    """The allocation of a payment that names one invoice."""
    if invoice_id is None and not number:
        return []
    return [NewAllocation(invoice_id=invoice_id, number=number)]
