"""Opening a claim (CLM-1), and what one may ask for."""

import typing
from decimal import Decimal

from karvo.billing.operations.settle import invoice_id_of, locked_invoices
from karvo.claims.deadline import due_at
from karvo.claims.models import Claim, ClaimLine
from karvo.claims.reads import claimed_invoice, claimed_quantities, shipped_quantities
from karvo.claims.schemas import (
    ClaimCreated,
    ClaimedInvoice,
    ClaimEvent,
    InvoicedLine,
    NewClaim,
    NewClaimLine,
)
from karvo.customers.reads import customer_by_code
from karvo.customers.schemas import Customer
from karvo.invoices.models import Document
from karvo.invoices.operations.attached import mark_attached
from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.errors import Invalid, invalid, missing
from karvo.kit.money import ZERO, cents
from karvo.kit.work import Work, atomic
from karvo.products.reads import products_for_lines
from karvo.products.schemas import LineProduct
from karvo.settings.reads import business_date, read_settings

MOST_LINES = 1000  #: G-16
SHOWN = ('id', 'number', 'type', 'status', 'priority', 'description', 'party_id') + (
    'amount_claimed',
    'amount_approved',
    'resolution',
    'resolution_note',
    'assigned_to',
    'credit_note_id',
    'refunded',
    'due_at',
    'resolved_at',
    'version',
)


class Asked(typing.NamedTuple):
    """The lines of a claim as they are stored, and what they come to, with taxes."""

    lines: list[dict[str, typing.Any]]
    amount: Decimal


def create_claim(new: NewClaim, *, actor: Actor) -> int:
    """Open a claim; the id. Raises Missing, Invalid (CLM-1)."""
    with atomic() as work:
        party = _party(new.customer)
        description = described(new.description)
        settings = read_settings()
        today = business_date(settings)
        invoice = _invoice(new, party)
        asked = asked_for(new.lines, invoice, party.code, own_id=0)
        claim = Claim.create(
            uid=ids.uuid7(),
            key=ids.random_key(),
            party=party.id,
            document=invoice.id if invoice else None,
            shipment_id=new.shipment_id,
            type=new.type,
            description=description,
            status='open',
            priority=new.priority,
            amount_claimed=amount_of(new.amount_claimed, asked, invoice),
            assigned_to=new.assigned_to,
            photos=new.photos,
            carrier_claim_no=new.carrier_claim_no,
            opened_at=work.at,
            due_at=due_at(today, work.at, settings),
            created_at=work.at,
            updated_at=work.at,
        )
        store_lines(claim.id, asked)
        mark_attached([claim.document_id])
        number = work.take_number('CLM', today.year, 'claim', claim.id).token
        announce(ClaimCreated, claim, {}, work, actor, number=number)
    return int(claim.id)


def described(text: str) -> str:
    """Raises Missing for one that says nothing."""
    if not text.strip():
        raise missing('description')
    return text.strip()


def _party(code: str) -> Customer:
    party = customer_by_code(code)
    if party is None or party.deleted_at:
        raise Invalid('customer_code not found', fields={'customer': 'not found'})
    return party


def _invoice(new: NewClaim, party: Customer) -> ClaimedInvoice | None:
    """Locked, so that two claims cannot ask for the same goods at once."""
    if new.invoice_id is None and not new.invoice_number:
        return None
    invoice = invoice_for_claim(invoice_id_of(new.invoice_id, new.invoice_number))
    if invoice.party_id != party.id:
        raise invalid(invoice='is not of this customer')
    return claimed_invoice(invoice.id)


def invoice_for_claim(document_id: int) -> Document:
    """The invoice, locked. Raises Invalid for one that nobody was asked to pay."""
    invoice = locked_invoices([document_id])[document_id]
    if invoice.state not in ('posted', 'written_off'):
        raise invalid(invoice=f'is {invoice.state}')
    return invoice


def asked_for(
    lines: list[NewClaimLine], invoice: ClaimedInvoice | None, customer_code: str, own_id: int
) -> Asked:
    """The lines, checked against what was shipped and claimed before (CLM-1). Raises Invalid.

    `own_id` is the claim that the lines are of, 0 for a new one.
    """
    if len(lines) > MOST_LINES:
        raise invalid(lines=f'must be at most {MOST_LINES}')
    products = products_for_lines([line.sku for line in lines], customer_code)
    known = {line.sku.upper(): line for line in invoice.lines} if invoice else {}
    left = _left(invoice.id, own_id) if invoice and lines else {}
    stored, amount = [], ZERO
    for position, line in enumerate(lines, 1):
        where = f'lines[{position - 1}]'
        product = products.get(line.sku.upper())
        of = known.get(line.sku.upper()) or known.get(product.sku.upper() if product else '')
        if invoice is not None:
            _take(left, of, line, where)
        row = _row(position, line, of, product, invoice)
        stored.append(row)
        amount += row['amount'] or ZERO
    return Asked(stored, amount)


def _left(document_id: int, own_id: int) -> dict[str, Decimal]:
    claimed = claimed_quantities(document_id, own_id)
    shipped = shipped_quantities(document_id)
    return {sku: qty - claimed.get(sku, Decimal(0)) for sku, qty in shipped.items()}


def _take(
    left: dict[str, Decimal], of: InvoicedLine | None, line: NewClaimLine, where: str
) -> None:
    if of is None:
        raise Invalid(
            f'{line.sku} is not on the invoice', fields={f'{where}.sku': 'is not on the invoice'}
        )
    sku = of.sku.upper()
    rest = max(left.get(sku, Decimal(0)), Decimal(0))
    if line.qty > rest:
        why = f'must be at most {rest.normalize():f}, what was shipped less what was claimed'
        raise Invalid(f'{where}.qty {why}', fields={f'{where}.qty': why})
    left[sku] = rest - line.qty


def _row(
    position: int,
    line: NewClaimLine,
    of: InvoicedLine | None,
    product: LineProduct | None,
    invoice: ClaimedInvoice | None,
) -> dict[str, typing.Any]:
    name = of.description if of else (product.name_en if product else '')
    return {
        'position': position,
        'product_id': of.product_id if of else (product.id if product else None),
        'sku': of.sku if of else (product.sku if product else line.sku),
        'description': line.description or name,
        'qty': line.qty,
        'amount': _share(line, of, invoice) if line.amount is None else line.amount,
    }


def _share(
    line: NewClaimLine, of: InvoicedLine | None, invoice: ClaimedInvoice | None
) -> Decimal | None:
    """What the invoice asked for these, with its taxes in proportion."""
    if of is None or invoice is None or not of.qty or not invoice.subtotal:
        return None
    return cents(of.net * line.qty / of.qty * invoice.total / invoice.subtotal)


def amount_of(given: Decimal | None, asked: Asked, invoice: ClaimedInvoice | None) -> Decimal:
    """What is claimed: as said, else what the lines come to. Raises Invalid (CLM-1)."""
    left = invoice.total - invoice.credited if invoice else None
    if given is None:
        # Shares are rounded line by line; their sum must not ask for a cent too many.
        return asked.amount if left is None else min(asked.amount, left)
    if left is not None and given > left:
        raise invalid(amount_claimed=f'must be at most {left}, what is not credited yet')
    return given


def store_lines(claim_id: int, asked: Asked) -> None:
    """These lines instead of those that the claim had."""
    ClaimLine.delete().where(ClaimLine.claim == claim_id).execute()
    if asked.lines:
        ClaimLine.insert_many([row | {'claim': claim_id} for row in asked.lines]).execute()


def announce(
    kind: type[ClaimEvent],
    claim: Claim,
    previous: dict[str, typing.Any],
    work: Work,
    actor: Actor,
    **more: typing.Any,
) -> None:
    """Record an event of this claim; `more` are further members of its object."""
    shot: dict[str, typing.Any] = {name: getattr(claim, name) for name in SHOWN}
    shot['invoice_id'] = claim.document_id
    shot['lines'] = list(
        ClaimLine.select(ClaimLine.product_id, ClaimLine.sku, ClaimLine.qty)
        .where(ClaimLine.claim == claim.id)
        .order_by(ClaimLine.position)
        .dicts()
    )
    event = kind(id=claim.id, uid=str(claim.uid), object=shot | more, previous=previous)
    work.record(event, actor)
