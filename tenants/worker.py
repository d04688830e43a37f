"""The role worker: carries what requests left behind, company by company, each a turn at a time.

One thread claims companies, holds on to them and gives them back; a few others take the turns. Any
number of such processes, on any number of machines, share the companies by leases (decision 0011).
"""

import datetime as dt
import functools
import queue
import random
import threading
import time
from collections.abc import Callable, Sequence

import msgspec
import peewee
import psycopg

from karvo.config import BadConfig
from karvo.kit import clock, handling, ids
from karvo.kit.actor import Actor
from karvo.kit.connections import sqlstate
from karvo.kit.db import close_all, company, company_place, database
from karvo.kit.jobs import Carrier, Handlers, PlatformCarrier
from karvo.kit.log import log
from tenants import claims
from tenants.claims import Claim, Turn
from tenants.models import control

DOWN = (psycopg.Error, peewee.PeeweeException, BadConfig, OSError)
RECENT = dt.timedelta(minutes=10)  #: that a company with news counts as active
CARRY = Callable[[Actor], dt.datetime | None]


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How often, in seconds. Tests have less patience."""

    lease: float = claims.LEASE
    poll: float = 0.5  #: between two looks at the index, where nothing wakes us
    idle: float = 50.0  #: a company without news is looked at as often, more or less a fifth
    active: float = 10.0  #: one that had some
    failing: float = 10.0  #: one whose turn failed
    lost: float = 1.0  #: one whose database went away
    platform: float = 1.0  #: work in the control tables
    adopt: float = 30.0  #: companies that are not in the index
    stop: float = 8.0  #: that turns have to end after SIGTERM


class _Platform:
    """A carrier of the control tables, and when it is to be called again."""

    def __init__(self, carrier: PlatformCarrier) -> None:
        self.carrier, self.due, self.is_running = carrier, 0.0, False


class Worker:
    """One process of the role. `run` returns after `stop`."""

    def __init__(
        self,
        handlers: Handlers,
        carriers: Sequence[Carrier],
        platform_carriers: Sequence[PlatformCarrier] = (),
        *,
        threads: int = 4,
        pace: Pace | None = None,
    ) -> None:
        self.holder = f'worker-{ids.random_key()}'
        self.pace = pace or Pace()
        self._handlers, self._carriers = handlers, carriers
        self._platform = [_Platform(one) for one in platform_carriers]
        self._threads = threads
        self._begun: queue.SimpleQueue[Claim | _Platform | None] = queue.SimpleQueue()
        self._held: set[int] = set()
        self._over: list[Turn] = []
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._next = dict.fromkeys(('renew', 'adopt'), 0.0)
        self._is_down = False

    def stop(self) -> None:
        """From a signal or another thread: end the turns that run, begin no other."""
        self._stopping.set()
        self._news.set()

    def news(self) -> None:
        """Something became due: look at once."""
        for one in self._platform:
            one.due = 0.0
        self._news.set()

    def run(self, ready: Callable[[], None] | None = None) -> None:
        """Until `stop`; `ready` is called once the index was read."""
        for number in range(self._threads):
            name = f'turns-{number}'
            threading.Thread(target=self._take_turns, daemon=True, name=name).start()
        while not self._stopping.is_set():
            self._news.clear()
            if not self._round():
                self._stopping.wait(self.pace.poll)
                continue
            if ready:
                ready()
                ready = None
            self._news.wait(self.pace.poll)
        self._leave()
        for carrier in self._carriers:
            carrier.stop()
        control.close()

    def _round(self) -> bool:
        """Give back, hold, claim, hand out; False where the database is down."""
        try:
            self._give_back()
            self._every('renew', self.pace.lease / 3, self._renew)
            self._every('adopt', self.pace.adopt, claims.adopt)
            self._claim()
            control.recycle()
        except DOWN as error:
            if not self._is_down:
                log.warning('the database is out of reach, tried again', error=str(error))
            self._is_down = True
            return False
        self._is_down = False
        return True

    def _every(self, name: str, seconds: float, act: Callable[[], None]) -> None:
        now = time.monotonic()
        if now >= self._next[name]:
            act()
            self._next[name] = now + seconds

    def _renew(self) -> None:
        if self._held:
            claims.renew(self.holder, self.pace.lease)

    def _give_back(self) -> None:
        turns = list(self._over)
        claims.release(self.holder, turns)
        del self._over[: len(turns)]
        self._held -= {turn.company_id for turn in turns}

    def _claim(self) -> None:
        for one in self._platform:
            if not one.is_running and one.due <= time.monotonic():
                one.is_running = True
                self._begun.put(one)
        free = self._threads - len(self._held)
        for claimed in claims.claim(self.holder, free, self.pace.lease) if free > 0 else []:
            self._held.add(claimed.company_id)
            self._begun.put(claimed)

    def _take_turns(self) -> None:
        while (begun := self._begun.get()) is not None:
            if isinstance(begun, _Platform):
                self._carry_platform(begun)
            else:
                self._over.append(self._turn(begun))
            self._news.set()
        close_all()
        control.close()

    def _turn(self, claimed: Claim) -> Turn:
        """A company's turn, whatever happens in it."""
        if self._stopping.is_set():
            return Turn(claimed.company_id, clock.now(), {})
        try:
            with company(company_place(claimed.company_id, claimed.placement)):
                due, waiting = self._work(claimed)
                database.recycle()
        except Exception as error:
            due, waiting = self._failed('turn', claimed.slug, error), {}
        return Turn(claimed.company_id, due, waiting)

    def _work(self, claimed: Claim) -> tuple[dt.datetime, dict[str, int]]:
        """(when the next turn is due, what waits). One that fails leaves the others alone."""
        actor, waiting = claimed.actor('worker'), {}
        handle = functools.partial(handling.handle, self._handlers)
        dues = [self._attempt('handlers', handle, actor)]
        for carrier in self._carriers:
            dues.append(self._attempt(carrier.name, carrier.carry, actor))
            if carrier.size:
                waiting[carrier.name] = carrier.size()
        if any(self._handlers.values()):
            waiting['handlers.failed'] = handling.failed_count()
        is_active = claimed.hinted_at is not None and clock.now() - claimed.hinted_at < RECENT
        pace = self.pace.active if is_active else self.pace.idle
        look = _later(pace * random.uniform(0.8, 1.2))
        return min([look, *[due for due in dues if due is not None]]), waiting

    def _attempt(self, name: str, carry: CARRY, actor: Actor) -> dt.datetime | None:
        try:
            return carry(actor)
        except Exception as error:
            return self._failed(name, actor.tenant_slug, error)

    def _failed(self, what: str, tenant: str, error: Exception) -> dt.datetime:
        """Says so; when to try again."""
        if sqlstate(error).startswith(handling.LOST):
            return _later(self.pace.lost)
        log.error('worker failed, tried again', what=what, tenant=tenant, exc_info=error)
        return _later(self.pace.failing)

    def _carry_platform(self, one: _Platform) -> None:
        try:
            due = one.carrier.carry() if not self._stopping.is_set() else None
        except Exception as error:
            due = self._failed(one.carrier.name, '', error)
        wait = self.pace.platform
        if due is not None:
            wait = min(wait, max(0.0, (due - clock.now()).total_seconds()))
        one.due, one.is_running = time.monotonic() + wait, False

    def _leave(self) -> None:
        """What runs may end; what is given back now need not wait for its lease to run out."""
        for _ in range(self._threads):
            self._begun.put(None)
        deadline = time.monotonic() + self.pace.stop
        while self._held and time.monotonic() < deadline:
            try:
                self._give_back()
            except DOWN:
                return
            self._news.wait(0.05)
            self._news.clear()


def _later(seconds: float) -> dt.datetime:
    return clock.now() + dt.timedelta(seconds=seconds)
