"""/billing of se-erp/v2."""

import pathlib
import typing

from karvo.billing.documents import form_of as statement_form
from karvo.billing.documents import statement_sheet
from karvo.billing.operations.credits import issue_credit
from karvo.billing.operations.payments import only_invoice, record_payment, void_payment
from karvo.billing.reads import (
    WHOLE,
    list_payments,
    netted_aging,
    read_aging,
    read_payment,
)
from karvo.billing.schemas import (
    Method,
    NewAllocation,
    NewCredit,
    NewPayment,
)
from karvo.billing.statements import Statement, period_of, read_account, read_statement
from karvo.billing.wire import (
    CREDIT_LINKS,
    PAYMENT_LINKS,
    Aging,
    AgingQuery,
    CreditIn,
    CreditOut,
    CreditQuery,
    PaymentIn,
    PaymentOut,
    PaymentQuery,
    StatementQuery,
    credit_out,
    payment_out,
)
from karvo.invoices.documents import credit_sheet, form_of
from karvo.invoices.reads import document_listing, read_document, read_printed
from karvo.invoices.schemas import Invoice
from karvo.invoices.wire import (
    FIELDS,
    given_taxes,
    new_line,
)
from karvo.kit import paging, pdf
from karvo.kit.actor import Actor
from karvo.kit.http import Deleted, Page, Ready, Reply, Resource, endpoint, found
from karvo.kit.outbox import as_json
from karvo.kit.printed import Pdf, PrintQuery, languages_header, pdf_reply
from karvo.kit.text import like
from karvo.se_erp import se_erp
from karvo.settings.reads import today_params

CREDIT_STATUSES = {'open': 'unpaid', 'applied': 'paid', 'void': 'void'}
TEMPLATES = pathlib.Path(__file__).parent / 'templates'
METHODS = typing.get_args(Method)
_CREDITS = document_listing(
    filters={
        'credit_status': """(CASE WHEN d.state = 'void' THEN 'void'
      WHEN d.balance > 0 THEN 'open' ELSE 'applied' END) = ANY(%(credit_status)s)"""
    }
)


class AgingReport(Resource):
    """Accounts receivable by age."""

    dialect = se_erp

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, query: AgingQuery) -> Ready[Aging]:
        """AR aging report (current, 30, 60, 90+ days)."""
        asked = paging.page_asked(query)
        part = WHOLE if query.net_credits else asked.slice
        found = read_aging(query.as_of, query.basis, query.customer_code, query.detail, part)
        if query.net_credits:
            found = netted_aging(found, asked.slice)
        said = {'as_of': found.as_of, 'basis': query.basis, 'currency': found.settings.currency}
        page = paging.ready_page((str(found.total).encode(), found.rows), asked)
        rest = as_json(said).encode()[1:-1] + b',"summary":' + found.summary
        page.body = page.body[:-1] + b',' + rest + b'}'
        return page


class Payments(Resource):
    """All payments."""

    dialect = se_erp
    links = PAYMENT_LINKS
    fields = FIELDS

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, query: PaymentQuery) -> Page[PaymentOut]:
        """List payments."""
        names = ('customer_code', 'invoice_no', 'date_from', 'date_to', 'updated_since')
        filters: dict[str, typing.Any] = {name: getattr(query, name) for name in names}
        filters |= {
            'invoice_id': query.invoice_id or None,
            'status': paging.choices(query.status, ('posted', 'void'), 'status'),
            'method': paging.choices(query.method, METHODS, 'method'),
            'search': like(query.search) if query.search else None,
        }
        rows, total = list_payments(filters, paging.slice_of(query))
        return paging.page_of(query, [payment_out(row) for row in rows], total)

    @endpoint(scope='billing:write', status=201)
    def on_post(self, actor: Actor, body: PaymentIn) -> PaymentOut:
        """Record a payment against an invoice."""
        one = only_invoice(body.invoice_id, body.invoice_no)
        parts = [
            NewAllocation(invoice_id=a.invoice_id, number=a.invoice_no, amount=a.amount)
            for a in body.allocations
        ]
        new = NewPayment(
            amount=body.amount,
            allocations=one or parts,
            customer=body.customer_code,
            date=body.date or body.payment_date,
            method=body.method,
            reference=body.reference,
            notes=body.notes,
            external_id=body.external_id,
            metadata=body.metadata or {},
            allow_overpayment=body.allow_overpayment,
        )
        return _payment(record_payment(new, actor=actor))


class OnePayment(Resource):
    """One payment."""

    dialect = se_erp
    links = PAYMENT_LINKS
    fields = FIELDS

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, id: int) -> PaymentOut:
        """Get a payment with its allocations."""
        return _payment(id)

    @endpoint(scope='billing:write')
    def on_delete(self, actor: Actor, id: int, version: int | None) -> Deleted:
        """Void a payment: its invoices are owed again."""
        void_payment(id, actor=actor, version=version)
        return Deleted(True, id)


def _payment(payment_id: int) -> PaymentOut:
    return payment_out(found(read_payment(payment_id), 'Payment'))


class Credits(Resource):
    """All credit notes."""

    dialect = se_erp
    links = CREDIT_LINKS
    fields = FIELDS

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, query: CreditQuery) -> Page[CreditOut]:
        """List credit notes."""
        names = ('customer_code', 'date_from', 'date_to', 'updated_since')
        filters: dict[str, typing.Any] = {name: getattr(query, name) for name in names}
        filters |= {
            'credit_status': paging.choices(query.status, CREDIT_STATUSES, 'status'),
            'original_no': query.invoice_no,
            'search': like(query.search) if query.search else None,
            'type': 'credit_note',
            'visible': True,
            **today_params(),
        }
        rows, total = _CREDITS.read(Invoice, filters, paging.slice_of(query))
        return paging.page_of(query, [credit_out(row) for row in rows], total)

    @endpoint(scope='billing:write', status=201)
    def on_post(self, actor: Actor, body: CreditIn) -> CreditOut:
        """Issue a credit note."""
        new = NewCredit(
            reason=body.reason,
            customer=body.customer_code,
            invoice_id=body.invoice_id,
            invoice_number=body.invoice_no,
            number=body.credit_no,
            date=body.date,
            lines=[new_line(line) for line in body.lines],
            subtotal=body.subtotal,
            total=body.total,
            amount=body.amount,
            taxes=given_taxes(body),
            notes=body.notes,
            metadata=body.metadata or {},
        )
        return _credit(issue_credit(new, actor=actor).id)


class OneCredit(Resource):
    """One credit note."""

    dialect = se_erp
    links = CREDIT_LINKS

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, id: int) -> CreditOut:
        """Get a credit note with its lines."""
        return _credit(id)


class CreditPaper(Resource):
    """Printing."""

    dialect = se_erp

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, id: int, query: PrintQuery) -> Pdf:
        """A credit note as PDF, in French, English or both."""
        row = found(read_printed(id, 'credit_note'), 'Credit note')
        form = form_of(row, query.lang)
        body = pdf.compile(TEMPLATES / 'credit_note.typ', credit_sheet(row, form), row.date)
        return pdf_reply(body, row.number or f'credit-{id}', form)


def _credit(credit_id: int) -> CreditOut:
    return credit_out(found(read_document(credit_id, 'credit_note'), 'Credit note'))


class AccountStatement(Resource):
    """What happened on a customer's account."""

    dialect = se_erp

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, id: int, query: StatementQuery) -> Statement | Pdf:
        """Statement of account: opening, movements, closing, aging; JSON or PDF."""
        account = found(read_account(id), 'Customer')
        period = period_of(query.from_date, query.to_date, account.today)
        form = statement_form(account, query.lang)
        statement = read_statement(account, period, form)
        if query.format == 'json':
            return Reply(statement, languages_header(form))
        sheet = statement_sheet(account, statement, form)
        body = pdf.compile(TEMPLATES / 'statement.typ', sheet, period.end)
        return pdf_reply(body, f'statement-{account.customer.code}-{period.end}', form)


routes = [
    ('/customers/{id:int}/statement', AccountStatement()),
    ('/billing/aging', AgingReport()),
    ('/billing/payments', Payments()),
    ('/billing/payments/{id:int}', OnePayment()),
    ('/billing/credits', Credits()),
    ('/billing/credits/{id:int}', OneCredit()),
    ('/billing/credits/{id:int}/pdf', CreditPaper()),
]
