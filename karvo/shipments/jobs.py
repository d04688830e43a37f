"""What shipments do when something happens elsewhere: an invoice voided, a claim resolved."""

import msgspec

from karvo.claims.schemas import ClaimResolved
from karvo.invoices.schemas import InvoiceVoided
from karvo.kit.actor import Actor
from karvo.kit.events import Event
from karvo.kit.jobs import Handler, StoredEvent
from karvo.shipments.operations.advance import cancel_of_invoice
from karvo.shipments.operations.create import create_replacement
from karvo.shipments.schemas import ResolvedClaim


def invoice_voided(event: StoredEvent, actor: Actor) -> None:
    """What of it has not left does not go (INV-9)."""
    cancel_of_invoice(event.resource_id, 'the invoice was voided', actor=actor)


def claim_resolved(event: StoredEvent, actor: Actor) -> None:
    """A claim that is resolved by replacement: the same goods again, at no price (CLM-2)."""
    claim = msgspec.convert(event.object, ResolvedClaim, strict=False)
    if claim.resolution == 'replacement':
        create_replacement(claim, actor=actor)


handlers: dict[type[Event], list[Handler]] = {
    InvoiceVoided: [invoice_voided],
    ClaimResolved: [claim_resolved],
}
