"""A statement of account as data of a page (AR-9, L-1 to L-5)."""

import typing
from decimal import Decimal

from karvo.billing.reads import BUCKETS
from karvo.billing.statements import Account, Movement, Statement
from karvo.customers.language import document_form, is_in_quebec
from karvo.kit import paper, words
from karvo.kit.paper import Block, Column, Fact, Row, Sheet, Sum
from karvo.kit.words import Form, word
from karvo.taxes.letterhead import letterhead, registration_numbers

COLUMNS = ('date', 'description', 'charges', 'credits', 'balance')
FIGURES = ('charges', 'credits', 'balance')


def form_of(account: Account, asked: str | None) -> Form:
    """The languages of this customer's statement (L-1). Raises Invalid."""
    who, settings = account.customer, account.settings
    return document_form(
        asked,
        who.language or settings.language,
        is_in_quebec=is_in_quebec(who.country, who.province, settings),
        has_choice=who.language_choice_recorded_at is not None,
    )


def statement_sheet(account: Account, statement: Statement, form: Form) -> Sheet:
    """Opening balance, each movement with the balance after it, closing, aging strip."""
    who, settings = account.customer, account.settings
    numbers = registration_numbers(account.registrations, [])
    seller = letterhead(form, settings, numbers)
    lines = paper.address_lines(form, who.address1, who.address2, who, settings.country)
    page = _Pages(statement, form)
    rows = page.rows()
    return Sheet(
        **paper.frame(form, 'statement', who.code, statement.to_date, seller, settings.country),
        **paper.table(rows, page.columns(rows), settings.country),
        parties=[Block(label=word(form, 'account_of'), name=who.name, lines=lines)],
        facts=page.facts(),
        sums=page.sums(),
        strip_label=words.spoken(form, 'aging', lambda one: words.day(statement.to_date, one)),
        strip=page.strip(),
    )


class _Pages:
    """A statement and the languages it is printed in."""

    def __init__(self, statement: Statement, form: Form) -> None:
        self.statement, self.form = statement, form

    def money(self, amount: Decimal) -> list[str]:
        currency = self.statement.currency
        return words.in_each(self.form, lambda one: words.money(amount, currency, one))

    def figure(self, amount: Decimal) -> list[str]:
        """In the form's first language, as all figures of tables."""
        return [words.money(amount, self.statement.currency, self.form[0])]

    def day(self, date: typing.Any) -> list[str]:
        return words.in_each(self.form, lambda one: words.day(date, one))

    def facts(self) -> list[Fact]:
        form, statement = self.form, self.statement
        since, until = (Fact(word(form, name), self.day(date)) for name, date in (
            ('since', statement.from_date), ('until', statement.to_date)))  # fmt: skip
        balance = Fact(word(form, 'closing_balance'), self.money(statement.closing_balance))
        return [since, until, balance]

    def columns(self, rows: list[Row]) -> list[Column]:
        found = []
        for at, name in enumerate(COLUMNS):
            texts = [text for row in rows for text in row.cells[at]]
            column = paper.fitted(word(self.form, name), texts, is_figure=name in FIGURES)
            if name == 'description':
                column.width = 0
            found.append(column)
        return found

    def rows(self) -> list[Row]:
        form, statement = self.form, self.statement
        opening = [
            self.day(statement.from_date),
            word(form, 'opening_balance'),
            [''],
            [''],
            self.figure(statement.opening_balance),
        ]
        found = [paper.row(opening, is_strong=True)]
        if not statement.movements:
            found.append(paper.row([[''], word(form, 'no_movement'), [''], [''], ['']]))
        return found + [self.row(move) for move in statement.movements]

    def row(self, move: Movement) -> Row:
        amount = self.figure(abs(move.amount))
        charge, credit = (amount, ['']) if move.amount > 0 else ([''], amount)
        said = words.in_each(self.form, lambda one: self.described(move, one))
        return paper.row([self.day(move.date), said, charge, credit, self.figure(move.balance)])

    def described(self, move: Movement, language: str) -> str:
        """`Facture INV-2026-0042, échéance le 20 décembre 2026`."""
        form = (language,)
        parts = [' '.join((*word(form, move.type), move.number))]
        if move.method and move.method != 'other':
            parts += words.named(form, move.method)
        if move.reference:
            parts.append(move.reference)
        if move.due_date and move.type == 'invoice':
            due = move.due_date
            parts += words.spoken(form, 'due_on', lambda one: _unbroken(words.day(due, one)))
        return ', '.join(parts)

    def sums(self) -> list[Sum]:
        form, statement = self.form, self.statement
        aging = statement.aging
        closing = self.money(statement.closing_balance)
        found = [Sum(label=word(form, 'closing_balance'), amounts=closing, is_strong=True)]
        if aging.unapplied_credits:
            parts = {'open_invoices': aging.total, 'unapplied_credits': -aging.unapplied_credits}
            split = [Sum(label=word(form, n), amounts=self.money(a)) for n, a in parts.items()]
            return split + found
        return found

    def strip(self) -> list[Sum]:
        form, aging = self.form, self.statement.aging
        boxes = [Sum(label=word(form, n), amounts=self.money(getattr(aging, n))) for n in BUCKETS]
        total = self.money(aging.total)
        return [*boxes, Sum(label=word(form, 'open_invoices'), amounts=total, is_strong=True)]


def _unbroken(text: str) -> str:
    return text.replace(' ', words.NO_BREAK)
