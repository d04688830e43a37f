"""What documents say, in French and English: words, amounts, dates (L-1, L-4, L-5).

A document's *form* is the languages it is printed in, French first: `('fr',)`, `('en',)` or
`('fr', 'en')`. Every text of a document is a list with one string a language, equal ones once.
"""

import datetime as dt
import functools
import pathlib
import re
from collections.abc import Callable
from decimal import Decimal

import msgspec
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from karvo.kit.errors import invalid

Form = tuple[str, ...]
FRENCH: Form = ('fr',)
ENGLISH: Form = ('en',)
BOTH: Form = ('fr', 'en')
LOCALES = {'fr': 'fr_CA', 'en': 'en_CA'}
SEPARATOR = re.compile(r'[ +-]')
NO_BREAK = '\u00a0'

WORDS = msgspec.json.decode(
    pathlib.Path(__file__).with_name('words.json').read_bytes(), type=dict[str, tuple[str, str]]
)


def form_named(text: str) -> Form:
    """`fr`, `en`, `fr+en` (also `fr en`, `fr-en`, `en+fr`; French first all the same).

    Raises Invalid for anything else.
    """
    parts = SEPARATOR.split(text.lower())
    if parts in (['fr'], ['en']):
        return (parts[0],)
    if sorted(parts) == ['en', 'fr']:
        return BOTH
    raise invalid(lang='must be fr, en or fr+en')


def said(form: Form, french: str, english: str) -> list[str]:
    """One string a language; one alone where both are the same."""
    texts = {'fr': french, 'en': english}
    return list(dict.fromkeys(texts[language] for language in form))


def word(form: Form, name: str) -> list[str]:
    """The word of that name in WORDS."""
    return said(form, *WORDS[name])


def spoken(form: Form, name: str, value: Callable[[str], str]) -> list[str]:
    """A word whose `{}` holds what `value(language)` says."""
    texts = {language: WORDS[name][language != 'fr'] for language in form}
    return list(dict.fromkeys(text.format(value(one)) for one, text in texts.items()))


def named(form: Form, name: str) -> list[str]:
    """The word of that name if there is one, else the name as it is (units of measure)."""
    return word(form, name.lower()) if name.lower() in WORDS else [name]


def in_each(form: Form, value: Callable[[str], str]) -> list[str]:
    """What `value(language)` says, in each language of the form."""
    return list(dict.fromkeys(value(language) for language in form))


class _Figures(msgspec.Struct, frozen=True):
    """How a language writes figures: what stands before, between and after them."""

    before: str
    group: str
    point: str
    after: str

    def write(self, value: Decimal, least: int, most: int) -> str:
        """With at least and at most so many decimals."""
        whole, _, part = f'{abs(value):,.{most}f}'.partition('.')
        part = part[:least] + part[least:].rstrip('0')
        sign = '\u2212' if value < 0 else ''
        text = whole.replace(',', self.group) + (self.point + part if part else '')
        return f'{sign}{self.before}{text}{self.after}'


SAMPLE = Decimal('1234.56')
SAMPLED = re.compile(r'(\D*)1(\D*)234(\D)56(\D*)')


@functools.cache
def _figures(language: str, currency: str = '') -> _Figures:
    """Babel's way of writing, learnt from one sample: it is too slow for hundreds of lines."""
    locale = LOCALES[language]
    pattern = f'#,##0.00{NO_BREAK}¤' if language == 'fr' else '¤#,##0.00'
    shown = format_decimal(SAMPLE, '#,##0.00', locale=locale)
    if currency:
        shown = format_currency(SAMPLE, currency, pattern, locale=locale, currency_digits=False)
    found = SAMPLED.fullmatch(shown)
    assert found is not None, shown
    before, group, point, after = found.groups()
    if before[-1:].isalpha():  # AED 1,437.19
        before += NO_BREAK
    return _Figures(before, group, point, after)


def money(amount: Decimal, currency: str, language: str) -> str:
    """`1 437,19 $` with no-break spaces, `$1,437.19`; a true minus sign (L-4)."""
    return _figures(language, currency).write(amount, 2, 2)


def price(amount: Decimal, currency: str, language: str) -> str:
    """Money with the third and fourth decimal where there is one: `0,3525 $`."""
    return _figures(language, currency).write(amount, 2, 4)


def number(value: Decimal, language: str) -> str:
    """A quantity with the decimals that it has, four at most: `2,5`, `1 000`."""
    return _figures(language).write(value, 0, 4)


def percent(value: Decimal, language: str) -> str:
    """A rate in percent: `24 %` with a no-break space, `24%`."""
    space = NO_BREAK if language == 'fr' else ''
    return f'{number(value, language)}{space}%'


def day(date: dt.date, language: str) -> str:
    """`20 novembre 2026`, `1er novembre 2026`, `November 20, 2026` (L-4)."""
    text = format_date(date, 'long', locale=LOCALES[language])
    return f'1er{text[1:]}' if language == 'fr' and date.day == 1 else text
