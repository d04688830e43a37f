"""/v3: invoices and payments. Drafts are nobody's business; what was voided stays visible."""

import datetime as dt
import typing

import msgspec

from karvo.billing.operations.payments import record_payment
from karvo.billing.reads import list_payments, read_payment
from karvo.billing.schemas import NewAllocation, NewPayment
from karvo.invoices.published import PublishedInvoice, published_invoice, published_invoices
from karvo.kit.actor import Actor
from karvo.kit.errors import invalid, not_found
from karvo.kit.http import Resource, endpoint, found
from karvo.kit.origin import Site
from karvo.settings.reads import read_settings
from plugins.karbon.dialect import dialect
from plugins.karbon.odata import (
    KEPT,
    Expanding,
    Options,
    Paging,
    chosen,
    next_link,
    selected,
    with_lines,
)
from plugins.karbon.wire import (
    METHODS,
    InvoicePage,
    InvoiceRecord,
    ManualPaymentIn,
    PaymentPage,
    PaymentRecord,
    invoice_record,
    payment_record,
)

Record = dict[str, typing.Any]
EXPANDED = '(LineItems())'


class Invoices(Resource):
    """The list of what was approved."""

    dialect = dialect

    @endpoint(scope='invoices:read')
    def on_get(self, actor: Actor, query: Options, site: Site) -> InvoicePage:
        """List approved invoices: ordered, filtered by InvoiceStatus, window by window."""
        is_whole, members = with_lines(query.expand), chosen(query.select, InvoiceRecord)
        filters = {'stages': query.stages}
        rows, total = published_invoices(filters, query.slice, with_lines=is_whole)
        instructions = read_settings().payment_instructions
        shown = [selected(_record(row, instructions), members) for row in rows]
        name = 'Invoices' + (EXPANDED if is_whole else '')
        return typing.cast(InvoicePage, _page(site, name, shown, total, query))


class Invoice(Resource):
    """One of them."""

    dialect = dialect

    @endpoint(scope='invoices:read')
    def on_get(self, actor: Actor, invoice_key: str, query: Expanding, site: Site) -> InvoiceRecord:
        """Get one invoice; `$expand=LineItems` adds its lines."""
        is_whole, members = with_lines(query.expand), chosen(query.select, InvoiceRecord)
        row = found(published_invoice(invoice_key, with_lines=is_whole), 'Invoice')
        name = 'Invoices' + (EXPANDED if is_whole else '') + '/$entity'
        record = _record(row, read_settings().payment_instructions)
        whole = {'@odata.context': _context(site, name), **record}
        return typing.cast(InvoiceRecord, selected(whole, members))


class Payments(Resource):
    """Money received."""

    dialect = dialect

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, query: Paging, site: Site) -> PaymentPage:
        """List payments, newest first."""
        rows, total = list_payments({'status': ['posted']}, query.window)
        shown = [_built(payment_record(row)) for row in rows]
        return typing.cast(PaymentPage, _page(site, 'Payments', shown, total, query))


class ManualPayments(Resource):
    """Money that was received elsewhere."""

    dialect = dialect
    fields: typing.ClassVar[dict[str, str]] = {
        'amount': 'TotalAmount',
        'date': 'PaymentDate',
        'method': 'PaymentMethod',
    }

    @endpoint(scope='billing:write', status=201)
    def on_post(self, actor: Actor, body: ManualPaymentIn, site: Site) -> PaymentRecord:
        """Record a payment of one invoice."""
        invoice = published_invoice(body.invoice_key)
        if invoice is None:
            raise not_found('Invoice')
        new = NewPayment(
            amount=body.total_amount,
            date=_day(body.payment_date),
            method=METHODS[body.payment_method],
            allocations=[NewAllocation(invoice_id=invoice.id)],
        )
        payment = found(read_payment(record_payment(new, actor=actor)), 'Payment')
        record = _built(payment_record(payment))
        whole = {'@odata.context': _context(site, 'ManualPayments/$entity'), **record}
        return typing.cast(PaymentRecord, whole)


def _day(given: str) -> dt.date:
    """The date of an OData instant, whatever its time. Raises Invalid."""
    try:
        return dt.date.fromisoformat(given[:10])
    except ValueError:
        raise invalid(PaymentDate='must be a date') from None


def _record(row: PublishedInvoice, instructions: str) -> Record:
    return _built(invoice_record(row, instructions))


def _built(record: msgspec.Struct) -> Record:
    return typing.cast(Record, msgspec.to_builtins(record, builtin_types=KEPT))


def _context(site: Site, name: str) -> str:
    return f'{site.origin}{dialect.prefix}/$metadata#{name}'


def _page(site: Site, name: str, shown: list[Record], total: int, query: Paging) -> Record:
    page: Record = {'@odata.context': _context(site, name), '@odata.count': total}
    window = query.window
    following = window.offset + window.limit
    if window.limit and following < total:
        url = f'{site.origin}{site.path}'
        page['@odata.nextLink'] = next_link(url, site.query, following, window.limit)
    return {**page, 'value': shown}


routes: list[tuple[str, Resource]] = [
    ('/Invoices', Invoices()),
    ('/Invoices/{invoice_key}', Invoice()),
    ('/Payments', Payments()),
    ('/ManualPayments', ManualPayments()),
]
