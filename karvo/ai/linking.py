"""Names in questions linked to rows: customers, products, cities, whatever the model has values of.

Rules (facts on AI, §2): codes and whole names first; likeness of 85 and more links, of 68 to 85
links and is said; two within five points are a question back. A part of a name that no other name
has is as good as the name; one that several share is a question back, too.
"""

import functools
import typing

import msgspec

from karvo.ai import vocabulary
from karvo.ai.schemas import Name
from karvo.ai.text import singular, words_of
from karvo.kit.lazy import lazy

_process = lazy('rapidfuzz.process')
_fuzz = lazy('rapidfuzz.fuzz')

SURE, LEAST, CLOSE = 85.0, 68.0, 5.0
LEAST_WORD = 80.0  #: for one word of a name, which is easily like another word
LONGEST = 6
ENTITIES = ('customer', 'product')
_NO_NAMES = frozenset(
    ['inc', 'ltd', 'ltee', 'co', 'llc', 'corp', 'enr', 'senc', 'cie', 'company', 'the', 'and']
)


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """What some words may name. `keys`: several where spellings differ only in accents."""

    dimension: str
    keys: tuple[str, ...]
    label: str
    score: float
    is_whole: bool


class Link(msgspec.Struct, frozen=True):
    """Words from `first` to before `last`, and what they may name, the likeliest first."""

    first: int
    last: int
    candidates: list[Candidate]

    @property
    def is_exact(self) -> bool:
        return self.candidates[0].score >= 100


class _Entry(msgspec.Struct, frozen=True):
    dimension: str
    keys: tuple[str, ...]
    label: str


class Index(msgspec.Struct):
    """Names by whole spelling and by parts, both without spaces; `words` are all of their words."""

    whole: dict[str, list[_Entry]]
    parts: dict[str, list[_Entry]]
    words: set[str]
    spellings: list[str]
    labels: dict[tuple[str, str], str]  #: by dimension and key


def index_of(names: typing.Iterable[Name]) -> Index:
    """Ready to be searched."""
    found = Index({}, {}, set(), [], {})
    for entry, spellings in _entries(names):
        found.labels |= {(entry.dimension, key): entry.label for key in entry.keys}
        for spelling in spellings:
            words = words_of(spelling)
            if words:
                _add(found.whole, squeezed(words), entry)
                found.words.update(words)
                for part in _parts(words):
                    _add(found.parts, part, entry)
    found.spellings = list({**found.whole, **found.parts})
    return found


def _add(where: dict[str, list[_Entry]], spelling: str, entry: _Entry) -> None:
    entries = where.setdefault(spelling, [])
    if entry not in entries:
        entries.append(entry)


def _entries(names: typing.Iterable[Name]) -> typing.Iterator[tuple[_Entry, list[str]]]:
    """One entry a customer or product; of other values one for all spellings of the same."""
    groups: dict[tuple[str, str], list[Name]] = {}
    for name in names:
        same = name.key if name.dimension in ENTITIES else squeezed(words_of(name.label))
        groups.setdefault((name.dimension, same), []).append(name)
    for (dimension, _), those in groups.items():
        keys = tuple(dict.fromkeys(one.key for one in those))
        spellings = [text for one in those for text in (one.key, one.label, one.other) if text]
        synonyms = vocabulary.VALUES.get(dimension, {})
        spellings += [text for key in keys for text in synonyms.get(key, ())]
        yield _Entry(dimension, keys, those[0].label), list(dict.fromkeys(spellings))


def squeezed(words: typing.Sequence[str]) -> str:
    """Words without spaces and plurals, so that O'Brien and obrien are one."""
    return ''.join(map(singular, words))


def _parts(words: list[str]) -> typing.Iterator[str]:
    for first in range(len(words)):
        for last in range(first + 1, min(len(words), first + LONGEST) + 1):
            part = words[first:last]
            if len(part) < len(words) and any(map(_tells, part)):
                yield squeezed(part)


def _tells(word: str) -> bool:
    is_common = word in vocabulary.FILLERS or word in _NO_NAMES
    return len(word) > 2 and not word.isdigit() and not is_common


def exact(words: list[str], index: Index, spared: typing.Collection[str]) -> list[Link]:
    """Codes, whole names and parts of several words, the longest first.

    One word of the vocabulary (`spared`) is no name.
    """
    found: list[Link] = []
    for first, last in _windows(len(words)):
        text = squeezed(words[first:last])
        is_whole = text in index.whole
        is_part = last - first > 1 and text in index.parts and _may_name(words[first:last])
        if last - first == 1 and (words[first] in spared or len(text) < 2):
            continue
        if (is_whole or is_part) and not _overlaps(found, first, last):
            found.append(Link(first, last, _of_spelling(text, 100.0, index)))
    return found


def similar(words: list[str], free: list[bool], index: Index) -> list[Link]:
    """Parts of names and names that are not quite right, among the free words."""
    possible = []
    for first, last in _windows(len(words)):
        if all(free[first:last]) and _may_name(words[first:last]):
            if candidates := _nearest(words[first:last], index):
                possible.append(Link(first, last, candidates))
    possible.sort(key=_worth)
    found: list[Link] = []
    for one in possible:
        if not _overlaps(found, one.first, one.last):
            found.append(one)
    return found


def _worth(link: Link) -> tuple[bool, int, float]:
    best = link.candidates[0].score
    return best < SURE, link.first - link.last, -best


def _windows(count: int) -> typing.Iterator[tuple[int, int]]:
    """Stretches of words, the longest first."""
    for length in range(min(LONGEST, count), 0, -1):
        for first in range(count - length + 1):
            yield first, first + length


def _may_name(words: list[str]) -> bool:
    edges = (words[0], words[-1])
    is_common = any(word in vocabulary.FILLERS for word in edges)
    return not is_common and any(map(_tells, words)) and not words[0].isdigit()


def _overlaps(found: list[Link], first: int, last: int) -> bool:
    return any(first < one.last and one.first < last for one in found)


def _nearest(words: list[str], index: Index) -> list[Candidate]:
    text = squeezed(words)
    if text in index.whole or text in index.parts:
        return _of_spelling(text, 100.0, index)
    least = LEAST if len(words) > 1 and len(text) >= 8 else LEAST_WORD
    if len(text) < 5:
        return []
    near = _process.extract(text, index.spellings, scorer=_fuzz.ratio, score_cutoff=least, limit=8)
    candidates = [one for found, score, _ in near for one in _of_spelling(found, score, index)]
    return _closest(candidates)


def _of_spelling(text: str, score: float, index: Index) -> list[Candidate]:
    """Whole names and parts of names; of those that a figure knows, whole ones are meant."""
    whole = index.whole.get(text, [])
    parts = [one for one in index.parts.get(text, []) if one not in whole]
    found = [_candidate(one, score, True) for one in whole]
    return found + [_candidate(one, score, False) for one in parts]


def _closest(candidates: list[Candidate]) -> list[Candidate]:
    """Each value once, those within five points of the best."""
    best: dict[tuple[str, tuple[str, ...]], Candidate] = {}
    for one in candidates:
        known = best.get((one.dimension, one.keys))
        if known is None or one.score > known.score:
            best[one.dimension, one.keys] = one
    ranked = sorted(best.values(), key=lambda one: (-one.score, one.label))
    return [one for one in ranked if one.score > ranked[0].score - CLOSE]


def _candidate(entry: _Entry, score: float, is_whole: bool) -> Candidate:
    return Candidate(
        dimension=entry.dimension,
        keys=entry.keys,
        label=entry.label,
        score=score,
        is_whole=is_whole,
    )


@functools.lru_cache(maxsize=32)
def index_of_json(body: bytes) -> Index:
    """Of names as the database wrote them; the same text is not indexed twice."""
    return index_of(msgspec.json.decode(body, type=list[Name]))
