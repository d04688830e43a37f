"""What printed documents are made of; `templates/page.typ` sets each part.

Texts are lists with one string a language (`karvo.kit.words`). Figures come formatted: a template
computes nothing.
"""

import datetime as dt
import functools
import typing

import msgspec
from babel import Locale

from karvo.kit import words
from karvo.kit.pdf import breakable
from karvo.kit.words import Form

Text = list[str]
LETTER = {'CA', 'US', 'MX'}  #: countries of letter paper; elsewhere A4
MOST_WHOLE = 1500  #: characters of a row that is kept on one page
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
    """A column of the table; `width` is auto, fr (takes what is left), or millimetres."""

    label: Text
    is_figure: bool = False
    width: str = 'auto'


class Row(msgspec.Struct, kw_only=True):
    """A row; `is_whole` keeps it on one page, `is_strong` sets it in semibold."""

    cells: list[Text]
    is_whole: bool = True
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
        'paper': 'us-letter' if country in LETTER else 'a4',
        'date': (date.year, date.month, date.day),
        'title': words.word(form, title),
        'number': number,
        'page_words': words.word(form, 'page'),
        'seller': seller,
    }


def figures(label: Text) -> Column:
    """A column of figures."""
    return Column(label=label, is_figure=True)


def row(cells: list[Text], *, is_strong: bool = False) -> Row:
    """A row, kept on one page unless a cell has very much text."""
    longest = max(sum(map(len, cell)) for cell in cells)
    return Row(cells=cells, is_whole=longest <= MOST_WHOLE, is_strong=is_strong)


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
