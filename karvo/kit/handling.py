"""In-process handlers: each event of the outbox, once, to whoever in this program cares for it.

A handler that fails holds nobody up: it is noted with its event and tried again by itself.
"""

import datetime as dt
import typing
from collections.abc import Sequence

import msgspec
import peewee

from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.columns import Instant
from karvo.kit.connections import sqlstate
from karvo.kit.db import Model, current_place, database
from karvo.kit.jobs import Handler, Handlers, StoredEvent, read_on, read_to
from karvo.kit.log import log
from karvo.kit.work import atomic

CONSUMER = 'handlers'
MOST = 200  #: events in one turn
MOST_RETRIES = 20  #: in one turn
DELAYS = (10, 60, 300, 900, 3600, 4 * 3600, 12 * 3600)  #: seconds before each further attempt
LOST = ('08', '57P')  #: SQLSTATEs of a server that went away


class HandlerRetry(Model):
    """A handler that raised for an event. `failed` ones stay until somebody looks."""

    seq = peewee.BigIntegerField()
    handler = peewee.TextField()
    state = peewee.TextField()
    attempts = peewee.IntegerField()
    due_at = Instant(null=True)
    error = peewee.TextField()
    updated_at = Instant()

    class Meta:
        indexes = ((('seq', 'handler'), True), (('state', 'due_at'), False))


class Standing(msgspec.Struct):
    """How far the handlers have come; `due` is when the next retry is."""

    seq: int
    head: int
    due: dt.datetime | None
    failed: int


STANDING = """
SELECT json_build_object(
  'seq', coalesce((SELECT seq FROM @consumer WHERE name = %(name)s), 0),
  'head', coalesce((SELECT max(next_value) - 1 FROM @number_series WHERE code = 'EVENT'), 0),
  'due', (SELECT min(due_at) FROM @handler_retry WHERE state = 'waiting'),
  'failed', (SELECT count(*) FROM @handler_retry WHERE state = 'failed'))::text"""
EVENTS = """
SELECT coalesce(json_agg(row_to_json(e)), '[]')::text FROM (
  SELECT seq, uid, type, occurred_at, resource, resource_id, object, previous FROM @event
  WHERE seq > %(after)s AND seq <= %(head)s AND type = ANY(%(types)s)
  ORDER BY seq LIMIT %(most)s) e"""
NOTE = """
INSERT INTO @handler_retry AS r (seq, handler, state, attempts, due_at, error, updated_at)
VALUES (%(seq)s, %(handler)s, %(state)s, 1, %(due)s, %(error)s, %(now)s)
ON CONFLICT (seq, handler) DO UPDATE SET state = excluded.state, attempts = r.attempts + 1,
  due_at = excluded.due_at, error = excluded.error, updated_at = excluded.updated_at"""


class _Failed(Exception):
    """A handler raised; takes the whole transaction back."""

    def __init__(self, handler: Handler, error: Exception) -> None:
        super().__init__(str(error))
        self.handler, self.error = handler, error


def name_of(handler: Handler) -> str:
    """What a handler is called in the table of retries and in the log."""
    return f'{handler.__module__}.{handler.__qualname__}'


def standing() -> Standing:
    """One statement."""
    return msgspec.json.decode(database.json(STANDING, {'name': CONSUMER}) or b'', type=Standing)


def failed_count() -> int:
    """Handlers that were given up, of whatever event."""
    return standing().failed


def handle(handlers: Handlers, actor: Actor) -> dt.datetime | None:
    """One turn: retries that are due, then new events. When the next turn is due, None = with the
    next event.
    """
    if not any(handlers.values()):
        return None
    found = standing()
    if found.due is not None and found.due <= clock.now():
        _retry_due(handlers, actor)
        found = standing()
    if found.seq >= found.head:
        return found.due
    events = _events(found.seq, found.head, list(handlers))
    for event in events:
        if not _handle(event, handlers[event.type], actor):
            return clock.now()  # somebody else was faster: look again
    if len(events) == MOST:
        return clock.now()
    _pass_over(found.head)
    return standing().due if events else found.due


def _events(after: int, head: int, types: list[str], most: int = MOST) -> list[StoredEvent]:
    named = {'after': after, 'head': head, 'types': types, 'most': most}
    return msgspec.json.decode(database.json(EVENTS, named) or b'[]', type=list[StoredEvent])


def _pass_over(head: int) -> None:
    with atomic():
        if read_on(CONSUMER) < head:
            read_to(CONSUMER, head)


def _handle(event: StoredEvent, handlers: Sequence[Handler], actor: Actor) -> bool:
    """Everybody who cares for this event, and the cursor, in one transaction.

    What a handler did before it failed is undone with the transaction, and so is what the others
    did; they run again without it.
    """
    failed: dict[str, Exception] = {}
    while True:
        try:
            return _try(event, handlers, failed, actor)
        except _Failed as failure:
            failed[name_of(failure.handler)] = failure.error


def _try(
    event: StoredEvent,
    handlers: Sequence[Handler],
    failed: dict[str, Exception],
    actor: Actor,
) -> bool:
    with atomic():
        if read_on(CONSUMER) >= event.seq:
            return False
        for handler in handlers:
            if name_of(handler) not in failed:
                _call(handler, event, actor)
        for name, error in failed.items():
            _note(event.seq, name, 1, error)
        read_to(CONSUMER, event.seq)
    return True


def _call(handler: Handler, event: StoredEvent, actor: Actor) -> None:
    try:
        handler(event, actor)
    except Exception as error:
        if sqlstate(error).startswith(LOST):
            raise  # the database's failure, not the handler's
        raise _Failed(handler, error) from error


def _note(seq: int, handler: str, attempt: int, error: Exception) -> None:
    """The next attempt, or that there will be none."""
    is_over = attempt > len(DELAYS)
    now = clock.now()
    due = None if is_over else now + dt.timedelta(seconds=DELAYS[attempt - 1])
    text = f'{type(error).__name__}: {error}'[:1000].replace('\0', '')
    say = log.error if is_over else log.warning
    say(
        'handler given up' if is_over else 'handler failed, tried again',
        handler=handler,
        company=current_place().schema,
        seq=seq,
        attempt=attempt,
        error=text,
    )
    named = {'seq': seq, 'handler': handler, 'state': 'failed' if is_over else 'waiting'}
    database.run(NOTE, named | {'due': due, 'error': text, 'now': now})


def _retry_due(handlers: Handlers, actor: Actor) -> None:
    due = (HandlerRetry.state == 'waiting') & (HandlerRetry.due_at <= clock.now())
    rows = HandlerRetry.select(HandlerRetry.id).where(due).order_by(HandlerRetry.due_at)
    for row in list(rows.limit(MOST_RETRIES)):
        _retry(row.id, handlers, actor)


def _retry(row_id: int, handlers: Handlers, actor: Actor) -> None:
    """Once more, in a transaction of its own."""
    try:
        with atomic():
            row = _locked(row_id)
            if row is None:
                return
            known = _events(row.seq - 1, row.seq, list(handlers), 1)
            handler = _named(row.handler, handlers, known[0].type if known else '')
            if handler is not None:
                _call(handler, known[0], actor)
            row.delete_instance()
    except _Failed as failure:
        with atomic():
            row = _locked(row_id)
            if row is not None:
                _note(row.seq, row.handler, row.attempts + 1, failure.error)


def _locked(row_id: int) -> typing.Any:
    query = HandlerRetry.select().where(
        (HandlerRetry.id == row_id) & (HandlerRetry.state == 'waiting')
    )
    return query.for_update(skip_locked=True).get_or_none()


def _named(name: str, handlers: Handlers, type_: str) -> Handler | None:
    """None where this version has it no more: then there is nothing to try again."""
    return next((one for one in handlers.get(type_, ()) if name_of(one) == name), None)
