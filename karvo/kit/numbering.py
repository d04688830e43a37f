"""Gapless numbers (G-5): counter rows, taken by the last statement of a transaction."""

import functools
import re
import typing

import msgspec
import peewee

from karvo.kit import ids
from karvo.kit.columns import Instant
from karvo.kit.db import Model, database

SIGN = '\u27e6'  #: ⟦, what stands for a number begins with it
EVENTS = 'EVENT'  #: the counter of the event sequence, year 0

#: Default patterns. {YYYY} = the document's year; the zeros are the least width of the number.
SERIES = {
    code: f'{code}-{{YYYY}}-{{0000}}'
    for code in ('INV', 'CN', 'PAY', 'JE', 'SO', 'Q', 'SHP', 'BO', 'PO', 'RFQ', 'CLM', 'CC')
    + ('RET', 'TR', 'ADJ', 'REC', 'RUN', 'NEG')
} | {EVENTS: '{0}', 'EMP': 'E{00000}'}


#: Which table carries the numbers of a plugin's series, as `karvo.invoices.audit.TABLES` says it.
AUDITED: dict[str, str] = {}


def add_series(patterns: dict[str, str], audited: dict[str, str]) -> None:
    """A plugin's own: {code: pattern} and where the audit finds the numbers that were taken."""
    SERIES.update(patterns)
    AUDITED.update(audited)


class NumberSeries(Model):
    """The next value of a series in a year."""

    code = peewee.TextField()
    year = peewee.IntegerField()
    next_value = peewee.BigIntegerField(default=1)
    pattern = peewee.TextField()

    class Meta:
        indexes = ((('code', 'year'), True),)


class NumberSkip(Model):
    """Values that no document carries, and why: the number audit must explain each one."""

    code = peewee.TextField()
    year = peewee.IntegerField()
    first_value = peewee.BigIntegerField()
    last_value = peewee.BigIntegerField()
    reason = peewee.TextField()  # client (it jumped ahead), draft_deleted
    number = peewee.TextField(default='')
    at = Instant()

    class Meta:
        indexes = ((('code', 'year'), False),)


class NumberRequest(msgspec.Struct, kw_only=True):
    """A number to take. `value` is known once the unit of work is sealed.

    `table` and `row_id` name a row that is there already; without them a row that the last
    statement writes takes it from `numbered`, where `ord` is this request.
    """

    code: str
    year: int
    ord: int
    table: str = ''
    row_id: int = 0
    is_searched: bool = False  #: the number belongs into the row's search_text
    value: str = ''
    stand_in: str = ''

    @property
    def token(self) -> str:
        """Stands for the number in events, answers and texts of the last statement until it is
        taken; nobody can have written it before."""
        if not self.stand_in:
            self.stand_in = f'{SIGN}{ids.random_id()}\u27e7'
        return self.stand_in


class Claimed(typing.NamedTuple):
    """A client's own number, read by the series' pattern."""

    code: str
    year: int
    value: int


@functools.cache
def _matcher(pattern: str) -> re.Pattern[str]:
    text = re.escape(pattern).replace(r'\{YYYY\}', r'(?P<year>[0-9]{4})')
    text = re.sub(r'\\\{(0+)\\\}', lambda m: rf'(?P<value>[0-9]{{{len(m[1])},15}})', text)
    return re.compile(text, re.IGNORECASE)


def read_number(code: str, number: str, pattern: str = '') -> Claimed | None:
    """`INV-2026-0042` → (INV, 2026, 42); None when the number is not of the series' pattern."""
    match = _matcher(pattern or SERIES[code]).fullmatch(number)
    if match is None:
        return None
    year = int(match['year']) if 'year' in match.re.groupindex else 0
    return Claimed(code, year, int(match['value']))


LOCK = """
INSERT INTO @number_series AS s (code, year, next_value, pattern)
VALUES (%(code)s, %(year)s, 1, %(pattern)s)
ON CONFLICT (code, year) DO UPDATE SET next_value = s.next_value
RETURNING next_value"""
MOVE = """
UPDATE @number_series SET next_value = %(value)s + 1 WHERE code = %(code)s AND year = %(year)s"""
SKIP = """
INSERT INTO @number_skip (code, year, first_value, last_value, reason, number, at)
VALUES (%(code)s, %(year)s, %(first)s, %(last)s, %(reason)s, %(number)s, %(at)s)"""


def pass_claimed(claimed: Claimed, number: str, at: object) -> None:
    """Move the series past a client's number; what was jumped over is noted (G-5)."""
    named = {'code': claimed.code, 'year': claimed.year, 'value': claimed.value}
    row = database.run(LOCK, named | {'pattern': SERIES[claimed.code]}).fetchone()
    following = row[0] if row else 1
    if claimed.value < following:
        return
    database.run(MOVE, named)
    if claimed.value > following:
        note_skip(claimed, following, claimed.value - 1, 'client', number, at)


def note_skip(
    claimed: Claimed, first: int, last: int, reason: str, number: str, at: object
) -> None:
    """Values `first` to `last` will never be issued."""
    database.run(
        SKIP,
        {
            'code': claimed.code,
            'year': claimed.year,
            'first': first,
            'last': last,
            'reason': reason,
            'number': number,
            'at': at,
        },
    )
