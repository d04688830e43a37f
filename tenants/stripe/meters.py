"""Usage that is billed: hourly sums, kept here until Stripe has taken them.

The identifier is made of tenant, meter and hour, so what is sent twice counts once. Each row holds
the count since the tenant's first call as well: what a missed hour would have told, the next does.
"""

import datetime as dt
import typing

from karvo.config import config
from karvo.kit import clock
from karvo.kit.errors import Conflict, KarvoError
from karvo.kit.log import log
from karvo.stripe import client
from karvo.stripe.client import Key
from tenants.models import Tenant, control
from tenants.stripe.plans import LIVE

METER = 'api_calls'
EVENT_NAME = 'karvo_api_calls'  #: of the meter at Stripe
OLDEST = dt.timedelta(days=34)  #: Stripe takes 35 days back
LEASE = dt.timedelta(seconds=120)
LONGEST_PAUSE = dt.timedelta(hours=1)
BATCH = 20

# The first row since a subscription began only says where counting begins.
COLLECT = """
INSERT INTO control.stripe_usage (tenant_id, meter, hour, total, value, state, attempts, due_at,
  error)
SELECT t.id, %(meter)s, %(hour)s, u.total, coalesce(u.total - l.total, 0),
  CASE WHEN u.total > l.total THEN 'waiting' ELSE 'sent' END, 0, %(now)s, ''
FROM control.tenant t
CROSS JOIN LATERAL (SELECT coalesce(sum(api_calls), 0)::bigint AS total FROM control.usage
  WHERE tenant_id = t.id) u
LEFT JOIN LATERAL (SELECT max(total) AS total FROM control.stripe_usage
  WHERE tenant_id = t.id AND meter = %(meter)s AND hour >= (
    SELECT to_timestamp(max(s.started) / 3600 * 3600) FROM control.stripe_subscription s
    WHERE s.tenant_id = t.id AND s.is_metered AND s.status = ANY(%(live)s))) l ON true
WHERE t.stripe_customer IS NOT NULL AND t.id IN (
  SELECT tenant_id FROM control.stripe_subscription WHERE is_metered AND status = ANY(%(live)s))
ON CONFLICT (tenant_id, meter, hour) DO NOTHING"""
CLAIM = """
WITH due AS MATERIALIZED (
  SELECT id FROM control.stripe_usage WHERE state = 'waiting' AND due_at <= %(now)s
  ORDER BY due_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
UPDATE control.stripe_usage r SET due_at = %(until)s, attempts = r.attempts + 1
FROM due WHERE r.id = due.id
RETURNING r.id, r.tenant_id, r.meter, r.hour, r.value, r.attempts"""
FINISH = 'UPDATE control.stripe_usage SET state = %(state)s, error = %(error)s WHERE id = %(id)s'
PUT_OFF = """
UPDATE control.stripe_usage SET due_at = %(due_at)s, error = %(error)s WHERE id = %(id)s"""
NEXT = "SELECT min(due_at) FROM control.stripe_usage WHERE state = 'waiting'"


class Due(typing.NamedTuple):
    """An hour's usage to send."""

    id: int
    tenant_id: int
    meter: str
    hour: dt.datetime
    value: int
    attempts: int


def collect(now: dt.datetime) -> int:
    """Note the hour that is over, once however often this is called; how many tenants had any."""
    hour = now.replace(minute=0, second=0, microsecond=0) - dt.timedelta(hours=1)
    named = {'meter': METER, 'hour': hour, 'now': now, 'live': sorted(LIVE)}
    return control.run(COLLECT, named).rowcount


def carry() -> dt.datetime | None:
    """One turn of a worker; when the next is due. Nothing is done without the platform's key."""
    if not config.stripe_api_key:
        return None
    now = clock.now()
    named: dict[str, typing.Any] = {'now': now, 'until': now + LEASE, 'most': BATCH}
    for row in control.run(CLAIM, named).fetchall():
        _send(Due(*row))
    found = control.run(NEXT).fetchone()
    return found[0] if found else None


def identifier(tenant: Tenant, due: Due) -> str:
    """The same for the same hour, always."""
    return f'{tenant.uid}:{due.meter}:{due.hour.astimezone(dt.UTC):%Y%m%d%H}'


def _send(due: Due) -> None:
    tenant = Tenant.get_by_id(due.tenant_id)
    if clock.now() - due.hour > OLDEST or not tenant.stripe_customer:
        _finish(due, 'failed', 'too late, or without a customer')
        return
    name = identifier(tenant, due)
    params = {
        'event_name': EVENT_NAME,
        'payload': {'stripe_customer_id': tenant.stripe_customer, 'value': str(due.value)},
        'identifier': name,
        'timestamp': int((due.hour + dt.timedelta(minutes=59, seconds=59)).timestamp()),
    }
    try:
        client.report_usage(Key(config.stripe_api_key), params, once=name)
    except Conflict as error:
        # The one refusal that means that it was taken.
        is_known = 'identifier' in error.message and 'already' in error.message
        _finish(due, 'sent' if is_known else 'failed', error.message)
    except KarvoError as error:
        pause = min(LONGEST_PAUSE, dt.timedelta(seconds=15 * 2 ** min(due.attempts, 10)))
        named = {'id': due.id, 'due_at': clock.now() + pause, 'error': error.message[:500]}
        control.run(PUT_OFF, named)
    else:
        _finish(due, 'sent', '')


def _finish(due: Due, state: str, error: str) -> None:
    if state == 'failed':
        log.error('usage not reported', tenant=due.tenant_id, hour=str(due.hour), why=error)
    control.run(FINISH, {'id': due.id, 'state': state, 'error': error[:500]})
