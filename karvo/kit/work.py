"""The unit of work: one transaction, sealed by one last statement.

Inside `with atomic() as work:` operations change rows and tell `work` what else belongs to the
change: numbers to take, events to announce, lines of the audit log. On the way out a single
data-modifying CTE takes the counters and writes all that carries them; after it only COMMIT
(decision 0004). So numbers have no gaps, event sequences appear in order, nobody waits long.
"""

import contextlib
import datetime as dt
import functools
import re
import threading
import typing
from collections.abc import Callable, Iterator

import msgspec
import psycopg

from karvo.kit import clock, ids, numbering
from karvo.kit.actor import Actor
from karvo.kit.db import Database, Place, current_place, database
from karvo.kit.errors import KarvoError
from karvo.kit.events import Event
from karvo.kit.numbering import EVENTS, SERIES, NumberRequest
from karvo.kit.outbox import (
    PendingAudit,
    PendingEvent,
    as_json,
    pending_audit,
    pending_event,
)

TOKEN = '\u27e6{}\u27e7'  # ⟦0⟧ stands for the first number until it is taken
_PARAMETER = re.compile(r'%\((?!w\d+\))(\w+)\)s')
_ID = re.compile(r'§(\w+)§')

AfterCommit = Callable[[Place], None]


class Write(msgspec.Struct):
    """Rows that the last statement writes; `answer` is what `returning` gave, once it is sealed.

    `id`: of the row that the part `makes` makes. Until it is sealed, a negative number that stands
    for it: in events, in the audit log, and where another write says `§name§`.
    """

    parts: str
    params: dict[str, typing.Any]
    refusals: dict[str, KarvoError]
    returning: str
    makes: str
    id: int
    answer: bytes | None = None


class Work:
    """What one transaction still has to write. `at` is the one instant of all its rows."""

    def __init__(self) -> None:
        self.at: dt.datetime = clock.now()
        self.requests: list[NumberRequest] = []
        self.claims: list[tuple[numbering.Claimed, str]] = []
        self.events: list[PendingEvent] = []
        self.audits: list[PendingAudit] = []
        self.writes: list[Write] = []
        #: whether something waits for the workers once this is committed
        self.has_news = False

    def take_number(
        self,
        code: str,
        year: int,
        table: str = '',
        row_id: int = 0,
        *,
        is_searched: bool = False,
    ) -> NumberRequest:
        """Number this row of `table` at the end; `.token` stands for the number in events."""
        request = NumberRequest(
            code=code,
            year=year,
            ord=len(self.requests),
            table=table,
            row_id=row_id,
            token=TOKEN.format(len(self.requests)),
            is_searched=is_searched,
        )
        self.requests.append(request)
        return request

    def write(
        self,
        parts: str,
        params: dict[str, typing.Any],
        *,
        refusals: dict[str, KarvoError] | None = None,
        returning: str = '',
        makes: str = '',
    ) -> Write:
        """Write with the last statement: rows that carry their number from the start are written
        once, in one round trip with all the rest.

        `parts` are the common table expressions; in their names `§` becomes a number of their own.
        They may select from `numbered`. Parameters need casts where no column gives their type;
        `§name§` is the parameter of that name as an id.
        `refusals`: what a NULL in a column that forbids it means, by the column's name.
        `returning`: a scalar expression over the parts (only their RETURNING shows the new rows).
        `makes`: the part that returns the `id` of a row that this write makes.
        """
        stand_in = -ids.random_id() if makes else 0
        write = Write(parts, params, refusals or {}, returning, makes, stand_in)
        self.writes.append(write)
        return write

    def claim_number(self, code: str, number: str) -> numbering.Claimed | None:
        """A client's own number: if it is of the series' pattern, the series moves past it."""
        claimed = numbering.read_number(code, number)
        if claimed:
            self.claims.append((claimed, number))
        return claimed

    def record(self, event: Event, actor: Actor) -> None:
        """Announce a change; the audit log gets its line too."""
        self.events.append(pending_event(event, actor))
        self.has_news = True
        before = event.previous or None
        after = {name: _value(event.object, name) for name in event.previous} or None
        self.audit(event.name, event.resource, event.id, actor, before, after)

    def audit(
        self,
        action: str,
        entity: str,
        entity_id: int,
        actor: Actor,
        before: typing.Any = None,
        after: typing.Any = None,
    ) -> None:
        """A change that is no event, or the line that goes with one."""
        self.audits.append(pending_audit(action, entity, entity_id, actor, before, after))

    def standing(self) -> tuple[int, ...]:
        """How much is pending, for `forget_since`."""
        return tuple(len(pending) for pending in self._pending())

    def forget_since(self, standing: tuple[int, ...]) -> None:
        """Nothing that became pending since then happens."""
        for pending, count in zip(self._pending(), standing, strict=True):
            del pending[count:]

    def _pending(self) -> tuple[list[typing.Any], ...]:
        return self.requests, self.claims, self.events, self.audits, self.writes

    def seal(self) -> None:
        """The last statement. Does nothing when nothing is pending."""
        for claimed, number in sorted(self.claims):
            numbering.pass_claimed(claimed, number, self.at)
        if not (self.requests or self.events or self.audits or self.writes):
            return
        sql, params = _last_statement(self)
        try:
            rows = database.last(sql, params)
        except psycopg.errors.NotNullViolation as error:
            raise self._refusal(error) from error
        self._tell(iter(rows[0]))
        self.requests, self.claims, self.events, self.audits = [], [], [], []
        self.writes = []

    def _tell(self, columns: Iterator[bytes | None]) -> None:
        """What the last statement answered, in the order of its columns."""
        numbers = msgspec.json.decode(next(columns) or b'[]')
        for request, number in zip(self.requests, numbers, strict=True):
            request.value = number
        for write in self.writes:
            if write.makes:
                write.id = int(next(columns) or 0)
            if write.returning:
                write.answer = next(columns)

    def _refusal(self, error: psycopg.Error) -> Exception:
        column = error.diag.column_name or ''
        return next((w.refusals[column] for w in self.writes if column in w.refusals), error)


def _value(snapshot: typing.Any, name: str) -> typing.Any:
    return snapshot.get(name) if isinstance(snapshot, dict) else getattr(snapshot, name, None)


class _Current(threading.local):
    work: Work | None = None
    #: the company whose news the frame around it commits
    framed: Place | None = None

    def take_framed(self) -> Place | None:
        place, self.framed = self.framed, None
        return place


_current = _Current()
_after_commit: list[AfterCommit] = []


def after_commit(hook: AfterCommit) -> None:
    """Tell somebody (the workers' index) that a company has news. A hint: it may get lost."""
    if hook not in _after_commit:
        _after_commit.append(hook)


@contextlib.contextmanager
def frame(database: Database) -> Iterator[None]:
    """A transaction around units of work, whose news are told once it is committed."""
    _current.take_framed()  # of one that failed
    with database.transaction():
        yield
    if place := _current.take_framed():
        tell(place)


@contextlib.contextmanager
def atomic() -> Iterator[Work]:
    """One unit of work. Inside another one it joins: what fails, fails as a whole."""
    if _current.work is not None:
        yield _current.work
        return
    if database.in_transaction():
        # A frame of kit.idempotency: seal here, it commits.
        with _working() as work:
            yield work
        if work.has_news:
            _current.framed = current_place()
        return
    with database.unit(), _working() as work:
        yield work
    if work.has_news:
        tell(current_place())


@contextlib.contextmanager
def attempt() -> Iterator[Work]:
    """A part of a unit of work that may fail by itself: the unit goes on as if it had not begun.

    What it wrote goes back to a savepoint, and what was pending for it is forgotten. Only a part
    whose rows are written at once: rows of the last statement fail with the whole.
    """
    with atomic() as work:
        standing = work.standing()
        try:
            with database.savepoint():
                yield work
        except BaseException:
            work.forget_since(standing)
            raise


@contextlib.contextmanager
def _working() -> Iterator[Work]:
    _current.work = work = Work()
    try:
        yield work
        work.seal()
    finally:
        _current.work = None


def tell(place: Place) -> None:
    """A company has work to carry on with."""
    for hook in _after_commit:
        hook(place)


def _last_statement(work: Work) -> tuple[str, dict[str, typing.Any]]:
    sql = _sql_of(
        tuple(sorted({(r.table, r.is_searched) for r in work.requests if r.table})),
        tuple([(w.parts, w.returning, w.makes) for w in work.writes]),
        len(work.requests)
        if any('\u27e6' in event.object + event.previous for event in work.events)
        else 0,
        bool(work.events),
        bool(work.audits),
    )
    params = {**_counter_params(work), **_event_params(work), **_audit_params(work)}
    for n, write in enumerate(work.writes):
        params |= {f'w{n}_{name}': value for name, value in write.params.items()}
        params[f'w{n}'] = write.id
    return sql, params


# One object a shape: what is keyed by the text (plans, names) compares it at no cost.
@functools.lru_cache(maxsize=1000)
def _sql_of(
    tables: tuple[tuple[str, bool], ...],
    writes: tuple[tuple[str, str, str], ...],
    tokens: int,
    has_events: bool,
    has_audits: bool,
) -> str:
    made = {n: _own(makes, n) for n, (_, _, makes) in enumerate(writes) if makes}
    parts = [_TAKEN, _NUMBERED, *map(_update, range(len(tables)), tables)]
    parts += [_own(_ids(own, made), n) for n, (own, _, _) in enumerate(writes)]
    if has_events:
        parts.append(_EVENTS.format(_numbered(_made('%(events)s', made), tokens)))
    if has_audits:
        parts.append(_AUDITS.format(_made('%(audits)s', made)))
    columns = ['(SELECT json_agg(number ORDER BY ord) FROM numbered)::text']
    for n, (_, returning, makes) in enumerate(writes):
        if makes:
            columns.append(f'(SELECT id FROM {made[n]})')
        if returning:
            columns.append(_own(returning, n))
    return f'WITH {", ".join(parts)} SELECT {", ".join(columns)}'


def _own(text: str, n: int) -> str:
    return _PARAMETER.sub(rf'%(w{n}_\1)s', text).replace('§', str(n))


def _ids(parts: str, made: dict[int, str]) -> str:
    """`§name§`: the parameter as an id."""
    return _ID.sub(lambda match: f'({_made(f"%({match[1]})s", made)})::bigint', parts)


def _made(text: str, made: dict[int, str]) -> str:
    """The text, with the ids of rows that this statement makes where something stands for them."""
    text += '::text'
    for n, part in made.items():
        text = f'replace({text}, %(w{n})s::text, (SELECT id::text FROM {part}))'
    return text


def _numbered(text: str, count: int) -> str:
    """The text, with the numbers where their tokens are."""
    for n in range(count):
        number = f'(SELECT number FROM numbered WHERE ord = {n})'
        text = f"replace({text}, '{TOKEN.format(n)}', {number})"
    return text


def _update(n: int, table: tuple[str, bool]) -> str:
    return _UPDATE.format(n, table[0], _SEARCHED if table[1] else '')


def _counter_params(work: Work) -> dict[str, typing.Any]:
    counts: dict[tuple[str, int], int] = {}
    offsets = []
    for request in work.requests:
        series = (request.code, request.year)
        offsets.append(counts.get(series, 0))
        counts[series] = offsets[-1] + 1
    backs = [
        counts[request.code, request.year] - offset
        for request, offset in zip(work.requests, offsets, strict=True)
    ]
    if work.events:
        counts[EVENTS, 0] = len(work.events)
    series_rows = sorted(counts)  # the same order everywhere, so that no two can deadlock
    return {
        'codes': [code for code, _ in series_rows],
        'years': [year for _, year in series_rows],
        'nexts': [counts[row] + 1 for row in series_rows],
        'patterns': [SERIES[code] for code, _ in series_rows],
        'r_codes': [request.code for request in work.requests],
        'r_years': [request.year for request in work.requests],
        'r_backs': backs,
        'r_tables': [request.table for request in work.requests],
        'r_rows': [request.row_id for request in work.requests],
    }


def _event_params(work: Work) -> dict[str, typing.Any]:
    return {'at': work.at, 'event_count': len(work.events), 'events': as_json(work.events)}


def _audit_params(work: Work) -> dict[str, typing.Any]:
    return {'audits': as_json(work.audits)}


_TAKEN = """taken AS (
  INSERT INTO @number_series AS s (code, year, next_value, pattern)
  SELECT code, year, next_value, pattern FROM unnest(
    %(codes)s::text[], %(years)s::int[], %(nexts)s::bigint[], %(patterns)s::text[]
  ) AS t(code, year, next_value, pattern) ORDER BY code, year
  ON CONFLICT (code, year) DO UPDATE SET next_value = s.next_value + excluded.next_value - 1
  RETURNING code, year, next_value, pattern)"""
_NUMBERED = r"""numbered AS (
  SELECT r.ord - 1 AS ord, r.tbl, r.row_id, t.next_value - r.back AS value, r.year,
    regexp_replace(replace(t.pattern, '{YYYY}', r.year::text), '\{0+\}',
      lpad((t.next_value - r.back)::text, greatest(
        length(substring(t.pattern FROM '\{(0+)\}')),
        length((t.next_value - r.back)::text)), '0')) AS number
  FROM unnest(%(r_codes)s::text[], %(r_years)s::int[], %(r_backs)s::bigint[],
    %(r_tables)s::text[], %(r_rows)s::bigint[]) WITH ORDINALITY
    AS r(code, year, back, tbl, row_id, ord)
  JOIN taken t ON t.code = r.code AND t.year = r.year)"""
_UPDATE = """u{0} AS (
  UPDATE @{1} AS d SET number = n.number, number_year = n.year, number_value = n.value{2}
  FROM numbered n WHERE n.tbl = '{1}' AND d.id = n.row_id)"""
_SEARCHED = ", search_text = lower(n.number) || ' ' || d.search_text"
_EVENTS = """announced AS (
  INSERT INTO @event (seq, uid, type, occurred_at, actor, resource, resource_id, resource_uid,
    object, previous)
  SELECT t.next_value - %(event_count)s::bigint + e.ord - 1, e.uid, e.type, %(at)s::timestamptz,
    e.actor::jsonb, e.resource, e.resource_id, e.resource_uid, e.object::jsonb, e.previous::jsonb
  FROM taken t, ROWS FROM (json_to_recordset(({0})::json) AS (uid text, type text,
    resource text, resource_id bigint, resource_uid text, actor text, object text, previous text))
    WITH ORDINALITY AS e(uid, type, resource, resource_id, resource_uid, actor, object, previous,
    ord)
  WHERE t.code = 'EVENT')"""
_AUDITS = """audited AS (
  INSERT INTO @audit_log (at, actor_type, actor_id, actor_name, ip, dialect, request_id, action,
    entity, entity_id, before, after)
  SELECT %(at)s::timestamptz, a.actor_type, a.actor_id, a.actor_name, a.ip, a.dialect,
    a.request_id, a.action, a.entity, a.entity_id, a.before, a.after
  FROM json_to_recordset(({0})::json) AS a(actor_type text, actor_id bigint,
    actor_name text, ip text, dialect text, request_id text, action text, entity text,
    entity_id bigint, before jsonb, after jsonb))"""
