"""Templates and data into PDF bytes. Equal data give equal bytes, on every machine.

Data reach a template as a JSON file of their own, never as code: whatever a name holds, it prints.
"""

import datetime as dt
import functools
import pathlib
import re
import typing
from collections.abc import Mapping

import msgspec

from karvo.kit.lazy import lazy

typst = lazy('typst')

HERE = pathlib.Path(__file__).parent
SHARED = HERE / 'templates'  #: what templates import: `#import "page.typ": *`
FONTS = HERE / 'fonts'

#: Control characters, and those that turn the writing direction of what follows.
UNPRINTABLE = re.compile(
    '[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]'
)
ZERO_WIDTH_SPACE = '\u200b'
LONGEST_WORD = 30  #: characters that every column of text has room for


def compile(
    template: pathlib.Path,
    data: typing.Any,
    date: dt.date,
    parts: Mapping[str, bytes] | None = None,
) -> bytes:
    """The PDF of a template and what it prints: a struct or dict of texts, numbers and lists.

    The template reads them by `json("data.json")`; `parts` are what else it imports, by name.
    `date` is the PDF's own date. May be called by any number of threads.
    """
    files = {
        **_shared(),
        **(parts or {}),
        'main.typ': _text(template),
        'data.json': msgspec.json.encode(_printable(msgspec.to_builtins(data))),
    }
    at = dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC)
    made: bytes = typst.compile(files, font_paths=_fonts(), timestamp=at)
    return made


@functools.cache
def _fonts() -> typing.Any:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
    )


@functools.cache
def _shared() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(SHARED.glob('*.typ'))}


@functools.cache
def _text(template: pathlib.Path) -> bytes:
    return template.read_bytes()


def _printable(value: typing.Any) -> typing.Any:
    """The same without what no printer can show; words that no column holds may be broken."""
    if isinstance(value, str):
        return breakable(UNPRINTABLE.sub('', value), LONGEST_WORD)
    if isinstance(value, list):
        return [_printable(item) for item in value]
    if isinstance(value, dict):
        return {name: _printable(item) for name, item in value.items()}
    return value


def breakable(text: str, width: int) -> str:
    """The text with a place to break after each `width` characters of a longer word."""
    return re.sub(rf'[^\s{ZERO_WIDTH_SPACE}]{{{width + 1},}}', lambda m: _broken(m[0], width), text)


def _broken(word: str, width: int) -> str:
    parts = (word[start : start + width] for start in range(0, len(word), width))
    return ZERO_WIDTH_SPACE.join(parts)
