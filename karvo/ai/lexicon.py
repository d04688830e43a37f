"""Phrases of the closed vocabulary and where they occur in a message; typing errors in them."""

import functools
import typing

import msgspec

from karvo.ai import periods, spans, vocabulary
from karvo.analytics.model import Model, the_model
from karvo.kit.lazy import lazy

_process = lazy('rapidfuzz.process')
_fuzz = lazy('rapidfuzz.fuzz')

NEAR = 80  #: of 100; the least likeness of a mistyped word (facts on AI, §2)
SHORTEST = 4

#: (kind, name): ('metric', 'revenue'), ('dim', 'city'), ('top', '').
Sense = tuple[str, str]
Phrases = dict[tuple[str, ...], frozenset[Sense]]


class Item(msgspec.Struct, frozen=True):
    """A phrase found: its words from `first` to before `last`, and all that it may mean."""

    first: int
    last: int
    text: str
    senses: frozenset[Sense]

    def name(self, kind: str) -> str | None:
        """What it is as that kind; None when it is no such thing."""
        return next((name for sort, name in sorted(self.senses) if sort == kind), None)


class Lexicon(msgspec.Struct, frozen=True):
    """Phrases by their words, the longest phrase that opens with a word, and all single words."""

    phrases: Phrases
    longest: dict[str, int]
    words: frozenset[str]
    long_words: list[str]


@functools.cache
def the_lexicon() -> Lexicon:
    """Of the one model."""
    return lexicon_of(the_model())


def lexicon_of(model: Model) -> Lexicon:
    """The model's words and the planner's own."""
    senses: dict[tuple[str, ...], set[Sense]] = {}
    for text, sense in _all(model):
        senses.setdefault(tuple(text.split()), set()).add(sense)
    phrases = {words: frozenset(found) for words, found in senses.items()}
    longest: dict[str, int] = {}
    for phrase in phrases:
        longest[phrase[0]] = max(longest.get(phrase[0], 0), len(phrase))
    known = {word for phrase in phrases for word in phrase} | vocabulary.FILLERS
    known |= {*spans.MONTHS, *spans.NUMBERS, *spans.ORDINALS, *spans.UNITS}
    known |= periods.WORDS
    known |= {'since', 'depuis', 'starting'}
    long_words = sorted(word for word in known if len(word) >= SHORTEST)
    return Lexicon(phrases, longest, frozenset(known), long_words)


def _all(model: Model) -> typing.Iterator[tuple[str, Sense]]:
    for metric in model.metrics.values():
        for text in metric.words:
            yield text, ('metric', metric.name)
    for dimension in model.dimensions.values():
        for text in dimension.words:
            yield text, ('dim', dimension.name)
    for kind in ('TOP', 'BOTTOM', 'BY', 'WHICH', 'COUNT', 'HOW_MUCH', 'COMPARE', 'GROWTH', 'TREND',
                 'SHARE', 'ONLY', 'AND', 'SAME', 'OVER', 'UNDER', 'NOT', 'EXCEPT', 'TAXES',
                 'HAVE', 'OUT'):  # fmt: skip
        for text in getattr(vocabulary, kind):
            yield text, (kind.lower(), '')
    for text, grain in vocabulary.GRAINS.items():
        yield text, ('grain', grain)
    for metric_name, texts in vocabulary.VERBS.items():
        for text in texts:
            yield text, ('metric', metric_name)
    for status, said in vocabulary.STATUSES.items():
        for text in said:
            yield text, ('status', status)


def find(words: list[str], free: list[bool]) -> list[Item]:
    """Phrases among the free words, the longest first wherever two overlap."""
    lexicon, found, n = the_lexicon(), [], 0
    while n < len(words):
        for length in range(min(lexicon.longest.get(words[n], 0), len(words) - n), 0, -1):
            senses = lexicon.phrases.get(tuple(words[n : n + length]))
            if senses and all(free[n : n + length]):
                found.append(Item(n, n + length, ' '.join(words[n : n + length]), senses))
                n += length - 1
                break
        n += 1
    return found


def corrected(words: list[str], free: list[bool], spared: typing.Collection[str]) -> list[str]:
    """The words with errors of typing in the vocabulary mended; words of names are spared."""
    return [
        _nearest(word) if is_free and word not in spared else word
        for word, is_free in zip(words, free, strict=True)
    ]


def _nearest(word: str) -> str:
    lexicon = the_lexicon()
    if len(word) < SHORTEST or word in lexicon.words or not word.isalpha():
        return word
    return _mended(word) or word


@functools.lru_cache(maxsize=5000)
def _mended(word: str) -> str:
    best = _process.extractOne(
        word, the_lexicon().long_words, scorer=_fuzz.ratio, score_cutoff=NEAR
    )
    # A word that begins otherwise is another word: "weather" is no "whether".
    return best[0] if best and (best[0][0] == word[0] or best[1] >= 88) else ''
