"""Text for searching: without accents and case, so that `Côté` is found by `cote` (L-6)."""

import unicodedata


def fold(*parts: str | None) -> str:
    """The parts in lower case without accents, separated by spaces."""
    text = ' '.join(filter(None, parts))
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize('NFKD', text)
    return ''.join(c for c in text if not unicodedata.combining(c)).casefold()


def like(text: str) -> str:
    """Folded, with the wildcards of LIKE made ordinary; the caller adds its own."""
    return fold(text).replace('\\', r'\\').replace('%', r'\%').replace('_', r'\_')
