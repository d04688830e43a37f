"""The last statement of a unit of work (decision 0004): one data-modifying CTE that takes the
counters and writes whatever carries them.

What it is made of are parts that refer to each other: the ids of rows that it makes, then whatever
needs no number (`Write.first`, the audit log), then the counters (`taken`, `numbered`), then what
carries numbers. Whoever takes the next numbers of a company waits from the counters to the commit.
"""

import datetime as dt
import functools
import re
import typing
from collections.abc import Callable

import msgspec

from karvo.kit import ids
from karvo.kit.errors import KarvoError
from karvo.kit.numbering import EVENTS, SERIES, SIGN, NumberRequest
from karvo.kit.outbox import PendingAudit, PendingEvent, as_json
from karvo.kit.prepared import array

_PARAMETER = re.compile(r'%\((?!(?:w|token)\d+\))(\w+)\)s')
_ID = re.compile(r'§(\w+)§')
_TEXT = re.compile(rf'{SIGN}([^⟧]+)⟧')


#: What a NULL in a column that forbids it means, by the column's name; made anew each time, since
#: an exception that is raised again and again keeps every traceback.
Refusals = dict[str, Callable[[], KarvoError]]


class Part(typing.NamedTuple):
    """Rows that need no number, under their name in the statement: an INSERT with RETURNING, or
    what is worked out of others. A number is its token there, `%(token<ord>)s`."""

    name: str
    sql: str


class Write(msgspec.Struct):
    """Rows that the last statement writes; `answer` is what `returning` gave, once it is sealed.

    `first` come before the numbers are taken. `made§` holds the id of the row of the table `makes`
    that this write makes: `made`, where it was drawn before, else the next one.
    """

    parts: str
    params: dict[str, typing.Any]
    first: tuple[Part, ...]
    refusals: Refusals
    returning: str
    makes: str
    made: int
    answer: bytes | None = None
    stand_in: int = 0
    is_sealed: bool = False

    @property
    def id(self) -> int:
        """Of the row that it makes. Until it is known, a negative number that stands for it: in
        events, in the audit log, and where a write says `§name§`. Raises LookupError where nobody
        asked before the unit was sealed."""
        if not (self.made or self.stand_in):
            if self.is_sealed:
                raise LookupError('the id was not asked for before the unit was sealed')
            self.stand_in = -ids.random_id()
        return self.made or self.stand_in


class Pending:
    """What waits to be written."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = at
        self.requests: list[NumberRequest] = []
        self.events: list[PendingEvent] = []
        self.audits: list[PendingAudit] = []
        self.writes: list[Write] = []


def last_statement(work: Pending) -> tuple[str, dict[str, typing.Any]]:
    """The statement and its parameters. Its columns: the numbers as JSON, and of each write the id
    of the row that it makes, if somebody asked for it, and what it is `returning`, if anything.
    """
    spoken_of = [request for request in work.requests if request.stand_in]
    sql = _sql_of(
        tuple(sorted({(r.table, r.is_searched) for r in work.requests if r.table})),
        tuple([_shape(write, spoken_of) for write in work.writes]),
        tuple([request.ord for request in spoken_of]),
        bool(work.events),
        bool(work.audits),
    )
    params = {**_counter_params(work), **_event_params(work), **_audit_params(work)}
    for request in spoken_of:
        params[f'token{request.ord}'] = request.stand_in
    for n, write in enumerate(work.writes):
        params.update(zip(_names(n, tuple(write.params)), write.params.values(), strict=True))
        if write.stand_in or write.made:
            params[f'w{n}'] = write.id
    return sql, params


class _Shape(typing.NamedTuple):
    """What the statement's text depends on of a write."""

    parts: str
    first: tuple[Part, ...]
    returning: str
    makes: str
    is_made: bool
    is_spoken_of: bool
    spoken: tuple[str, ...]  #: its parameters that speak of numbers


def _shape(write: Write, spoken_of: list[NumberRequest]) -> _Shape:
    return _Shape(
        write.parts,
        write.first,
        write.returning,
        write.makes,
        write.made != 0,
        write.stand_in != 0,
        _spoken(write, spoken_of),
    )


@functools.lru_cache(maxsize=1000)
def _names(n: int, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f'w{n}_{name}' for name in names)


# One object a shape: what is keyed by the text (plans, names) compares it at no cost.
@functools.lru_cache(maxsize=1000)
def _sql_of(
    tables: tuple[tuple[str, bool], ...],
    writes: tuple[_Shape, ...],
    tokens: tuple[int, ...],
    has_events: bool,
    has_audits: bool,
) -> str:
    made = [n for n, write in enumerate(writes) if write.is_spoken_of]
    drawn, first, names = [], [], []
    for n, write in enumerate(writes):
        if write.makes:
            drawn.append(_drawn(n, write))
        for part in write.first:
            if any(f'%({name})s' in part.sql for name in write.spoken):
                raise ValueError(f'{part.name} is written before the numbers that it speaks of')
            names.append(_own(part.name, n))
            first.append(f'{names[-1]} AS ({_own(_ids(part.sql, made), n)})')
    if has_audits:
        names.append('audited')
        first.append(_AUDITS.format(_made('%(audits)s', made)))
    parts = [*drawn, *first, _TAKEN.format(_after(names)), _NUMBERED]
    parts += map(_update, range(len(tables)), tables)
    for n, write in enumerate(writes):
        if write.parts:
            parts.append(_own(_ids(_said(write.parts, write.spoken, tokens), made), n))
    if has_events:
        parts.append(_EVENTS.format(_numbered(_made('%(events)s', made), tokens)))
    return f'WITH {", ".join(parts)} SELECT {", ".join(_columns(writes))}'


def _drawn(n: int, write: _Shape) -> str:
    source = f'%(w{n})s::bigint' if write.is_made else f"nextval('@{write.makes}_id_seq')"
    return f'made{n} AS (SELECT {source} AS id)'


def _after(names: list[str]) -> str:
    """A condition that always holds, once the rows of those parts are written."""
    counts = [f'(SELECT count(*) FROM {name})' for name in names]
    return f'WHERE {" + ".join(counts)} >= 0' if counts else ''


def _columns(writes: tuple[_Shape, ...]) -> list[str]:
    columns = ['(SELECT json_agg(number ORDER BY ord) FROM numbered)::text']
    for n, write in enumerate(writes):
        if write.is_spoken_of:
            columns.append(f'(SELECT id FROM made{n})')
        if write.returning:
            columns.append(_own(write.returning, n))
    return columns


def _own(text: str, n: int) -> str:
    return _PARAMETER.sub(rf'%(w{n}_\1)s', text).replace('§', str(n))


def _spoken(write: Write, spoken_of: list[NumberRequest]) -> tuple[str, ...]:
    """The parameters in which a token stands for a number; who writes its sign himself gets no
    other statement by that."""
    texts = [(n, v) for n, v in write.params.items() if isinstance(v, str) and SIGN in v]
    return tuple([name for name, v in texts if any(r.stand_in in v for r in spoken_of)])


def _said(parts: str, spoken: tuple[str, ...], tokens: tuple[int, ...]) -> str:
    """With the numbers that those parameters speak of, and `⟦expressions⟧`."""
    parts = _TEXT.sub(lambda match: _numbered(match[1], tokens), parts)
    for name in spoken:
        parameter = f'%({name})s'
        parts = parts.replace(parameter, f'({_numbered(f"{parameter}::text", tokens)})')
    return parts


def _ids(parts: str, made: list[int]) -> str:
    """`§name§`: the parameter as an id, perhaps of a row that a write makes."""
    return _ID.sub(lambda match: f'({_made(f"%({match[1]})s", made)})::bigint', parts)


def _made(text: str, made: list[int]) -> str:
    """The text, with the ids of rows that this statement makes where something stands for them."""
    text += '::text'
    for n in made:
        text = f'replace({text}, %(w{n})s::text, (SELECT id::text FROM made{n}))'
    return text


def _numbered(text: str, tokens: tuple[int, ...]) -> str:
    """The text, with the numbers where their tokens are."""
    for n in tokens:
        number = f'(SELECT number FROM numbered WHERE ord = {n})'
        text = f'replace({text}, %(token{n})s::text, {number})'
    return text


def _update(n: int, table: tuple[str, bool]) -> str:
    return _UPDATE.format(n, table[0], _SEARCHED if table[1] else '')


def _counter_params(work: Pending) -> dict[str, typing.Any]:
    asked = tuple([(request.code, request.year) for request in work.requests])
    counters = _counters(asked, len(work.events))
    if not any(request.table for request in work.requests):
        return counters
    return {
        **counters,
        'r_tables': [request.table for request in work.requests],
        'r_rows': [request.row_id for request in work.requests],
    }


@functools.lru_cache(maxsize=1000)
def _counters(asked: tuple[tuple[str, int], ...], events: int) -> dict[str, str]:
    """How far each counter moves, and how far back from there each number is, of no row that is
    there already; as SQL arrays."""
    counts: dict[tuple[str, int], int] = {}
    offsets = []
    for series in asked:
        offsets.append(counts.get(series, 0))
        counts[series] = offsets[-1] + 1
    backs = [counts[series] - offset for series, offset in zip(asked, offsets, strict=True)]
    if events:
        counts[EVENTS, 0] = events
    rows = sorted(counts)  # the same order everywhere, so that no two can deadlock
    columns: dict[str, list[typing.Any]] = {
        'codes': [code for code, _ in rows],
        'years': [year for _, year in rows],
        'nexts': [counts[row] + 1 for row in rows],
        'patterns': [SERIES[code] for code, _ in rows],
        'r_codes': [code for code, _ in asked],
        'r_years': [year for _, year in asked],
        'r_backs': backs,
        'r_tables': [''] * len(asked),
        'r_rows': [0] * len(asked),
    }
    return {name: array(values) for name, values in columns.items()}


def _event_params(work: Pending) -> dict[str, typing.Any]:
    return {'at': work.at, 'event_count': len(work.events), 'events': as_json(work.events)}


def _audit_params(work: Pending) -> dict[str, typing.Any]:
    return {'audits': as_json(work.audits)}


_TAKEN = """taken AS (
  INSERT INTO @number_series AS s (code, year, next_value, pattern)
  SELECT code, year, next_value, pattern FROM unnest(
    %(codes)s::text[], %(years)s::int[], %(nexts)s::bigint[], %(patterns)s::text[]
  ) AS t(code, year, next_value, pattern) {0} ORDER BY code, year
  ON CONFLICT (code, year) DO UPDATE SET next_value = s.next_value + excluded.next_value - 1
  RETURNING code, year, next_value, pattern)"""
# A pattern has one group of zeros in braces. OFFSET 0: a look into `taken` a number, no hash join.
_NUMBERED = """numbered AS (
  SELECT r.ord - 1 AS ord, r.tbl, r.row_id, t.value, r.year,
    split_part(t.pattern, '{', 1) || lpad(t.value::text, greatest(length(t.value::text),
      strpos(t.pattern, '}') - strpos(t.pattern, '{') - 1), '0') || split_part(t.pattern, '}', 2)
    AS number
  FROM unnest(%(r_codes)s::text[], %(r_years)s::int[], %(r_backs)s::bigint[],
    %(r_tables)s::text[], %(r_rows)s::bigint[]) WITH ORDINALITY
    AS r(code, year, back, tbl, row_id, ord),
  LATERAL (SELECT t.next_value - r.back AS value,
    replace(t.pattern, '{YYYY}', r.year::text) AS pattern
    FROM taken t WHERE t.code = r.code AND t.year = r.year OFFSET 0) t)"""
_UPDATE = """u{0} AS (
  UPDATE @{1} AS d SET number = n.number, number_year = n.year, number_value = n.value{2}
  FROM numbered n WHERE n.tbl = '{1}' AND d.id = n.row_id)"""
_SEARCHED = ", search_text = lower(n.number) || ' ' || d.search_text"
_EVENTS = """announced AS (
  INSERT INTO @event (seq, uid, type, occurred_at, actor, resource, resource_id, resource_uid,
    object, previous)
  SELECT t.next_value - %(event_count)s::bigint + e.ord - 1, e.uid, e.type, %(at)s::timestamptz,
    e.actor, e.resource, e.resource_id, e.resource_uid, e.object, e.previous
  FROM taken t, ROWS FROM (json_to_recordset(({0})::json) AS (uid text, type text,
    resource text, resource_id bigint, resource_uid text, actor jsonb, object jsonb,
    previous jsonb)) WITH ORDINALITY
    AS e(uid, type, resource, resource_id, resource_uid, actor, object, previous, ord)
  WHERE t.code = 'EVENT')"""
_AUDITS = """audited AS (
  INSERT INTO @audit_log (at, actor_type, actor_id, actor_name, ip, dialect, request_id, action,
    entity, entity_id, before, after)
  SELECT %(at)s::timestamptz, a.actor_type, a.actor_id, a.actor_name, a.ip, a.dialect,
    a.request_id, a.action, a.entity, a.entity_id, a.before, a.after
  FROM json_to_recordset(({0})::json) AS a(actor_type text, actor_id bigint,
    actor_name text, ip text, dialect text, request_id text, action text, entity text,
    entity_id bigint, before jsonb, after jsonb) RETURNING 1)"""
