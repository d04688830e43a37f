"""The unit of work: one transaction, sealed by one last statement.

Inside `with atomic() as work:` operations change rows and tell `work` what else belongs to the
change: numbers to take, events to announce, lines of the audit log. On the way out a single
data-modifying CTE takes the counters and writes all that carries them; after it only COMMIT
(decision 0004). So numbers have no gaps, event sequences appear in order, nobody waits long.
"""

import contextlib
import threading
import typing
from collections.abc import Callable, Iterator

import msgspec
import psycopg

from karvo.kit import clock, numbering
from karvo.kit.actor import Actor
from karvo.kit.db import Database, Place, current_place, database
from karvo.kit.events import Event
from karvo.kit.last_statement import Part, Pending, Refusals, Write, last_statement
from karvo.kit.numbering import NumberRequest
from karvo.kit.outbox import as_json, as_raw, pending_audit, pending_event

AfterCommit = Callable[[Place], None]


class Work(Pending):
    """What one transaction still has to write. `at` is the one instant of all its rows."""

    def __init__(self) -> None:
        super().__init__(clock.now())
        self.claims: list[tuple[numbering.Claimed, str]] = []
        #: whether something waits for the workers once this is committed
        self.has_news = False
        #: the object of the last event, and its JSON: what becomes of a record at once is one
        self._shown: tuple[object, msgspec.Raw] = None, msgspec.Raw()

    def take_number(
        self,
        code: str,
        year: int,
        table: str = '',
        row_id: int = 0,
        *,
        is_searched: bool = False,
    ) -> NumberRequest:
        """Number this row of `table` at the end; `.token` stands for the number until then."""
        request = NumberRequest(
            code=code,
            year=year,
            ord=len(self.requests),
            table=table,
            row_id=row_id,
            is_searched=is_searched,
        )
        self.requests.append(request)
        return request

    def write(
        self,
        parts: str,
        params: dict[str, typing.Any],
        *,
        first: tuple[Part, ...] = (),
        refusals: Refusals | None = None,
        returning: str = '',
        makes: str = '',
        made: int = 0,
    ) -> Write:
        """Write with the last statement: rows that carry their number from the start are written
        once, in one round trip with all the rest.

        `parts` are the common table expressions; in their names `§` becomes a number of their own.
        They may select from `numbered`. Parameters need casts where no column gives their type;
        `§name§` is the parameter of that name as an id; `⟦expression⟧` is that text with the
        numbers in place of their tokens (parameters are seen to anyway).
        `first`: what needs no number nor speaks of one but by its token, made before any is taken.
        `refusals`: what a NULL in a column that forbids it means, by the column's name.
        `returning`: a scalar expression over the parts (only their RETURNING shows the new rows),
        JSON; tokens in it become their numbers.
        `makes`: a table; `made§` holds the `id` of a row of it that the parts make, which is `made`
        where that was drawn before.
        """
        write = Write(parts, params, first, refusals or {}, returning, makes, made)
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
        self.events.append(pending_event(event, actor, self._json_of(event.object)))
        self.has_news = True
        before = event.previous or None
        after = {name: _value(event.object, name) for name in event.previous} or None
        self.audit(event.name, event.resource, event.id, actor, before, after)

    def _json_of(self, shown: typing.Any) -> msgspec.Raw:
        """Of one snapshot once; what is no struct may have changed since."""
        if shown is not self._shown[0] or not isinstance(shown, msgspec.Struct):
            self._shown = shown, as_raw(shown)
        return self._shown[1]

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
        sql, params = last_statement(self)
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
            if write.stand_in:
                write.made = int(next(columns) or 0)
            if write.returning:
                write.answer = self._with_numbers(next(columns))
            write.is_sealed = True

    def _with_numbers(self, answer: bytes | None) -> bytes | None:
        for request in self.requests:
            if answer and request.stand_in:
                number = as_json(request.value)[1:-1]
                answer = answer.replace(request.stand_in.encode(), number.encode())
        return answer

    def _refusal(self, error: psycopg.Error) -> Exception:
        column = error.diag.column_name or ''
        return next((w.refusals[column]() for w in self.writes if column in w.refusals), error)


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
        with _Working() as work:
            yield work
        if work.has_news:
            _current.framed = current_place()
        return
    with database.unit(), _Working() as work:
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


class _Working:
    """Sealed at the end, unless something failed."""

    def __enter__(self) -> Work:
        _current.work = self._work = work = Work()
        return work

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._work.seal()
        finally:
            _current.work = None


def tell(place: Place) -> None:
    """A company has work to carry on with."""
    for hook in _after_commit:
        hook(place)
