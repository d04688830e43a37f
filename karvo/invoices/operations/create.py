"""Recording an invoice (INV-1 to INV-6)."""

import contextlib
import datetime as dt
import operator
import typing
from decimal import Decimal

import msgspec

from karvo.customers.operations import check_metadata, create_customer
from karvo.customers.reads import customer_by_code, customer_by_id
from karvo.customers.schemas import Customer, CustomerChange
from karvo.customers.terms import Term, due_date, term_named
from karvo.invoices.context import Context, forget_context, kept_context, read_context
from karvo.invoices.operations.amounts import compute_amounts
from karvo.invoices.operations.posting import document_postings, post_document
from karvo.invoices.operations.storage import Shown, write_document
from karvo.invoices.schemas import (
    MOST_LINES,
    InvoiceCreated,
    InvoiceEvent,
    InvoicePosted,
    InvoiceSent,
    InvoiceSnapshot,
    NewInvoice,
    Totals,
)
from karvo.invoices.taxed import tax_columns
from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, Invalid, KarvoError, invalid, missing
from karvo.kit.last_statement import Write
from karvo.kit.text import fold
from karvo.kit.work import Work, atomic
from karvo.ledger.operations import check_open
from karvo.settings.schemas import Settings
from karvo.taxes.schemas import Jurisdiction

LONGEST_NUMBER = 64


class Created(typing.NamedTuple):
    """The outcome of recording a document."""

    id: int
    total: Decimal
    warnings: list[str]
    answer: bytes | None = None  #: as the dialect asked to be shown it


class Prepared(msgspec.Struct, kw_only=True):
    """A document whose every value is decided, not yet written."""

    context: Context
    party: Customer
    date: dt.date
    due_date: dt.date
    terms: str
    place: Jurisdiction
    totals: Totals
    number: str | None
    warnings: list[str]


def create_invoice(new: NewInvoice, *, actor: Actor, shown: Shown | None = None) -> Created:
    """Record an invoice, by default posted: entry, number, events (INV-2).

    `shown`: answer with the new document as this expression makes it, at no further statement.

    Raises Missing, Invalid (T-5, INV-4, INV-6), Conflict (duplicate number, locked period).
    """
    kept = _kept(new)
    if kept is not None:
        # Whatever is refused on old knowledge is asked again below.
        with contextlib.suppress(KarvoError):
            return _create(new, kept, actor, shown)
        forget_context(new.customer, new.customer_id)
    return _create(new, None, actor, shown)


def _kept(new: NewInvoice) -> Context | None:
    """What was read for the same customer before, where nothing else needs to be known.

    Not inside a transaction: a refused statement would end it.
    """
    if new.number or database.in_transaction():
        return None
    return kept_context(new.customer, new.customer_id)


def _create(new: NewInvoice, context: Context | None, actor: Actor, shown: Shown | None) -> Created:
    with atomic() as work:
        prepared = prepare(new, actor, context=context)
        write = _write(new, prepared, shown, work, actor)
    return Created(write.id, prepared.totals.total, prepared.warnings, write.answer)


def prepare(
    new: NewInvoice,
    actor: Actor,
    own_number: str | None = None,
    context: Context | None = None,
) -> Prepared:
    """Check and compute everything; `own_number` is the draft's own when it is revised.

    `context` where it is known already.
    """
    _check_shape(new)
    number = _number(new.number)
    asked = None if number and number == own_number else number
    context = context or read_context('invoice', new.customer, new.customer_id, asked)
    if context.is_number_taken:
        raise Conflict(f'invoice_no {number} exists already', code='erp_duplicate')
    party = context.party or _auto_customer(new, context, actor)
    if party.deleted_at:
        raise invalid(customer='not found')
    date = checked_date('date', new.date or context.today, context.today)
    if new.status != 'draft':
        check_open(context.books.settings, date)
    check_currency(new.currency, party, context)
    terms, due = _due(new, party, context, date)
    amounts = compute_amounts(new, party, context, date)
    return Prepared(
        context=context,
        party=party,
        date=date,
        due_date=due,
        terms=terms,
        place=amounts.place,
        totals=amounts.totals,
        number=number,
        warnings=amounts.warnings + _credit_warnings(amounts.totals, party, context),
    )


def _check_shape(new: NewInvoice) -> None:
    if not new.customer and new.customer_id is None:
        raise missing('customer')
    if len(new.lines) > MOST_LINES:
        raise invalid(lines=f'must be at most {MOST_LINES}')
    check_metadata(new.metadata)


def _number(text: str | None) -> str | None:
    number = (text or '').strip()
    if len(number) > LONGEST_NUMBER:
        raise invalid(number=f'must have at most {LONGEST_NUMBER} characters')
    return number or None


def _auto_customer(new: NewInvoice, context: Context, actor: Actor) -> Customer:
    """INV-1: an unknown code with a name makes a customer, so that the API's own sample works."""
    if not new.customer or not new.customer_name or not _creates_customers(context):
        field = 'customer' if new.customer else 'customer_id'
        shown = 'customer_code' if new.customer else 'customer_id'
        raise Invalid(f'{shown} not found', fields={field: 'not found'})
    change = CustomerChange(code=new.customer, name=new.customer_name)
    try:
        customer_id, _ = create_customer(change, actor=actor, is_auto=True)
        party = customer_by_id(customer_id)
    except Conflict:
        # Another request has made it since we looked.
        party = customer_by_code(new.customer)
        if party is None:
            raise
    assert party is not None
    return party


def _creates_customers(context: Context) -> bool:
    return context.books.settings.auto_create_customers


def checked_date(name: str, date: dt.date, today: dt.date) -> dt.date:
    """Raises Invalid for one that G-4 forbids."""
    if not clock.is_business_date(date, today):
        raise invalid(**{name: f'must be from {clock.EARLIEST} to {clock.latest(today)}'})
    return date


def check_currency(asked: str | None, party: Customer, context: Context) -> None:
    """Raises Invalid unless all is in the company's currency."""
    company = context.books.settings.currency
    for name, currency in (('currency', asked), ('customer', party.currency)):
        if currency and currency != company:
            raise Invalid(
                f'documents are in {company}, not {currency}',
                fields={name: f'must be in {company}'},
            )


def _due(new: NewInvoice, party: Customer, context: Context, date: dt.date) -> tuple[str, dt.date]:
    """(terms, due date): given, else the customer's, else the company's (INV-6)."""
    code = new.payment_terms or party.payment_terms or context.books.settings.default_payment_terms
    term: Term = context.term(code.upper()) or term_named(code.upper())
    due = new.due_date or due_date(term, date)
    if due < date:
        raise invalid(due_date='must not be before the date')
    return term.code, checked_date('due_date', due, max(context.today, date))


def _credit_warnings(totals: Totals, party: Customer, context: Context) -> list[str]:
    if not party.credit_limit or context.owed + totals.total <= party.credit_limit:
        return []
    if context.books.settings.enforce_credit_on_invoice:
        raise Conflict('the customer is over the credit limit', code='erp_credit_limit')
    return ['credit_limit_exceeded']


def header(new: NewInvoice, prepared: Prepared, at: dt.datetime) -> dict[str, typing.Any]:
    """The columns that a draft may still change."""
    party, totals, settings = prepared.party, prepared.totals, prepared.context.books.settings
    return {
        'party_id': party.id,
        'customer_code': party.code,
        'customer_name': party.name,
        'customer': _party_snapshot(party, settings),
        'date': prepared.date,
        'due_date': prepared.due_date,
        'payment_terms': prepared.terms,
        'currency': settings.currency,
        'fx_rate': Decimal(1),
        'subtotal': totals.subtotal,
        'discount_total': totals.discount_total,
        'tax_total': totals.tax_total,
        **tax_columns(totals.taxes),
        'total': totals.total,
        'balance': totals.total,
        'tax_source': totals.tax_source,
        'language': new.language or party.language or settings.language,
        'ship_to': new.ship_to or party.ship_to,
        'supply_country': prepared.place.country,
        'supply_province': prepared.place.province,
        'po_reference': new.po_reference,
        'notes': new.notes,
        'metadata': new.metadata,
        'source': new.source,
        'salesperson': new.salesperson or party.salesperson,
        'number': prepared.number,
        'search_text': fold(prepared.number, party.code, party.name, new.po_reference),
        'updated_at': at,
    }


_PARTY = ('code', 'name', 'email', 'phone', 'address1', 'address2', 'city', 'province') + (
    'postal_code',
    'country',
    'language',
    'gst_number',
    'qst_number',
    'tax_exempt',
)
_of_party = operator.attrgetter(*_PARTY)


def _party_snapshot(party: Customer, settings: Settings) -> dict[str, typing.Any]:
    shot: dict[str, typing.Any] = dict(zip(_PARTY, _of_party(party), strict=True))
    if party.interest_agreed_on:  # AR-8: a rate nobody agreed to is not owed
        shot['interest_rate_annual'] = party.interest_rate_annual or settings.interest_rate_annual
        shot['interest_agreed_on'] = party.interest_agreed_on
    return shot


def _write(
    new: NewInvoice, prepared: Prepared, shown: Shown | None, work: Work, actor: Actor
) -> Write:
    is_draft, is_sent = new.status == 'draft', new.status == 'sent'
    uid = ids.uid()
    claimed = work.claim_number('INV', prepared.number) if prepared.number else None
    values = header(new, prepared, work.at) | {
        'uid': uid,
        'key': ids.random_key(),
        'type': 'invoice',
        'state': 'draft' if is_draft else 'posted',
        'number_year': claimed.year if claimed else None,
        'number_value': claimed.value if claimed else None,
        'is_disputed': False,
        'sent_at': work.at if is_sent else None,
        'posted_at': None if is_draft else work.at,
        'version': 1,
        'created_at': work.at,
    }
    takes_number = not (is_draft or prepared.number)
    request = work.take_number('INV', prepared.date.year) if takes_number else None
    write = write_document(values, prepared.totals.lines, request, shown, prepared.context, work)
    if not is_draft:
        _post(write.id, prepared, work)
    number = request.token if request else prepared.number
    _announce(write.id, uid, number, values, work, actor)
    return write


def _post(document_id: int, prepared: Prepared, work: Work) -> None:
    totals = prepared.totals
    postings = document_postings(
        prepared.party.id, totals.total, totals.subtotal, totals.lines, totals.taxes
    )
    post_document(document_id, prepared.date, postings, work=work, memo=prepared.party.name)


_SHOT = tuple(
    [n for n in InvoiceSnapshot.__struct_fields__ if n not in ('id', 'invoice_no', 'customer_id')]
)
_of_values = operator.itemgetter(*_SHOT)


def _announce(
    document_id: int,
    uid: str,
    number: str | None,
    values: dict[str, typing.Any],
    work: Work,
    actor: Actor,
) -> None:
    shot = InvoiceSnapshot(
        id=document_id,
        invoice_no=number,
        customer_id=values['party_id'],
        **dict(zip(_SHOT, _of_values(values), strict=True)),
    )
    kinds: list[type[InvoiceEvent]] = [InvoiceCreated]
    if values['state'] == 'posted':
        kinds.append(InvoicePosted)
    if values['sent_at']:
        kinds.append(InvoiceSent)
    for kind in kinds:
        work.record(kind(id=document_id, uid=uid, object=shot), actor)
