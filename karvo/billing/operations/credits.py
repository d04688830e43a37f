"""Credit notes (BIL-3): against an invoice with its own taxes (T-9), or open by today's rules."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
import peewee

from karvo.billing.operations.credited import at_invoiced_prices, taxed_parts
from karvo.billing.operations.settle import invoice_id_of, locked_invoices, settle
from karvo.billing.schemas import NewCredit
from karvo.invoices.models import Document
from karvo.invoices.operations.change import stored_taxes
from karvo.invoices.operations.create import Created, header, prepare
from karvo.invoices.operations.posting import document_postings, mirrored, post_document
from karvo.invoices.operations.storage import insert_document
from karvo.invoices.reads import read_lines
from karvo.invoices.schemas import (
    CreditNoteApplied,
    CreditNoteCreated,
    CreditRead,
    InvoiceCredited,
    InvoiceSnapshot,
    NewInvoice,
    NewLine,
    Totals,
)
from karvo.invoices.taxed import TAXES
from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, Invalid, missing
from karvo.kit.money import CENT, ZERO, cents
from karvo.kit.work import Work, atomic
from karvo.products.reads import products_for_lines
from karvo.taxes.compute import Credited, TaxMismatch, check_client_taxes, credit_taxes
from karvo.taxes.schemas import TaxLine

CREDITED = """
SELECT coalesce(sum(d.subtotal), 0.00), coalesce(sum(d.total), 0.00) FROM @document d
WHERE d.original_id = %(id)s AND d.type = 'credit_note' AND d.state = 'posted'"""
CREDITED_TAXES = f"""
SELECT x.code, sum(x.amount), sum(x.base) FROM @document d CROSS JOIN {TAXES}
WHERE d.original_id = %(id)s AND d.type = 'credit_note' AND d.state = 'posted' GROUP BY x.code"""


def issue_credit(new: NewCredit, *, actor: Actor) -> Created:
    """The credit note. Against an invoice it is applied to its balance at once (BIL-3)."""
    if not new.reason.strip():
        raise missing('reason')
    with atomic() as work:
        invoice = _invoice(new)
        draft = _as_invoice(new, invoice)
        prepared = prepare(draft, actor)
        totals = _against(new, invoice, prepared.totals) if invoice else prepared.totals
        _check_taken(new, invoice, totals)
        prepared.totals = totals
        values = header(draft, prepared, work.at) | _own_values(new, invoice, work)
        values['id'] = prepared.context.next_id
        credit_id = _write(values, prepared.date, totals, prepared.party.name, work, actor)
        if invoice is not None:
            _apply(credit_id, values, invoice, work, actor)
    return Created(credit_id, totals.total, prepared.warnings)


def _invoice(new: NewCredit) -> Document | None:
    if new.invoice_id is None and not new.invoice_number:
        if not new.customer:
            raise missing('customer')
        return None
    invoice_id = invoice_id_of(new.invoice_id, new.invoice_number)
    invoice = locked_invoices([invoice_id])[invoice_id]
    if invoice.state not in ('posted', 'written_off'):
        raise Conflict(f'a {invoice.state} invoice cannot be credited')
    if new.customer and new.customer.upper() != invoice.customer_code:
        raise Invalid('customer does not match the invoice', fields={'customer': 'does not match'})
    return invoice


def _as_invoice(new: NewCredit, invoice: Document | None) -> NewInvoice:
    """The same amounts as an invoice would have, so that one computation serves both."""
    base = _base(new, invoice) if not new.lines else None
    return NewInvoice(
        customer=None if invoice else new.customer,
        customer_id=invoice.party_id if invoice else None,
        status='posted',
        date=new.date,
        payment_terms='COD',
        lines=_lines(new, invoice),
        subtotal=base if base is not None else (new.subtotal if new.lines else None),
        taxes={} if invoice else new.taxes,
        total=None if invoice or base is not None else new.total,
        prices_include_tax=invoice is None and _is_total_only(new),
        notes=new.notes,
        metadata=new.metadata,
        source=new.source,
    )


def _lines(new: NewCredit, invoice: Document | None) -> list[NewLine]:
    """What was invoiced is credited at the price that it was invoiced at."""
    if invoice is None or all(line.unit_price is not None for line in new.lines):
        return new.lines
    names = [line.sku for line in new.lines if line.sku]
    products = products_for_lines(names, invoice.customer_code)
    return at_invoiced_prices(new.lines, read_lines(invoice.id), products)


def _is_total_only(new: NewCredit) -> bool:
    return not new.lines and new.subtotal is None and new.total is not None


def _base(new: NewCredit, invoice: Document | None) -> Decimal:
    """The credited amount before tax: subtotal, else from total, else amount."""
    if new.subtotal is not None:
        return new.subtotal
    if new.total is not None:
        return _net_of(new.total, invoice) if invoice else new.total
    if new.amount is None:
        raise missing('amount')
    return new.amount


def _net_of(total: Decimal, invoice: Document) -> Decimal:
    """The part of `total` before tax, in the invoice's own proportion; the last takes the rest."""
    subtotal_so_far, total_so_far = _credited(invoice.id)
    if total == invoice.total - total_so_far:
        return typing.cast(Decimal, invoice.subtotal) - subtotal_so_far
    return cents(total * invoice.subtotal / invoice.total) if invoice.total else ZERO


def _credited(invoice_id: int) -> tuple[Decimal, Decimal]:
    row = database.run(CREDITED, {'id': invoice_id}).fetchone()
    return (row[0], row[1]) if row else (ZERO, ZERO)


def _against(new: NewCredit, invoice: Document, totals: Totals) -> Totals:
    """T-9: the invoice's own taxes, those of its lines or in proportion; the last credit takes
    the remainder."""
    subtotal_so_far, total_so_far = _credited(invoice.id)
    rows = database.run(CREDITED_TAXES, {'id': invoice.id}).fetchall()
    credited = {code: Credited(amount, base) for code, amount, base in rows}
    original, taxed = stored_taxes(invoice.id), None
    if new.lines:
        lines = read_lines(invoice.id)
        taxed = taxed_parts(totals.lines, lines, original, invoice.subtotal)
    taxes = credit_taxes(
        original, invoice.subtotal, credited, subtotal_so_far, totals.subtotal, taxed
    )
    taxes, source = _client_cents(new, taxes, totals)
    if _is_total_only(new):
        taxes = _exact(taxes, (new.total or ZERO) - totals.subtotal)
    tax_total = sum((tax.amount for tax in taxes), ZERO)
    total = totals.subtotal + tax_total
    if total_so_far + total > invoice.total or subtotal_so_far + totals.subtotal > invoice.subtotal:
        left = invoice.total - total_so_far
        raise Conflict(f'the credit of {total} exceeds what is left of the invoice: {left}')
    return msgspec.structs.replace(
        totals, taxes=taxes, tax_total=tax_total, total=total, tax_source=source
    )


def _exact(taxes: list[TaxLine], sum_wanted: Decimal) -> list[TaxLine]:
    """No amount before tax comes to some totals: the first tax takes the cent that is missing."""
    missing_cent = sum_wanted - sum((tax.amount for tax in taxes), ZERO)
    if not taxes or abs(missing_cent) > CENT or taxes[0].amount + missing_cent < 0:
        return taxes
    amount = taxes[0].amount + missing_cent
    return [msgspec.structs.replace(taxes[0], amount=amount), *taxes[1:]]


def _client_cents(
    new: NewCredit, taxes: list[TaxLine], totals: Totals
) -> tuple[list[TaxLine], str]:
    if not new.taxes:
        return taxes, 'computed'
    try:
        return check_client_taxes(new.taxes, taxes, len(totals.lines) or 1, not taxes), 'client'
    except TaxMismatch as error:
        why = f'does not match: expected {error.expected}'
        raise Invalid(f'{error.family} {why}', fields={error.family: why}) from None


def _check_taken(new: NewCredit, invoice: Document | None, totals: Totals) -> None:
    """Whatever else was sent must say the same (BIL-3)."""
    tolerance = max(Decimal('0.01'), Decimal('0.005') * len(totals.lines))
    sent = {'subtotal': (new.subtotal, totals.subtotal), 'total': (new.total, totals.total)}
    for name, (given, ours) in sent.items():
        if given is not None and abs(given - ours) > tolerance:
            why = f'does not match: expected {ours}'
            raise Invalid(f'{name} {why}', fields={name: why})
    if new.amount is not None and new.amount not in (totals.subtotal, totals.total):
        near = min(abs(new.amount - totals.subtotal), abs(new.amount - totals.total))
        if near > tolerance:
            why = f'does not match: expected {totals.subtotal} or {totals.total}'
            raise Invalid(f'amount {why}', fields={'amount': why})
    if totals.total == 0:
        raise Invalid('a credit of 0.00 credits nothing', fields={'amount': 'must be more than 0'})


def _own_values(new: NewCredit, invoice: Document | None, work: Work) -> dict[str, typing.Any]:
    number = (new.number or '').strip() or None
    if number and _is_number_taken(number):
        raise Conflict(f'credit_no {number} exists already', code='erp_duplicate')
    claimed = work.claim_number('CN', number) if number else None
    return {
        'uid': ids.uuid7(),
        'key': ids.random_key(),
        'type': 'credit_note',
        'state': 'posted',
        'number': number,
        'number_year': claimed.year if claimed else None,
        'number_value': claimed.value if claimed else None,
        'original_id': invoice.id if invoice else None,
        'reason': new.reason,
        'is_disputed': False,
        'posted_at': work.at,
        'version': 1,
        'created_at': work.at,
    }


def _is_number_taken(number: str) -> bool:
    same = peewee.fn.upper(Document.number) == number.upper()
    return bool(Document.select().where((Document.type == 'credit_note') & same).exists())


def _write(
    values: dict[str, typing.Any],
    date: dt.date,
    totals: Totals,
    memo: str,
    work: Work,
    actor: Actor,
) -> int:
    insert_document(values, totals.lines)
    credit_id = typing.cast(int, values['id'])
    postings = mirrored(
        document_postings(
            values['party_id'], totals.total, totals.subtotal, totals.lines, totals.taxes
        )
    )
    post_document(credit_id, date, postings, work=work, source='credit_note', memo=memo)
    number = values['number']
    if not number:
        request = work.take_number('CN', date.year, 'document', credit_id, is_searched=True)
        number = request.token
    values['number'] = number
    _announce(CreditNoteCreated, credit_id, values, work, actor)
    return credit_id


def _announce(
    kind: type[CreditNoteCreated | CreditNoteApplied],
    credit_id: int,
    values: dict[str, typing.Any],
    work: Work,
    actor: Actor,
) -> None:
    shot = InvoiceSnapshot(
        invoice_no=values['number'],
        customer_id=values['party_id'],
        **{n: values[n] for n in InvoiceSnapshot.__struct_fields__ if n in values},
    )
    work.record(kind(id=credit_id, uid=str(values['uid']), object=shot), actor)


def _apply(
    credit_id: int,
    values: dict[str, typing.Any],
    invoice: Document,
    work: Work,
    actor: Actor,
) -> None:
    """To the invoice's balance; what the balance does not need stays open."""
    share = min(values['total'], invoice.balance)
    if share == 0:
        return
    sql = 'UPDATE @document SET balance = balance - %(share)s WHERE id = %(id)s'
    database.run(sql, {'share': share, 'id': credit_id})
    settle(
        invoice,
        share,
        values['date'],
        kind='credit',
        by=CreditRead(
            credit_id=credit_id, credit_no=values['number'], date=values['date'], amount=share
        ),
        work=work,
        actor=actor,
        event=InvoiceCredited,
    )
    _announce(
        CreditNoteApplied, credit_id, values | {'balance': values['total'] - share}, work, actor
    )
