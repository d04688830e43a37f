"""/api/v1/invoices, /invoice_lines, /partners and /auth."""

import datetime as dt
import typing
from collections.abc import Callable, Mapping

import msgspec

from karvo.customers.reads import list_customers
from karvo.invoices.published import PublishedInvoice, published_invoices
from karvo.kit.actor import Actor
from karvo.kit.errors import Unauthenticated, missing
from karvo.kit.http import Reply, Resource, endpoint
from karvo.kit.origin import Site
from karvo.kit.paging import Slice
from karvo.products.reads import product_names
from plugins.enapps.dialect import dialect
from plugins.enapps.wire import (
    MORE,
    MORE_OF_LINES,
    AccessOut,
    InvoiceRow,
    InvoicesQuery,
    LineRow,
    LinesQuery,
    LogIn,
    PartnerRow,
    PartnersQuery,
    Row,
    invoice_row,
    line_row,
    partner_row,
)
from tenants.tokens import TOKEN_LIVES, issue_token

PER_PAGE = 100
PARTNERS_PER_PAGE = 1000
OLDEST_FIRST = 'id'
Source = typing.TypeVar('Source')


class Auth(Resource):
    """A person's token, got with the installation's secret key."""

    dialect = dialect

    @endpoint(scope='', is_write=False)
    def on_post(self, actor: Actor, body: LogIn) -> AccessOut:
        """Log in: an access token for a day, worth what both the key and the person may do."""
        if actor.kind != 'key':
            raise Unauthenticated('A secret key is needed')
        token = issue_token(body.login, body.password, actor=actor)
        return AccessOut(access_token=token, token=token, expires_in=TOKEN_LIVES)


class Invoices(Resource):
    """A partner's invoices."""

    dialect = dialect

    @endpoint(scope='invoices:read')
    def on_get(self, actor: Actor, query: InvoicesQuery, site: Site) -> list[InvoiceRow]:
        """List the invoices of a partner, 100 a page, oldest first."""
        if query.partner_id is None and query.one is None:
            raise missing('partner_id')
        more = query.more(MORE)
        filters = {
            'owed': True,
            'id': query.one,
            'customer_id': query.partner_id,
            'date_from': query.invoice_date,
        }
        rows, total = published_invoices(filters, _part(query.page, PER_PAGE))
        shown = [_with(invoice_row(row), row, more, MORE) for row in rows]
        for one in shown:
            if 'pdf_url' in one:
                one['pdf_url'] = site.origin + one['pdf_url']
        return typing.cast(list[InvoiceRow], _page(shown, total, query.page, PER_PAGE))


class InvoiceLines(Resource):
    """An invoice's lines."""

    dialect = dialect

    @endpoint(scope='invoices:read')
    def on_get(self, actor: Actor, query: LinesQuery) -> list[LineRow]:
        """List the lines of an invoice, 100 a page; of a draft, or of none, there are none."""
        more = query.more(MORE_OF_LINES)
        invoice = _owed(query.invoice_id)
        lines = invoice.lines or [] if invoice else []
        part = _part(query.page, PER_PAGE)
        wanted = lines[part.offset : part.offset + part.limit]
        names = product_names(line.product_id for line in wanted if line.product_id)
        shown = [
            _with(line_row(invoice, line, names), line, more, MORE_OF_LINES)
            for line in wanted
            if invoice
        ]
        return typing.cast(list[LineRow], _page(shown, len(lines), query.page, PER_PAGE))


class Partners(Resource):
    """Whom invoices are for."""

    dialect = dialect

    @endpoint(scope='customers:read')
    def on_get(self, actor: Actor, query: PartnersQuery) -> list[PartnerRow]:
        """List partners, 1000 a page; prospects are kept as leads, so none of these is one."""
        query.more(())
        filters = {
            'id': query.one,
            'code': query.ref,
            'website': query.website,
            'updated_since': _midnight(query.write_date),
            'created_since': _midnight(query.create_date),
        }
        part = _part(query.page, PARTNERS_PER_PAGE)
        is_any = query.crm_type != 'prospect'
        rows, total = list_customers(filters, part) if is_any else ([], 0)
        shown = [msgspec.structs.asdict(partner_row(row)) for row in rows]
        return typing.cast(list[PartnerRow], _page(shown, total, query.page, PARTNERS_PER_PAGE))


def _midnight(date: dt.date | None) -> dt.datetime | None:
    return dt.datetime.combine(date, dt.time(), dt.UTC) if date else None


def _owed(invoice_id: int) -> PublishedInvoice | None:
    filters = {'owed': True, 'id': invoice_id}
    rows, _ = published_invoices(filters, Slice(limit=1), with_lines=True)
    return rows[0] if rows else None


def _part(page: int, size: int) -> Slice:
    return Slice(limit=size, offset=(page - 1) * size, orderby=OLDEST_FIRST, order='asc')


def _with(
    shown: msgspec.Struct,
    source: Source,
    more: list[str],
    known: Mapping[str, Callable[[Source], typing.Any]],
) -> Row:
    return msgspec.structs.asdict(shown) | {name: known[name](source) for name in more}


def _page(shown: list[Row], total: int, page: int, size: int) -> Reply:
    headers = {
        'X-Total-Count': str(total),
        'X-Page': str(page),
        'X-Page-Count': str(-(-total // size)),
    }
    return Reply(shown, headers)


routes: list[tuple[str, Resource]] = [
    ('/auth', Auth()),
    ('/invoices', Invoices()),
    ('/invoice_lines', InvoiceLines()),
    ('/partners', Partners()),
]
