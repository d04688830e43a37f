"""The fee of each payment, fetched from Stripe: a charge names its balance transaction only."""

from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict
from karvo.kit.log import log
from karvo.kit.work import atomic
from karvo.stripe import client
from karvo.stripe.models import StripePayment
from karvo.stripe.operations.account import key_in_use
from karvo.stripe.operations.payouts import book_fee
from karvo.stripe.schemas import BalanceTransaction

DUE = (
    (StripePayment.state == 'booked')
    & StripePayment.balance_transaction.is_null(False)
    & ~StripePayment.is_fee_booked
)


def note_fee(external_id: str, name: str) -> None:
    """Where the fee of this payment is told."""
    with atomic():
        same = (StripePayment.external_id == external_id) & ~StripePayment.is_fee_booked
        StripePayment.update(balance_transaction=name).where(same).execute()


def book_fees(*, actor: Actor, external_id: str = '', most: int = 100) -> int:
    """Book fees that are due, of one payment or of `most`; how many were booked.

    No transaction may be open: Stripe is asked. Where it refuses (a restricted key that may not
    read balances) the fee stays due. Raises Unavailable.
    """
    due = DUE & (StripePayment.external_id == external_id) if external_id else DUE
    rows = list(StripePayment.select().where(due).order_by(StripePayment.id).limit(most))
    booked = 0
    for row in rows:
        try:
            told = client.balance_transaction(key_in_use(actor), row.balance_transaction or '')
        except Conflict as error:
            log.warning('fee not known', payment=row.external_id, error=error.message)
            continue
        with atomic():
            book_fee(client.read(BalanceTransaction, told), actor=actor)
            StripePayment.update(is_fee_booked=True).where(StripePayment.id == row.id).execute()
        booked += 1
    return booked
