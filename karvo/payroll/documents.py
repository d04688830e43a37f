"""A pay stub as data of a page: earnings, deductions, net, the year to date (s. 46, L-1, L-4)."""

import pathlib
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from karvo.customers.language import document_form
from karvo.customers.schemas import Address
from karvo.kit import paper, pdf, words
from karvo.kit.money import ZERO
from karvo.kit.paper import Block, Column, Fact, Row, Sheet, Sum
from karvo.kit.words import BOTH, Form
from karvo.payroll.schemas.runs import StubLineRead, StubRead, StubRow
from karvo.payroll.wire import label, stub_out
from karvo.settings.schemas import Settings
from karvo.taxes.letterhead import letterhead

TEMPLATE = pathlib.Path(__file__).parent / 'templates/stub.typ'
COLUMNS = ('item', 'hours', 'rate', 'current', 'ytd')
#: What a stub is marked with while it may still change, or when it came to nothing.
MARKS = {'draft': 'preliminary', 'calculated': 'preliminary', 'cancelled': 'cancelled'}


def form_of(row: StubRow, asked: str | None) -> Form:
    """Both languages, unless one is asked for: English alone only of who is paid in English.

    Raises Invalid for another `asked`.
    """
    if asked is None:
        return BOTH
    chose = row.language == 'en'
    return document_form(asked, row.language, is_in_quebec=True, has_choice=chose)


def stub_pdf(row: StubRow, settings: Settings, form: Form) -> bytes:
    """The stub on paper."""
    return pdf.compile(TEMPLATE, _Stub(row, settings, form).sheet(), row.pay_date)


class _Stub:
    """A stub and the languages it is printed in."""

    def __init__(self, row: StubRow, settings: Settings, form: Form) -> None:
        self.row, self.settings, self.form = row, settings, form
        self.shown: StubRead = stub_out(row)

    def sheet(self) -> Sheet:
        form, row, settings = self.form, self.row, self.settings
        seller = letterhead(form, settings, {})
        rows = self.rows()
        frame = paper.frame(form, 'statement', row.run_no, row.pay_date, seller, settings.country)
        frame['title'] = self.said('pay_stub')
        return Sheet(
            **frame,
            **paper.table(rows, self.columns(rows), settings.country),
            mark=self.said(MARKS[row.status]) if row.status in MARKS else [],
            parties=[self.employee()],
            facts=self.facts(),
            strip_label=self.said('employer_total'),
            strip=self.besides(),
        )

    def said(self, code: str) -> list[str]:
        return words.said(self.form, *label(code))

    def money(self, amount: Decimal | None) -> list[str]:
        if amount is None:
            return ['']
        currency = self.settings.currency
        return words.in_each(self.form, lambda one: words.money(amount, currency, one))

    def figure(self, amount: Decimal | None) -> list[str]:
        """In the first language: a table has no room for two."""
        return self.money(amount)[:1]

    def employee(self) -> Block:
        address = msgspec.json.decode(self.row.address, type=Address)
        home = self.settings.country
        lines = paper.address_lines(self.form, address.line1, address.line2, address, home)
        return Block(label=self.said('employee'), name=self.row.name, lines=lines)

    def facts(self) -> list[Fact]:
        row = self.row
        rate = 'salary_rate' if row.pay_type == 'salary' else 'hourly_rate'
        price = words.price(row.pay_rate, self.settings.currency, self.form[0])
        found = [
            Fact(self.said('employee_no'), [paper.code(row.employee_no)]),
            Fact(self.said('pay_date'), [row.pay_date.isoformat()]),
            Fact(self.said('period'), [f'{row.period_start} – {row.period_end}']),
            Fact(self.said(rate), [price]),
        ]
        if row.bank:
            parts = [row.bank[name] for name in ('institution', 'transit', 'account')]
            found.append(Fact(self.said('deposit'), ['-'.join(parts)]))
        return [*found, Fact(self.said('vacation_balance'), self.money(row.vacation_balance))]

    def columns(self, rows: list[Row]) -> list[Column]:
        """The item takes what the figures leave."""
        found = []
        for at, name in enumerate(COLUMNS):
            texts = [text for row in rows for text in row.cells[at]]
            column = paper.fitted(self.said(name), texts, is_figure=name != 'item')
            if name == 'item':
                column.width = 0
            found.append(column)
        return found

    def rows(self) -> list[Row]:
        row, ytd = self.row, self.row.ytd
        gross = self.total('gross', row.gross, ytd.get('gross'))
        withheld = self.total('deductions', row.deductions, ytd.get('deductions'))
        net = self.total('net', row.net, ytd.get('net'))
        earned, deducted = self.shown.earnings, self.shown.deductions
        return [*self.lines(earned), gross, *self.lines(deducted), withheld, net]

    def lines(self, lines: Iterable[StubLineRead]) -> list[Row]:
        return [self.line(one) for one in lines]

    def line(self, one: StubLineRead) -> Row:
        first, currency = self.form[0], self.settings.currency
        hours = words.number(one.hours, first) if one.hours is not None else ''
        rate = words.price(one.rate, currency, first) if one.rate is not None else ''
        name = words.said(self.form, one.label_fr, one.label_en)
        cells = [[' / '.join(name)], [hours], [rate], self.figure(one.amount)]
        return paper.row([*cells, self.figure(one.ytd)])

    def total(self, code: str, amount: Decimal, ytd: Decimal | None) -> Row:
        cells = [[' / '.join(self.said(code))], [''], [''], self.figure(amount), self.figure(ytd)]
        return paper.row(cells, is_strong=True)

    def besides(self) -> list[Sum]:
        """What the employer pays."""
        employer = self.shown.employer
        names = ('qpp', 'ei', 'qpip', 'hsf', 'cnt', 'cnesst')
        amounts = {name: getattr(employer, name) for name in names}
        amounts['qpp'] += employer.qpp2
        shown = {name: sum for name, sum in amounts.items() if sum != ZERO}
        return [Sum(label=self.said(n), amounts=self.figure(a)) for n, a in shown.items()] or [
            Sum(label=self.said('employer_total'), amounts=self.figure(ZERO))
        ]
