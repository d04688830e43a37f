"""Sends what is due. One engine a worker process: threads that post, one that notes the results.

Every endpoint starts with one request at a time and gets more only while it answers well, so that
endpoints that hang take a thread each and no more; a third of the threads is kept from those whose
last attempt failed, another from those that were never tried. A delivery's result is in the
database within a fraction of a second; what a killed worker had sent in that fraction is sent
again, under the same `webhook-id`.
"""

import collections
import concurrent.futures
import datetime as dt
import threading
import time
import uuid

from karvo.config import config
from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.db import Place, close_all, company
from karvo.kit.log import log
from karvo.kit.work import tell
from karvo.webhooks.bodies import bodies
from karvo.webhooks.operations.fan_out import fan_out
from karvo.webhooks.operations.replays import advance_replays
from karvo.webhooks.operations.sending import claim, next_due, note, renew
from karvo.webhooks.operations.subscriptions import disable_webhook
from karvo.webhooks.runs import Connections, Run

BATCH = 100  #: deliveries that are taken for an endpoint at once
ENDPOINTS = 8  #: endpoints of a company that are taken in one turn
LEASE_SECONDS = 12
RENEW_SECONDS = 3.0
NOTE_SECONDS = 0.02  #: results wait so long for more, to be written together
SHARE = 0.75  #: of the threads may be more than an endpoint's first
FORGET_SECONDS = 60.0  #: after its lease ended, a run whose results cannot be written is dropped
STOP_SECONDS = 8.0  #: that requests in progress have to end
SOON = dt.timedelta(seconds=0.1)


class Engine:
    """`carry` is the turn of a company (karvo.kit.jobs.Carrier); the rest goes on behind it."""

    def __init__(self, threads: int = 0) -> None:
        self.holder = uuid.uuid4().hex
        self._threads = threads or config.webhook_threads
        self._pool = concurrent.futures.ThreadPoolExecutor(self._threads, 'webhooks')
        self._connections = Connections()
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._runs: list[Run] = []
        self._lanes: collections.Counter[str] = collections.Counter()
        self._is_stopping = False
        self._noting: threading.Thread | None = None

    def carry(self, actor: Actor) -> dt.datetime | None:
        """One turn: events become deliveries, endpoints with something due are set to work."""
        assert actor.place is not None
        has_more = fan_out(actor) | advance_replays(actor)
        free = self._threads - self._lanes.total()
        now = clock.now()
        if free <= 0 or self._is_stopping:
            return now + SOON
        self._begin(actor, now, min(free, ENDPOINTS))
        if has_more:
            return now
        due = next_due()
        return max(due, now + SOON) if due else None

    def _begin(self, actor: Actor, now: dt.datetime, limit: int) -> None:
        until = now + dt.timedelta(seconds=LEASE_SECONDS)
        claimed = claim(
            self.holder,
            now,
            until,
            limit=limit,
            batch=BATCH,
            standings=self._standings(),
        )
        made = bodies([due.id for one in claimed for due in one.due], actor.tenant_id)
        held_until = time.monotonic() + LEASE_SECONDS
        for one in claimed:
            self._add_lane(Run(one, actor, made, held_until, self._connections))
        self._start_noting()

    def _standings(self) -> list[str]:
        """Whom there are threads for: a third is kept from failing endpoints and from new ones."""
        failing, third = self._lanes['failing'], self._threads // 3
        found = ['well']
        if failing + self._lanes['new'] < 2 * third:
            found += ['new', 'failing'] if failing < third else ['new']
        return found

    def _add_lane(self, run: Run) -> None:
        standing = run.health.standing
        with self._lock:
            if not run.lanes:
                self._runs.append(run)
            run.lanes += 1
            self._lanes[standing] += 1
        self._pool.submit(self._lane, run, standing)

    def _lane(self, run: Run, standing: str) -> None:
        """Posts one delivery after the other; a good answer brings the endpoint another lane."""
        try:
            while not self._is_stopping and run.post_next():
                self._news.set()
                standing = self._counted_as(run.health.standing, standing)
                if run.wants_lane() and self._lanes.total() < self._threads * SHARE:
                    self._add_lane(run)
        except Exception as error:
            log.error('a delivery failed in an unforeseen way', exc_info=error)
        finally:
            with self._lock:
                run.lanes -= 1
                self._lanes[standing] -= 1
            self._news.set()

    def _counted_as(self, standing: str, before: str) -> str:
        if standing != before:
            with self._lock:
                self._lanes[before] -= 1
                self._lanes[standing] += 1
        return standing

    # Noting ------------------------------------------------------------------------------------

    def _start_noting(self) -> None:
        if self._noting is None or not self._noting.is_alive():
            self._noting = threading.Thread(target=self._note_always, name='notes', daemon=True)
            self._noting.start()

    def _note_always(self) -> None:
        renewed = time.monotonic()
        while not (self._is_stopping and not self._runs):
            self._news.wait(0.5)
            self._news.clear()
            time.sleep(NOTE_SECONDS)
            self._note_all()
            if time.monotonic() - renewed > RENEW_SECONDS:
                renewed = time.monotonic()
                self._renew_all()
                self._connections.forget_old()
        close_all()

    def _note_all(self) -> None:
        for place, runs in self._by_company().items():
            try:
                with company(place):
                    self._note(place, runs)
            except Exception as error:
                # Results wait; a database that is away or a company that is gone stops no other.
                log.error('webhooks: results not written yet', schema=place.schema, exc_info=error)
                self._forget_lost(runs)
                time.sleep(0.2)

    def _by_company(self) -> dict[Place, list[Run]]:
        with self._lock:
            runs = list(self._runs)
        found: dict[Place, list[Run]] = collections.defaultdict(list)
        for run in runs:
            if run.results or not run.lanes:
                found[run.place].append(run)
        return found

    def _note(self, place: Place, runs: list[Run]) -> None:
        ended = [run for run in runs if not run.lanes]
        for run in ended:
            run.keep_rate()
        taken = [(run, run.take_results()) for run in runs]
        try:
            note(
                self.holder,
                [result for _, some in taken for result in some],
                {run.claimed.id: run.health for run in runs},
                [run.claimed.id for run in ended],
            )
        except Exception:
            for run, some in taken:
                run.give_back(some)
            raise
        self._forget(ended)
        for run in runs:
            if run.reason_to_disable and not run.is_disabled:
                run.is_disabled = True
                disable_webhook(run.claimed.id, run.reason_to_disable, actor=run.actor)
        if ended:
            tell(place)

    def _forget(self, ended: list[Run]) -> None:
        with self._lock:
            self._runs = [run for run in self._runs if run not in ended]

    def _forget_lost(self, runs: list[Run]) -> None:
        oldest = time.monotonic() - FORGET_SECONDS
        self._forget([run for run in runs if not run.lanes and run.held_until < oldest])

    def _renew_all(self) -> None:
        with self._lock:
            runs = list(self._runs)
        for place in {run.place for run in runs}:
            own = [run for run in runs if run.place == place]
            try:
                with company(place):
                    self._renew(own)
            except Exception as error:
                log.error('webhooks: leases not renewed', schema=place.schema, exc_info=error)

    def _renew(self, runs: list[Run]) -> None:
        held_until = time.monotonic() + LEASE_SECONDS
        until = clock.now() + dt.timedelta(seconds=LEASE_SECONDS)
        kept = renew(self.holder, until, [run.claimed.id for run in runs])
        for run in runs:
            if run.claimed.id in kept:
                run.held_until = held_until
            else:
                run.is_stopped = True

    def stop(self) -> None:
        """Lets requests in progress end, notes them, gives the endpoints back."""
        self._is_stopping = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        deadline = time.monotonic() + STOP_SECONDS
        while self._lanes.total() and time.monotonic() < deadline:
            time.sleep(0.02)
        self._news.set()
        if self._noting is not None:
            self._noting.join(STOP_SECONDS)
        self._connections.close()
