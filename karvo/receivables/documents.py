"""A letter about overdue invoices as data of a page (AR-7, AR-8, L-1 to L-5)."""

import pathlib
import typing
from decimal import Decimal

from karvo.billing.documents import form_of
from karvo.billing.statements import Account
from karvo.customers.interest import agreed_rate, interest_clause
from karvo.kit import paper, pdf, words
from karvo.kit.paper import Block, Column, Fact, Note, Row, Sheet, Sum
from karvo.kit.words import Form, word
from karvo.receivables.models import Dunning
from karvo.receivables.schemas import DunningLineRead, DunningRead
from karvo.taxes.letterhead import letterhead, registration_numbers

TEMPLATE = pathlib.Path(__file__).parent / 'templates/letter.typ'
COLUMNS = ('invoice', 'date', 'due_date', 'days_late', 'total', 'balance')
FIGURES = ('days_late', 'total', 'balance')


def letter_pdf(
    letter: Dunning, shown: DunningRead, account: Account, asked: str | None
) -> tuple[bytes, Form]:
    """The letter on paper, and its languages. Raises Invalid for another `asked`."""
    form = form_of(account, asked)
    page = _Letter(letter, shown, account, form)
    return pdf.compile(TEMPLATE, page.sheet(), page.date), form


class _Letter:
    """A letter and the languages it is printed in."""

    def __init__(self, letter: Dunning, shown: DunningRead, account: Account, form: Form) -> None:
        self.letter, self.shown, self.account, self.form = letter, shown, account, form
        self.date = letter.sent_on or letter.run_on

    def sheet(self) -> Sheet:
        who, settings, form = self.account.customer, self.account.settings, self.form
        numbers = registration_numbers(self.account.registrations, [])
        seller = letterhead(form, settings, numbers)
        lines = paper.address_lines(form, who.address1, who.address2, who, settings.country)
        rows = [self.row(line) for line in self.shown.lines]
        frame = paper.frame(form, 'statement', who.code, self.date, seller, settings.country)
        frame['title'] = words.said(form, self.letter.name_fr, self.letter.name_en)
        return Sheet(
            **frame,
            **paper.table(rows, self.columns(rows), settings.country),
            parties=[Block(label=word(form, 'account_of'), name=who.name, lines=lines)],
            facts=self.facts(),
            notes=[Note([], words.said(form, self.letter.text_fr, self.letter.text_en))],
            sums=self.sums(),
            remarks=self.remarks(),
        )

    def day(self, date: typing.Any) -> list[str]:
        return words.in_each(self.form, lambda one: words.day(date, one))

    def money(self, amount: Decimal) -> list[str]:
        return words.in_each(self.form, lambda one: words.money(amount, self.letter.currency, one))

    def facts(self) -> list[Fact]:
        form, code = self.form, self.account.customer.code
        date = Fact(word(form, 'date'), self.day(self.date))
        number = Fact(word(form, 'customer_no'), [paper.code(code)])
        return [date, number, Fact(word(form, 'to_pay'), self.money(self.shown.total_due))]

    def columns(self, rows: list[Row]) -> list[Column]:
        """The invoice's number takes what the others leave."""
        found = []
        for at, name in enumerate(COLUMNS):
            texts = [text for row in rows for text in row.cells[at]]
            column = paper.fitted(word(self.form, name), texts, is_figure=name in FIGURES)
            if name == 'invoice':
                column.width = 0
            found.append(column)
        return found

    def row(self, line: DunningLineRead) -> Row:
        first, currency = self.form[0], self.letter.currency
        cells = [[line.invoice_no], self.day(line.date), self.day(line.due_date)]
        cells.append([str(line.days_past_due)])
        cells += [[words.money(amount, currency, first)] for amount in (line.total, line.balance)]
        return paper.row(cells)

    def sums(self) -> list[Sum]:
        shown = self.shown
        parts = {'overdue': shown.total, 'fee': shown.fee, 'accrued': shown.interest}
        found = [Sum(label=word(self.form, name), amounts=self.money(amount))
                 for name, amount in parts.items() if amount]  # fmt: skip
        total = self.money(shown.total_due)
        return [*found, Sum(label=word(self.form, 'to_pay'), amounts=total, is_strong=True)]

    def remarks(self) -> list[str]:
        """AR-8."""
        who = self.account.customer
        rate = agreed_rate(who.interest_rate_annual, who.interest_agreed_on, self.account.settings)
        return interest_clause(self.form, rate, who.interest_agreed_on)
