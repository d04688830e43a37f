"""Money that came: into the books once, whichever of its events tells it first (7.17)."""

import typing

import peewee

from karvo.billing.models import Payment
from karvo.billing.operations.payments import record_payment
from karvo.billing.schemas import NewAllocation, NewPayment
from karvo.customers.models import Party
from karvo.invoices.models import Document
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, invalid, not_found
from karvo.kit.ids import LAST_ID
from karvo.kit.work import Work, atomic
from karvo.ledger.operations import first_open_date
from karvo.ledger.schemas import CLEARING
from karvo.settings.reads import read_settings
from karvo.settings.schemas import Settings
from karvo.stripe.amounts import amount_of
from karvo.stripe.models import StripePayment
from karvo.stripe.operations.effects import date_of, locked_payment_of, moment
from karvo.stripe.operations.refunds import catch_up
from karvo.stripe.schemas import Matched, PaymentUnmatched, Received


def receive(received: Received, *, actor: Actor) -> int | None:
    """Book this payment unless it is booked; the id of its row in `payment`, None if unmatched."""
    with atomic() as work:
        row = locked_payment_of(received, work)
        if row.state != 'heard_of':
            return row.payment_id
        _take_over(row, received)
        settings = read_settings()
        place, reason = _place(received, settings, actor)
        if place is None:
            _set_aside(row, reason, work, actor)
        else:
            _book(row, place, settings, work, actor)
        return row.payment_id


def match_payment(
    row_id: int, invoice_id: int | None, customer: str | None, *, actor: Actor
) -> int:
    """Book an unmatched payment for this invoice or customer; the id of the payment.

    Raises NotFound, Conflict when it is matched already or in another currency, Invalid.
    """
    with atomic() as work:
        row = StripePayment.select().where(StripePayment.id == row_id).for_update().get_or_none()
        if row is None or row.state == 'heard_of':
            raise not_found('Payment')
        if row.state == 'booked':
            raise Conflict('the payment is matched already')
        settings = read_settings()
        if row.currency != settings.currency:
            raise Conflict(f'{row.currency} is not the currency of the books')
        if invoice_id is not None:
            invoice = _invoice(Document.id == invoice_id)
            if invoice is None:
                raise invalid(invoice_id='not found')
            place = Matched(customer=invoice.customer_code, invoice_id=_payable(invoice))
        elif customer:
            place = Matched(customer=customer)
        else:
            raise invalid(invoice_id='or customer_code is required')
        _book(row, place, settings, work, actor)
        return typing.cast(int, row.payment_id)


def _take_over(row: StripePayment, received: Received) -> None:
    """What a refund that came first could not tell."""
    row.amount, row.currency = received.amount, received.currency.upper()
    row.email, row.name = received.email or None, received.name or None
    values = {'metadata': received.metadata, 'received_at': moment(received.created)}
    for name, value in values.items():
        setattr(row, name, value)
    row.charge_id = row.charge_id or received.charge_id or None


def _place(received: Received, settings: Settings, actor: Actor) -> tuple[Matched | None, str]:
    """(where it belongs, '') or (None, why nobody knows). Metadata is a hint, never proof."""
    currency = received.currency.upper()
    if currency != settings.currency:
        return None, f'in {currency}, and the books are in {settings.currency}'
    if received.amount <= 0:
        return None, 'of nothing'
    told = received.metadata
    if str(told.get('company') or actor.company_uid) != actor.company_uid:
        return None, 'meant for another company'
    invoice = _invoice_told(told)
    if invoice is not None:
        return Matched(customer=invoice.customer_code, invoice_id=_payable(invoice)), ''
    party = _party_told(told, received.email)
    if party is not None:
        return Matched(customer=party.code), ''
    return None, 'no invoice or customer found'


def _invoice_told(told: dict[str, typing.Any]) -> Document | None:
    number = str(told.get('invoice_no') or '')
    text = str(told.get('invoice_id') or '')
    if text.isascii() and text.isdigit() and int(text) <= LAST_ID:
        return _invoice(Document.id == int(text))
    if number and '\0' not in number:
        return _invoice(peewee.fn.upper(Document.number) == number.upper())
    return None


def _invoice(condition: typing.Any) -> Document | None:
    """An invoice that somebody has seen: not a draft, not removed."""
    kind = (Document.type == 'invoice') & Document.deleted_at.is_null()
    return Document.get_or_none(kind & condition & (Document.state != 'draft'))


def _payable(invoice: Document) -> int | None:
    """Of a void invoice the money stays unallocated."""
    return invoice.id if invoice.state in ('posted', 'written_off') else None


def _party_told(told: dict[str, typing.Any], email: str) -> Party | None:
    code = str(told.get('customer_code') or '')
    condition = Party.code == code.upper()
    if not code or '\0' in code:
        if not email or '\0' in email:
            return None
        condition = peewee.fn.lower(Party.email) == email.lower()
    is_there = Party.is_customer & Party.deleted_at.is_null()
    found = list(Party.select().where(is_there & condition).limit(2))
    return found[0] if len(found) == 1 else None


def _set_aside(row: StripePayment, reason: str, work: Work, actor: Actor) -> None:
    row.state, row.reason, row.updated_at = 'unmatched', reason, work.at
    row.save()
    shown = {
        'id': row.id,
        'external_id': row.external_id,
        'amount': amount_of(row.amount, row.currency),
        'currency': row.currency,
        'email': row.email,
        'reason': reason,
    }
    work.record(PaymentUnmatched(id=row.id, uid=str(row.uid), object=shown), actor)


def _book(row: StripePayment, place: Matched, settings: Settings, work: Work, actor: Actor) -> None:
    known = Payment.get_or_none(Payment.external_id == row.external_id)
    row.payment_id = known.id if known else _record(row, place, settings, actor)
    row.state, row.reason, row.updated_at = 'booked', '', work.at
    catch_up(row, settings, actor)
    row.save()


def _record(row: StripePayment, place: Matched, settings: Settings, actor: Actor) -> int:
    parts = [NewAllocation(invoice_id=place.invoice_id)] if place.invoice_id else []
    told = {'payment_intent': row.external_id, 'charge': row.charge_id}
    new = NewPayment(
        amount=amount_of(row.amount, row.currency),
        allocations=parts,
        customer=place.customer,
        date=first_open_date(settings, date_of(int(row.received_at.timestamp()), settings)),
        method='stripe',
        reference=row.charge_id or row.external_id,
        external_id=row.external_id,
        metadata={'stripe': told},
        allow_overpayment=True,
        account=CLEARING,
    )
    return record_payment(new, actor=actor)
