"""What is done once a day for each company: fees that were not known, events that never came."""

import datetime as dt

import msgspec

from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, KarvoError
from karvo.kit.jobs import Job, Report
from karvo.kit.log import log
from karvo.stripe import client
from karvo.stripe.operations.account import account_row, key_in_use
from karvo.stripe.operations.disputes import PaymentUnknown
from karvo.stripe.operations.events import HANDLERS, apply
from karvo.stripe.operations.fees import book_fees
from karvo.stripe.schemas import Happened

KEPT = dt.timedelta(days=29)  #: Stripe lists events of 30 days


def catch_up_fees(actor: Actor, day: dt.date) -> Report:
    """Fees whose balance transaction could not be read when the payment came."""
    return {'booked': book_fees(actor=actor)} if _is_connected() else {}


def catch_up_events(actor: Actor, day: dt.date) -> Report:
    """Events whose delivery failed: an outage here, an endpoint that was switched off."""
    if not _is_connected():
        return {}
    since = int((clock.now() - KEPT).timestamp())
    try:
        missed = [
            e for e in client.missed_events(key_in_use(actor), since) if e['type'] in HANDLERS
        ]
    except Conflict as error:  # a restricted key that may not read events
        return {'refused': error.message}
    unknown, refused = 0, 0
    for told in sorted(missed, key=lambda event: event['created']):
        event = Happened(
            id=told['id'],
            type=told['type'],
            created=told['created'],
            livemode=told.get('livemode', False),
            object=told['data']['object'],
        )
        try:
            apply(event, actor=actor)
        except PaymentUnknown:
            unknown += 1
        except (KarvoError, msgspec.ValidationError) as error:
            log.error('stripe event refused', name=event.id, type=event.type, why=str(error))
            refused += 1
    return {'missed': len(missed), 'unknown': unknown, 'refused': refused}


def _is_connected() -> bool:
    row = account_row()
    return row is not None and row.is_active


jobs = [
    Job(name='stripe.fees', run=catch_up_fees, at=dt.time(5, 10)),
    Job(name='stripe.catch-up', run=catch_up_events, at=dt.time(5, 20)),
]
