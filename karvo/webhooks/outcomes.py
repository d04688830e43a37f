"""What an attempt means: for the delivery, for the endpoint's circuit breaker, for the next try."""

import datetime as dt
import random
import typing

import msgspec

#: Standard Webhooks 1.0.0: seconds before each attempt, 75 h 35 min in all
STANDARD = (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.1
RETRY_AFTER_MOST = 86_400.0
BREAKER_FAILURES = 10  #: in a row open the breaker …
BREAKER_SECONDS = 30  #: … for so long; then one probe
MOST_DEFERRALS = 1000  #: of one delivery
GIVEN_UP = 10  #: deliveries in a row that were given up disable the endpoint
SLOW_DOWN = (429, 502, 503, 504)
SLOW_MS = 5000  #: an answer that takes longer holds a thread as a failure does
SLOW_SECONDS = 5.0
GONE = 410
#: errors that no repetition mends
PERMANENT = ('blocked', 'invalid')
REASONS = {
    GONE: 'The endpoint answered 410 Gone.',
    0: f'{GIVEN_UP} deliveries in a row were given up.',
}


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One request that was made. `outcome`: status when a reply came, else why none did."""

    at: dt.datetime
    duration_ms: int
    outcome: str
    status: int | None = None
    error: str = ''
    reply: bytes = b''
    retry_after: float | None = None  #: seconds

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_deferral(self) -> bool:
        """Asked to come later: neither a failure nor one of the attempts that are counted."""
        return self.status in (429, 503) and self.retry_after is not None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the delivery. `due_at` only while it is still waiting."""

    state: str
    due_at: dt.datetime | None = None


def judge(
    attempt: Attempt,
    *,
    counted: int,
    schedule: typing.Sequence[int] | None,
    deferrals: int,
    is_single: bool,
) -> Verdict:
    """`counted`: attempts so far, this one included unless it is a deferral, counted apart."""
    steps = schedule or STANDARD
    if attempt.is_success:
        return Verdict(state='delivered')
    is_over = counted >= len(steps) and not attempt.is_deferral
    if is_single or is_over or deferrals > MOST_DEFERRALS or attempt.outcome in PERMANENT:
        return Verdict(state='failed')
    delay = wait_asked_for(attempt.retry_after) if attempt.retry_after is not None else None
    if delay is None:
        delay = jittered(steps[min(counted, len(steps) - 1)])
    return Verdict(state='waiting', due_at=attempt.at + dt.timedelta(seconds=delay))


def jittered(seconds: float) -> float:
    """± 10 %."""
    return seconds * random.uniform(1 - JITTER, 1 + JITTER)


def wait_asked_for(seconds: float) -> float:
    """Between s and 2 s + 5 s, s at most a day: never sooner, and not all at once."""
    least = min(seconds, RETRY_AFTER_MOST)
    return least + random.uniform(0, min(0.1 * least + 2, least + 5))


class Health(msgspec.Struct, kw_only=True):
    """How an endpoint fares, as its row in `webhook_state` says; changed by attempt after attempt.

    Only the worker that holds the endpoint changes it.
    """

    failures: int = 0
    exhausted: int = 0
    failing_since: dt.datetime | None = None
    open_until: dt.datetime | None = None
    quiet_until: dt.datetime | None = None
    last_success_at: dt.datetime | None = None
    last_failure_at: dt.datetime | None = None
    last_status: int | None = None
    last_duration_ms: int | None = None

    @property
    def standing(self) -> str:
        """`failing`, `new` (never tried to an end), or `well`: it succeeded last, and in time."""
        if self.failures or (self.last_duration_ms or 0) > SLOW_MS:
            return 'failing'
        return 'well' if self.last_success_at else 'new'

    @property
    def is_proven(self) -> bool:
        """It may have more than one request at a time."""
        return self.standing == 'well'

    @property
    def is_probed(self) -> bool:
        """The breaker has opened: one probe decides."""
        return self.failures >= BREAKER_FAILURES

    def learn(self, attempt: Attempt, verdict: Verdict, *, is_single: bool = False) -> None:
        """From one attempt. A proxy's failure is not the endpoint's.

        One that was resent by hand (`is_single`) gives nothing up.
        """
        self.last_status, self.last_duration_ms = attempt.status, attempt.duration_ms
        if attempt.is_success:
            self.failures = self.exhausted = 0
            self.failing_since = self.open_until = None
            self.last_success_at = attempt.at
            return
        self.last_failure_at = attempt.at
        self.quiet_until = _quiet_until(attempt)
        if verdict.state == 'failed' and attempt.outcome != 'proxy' and not is_single:
            self.exhausted += 1
        if attempt.is_deferral or attempt.outcome == 'proxy':
            return
        self.failures += 1
        self.failing_since = self.failing_since or attempt.at
        if self.is_probed:
            self.open_until = attempt.at + dt.timedelta(seconds=BREAKER_SECONDS)

    def reason_to_disable(self, attempt: Attempt) -> str:
        """'' for none. Only deliveries that came to an end count."""
        if attempt.status == GONE:
            return REASONS[GONE]
        return REASONS[0] if self.exhausted >= GIVEN_UP else ''


def _quiet_until(attempt: Attempt) -> dt.datetime | None:
    """Until when the whole endpoint is left alone: it, or what is before it, asked for time."""
    if attempt.status in SLOW_DOWN or attempt.outcome == 'timeout':
        seconds = SLOW_SECONDS if attempt.retry_after is None else attempt.retry_after
        return attempt.at + dt.timedelta(seconds=min(seconds, RETRY_AFTER_MOST))
    return None
