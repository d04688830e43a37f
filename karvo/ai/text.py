"""Messages as words: lower case, without accents, apostrophes and punctuation."""

import re

from karvo.kit.text import fold

#: 1,234 and 1 234 are one number; so is 1234,50 with its decimals.
_GROUPED = re.compile(r'(?<=\d)[,\u00a0\u202f\u2009](?=\d{3}(?!\d))')
_DECIMAL = re.compile(r'(?<=\d)[.,](?=\d{1,2}(?!\d))')
_WORD = re.compile(r'\d+(?:\.\d+)?(?![a-z\d])|[a-z0-9]+|[%&<>]')
#: Without its cedilla it would be short for chiffre d'affaires.
_CELA = re.compile(r'\bça\b', re.IGNORECASE)
MOST_WORDS = 120


def words_of(message: str) -> list[str]:
    """`L’Épicerie Beaubien` → l, epicerie, beaubien; at most 120 of them."""
    text = fold(_CELA.sub('cela', message).replace('œ', 'oe').replace('Œ', 'oe'))
    text = _DECIMAL.sub('.', _GROUPED.sub('', text))
    return [word.replace('&', 'and') for word in _WORD.findall(text)][:MOST_WORDS]


def singular(word: str) -> str:
    """Without the s of a plural: enough to compare names."""
    return word[:-1] if len(word) > 4 and word.endswith('s') and not word.endswith('ss') else word
