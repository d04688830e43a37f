"""What a module has done outside of requests: jobs by the clock, handlers of events, carriers.

A module's `jobs.py` lists them (`jobs`, `handlers`, `carriers`), `karvo.app` gathers the lists, and
the roles worker and scheduler run them: company by company, each call with the company set and a
system actor of it. Everything here may run twice: a process may die between doing and noting.
"""

import datetime as dt
import typing
from collections.abc import Callable, Mapping, Sequence

import msgspec

from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.db import database

#: what a job did, for the run log: small, JSON
Report = dict[str, typing.Any]


class StoredEvent(msgspec.Struct, kw_only=True):
    """An event as it stands in the outbox."""

    seq: int
    uid: str
    type: str
    occurred_at: dt.datetime
    resource: str
    resource_id: int
    object: dict[str, typing.Any]
    previous: dict[str, typing.Any]


#: Inside a transaction with the note that it was done, so that what it does to the database is done
#: once for each event; raises to be called again later. It may be called for nothing: a transaction
#: that fails afterwards takes back all that was done.
Handler = Callable[[StoredEvent, Actor], None]
Handlers = Mapping[str, Sequence[Handler]]  #: by the event's type


class JobFailed(Exception):
    """What a job found is bad: its run counts as failed, and is not tried again by itself."""

    def __init__(self, text: str, report: Report) -> None:
        super().__init__(text)
        self.report = report


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Done once per company and business day, at or after `at` in the company's time zone."""

    name: str  #: 'billing.overdue': the module, then what
    run: Callable[[Actor, dt.date], Report]
    at: dt.time


class PlatformJob(msgspec.Struct, frozen=True, kw_only=True):
    """Done once for the whole installation, every so often; no company is set."""

    name: str
    run: Callable[[dt.datetime], Report]
    every: dt.timedelta


class Carrier(msgspec.Struct, frozen=True, kw_only=True):
    """Work that waits in a company's tables: mails, deliveries.

    `carry` takes one bounded turn, so that companies take turns, and tells when the next is due:
    now while more waits, None while nothing does. `stop` is called once, when the worker ends.
    """

    name: str
    carry: Callable[[Actor], dt.datetime | None]
    stop: Callable[[], None] = lambda: None
    #: how much waits in the company, for `/metrics`; one fast statement
    size: Callable[[], int] | None = None


class PlatformCarrier(msgspec.Struct, frozen=True, kw_only=True):
    """The same for work that waits in control tables. Several workers call it at once."""

    name: str
    carry: Callable[[], dt.datetime | None]


def read_on(consumer: str) -> int:
    """The sequence up to which a consumer has read the outbox, its row locked; 0 at first.

    Inside a transaction: what the consumer does with the events and `read_to` commit as one.
    """
    database.run(
        'INSERT INTO @consumer (name, seq, updated_at) VALUES (%(name)s, 0, %(at)s) '
        'ON CONFLICT (name) DO NOTHING',
        {'name': consumer, 'at': clock.now()},
    )
    sql = 'SELECT seq FROM @consumer WHERE name = %(name)s FOR UPDATE'
    return int(database.run(sql, {'name': consumer}).fetchall()[0][0])


def read_to(consumer: str, seq: int) -> None:
    """Note that everything up to `seq` was read."""
    database.run(
        'UPDATE @consumer SET seq = %(seq)s, updated_at = %(at)s WHERE name = %(name)s',
        {'name': consumer, 'seq': seq, 'at': clock.now()},
    )
