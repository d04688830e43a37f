"""A message taken apart: language, names, periods, phrases of the vocabulary, what is left over."""

import re
import typing

import msgspec

from karvo.ai import lexicon, linking, periods, refusals, spans, vocabulary
from karvo.ai.lexicon import Item
from karvo.ai.linking import Link
from karvo.ai.periods import Found
from karvo.ai.schemas import Context, Language
from karvo.ai.spans import Day
from karvo.ai.text import words_of

NUMBER = re.compile(r'\d+(?:\.\d+)?')
_TAKEN = '_'
_LATE_DAYS = re.compile(
    r'\b(?:over|more than|plus de|plus d|beyond|above|au dela de|depuis plus de|for over) '
    r'(?P<n>\d{1,3}) (?:days?|jours?)\b'
)


class Parsed(msgspec.Struct, kw_only=True):
    """The parts, each with its place in `words`. `refused`: why nothing else was looked at."""

    words: list[str]
    language: Language
    refused: str = ''
    links: list[Link] = []
    spans: list[Found] = []
    items: list[Item] = []
    unknown: list[int] = []
    late_days: int | None = None
    raw: str = ''

    def having(self, kind: str) -> list[Item]:
        """The phrases that may mean that."""
        return [one for one in self.items if one.name(kind) is not None]

    def has(self, kind: str) -> bool:
        return bool(self.having(kind))

    def word(self, at: int) -> str:
        """'' outside of the message."""
        return self.words[at] if 0 <= at < len(self.words) else ''


def parse(message: str, context: Context) -> Parsed:
    """Everything that the rules see in a message."""
    words = words_of(message)
    parsed = Parsed(words=words, language=_language(words, message, context), raw=message)
    known = lexicon.the_lexicon().words
    exact = linking.exact(words, context.names, known)
    free = _without([True] * len(words), exact)
    unnamed = [word if is_free else _TAKEN for word, is_free in zip(words, free, strict=True)]
    if why := refusals.refused(message, words, unnamed):
        parsed.refused = why
        return parsed
    words = parsed.words = lexicon.corrected(words, free, context.names.words)
    _take_late_days(parsed, free)
    masked = [word if is_free else _TAKEN for word, is_free in zip(words, free, strict=True)]
    early = lexicon.find(words, free)
    is_compared = any(one.name(kind) is not None for one in early for kind in ('compare', 'growth'))
    day = Day(context.today, context.fiscal_start)
    parsed.spans = periods.find(masked, day, with_ranges=not is_compared)
    free = _without(free, parsed.spans)
    parsed.items = lexicon.find(words, free)
    free = _without(free, parsed.items)
    links = linking.similar(words, free, context.names)
    parsed.links = sorted([*exact, *links], key=lambda one: one.first)
    free = _without(free, links)
    parsed.unknown = [n for n, is_free in enumerate(free) if is_free and _is_content(words[n])]
    return parsed


def _without(free: list[bool], taken: typing.Iterable[Link | Found | Item]) -> list[bool]:
    left = list(free)
    for one in taken:
        left[one.first : one.last] = [False] * (one.last - one.first)
    return left


def _is_content(word: str) -> bool:
    is_said = word in vocabulary.FILLERS or word in vocabulary.UNITS or word in spans.NUMBERS
    return not is_said and not NUMBER.fullmatch(word) and len(word) > 1


def _take_late_days(parsed: Parsed, free: list[bool]) -> None:
    """ "More than 90 days late" is no period."""
    text = ' '.join(parsed.words)
    is_late = re.search(
        r'\b(?:overdue|past due|late|retard|souffrance|echue?s?|aging|unpaid|impayee?s?)\b',
        text,
    )
    found = _LATE_DAYS.search(text) if is_late else None
    if found:
        parsed.late_days = int(found['n'])
        first = text[: found.start()].count(' ')
        for n in range(first, first + found[0].count(' ') + 1):
            free[n] = False


def _language(words: list[str], message: str, context: Context) -> Language:
    """The one more of whose words occur; the context's when nothing tells."""
    french = sum(word in vocabulary.FRENCH for word in words)
    english = sum(word in vocabulary.ENGLISH for word in words)
    french += bool(re.search(r"[«»]|\b[ldcnqs]['’]| [?!]", message.lower()))
    if french == english:
        return context.language
    return 'fr' if french > english else 'en'
