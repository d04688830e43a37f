"""Words of the wire and words of the core, in both directions."""

import typing
from collections.abc import Mapping

from msgspec import Meta

from karvo.kit.errors import invalid

Word = typing.TypeVar('Word', bound=str)
Wire = typing.TypeVar('Wire', bound=str)


def one_of(*words: str) -> Meta:
    """Of a filter: what its value may be, letter case aside, as the document says it."""
    return Meta(max_length=64, extra_json_schema={'enum': list(words)})


def reversed_words(words: Mapping[Wire, Word]) -> dict[Word, Wire]:
    """{core's word: wire's}, the first of several."""
    found: dict[Word, Wire] = {}
    for wire, word in words.items():
        found.setdefault(word, wire)
    return found


def chosen(text: str, words: Mapping[Wire, Word], field: str) -> Word | None:
    """The core's word for a filter's value, letter case aside; None for ''. Raises Invalid.

    A space may be sent as `_`, or as a `+` that was escaped once too often.
    """
    asked = ' '.join(text.replace('_', ' ').replace('+', ' ').split()).lower()
    if not asked:
        return None
    known = {wire.lower(): word for wire, word in words.items()}
    if asked not in known:
        raise invalid(**{field: f'must be one of {", ".join(words)}'})
    return known[asked]
