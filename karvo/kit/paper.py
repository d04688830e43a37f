"""What printed documents are made of; `templates/page.typ` sets each part.

Texts are lists with one string a language (`karvo.kit.words`). Figures come formatted: a template
computes nothing.
"""

import datetime as dt
import functools
import math
import re
import typing

import msgspec
from babel import Locale

from karvo.kit import words
from karvo.kit.pdf import breakable
from karvo.kit.words import Form

Text = list[str]
LETTER = {'CA', 'US', 'MX'}  #: countries of letter paper; elsewhere A4
INNER = {'us-letter': 185.1, 'a4': 179.2}  #: millimetres between the outer edges of the table
#: Characters of a row that is kept on one page; that fits on one with the totals.
MOST_WHOLE, MOST_BOUND = 400, 800
BREAK = re.compile(r'[\n\u200b]')  #: where a text may go on in another line
LATIN = re.compile(r'[\x20-\x7e\xa0-\u017f\u2010-\u2026\u2212]*')
WIDEST_CODE = 12  #: characters before a code is broken


class Block(msgspec.Struct, kw_only=True):
    """A name and the lines beneath it; `label` says whose."""

    name: str
    lines: list[str]
    label: Text = []


class Fact(msgspec.Struct):
    """`Échéance: 20 novembre 2026`."""

    label: Text
    value: Text


class Column(msgspec.Struct, kw_only=True):
    """A column of the table; `width` in millimetres, 0 takes what is left."""

    label: Text
    is_figure: bool = False
    width: float = 0


class Row(msgspec.Struct, kw_only=True):
    """A row; `is_whole` keeps it on one page, as the last one `is_bound` to what follows it.

    `height` is in lines, 0 = to be found out when it is set.
    """

    cells: list[Text]
    is_whole: bool = True
    is_bound: bool = True
    height: int = 0
    is_strong: bool = False


class Sum(msgspec.Struct, kw_only=True):
    """A line of the totals, its amount once a language."""

    label: Text
    amounts: Text
    is_strong: bool = False


class Note(msgspec.Struct):
    """A heading and what stands beneath it, a paragraph a language."""

    label: Text
    paragraphs: Text


class Sheet(msgspec.Struct, kw_only=True):
    """A whole document."""

    languages: list[str]
    paper: str
    date: tuple[int, int, int]
    title: Text
    number: str
    page_words: Text  #: `Sheet {} de {}`
    seller: Block
    parties: list[Block]
    facts: list[Fact]
    columns: list[Column]
    rows: list[Row]
    mark: Text = []
    sums: list[Sum] = []
    remarks: Text = []  #: beside the totals
    strip: list[Sum] = []  #: boxes beside one another (aging)
    strip_label: Text = []
    notes: list[Note] = []


def frame(
    form: Form, title: str, number: str, date: dt.date, seller: Block, country: str
) -> dict[str, typing.Any]:
    """The members of a Sheet that every document has; `title` names a word."""
    return {
        'languages': list(form),
        'paper': paper_of(country),
        'date': (date.year, date.month, date.day),
        'title': words.word(form, title),
        'number': number,
        'page_words': words.word(form, 'page'),
        'seller': seller,
    }


#: Millimetres: of a figure or letter in the table, of one in its heading, of the space between.
LETTER_WIDTH, LABEL_WIDTH, GAP = 1.72, 1.55, 3.4


def fitted(label: Text, texts: typing.Iterable[str], *, is_figure: bool = True) -> Column:
    """A column as wide as its longest text; words are a little wider than figures."""
    letter = LETTER_WIDTH if is_figure else LETTER_WIDTH * 1.1
    texts_width = letter * max(map(len, texts), default=0)
    width = max(texts_width, LABEL_WIDTH * max(map(len, label))) + GAP
    return Column(label=label, is_figure=is_figure, width=round(width, 2))


def row(cells: list[Text], *, is_strong: bool = False) -> Row:
    """A row, kept on one page unless a cell has very much text."""
    longest = max(sum(map(len, cell)) for cell in cells)
    is_whole, is_bound = longest <= MOST_WHOLE, longest <= MOST_BOUND
    return Row(cells=cells, is_whole=is_whole, is_bound=is_bound, is_strong=is_strong)


def table(rows: list[Row], columns: list[Column], country: str) -> dict[str, typing.Any]:
    """The members of a Sheet that make its table; finds the rows whose height is sure.

    One column has the width 0 and takes what the others leave.
    """
    wide = next(at for at, column in enumerate(columns) if not column.width)
    left = INNER[paper_of(country)] - sum(column.width for column in columns) - GAP
    for one in rows:
        is_sure = not any(BREAK.search(text) for cell in one.cells for text in cell)
        if is_sure and all(_widest(text) <= left for text in one.cells[wide]):
            one.height = max(map(len, one.cells))
    return {'columns': columns, 'rows': rows}


def _widest(text: str) -> float:
    """Millimetres that a text takes at most."""
    if not text.isascii() and not LATIN.fullmatch(text):
        return math.inf
    narrow = sum(map(str.islower, text)) + text.count(' ')
    return LETTER_WIDTH * 1.2 * narrow + LETTER_WIDTH * 1.7 * (len(text) - narrow)


def paper_of(country: str) -> str:
    return 'us-letter' if country in LETTER else 'a4'


class Postal(typing.Protocol):
    """Anything with a postal address."""

    city: str | None
    province: str | None
    postal_code: str | None
    country: str | None


def code(text: str) -> str:
    """A code that may be broken where its column ends."""
    return breakable(text, WIDEST_CODE)


def address_lines(
    form: Form, first: str | None, second: str | None, place: Postal, home: str
) -> list[str]:
    """The lines of an address; the country's name only where it is not `home`."""
    region = ' '.join(filter(None, (place.city, place.province)))
    lines = [first, second, '  '.join(filter(None, (region, place.postal_code)))]
    if place.country and place.country != home:
        lines.append(' / '.join(words.in_each(form, lambda one: _country(place.country, one))))
    return [line for line in lines if line]


@functools.cache
def _country(code: str | None, language: str) -> str:
    names = Locale.parse(words.LOCALES[language]).territories
    return str(names.get(code or '', code or ''))
