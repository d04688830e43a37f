"""Webhooks made, changed, paused, resumed, disabled, deleted; their secrets."""

import datetime as dt
import typing

import msgspec
from msgspec import UNSET

from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, Forbidden, invalid
from karvo.kit.events import CATALOGUE
from karvo.kit.jobs import read_on
from karvo.kit.outbox import as_json
from karvo.kit.work import Work, atomic
from karvo.webhooks import sealed
from karvo.webhooks.compute import check_filters, check_patterns
from karvo.webhooks.models import Webhook, WebhookDelivery, WebhookState
from karvo.webhooks.operations.deliveries import queue_test
from karvo.webhooks.operations.fan_out import CONSUMER
from karvo.webhooks.operations.records import (
    Snapshot,
    check_hears,
    end_waiting,
    hear_from_now,
    locked,
    save,
    snapshot,
)
from karvo.webhooks.schemas import (
    MASK,
    NewSecret,
    NewWebhook,
    Rotated,
    SigningSecret,
    WebhookChange,
    WebhookCreated,
    WebhookDeleted,
    WebhookDisabled,
    WebhookEvent,
    WebhookPaused,
    WebhookResumed,
    WebhookSecretRotated,
    WebhookUpdated,
)
from karvo.webhooks.targets import check_headers, checked_url

LONGEST_SCHEDULE = 7 * 86_400  #: seconds, all delays together
MOST_SECRETS = 10  #: that sign at the same time
#: the state of an endpoint of which nothing is known
UNTRIED: dict[str, typing.Any] = {'failures': 0, 'failing_since': None, 'exhausted': 0}
UNTRIED |= {'open_until': None, 'quiet_until': None}
Values = dict[str, typing.Any]


def create_webhook(new: NewWebhook, *, actor: Actor) -> tuple[int, str]:
    """(id, its secret, which is known this once only). Nothing is sent: `verify` queues a ping.

    Raises Invalid, Forbidden (the plan's number of webhooks is reached).
    """
    secret = sealed.new_secret() if new.secret is UNSET else sealed.check_secret(new.secret)
    given = _given(new)
    is_active = given.pop('active', True)
    for name in ('secret', 'verify'):
        given.pop(name, None)
    values = {'signatures': ['v1']} | _checked(given, None)
    with atomic() as work:
        _check_allowance(actor)
        row = Webhook.create(
            uid=ids.uid(),
            secrets=sealed.seal_secrets([SigningSecret(key=secret)]),
            status='active' if is_active else 'paused',
            version=0,
            created_at=work.at,
            updated_at=work.at,
            **values,
        )
        WebhookState.create(webhook=row)
        hear_from_now(row.id, work)
        save(row, WebhookCreated, {}, work, actor)
        if new.verify:
            queue_test(row, 'webhook.ping', work, actor)
    return row.id, secret


def _check_allowance(actor: Actor) -> None:
    most = actor.allowances.get('webhooks')
    if most is None:
        return
    read_on(CONSUMER)  # a row to wait for: two at once would both count one too few
    if Webhook.select().where(Webhook.status != 'deleted').count() >= most:
        raise Forbidden(f'the plan allows {most} webhooks', code='erp_plan_limit')


def change_webhook(
    webhook_id: int, change: WebhookChange, *, actor: Actor, version: int | None = None
) -> None:
    """Merge the change into the webhook (G-10). Raises NotFound, Invalid, Conflict."""
    given = _given(change)
    with atomic() as work:
        row = locked(webhook_id, version)
        before = snapshot(row)
        is_active = given.pop('active', None)
        values = _checked(given, row)
        changed = {n: v for n, v in values.items() if n == 'headers' or getattr(row, n) != v}
        for name, value in changed.items():
            setattr(row, name, value)
        if changed:
            save(row, WebhookUpdated, before, work, actor)
        if is_active is not None:
            _switch(row, is_active, work, actor)


def pause_webhook(webhook_id: int, *, actor: Actor) -> None:
    """What comes waits until it is resumed. Raises NotFound, Conflict (disabled)."""
    with atomic() as work:
        row = locked(webhook_id)
        check_hears(row)
        _switch(row, False, work, actor)


def resume_webhook(webhook_id: int, *, actor: Actor) -> None:
    """What waits is due now, also for one whose breaker was open. Raises NotFound.

    One that was disabled hears of what happens from now on; what it missed can be replayed.
    """
    with atomic() as work:
        _switch(locked(webhook_id), True, work, actor)


def _switch(row: Webhook, is_active: bool, work: Work, actor: Actor) -> None:
    """Nothing for one that is so already; a disabled one is not active either."""
    if is_active == (row.status == 'active'):
        return
    if is_active:
        _resume(row, work, actor)
    else:
        _set_status(row, 'paused', '', WebhookPaused, work, actor)


def _resume(row: Webhook, work: Work, actor: Actor) -> None:
    if row.status == 'disabled':
        hear_from_now(row.id, work)
    own = (WebhookDelivery.webhook == row.id) & (WebhookDelivery.state == 'waiting')
    late = WebhookDelivery.update(due_at=work.at).where(own & (WebhookDelivery.due_at > work.at))
    late.execute()
    WebhookState.update(UNTRIED).where(WebhookState.webhook == row.id).execute()
    _set_status(row, 'active', '', WebhookResumed, work, actor)


def disable_webhook(webhook_id: int, reason: str, *, actor: Actor) -> bool:
    """Switch off an endpoint that fails for good; False when it was already, or is gone.

    What waits is skipped, replays end; `webhook.disabled` tells, also those who send the notice.
    """
    with atomic() as work:
        there = (Webhook.id == webhook_id) & Webhook.status.in_(('active', 'paused'))
        row = Webhook.select().where(there).for_update().get_or_none()
        if row is None:
            return False
        end_waiting(row, 'skipped', work)
        _set_status(row, 'disabled', reason, WebhookDisabled, work, actor)
    return True


def delete_webhook(webhook_id: int, *, actor: Actor, version: int | None = None) -> None:
    """From now on it is not there; its secrets are gone. Its log is cleared away by the night."""
    with atomic() as work:
        row = locked(webhook_id, version)
        end_waiting(row, 'cancelled', work)
        row.secrets, row.secrets_expire_at = sealed.seal_secrets([]), None
        row.headers, row.private_key, row.public_key = None, None, None
        _set_status(row, 'deleted', '', WebhookDeleted, work, actor)


def _set_status(
    row: Webhook, status: str, reason: str, kind: type[WebhookEvent], work: Work, actor: Actor
) -> None:
    before: Snapshot = snapshot(row)
    row.status, row.status_reason = status, reason
    save(row, kind, before, work, actor)


def rotate_secret(webhook_id: int, new: NewSecret, *, actor: Actor) -> Rotated:
    """A new secret, known this once only; the old ones sign along until they expire.

    Raises NotFound, Invalid, Conflict (ten secrets sign already, or it is disabled).
    """
    secret = sealed.new_secret() if new.secret is UNSET else sealed.check_secret(new.secret)
    with atomic() as work:
        row = locked(webhook_id)
        check_hears(row)
        known = sealed.live(sealed.open_secrets(row.secrets), work.at)
        old = _ending(known, work.at + dt.timedelta(hours=new.overlap_hours))
        old = sealed.live(old, work.at) if new.overlap_hours else []
        if len(old) >= MOST_SECRETS:
            raise Conflict(f'{MOST_SECRETS} secrets sign already: wait until one expires')
        before = snapshot(row)
        row.secrets = sealed.seal_secrets([SigningSecret(key=secret), *old])
        row.secrets_expire_at = max((one.expires_at for one in old if one.expires_at), default=None)
        save(row, WebhookSecretRotated, before, work, actor)
    return Rotated(id=row.id, secret=secret, previous_secret_expires_at=row.secrets_expire_at)


def _ending(secrets: list[SigningSecret], end: dt.datetime) -> list[SigningSecret]:
    """The current one ends with the overlap, the others when they were to, at the latest then."""
    return [
        SigningSecret(key=one.key, expires_at=min(one.expires_at or end, end)) for one in secrets
    ]


def _given(change: WebhookChange) -> Values:
    return {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}


def _checked(given: Values, row: Webhook | None) -> Values:
    """Column values of what was sent. Raises Invalid."""
    values = dict(given)
    if 'url' in values:
        values['url'] = checked_url(values['url'])
    if 'events' in values:
        values['events'] = check_patterns(values['events'], CATALOGUE)
    if 'filters' in values:
        check_filters(values['filters'])
        values['filters'] = msgspec.json.decode(as_json(values['filters']))
    if sum(values.get('schedule') or ()) > LONGEST_SCHEDULE:
        raise invalid(schedule='must be at most 7 days in all')
    if 'signatures' in values:
        values |= _signed(values['signatures'], row)
    if 'headers' in values:
        values |= _sealed_headers(values['headers'], row)
    return values


def _signed(asked: list[str], row: Webhook | None) -> Values:
    """v1 is always there; v1a has a key pair, made when it is first asked for."""
    wanted = ['v1', *(name for name in dict.fromkeys(asked) if name != 'v1')]
    if 'v1a' not in wanted or (row is not None and row.private_key):
        return {'signatures': wanted}
    private, public = sealed.new_key_pair()
    return {'signatures': wanted, 'private_key': private, 'public_key': public}


def _sealed_headers(headers: dict[str, str], row: Webhook | None) -> Values:
    """All headers anew; one that was sent back masked keeps its value."""
    stored = sealed.open_headers(row.headers) if row else {}
    known = {name.lower(): value for name, value in stored.items()}
    merged = {
        name: known.get(name.lower(), value) if value == MASK else value
        for name, value in headers.items()
    }
    check_headers(merged)
    return {'headers': sealed.seal_headers(merged), 'header_names': list(merged)}
