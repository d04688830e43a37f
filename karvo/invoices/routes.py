"""/invoices of se-erp/v2. Money and shipments lie above invoices; they meet here, at the edge."""

import datetime as dt
import operator
import typing

import msgspec
from msgspec import Meta

from karvo.backorders.reads import BACKORDERED
from karvo.billing.operations.invoices import MoneyChange, change_invoice
from karvo.billing.operations.settle import write_off
from karvo.claims.reads import OF_INVOICE
from karvo.customers.reads import customer_by_id
from karvo.invoices.answers import (
    Attached,
    created_answer,
    invoice_answer,
    invoices_answer,
    search_answer,
    shown,
)
from karvo.invoices.audit import NumberAudit, audit_numbers
from karvo.invoices.documents import form_of, invoice_pdf
from karvo.invoices.operations.change import (
    delete_invoice,
    duplicate_invoice,
    post_invoice,
    revise_draft,
    send_invoice,
    void_invoice,
)
from karvo.invoices.operations.create import create_invoice
from karvo.invoices.reads import DOCUMENT_LINES, read_document, read_printed
from karvo.invoices.schemas import LineRead
from karvo.invoices.wire import (
    FIELDS,
    InvoiceChangeIn,
    InvoiceIn,
    InvoiceOut,
    LineOut,
    changed_frozen,
    draft_changes,
    free_change,
    line_out,
    new_invoice,
)
from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, invalid
from karvo.kit.fields import Id, Line, Money, Short
from karvo.kit.http import Deleted, Page, Ready, Resource, endpoint, found
from karvo.kit.links import Link, Links
from karvo.kit.paging import ListQuery, PageNumber, PerPage
from karvo.kit.printed import Pdf, PrintQuery, pdf_reply
from karvo.kit.text import fold, like
from karvo.se_erp import se_erp
from karvo.settings.reads import business_date, read_settings
from karvo.shipments.reads import SHIPPED, SHIPPED_JOIN

STATUSES = ('draft', 'unpaid', 'partial', 'paid', 'overdue', 'void', 'written_off')
_INCLUDED = ('lines', 'payments', 'credits')
_ATTACHED = Attached(columns=', '.join((SHIPPED, BACKORDERED, OF_INVOICE)), joins=SHIPPED_JOIN)
ADMIN = 'settings:write'  #: who may see deleted records (G-12)

LINKS = Links(
    collection='/invoices',
    links=(
        Link(
            rel='customer',
            href='/customers/{customer_id}',
            batch='/customers?include={ids}',
            key='customer_id',
        ),
        Link(rel='lines', href='/invoices/{id}/lines', is_many=True, member='lines'),
        Link(
            rel='payments',
            href='/billing/payments?invoice_id={id}',
            is_many=True,
            batch='/billing/payments?invoice_id={ids}',
            match='allocations.invoice_id',
        ),
        Link(
            rel='shipments',
            href='/shipments?invoice_id={id}',
            is_many=True,
            batch='/shipments?invoice_id={ids}',
            match='lines.invoice_id',
        ),
    ),
)


class InvoiceQuery(ListQuery, kw_only=True):
    """Filters of the list (INV-10)."""

    customer_code: Short | None = None
    customer_id: Id | None = None
    status: Line | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    due_from: dt.date | None = None
    due_to: dt.date | None = None
    min_total: Money | None = None
    max_total: Money | None = None
    sku: Short | None = None
    po_reference: Line | None = None
    source: Short | None = None
    shipped: bool | None = None
    include: Line | None = None
    include_deleted: bool = False


class SearchQuery(msgspec.Struct, kw_only=True):
    """What to look for."""

    q: typing.Annotated[str, Meta(max_length=200)]
    page: PageNumber = 1
    per_page: PerPage = 25


class AuditQuery(msgspec.Struct, kw_only=True):
    """Which series; this year when absent."""

    series: Short = 'INV'
    year: typing.Annotated[int, Meta(ge=1990, le=9999)] | None = None


class SendIn(msgspec.Struct, kw_only=True):
    """To whom; `mark_only` sends nothing."""

    email: Line | None = None
    mark_only: bool = False


class WriteOffIn(msgspec.Struct, kw_only=True):
    """Why, and when: not before the invoice; today when absent."""

    reason: typing.Annotated[str, Meta(min_length=1, max_length=200)]
    date: dt.date | None = None


class DuplicateIn(msgspec.Struct, kw_only=True):
    """The new draft's date; today when absent."""

    date: dt.date | None = None


def read_invoice(
    document_id: int,
    actor: Actor,
    warnings: list[str] | None = None,
    with_deleted: bool = False,
) -> Ready[InvoiceOut]:
    """One invoice with everything that hangs on it."""
    answer = invoice_answer(document_id, actor.language, _ATTACHED, warnings, with_deleted)
    return found(answer, 'Invoice')


def invoice_page(
    query: InvoiceQuery, actor: Actor, customer_id: int | None = None
) -> Ready[Page[InvoiceOut]]:
    """The list, also as one customer's invoices."""
    included = set(paging.choices(query.include, _INCLUDED, 'include') or [])
    given = zip(_PLAIN, _plain_values(query), strict=True)
    filters: dict[str, typing.Any] = {name: value for name, value in given if value is not None}
    if 'credits' in included:
        filters['types'] = ['invoice', 'credit_note']
    else:
        filters['type'] = 'invoice'
    if query.include_deleted:
        actor.require(ADMIN)
    else:
        filters['visible'] = True
    if customer_id:
        filters['customer_id'] = customer_id
    if query.status:
        filters['status'] = paging.choices(query.status, STATUSES, 'status')
    if query.search:
        filters['search'] = like(query.search)
    return invoices_answer(filters, paging.page_asked(query), actor.language, included)


_PLAIN = ('customer_code', 'customer_id', 'date_from', 'date_to', 'due_from', 'due_to') + (
    'min_total',
    'max_total',
    'sku',
    'po_reference',
    'source',
    'updated_since',
    'shipped',
)
_plain_values = operator.attrgetter(*_PLAIN)


class Invoices(Resource):
    """All invoices."""

    dialect = se_erp
    fields = FIELDS
    links = LINKS

    @endpoint(scope='invoices:read')
    def on_get(self, actor: Actor, query: InvoiceQuery) -> Ready[Page[InvoiceOut]]:
        """List invoices with filters (date, customer, status)."""
        return invoice_page(query, actor)

    @endpoint(scope='invoices:write', status=201)
    def on_post(self, actor: Actor, body: InvoiceIn) -> Ready[InvoiceOut]:
        """Create an invoice with optional line items; posted unless `status` is draft."""
        created = create_invoice(new_invoice(body), actor=actor, shown=shown(actor.language))
        if body.status == 'void':
            void_invoice(created.id, actor=actor)
            return read_invoice(created.id, actor, created.warnings)
        return created_answer(created.answer or b'', created.warnings)


class OneInvoice(Resource):
    """One invoice."""

    dialect = se_erp
    fields = FIELDS
    links = LINKS

    @endpoint(scope='invoices:read')
    def on_get(self, actor: Actor, id: int) -> Ready[InvoiceOut]:
        """Get invoice with lines, shipment, and payments."""
        return read_invoice(id, actor)

    @endpoint(scope='invoices:write')
    def on_put(
        self, actor: Actor, id: int, body: InvoiceChangeIn, version: int | None
    ) -> Ready[InvoiceOut]:
        """Update invoice status, balance, or metadata; a draft entirely."""
        row = found(read_document(id), 'Invoice')
        warnings = None
        if row.state == 'draft' and (changes := draft_changes(body)):
            warnings = revise_draft(id, changes, actor=actor, version=version)
            version = None
        elif row.state != 'draft' and (names := changed_frozen(body, row)):
            raise Conflict(
                'posted invoice cannot be changed; issue a credit note',
                fields=dict.fromkeys(names, 'is frozen'),
            )
        change_invoice(id, free_change(body), _money(body), actor=actor, version=version)
        return read_invoice(id, actor, warnings)

    @endpoint(scope='invoices:write')
    def on_delete(self, actor: Actor, id: int, version: int | None) -> Deleted:
        """Delete an invoice record: a draft is removed, a posted one voided."""
        delete_invoice(id, actor=actor, version=version)
        return Deleted(True, id)


def _money(body: InvoiceChangeIn) -> MoneyChange:
    return MoneyChange(
        status=body.status,
        balance=body.balance,
        method=body.method,
        payment_date=body.payment_date,
        adjustment_reason=body.adjustment_reason,
        void_reason=body.void_reason,
    )


class CustomerInvoices(Resource):
    """The invoices of one customer."""

    dialect = se_erp
    links = LINKS

    @endpoint(scope='invoices:read')
    def on_get(self, actor: Actor, id: int, query: InvoiceQuery) -> Ready[Page[InvoiceOut]]:
        """List invoices for a specific customer."""
        found(customer_by_id(id), 'Customer')
        return invoice_page(query, actor, customer_id=id)


class Lines(Resource):
    """The lines of an invoice."""

    dialect = se_erp

    @endpoint(scope='invoices:read')
    def on_get(self, actor: Actor, id: int, query: ListQuery) -> Page[LineOut]:
        """List line items for an invoice."""
        found(read_document(id), 'Invoice')
        rows, total = DOCUMENT_LINES.read(LineRead, {'document_id': id}, paging.slice_of(query))
        return paging.page_of(query, [line_out(row) for row in rows], total)


class Search(Resource):
    """Search."""

    dialect = se_erp
    links = LINKS

    @endpoint(scope='invoices:read')
    def on_get(self, actor: Actor, query: SearchQuery) -> Ready[Page[InvoiceOut]]:
        """Full-text search across invoice numbers and names."""
        q = query.q.strip()
        if len(fold(q)) < 2:
            raise invalid(q='must have at least 2 characters')
        part = ListQuery(page=query.page, per_page=query.per_page)
        return search_answer(q, like(q), paging.page_asked(part), actor.language)


class Audit(Resource):
    """The number audit."""

    dialect = se_erp

    @endpoint(scope='invoices:read')
    def on_get(self, actor: Actor, query: AuditQuery) -> NumberAudit:
        """Every number of a series explained (G-5)."""
        year = query.year or business_date(read_settings()).year
        return audit_numbers(query.series.upper(), year)


class Post(Resource):
    """Posting a draft."""

    dialect = se_erp

    @endpoint(scope='invoices:write')
    def on_post(self, actor: Actor, id: int, version: int | None) -> Ready[InvoiceOut]:
        """Post a draft: entry, number, event."""
        post_invoice(id, actor=actor, version=version)
        return read_invoice(id, actor)


class Send(Resource):
    """Sending."""

    dialect = se_erp

    @endpoint(scope='invoices:write')
    def on_post(self, actor: Actor, id: int, body: SendIn) -> Ready[InvoiceOut]:
        """Mail the invoice to the customer, the PDF with it; `mark_only` only notes it as sent."""
        send_invoice(id, actor=actor, email=body.email, mark_only=body.mark_only)
        return read_invoice(id, actor)


class Paper(Resource):
    """Printing."""

    dialect = se_erp

    @endpoint(scope='invoices:read')
    def on_get(self, actor: Actor, id: int, query: PrintQuery) -> Pdf:
        """An invoice as PDF, in French, English or both."""
        row = found(read_printed(id, 'invoice'), 'Invoice')
        form = form_of(row, query.lang)
        return pdf_reply(invoice_pdf(row, form), row.number or f'draft-{id}', form)


class WriteOff(Resource):
    """Writing off."""

    dialect = se_erp

    @endpoint(scope='invoices:write')
    def on_post(self, actor: Actor, id: int, body: WriteOffIn) -> Ready[InvoiceOut]:
        """Write the balance off as a bad debt."""
        write_off(id, body.reason, body.date, actor=actor)
        return read_invoice(id, actor)


class Duplicate(Resource):
    """Duplicating."""

    dialect = se_erp

    @endpoint(scope='invoices:write', status=201)
    def on_post(self, actor: Actor, id: int, body: DuplicateIn) -> Ready[InvoiceOut]:
        """A draft with the same customer and lines."""
        created = duplicate_invoice(id, body.date, actor=actor)
        return read_invoice(created.id, actor, created.warnings)


routes = [
    ('/invoices', Invoices()),
    ('/invoices/search', Search()),
    ('/invoices/number-audit', Audit()),
    ('/invoices/{id:int}', OneInvoice()),
    ('/invoices/{id:int}/lines', Lines()),
    ('/invoices/{id:int}/post', Post()),
    ('/invoices/{id:int}/send', Send()),
    ('/invoices/{id:int}/pdf', Paper()),
    ('/invoices/{id:int}/write-off', WriteOff()),
    ('/invoices/{id:int}/duplicate', Duplicate()),
    ('/customers/{id:int}/invoices', CustomerInvoices()),
]
