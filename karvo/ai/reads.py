"""Names that questions may hold; conversations, saved queries: few statements whatever there is."""

import datetime as dt
import typing

import msgspec

from karvo.ai.lexicon import the_lexicon
from karvo.ai.linking import Index, index_of_json
from karvo.ai.schemas import (
    KEPT_ROWS,
    Answer,
    ConversationWhole,
    KeptAnswer,
    Pending,
    Reading,
    SavedQueryWhole,
    Turn,
)
from karvo.ai.text import words_of
from karvo.analytics.model import the_model
from karvo.analytics.schemas import SemanticQuery
from karvo.analytics.validation import check
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Invalid
from karvo.kit.paging import Listing

MOST = 2000  #: of a dimension's names are compared; of more, those that look alike
NEAR = 60  #: of such a dimension
_SEARCHED = {
    'customer': ('@party', "p.code, p.name, ''", 'p.is_customer AND p.deleted_at IS NULL'),
    'product': ('@product', 'p.sku, p.name_en, p.name_fr', 'true'),
}


class _Names(msgspec.Struct):
    too_many: list[str]
    names: msgspec.Raw


def read_names(message: str, actor: Actor) -> Index:
    """Of the dimensions that the actor may ask by; of a large one those like a word of the message.

    One statement, a second one where a dimension has more than MOST values.
    """
    named = {'most': MOST, 'hidden': _hidden(actor)}
    first = msgspec.json.decode(database.json(_all_names(), named) or b'{}', type=_Names)
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


def _hidden(actor: Actor) -> list[str]:
    """Dimensions of which no figure may be seen: their names are not told in questions back."""
    model = the_model()
    allowed = [name for name, metric in model.metrics.items() if actor.may(metric.scope)]
    return [name for name in model.values if not any(model.knows(one, name) for one in allowed)]


def _all_names() -> str:
    """{too_many: [dimension], names: [[dimension, key, label, other]]}."""
    parts = [
        f"""SELECT '{name}' AS dimension, v.key, v.label, v.other
        FROM ({sql} LIMIT %(most)s + 1) v(key, label, other)
        WHERE '{name}' <> ALL(%(hidden)s::text[])"""
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


# Conversations ------------------------------------------------------------------------------

MOST_MESSAGES = 100  #: with a conversation, the latest
_MINE = '{0}.owner_kind = %(owner_kind)s AND {0}.owner_id = %(owner_id)s::bigint'
_TALK = 'c.id, c.uid, c.title, c.language, c.message_count, c.created_at, c.updated_at'
CONVERSATIONS = Listing(
    columns=_TALK,
    source='@ai_conversation c',
    filters={
        'owner_kind': _MINE.format('c'),
        'search': "c.title ILIKE '%%' || %(search)s || '%%'",
        'updated_since': 'c.updated_at >= %(updated_since)s',
    },
    orders={'id': 'c.id', 'created_at': 'c.id', 'updated_at': 'c.updated_at', 'title': 'c.title'},
    default=('updated_at', 'desc'),
    tiebreak='c.id',
)
_WHOLE = f"""SELECT row_to_json(x)::text FROM (SELECT {_TALK},
    (SELECT coalesce(json_agg(m ORDER BY m.id), '[]') FROM (
      SELECT id, role, content, answer, created_at FROM @ai_message
      WHERE conversation_id = c.id AND (%(before)s::bigint IS NULL OR id < %(before)s::bigint)
      ORDER BY id DESC LIMIT %(most)s) m) AS messages
  FROM @ai_conversation c WHERE c.id = %(id)s::bigint AND {_MINE.format('c')}) x"""
_TURN = f"""SELECT json_build_object('query', c.query, 'pending', c.pending,
    'language', c.language)::text
  FROM @ai_conversation c WHERE c.id = %(id)s::bigint AND {_MINE.format('c')}"""
_READING = """SELECT json_build_object('digest', digest, 'query', query)::text
  FROM @ai_reading WHERE digest = %(digest)s"""


def owned(actor: Actor) -> dict[str, typing.Any]:
    """Parameters that say whose: the user's, or the key's own."""
    return {'owner_kind': actor.kind, 'owner_id': actor.id}


def read_conversation(
    conversation_id: int, *, actor: Actor, before: int | None = None
) -> ConversationWhole | None:
    """With its latest MOST_MESSAGES messages, or those before that one. None for others'."""
    named = {'id': conversation_id, 'before': before, 'most': MOST_MESSAGES}
    body = database.json(_WHOLE, named | owned(actor))
    return msgspec.json.decode(body, type=ConversationWhole) if body else None


def read_turn(conversation_id: int, *, actor: Actor) -> Turn | None:
    """What the next turn leans on; None where there is no such conversation of the actor's."""
    body = database.json(_TURN, {'id': conversation_id} | owned(actor))
    return _turn_of(body) if body else None


class _Stored(msgspec.Struct):
    query: msgspec.Raw
    pending: msgspec.Raw
    language: typing.Literal['en', 'fr'] | None


def _turn_of(body: bytes) -> Turn:
    """Of queries that a former version wrote, those that still mean something."""
    stored = msgspec.json.decode(body, type=_Stored)
    turn = Turn(language=stored.language)
    try:
        turn.query = msgspec.json.decode(stored.query, type=SemanticQuery | None)
        turn.pending = msgspec.json.decode(stored.pending, type=Pending | None)
        for query in (turn.query, turn.pending and turn.pending.query):
            if query:
                check(query, the_model())
    except (msgspec.ValidationError, Invalid):
        return Turn(language=stored.language)
    return turn


def kept(answer: Answer) -> KeptAnswer:
    """What is kept of an answer."""
    return KeptAnswer(
        answer=answer.answer,
        kind=answer.kind,
        language=answer.language,
        row_count=len(answer.rows),
        rows=answer.rows[:KEPT_ROWS],
        columns=answer.columns,
        query=answer.query,
        chart=answer.chart,
        suggestions=answer.suggestions,
        read_by=answer.read_by,
    )


def read_reading(digest: str) -> Reading | None:
    """What the model made of that very request; None when it was never asked."""
    body = database.json(_READING, {'digest': digest})
    return msgspec.json.decode(body, type=Reading) if body else None


# Saved queries ------------------------------------------------------------------------------

_IS_MINE = f'({_MINE.format("q")})'
_SAVED = f"""q.id, q.uid, q.name, coalesce(to_jsonb(q.question), q.query) AS query, q.visibility,
  q.schedule, q.language, q.owner_name AS owner, {_IS_MINE} AS is_mine, q.next_run_on,
  q.last_run_at, q.last_status, CASE WHEN {_IS_MINE} THEN q.last_row_count END AS last_row_count,
  q.version, q.created_at, q.updated_at"""
SAVED_QUERIES = Listing(
    columns=_SAVED,
    source='@ai_saved_query q',
    where=f"({_IS_MINE} OR q.visibility = 'company')",
    filters={
        'visibility': 'q.visibility = %(visibility)s',
        'schedule': 'q.schedule = %(schedule)s',
        'search': "q.name ILIKE '%%' || %(search)s || '%%'",
        'updated_since': 'q.updated_at >= %(updated_since)s',
    },
    orders={'id': 'q.id', 'created_at': 'q.id', 'name': 'q.name', 'updated_at': 'q.updated_at'},
    default=('name', 'asc'),
    tiebreak='q.id',
)
_ONE_SAVED = f"""SELECT row_to_json(x)::text FROM (SELECT {_SAVED},
    CASE WHEN {_IS_MINE} THEN q.last_result END AS last_result
  FROM @ai_saved_query q
  WHERE q.id = %(id)s::bigint AND ({_IS_MINE} OR q.visibility = 'company')) x"""
_DUE = """SELECT coalesce(json_agg(id ORDER BY id), '[]')::text FROM @ai_saved_query
  WHERE next_run_on <= %(day)s"""


def read_saved_query(query_id: int, *, actor: Actor) -> SavedQueryWhole | None:
    """One that the actor owns or that is shared; None for all others."""
    body = database.json(_ONE_SAVED, {'id': query_id} | owned(actor))
    return msgspec.json.decode(body, type=SavedQueryWhole) if body else None


def due_queries(day: dt.date) -> list[int]:
    """Ids of those whose day has come."""
    return msgspec.json.decode(database.json(_DUE, {'day': day}) or b'[]', type=list[int])
