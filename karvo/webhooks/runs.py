"""One endpoint's batch while a worker holds it: who goes next, when to stop, what was learnt."""

import collections
import datetime as dt
import threading
import time

import karvo
from karvo.kit import clock, crypto
from karvo.kit.actor import Actor
from karvo.kit.log import log
from karvo.kit.outgoing import BadAddress, OutgoingError, Target, target_of
from karvo.kit.posting import Connection, Reply, seconds_of
from karvo.webhooks import sealed
from karvo.webhooks.operations.sending import Claimed, Due, Result
from karvo.webhooks.outcomes import Attempt, judge
from karvo.webhooks.signing import Signer
from karvo.webhooks.woocommerce import topic_of, woocommerce_headers

IDLE_SECONDS = 30.0  #: a connection is kept so long for the next delivery
IDLE_MOST = 256
PATIENCE = 0.5  #: seconds that a thread waits for an endpoint's own rate


class Connections:
    """Connections that are kept between deliveries."""

    def __init__(self) -> None:
        self._idle: dict[Target, list[Connection]] = collections.defaultdict(list)
        self._lock = threading.Lock()

    def take(self, target: Target) -> Connection:
        with self._lock:
            idle = self._idle.get(target)
            return idle.pop() if idle else Connection(target)

    def give(self, connection: Connection) -> None:
        with self._lock:
            if sum(map(len, self._idle.values())) < IDLE_MOST:
                self._idle[connection.target].append(connection)
                return
        connection.close()

    def forget_old(self) -> None:
        """Close what nobody has used for a while."""
        oldest = time.monotonic() - IDLE_SECONDS
        with self._lock:
            for target, idle in list(self._idle.items()):
                self._idle[target] = [one for one in idle if one.used > oldest]
                old = [one for one in idle if one.used <= oldest]
                if not self._idle[target]:
                    del self._idle[target]
                for connection in old:
                    connection.close()

    def close(self) -> None:
        with self._lock:
            for idle in self._idle.values():
                for connection in idle:
                    connection.close()
            self._idle.clear()


class Run:
    """A claimed endpoint and its batch. Several lanes (threads) call `post_next` at once."""

    def __init__(
        self,
        claimed: Claimed,
        actor: Actor,
        bodies: dict[int, bytes],
        held_until: float,
        connections: Connections,
    ) -> None:
        assert actor.place is not None
        self.claimed, self.actor, self.place = claimed, actor, actor.place
        self.health = claimed.health
        self.bodies, self.held_until = bodies, held_until
        self.results: list[Result] = []
        self.lanes = 0
        self.is_stopped = self.is_disabled = False
        self.reason_to_disable = ''
        self._connections = connections
        self._groups = _groups(claimed)
        self._lock = threading.Lock()
        self._pause = 60 / claimed.rate_limit if claimed.rate_limit else 0.0
        self._free_at = time.monotonic()
        self._target: Target | None = None
        self._headers: dict[str, str] = {}
        self._signer: Signer | None = None

    def wants_lane(self) -> bool:
        """More is waiting, and the endpoint has earned another request at a time."""
        most = self.claimed.max_in_flight if self.health.is_proven else 1
        return bool(self._groups) and self.lanes < most and not self._has_to_stop()

    def take_results(self) -> list[Result]:
        with self._lock:
            taken, self.results = self.results, []
        return taken

    def give_back(self, results: list[Result]) -> None:
        """They could not be written yet."""
        with self._lock:
            self.results = results + self.results

    def post_next(self) -> bool:
        """Sends the next delivery, or the next few of one order key; False when there is none."""
        with self._lock:
            if not self._groups or self._has_to_stop():
                return False
            group = self._groups.popleft()
        for due in group:
            if self._has_to_stop() or not self._wait_for_rate() or not self._post(due):
                break
        return True

    def _has_to_stop(self) -> bool:
        now = clock.now()
        quiet, opened = self.health.quiet_until, self.health.open_until
        return (
            self.is_stopped
            or bool(self.reason_to_disable)
            or (quiet is not None and quiet > now)
            or (opened is not None and opened > now)
            or time.monotonic() > self.held_until - 1
        )

    def _wait_for_rate(self) -> bool:
        """Sleeps a moment until the endpoint's own rate allows one more.

        False where that takes longer: no thread sits and waits, the endpoint is left alone so long.
        """
        if not self._pause:
            return True
        with self._lock:
            now = time.monotonic()
            if self._free_at - now > PATIENCE:
                self.is_stopped = True
                return False
            wait = max(0.0, self._free_at - now)
            self._free_at = now + wait + self._pause
        time.sleep(wait)
        return not self.is_stopped

    def keep_rate(self) -> None:
        """The next batch has to wait as this one would have."""
        if (wait := self._free_at - time.monotonic()) > 0:
            until = clock.now() + dt.timedelta(seconds=wait)
            self.health.quiet_until = max(until, self.health.quiet_until or until)

    def _post(self, due: Due) -> bool:
        """True when it was delivered."""
        attempt = self._attempt(due)
        number = due.attempts + 1
        due.attempts += not attempt.is_deferral
        due.deferrals += attempt.is_deferral
        verdict = judge(
            attempt,
            counted=due.attempts,
            schedule=self.claimed.schedule,
            deferrals=due.deferrals,
            is_single=due.is_single,
        )
        with self._lock:
            self.health.learn(attempt, verdict, is_single=due.is_single)
            self.reason_to_disable = self.reason_to_disable or self.health.reason_to_disable(
                attempt
            )
            self.results.append(
                Result(
                    delivery=due,
                    webhook_id=self.claimed.id,
                    number=number,
                    attempt=attempt,
                    verdict=verdict,
                )
            )
        return attempt.is_success

    def _attempt(self, due: Due) -> Attempt:
        at, began = clock.now(), time.monotonic()
        try:
            reply = self._sent(due, at)
        except OutgoingError as error:
            outcome, text = error.outcome, str(error)
            return Attempt(at=at, duration_ms=_ms(began), outcome=outcome, error=text[:500])
        except Exception as error:
            # Such as a secret that none of the keys decrypts. Not noted, it would be tried at once
            # again, for ever.
            log.error('a delivery failed in an unforeseen way', exc_info=error)
            text = type(error).__name__
            return Attempt(at=at, duration_ms=_ms(began), outcome='error', error=text)
        is_good = 200 <= reply.status < 300
        return Attempt(
            at=at,
            duration_ms=_ms(began),
            outcome='delivered' if is_good else 'status',
            status=reply.status,
            error='' if is_good else f'answered {reply.status}',
            reply=reply.body,
            retry_after=None if is_good else seconds_of(reply.retry_after, at.timestamp()),
        )

    def _sent(self, due: Due, at: dt.datetime) -> Reply:
        body = self.bodies.get(due.id)
        if body is None:
            raise BadAddress('the event is not kept any more')
        target = self._target = self._target or target_of(self.claimed.url)
        headers = self._headers_of(due, at, body)
        connection = self._connections.take(target)
        reply = connection.post(body, headers, float(self.claimed.timeout))
        self._connections.give(connection)
        return reply

    def _headers_of(self, due: Due, at: dt.datetime, body: bytes) -> dict[str, str]:
        timestamp = int(at.timestamp())
        signer = self._signer = self._signer or _signer(self.claimed)
        headers = self._fixed_headers() | {
            'webhook-id': due.event_uid,
            'webhook-timestamp': str(timestamp),
            'webhook-signature': signer.signature(due.event_uid, timestamp, body),
        }
        if 'wc' in self.claimed.signatures:
            signature = signer.woocommerce(body)
            headers |= woocommerce_headers(
                topic_of(due.event_type), self.claimed.id, due.event_uid, signature
            )
        return headers

    def _fixed_headers(self) -> dict[str, str]:
        if not self._headers:
            own = self.claimed.headers
            self._headers = sealed.open_headers(own.encode() if own else None) | {
                'Content-Type': 'application/json',
                'User-Agent': f'KARVO/{karvo.__version__}',
            }
        return self._headers


def _groups(claimed: Claimed) -> collections.deque[list[Due]]:
    """Deliveries of one order key stay together, in their order; all others are alone."""
    groups: dict[str, list[Due]] = {}
    for due in claimed.due:
        groups.setdefault(due.order_key or f'#{due.id}', []).append(due)
    return collections.deque(groups.values())


def _signer(claimed: Claimed) -> Signer:
    stored = sealed.open_secrets(claimed.secrets.encode())
    valid = tuple(one.key for one in sealed.live(stored, clock.now()))
    private = crypto.decrypt(claimed.private_key.encode()) if claimed.private_key else None
    return Signer(valid, private if 'v1a' in claimed.signatures else None)


def _ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
