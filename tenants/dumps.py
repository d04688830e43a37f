"""Rows out of a MySQL dump, one statement after the other, in little memory.

Reads what mysqldump, mariadb-dump, wp-cli and phpMyAdmin write: INSERT with one or many rows, with
or without column names, comments, escapes, binary introducers, hexadecimal values. Everything else
is passed over. Nothing is executed.
"""

import re
import typing
from collections.abc import Callable, Iterator

CHUNK = 1 << 20
MOST_VALUE = 1 << 20  #: bytes of one value that is kept; longer ones are broken rows
MOST_HEAD = 1 << 16  #: bytes of a CREATE TABLE, or of an INSERT before its rows
MOST_COLUMNS = 200

BLANK = re.compile(rb'\s++')
BARE = re.compile(rb'[^\s\'"`;/#,()-]++|[-/]')
QUOTES = {b"'", b'"', b'`'}
#: What a string holds up to its end or, where the buffer ends before, up to there.
INSIDE = {
    b"'": re.compile(rb"(?:[^'\\]++|\\.)*+", re.DOTALL),
    b'"': re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL),
    b'`': re.compile(rb'[^`]*+'),
}
ESCAPE = re.compile(rb'\\(.)', re.DOTALL)
ESCAPED = {b'0': b'\0', b'b': b'\b', b'n': b'\n', b'r': b'\r', b't': b'\t', b'Z': b'\x1a'}
COLUMN = re.compile(rb'^\s*`((?:[^`]|``)+)`\s', re.MULTILINE)
TABLE_BODY = re.compile(rb'^CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(.*?)\s*\((.*)', re.S | re.I)
NUMBER = re.compile(rb'[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?')
HEXADECIMAL = re.compile(rb'0x((?:[0-9a-fA-F]{2})*)')
ENDS = re.compile(rb'[^\'"`;/#-]++')
#: As much of a statement as is whole in the buffer: a sign that might begin a comment ends it.
PASSED_OVER = re.compile(
    rb"""(?:[^'"`;/#-]++|'(?:[^'\\]++|\\.)*+'|"(?:[^"\\]++|\\.)*+"|`[^`]*+`|-(?=[^-])|/(?=[^*]))*+""",
    re.DOTALL,
)


class Truncated(ValueError):
    """The file ends inside a statement."""


class Row(typing.NamedTuple):
    """A row of a table, or what is wrong with it. Values by column, NULL is None."""

    table: str
    line: int
    values: dict[str, bytes | None]
    problem: str = ''


class Token(typing.NamedTuple):
    """`kind`: the sign itself, or `text` (quoted), `name` (in backticks), `word`; '' at the end."""

    kind: str
    value: bytes = b''


class Reader:
    """Tokens of a dump. Keeps a chunk and the value being read in memory, no more."""

    def __init__(self, file: typing.BinaryIO) -> None:
        self.file, self.buffer, self.at, self.line = file, b'', 0, 1
        self.is_over, self.counted = False, 0

    def more(self) -> bool:
        """Drop what was read, add a chunk; False at the end of the file."""
        self.here()
        chunk = b'' if self.is_over else self.file.read(CHUNK)
        self.is_over = not chunk
        self.buffer, self.at, self.counted = self.buffer[self.at :] + chunk, 0, 0
        return bool(chunk)

    def here(self) -> int:
        """The line that is being read."""
        self.line += self.buffer.count(b'\n', self.counted, self.at)
        self.counted = self.at
        return self.line

    def ahead(self, size: int) -> bytes:
        """The next bytes, fewer at the end of the file."""
        while len(self.buffer) - self.at < size and self.more():
            pass
        return self.buffer[self.at : self.at + size]

    def _take(self, pattern: re.Pattern[bytes], limit: int) -> bytes:
        """All that matches from here on, over chunks; at most `limit` of it is returned."""
        taken = bytearray()
        while found := pattern.match(self.buffer, self.at):
            if found.end() == self.at:
                break
            taken += found[0][: max(0, limit - len(taken))]
            self.at = found.end()
            if self.at < len(self.buffer) or not self.more():
                break
        return bytes(taken)

    def skip_blanks(self) -> None:
        """White space and comments; `/*! … */` holds settings of MySQL's, no rows."""
        while next_two := self.ahead(2):
            if next_two[:1].isspace():
                self._take(BLANK, 0)
            elif next_two == b'/*':
                self._skip_past(b'*/')
            elif next_two[:1] == b'#' or (next_two == b'--' and self.ahead(3)[2:].strip() == b''):
                self._skip_past(b'\n', may_end=True)
            else:
                return

    def _skip_past(self, end: bytes, may_end: bool = False) -> None:
        while (found := self.buffer.find(end, self.at)) < 0:
            self.at = max(self.at, len(self.buffer) - len(end) + 1)
            if not self.more():
                self.at = len(self.buffer)
                if may_end:
                    return
                raise Truncated(f'the file ends inside a comment, line {self.here()}')
        self.at = found + len(end)

    def token(self, limit: int = MOST_VALUE) -> Token:
        """The next one; a quoted value that is longer than `limit` comes as kind `long`."""
        self.skip_blanks()
        sign = self.ahead(1)
        if sign in QUOTES:
            return self._quoted(sign, limit)
        word = self._take(BARE, limit)
        if word:
            return Token('word', word)
        self.at += len(sign)
        return Token(sign.decode('latin-1'))

    def _quoted(self, quote: bytes, limit: int) -> Token:
        self.at += 1
        taken, inside = bytearray(), INSIDE[quote]
        while True:
            piece = self._take(inside, max(0, limit + 1 - len(taken)))
            taken += piece
            two = self.ahead(2)
            if two[:1] == quote and two[1:] == quote:
                taken += quote if quote == b'`' else b'\\' + quote
                self.at += 2
            elif two[:1] == quote:
                self.at += 1
                break
            elif len(two) < 2:
                raise Truncated(f'the file ends inside a value, line {self.here()}')
            # else a backslash stood at the end of a chunk: more of it is here now
        if len(taken) > limit:
            return Token('long')
        if quote == b'`':
            return Token('name', bytes(taken))
        return Token('text', _unescaped(bytes(taken)))

    def statement(self, limit: int) -> bytes:
        """The rest of the statement up to its semicolon, at most `limit` bytes of it."""
        kept = bytearray()
        while True:
            kept += self._take(ENDS if limit else PASSED_OVER, max(0, limit - len(kept)))
            sign = self.ahead(1)
            if not sign:
                raise Truncated(f'the file ends inside a statement, line {self.here()}')
            if sign == b';':
                self.at += 1
                return bytes(kept)
            room = max(0, limit - len(kept))
            if sign in QUOTES:
                token = self._quoted(sign, room)
                kept += sign + token.value[:room] + sign
            elif not self._skipped_comment():
                kept += sign[:room]
                self.at += 1

    def _skipped_comment(self) -> bool:
        before = (self.line, self.at, len(self.buffer))
        self.skip_blanks()
        return before != (self.line, self.at, len(self.buffer))


def _unescaped(raw: bytes) -> bytes:
    if b'\\' not in raw:
        return raw
    return ESCAPE.sub(lambda found: ESCAPED.get(found[1], found[1]), raw)


Columns = dict[str, tuple[str, ...]]
Wanted = Callable[[str], bool]


def read_rows(file: typing.BinaryIO, wanted: Wanted, defaults: Columns) -> Iterator[Row]:
    """The rows of the wanted tables, in the file's order, each with its line.

    `wanted(table)`; `defaults`: {end of a table's name: its columns} for dumps without CREATE
    TABLE and without column names. A row that cannot be read comes with its `problem`.
    Raises Truncated where the file ends inside a statement.
    """
    reader, known = Reader(file), dict[str, tuple[str, ...]]()
    while True:
        first = reader.token(limit=MOST_HEAD)
        if not first.kind:
            return
        word = first.value.upper()
        if word in (b'INSERT', b'REPLACE'):
            yield from _inserted(reader, wanted, known, defaults)
        elif word == b'CREATE':
            _learn(reader.statement(MOST_HEAD), known)
        elif first.kind != ';':
            reader.statement(0)


def _learn(statement: bytes, known: Columns) -> None:
    if found := TABLE_BODY.match(b'CREATE' + statement):
        table = found[1].split(b'.')[-1].strip(b'`" ').decode('utf-8', 'replace')
        names = [name.replace(b'``', b'`') for name in COLUMN.findall(found[2])]
        known[table] = tuple(name.decode('utf-8', 'replace') for name in names[:MOST_COLUMNS])


def _inserted(reader: Reader, wanted: Wanted, known: Columns, defaults: Columns) -> Iterator[Row]:
    table, token = _table(reader)
    if not wanted(table):
        if token.kind != ';':
            reader.statement(0)
        return
    columns = known.get(table) or _default(table, defaults)
    if token.kind == '(':
        columns, token = _names(reader)
    if token.value.upper() not in (b'VALUES', b'VALUE'):
        yield Row(table, reader.here(), {}, 'an INSERT without VALUES')
        if token.kind != ';':
            reader.statement(0)
        return
    yield from _rows(reader, table, columns)


def _default(table: str, defaults: Columns) -> tuple[str, ...]:
    return next((names for end, names in defaults.items() if table.endswith(end)), ())


def _table(reader: Reader) -> tuple[str, Token]:
    """The table of an INSERT (without its database) and the token after it."""
    name, token = b'', reader.token()
    while token.kind in ('word', 'name'):
        if token.kind == 'word' and token.value.upper() in (b'VALUES', b'VALUE', b'SET', b'SELECT'):
            break
        if token.kind == 'name' or token.value.upper() not in MODIFIERS:
            name = token.value
        token = reader.token()
    return name.split(b'.')[-1].decode('utf-8', 'replace'), token


MODIFIERS = {b'INTO', b'IGNORE', b'DELAYED', b'LOW_PRIORITY', b'HIGH_PRIORITY', b'.'}


def _names(reader: Reader) -> tuple[tuple[str, ...], Token]:
    names, token = list[str](), reader.token()
    while token.kind in ('name', 'word', 'text', ',') and len(names) <= MOST_COLUMNS:
        if token.kind != ',':
            names.append(token.value.decode('utf-8', 'replace'))
        token = reader.token()
    return tuple(names), reader.token() if token.kind == ')' else token


def _rows(reader: Reader, table: str, columns: tuple[str, ...]) -> Iterator[Row]:
    while True:
        reader.skip_blanks()
        line, token = reader.here(), reader.token()
        if token.kind == '(':
            yield _row(reader, table, columns, line)
            continue
        if token.kind == ';':
            return
        if not token.kind:
            raise Truncated(f'the file ends inside an INSERT, line {line}')
        if token.kind != ',':  # ON DUPLICATE KEY UPDATE …
            reader.statement(0)
            return


def _row(reader: Reader, table: str, columns: tuple[str, ...], line: int) -> Row:
    """The row behind its opening parenthesis, read up to the closing one whatever it holds."""
    values: list[bytes | None] = []
    problem, depth, item = '', 1, list[Token]()
    while depth:
        token = reader.token()
        depth += {'(': 1, ')': -1}.get(token.kind, 0)
        if not token.kind:
            raise Truncated(f'the file ends inside a row, line {line}')
        if (token.kind == ',' and depth == 1) or not depth:
            value, wrong = _one(item)
            problem = problem or wrong
            values.append(value)
            item = []
        elif len(item) < 4:
            item.append(token)
    if not problem and len(values) != len(columns):
        problem = f'{len(values)} values for {len(columns)} columns'
    named = {} if problem else dict(zip(columns, values, strict=True))
    return Row(table, line, named, problem)


def _one(tokens: list[Token]) -> tuple[bytes | None, str]:
    """A literal's bytes (None: NULL), and what is wrong with it."""
    kinds = [token.kind for token in tokens]
    if kinds == ['text']:
        return tokens[0].value, ''
    if 'long' in kinds:
        return None, f'a value longer than {MOST_VALUE} bytes'
    if kinds == ['word', 'text'] and tokens[0].value[:1] == b'_':  # _binary '…', _utf8mb4 '…'
        return tokens[1].value, ''
    if kinds == ['word', 'text'] and tokens[0].value in (b'X', b'x'):
        return _of_hex(tokens[1].value)
    if kinds and set(kinds) == {'word'}:
        return _of_word(b''.join(token.value for token in tokens))
    return None, 'a value that is no literal'


def _of_word(word: bytes) -> tuple[bytes | None, str]:
    if word.upper() == b'NULL':
        return None, ''
    if found := HEXADECIMAL.fullmatch(word.removeprefix(b'_binary')):
        return _of_hex(found[1])
    if NUMBER.fullmatch(word):
        return word, ''
    return None, 'a value that is no literal'


def _of_hex(digits: bytes) -> tuple[bytes | None, str]:
    try:
        return bytes.fromhex(digits.decode('ascii')), ''
    except (ValueError, UnicodeDecodeError):
        return None, 'a wrong hexadecimal value'
