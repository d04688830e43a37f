r"""The folding of `kit.text` in SQL, for columns that keep no folded copy of themselves: searched,
and sorted by, without accents and letter case (L-6).

The needle is folded and escaped by `kit.text.like`. All of it is immutable, so that an index may
stand on it.
"""

#: combining signs, which fall away as they do in Python
MARKS = r'[\u0300-\u036f]'


def folded(*columns: str) -> str:
    """An expression: the columns, NULL or not, folded and separated by spaces."""
    first, *others = (f"coalesce({column}, '')" for column in columns)
    whole = ' || '.join([first, *(f"' ' || {other}" for other in others)])
    plain = f"regexp_replace(normalize({whole}, NFKD), '{MARKS}', '', 'g')"
    return f"replace(lower({plain}), 'ß', 'ss')"


def holds(*columns: str) -> str:
    """The condition of a filter: they hold `%(search)s` in one piece."""
    return f"{folded(*columns)} LIKE '%%' || %(search)s || '%%'"
