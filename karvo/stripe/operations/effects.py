"""The guard: whatever an event brings about is noted in the transaction that does it, by key."""

import datetime as dt
import typing

from karvo.kit import clock, ids
from karvo.kit.db import database
from karvo.kit.outbox import as_json
from karvo.kit.work import Work
from karvo.settings.reads import business_date
from karvo.settings.schemas import Settings
from karvo.stripe.models import StripeEffect, StripePayment
from karvo.stripe.schemas import Received

# DO UPDATE, not DO NOTHING: it waits for whoever is at it, locks the row and shows it.
CLAIM = """
INSERT INTO @stripe_effect AS e (key, state, reason, created_at, updated_at)
VALUES (%(key)s, '', '', %(at)s, %(at)s)
ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at RETURNING id"""
HEARD_OF = """
INSERT INTO @stripe_payment AS p (uid, external_id, charge_id, state, reason, amount, currency,
  email, name, metadata, received_at, is_fee_booked, refunds, refunded_total, refunded_told,
  refunded_booked, disputes, created_at, updated_at)
VALUES (%(uid)s, %(external_id)s, %(charge_id)s, 'heard_of', '', %(amount)s, %(currency)s,
  %(email)s, %(name)s, %(metadata)s::jsonb, %(received_at)s, false, '{}', 0,
  -1, 0, '{}', %(at)s, %(at)s)
ON CONFLICT (external_id) DO UPDATE SET updated_at = excluded.updated_at,
  charge_id = coalesce(p.charge_id, excluded.charge_id) RETURNING id"""


def locked_effect(key: str, work: Work) -> StripeEffect:
    """The row of this effect, locked; its state is '' while nothing was done."""
    row = database.run(CLAIM, {'key': key[:500], 'at': work.at}).fetchone()
    return StripeEffect.get_by_id(row[0] if row else 0)


def is_first(key: str, work: Work) -> bool:
    """Whether this effect is still to be done; from now on it counts as done."""
    effect = locked_effect(key, work)
    if effect.state:
        return False
    finish(effect, 'done')
    return True


def finish(effect: StripeEffect, state: str, reason: str = '') -> None:
    """Note what was done, or why it was not."""
    effect.state, effect.reason = state, reason
    effect.save()


def locked_payment_of(received: Received, work: Work) -> StripePayment:
    """The row of this payment at Stripe, made when it is new, locked."""
    named: dict[str, typing.Any] = {
        'uid': ids.uuid7(),
        'external_id': received.external_id,
        'charge_id': received.charge_id or None,
        'amount': received.amount,
        'currency': received.currency.upper(),
        'email': received.email or None,
        'name': received.name or None,
        'metadata': as_json(received.metadata),
        'received_at': moment(received.created),
        'at': work.at,
    }
    row = database.run(HEARD_OF, named).fetchone()
    return StripePayment.get_by_id(row[0] if row else 0)


def moment(seconds: int) -> dt.datetime:
    """Seconds since 1970 as an instant."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def date_of(seconds: int, settings: Settings) -> dt.date:
    """The day in the company's time zone; never one to come."""
    return min(
        moment(seconds).astimezone(clock.zone(settings.timezone)).date(), business_date(settings)
    )
