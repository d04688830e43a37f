"""Invoices as other programs follow them: never a draft, with the client's card and a stage."""

import typing

import msgspec

from karvo.invoices.reads import COLUMNS, FILTERS, LINES, ORDERS, PAYMENT_STATUS, SOURCE
from karvo.invoices.schemas import Invoice, LineRead, TaxRead
from karvo.kit.paging import Listing, Slice
from karvo.se_erp import se_erp
from karvo.settings.reads import today_params
from karvo.taxes.compute import OWN_RATE, PST_LIKE

#: approved: nobody was told yet; awaiting: sent, or paid in part; paid; void
Stage = typing.Literal['approved', 'awaiting', 'paid', 'void']
STAGE = """(CASE WHEN d.state = 'void' THEN 'void'
  WHEN d.state = 'written_off' OR d.balance <= 0 THEN 'paid'
  WHEN d.balance < d.total OR d.sent_at IS NOT NULL THEN 'awaiting' ELSE 'approved' END)"""

CLIENT = f"""{STAGE} AS stage,
  (SELECT row_to_json(c) FROM (SELECT p.id, p.key, p.type, p.name, p.email, p.address1,
    p.address2, p.city, p.province, p.postal_code, p.country
    FROM @party p WHERE p.id = d.party_id) c) AS client,
  coalesce((SELECT m.name_en FROM @payment_term m WHERE m.code = d.payment_terms),
    d.payment_terms) AS term"""


class Client(msgspec.Struct, kw_only=True):
    """The customer as he is today."""

    id: int
    key: str
    type: str
    name: str
    email: str | None
    address1: str | None
    address2: str | None
    city: str | None
    province: str | None
    postal_code: str | None
    country: str | None


class PublishedInvoice(Invoice, kw_only=True):
    """An invoice that others may see. `term` is the name of its terms of payment."""

    stage: Stage
    client: Client
    term: str


def _listing(*sections: str) -> Listing:
    return Listing(
        columns=', '.join((COLUMNS, CLIENT, *sections)),
        source=SOURCE,
        where="d.type = 'invoice' AND d.state <> 'draft'",
        filters=FILTERS
        | {
            'key': 'd.key = %(key)s',
            'payment_status': f'{PAYMENT_STATUS} = ANY(%(payment_status)s)',
            'stages': f'{STAGE} = ANY(%(stages)s)',
            'owed': "d.state IN ('posted', 'written_off') AND d.deleted_at IS NULL",
        },
        orders=ORDERS | {'id': 'd.id'},
        default=('date', 'desc'),
        tiebreak='d.id',
    )


_BRIEF, _WHOLE = _listing(), _listing(LINES)


def published_invoices(
    filters: dict[str, typing.Any], part: Slice, *, with_lines: bool = False
) -> tuple[list[PublishedInvoice], int]:
    """(rows, total), one statement, voided ones too.

    Filters: those of invoices, and `key`, `stages` (a list of Stage), `payment_status` (a list of
    not_paid, partial, paid, written_off), `owed` (True: without what was voided or deleted).
    Orders: those of invoices, and `id`.
    """
    listing = _WHOLE if with_lines else _BRIEF
    return listing.read(PublishedInvoice, {**filters, **today_params()}, part)


def published_invoice(key: str, *, with_lines: bool = False) -> PublishedInvoice | None:
    """The one with this key; None for an unknown one and for a draft."""
    rows, _ = published_invoices({'key': key}, Slice(limit=1), with_lines=with_lines)
    return rows[0] if rows else None


def pdf_path(id: int) -> str:
    """Where an invoice is as a PDF: se-erp/v2's address, which wants that API's credential."""
    return f'{se_erp.prefix}/invoices/{id}/pdf'


def line_taxes(invoice: Invoice, line: LineRead) -> list[TaxRead]:
    """Those of the document's taxes that this line bears."""
    if line.tax_code != 'taxable':
        return []
    if line.tax_rate is not None:
        alone = [tax for tax in invoice.taxes if tax.rate == line.tax_rate * 100]
        return alone[:1]
    general = [tax for tax in invoice.taxes if not tax.code.startswith(OWN_RATE)]
    return [tax for tax in general if not (line.pst_exempt and tax.family in PST_LIKE)]
