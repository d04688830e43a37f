"""A page on which an invoice can be paid: one at a time, of the balance as it is now.

A row is written before Stripe is asked; its uid is the idempotency key. Whoever asks again after a
crash, or at the same moment, therefore gets the same page.
"""

import contextlib
import datetime as dt
import typing

from karvo.invoices.models import Document
from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, KarvoError, not_found
from karvo.kit.log import log
from karvo.kit.work import atomic
from karvo.settings.reads import read_settings
from karvo.settings.schemas import Settings
from karvo.stripe import client
from karvo.stripe.amounts import minor_of
from karvo.stripe.client import Key
from karvo.stripe.models import CHECKOUT_STATES, StripeCheckout
from karvo.stripe.operations.account import key_in_use
from karvo.stripe.operations.effects import moment
from karvo.stripe.schemas import CheckoutAsked, CheckoutLink, Session

LIFETIME = dt.timedelta(hours=24)  #: the longest that Stripe keeps a page open
SPARE = dt.timedelta(minutes=10)  #: a page that ends sooner is not offered any more
PENDING = dt.timedelta(days=14)  #: after that a bank debit has come or will not

OFFER = """
INSERT INTO @stripe_checkout AS c (uid, invoice_id, amount, state, expires_at, created_at)
VALUES (%(uid)s, %(invoice_id)s, %(amount)s, 'making', %(until)s, %(at)s)
ON CONFLICT (invoice_id) WHERE state IN ('making', 'open') DO UPDATE SET state = c.state
RETURNING id"""


def offer_checkout(invoice_id: int, asked: CheckoutAsked, *, actor: Actor) -> CheckoutLink:
    """The page of this invoice. No transaction may be open: Stripe is asked in between.

    Raises NotFound, Conflict when nothing is owed, no account is connected or a payment is on its
    way; Unavailable when Stripe cannot be reached.
    """
    own = (Document.id == invoice_id) & (Document.type == 'invoice')
    if not Document.select().where(own).exists():
        raise not_found('Invoice')
    key = key_in_use(actor)
    row, settings, invoice = _row(invoice_id, key)
    if row.state == 'making':
        row = _made(row, settings, invoice, asked, key, actor)
    return CheckoutLink(
        invoice_id=invoice_id,
        url=row.url or '',
        expires_at=row.expires_at,
        amount=row.amount,
        currency=settings.currency,
    )


def _row(invoice_id: int, key: Key) -> tuple[StripeCheckout, Settings, Document]:
    """The row to offer, new or not; a page of another balance is taken back first."""
    with atomic() as work:
        invoice = _payable(invoice_id)
        settings = read_settings()
        if invoice.currency != settings.currency:
            raise Conflict(f'the invoice is in {invoice.currency}, not in {settings.currency}')
        minor_of(invoice.balance, settings.currency)
        _check_none_pending(invoice_id)
        stale = _take_back(invoice)
        named: dict[str, typing.Any] = {
            'uid': ids.uuid7(),
            'invoice_id': invoice_id,
            'amount': invoice.balance,
            'until': work.at + LIFETIME,
            'at': work.at,
        }
        found = database.run(OFFER, named).fetchone()
        row = StripeCheckout.get_by_id(found[0] if found else 0)
    for session_id in stale:
        # A page that cannot be ended costs nothing: what is paid there stays unallocated.
        with contextlib.suppress(KarvoError):
            client.end_session(key, session_id)
    return row, settings, invoice


def _payable(invoice_id: int) -> Document:
    kind = (Document.type == 'invoice') & Document.deleted_at.is_null()
    query = Document.select().where((Document.id == invoice_id) & kind).for_update()
    invoice: Document | None = query.get_or_none()
    if invoice is None:
        raise not_found('Invoice')
    if invoice.state != 'posted':
        raise Conflict(f'a {invoice.state} invoice cannot be paid')
    if invoice.balance <= 0:
        raise Conflict('the invoice has no balance to pay')
    return invoice


def _check_none_pending(invoice_id: int) -> None:
    pending = (StripeCheckout.invoice == invoice_id) & (StripeCheckout.state == 'pending')
    since = StripeCheckout.created_at > clock.now() - PENDING
    if StripeCheckout.select().where(pending & since).exists():
        raise Conflict('a payment of this invoice is on its way')


def _take_back(invoice: Document) -> list[str]:
    """Sessions of rows that are offered no more."""
    now = clock.now()
    stale = []
    offered = StripeCheckout.state.in_(('making', 'open'))
    for row in StripeCheckout.select().where((StripeCheckout.invoice == invoice) & offered):
        is_late = row.expires_at < now + SPARE
        if row.amount != invoice.balance or is_late:
            row.state = 'stale'
            row.save()
            if row.session_id and row.expires_at > now:
                stale.append(row.session_id)
    return stale


def _made(
    row: StripeCheckout,
    settings: Settings,
    invoice: Document,
    asked: CheckoutAsked,
    key: Key,
    actor: Actor,
) -> StripeCheckout:
    params = _params(row, settings, invoice, asked, actor)
    try:
        made = client.make_session(key, params, once=str(row.uid))
    except Conflict:
        _give_up(row.id)
        raise
    session = client.read(Session, made)
    with atomic():
        row = StripeCheckout.select().where(StripeCheckout.id == row.id).for_update().get()
        row.session_id, row.url = session.id, session.url
        row.expires_at = moment(session.expires_at) if session.expires_at else row.expires_at
        if row.state == 'making':
            row.state = 'open'
        row.save()
    return row


def _give_up(row_id: int) -> None:
    """Stripe keeps a refusal under its idempotency key too: the next try takes a new one."""
    with atomic():
        made = (StripeCheckout.id == row_id) & (StripeCheckout.state == 'making')
        StripeCheckout.update(state='failed').where(made).execute()


def _params(
    row: StripeCheckout,
    settings: Settings,
    invoice: Document,
    asked: CheckoutAsked,
    actor: Actor,
) -> dict[str, typing.Any]:
    told = {
        'company': actor.company_uid,
        'invoice_id': str(invoice.id),
        'invoice_no': invoice.number or '',
    }
    params: dict[str, typing.Any] = {
        'mode': 'payment',
        'line_items': [
            {
                'quantity': 1,
                'price_data': {
                    'currency': settings.currency.lower(),
                    'unit_amount': minor_of(row.amount, settings.currency),
                    'product_data': {'name': _title(invoice, settings)},
                },
            }
        ],
        'client_reference_id': f'{actor.company_uid}:{invoice.id}',
        'metadata': told,
        # A session's metadata is not copied to what pays it.
        'payment_intent_data': {'metadata': told},
        'success_url': asked.success_url,
        'cancel_url': asked.cancel_url,
        'locale': invoice.language[:2] if invoice.language[:2] in ('fr', 'en') else 'auto',
        'expires_at': int((row.created_at + LIFETIME).timestamp()) - 60,
    }
    email = invoice.party.email
    return params | ({'customer_email': email} if email else {})


def _title(invoice: Document, settings: Settings) -> str:
    word = 'Facture' if (invoice.language or settings.language).startswith('fr') else 'Invoice'
    return f'{word} {invoice.number or invoice.id}'


def note_session(session: Session, state: str) -> None:
    """What became of a page. A later state wins, whatever order they are told in."""
    with atomic():
        query = StripeCheckout.select().where(StripeCheckout.session_id == session.id)
        row = query.for_update().get_or_none()
        if row is None:
            return
        if CHECKOUT_STATES.index(state) > CHECKOUT_STATES.index(row.state):
            row.state = state
            row.save()
            log.info('checkout', session=session.id, state=state)
