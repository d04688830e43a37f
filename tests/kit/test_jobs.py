"""Handlers of events: each event once, a failing handler holds nobody up and is tried again."""

import datetime as dt
import typing

import pytest

from karvo.kit import clock, handling
from karvo.kit.actor import Actor, system_actor
from karvo.kit.db import current_place, database
from karvo.kit.handling import HandlerRetry, handle, standing
from karvo.kit.jobs import StoredEvent
from karvo.kit.outbox import AuditLog
from karvo.kit.work import atomic
from tests.conftest import Api

BODY = {'customer_code': 'A', 'customer_name': 'A', 'subtotal': 100}


class Seen:
    """Handlers that note what they were called with, in the database and here."""

    def __init__(self) -> None:
        self.calls: list[int] = []
        self.broken = 0

    def note(self, event: StoredEvent, actor: Actor) -> None:
        self.calls.append(event.seq)
        with atomic() as work:
            work.audit('seen', 'event', event.seq, actor)

    def fail(self, event: StoredEvent, actor: Actor) -> None:
        with atomic() as work:
            work.audit('half', 'event', event.seq, actor)
            database.run('SELECT 1')
        if self.broken:
            self.broken -= 1
            raise RuntimeError('no luck')


@pytest.fixture
def seen(api: Api) -> typing.Iterator[Seen]:
    with api.company():
        yield Seen()


def turn(**handlers: typing.Any) -> dt.datetime | None:
    named = {f'invoice.{name}': those for name, those in handlers.items()}
    return handle(named, system_actor('test', current_place()))


def noted(action: str) -> list[int]:
    rows = AuditLog.select().where(AuditLog.action == action).order_by(AuditLog.id)
    return [row.entity_id for row in rows]


class TestHandle:
    def test_each_event_of_its_types_once_and_in_order(self, api: Api, seen: Seen) -> None:
        for _ in range(3):
            api.post('/invoices', BODY)
        assert turn(posted=[seen.note]) is None
        posted = [e['sequence'] for e in api.get('/events?type=invoice.posted').json['data']]
        assert seen.calls == noted('seen') == posted
        assert turn(posted=[seen.note]) is None
        assert seen.calls == posted
        assert standing().seq == standing().head

    def test_what_is_in_the_event(self, api: Api, seen: Seen) -> None:
        api.post('/invoices', BODY)
        events: list[StoredEvent] = []
        turn(posted=[lambda event, actor: events.append(event)])
        [event] = events
        assert (event.type, event.resource, event.object['total']) == ('invoice.posted', 'invoice',
                                                                       114.98)  # fmt: skip
        assert event.uid.startswith('evt_')

    def test_a_turn_is_bounded(self, api: Api, seen: Seen, monkeypatch) -> None:
        monkeypatch.setattr(handling, 'MOST', 2)
        monkeypatch.setattr(handling._events, '__defaults__', (2,))
        for _ in range(5):
            api.post('/invoices', BODY)
        dues = [turn(posted=[seen.note]) for _ in range(3)]
        assert [due is not None for due in dues] == [True, True, False]
        assert len(seen.calls) == len(set(seen.calls)) == 5

    def test_nobody_cares(self, api: Api, seen: Seen) -> None:
        api.post('/invoices', BODY)
        assert turn() is None
        assert turn(voided=[seen.note]) is None
        assert (seen.calls, standing().seq) == ([], standing().head)


class TestFailure:
    def test_leaves_the_others_alone_and_is_tried_again(self, api: Api, seen: Seen) -> None:
        seen.broken = 1
        api.post('/invoices', BODY)
        api.post('/invoices', BODY)
        due = turn(posted=[seen.fail, seen.note])
        assert due is not None and due > clock.now()
        first, second = noted('seen')
        assert noted('half') == [second]  # what the failed one did before is undone
        [row] = HandlerRetry.select()
        assert (row.seq, row.state, row.attempts) == (first, 'waiting', 1)
        assert row.error == 'RuntimeError: no luck'
        assert turn(posted=[seen.fail, seen.note]) == due  # not before its time
        HandlerRetry.update(due_at=clock.now()).execute()
        assert turn(posted=[seen.fail, seen.note]) is None
        assert sorted(noted('half')) == [first, second]
        assert HandlerRetry.select().count() == 0
        assert noted('seen') == [first, second]

    def test_is_given_up_and_kept_after_too_many(self, api: Api, seen: Seen) -> None:
        seen.broken = 99
        api.post('/invoices', BODY)
        turn(posted=[seen.fail])
        for _ in handling.DELAYS:
            HandlerRetry.update(due_at=clock.now()).execute()
            turn(posted=[seen.fail])
        [row] = HandlerRetry.select()
        assert (row.state, row.due_at, row.attempts) == ('failed', None, len(handling.DELAYS) + 1)
        assert handling.failed_count() == 1
        assert turn(posted=[seen.fail]) is None
        assert noted('half') == []

    def test_of_a_handler_that_is_gone_is_forgotten(self, api: Api, seen: Seen) -> None:
        seen.broken = 1
        api.post('/invoices', BODY)
        turn(posted=[seen.fail])
        HandlerRetry.update(due_at=clock.now()).execute()
        assert turn(posted=[seen.note]) is None
        assert HandlerRetry.select().count() == 0
