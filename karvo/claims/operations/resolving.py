"""Carrying out what was decided: a credit, money back, or nothing that moves money (CLM-2)."""

from collections.abc import Callable
from decimal import Decimal

from karvo.billing.operations.credits import issue_credit
from karvo.billing.operations.refunds import refund_payment
from karvo.billing.schemas import NewCredit
from karvo.claims.models import Claim
from karvo.claims.reads import paid_parts
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict
from karvo.kit.money import ZERO
from karvo.ledger.schemas import BANK
from karvo.settings.reads import business_date, read_settings

LONGEST = 400  #: characters of the claim's own words in the credit note's reason


def execute(claim: Claim, actor: Actor) -> None:
    """The resolution of a locked claim, in its unit of work; the caller sees to once.

    Raises Conflict where the money is not there (nothing was paid, all is credited already).
    """
    if resolve := RESOLVE.get(claim.resolution or ''):
        resolve(claim, actor)


def _credit(claim: Claim, actor: Actor) -> None:
    """BIL-3: of the invoice, with its taxes in proportion, or an open one of the customer."""
    new = NewCredit(
        reason=f'{claim.number}: {claim.description[:LONGEST]}',
        customer=None if claim.document_id else claim.party.code,
        invoice_id=claim.document_id,
        total=claim.amount_approved,
        source='claim',
    )
    claim.credit_note_id = issue_credit(new, actor=actor).id


def _refund(claim: Claim, actor: Actor) -> None:
    """Money back first, so that the credit finds what is owed again (Dr 1100, Cr 1000)."""
    if claim.document_id is None:
        raise Conflict('a refund needs an invoice that was paid')
    for payment_id, amount in _payments(claim.document_id, claim.amount_approved):
        refund_payment(
            payment_id,
            amount,
            business_date(read_settings()),
            kind='refund',
            account=BANK,
            actor=actor,
            reference=claim.number,
            invoice_id=claim.document_id,
        )
    _credit(claim, actor)
    claim.refunded = claim.amount_approved


def _payments(document_id: int, amount: Decimal) -> list[tuple[int, Decimal]]:
    """(payment, what to give back of it), the latest first. Raises Conflict."""
    parts: list[tuple[int, Decimal]] = []
    left = amount
    for payment_id, given in paid_parts(document_id):
        if left > ZERO:
            parts.append((payment_id, min(given, left)))
            left -= parts[-1][1]
    if left > ZERO:
        raise Conflict(f'{amount} cannot be refunded: {amount - left} was paid')
    return parts


#: A replacement is shipped by who hears of it, a repair is nothing that the books know.
RESOLVE: dict[str, Callable[[Claim, Actor], None]] = {'credit_note': _credit, 'refund': _refund}
