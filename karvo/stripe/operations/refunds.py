"""Money that went back by Stripe: two kinds of events, any order, one sum in the books.

`charge.refunded` tells a sum so far, `refund.*` tells of single refunds and whether they failed
later. What counts follows from the set of all that was told, so their order does not matter:
the larger of what single refunds sum up to, and the newest sum less what failed since.
"""

import typing

from karvo.billing.operations.refunds import refund_payment
from karvo.kit.actor import Actor
from karvo.kit.work import atomic
from karvo.ledger.schemas import CLEARING
from karvo.settings.reads import business_date, read_settings
from karvo.settings.schemas import Settings
from karvo.stripe.amounts import amount_of
from karvo.stripe.models import StripePayment
from karvo.stripe.operations.effects import locked_payment_of
from karvo.stripe.schemas import Received, RefundObject

#: A later one wins; pending money has left already.
STANDINGS = ('requires_action', 'pending', 'succeeded', 'canceled', 'failed')
LEFT, LOST = {'pending', 'succeeded'}, {'canceled', 'failed'}


def note_sum(received: Received, total: int, told_at: int, *, actor: Actor) -> None:
    """`charge.refunded`: so much went back until then."""
    with atomic() as work:
        row = locked_payment_of(received, work)
        if (told_at, total) > (row.refunded_told, row.refunded_total):
            row.refunded_told, row.refunded_total = told_at, total
        _settle(row, actor)


def note_refund(received: Received, refund: RefundObject, told_at: int, *, actor: Actor) -> None:
    """`refund.*`: one refund, and how it stands."""
    with atomic() as work:
        row = locked_payment_of(received, work)
        standing = refund.status if refund.status in STANDINGS else 'succeeded'
        known = row.refunds.get(refund.id)
        if known is None or STANDINGS.index(standing) > STANDINGS.index(known['standing']):
            row.refunds[refund.id] = {
                'amount': refund.amount,
                'standing': standing,
                'at': told_at,
            }
        elif standing == known['standing']:
            known['at'] = min(known['at'], told_at)
        _settle(row, actor)


def _settle(row: StripePayment, actor: Actor) -> None:
    if row.payment_id is not None:
        catch_up(row, read_settings(), actor)
    row.save()


def catch_up(row: StripePayment, settings: Settings, actor: Actor) -> None:
    """Book what is not booked yet; the caller saves the row and has it locked."""
    difference = refunded_of(row) - row.refunded_booked
    if not difference or row.payment_id is None:
        return
    refund_payment(
        row.payment_id,
        amount_of(difference, row.currency),
        business_date(settings),
        kind='refund',
        account=CLEARING,
        reference=row.charge_id or row.external_id,
        actor=actor,
    )
    row.refunded_booked += difference


def refunded_of(row: StripePayment) -> int:
    """What went back by all that was told, smallest units."""
    refunds: list[dict[str, typing.Any]] = list(row.refunds.values())
    single: int = sum(r['amount'] for r in refunds if r['standing'] in LEFT)
    since = [r for r in refunds if r['standing'] in LOST and r['at'] >= row.refunded_told]
    told: int = row.refunded_total - sum(r['amount'] for r in since)
    return max(single, told, 0)
