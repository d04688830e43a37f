"""Answers to a question back: which of its options a turn chooses."""

from karvo.ai import figures
from karvo.ai.linking import squeezed
from karvo.ai.parse import Parsed
from karvo.ai.schemas import Option
from karvo.ai.text import words_of
from karvo.ai.vocabulary import FILLERS
from karvo.kit.lazy import lazy

_fuzz = lazy('rapidfuzz.fuzz')

PLACES = {
    word: n
    for n, names in enumerate(
        ('1 first 1st one premier premiere 1er', '2 second 2nd two deuxieme seconde deux',
         '3 third 3rd three troisieme trois', '4 fourth four quatrieme quatre')
    )
    for word in names.split()
}  # fmt: skip
LIKE = 80.0
LONGEST = 8  #: words; a longer turn is a new question


def chosen(parsed: Parsed, options: list[Option]) -> Option | None:
    """By place, by a dimension's word, by a name or the part that tells it from the others."""
    if len(parsed.words) > LONGEST or figures.metrics_of(parsed):
        return None
    if (kind := _by_kind(parsed, options)) is not None:
        return kind
    if (named := _by_name(parsed, options)) is not None:
        return named
    said = [word for word in parsed.words if word in PLACES]
    # "The second one": of two the one that counts.
    places = [PLACES[word] for word in said if len(said) == 1 or word not in ('one', 'un')]
    return options[places[0]] if len(places) == 1 and places[0] < len(options) else None


def _by_kind(parsed: Parsed, options: list[Option]) -> Option | None:
    """ "The province": only one option is of that sort."""
    said = {one.name('dim') for one in parsed.having('dim')}
    fields = {'customer.' + name for name in said if name} | {'product.' + n for n in said if n}
    of_it = [one for one in options if one.filter and one.filter.field in fields]
    return of_it[0] if len(of_it) == 1 else None


def _by_name(parsed: Parsed, options: list[Option]) -> Option | None:
    said = [word for word in parsed.words if word not in FILLERS]
    text = squeezed(said)
    if not text:
        return None
    scores = [_likeness(said, text, one) for one in options]
    best = max(scores)
    if best < LIKE or sum(score > best - 5 for score in scores) != 1:
        return None
    return options[scores.index(best)]


def _likeness(said: list[str], text: str, option: Option) -> float:
    """The best of the whole label and of as many of its words as were said."""
    words = words_of(option.label)
    count = len(said)
    parts = [words[n : n + count] for n in range(max(1, len(words) - count + 1))]
    return max(float(_fuzz.ratio(text, squeezed(part))) for part in [words, *parts])
