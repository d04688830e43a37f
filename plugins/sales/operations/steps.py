"""The steps of a quote's life: sent, accepted, declined, expired (domain 8.2)."""

import datetime as dt

from karvo.kit.actor import Actor
from karvo.kit.errors import Invalid
from karvo.kit.shapes import check_shape
from karvo.kit.work import Work, atomic
from karvo.mail.operations import queue_mail, usable_address
from karvo.settings.reads import read_settings
from plugins.sales.mails import quote_mail
from plugins.sales.models import OPEN, Quote
from plugins.sales.operations.rows import check_transition, enter, expire, take_step
from plugins.sales.reads import read_quote_lines
from plugins.sales.schemas import (
    Acceptance,
    QuoteAccepted,
    QuoteDeclined,
    QuoteSent,
    Refusal,
)

MOST = 500  #: quotes that one transaction ends
STAFF = Acceptance()
UNSAID = Refusal()


def send_quote(
    quote_id: int,
    *,
    actor: Actor,
    email: str | None = None,
    mark_only: bool = False,
    version: int | None = None,
) -> None:
    """Queue its mail and note that it was sent; sent again it is the next revision.

    Raises Invalid where neither `email` nor the customer gives an address (unless `mark_only`),
    Conflict, NotFound, PreconditionFailed.
    """

    def step(quote: Quote, work: Work) -> None:
        check_transition(quote, 'sent')
        revision = quote.revision + (quote.status == 'sent')
        enter(QuoteSent, quote, 'sent', work, actor, revision=revision, sent_at=work.at)
        if not mark_only:
            _mail(quote, email, actor)

    take_step(quote_id, step, actor=actor, version=version)


def _mail(quote: Quote, email: str | None, actor: Actor) -> None:
    address = email or quote.party.email
    if not address:
        raise Invalid('the customer has no e-mail address', fields={'email': 'is required'})
    mail = quote_mail(quote, read_quote_lines(quote.id), address, read_settings())
    queue_mail(mail, actor=actor)


def accept_quote(
    quote_id: int,
    acceptance: Acceptance = STAFF,
    *,
    actor: Actor,
    version: int | None = None,
) -> None:
    """The customer said yes. Raises Conflict (§16; too late, and then it is expired), Invalid."""
    check_shape(acceptance)

    def step(quote: Quote, work: Work) -> None:
        accept(quote, acceptance, work, actor)

    take_step(quote_id, step, actor=actor, version=version)


def accept(quote: Quote, acceptance: Acceptance, work: Work, actor: Actor) -> None:
    """Who, when and how (8.2), on a locked quote."""
    enter(
        QuoteAccepted,
        quote,
        'accepted',
        work,
        actor,
        accepted_at=work.at,
        accepted_by=actor.name or actor.kind,
        accepted_how=acceptance.how,
        accepted_ip=acceptance.ip or actor.ip or None,
        accepted_signer=acceptance.signer,
        accepted_email=usable_address(acceptance.email) if acceptance.email else None,
    )


def decline_quote(
    quote_id: int,
    refusal: Refusal = UNSAID,
    *,
    actor: Actor,
    version: int | None = None,
) -> None:
    """The customer said no, at once or on second thoughts. Raises Conflict (§16)."""
    check_shape(refusal)

    def step(quote: Quote, work: Work) -> None:
        said = {'declined_how': refusal.how, 'declined_reason': refusal.reason}
        enter(QuoteDeclined, quote, 'declined', work, actor, declined_at=work.at, **said)

    take_step(quote_id, step, actor=actor, version=version)


def expire_quotes(day: dt.date, *, actor: Actor) -> int:
    """End those whose last day lies before `day`; how many. Safe to repeat."""
    total = 0
    while True:
        with atomic() as work:
            due = Quote.status.in_(OPEN) & (Quote.valid_until < day)
            rows = list(Quote.select().where(due).order_by(Quote.id).limit(MOST).for_update())
            for quote in rows:
                expire(quote, work, actor)
        total += len(rows)
        if len(rows) < MOST:
            return total
