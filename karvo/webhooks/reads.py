"""Webhooks, deliveries, replays and figures, each in one statement."""

import base64
import datetime as dt
import html
import typing

import msgspec

from karvo.kit import clock
from karvo.kit.db import database
from karvo.kit.folded import holds
from karvo.kit.paging import Listing, Slice
from karvo.kit.text import like
from karvo.webhooks.bodies import bodies
from karvo.webhooks.schemas import (
    MASK,
    AttemptRead,
    DeliveryDetail,
    DeliveryRead,
    ReplayRead,
    Statistics,
    WebhookRead,
)

SHOWN_REPLY = 20_000  #: characters at most
#: Of the circuit breaker; the parameter `now` goes with it.
BREAKER = """CASE WHEN s.open_until IS NULL THEN 'closed'
  WHEN s.open_until > %(now)s::timestamptz THEN 'open' ELSE 'half_open' END"""

WEBHOOKS = Listing(
    columns=f"""w.id, w.uid, w.url, w.description, w.events, w.filters, w.payload, w.signatures,
      CASE WHEN w.signatures ? 'v1a' THEN w.public_key END AS public_key,
      (SELECT coalesce(json_object_agg(h, '{MASK}'), '{{}}')
        FROM jsonb_array_elements_text(w.header_names) h) AS headers,
      w.ordering, w.schedule, w.timeout, w.rate_limit, w.max_in_flight,
      w.status = 'active' AS active, w.status, w.status_reason, s.failures AS failure_count,
      {BREAKER} AS breaker, greatest(s.last_success_at, s.last_failure_at) AS last_delivery,
      s.last_success_at, s.last_failure_at, s.last_status,
      CASE WHEN w.secrets_expire_at > %(now)s::timestamptz THEN w.secrets_expire_at END
        AS previous_secret_expires_at,
      w.version, w.created_at, w.updated_at""",
    source='@webhook w',
    joins='JOIN @webhook_state s ON s.webhook_id = w.id',
    where="w.status <> 'deleted'",
    filters={
        'id': 'w.id = %(id)s',
        'status': 'w.status = ANY(%(status)s::text[])',
        'search': f'({holds("w.url")} OR {holds("w.description")})',
        'updated_since': 'w.updated_at >= %(updated_since)s',
    },
    orders={'id': 'w.id', 'created_at': 'w.id', 'url': 'w.url', 'status': 'w.status'},
    tiebreak='w.id',
)

DELIVERIES = Listing(
    columns="""d.id, d.webhook_id, d.event_uid AS event_id, d.event_type,
      d.event_seq AS sequence, d.state, d.attempts,
      CASE WHEN d.state = 'waiting' THEN d.due_at END AS next_attempt_at,
      d.last_status AS status_code, d.last_error AS error, d.event_seq IS NULL AS is_test,
      d.is_single, d.occurred_at, d.created_at, d.finished_at""",
    source='@webhook_delivery d',
    filters={
        'id': """d.id = %(id)s
          AND d.webhook_id IN (SELECT w.id FROM @webhook w WHERE w.status <> 'deleted')""",
        'webhook': 'd.webhook_id = %(webhook)s',
        'state': 'd.state = ANY(%(state)s::text[])',
        'types': 'd.event_type = ANY(%(types)s::text[])',
        'since': 'd.created_at >= %(since)s',
        'until': 'd.created_at <= %(until)s',
        'status_code': 'd.last_status = %(status_code)s',
        'search': 'd.event_uid = %(search)s',
        'updated_since': 'coalesce(d.finished_at, d.created_at) >= %(updated_since)s',
    },
    orders={'id': 'd.id', 'created_at': 'd.id'},
    default=('created_at', 'desc'),
    tiebreak='d.id',
)

REPLAYS = Listing(
    columns="""r.id, r.webhook_id, r.which, r.since, r.until, r.state, r.total, r.done, r.queued,
      CASE WHEN r.state = 'done' OR r.total = 0 THEN 1
        ELSE round(r.done::numeric / r.total, 4) END AS progress,
      r.created_at, r.finished_at""",
    source='@webhook_replay r',
    filters={
        'id': """r.id = %(id)s
          AND r.webhook_id IN (SELECT w.id FROM @webhook w WHERE w.status <> 'deleted')""",
        'webhook': 'r.webhook_id = %(webhook)s',
        'state': 'r.state = ANY(%(state)s::text[])',
    },
    orders={'id': 'r.id', 'created_at': 'r.id'},
    default=('created_at', 'desc'),
    tiebreak='r.id',
)

EXISTS = "SELECT 1 FROM @webhook w WHERE w.id = %(id)s::bigint AND w.status <> 'deleted'"
LOG = """
SELECT coalesce(json_agg(row_to_json(x) ORDER BY x.id), '[]')::text FROM (
  SELECT a.id, a.number, a.at, a.duration_ms, a.outcome, a.status AS status_code, a.error,
    encode(a.reply, 'base64') AS reply, a.next_at AS next_attempt_at
  FROM @webhook_attempt a WHERE a.delivery_id = %(id)s::bigint ORDER BY a.id DESC LIMIT 200) x"""
FIGURES = """(SELECT json_build_object('attempts', count(*),
    'delivered', count(*) FILTER (WHERE a.outcome = 'delivered'),
    'failed', (SELECT count(*) FROM @webhook_delivery d WHERE d.webhook_id = w.id
      AND d.state = 'failed' AND d.finished_at >= %({0})s::timestamptz),
    'success_rate', round(avg(CASE WHEN a.outcome = 'delivered' THEN 1 ELSE 0 END), 4),
    'p50_ms', percentile_disc(0.5) WITHIN GROUP (ORDER BY a.duration_ms),
    'p95_ms', percentile_disc(0.95) WITHIN GROUP (ORDER BY a.duration_ms))
  FROM @webhook_attempt a WHERE a.webhook_id = w.id AND a.at >= %({0})s::timestamptz)"""
STATISTICS = f"""
SELECT row_to_json(x)::text FROM (
  SELECT w.id AS webhook_id, w.status, {BREAKER} AS breaker, o.waiting,
    floor(extract(epoch FROM %(now)s::timestamptz - o.oldest))::bigint AS oldest_waiting_seconds,
    {FIGURES.format('day')} AS last_24_hours, {FIGURES.format('week')} AS last_7_days
  FROM @webhook w JOIN @webhook_state s ON s.webhook_id = w.id,
    LATERAL (SELECT count(*) AS waiting, min(d.created_at) AS oldest FROM @webhook_delivery d
      WHERE d.webhook_id = w.id AND d.state = 'waiting') o
  WHERE w.id = %(id)s::bigint AND w.status <> 'deleted') x"""

Row = typing.TypeVar('Row')


def webhook_params() -> dict[str, typing.Any]:
    """What the columns of WEBHOOKS need besides filters."""
    return {'now': clock.now()}


def read_webhook(webhook_id: int) -> WebhookRead | None:
    return _one(WEBHOOKS, WebhookRead, {'id': webhook_id, **webhook_params()})


def list_webhooks(search: str, part: Slice) -> tuple[list[WebhookRead], int]:
    """(rows, total), the oldest first; `search` looks at address and description."""
    wanted = like(search) if search else None
    return WEBHOOKS.read(WebhookRead, {'search': wanted, **webhook_params()}, part)


def read_replay(replay_id: int) -> ReplayRead | None:
    return _one(REPLAYS, ReplayRead, {'id': replay_id})


def read_delivery(delivery_id: int) -> DeliveryRead | None:
    return _one(DELIVERIES, DeliveryRead, {'id': delivery_id})


def _one(listing: Listing, shape: type[Row], filters: dict[str, typing.Any]) -> Row | None:
    rows, _ = listing.read(shape, filters, Slice(limit=1))
    return rows[0] if rows else None


def webhook_exists(webhook_id: int) -> bool:
    """Whether it is there and not deleted."""
    return database.json(EXISTS, {'id': webhook_id}) is not None


def read_detail(delivery_id: int, tenant_id: int) -> DeliveryDetail | None:
    """A delivery with its body as it is sent now, and its last 200 attempts, oldest first."""
    delivery = read_delivery(delivery_id)
    if delivery is None:
        return None
    body = bodies([delivery_id], tenant_id).get(delivery_id)
    log = msgspec.json.decode(database.json(LOG, {'id': delivery_id}) or b'[]', type=list[_Attempt])
    return DeliveryDetail(
        **msgspec.structs.asdict(delivery),
        body=body.decode() if body is not None else None,
        log=[_attempt(one) for one in log],
    )


class _Attempt(AttemptRead, kw_only=True):
    """As stored: the reply in base64."""


def _attempt(row: _Attempt) -> AttemptRead:
    values = msgspec.structs.asdict(row)
    if row.reply is not None:
        values['reply'] = shown_reply(base64.b64decode(row.reply))
    return AttemptRead(**values)


def shown_reply(reply: bytes) -> str:
    """Foreign bytes as text for people: HTML escaped, control characters replaced."""
    text = reply.decode('utf-8', 'replace')[:SHOWN_REPLY]
    plain = ''.join(sign if sign in '\n\t' or sign.isprintable() else '\ufffd' for sign in text)
    return html.escape(plain, quote=False)


def read_statistics(webhook_id: int) -> Statistics | None:
    """Figures of the last day and week, and what waits now."""
    now = clock.now()
    day, week = now - dt.timedelta(days=1), now - dt.timedelta(days=7)
    body = database.json(STATISTICS, {'id': webhook_id, 'now': now, 'day': day, 'week': week})
    return msgspec.json.decode(body, type=Statistics) if body else None
