"""Events as they came: written down at once, worked through by the workers, kept when stuck."""

import datetime as dt
import typing

import msgspec

from karvo.kit import clock
from karvo.kit.metrics import Depth, watch_queue
from karvo.kit.probe import ask
from karvo.stripe.schemas import Envelope
from tenants.models import StripeReceipt, control
from tenants.wake import wake_platform

LEASE = dt.timedelta(seconds=90)  #: a worker that died gives its events up after this
FIRST_PAUSE = 5  #: seconds before the second try; each pause is twice the one before it
LONGEST_PAUSE = 900
PATIENCE = dt.timedelta(hours=24)  #: what fails for so long is left to people
KEPT = dt.timedelta(days=90)
#: that is no longer about anything: to be worked through again when somebody asks
STUCK = ('unrouted', 'failed')

WRITE_DOWN = """
INSERT INTO control.stripe_receipt (scope, account, event_id, type, created, object_id, livemode,
  api_version, body, state, attempts, due_at, error, received_at)
VALUES (%(scope)s, %(account)s, %(event_id)s, %(type)s, %(created)s, %(object_id)s, %(livemode)s,
  %(api_version)s, %(body)s, %(state)s, 0, %(due_at)s, '', %(at)s)
ON CONFLICT (scope, account, event_id) DO NOTHING RETURNING id"""
# Materialized: as a sub-select it may be carried out for each row, and find others each time.
CLAIM = """
WITH due AS MATERIALIZED (
  SELECT id FROM control.stripe_receipt WHERE state = 'received' AND due_at <= %(now)s
  ORDER BY due_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
UPDATE control.stripe_receipt r SET due_at = %(until)s, attempts = r.attempts + 1
FROM due WHERE r.id = due.id
RETURNING r.id, r.scope, r.account, r.event_id, r.type, r.created, r.livemode,
  r.body, r.attempts, r.received_at"""
FINISH = """
UPDATE control.stripe_receipt SET state = %(state)s, due_at = NULL, error = %(error)s,
  tenant_id = %(tenant_id)s, company_id = %(company_id)s WHERE id = %(id)s"""
PUT_OFF = """
UPDATE control.stripe_receipt SET due_at = %(due_at)s, error = %(error)s WHERE id = %(id)s"""
AGAIN = """
UPDATE control.stripe_receipt SET state = 'received', due_at = %(now)s, received_at = %(now)s
WHERE state IN ('unrouted', 'failed') AND (account = %(account)s OR scope = %(scope)s)"""
NEXT = "SELECT min(due_at) FROM control.stripe_receipt WHERE state = 'received'"
PURGE = """
DELETE FROM control.stripe_receipt
WHERE received_at < %(before)s AND state IN ('done', 'ignored')"""
WAITING = """
SELECT count(*), coalesce(extract(epoch FROM {0}::timestamptz - min(received_at)), 0)
FROM control.stripe_receipt WHERE state {1}"""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A claimed receipt."""

    id: int
    scope: str
    account: str
    event_id: str
    type: str
    created: int
    livemode: bool | None
    body: bytes
    attempts: int
    received_at: dt.datetime


class Whom(msgspec.Struct, frozen=True):
    """Whom an event turned out to concern."""

    tenant_id: int | None = None
    company_id: int | None = None


def write_down(scope: str, event: Envelope, raw: bytes, object_id: str, *, is_of_use: bool) -> bool:
    """Keep the event; False when it was kept before. One statement, no matter who else does it."""
    now = clock.now()
    named: dict[str, typing.Any] = {
        'scope': scope,
        'account': event.account or '',
        'event_id': event.id,
        'type': event.type,
        'created': seconds(event.created),
        'object_id': object_id,
        'livemode': event.livemode,
        'api_version': (event.api_version or '').replace('\0', ''),
        'body': raw,
        'state': 'received' if is_of_use else 'ignored',
        'due_at': now if is_of_use else None,
        'at': now,
    }
    is_new = control.run(WRITE_DOWN, named).fetchone() is not None
    if is_new and is_of_use:
        wake_platform()
    return is_new


def seconds(value: typing.Any) -> int:
    """A time by Stripe; 0 for what is none (thin events have texts)."""
    is_time = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**11
    return value if is_time else 0


def claim(most: int) -> list[Stored]:
    """Due receipts, ours for LEASE; those that others hold are passed over."""
    now = clock.now()
    named = {'now': now, 'until': now + LEASE, 'most': most}
    names = Stored.__struct_fields__
    rows = control.run(CLAIM, named).fetchall()
    found = [Stored(**dict(zip(names, row, strict=True))) for row in rows]
    return sorted(found, key=lambda receipt: (receipt.created, receipt.id))


def finish(receipt: Stored, state: str, whom: Whom, error: str = '') -> None:
    """Nothing more is done about it."""
    named = {'id': receipt.id, 'state': state, 'error': error[:500]}
    own = {'tenant_id': whom.tenant_id, 'company_id': whom.company_id}
    control.run(FINISH, named | own)


def put_off(receipt: Stored, error: str) -> bool:
    """Try again later; False when it was tried for long enough."""
    now = clock.now()
    if now - receipt.received_at > PATIENCE:
        return False
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(receipt.attempts - 1, 20))
    due = now + dt.timedelta(seconds=pause)
    control.run(PUT_OFF, {'id': receipt.id, 'due_at': due, 'error': error[:500]})
    return True


def try_again(account: str, company_id: int) -> None:
    """Something was connected: what was stuck for it may find its way now."""
    scope = f'company:{company_id}'
    control.run(AGAIN, {'now': clock.now(), 'account': account or scope, 'scope': scope})


def next_due() -> dt.datetime | None:
    """When the next receipt is due; None when none waits."""
    row = control.run(NEXT).fetchone()
    return row[0] if row else None


def purge(now: dt.datetime) -> int:
    """Old ones that were dealt with, with the personal data in them; how many."""
    return control.run(PURGE, {'before': now - KEPT}).rowcount


def stuck() -> list[StripeReceipt]:
    """What people must look at, the oldest first; at most a hundred."""
    query = StripeReceipt.select().where(StripeReceipt.state.in_(STUCK))
    return list(query.order_by(StripeReceipt.id).limit(100))


def _depth(condition: str) -> Depth:
    [(size, oldest)] = ask(control, WAITING.format(f"'{clock.now().isoformat()}'", condition), 1.0)
    return Depth(int(size or 0), float(oldest or 0))


watch_queue('control.stripe_receipt', lambda: _depth("= 'received'"))
watch_queue('control.stripe_receipt.stuck', lambda: _depth("IN ('unrouted', 'failed')"))
