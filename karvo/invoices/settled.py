"""What settled an invoice, kept in its own row: its payments and credit notes as answers show them.

Nothing that is shown here of a payment or a credit note ever changes, and one place moves what an
invoice took of them (`karvo.billing.operations.settle`), which writes the invoice's row anyway.
"""

import typing

import msgspec

from karvo.invoices.schemas import CreditRead, PaymentRead
from karvo.kit.money import cents
from karvo.kit.outbox import as_json

Settler = PaymentRead | CreditRead
#: The sections of a read struct, over `@document d`.
SETTLED = 'd.payments::json AS payments, d.credits::json AS credits'


class Settled(typing.Protocol):
    """A document's row, as far as this goes."""

    payments: str
    credits: str


def settled_columns(row: Settled, taken: Settler) -> dict[str, str]:
    """The column of an invoice that took `taken.amount` (dollars) more of a payment or a credit
    note; gave back, where that is negative. Who has given nothing in the end is not in it.
    """
    if isinstance(taken, PaymentRead):
        payments = msgspec.json.decode(row.payments, type=list[PaymentRead])
        return {'payments': _with(payments, taken, lambda one: one.payment_id)}
    credits = msgspec.json.decode(row.credits, type=list[CreditRead])
    return {'credits': _with(credits, taken, lambda one: one.credit_id)}


Kind = typing.TypeVar('Kind', PaymentRead, CreditRead)


def _with(known: list[Kind], taken: Kind, id_of: typing.Callable[[Kind], int]) -> str:
    by_id = {id_of(one): one for one in known}
    before = by_id.get(id_of(taken))
    if before is not None:
        taken = msgspec.structs.replace(before, amount=before.amount + taken.amount)
    # However the caller wrote it: 15 and 1e1 are 15.00 and 10.00.
    by_id[id_of(taken)] = msgspec.structs.replace(taken, amount=cents(taken.amount))
    return as_json([one for _, one in sorted(by_id.items()) if one.amount])
