"""One month of a real wholesaler through the operations.

UCI Machine Learning Repository, Online Retail (D. Chen 2015), CC BY 4.0.

Every line of the file is accounted for in the report. Each document is a transaction of its own,
so the import can be killed and run again: what is there already is left alone.
"""

import csv
import datetime as dt
import pathlib
import re
import threading
import time
import typing
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import babel
import msgspec

from karvo.billing.operations.credits import issue_credit
from karvo.billing.schemas import NewCredit
from karvo.customers.models import Party
from karvo.customers.operations import create_customers
from karvo.customers.schemas import CustomerChange
from karvo.invoices.models import Document
from karvo.invoices.operations.create import create_invoice
from karvo.invoices.schemas import NewInvoice, NewLine
from karvo.kit.actor import Actor
from karvo.kit.db import close_all, company, current_place, rows
from karvo.kit.errors import Invalid
from karvo.kit.http import retrying
from karvo.kit.structs import make_ready
from karvo.products.operations import create_products
from karvo.products.reads import products_for_lines
from karvo.products.schemas import Alias, ProductChange
from karvo.settings.reads import read_settings

SOURCE = 'online-retail'
CURRENCY = 'GBP'
WALK_IN = 'WALK-IN'
REASON = 'Return (Online Retail)'
BATCH = 500
#: Codes that are no goods: postage, manual entries, discounts, fees, samples, vouchers.
SERVICES = re.compile(
    r'(POST|DOT|M|D|C2|S|B|PADS|CRUK|AMAZONFEE|BANK CHARGES|GIFT.*|DCGSSGIRL.*)', re.I
)
ILLEGAL = re.compile(r'[^A-Za-z0-9._+-]')
COUNTRIES = {'EIRE': 'IE', 'RSA': 'ZA', 'Channel Islands': 'JE', 'USA': 'US'}
HEADER = ['InvoiceNo', 'StockCode', 'Description', 'Quantity', 'InvoiceDate', 'UnitPrice']

THREADS = 3

Progress = Callable[[Iterable[typing.Any], str, int], Iterable[typing.Any]]


class RetailLine(typing.NamedTuple):
    """One line of the file."""

    code: str
    description: str
    quantity: Decimal
    price: Decimal


class RetailDocument(msgspec.Struct):
    """All lines of one number."""

    number: str
    date: dt.date
    customer: str
    country: str
    lines: list[RetailLine]

    def kind(self) -> str:
        """invoice, credit, or the reason why it is skipped."""
        if self.number.upper().startswith('C'):
            return 'credit'
        only = self.lines[0]
        if len(self.lines) == 1 and only.quantity < 0:
            return 'stock adjustment: one line with a negative quantity'
        if len(self.lines) == 1 and only.price == 0:
            return 'stock adjustment: one line without a price'
        return 'invoice'


class Report(msgspec.Struct, kw_only=True):
    """What became of the file; amounts in pounds before tax (there is none)."""

    documents: int = 0
    lines: int = 0
    invoices_created: int = 0
    invoices_known: int = 0
    credits_created: int = 0
    credits_known: int = 0
    documents_skipped: int = 0
    lines_imported: int = 0
    lines_skipped: int = 0
    skipped: dict[str, int] = {}
    customers_created: int = 0
    products_created: int = 0
    invoiced: Decimal = Decimal('0.00')
    credited: Decimal = Decimal('0.00')
    net: Decimal = Decimal('0.00')
    seconds: float = 0.0
    documents_per_second: float = 0.0


def read_documents(path: pathlib.Path) -> list[RetailDocument]:
    """The documents in the file's order. Raises Invalid for another file."""
    documents: dict[str, RetailDocument] = {}
    with path.open(encoding='utf-8-sig', newline='') as file:
        reader = csv.DictReader(file)
        if not set(HEADER) <= set(reader.fieldnames or []):
            raise Invalid(f'{path.name} is no Online Retail file: it needs {", ".join(HEADER)}')
        for row in reader:
            number = row['InvoiceNo'].strip()
            if number not in documents:
                documents[number] = _document(number, row)
            documents[number].lines.append(_line(row))
    return list(documents.values())


def _document(number: str, row: dict[str, str]) -> RetailDocument:
    date = dt.datetime.strptime(row['InvoiceDate'], '%d/%m/%Y %H:%M').date()
    customer = row['CustomerID'].strip().removesuffix('.0') or WALK_IN
    return RetailDocument(number, date, customer, row['Country'].strip(), [])


def _line(row: dict[str, str]) -> RetailLine:
    description = row['Description'].strip()
    return RetailLine(
        row['StockCode'].strip(), description, Decimal(row['Quantity']), Decimal(row['UnitPrice'])
    )


def import_file(path: pathlib.Path, actor: Actor, progress: Progress) -> Report:
    """Read, then customers, products, documents; repeatable. Raises Invalid."""
    if read_settings().currency != CURRENCY:
        raise Invalid(f'this file is in {CURRENCY}: create the tenant with --country GB')
    started = time.monotonic()
    documents = read_documents(path)
    kept = [d for d in documents if d.kind() in ('invoice', 'credit')]
    report = Report(documents=len(documents), lines=sum(len(d.lines) for d in documents))
    _count_skipped(report, documents)
    report.customers_created = _create_customers(kept, actor)
    report.products_created = _create_products(kept, actor)
    known = _known_numbers()
    _record_all(kept, known, report, actor, progress)
    report.net = report.invoiced + report.credited
    report.seconds = round(time.monotonic() - started, 2)
    report.documents_per_second = round(len(kept) / max(report.seconds, 0.01), 1)
    return report


def _count_skipped(report: Report, documents: list[RetailDocument]) -> None:
    for document in documents:
        reason = document.kind()
        if reason not in ('invoice', 'credit'):
            report.skipped[reason] = report.skipped.get(reason, 0) + 1
            report.documents_skipped += 1
            report.lines_skipped += len(document.lines)


def _create_customers(documents: list[RetailDocument], actor: Actor) -> int:
    codes = {document.customer: document.country for document in reversed(documents)}
    known = {code for (code,) in rows(Party.select(Party.code))}
    new = [_customer(code, codes[code]) for code in sorted(codes) if code not in known]
    for start in range(0, len(new), BATCH):
        create_customers(new[start : start + BATCH], actor=actor)
    return len(new)


def _customer(code: str, country: str) -> CustomerChange:
    if code == WALK_IN:
        return CustomerChange(code=code, name='Walk-in customers')
    return CustomerChange(code=code, name=f'Customer {code}', country=_country_code(country))


def _country_code(name: str) -> str:
    names = babel.Locale('en').territories
    found = next((c for c, n in names.items() if n == name and len(c) == 2 and c.isalpha()), None)
    return COUNTRIES.get(name) or found or 'GB'


def legal_sku(code: str) -> str:
    """The code with `-` for what no SKU may hold."""
    return ILLEGAL.sub('-', code)


def _create_products(documents: list[RetailDocument], actor: Actor) -> int:
    """Case twins are one product: the first spelling is its SKU, the others are aliases."""
    spellings: dict[str, dict[str, RetailLine]] = {}
    for document in documents:
        for line in document.lines:
            spellings.setdefault(line.code.upper(), {}).setdefault(line.code, line)
    known = products_for_lines([legal_sku(code) for code in spellings], '')
    missing = (twins for code, twins in spellings.items() if legal_sku(code) not in known)
    new = [_product(list(twins.values())) for twins in missing]
    for start in range(0, len(new), BATCH):
        create_products(new[start : start + BATCH], actor=actor)
    return len(new)


def _product(twins: list[RetailLine]) -> ProductChange:
    first = twins[0]
    sku = legal_sku(first.code)
    name = next((line.description for line in twins if line.description), first.code)
    return ProductChange(
        sku=sku,
        name_en=name,
        list_price=max(first.price, Decimal(0)),
        type='service' if SERVICES.fullmatch(first.code) else 'stockable',
        aliases=[Alias(alias=line.code) for line in twins if line.code.upper() != sku.upper()],
    )


def _known_numbers() -> dict[tuple[str, str], Decimal]:
    """{(type, number): total} of what an earlier run recorded."""
    query = Document.select(Document.type, Document.number, Document.total).where(
        Document.source == SOURCE
    )
    return {(type, number): total for type, number, total in rows(query)}


def _record_all(
    documents: list[RetailDocument],
    known: dict[tuple[str, str], Decimal],
    report: Report,
    actor: Actor,
    progress: Progress,
) -> None:
    """A few at once: while one waits for the database, another is computed."""
    place = current_place()

    def record(document: RetailDocument) -> tuple[RetailDocument, Decimal, bool]:
        type = 'credit_note' if document.kind() == 'credit' else 'invoice'
        total = known.get((type, document.number))
        if total is not None:
            return document, total, True
        act = _credit if type == 'credit_note' else _invoice
        with company(place):
            return document, retrying(lambda: act(document, actor)), False

    make_ready()
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            outcomes = progress(pool.map(record, documents), 'Importing', len(documents))
            for document, total, is_known in outcomes:
                _count(report, document, total, is_known)
        finally:
            _close_connections(pool)


def _close_connections(pool: ThreadPoolExecutor) -> None:
    # Connections belong to threads: at the barrier each thread gets exactly one of these.
    barrier = threading.Barrier(THREADS)

    def close() -> None:
        barrier.wait()
        close_all()

    for closing in [pool.submit(close) for _ in range(THREADS)]:
        closing.result()


def _count(report: Report, document: RetailDocument, total: Decimal, is_known: bool) -> None:
    is_credit = document.kind() == 'credit'
    report.lines_imported += len(document.lines)
    if is_credit:
        report.credits_known += is_known
        report.credits_created += not is_known
        report.credited -= total
    else:
        report.invoices_known += is_known
        report.invoices_created += not is_known
        report.invoiced += total


def _new_lines(document: RetailDocument, sign: int) -> list[NewLine]:
    return [
        NewLine(
            sku=legal_sku(line.code),
            description=line.description or None,
            quantity=line.quantity * sign,
            unit_price=line.price,
        )
        for line in document.lines
    ]


def _invoice(document: RetailDocument, actor: Actor) -> Decimal:
    new = NewInvoice(
        number=document.number,
        customer=document.customer,
        date=document.date,
        lines=_new_lines(document, 1),
        source=SOURCE,
    )
    return create_invoice(new, actor=actor).total


def _credit(document: RetailDocument, actor: Actor) -> Decimal:
    new = NewCredit(
        number=document.number,
        customer=document.customer,
        date=document.date,
        reason=REASON,
        lines=_new_lines(document, -1),
        source=SOURCE,
    )
    return issue_credit(new, actor=actor).total
