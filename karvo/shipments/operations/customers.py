"""Taking a customer off the books: only here is all known that may stand against it."""

from karvo.customers.operations import delete_customer
from karvo.invoices.reads import party_standing
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, not_found
from karvo.settings.reads import business_date, read_settings
from karvo.shipments.reads import has_open_shipments


def remove_customer(customer_id: int, *, actor: Actor) -> None:
    """Archive one with history, remove one without (CUS-3).

    Raises NotFound, and Conflict where something is owed either way or still to be shipped.
    """
    standing = party_standing(customer_id, business_date(read_settings()))
    if standing is None:
        raise not_found('Customer')
    if has_open_shipments(customer_id):
        raise Conflict('the customer has open shipments')
    delete_customer(
        customer_id,
        actor=actor,
        has_history=standing.last_invoice_date is not None,
        balance=standing.balance or standing.unapplied_credits,
    )
