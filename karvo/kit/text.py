"""Text for searching: without accents and case, so that `Côté` is found by `cote` (L-6)."""

import unicodedata

LIGATURES = {'œ': 'oe', 'æ': 'ae'}
_SPELT_OUT = str.maketrans(LIGATURES)
#: accents apart from their letters, as NFKD leaves them: Latin, Greek, Cyrillic; Hebrew; Arabic
_MARKS = r'[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670]'


def fold(*parts: str | None) -> str:
    """The parts in lower case without accents, separated by spaces."""
    text = ' '.join(filter(None, parts))
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize('NFKD', text)
    return ''.join(c for c in text if not unicodedata.combining(c)).casefold()


def searchable(*parts: str | None) -> str:
    """What is kept to be searched: folded, and once more where ligatures can be spelt out, so that
    `Sœurs` is found by `sœurs` and by `soeurs`.
    """
    text = fold(*parts)
    spelt = text.translate(_SPELT_OUT)
    return text if spelt == text else f'{text} {spelt}'


def folded_sql(expression: str) -> str:
    """SQL for a text as `searchable` has it, its ligatures spelt out; not for an index.

    Letters outside of the scripts of `_MARKS` keep their accents: look at the kept text as well.
    """
    text = f"lower(regexp_replace(normalize({expression}, NFKD), '{_MARKS}', '', 'g'))"
    for letter, spelt in (*LIGATURES.items(), ('ß', 'ss')):
        text = f"replace({text}, '{letter}', '{spelt}')"
    # What is ASCII, and most is, needs none of it.
    plain = f'octet_length({expression}) = char_length({expression})'
    return f'CASE WHEN {plain} THEN lower({expression}) ELSE {text} END'


def like(text: str) -> str:
    """Folded, without blanks around it, with the wildcards of LIKE made ordinary; the caller adds
    its own.
    """
    return fold(text.strip()).replace('\\', r'\\').replace('%', r'\%').replace('_', r'\_')
