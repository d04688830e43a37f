"""What a worker does to the tables: takes endpoints with what is due, notes what came of it.

A worker holds an endpoint for itself, by a lease: so its breaker, its rate and its order need no
other lock, and what a worker that dies leaves behind is one batch per endpoint that it held.
"""

import base64
import datetime as dt
import typing

import msgspec

from karvo.kit.db import database
from karvo.kit.outbox import as_json
from karvo.webhooks.outcomes import BREAKER_FAILURES, SLOW_MS, Attempt, Health, Verdict


class Due(msgspec.Struct, kw_only=True):
    """A delivery whose time has come."""

    id: int
    event_seq: int | None
    event_uid: str
    event_type: str
    order_key: str
    is_single: bool
    attempts: int
    deferrals: int


class Claimed(msgspec.Struct, kw_only=True):
    """An endpoint that this worker holds now, and a batch of what is due to it.

    `secrets`, `headers` and `private_key` are encrypted.
    """

    id: int
    uid: str
    url: str
    payload: str
    signatures: list[str]
    ordering: str
    schedule: list[int] | None
    timeout: int
    rate_limit: int | None
    max_in_flight: int
    secrets: str
    headers: str | None
    private_key: str | None
    health: Health
    due: list[Due]


class Result(msgspec.Struct, kw_only=True):
    """One attempt and what it means."""

    delivery: Due
    webhook_id: int
    number: int  #: of the attempt, from 1
    attempt: Attempt
    verdict: Verdict


def claim(
    holder: str,
    now: dt.datetime,
    until: dt.datetime,
    *,
    limit: int,
    batch: int,
    standings: list[str],
) -> list[Claimed]:
    """Up to `limit` endpoints with something due, held until `until`; one statement.

    `batch` deliveries each, one where the breaker asks for a probe. Only endpoints of these
    standings (`Health.standing`).
    """
    named = {
        'holder': holder, 'now': now, 'until': until, 'limit': limit, 'batch': batch,
        'failures': BREAKER_FAILURES, 'standings': standings, 'slow': SLOW_MS,
    }  # fmt: skip
    text = database.last(CLAIM, named)[0][0]
    return msgspec.json.decode(text or b'[]', type=list[Claimed])


def next_due() -> dt.datetime | None:
    """When an endpoint has something due that nobody holds back; None = nothing waits."""
    (text,) = database.values(NEXT)
    return msgspec.json.decode(text, type=dt.datetime) if text else None


def note(
    holder: str,
    results: typing.Sequence[Result],
    healths: dict[int, Health],
    released: typing.Sequence[int],
) -> None:
    """Attempts, deliveries, endpoints: all in one statement. Endpoints only while still held."""
    named = {
        'holder': holder,
        'results': as_json([_row(result) for result in results]),
        'states': as_json([{'webhook_id': n, **_plain(health)} for n, health in healths.items()]),
        'released': list(released),
    }
    database.last(NOTE, named)


def renew(holder: str, until: dt.datetime, webhook_ids: typing.Sequence[int]) -> set[int]:
    """Those that are still held and still active; the others are to be let go."""
    named = {'holder': holder, 'until': until, 'ids': list(webhook_ids)}
    text = database.last(RENEW, named)[0][0]
    return set(msgspec.json.decode(text or b'[]', type=list[int]))


def _row(result: Result) -> dict[str, typing.Any]:
    attempt, verdict, delivery = result.attempt, result.verdict, result.delivery
    return {
        'delivery_id': delivery.id,
        'webhook_id': result.webhook_id,
        'number': result.number,
        'attempts': delivery.attempts,
        'deferrals': delivery.deferrals,
        'at': attempt.at,
        'duration_ms': attempt.duration_ms,
        'outcome': attempt.outcome,
        'status': attempt.status,
        'error': _text(attempt.error),
        'reply': base64.b64encode(attempt.reply).decode() if attempt.reply else None,
        'state': verdict.state,
        'due_at': verdict.due_at,
    }


def _plain(health: Health) -> dict[str, typing.Any]:
    return {name: getattr(health, name) for name in health.__struct_fields__}


def _text(text: str) -> str:
    """What PostgreSQL stores as text: no NUL, no lone surrogate."""
    return text.replace('\0', '').encode('utf-8', 'replace').decode()[:500]


CLAIM = """
WITH found AS (
  SELECT s.webhook_id FROM @webhook_state s JOIN @webhook w ON w.id = s.webhook_id
  WHERE w.status = 'active' AND (s.held_until IS NULL OR s.held_until < %(now)s::timestamptz)
    AND (s.open_until IS NULL OR s.open_until <= %(now)s::timestamptz)
    AND (s.quiet_until IS NULL OR s.quiet_until <= %(now)s::timestamptz)
    AND CASE WHEN s.failures > 0 OR s.last_duration_ms > %(slow)s::bigint THEN 'failing'
      WHEN s.last_success_at IS NULL THEN 'new' ELSE 'well' END = ANY(%(standings)s::text[])
    AND EXISTS (SELECT FROM @webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting'
      AND d.due_at <= %(now)s::timestamptz AND NOT EXISTS (SELECT FROM @webhook_delivery e
        WHERE w.ordering <> 'none' AND e.webhook_id = d.webhook_id AND e.state = 'waiting'
          AND e.order_key = d.order_key AND e.order_key <> '' AND e.id < d.id
          AND e.due_at > %(now)s::timestamptz))
  ORDER BY s.held_until NULLS FIRST, s.id LIMIT %(limit)s::bigint FOR UPDATE OF s SKIP LOCKED),
held AS (
  UPDATE @webhook_state s SET held_by = %(holder)s::text, held_until = %(until)s::timestamptz
  FROM found f WHERE s.webhook_id = f.webhook_id RETURNING s.*)
SELECT coalesce(json_agg(json_build_object(
  'id', w.id, 'uid', w.uid, 'url', w.url, 'payload', w.payload, 'signatures', w.signatures,
  'ordering', w.ordering, 'schedule', w.schedule, 'timeout', w.timeout,
  'rate_limit', w.rate_limit, 'max_in_flight', w.max_in_flight,
  'secrets', convert_from(w.secrets, 'UTF8'), 'headers', convert_from(w.headers, 'UTF8'),
  'private_key', convert_from(w.private_key, 'UTF8'), 'health', row_to_json(h),
  'due', coalesce(CASE WHEN w.ordering = 'none' THEN (
    SELECT json_agg(row_to_json(t)) FROM (
      SELECT id, event_seq, event_uid, event_type, order_key, is_single, attempts, deferrals
      FROM @webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting'
        AND d.due_at <= %(now)s::timestamptz
      ORDER BY d.due_at, d.id
      LIMIT CASE WHEN h.failures >= %(failures)s::bigint THEN 1 ELSE %(batch)s::bigint END) t)
  ELSE (
    SELECT json_agg(row_to_json(t)) FROM (
      SELECT id, event_seq, event_uid, event_type, order_key, is_single, attempts, deferrals
      FROM @webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting'
        AND d.due_at <= %(now)s::timestamptz
        AND NOT EXISTS (SELECT FROM @webhook_delivery e WHERE e.webhook_id = d.webhook_id
          AND e.state = 'waiting' AND e.order_key = d.order_key AND e.order_key <> ''
          AND e.id < d.id AND e.due_at > %(now)s::timestamptz)
      ORDER BY d.id
      LIMIT CASE WHEN h.failures >= %(failures)s::bigint THEN 1 ELSE %(batch)s::bigint END) t)
  END, '[]'::json))), '[]')::text
FROM held h JOIN @webhook w ON w.id = h.webhook_id"""

NEXT = """
SELECT to_json(min(greatest(d.due_at, s.open_until, s.quiet_until, s.held_until)))::text
FROM @webhook w JOIN @webhook_state s ON s.webhook_id = w.id,
  LATERAL (SELECT due_at FROM @webhook_delivery d WHERE d.webhook_id = w.id
    AND d.state = 'waiting' AND NOT EXISTS (SELECT FROM @webhook_delivery e
      WHERE w.ordering <> 'none' AND e.webhook_id = d.webhook_id AND e.state = 'waiting'
        AND e.order_key = d.order_key AND e.order_key <> '' AND e.id < d.id
        AND e.due_at > d.due_at)
    ORDER BY d.due_at LIMIT 1) d
WHERE w.status = 'active'"""

NOTE = """
WITH r AS (
  SELECT * FROM json_to_recordset(%(results)s::json) AS r(delivery_id bigint, webhook_id bigint,
    number int, attempts int, deferrals int, at timestamptz, duration_ms int, outcome text,
    status int, error text, reply text, state text, due_at timestamptz)),
logged AS (
  INSERT INTO @webhook_attempt (delivery_id, webhook_id, number, at, duration_ms, outcome, status,
    error, reply, next_at)
  SELECT r.delivery_id, r.webhook_id, r.number, r.at, r.duration_ms, r.outcome, r.status, r.error,
    decode(r.reply, 'base64'), r.due_at
  FROM r JOIN @webhook_delivery d ON d.id = r.delivery_id),
noted AS (
  UPDATE @webhook_delivery d SET state = r.state, attempts = r.attempts, deferrals = r.deferrals,
    due_at = r.due_at, last_status = r.status, last_error = r.error,
    is_single = d.is_single AND r.state = 'waiting',
    finished_at = CASE WHEN r.state <> 'waiting' THEN r.at END
  FROM r WHERE d.id = r.delivery_id AND d.state = 'waiting'),
learned AS (
  UPDATE @webhook_state s SET failures = t.failures, exhausted = t.exhausted,
    failing_since = t.failing_since, open_until = t.open_until, quiet_until = t.quiet_until,
    last_success_at = t.last_success_at, last_failure_at = t.last_failure_at,
    last_status = t.last_status, last_duration_ms = t.last_duration_ms,
    held_until = CASE WHEN s.webhook_id = ANY(%(released)s::bigint[]) THEN NULL
      ELSE s.held_until END
  FROM json_to_recordset(%(states)s::json) AS t(webhook_id bigint, failures int, exhausted int,
    failing_since timestamptz, open_until timestamptz, quiet_until timestamptz,
    last_success_at timestamptz, last_failure_at timestamptz, last_status int,
    last_duration_ms int)
  WHERE s.webhook_id = t.webhook_id AND s.held_by = %(holder)s::text)
SELECT 1"""

RENEW = """
WITH renewed AS (
  UPDATE @webhook_state s SET held_until = %(until)s::timestamptz FROM @webhook w
  WHERE s.webhook_id = ANY(%(ids)s::bigint[]) AND s.held_by = %(holder)s::text
    AND w.id = s.webhook_id AND w.status = 'active' RETURNING s.webhook_id)
SELECT coalesce(json_agg(webhook_id), '[]')::text FROM renewed"""
