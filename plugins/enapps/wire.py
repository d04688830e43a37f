"""Enapps' shapes: flat rows, dates as YYYY-MM-DD, amounts in dollars."""

import datetime as dt
import typing
from collections.abc import Callable
from decimal import Decimal

import msgspec
from msgspec import Meta

from karvo.customers.schemas import Customer
from karvo.invoices.published import PublishedInvoice, line_taxes, pdf_path
from karvo.invoices.schemas import LineRead
from karvo.kit.errors import invalid
from karvo.kit.fields import Id

Row = dict[str, typing.Any]
PageNumber = typing.Annotated[int, Meta(ge=1, le=10_000_000)]


class Paged(msgspec.Struct, kw_only=True):
    """Which page, from 1, and which fields beyond the usual ones.

    `additional_fields`: repeated, a comma list, or a JSON array.
    """

    page: PageNumber = 1
    additional_fields: list[str] | str = ''

    def more(self, known: typing.Collection[str]) -> list[str]:
        """Raises Invalid for a field that there is not."""
        given = self.additional_fields
        if isinstance(given, str) and given.lstrip().startswith('['):
            try:
                given = msgspec.json.decode(given, type=list[str])
            except msgspec.DecodeError:
                raise invalid(additional_fields='is no JSON array of names') from None
        texts = [given] if isinstance(given, str) else given
        names = [name.strip() for text in texts for name in text.split(',') if name.strip()]
        for name in names:
            if name not in known:
                raise invalid(additional_fields=f'does not know {name}')
        return names


class InvoicesQuery(Paged, kw_only=True):
    """Whose invoices; `invoice_date`: of that day and later."""

    one: Id | None = msgspec.field(default=None, name='_id')
    partner_id: Id | None = None
    invoice_date: dt.date | None = None


class LinesQuery(Paged, kw_only=True):
    """Of which invoice."""

    invoice_id: Id


class PartnersQuery(Paged, kw_only=True):
    """Which partners; `write_date` and `create_date`: since then."""

    one: Id | None = msgspec.field(default=None, name='_id')
    crm_type: typing.Literal['customer', 'prospect'] | None = None
    ref: str | None = None
    website: str | None = None
    write_date: dt.date | None = None
    create_date: dt.date | None = None


class LogIn(msgspec.Struct, kw_only=True):
    """A person's log-in name and password."""

    login: str
    password: str


class AccessOut(msgspec.Struct, kw_only=True):
    """A token for `Authorization: Bearer`; `expires_in` in seconds. `token` is the same."""

    access_token: str
    token: str
    expires_in: int


class InvoiceRow(msgspec.Struct, kw_only=True):
    """An invoice. `reference` is the customer's own, '' for none."""

    id: int
    number: str | None
    partner_id: int
    address_invoice_id: int
    payment_term: str
    reference: str
    currency: str
    invoice_date: dt.date
    due_date: dt.date
    state: typing.Literal['paid', 'unpaid']
    total_net: Decimal
    total_gross: Decimal
    amount_tax: Decimal


class LineRow(msgspec.Struct, kw_only=True):
    """A line; `product_id` is [id, name], `parameters` are those of a variant."""

    id: int
    invoice_id: int
    product_id: tuple[int, str] | None
    parameters: list[tuple[str, str]]
    quantity: int | Decimal  #: an integer where it is whole
    description: str
    price_unit: Decimal
    line_total: Decimal
    tax_name: str


class PartnerRow(msgspec.Struct, kw_only=True):
    """A partner."""

    id: int
    ref: str
    name: str
    crm_type: typing.Literal['customer', 'prospect']
    write_date: dt.datetime
    create_date: dt.datetime


def invoice_row(row: PublishedInvoice) -> InvoiceRow:
    """Enapps' shape of it. Addresses have no rows of their own here: it is the partner's id."""
    return InvoiceRow(
        id=row.id,
        number=row.number,
        partner_id=row.party_id,
        address_invoice_id=row.party_id,
        payment_term=row.term,
        reference=row.po_reference or '',
        currency=row.currency,
        invoice_date=row.date,
        due_date=row.due_date,
        state='paid' if row.stage == 'paid' else 'unpaid',
        total_net=row.subtotal,
        total_gross=row.total,
        amount_tax=row.tax_total,
    )


#: what may be asked of an invoice beyond its row, by the names of `additional_fields`; `pdf_url`
#: is an address of se-erp/v2, so it wants that API's credential (X-SE-ERP-Key), not Bearer
MORE: dict[str, Callable[[PublishedInvoice], typing.Any]] = {
    'state_detail': lambda row: row.status,
    'balance': lambda row: row.balance,
    'amount_paid': lambda row: row.total - row.balance,
    'po_reference': lambda row: row.po_reference,
    'customer_name': lambda row: row.customer_name,
    'ship_to': lambda row: row.ship_to,
    'notes': lambda row: row.notes,
    'sent_at': lambda row: row.sent_at,
    'write_date': lambda row: row.updated_at,
    'create_date': lambda row: row.created_at,
    'pdf_url': lambda row: pdf_path(row.id),
}
MORE_OF_LINES: dict[str, Callable[[LineRead], typing.Any]] = {
    'sku': lambda line: line.sku,
    'uom': lambda line: line.uom,
    'discount_pct': lambda line: line.discount_pct,
}


def line_row(row: PublishedInvoice, line: LineRead, names: dict[int, str]) -> LineRow:
    """`names` of the products by their ids."""
    product = line.product_id
    return LineRow(
        id=line.id,
        invoice_id=row.id,
        product_id=(product, names.get(product, line.description)) if product else None,
        parameters=[],
        quantity=int(line.qty) if line.qty == int(line.qty) else line.qty.normalize(),
        description=line.description,
        price_unit=line.unit_price,
        line_total=line.line_total,
        tax_name=' + '.join(tax.code for tax in line_taxes(row, line)),
    )


def partner_row(customer: Customer) -> PartnerRow:
    """Enapps' shape of it."""
    return PartnerRow(
        id=customer.id,
        ref=customer.code,
        name=customer.name,
        crm_type='customer',
        write_date=customer.updated_at,
        create_date=customer.created_at,
    )
