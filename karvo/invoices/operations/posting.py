"""The entry of a document in the ledger (section 3's posting matrix) and its events."""

import datetime as dt
import typing
from decimal import Decimal

from karvo.invoices.models import Document
from karvo.invoices.schemas import InvoiceEvent, InvoiceSnapshot, Line
from karvo.kit.actor import Actor
from karvo.kit.work import Work
from karvo.ledger.operations import post_entry
from karvo.ledger.schemas import RECEIVABLE, SALES, NewEntry, Posting
from karvo.taxes.schemas import TaxLine


def document_postings(
    party_id: int,
    total: Decimal,
    subtotal: Decimal,
    lines: typing.Sequence[Line],
    taxes: typing.Sequence[TaxLine],
) -> list[Posting]:
    """Debit receivable, credit revenue per account and each tax. A credit note is the mirror."""
    revenue: dict[str, Decimal] = {}
    for line in lines:
        revenue[line.account] = revenue.get(line.account, Decimal(0)) + line.line_total
    revenue = revenue or {SALES: subtotal}
    credits = [Posting(account, credit=amount) for account, amount in sorted(revenue.items())]
    tax_credits = [Posting(t.account, credit=t.amount, tax_code=t.code) for t in taxes]
    return [Posting(RECEIVABLE, debit=total, party_id=party_id), *credits, *tax_credits]


def mirrored(postings: list[Posting]) -> list[Posting]:
    """The same with the sides swapped."""
    return [Posting(p.account, p.credit, p.debit, p.party_id, p.tax_code) for p in postings]


def post_document(
    document_id: int,
    date: dt.date,
    postings: list[Posting],
    *,
    work: Work,
    source: str = 'invoice',
    memo: str = '',
) -> None:
    """Post the entry of a document; one of 0.00 has none."""
    entry = NewEntry(
        date=date, journal='sales', memo=memo, source=(source, document_id), postings=postings
    )
    post_entry(entry, work=work)


def snapshot(document: Document, **changed: typing.Any) -> InvoiceSnapshot:
    """A document in an event."""
    values = {
        name: getattr(document, name)
        for name in InvoiceSnapshot.__struct_fields__
        if name not in ('invoice_no', 'customer_id')
    }
    values |= {'invoice_no': document.number, 'customer_id': document.party_id}
    return InvoiceSnapshot(**values | changed)


def announce(
    kind: type[InvoiceEvent],
    document: Document,
    work: Work,
    actor: Actor,
    previous: dict[str, typing.Any] | None = None,
    **changed: typing.Any,
) -> None:
    """Record an event of this document."""
    event = kind(
        id=document.id,
        uid=str(document.uid),
        object=snapshot(document, **changed),
        previous=previous or {},
    )
    work.record(event, actor)
