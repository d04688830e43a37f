"""Reads a CPA-005 file: what is in it, and every defect with its record and column.

Defects are what banks refuse a file or a payment for; warnings what they may. A file that comes
from a bank may hold returned payments (I, J), which are read, and notices (E, F, S to V), which
are counted only.
"""

import datetime as dt
import re
import typing
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from karvo.payfiles.cpa005 import (
    DAYS_AHEAD,
    DAYS_BACK,
    DETAIL,
    HEADER,
    PREFIX,
    RECORD,
    SEGMENT,
    SEGMENTS,
    TRAILER,
    ZEROS,
    Column,
)

PAYMENTS = {'C': 'credit', 'D': 'debit', 'I': 'returned_credit', 'J': 'returned_debit'}
NOTICES = ('E', 'F', 'S', 'T', 'U', 'V')
#: Of the trailer: total, count, and the records that it sums up.
SUMS = (('credit_total', 'credit_count', 'CI'), ('debit_total', 'debit_count', 'DJ'))
NEVER_BLANK = ('short_name', 'payee', 'long_name')
#: Elements that all payments of a file have in common.
SHARED = ('short_name', 'long_name', 'return_institution_transit', 'return_account')
UNPRINTABLE = re.compile('[^ -~]')
RBC = '$$AA'  #: how the line begins that one bank wants in front
Values = dict[str, str]


class Defect(msgspec.Struct, frozen=True, order=True):
    """What is wrong where; record and column count from 1, 0 is the file or record as a whole."""

    record: int
    column: int
    message: str


class Item(msgspec.Struct, kw_only=True):
    """A payment as read, dollars; only the end of the account is told."""

    record: int
    segment: int
    kind: str
    code: str
    amount: Decimal
    date: dt.date | None
    institution: str
    transit: str
    account: str
    payee: str
    reference: str
    trace_number: str


class Checked(msgspec.Struct, kw_only=True):
    """A file as read."""

    originator_id: str = ''
    file_number: str = ''
    created: dt.date | None = None
    data_centre: str = ''
    currency: str = ''
    records: int = 0
    notices: int = 0
    credits: Decimal = Decimal('0.00')
    credit_count: int = 0
    debits: Decimal = Decimal('0.00')
    debit_count: int = 0
    payments: list[Item] = []
    defects: list[Defect] = []
    warnings: list[Defect] = []


def check(data: bytes) -> Checked:
    """All of a file. Never raises: what cannot be read is a defect."""
    return _Reader(data).read()


def date_of(text: str) -> dt.date | None:
    """Of `0YYDDD`; None for no date."""
    if not (len(text) == 6 and _is_digits(text) and text[0] == '0'):
        return None
    year, day = 2000 + int(text[1:3]), int(text[3:])
    found = dt.date(year, 1, 1) + dt.timedelta(days=day - 1)
    return found if day and found.year == year else None


class _Reader:
    """Goes through the records, and notes."""

    def __init__(self, data: bytes) -> None:
        self.data, self.found = data, Checked(payments=[], defects=[], warnings=[])
        self.control = ''
        self.cents: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.references: Counter[str] = Counter()
        self.shared: Values = {}

    def read(self) -> Checked:
        records = self.records()
        self.found.records = len(records)
        if not records:
            self.defect(0, 0, 'the file is empty')
        for n, record in enumerate(records, 1):
            self.record(n, record, len(records))
        self.totals()
        self.found.defects.sort()
        return self.found

    def defect(self, record: int, column: int, message: str) -> None:
        self.found.defects.append(Defect(record, column, message))

    def warn(self, record: int, column: int, message: str) -> None:
        self.found.warnings.append(Defect(record, column, message))

    def records(self) -> list[str]:
        """Lines; or pieces of a record's length where there are none."""
        text = self.data.decode('latin-1')
        has_ends = '\n' in text or '\r' in text
        if not has_ends and len(text) > RECORD:
            return [text[at : at + RECORD] for at in range(0, len(text), RECORD)]
        lines = text.replace('\r\n', '\n').split('\n')
        if lines[-1] == '':
            lines.pop()
        return lines[1:] if lines and lines[0].startswith(RBC) else lines

    def record(self, n: int, text: str, count: int) -> None:
        """One of `count`."""
        self.characters(n, text)
        if len(text) != RECORD:
            self.defect(n, 0, f'has {len(text)} characters instead of {RECORD}')
            text = text.ljust(RECORD)[:RECORD]
        kind = text[0]
        self.place(n, kind, count)
        self.numbered(n, text)
        if kind == 'A':
            self.header(n, text)
        elif kind == 'Z':
            self.trailer(n, text)
        elif kind in PAYMENTS:
            self.detail(n, text)
        elif kind in NOTICES:
            self.found.notices += 1
        else:
            self.defect(n, 1, f'{kind!r} is no record type')

    def characters(self, n: int, text: str) -> None:
        if odd := UNPRINTABLE.search(text):
            why = f'holds byte {ord(odd[0])}, which is no printable ASCII'
            self.defect(n, odd.start() + 1, why)

    def place(self, n: int, kind: str, count: int) -> None:
        """A first and nowhere else, Z last and nowhere else."""
        for own, where, word in (('A', 1, 'first'), ('Z', count, 'last')):
            if (n == where) != (kind == own):
                says = f'must be {own}' if n == where else f'{own} belongs {word}'
                self.defect(n, 1, says)

    def numbered(self, n: int, text: str) -> None:
        if text[1:10] != f'{n:09}':
            self.defect(n, 2, f'record number is {text[1:10]!r} instead of {n:09}')
        control = text[10:PREFIX]
        if n == 1:
            self.control = control
        elif control != self.control:
            self.defect(n, 11, f'{control!r} is not the {self.control!r} of the first record')

    def values(self, n: int, columns: tuple[Column, ...], text: str, offset: int = 0) -> Values:
        """Elements by name, with defects of their form; blanks on their right are taken off."""
        found = {}
        for column in columns:
            part = column.of(text)
            if column.is_number and not _is_digits(part):
                self.defect(n, offset + column.first, f'{column.name} {part!r} is no number')
            elif column.name in ('filler', 'settlement') and part.strip():
                self.defect(n, offset + column.first, f'{column.name} must be blank')
            elif not column.is_number and part.startswith(' ') and part.strip():
                self.defect(n, offset + column.first, f'{column.name} must begin at the left')
            found[column.name] = part.rstrip()
        return found

    def header(self, n: int, text: str) -> None:
        values, found = self.values(n, HEADER, text), self.found
        found.originator_id, found.file_number = values['originator_id'], values['file_number']
        found.created = date_of(values['created'])
        found.data_centre, found.currency = values['data_centre'], values['currency']
        if not found.originator_id:
            self.defect(n, 11, 'originator_id is blank')
        if not found.file_number.strip('0'):
            self.defect(n, 21, 'file_number must be from 0001 to 9999')
        if found.created is None:
            self.defect(n, 25, f'created {values["created"]!r} is no date 0YYDDD')
        if not found.data_centre.strip('0'):
            self.defect(n, 31, 'data_centre is missing')
        if found.currency not in ('CAD', 'USD'):
            self.defect(n, 56, f'currency {found.currency!r} must be CAD or USD')

    def detail(self, n: int, text: str) -> None:
        """Six segments; behind a blank one all are blank."""
        is_over = False
        for k in range(SEGMENTS):
            start = PREFIX + k * SEGMENT
            segment = text[start : start + SEGMENT]
            if not segment.strip():
                is_over = True
                if k == 0:
                    self.defect(n, start + 1, 'the first segment is blank')
            else:
                if is_over:
                    self.defect(n, start + 1, f'segment {k + 1} follows a blank one')
                self.segment(n, k + 1, text[0], segment, start)

    def segment(self, n: int, k: int, kind: str, text: str, offset: int) -> None:
        values = self.values(n, DETAIL, text, offset)
        columns = {column.name: offset + column.first for column in DETAIL}
        for name, message in self.wrong(kind, values):
            self.defect(n, columns[name], message)
        for name, message in self.odd(kind, values):
            self.warn(n, columns[name], message)
        cents = _whole(values['amount'])
        self.cents[kind] += cents
        self.counts[kind] += 1
        self.references[values['reference']] += 1
        self.found.payments.append(_item(n, k, kind, values))

    def wrong(self, kind: str, values: Values) -> Iterator[tuple[str, str]]:
        """(element, why) of what a bank refuses."""
        code = values['transaction_code']
        is_return = kind in 'IJ'
        if _is_digits(code) and not (is_return or 200 <= int(code) <= 799):
            yield 'transaction_code', f'{code} is no transaction code of a payment'
        if not _whole(values['amount']):
            yield 'amount', 'must be more than 0'
        if date_of(values['payment_date']) is None:
            yield 'payment_date', f'{values["payment_date"]!r} is no date 0YYDDD'
        for name in ('institution_transit', 'return_institution_transit'):
            if values[name][:1] != '0' or not values[name][1:4].strip('0'):
                yield name, f'{values[name]!r} is not 0, institution and transit'
        for name in ('account', 'return_account'):
            if not _is_digits(values[name]):
                yield name, f'{name} must be digits without blanks'
        for name in NEVER_BLANK:
            if not values[name]:
                yield name, f'{name} is blank'
        if not is_return:
            yield from self.constant(values)

    def constant(self, values: Values) -> Iterator[tuple[str, str]]:
        """Elements that a client may not choose."""
        if values['originator_id'] != self.found.originator_id:
            yield 'originator_id', 'is not that of the first record'
        if values['stored_type'] != '000':
            yield 'stored_type', 'stored_type must be 000'
        if values['invalid_element'].strip('0'):
            yield 'invalid_element', 'invalid_element must be zeros'
        trace = values['trace_number']
        if trace not in ('', ZEROS) and (why := self.trace_problem(trace)):
            yield 'trace_number', why
        if reference := values['reference']:
            if self.references[reference]:
                yield 'reference', f'reference {reference} is there already'
        for name in SHARED:
            if values[name] != self.shared.setdefault(name, values[name]):
                yield name, f'{name} is not that of the first payment'

    def trace_problem(self, trace: str) -> str:
        """'' for a number that is built as the standard has it."""
        if trace[:4] != self.found.data_centre[:4]:
            return 'trace_number does not begin with the data centre'
        if not trace[4:9].strip('0'):
            return 'trace_number names no originating data centre'
        if trace[9:13] != self.found.file_number:
            return 'trace_number does not hold the file number'
        item = sum(self.counts.values()) + 1
        return '' if trace[13:] == f'{item:09}' else f'trace_number is not of payment {item}'

    def odd(self, kind: str, values: Values) -> Iterator[tuple[str, str]]:
        """(element, why) of what a bank may refuse."""
        date, created = date_of(values['payment_date']), self.found.created
        if kind in 'CD' and date and created:
            days = (date - created).days
            if days > DAYS_AHEAD or days < -DAYS_BACK:
                yield 'payment_date', f'{date} is {days} days from the creation of the file'
        if not values['reference']:
            yield 'reference', 'reference is blank'

    def trailer(self, n: int, text: str) -> None:
        values = self.values(n, TRAILER, text)
        columns = {column.name: column.first for column in TRAILER}
        for total, count, kinds in SUMS:
            cents = sum(self.cents[kind] for kind in kinds)
            items = sum(self.counts[kind] for kind in kinds)
            for name, computed in ((total, cents), (count, items)):
                if _is_digits(values[name]) and int(values[name]) != computed:
                    why = f'{name} is {int(values[name])}, the payments come to {computed}'
                    self.defect(n, columns[name], why)
        for column in TRAILER:
            if column.name.startswith('corrected') and not self.found.notices:
                if values[column.name].strip('0'):
                    self.defect(n, column.first, f'{column.name} must be 0: there are none')

    def totals(self) -> None:
        found = self.found
        found.credits = _dollars(self.cents['C'] + self.cents['I'])
        found.debits = _dollars(self.cents['D'] + self.cents['J'])
        found.credit_count = self.counts['C'] + self.counts['I']
        found.debit_count = self.counts['D'] + self.counts['J']
        if found.records and not found.payments:
            self.defect(0, 0, 'the file holds no payment')


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _whole(text: str) -> int:
    return int(text) if _is_digits(text) else 0


def _dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _item(n: int, k: int, kind: str, values: Values) -> Item:
    routing, account = values['institution_transit'], values['account']
    shown: dict[str, typing.Any] = {
        'record': n,
        'segment': k,
        'kind': PAYMENTS[kind],
        'code': values['transaction_code'],
        'amount': _dollars(_whole(values['amount'])),
        'date': date_of(values['payment_date']),
        'institution': routing[1:4],
        'transit': routing[4:],
        'account': '*' * (len(account) - 3) + account[-3:],
        'payee': values['payee'],
        'reference': values['reference'],
        'trace_number': values['trace_number'],
    }
    return Item(**shown)
