"""CPA-005 (Payments Canada Standard 005): the layout, and a file of payroll deposits written in it.

Logical records of 1464 printable ASCII characters: one A, then C (credits), one Z. A detail record
has room for six payments, segments of 240 characters. Sources: Standard 005, editions 2014 to 2024,
as quoted by openbooks (braedonsaunders) and by guides of Central 1; a debit file accepted by
Desjardins settled what they leave open.
"""

import datetime as dt
import typing
import unicodedata
from collections.abc import Iterator, Sequence

import msgspec

RECORD, PREFIX, SEGMENT, SEGMENTS = 1464, 24, 240, 6
MOST_AMOUNT, MOST_TOTAL = 10**10, 10**14  #: cents, exclusive
MOST_NUMBER = 9999  #: file creation numbers; 0001 follows
DAYS_AHEAD, DAYS_BACK = 173, 30  #: of a payment date from the file's creation (Treasury Software)
ZEROS = '0' * 22


class Column(typing.NamedTuple):
    """An element: its first column, counted from 1, in the record or (C) in the segment."""

    name: str
    first: int
    length: int
    is_number: bool = False

    def of(self, text: str) -> str:
        """Its part of a record or segment."""
        return text[self.first - 1 : self.first - 1 + self.length]


HEADER = (
    Column('record_type', 1, 1),
    Column('record_number', 2, 9, True),
    Column('originator_id', 11, 10),
    Column('file_number', 21, 4, True),
    Column('created', 25, 6, True),
    Column('data_centre', 31, 5, True),
    Column('reserved', 36, 20),
    Column('currency', 56, 3),
    Column('filler', 59, 1406),
)
DETAIL = (
    Column('transaction_code', 1, 3, True),
    Column('amount', 4, 10, True),
    Column('payment_date', 14, 6, True),
    Column('institution_transit', 20, 9, True),
    Column('account', 29, 12),
    Column('trace_number', 41, 22, True),
    Column('stored_type', 63, 3, True),
    Column('short_name', 66, 15),
    Column('payee', 81, 30),
    Column('long_name', 111, 30),
    Column('originator_id', 141, 10),
    Column('reference', 151, 19),
    Column('return_institution_transit', 170, 9, True),
    Column('return_account', 179, 12),
    Column('sundry', 191, 15),
    Column('filler', 206, 22),
    Column('settlement', 228, 2),
    Column('invalid_element', 230, 11, True),
)
TRAILER = (
    Column('record_type', 1, 1),
    Column('record_number', 2, 9, True),
    Column('originator_id', 11, 10),
    Column('file_number', 21, 4, True),
    Column('debit_total', 25, 14, True),
    Column('debit_count', 39, 8, True),
    Column('credit_total', 47, 14, True),
    Column('credit_count', 61, 8, True),
    Column('corrected_credit_total', 69, 14, True),
    Column('corrected_credit_count', 83, 8, True),
    Column('corrected_debit_total', 91, 14, True),
    Column('corrected_debit_count', 105, 8, True),
    Column('filler', 113, 1352),
)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """3 digits, 5 digits, up to 12 digits."""

    institution: str
    transit: str
    account: str

    @property
    def routing(self) -> str:
        """As in the file: a zero, the institution, the transit."""
        return f'0{self.institution}{self.transit}'


class Originator(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays, as its bank knows it. `clearer` is the data centre that the bank gave for trace
    numbers, '' when it gave none."""

    id: str
    short_name: str
    long_name: str
    data_centre: str
    returns: Account
    clearer: str = ''
    currency: str = 'CAD'


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """How a bank wants the file beyond the standard."""

    line_end: str = '\n'
    ends_with_line_end: bool = False
    payments_per_record: int = 1
    is_upper_case: bool = False
    first_line: str = ''


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A deposit, in cents; `reference` is unique in its file."""

    cents: int
    date: dt.date
    to: Account
    payee: str
    reference: str
    sundry: str = ''


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What one file pays. `number` is its file creation number."""

    originator: Originator
    number: int
    created: dt.date
    payments: Sequence[Payment]
    code: str = '200'


def ascii_text(text: str) -> str:
    """Printable ASCII: accents are taken off, what then is none is dropped, blanks are single."""
    plain = unicodedata.normalize('NFKD', text.replace('œ', 'oe').replace('Œ', 'OE'))
    plain = plain.replace('’', "'").replace('–', '-')
    return ' '.join(''.join(c for c in plain if ' ' <= c <= '~').split())


def julian(day: dt.date) -> str:
    """`0YYDDD`."""
    return f'0{day:%y%j}'


def write(batch: Batch, form: Form) -> bytes:
    """The whole file.

    Raises ValueError, naming the element, for what does not fit; who calls has checked before.
    """
    if not batch.payments:
        raise ValueError('a file needs a payment')
    records = [_header(batch), *_details(batch, form)]
    records.append(_trailer(batch, len(records) + 1))
    lines = [form.first_line, *records] if form.first_line else records
    text = form.line_end.join(lines)
    if form.is_upper_case:
        text = text.upper()
    return (text + (form.line_end if form.ends_with_line_end else '')).encode('ascii')


def _control(batch: Batch) -> str:
    """Columns 11 to 24 of every record."""
    return f'{_text(batch.originator.id, 10)}{_number(batch.number, 4)}'


def _header(batch: Batch) -> str:
    origin = batch.originator
    values: dict[str, str | int] = {
        'record_type': 'A',
        'record_number': 1,
        'originator_id': origin.id,
        'file_number': batch.number,
        'created': julian(batch.created),
        'data_centre': origin.data_centre,
        'currency': origin.currency,
    }
    return _filled(HEADER, values)


def _details(batch: Batch, form: Form) -> Iterator[str]:
    size = form.payments_per_record
    segments = [_segment(batch, n, one) for n, one in enumerate(batch.payments, 1)]
    for n, start in enumerate(range(0, len(segments), size), 2):
        prefix = f'C{_number(n, 9)}{_control(batch)}'
        yield (prefix + ''.join(segments[start : start + size])).ljust(RECORD)


def _segment(batch: Batch, item: int, one: Payment) -> str:
    origin = batch.originator
    if not 0 < one.cents < MOST_AMOUNT:
        raise ValueError(f'amount: {one.cents} cents')
    values: dict[str, str | int] = {
        'transaction_code': batch.code,
        'amount': one.cents,
        'payment_date': julian(one.date),
        'institution_transit': one.to.routing,
        'account': one.to.account,
        'trace_number': trace_number(batch, item),
        'stored_type': 0,
        'short_name': origin.short_name,
        'payee': one.payee,
        'long_name': origin.long_name,
        'originator_id': origin.id,
        'reference': one.reference,
        'return_institution_transit': origin.returns.routing,
        'return_account': origin.returns.account,
        'sundry': one.sundry,
        'invalid_element': 0,
    }
    return _filled(DETAIL, values)


def trace_number(batch: Batch, item: int) -> str:
    """22 zeros, unless the bank gave a clearer: its data centre without the last digit, the
    clearer, the file number, the number of the payment."""
    origin = batch.originator
    if not origin.clearer:
        return ZEROS
    centre = f'{origin.data_centre[:4]}{_number(origin.clearer, 5)}'
    return f'{centre}{_number(batch.number, 4)}{_number(item, 9)}'


def _trailer(batch: Batch, record: int) -> str:
    total = sum(one.cents for one in batch.payments)
    values: dict[str, str | int] = {
        'record_type': 'Z',
        'record_number': record,
        'originator_id': batch.originator.id,
        'file_number': batch.number,
        'credit_total': total,
        'credit_count': len(batch.payments),
    }
    numbers = {column.name: 0 for column in TRAILER if column.is_number}
    return _filled(TRAILER, numbers | values)


def _filled(columns: Sequence[Column], values: dict[str, typing.Any]) -> str:
    """Each element in its place; what has no value is blank."""
    return ''.join(_element(column, values.get(column.name)) for column in columns)


def _element(column: Column, value: str | int | None) -> str:
    try:
        if column.is_number and value is not None:
            return _number(value, column.length)
        return _text(str(value or ''), column.length)
    except ValueError as error:
        raise ValueError(f'{column.name}: {error}') from None


def _number(value: str | int, length: int) -> str:
    text = str(value)
    if not (text.isascii() and text.isdigit()) or len(text) > length:
        raise ValueError(f'{text!r} is no number of {length} digits')
    return text.zfill(length)


def _text(value: str, length: int) -> str:
    """Left-justified; names are cut, since only their beginning is shown."""
    return ascii_text(value)[:length].ljust(length)
