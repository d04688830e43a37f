"""Names that questions may hold, and the company's calendar: few statements, whatever there is."""

import msgspec

from karvo.ai.lexicon import the_lexicon
from karvo.ai.linking import Index, index_of_json
from karvo.ai.text import words_of
from karvo.analytics.model import the_model
from karvo.kit.db import database

MOST = 2000  #: of a dimension's names are compared; of more, those that look alike
NEAR = 60  #: of such a dimension
_SEARCHED = {
    'customer': ('@party', "p.code, p.name, ''", 'p.is_customer AND p.deleted_at IS NULL'),
    'product': ('@product', 'p.sku, p.name_en, p.name_fr', 'true'),
}


class _Names(msgspec.Struct):
    too_many: list[str]
    names: msgspec.Raw


def read_names(message: str) -> Index:
    """Of all dimensions that have values; of a large one those like a word of the message.

    One statement, a second one where a dimension has more than MOST values.
    """
    first = msgspec.json.decode(database.json(_all_names(), {'most': MOST}) or b'{}', type=_Names)
    body = bytes(first.names)
    searched = [name for name in first.too_many if name in _SEARCHED]
    if not searched:
        return index_of_json(body)
    known = the_lexicon().words
    words = [w for w in dict.fromkeys(words_of(message)) if len(w) > 2 and w not in known][:20]
    if not words:
        return index_of_json(body)
    near = database.json(_near_names(searched), {'words': words, 'near': NEAR}) or b'[]'
    return index_of_json(b'[' + b','.join(p for p in (body[1:-1], near[1:-1]) if p) + b']')


def _all_names() -> str:
    """{too_many: [dimension], names: [[dimension, key, label, other]]}."""
    parts = [
        f"""SELECT '{name}' AS dimension, v.key, v.label, v.other
        FROM ({sql} LIMIT %(most)s + 1) v(key, label, other)"""
        for name, sql in sorted(the_model().values.items())
    ]
    return f"""WITH n AS MATERIALIZED ({' UNION ALL '.join(f'({part})' for part in parts)}),
      m AS (SELECT dimension FROM n GROUP BY dimension HAVING count(*) > %(most)s)
      SELECT json_build_object(
        'too_many', (SELECT coalesce(json_agg(dimension ORDER BY dimension), '[]') FROM m),
        'names', (SELECT coalesce(json_agg(json_build_array(dimension, key, label, other)
            ORDER BY dimension, key), '[]')
          FROM n WHERE dimension NOT IN (SELECT dimension FROM m)))::text"""


def _near_names(dimensions: list[str]) -> str:
    """By trigrams, from the indexes that search by name has already."""
    parts = []
    for name in dimensions:
        table, columns, where = _SEARCHED[name]
        parts.append(f"""SELECT '{name}' AS dimension, x.*
          FROM unnest(%(words)s::text[]) w(word), LATERAL (
            SELECT {columns} FROM {table} p
            WHERE {where} AND p.search_text OPERATOR(public.%%>) w.word
            ORDER BY public.word_similarity(w.word, p.search_text) DESC, p.id
            LIMIT %(near)s) x(key, label, other)""")
    return f"""SELECT coalesce(json_agg(DISTINCT jsonb_build_array(
        d.dimension, d.key, d.label, d.other)), '[]')::text
      FROM ({' UNION ALL '.join(parts)}) d"""
