"""Karbon's shapes, members in its order, every one always there: null when empty."""

import datetime as dt
import hashlib
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from karvo.billing.schemas import Method, Payment
from karvo.invoices.published import Client, PublishedInvoice, line_taxes
from karvo.invoices.schemas import LineRead
from karvo.kit.fields import MoneyPositive, Short
from plugins.karbon.odata import STATUSES

NO_TAX = 'No Tax Set'
#: what a line was billed for; anything else is work, an Entity
KINDS = {'time': 'TimeEntry', 'expense': 'Expense'}
#: TimeEntry and Expense lines belong to whom they were done for
OF_CLIENT = ('TimeEntry', 'Expense')


class TaxLineItem(msgspec.Struct, rename='pascal', kw_only=True):
    """One tax of an invoice, in dollars."""

    tax_name: str
    tax_value: Decimal


class LineItem(msgspec.Struct, rename='pascal', kw_only=True):
    """One line; the amount before tax, the rate in percent of all its taxes together."""

    line_item_key: str
    billable_item_entity_key: str | None
    billable_item_type: str
    billable_item_entity_type: str | None
    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    tax_rate: Decimal
    tax_rate_name: str


class ClientOut(msgspec.Struct, rename='pascal', kw_only=True):
    """The customer."""

    client_key: str
    client_type: typing.Literal['Organization', 'Contact']
    name: str
    address_line: str | None
    city: str | None
    state_province_county: str | None
    zip_code: str | None
    country: str | None
    email_address: str | None


class InvoiceRecord(msgspec.Struct, rename='pascal', kw_only=True):
    """An invoice, amounts in dollars. By itself it has its context, in a list the list has it."""

    context: str | UnsetType = msgspec.field(default=UNSET, name='@odata.context')
    invoice_key: str
    invoice_number: str | None
    total_amount_due: Decimal
    invoice_total: Decimal
    invoice_sub_total: Decimal
    invoice_tax_total: Decimal
    invoice_date: str
    payment_due_date: str
    updated_at: str
    currency_code: str
    payment_instructions: str | None
    invoice_status: str
    client: ClientOut
    tax_line_items: list[TaxLineItem]
    line_items: list[LineItem] | UnsetType = UNSET  #: where they were expanded


class InvoicePage(msgspec.Struct, kw_only=True):
    """A window of a list; without a link it is the last."""

    context: str = msgspec.field(name='@odata.context')
    count: int = msgspec.field(name='@odata.count')
    next_link: str | UnsetType = msgspec.field(default=UNSET, name='@odata.nextLink')
    value: list[InvoiceRecord]


def invoice_record(row: PublishedInvoice, instructions: str) -> InvoiceRecord:
    """`instructions`: the company's, how it wants to be paid."""
    return InvoiceRecord(
        invoice_key=row.key,
        invoice_number=row.number,
        total_amount_due=row.balance,
        invoice_total=row.total,
        invoice_sub_total=row.subtotal,
        invoice_tax_total=row.tax_total,
        invoice_date=_midnight(row.date),
        payment_due_date=_midnight(row.due_date),
        updated_at=f'{row.updated_at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}',
        currency_code=row.currency,
        payment_instructions=instructions or None,
        invoice_status=STATUSES[row.stage],
        client=_client(row.client),
        tax_line_items=[TaxLineItem(tax_name=x.label, tax_value=x.amount) for x in row.taxes],
        line_items=UNSET if row.lines is None else [_line(row, line) for line in row.lines],
    )


def _midnight(date: dt.date) -> str:
    return f'{date.isoformat()}T00:00:00Z'


def _client(client: Client) -> ClientOut:
    lines = [line for line in (client.address1, client.address2) if line]
    return ClientOut(
        client_key=client.key,
        client_type=_client_type(client),
        name=client.name,
        address_line=', '.join(lines) or None,
        city=client.city,
        state_province_county=client.province,
        zip_code=client.postal_code,
        country=client.country,
        email_address=client.email,
    )


def _client_type(client: Client) -> typing.Literal['Organization', 'Contact']:
    return 'Contact' if client.type == 'person' else 'Organization'


def _line(row: PublishedInvoice, line: LineRead) -> LineItem:
    taxes = line_taxes(row, line)
    kind = KINDS.get(line.kind, 'Entity')
    is_clients = kind in OF_CLIENT
    return LineItem(
        line_item_key=hashlib.blake2b(f'{row.uid}/{line.id}'.encode(), digest_size=16).hexdigest(),
        billable_item_entity_key=row.client.key if is_clients else None,
        billable_item_type=kind,
        billable_item_entity_type=_client_type(row.client) if is_clients else None,
        description=line.description,
        quantity=line.qty,
        unit_price=line.unit_price,
        amount=line.line_total,
        tax_rate=sum((tax.rate for tax in taxes), Decimal(0)),
        tax_rate_name='+'.join(tax.code for tax in taxes) or NO_TAX,
    )


PaymentMethod = typing.Literal[
    'Check', 'Cash', 'EFT', 'Credit Card', 'BankTransfer', 'DirectDebit', 'Other'
]
#: Karbon's ways of paying → ours, and back
METHODS: dict[PaymentMethod, Method] = {
    'Check': 'cheque',
    'Cash': 'cash',
    'EFT': 'eft',
    'Credit Card': 'card',
    'BankTransfer': 'wire',
    'DirectDebit': 'direct_debit',
    'Other': 'other',
}
_NAMES: dict[str, PaymentMethod] = {
    'stripe': 'Credit Card',
    'interac': 'EFT',
    **{ours: theirs for theirs, ours in METHODS.items()},
}


#: `2023-06-21` or `2023-06-21T00:00:00Z`
Day = typing.Annotated[
    str,
    msgspec.Meta(
        pattern=r'^[0-9]{4}-[0-9]{2}-[0-9]{2}'
        r'(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?(?!\n)$'
    ),
]


class ManualPaymentIn(msgspec.Struct, rename='pascal', kw_only=True):
    """Money received for one invoice, in dollars."""

    invoice_key: Short
    payment_method: PaymentMethod
    payment_date: Day
    total_amount: MoneyPositive


class PaidInvoice(msgspec.Struct, rename='pascal', kw_only=True):
    """What of a payment went to an invoice, in dollars."""

    invoice_key: str
    invoice_number: str | None
    amount: Decimal


class PaymentRecord(msgspec.Struct, rename='pascal', kw_only=True):
    """Money received, in dollars; `UnappliedAmount` is for no invoice yet."""

    context: str | UnsetType = msgspec.field(default=UNSET, name='@odata.context')
    payment_key: str
    payment_number: str
    payment_date: str
    payment_method: PaymentMethod
    total_amount: Decimal
    unapplied_amount: Decimal
    currency_code: str
    reference: str | None
    invoices: list[PaidInvoice]


class PaymentPage(msgspec.Struct, kw_only=True):
    """A window of a list; without a link it is the last."""

    context: str = msgspec.field(name='@odata.context')
    count: int = msgspec.field(name='@odata.count')
    next_link: str | UnsetType = msgspec.field(default=UNSET, name='@odata.nextLink')
    value: list[PaymentRecord]


def payment_record(payment: Payment) -> PaymentRecord:
    """Karbon's shape of it."""
    return PaymentRecord(
        payment_key=payment.key,
        payment_number=payment.payment_no,
        payment_date=_midnight(payment.date),
        payment_method=_NAMES.get(payment.method, 'Other'),
        total_amount=payment.amount,
        unapplied_amount=payment.unallocated,
        currency_code=payment.currency,
        reference=payment.reference,
        invoices=[
            PaidInvoice(invoice_key=x.invoice_key, invoice_number=x.invoice_no, amount=x.amount)
            for x in payment.allocations
        ],
    )
