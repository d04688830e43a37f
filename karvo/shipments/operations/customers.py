"""Taking a customer off the books: only here is all known that may stand against it."""

from karvo.backorders.reads import has_open_backorders
from karvo.customers.operations import delete_customer, locked_customer
from karvo.invoices.reads import party_standing
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, not_found
from karvo.kit.work import atomic
from karvo.products.reads import has_part_numbers
from karvo.settings.reads import business_date, read_settings
from karvo.shipments.reads import has_open_shipments


def remove_customer(customer_id: int, *, actor: Actor, version: int | None = None) -> None:
    """Archive one with history, remove one without (CUS-3).

    Raises NotFound, PreconditionFailed for another version, and Conflict where something is owed
    either way or still to be shipped.
    """
    with atomic():
        locked_customer(customer_id, version)  # what stands against it is looked at afterwards
        standing = party_standing(customer_id, business_date(read_settings()))
        if standing is None:
            raise not_found('Customer')
        if has_open_shipments(customer_id):
            raise Conflict('the customer has open shipments')
        if has_open_backorders(customer_id):
            raise Conflict('the customer has open backorders')
        delete_customer(
            customer_id,
            actor=actor,
            has_history=standing.last_invoice_date is not None or has_part_numbers(customer_id),
            balance=standing.balance or standing.unapplied_credits,
        )
