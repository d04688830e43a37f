"""What may happen to an invoice after it was recorded (G-6, INV-7, INV-9, INV-14)."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET

from karvo.customers.operations import check_metadata
from karvo.customers.schemas import Address
from karvo.invoices.mails import invoice_mail
from karvo.invoices.models import TRANSITIONS, Document
from karvo.invoices.operations.create import (
    Created,
    checked_date,
    create_invoice,
    header,
    prepare,
)
from karvo.invoices.operations.posting import announce, document_postings, post_document
from karvo.invoices.operations.storage import replace_lines
from karvo.invoices.reads import read_lines
from karvo.invoices.schemas import (
    InvoiceChange,
    InvoiceDeleted,
    InvoiceDisputed,
    InvoicePosted,
    InvoiceSent,
    InvoiceUpdated,
    InvoiceVoided,
    Line,
    LineRead,
    NewInvoice,
    NewLine,
)
from karvo.invoices.taxed import STORED
from karvo.kit import numbering
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, Invalid, PreconditionFailed, invalid, not_found
from karvo.kit.money import CENT, ZERO, line_total
from karvo.kit.text import fold
from karvo.kit.work import Work, atomic
from karvo.ledger.operations import check_open, reverse_source
from karvo.ledger.schemas import Posting
from karvo.mail.operations import queue_mail
from karvo.products.reads import skus_of
from karvo.settings.reads import business_date, read_settings
from karvo.taxes.schemas import Family, TaxLine

#: Members of NewInvoice that decide amounts.
AMOUNTS = {'lines', 'subtotal', 'taxes', 'total', 'customer', 'customer_id', 'date', 'ship_to'}
#: Goods of it have left; shipments lie above, and those that have not left are cancelled there.
LEFT = """
SELECT 1 FROM @shipment_line l JOIN @shipment s ON s.id = l.shipment_id
WHERE l.document_id = %(id)s AND s.state IN ('shipped', 'delivered', 'returned') LIMIT 1"""
WHAT = {'invoice': 'Invoice', 'credit_note': 'Credit note'}


def locked_document(
    document_id: int, version: int | None = None, type: str = 'invoice'
) -> Document:
    """The row, locked; raises NotFound, or PreconditionFailed for another version."""
    query = Document.select().where(
        (Document.id == document_id) & (Document.type == type) & Document.deleted_at.is_null()
    )
    document = query.for_update().get_or_none()
    if document is None:
        raise not_found(WHAT[type])
    if version is not None and version != document.version:
        raise PreconditionFailed(f'the document is at version {document.version}')
    return document


def check_transition(document: Document, target: str) -> None:
    """Raises Conflict for what domain §16 does not list."""
    if target not in TRANSITIONS[document.state]:
        raise Conflict(f'a {document.state} invoice cannot become {target}')


def touch(document: Document, work: Work, **values: typing.Any) -> None:
    """Set these columns, and the version and time with them."""
    for name, value in values.items():
        setattr(document, name, value)
    document.version, document.updated_at = document.version + 1, work.at
    document.save()


def update_invoice(
    document_id: int, change: InvoiceChange, *, actor: Actor, version: int | None = None
) -> None:
    """Change what stays open after posting (G-6)."""
    with atomic() as work:
        document = locked_document(document_id, version)
        values = {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}
        if 'metadata' in values:
            values['metadata'] = check_metadata(values['metadata'] or {})
        if 'due_date' in values and values['due_date'] < document.date:
            raise invalid(due_date='must not be before the date')
        changed = {n: v for n, v in values.items() if getattr(document, n) != v}
        if 'due_date' in changed:
            today = business_date(read_settings())
            checked_date('due_date', changed['due_date'], max(today, document.date))
        if not changed:
            return
        previous = {name: getattr(document, name) for name in changed}
        if 'po_reference' in changed:
            changed['search_text'] = _search_text(document, changed['po_reference'])
        touch(document, work, **changed)
        announce(InvoiceUpdated, document, work, actor, previous)


def dispute_invoice(document_id: int, is_disputed: bool, *, actor: Actor) -> None:
    """The customer contests it at his bank, or does so no longer."""
    with atomic() as work:
        document = locked_document(document_id)
        if document.is_disputed != is_disputed:
            touch(document, work, is_disputed=is_disputed)
            kind = InvoiceDisputed if is_disputed else InvoiceUpdated
            announce(kind, document, work, actor, {'is_disputed': not is_disputed})


def _search_text(document: Document, po_reference: str | None) -> str:
    return fold(document.number, document.customer_code, document.customer_name, po_reference)


def revise_draft(
    document_id: int,
    changes: dict[str, typing.Any],
    *,
    actor: Actor,
    version: int | None = None,
) -> list[str]:
    """Anything of a draft may change; `changes` are members of NewInvoice. Returns warnings."""
    with atomic() as work:
        document = locked_document(document_id, version)
        if document.state != 'draft':
            raise Conflict('posted invoice cannot be changed; issue a credit note')
        new = _revised(document, changes)
        prepared = prepare(new, actor, own_number=document.number)
        if prepared.number != document.number:
            _renumber(document, prepared.number, work)
        values = header(new, prepared, work.at)
        for name in ('customer', 'ship_to', 'metadata'):
            values[name] = msgspec.to_builtins(values[name])
        touch(document, work, **values)
        replace_lines(document.id, prepared.totals.lines)
        announce(InvoiceUpdated, document, work, actor)
    return prepared.warnings


def _renumber(document: Document, number: str | None, work: Work) -> None:
    _give_up_number(document, work)
    claimed = work.claim_number('INV', number) if number else None
    document.number_year = claimed.year if claimed else None
    document.number_value = claimed.value if claimed else None


def _revised(document: Document, changes: dict[str, typing.Any]) -> NewInvoice:
    """The draft as it would be sent anew, with the changes laid over it."""
    values: dict[str, typing.Any] = {
        'number': document.number,
        'customer_id': document.party_id,
        'status': 'draft',
        'date': document.date,
        'payment_terms': document.payment_terms,
        'po_reference': document.po_reference,
        'notes': document.notes,
        'metadata': document.metadata,
        'language': document.language,
        'salesperson': document.salesperson,
        'source': document.source,
        'lines': _as_new(document),
    }
    if document.ship_to is not None:
        values['ship_to'] = msgspec.convert(document.ship_to, Address)
    if 'date' not in changes and 'payment_terms' not in changes:
        values['due_date'] = document.due_date
    if not values['lines']:
        values['subtotal'] = document.subtotal
    if 'customer' in changes:
        values.pop('customer_id')
    if changes.get('lines'):
        values.pop('subtotal', None)
    if not AMOUNTS & changes.keys():
        values['taxes'] = _own_taxes(document, values['lines'])
    return NewInvoice(**values | changes)


def _as_new(document: Document) -> list[NewLine]:
    lines = read_lines(document.id)
    skus = skus_of([line.product_id for line in lines if line.product_id])
    return [
        NewLine(
            sku=skus.get(line.product_id or 0, line.sku),
            description=line.description,
            description_fr=line.description_fr,
            quantity=line.qty,
            uom=line.uom,
            unit_price=line.unit_price,
            discount_pct=line.discount_pct,
            line_total=line.line_total,
            tax_code=typing.cast(typing.Any, line.tax_code),
            pst_exempt=line.pst_exempt,
            kind=line.kind,
            tax_rate=line.tax_rate,
            is_net=_is_net(line),
        )
        for line in lines
    ]


def _is_net(line: LineRead) -> bool:
    full = line_total(line.qty, line.unit_price, line.discount_pct)
    return abs(full - line.line_total) > CENT


def _own_taxes(document: Document, lines: list[NewLine]) -> dict[Family, Decimal]:
    """Cents that computing anew would lose: a client's (T-5), or those of prices with tax (T-6)."""
    taxes: dict[Family, Decimal] = {}
    if document.tax_source != 'client' and not any(line.is_net for line in lines):
        return taxes
    for tax in stored_taxes(document.id):
        taxes[tax.family] = taxes.get(tax.family, ZERO) + tax.amount
    return taxes


def post_invoice(document_id: int, *, actor: Actor, version: int | None = None) -> None:
    """draft → posted: entry, number, event. The number of the draft is kept, if it has one."""
    with atomic() as work:
        document = locked_document(document_id, version)
        check_transition(document, 'posted')
        if document.state != 'draft':
            raise Conflict('the invoice is posted already')
        check_open(read_settings(), document.date)
        postings = stored_postings(document)
        touch(document, work, state='posted', posted_at=work.at)
        post_document(document.id, document.date, postings, work=work, memo=document.customer_name)
        number = (
            document.number
            or work.take_number(
                'INV', document.date.year, 'document', document.id, is_searched=True
            ).token
        )
        announce(InvoicePosted, document, work, actor, {'state': 'draft'}, invoice_no=number)


def stored_postings(document: Document) -> list[Posting]:
    """The postings of a document from its stored lines and taxes."""
    lines = [
        msgspec.convert(msgspec.to_builtins(line) | {'cost': '0'}, Line, strict=False)
        for line in read_lines(document.id)
    ]
    return document_postings(
        document.party_id, document.total, document.subtotal, lines, stored_taxes(document.id)
    )


def stored_taxes(document_id: int) -> list[TaxLine]:
    """The taxes of a document as posted."""
    body = database.json(STORED, {'id': document_id})
    return msgspec.json.decode(body or b'[]', type=list[TaxLine])


def send_invoice(
    document_id: int, *, actor: Actor, email: str | None = None, mark_only: bool = False
) -> None:
    """Set sent_at and queue the mail; without `mark_only` the customer needs an address (7.0)."""
    with atomic() as work:
        document = locked_document(document_id)
        if document.state == 'draft':
            raise Conflict('a draft cannot be sent; post it first')
        address = email or document.party.email
        if not address and not mark_only:
            raise Invalid('the customer has no e-mail address', fields={'email': 'is required'})
        if address and not mark_only:
            queue_mail(invoice_mail(document, address, read_settings()), actor=actor)
        touch(document, work, sent_at=work.at)
        announce(InvoiceSent, document, work, actor)


def duplicate_invoice(document_id: int, date: dt.date | None, *, actor: Actor) -> Created:
    """A draft with the same customer and lines."""
    with atomic():
        document = locked_document(document_id)
        new = _revised(document, {'number': None, 'date': date, 'due_date': None})
        return create_invoice(new, actor=actor)


def void_invoice(
    document_id: int,
    *,
    actor: Actor,
    version: int | None = None,
    reason: str = '',
    hide: bool = False,
) -> None:
    """INV-9: reverse the entry, keep the number; `hide` removes it from reads (DELETE)."""
    with atomic() as work:
        document = locked_document(document_id, version)
        check_transition(document, 'void')
        if document.balance != document.total:
            raise Conflict('invoice has payments')
        if database.run(LEFT, {'id': document.id}).fetchone():
            raise Conflict('invoice has shipments')
        settings = read_settings()
        check_open(settings, document.date)
        date = max(business_date(settings), document.date)
        reverse_source(('invoice', document.id), date, document.customer_name, work=work)
        touch(
            document,
            work,
            state='void',
            balance=0,
            voided_on=date,
            reason=reason or None,
            deleted_at=work.at if hide else None,
        )
        announce(InvoiceVoided, document, work, actor, {'state': 'posted'})


def delete_invoice(document_id: int, *, actor: Actor, version: int | None = None) -> None:
    """A draft is removed, a posted invoice voided and hidden (INV-9)."""
    with atomic() as work:
        document = locked_document(document_id, version)
        if document.state == 'void':
            touch(document, work, deleted_at=work.at)
            announce(InvoiceDeleted, document, work, actor)
        elif document.state != 'draft':
            void_invoice(document_id, actor=actor, hide=True)
        else:
            _give_up_number(document, work)
            announce(InvoiceDeleted, document, work, actor)
            document.delete_instance()


def _give_up_number(document: Document, work: Work) -> None:
    """A reserved number that no document will carry must be explained by the audit (G-5)."""
    if document.number_value is None or document.number_year is None:
        return
    claimed = numbering.Claimed('INV', document.number_year, document.number_value)
    value = document.number_value
    numbering.note_skip(claimed, value, value, 'draft_deleted', document.number or '', work.at)
