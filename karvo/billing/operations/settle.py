"""Allocations: the only code that moves an invoice's balance after posting (BIL-5)."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
import peewee

from karvo.billing.models import Allocation
from karvo.invoices.models import Document
from karvo.invoices.operations.change import check_transition, locked_document, touch
from karvo.invoices.operations.posting import announce
from karvo.invoices.schemas import (
    CreditRead,
    InvoiceEvent,
    InvoicePaid,
    InvoicePartiallyPaid,
    InvoiceReopened,
    InvoiceWrittenOff,
    PaymentRead,
)
from karvo.invoices.settled import Settler, settled_columns
from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, Invalid, invalid
from karvo.kit.numbering import SIGN
from karvo.kit.work import Work, atomic
from karvo.ledger.operations import check_open, post_entry, reverse_source
from karvo.ledger.schemas import BAD_DEBTS, RECEIVABLE, NewEntry, Posting
from karvo.settings.reads import business_date, read_settings

NUMBERED = """
settled§ AS (
  UPDATE @document d SET payments = ⟦d.payments⟧, credits = ⟦d.credits⟧
  WHERE d.id = ANY(%(invoices)s::bigint[]))"""


def locked_invoices(ids: typing.Iterable[int]) -> dict[int, Document]:
    """The invoices, locked in the order of their ids so that no two requests can deadlock."""
    query = Document.select().where(
        Document.id.in_(sorted(set(ids)))
        & (Document.type == 'invoice')
        & Document.deleted_at.is_null()
    )
    return {row.id: row for row in query.order_by(Document.id).for_update()}


def invoice_id_of(invoice_id: int | None, number: str | None, field: str = 'invoice') -> int:
    """The id of an invoice named by id or number; raises Invalid when there is none."""
    name = Document.id == invoice_id if invoice_id is not None else _same_number(number or '')
    visible = (Document.type == 'invoice') & Document.deleted_at.is_null()
    row = Document.select(Document.id).where(visible & name).get_or_none()
    if row is None:
        raise Invalid(f'{field} not found', fields={field: 'not found'})
    return row.id


def _same_number(number: str) -> typing.Any:
    return peewee.fn.upper(Document.number) == number.upper()


def check_payable(invoice: Document) -> None:
    """Only posted (or written off) invoices take money."""
    if invoice.state not in ('posted', 'written_off'):
        raise Conflict(f'a {invoice.state} invoice cannot be paid')


def settle(
    invoice: Document,
    amount: Decimal,
    date: dt.date,
    *,
    kind: str,
    work: Work,
    actor: Actor,
    by: Settler | None = None,
    event: type[InvoiceEvent] | None = None,
) -> None:
    """Take `amount` off the locked invoice (give it back when negative) and say so.

    `by`: the payment or credit note that it comes from, whatever amount that names. The token of a
    number that it is still to take will do. What came before the invoice is its from the invoice's
    date on; until then it is the customer's unapplied money (AR-1, AR-3).
    """
    if amount > invoice.balance:
        raise Conflict(f'amount {amount} exceeds balance {invoice.balance}')
    Allocation.create(
        kind=kind,
        payment=by.payment_id if isinstance(by, PaymentRead) else None,
        credit_note=by.credit_id if isinstance(by, CreditRead) else None,
        invoice=invoice,
        amount=amount,
        date=max(date, invoice.date),
        created_at=work.at,
    )
    before = invoice.balance
    touch(invoice, work, balance=before - amount, **_shown(invoice, amount, by, work))
    if event is not None:
        announce(event, invoice, work, actor, {'balance': before})
    announce(_outcome(invoice), invoice, work, actor, {'balance': before})


def _shown(
    invoice: Document, amount: Decimal, by: Settler | None, work: Work
) -> dict[str, typing.Any]:
    """The columns in which the invoice shows who settled it."""
    if by is None:
        return {}
    columns = settled_columns(invoice, msgspec.structs.replace(by, amount=amount))
    if any(SIGN in text for text in columns.values()):
        _number_later(invoice, work)
    return columns


def _number_later(invoice: Document, work: Work) -> None:
    """Have the last statement put the numbers where their tokens stand, whatever becomes of the
    invoice until then: once a unit, a row is not written twice by one statement.
    """
    if not invoice.number:
        raise RuntimeError('an invoice takes its number in the unit of work that settles it')
    write = next((one for one in work.writes if one.parts is NUMBERED), None)
    if write is None:
        write = work.write(NUMBERED, {'invoices': []})
    write.params['invoices'].append(invoice.id)


def _outcome(invoice: Document) -> type[InvoiceEvent]:
    if invoice.state == 'written_off':
        return InvoiceWrittenOff
    if invoice.balance == 0:
        return InvoicePaid
    return InvoicePartiallyPaid if invoice.balance < invoice.total else InvoiceReopened


def recover(invoice: Document, date: dt.date, *, work: Work) -> None:
    """written_off → posted, because money came after all: the write-off is undone (INV-14).

    On that date, or on the write-off's own where the money is older than that.
    """
    amount, written_off_on = _bad(invoice)
    on = max(date, written_off_on)
    reverse_source(('write_off', invoice.id), on, invoice.customer_name, work=work)
    Allocation.create(
        kind='write_off', invoice=invoice, amount=-amount, date=on, created_at=work.at
    )
    touch(invoice, work, state='posted', balance=invoice.balance + amount)


def _bad(invoice: Document) -> tuple[Decimal, dt.date]:
    """How much of it is written off, and since when."""
    columns = peewee.fn.sum(Allocation.amount), peewee.fn.max(Allocation.date)
    own = (Allocation.invoice == invoice) & (Allocation.kind == 'write_off')
    [row] = typing.cast(typing.Any, Allocation.select(*columns).where(own).tuples())
    return typing.cast(tuple[Decimal, dt.date], row)


def write_off(document_id: int, reason: str, date: dt.date | None, *, actor: Actor) -> None:
    """The balance becomes a bad debt (INV-14): Dr 6100, Cr 1100; state written_off.

    Raises Invalid for a date before the invoice's, Conflict where nothing is owed.
    """
    with atomic() as work:
        invoice = locked_document(document_id)
        check_transition(invoice, 'written_off')
        if invoice.balance == 0:
            raise Conflict('the invoice has no balance to write off')
        on = _bad_from(date, invoice)
        amount = invoice.balance
        postings = [
            Posting(BAD_DEBTS, debit=amount),
            Posting(RECEIVABLE, credit=amount, party_id=invoice.party_id),
        ]
        post_entry(
            NewEntry(
                date=on,
                journal='sales',
                memo=reason,
                source=('write_off', invoice.id),
                postings=postings,
            ),
            work=work,
        )
        invoice.state, invoice.reason = 'written_off', reason
        settle(invoice, amount, on, kind='write_off', work=work, actor=actor)


def _bad_from(date: dt.date | None, invoice: Document) -> dt.date:
    """An open day on which the invoice is there, and what was paid of it: today by default."""
    settings = read_settings()
    today = business_date(settings)
    on = date or max(today, invoice.date)
    if not clock.is_business_date(on, today) or on < invoice.date:
        raise invalid(date=f'must be from {invoice.date} to {clock.latest(today)}')
    check_open(settings, on)
    return on
