"""Invoices and credit notes as data of a page (T-3, T-7, T-12, L-1 to L-5, AR-8)."""

import pathlib
import typing
from collections.abc import Callable
from decimal import Decimal

import msgspec

from karvo.customers.interest import interest_clause
from karvo.customers.language import document_form, is_in_quebec
from karvo.customers.schemas import Address
from karvo.customers.terms import NET
from karvo.invoices.schemas import LineRead, PrintedDocument
from karvo.kit import paper, pdf, words
from karvo.kit.money import CENT, ZERO, line_total
from karvo.kit.paper import Block, Column, Fact, Note, Row, Sheet, Sum
from karvo.kit.pdf import ZERO_WIDTH_SPACE
from karvo.kit.words import Form, word
from karvo.taxes.letterhead import letterhead, registration_numbers

COLUMNS = ('sku', 'description', 'quantity', 'uom', 'unit_price', 'discount', 'amount')
TEMPLATE = pathlib.Path(__file__).parent / 'templates/invoice.typ'
MARKS = {'draft': 'draft', 'void': 'void'}


def form_of(row: PrintedDocument, asked: str | None) -> Form:
    """The languages that this document is printed in (L-1). Raises Invalid."""
    customer = row.customer
    at_home = is_in_quebec(customer.country, customer.province, row.settings)
    return document_form(asked, row.language, is_in_quebec=at_home, has_choice=bool(row.has_choice))


def invoice_pdf(row: PrintedDocument, form: Form) -> bytes:
    """An invoice on paper."""
    return pdf.compile(TEMPLATE, invoice_sheet(row, form), row.date)


def invoice_sheet(row: PrintedDocument, form: Form) -> Sheet:
    """An invoice: what is owed, until when, and what came in already."""
    sale = _Sale(row, form, 1)
    due = Fact(word(form, 'due_date'), sale.day(row.due_date))
    terms = Fact(word(form, 'terms'), sale.terms())
    return sale.sheet('invoice', 'bill_to', [due, terms], sale.settled(), sale.remarks())


def credit_sheet(row: PrintedDocument, form: Form) -> Sheet:
    """A credit note: amounts below zero, and the invoice that it corrects."""
    sale = _Sale(row, form, -1)
    facts = []
    if row.original_number:
        facts.append(Fact(word(form, 'original_invoice'), [paper.code(row.original_number)]))
    used = row.total - row.balance
    sums = [sale.sum('applied', -used)] if used else []
    sums.append(sale.sum('credit_left', row.balance, is_strong=True))
    sheet = sale.sheet('credit_note', 'credit_to', facts, sums, sale.price_remark())
    if row.reason and row.lines:
        sheet.notes.insert(0, Note(word(form, 'reason'), [row.reason]))
    return sheet


class _Sale:
    """A document, the languages it is printed in, and the sign of its amounts."""

    def __init__(self, row: PrintedDocument, form: Form, sign: int) -> None:
        self.document, self.form, self.sign = row, form, sign
        self.lines = row.lines or [_only_line(row)]
        lines = self.lines
        absent = {
            'sku': not any(line.sku for line in lines),
            'uom': not any(line.uom for line in lines),
            'discount': not any(line.discount_pct for line in lines),
        }
        self.names = [name for name in COLUMNS if not absent.get(name)]

    def sheet(
        self, title: str, party: str, facts: list[Fact], sums: list[Sum], remarks: list[str]
    ) -> Sheet:
        row, form = self.document, self.form
        label = ' / '.join
        charged = [(t.regime, label(self.label(t)), t.registration_number) for t in
                   row.printed_taxes]  # fmt: skip
        seller = letterhead(form, row.settings, registration_numbers(row.registrations, charged))
        number = row.number or ''
        rows = [self.row(line) for line in self.lines]
        return Sheet(
            **paper.frame(form, title, number, row.date, seller, row.settings.country),
            mark=word(form, MARKS[row.state]) if row.state in MARKS else [],
            parties=self.parties(party),
            facts=self.facts(facts),
            **paper.table(rows, self.columns(rows), row.settings.country),
            sums=[*self.amounts(), *sums],
            remarks=remarks,
            notes=self.notes(),
        )

    def each(self, value: Callable[[str], str]) -> list[str]:
        return words.in_each(self.form, value)

    def day(self, date: typing.Any) -> list[str]:
        return self.each(lambda one: words.day(date, one))

    def money(self, amount: Decimal) -> list[str]:
        return self.each(lambda one: words.money(amount, self.document.currency, one))

    def label(self, named: typing.Any) -> list[str]:
        return words.said(self.form, named.label_fr, named.label_en)

    def parties(self, label: str) -> list[Block]:
        who, home = self.document.customer, self.document.settings.country
        lines = paper.address_lines(self.form, who.address1, who.address2, who, home)
        name = self.document.customer_name
        blocks = [Block(label=word(self.form, label), name=name, lines=lines)]
        to = msgspec.json.decode(self.document.ship_to, type=Address | None)
        if to is not None:
            lines = paper.address_lines(self.form, to.line1, to.line2, to, home)
            lines = [*filter(None, [to.attention]), *lines]
            blocks.append(Block(label=word(self.form, 'ship_to'), name=name, lines=lines))
        return blocks

    def facts(self, more: list[Fact]) -> list[Fact]:
        row, form = self.document, self.form
        found = [Fact(word(form, 'date'), self.day(row.date)), *more]
        if row.po_reference:
            found.append(Fact(word(form, 'po_reference'), [paper.code(row.po_reference)]))
        return [*found, Fact(word(form, 'customer_no'), [paper.code(row.customer_code)])]

    def terms(self) -> list[str]:
        term = self.document.term
        if term is not None:
            return words.said(self.form, term.name_fr, term.name_en)
        net = NET.fullmatch(self.document.payment_terms)
        if net is None:
            return [self.document.payment_terms]
        return words.said(self.form, f'Net {net[1]} jours', f'Net {net[1]} days')

    def columns(self, rows: list[Row]) -> list[Column]:
        """As wide as their texts; the description takes what is left."""
        form = self.form
        found = []
        for at, name in enumerate(self.names):
            texts = [part for row in rows for text in row.cells[at] for part in _parts(text)]
            is_figure = name not in ('sku', 'description', 'uom')
            column = paper.fitted(word(form, name), texts, is_figure=is_figure)
            if name == 'description':
                column.width = 0
            found.append(column)
        return found

    def row(self, line: LineRead) -> Row:
        """Figures of lines in the form's first language; its texts in each."""
        first, currency = self.form[0], self.document.currency
        rate = line.discount_pct
        cells = {
            'sku': [paper.code(line.sku or '')],
            'description': words.said(self.form, line.description_fr, line.description),
            'quantity': [words.number(line.qty * self.sign, first)],
            'uom': [paper.code(text) for text in words.named(self.form, line.uom)],
            'unit_price': [words.price(line.unit_price, currency, first)],
            'discount': [words.percent(rate, first) if rate else ''],
            'amount': [words.money(line.line_total * self.sign, currency, first)],
        }
        return paper.row([cells[name] for name in self.names])

    def sum(self, name: str, amount: Decimal, *, is_strong: bool = False) -> Sum:
        amounts = self.money(amount * self.sign)
        return Sum(label=word(self.form, name), amounts=amounts, is_strong=is_strong)

    def amounts(self) -> list[Sum]:
        """Subtotal, discounts, each tax without its rate (T-7), total."""
        row = self.document
        sums = []
        if row.discount_total:
            sums.append(self.sum('before_discount', row.subtotal + row.discount_total))
            sums.append(self.sum('discounts', -row.discount_total))
        sums.append(self.sum('subtotal', row.subtotal))
        for tax in row.printed_taxes:
            sums.append(Sum(label=self.label(tax), amounts=self.money(tax.amount * self.sign)))
        name = 'total' if self.sign > 0 else 'credit_total'
        return [*sums, self.sum(name, row.total, is_strong=True)]

    def settled(self) -> list[Sum]:
        """What was paid, credited or written off, and what is left."""
        row = self.document
        if row.state in ('draft', 'void'):
            return []
        paid = sum((one.amount for one in row.payments or []), ZERO)
        credited = sum((one.amount for one in row.credits or []), ZERO)
        given_up = row.total - row.balance - paid - credited
        parts = {'paid': paid, 'credited': credited, 'written_off': given_up}
        sums = [self.sum(name, -amount) for name, amount in parts.items() if amount]
        return [*sums, self.sum('balance_due', row.balance, is_strong=True)]

    def remarks(self) -> list[str]:
        """What the prices hold (T-6), and the interest that was agreed (AR-8)."""
        customer = self.document.customer
        rate, agreed = customer.interest_rate_annual, customer.interest_agreed_on
        return [*self.price_remark(), *interest_clause(self.form, rate, agreed)]

    def price_remark(self) -> list[str]:
        """Said where an amount is less than its price makes: that the price holds the taxes."""
        holds = any(_holds_tax(line) for line in self.lines)
        return word(self.form, 'prices_hold_tax') if holds else []

    def notes(self) -> list[Note]:
        row = self.document
        found = [Note(word(self.form, 'notes'), [row.notes])] if row.notes else []
        if self.sign < 0:
            return found
        settings = row.settings
        terms = [t for t in words.said(self.form, settings.terms_text_fr, settings.terms_text_en)
                 if t]  # fmt: skip
        return [*found, Note(word(self.form, 'conditions'), terms)] if terms else found


def _holds_tax(line: LineRead) -> bool:
    """A cent less is but rounding."""
    return line_total(line.qty, line.unit_price, line.discount_pct) - line.line_total > CENT


def _parts(text: str) -> list[str]:
    return text.split(ZERO_WIDTH_SPACE)


def _only_line(row: PrintedDocument) -> LineRead:
    """A document of one amount (INV-3) says what it is for all the same (T-12)."""
    french, english = (row.reason or name for name in words.WORDS['goods_and_services'])
    return LineRead(
        id=0,
        line_no=1,
        product_id=None,
        sku=None,
        description=english,
        description_fr=french,
        kind='service',
        qty=Decimal(1),
        uom='',
        unit_price=row.subtotal,
        discount_pct=ZERO,
        line_total=row.subtotal,
        tax_code='taxable',
        pst_exempt=False,
        account='',
    )
