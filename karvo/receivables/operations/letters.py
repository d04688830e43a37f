"""Sending, cancelling and settling letters (AR-7). Customers are locked before their letters."""

import datetime as dt
import typing
from decimal import Decimal

import peewee

from karvo.customers.interest import accrued, agreed_rate
from karvo.customers.models import Party
from karvo.customers.operations import change_customer
from karvo.customers.schemas import CustomerChange
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, Invalid, PreconditionFailed, not_found
from karvo.kit.money import ZERO
from karvo.kit.work import Work, atomic
from karvo.mail.operations import queue_mail, usable_address
from karvo.receivables.mails import letter_mail
from karvo.receivables.models import TRANSITIONS, Dunning, DunningLine
from karvo.receivables.reads import OPEN_LINES, settled_letters
from karvo.receivables.schemas import (
    DunningCancelled,
    DunningEvent,
    DunningResolved,
    DunningSent,
)
from karvo.settings.reads import business_date, read_settings
from karvo.settings.schemas import Settings

SHOWN = ('id', 'party_id', 'run_on', 'state', 'level', 'currency', 'total', 'fee', 'interest') + (
    'sent_at',
    'sent_to',
    'reason',
    'version',
)
HOLD = 'dunning, level {}'  #: why a customer is on hold; one that reads otherwise is a person's


def send_letter(
    letter_id: int,
    *,
    actor: Actor,
    email: str | None = None,
    mark_only: bool = False,
    version: int | None = None,
) -> None:
    """draft → sent: what is still open is asked for by mail, and the level has its effect.

    With `mark_only` it went out by other means. Raises NotFound, PreconditionFailed, Conflict
    (not a draft, nothing left to ask for), Invalid (no address).
    """
    with atomic() as work:
        letter = _locked(letter_id, version)
        _check_transition(letter, 'sent')
        settings = read_settings()
        today = business_date(settings)
        _refresh(letter, today, settings)
        address = email or letter.party.email
        if not mark_only:
            if not address:
                raise Invalid('the customer has no e-mail address', fields={'email': 'is required'})
            letter.sent_to = usable_address(address)
            queue_mail(letter_mail(letter, letter.sent_to, settings), actor=actor)
        letter.sent_on, letter.sent_at = today, work.at
        _become(letter, 'sent', DunningSent, work, actor)
        _take_effect(letter, actor)


def _refresh(letter: Dunning, today: dt.date, settings: Settings) -> None:
    """What was settled, disputed or promised since it was proposed is asked for no more."""
    named = {'id': letter.id, 'day': today}
    balances: dict[int, Decimal] = dict(database.run(OPEN_LINES, named).fetchall())
    if not balances:
        raise Conflict('nothing of this letter is left to ask for: cancel it')
    party = letter.party
    rate = agreed_rate(party.interest_rate_annual, party.interest_agreed_on, settings)
    letter.total = letter.interest = ZERO
    for line in DunningLine.select().where(DunningLine.dunning == letter):
        if line.document_id not in balances:
            line.delete_instance()
            continue
        line.balance, line.days = balances[line.document_id], (today - line.due_date).days
        line.save()
        letter.total += line.balance
        letter.interest += accrued(line.balance, rate, line.days)


def _take_effect(letter: Dunning, actor: Actor) -> None:
    """A formal notice puts the customer on hold, a last one marks him for collection."""
    party, change = letter.party, CustomerChange()
    if letter.sets_hold and not party.credit_hold:
        change.credit_hold, change.credit_hold_reason = True, HOLD.format(letter.level)
    if letter.is_collections:
        change.in_collections = True
    if change != CustomerChange() and party.deleted_at is None:
        change_customer(party.id, change, actor=actor)


def cancel_letter(
    letter_id: int, reason: str | None, *, actor: Actor, version: int | None = None
) -> None:
    """draft or sent → cancelled. What it asked for is asked for again at a higher level only."""
    with atomic() as work:
        letter = _locked(letter_id, version)
        cancel(letter, reason, work, actor)


def cancel(letter: Dunning, reason: str | None, work: Work, actor: Actor) -> None:
    """The same for one whose customer is locked."""
    _check_transition(letter, 'cancelled')
    was_sent = letter.state == 'sent'
    letter.reason, letter.cancelled_at = reason, work.at
    _become(letter, 'cancelled', DunningCancelled, work, actor)
    if was_sent:
        _release(letter, actor)


def settle_letters(*, actor: Actor, document_id: int | None = None) -> int:
    """Letters whose every invoice is settled: sent ones are resolved, drafts fall away; how many.

    Those about one invoice, or all. Safe to repeat.
    """
    letters = settled_letters(document_id)
    for letter_id in letters:
        with atomic() as work:
            letter = _locked(letter_id, None)
            if letter.state == 'draft':
                cancel(letter, 'settled', work, actor)
            elif letter.state == 'sent':
                letter.resolved_at = work.at
                _become(letter, 'resolved', DunningResolved, work, actor)
                _release(letter, actor)
    return len(letters)


def _release(letter: Dunning, actor: Actor) -> None:
    """Take back what the letter had put on the customer, unless another one still stands for it."""
    party, change = letter.party, CustomerChange()
    if party.deleted_at is not None:
        return
    others = Dunning.select().where((Dunning.party == party) & (Dunning.state == 'sent'))
    reason = party.credit_hold_reason or ''
    is_ours = party.credit_hold and reason.startswith(HOLD.format(''))
    if letter.sets_hold and is_ours and not others.where(Dunning.sets_hold).exists():
        change.credit_hold, change.credit_hold_reason = False, None
    if letter.is_collections and not others.where(Dunning.is_collections).exists():
        change.in_collections = False
    if change != CustomerChange():
        change_customer(party.id, change, actor=actor)


def _locked(letter_id: int, version: int | None) -> Dunning:
    named = Dunning.id == letter_id
    owner = Dunning.select(Dunning.party).where(named)
    party = Party.select().where(Party.id.in_(owner)).for_update().get_or_none()
    if party is None:
        raise not_found('Dunning letter')
    letter = Dunning.select().where(named).for_update().get()
    letter.party = party
    if version is not None and version != letter.version:
        raise PreconditionFailed(f'the letter is at version {letter.version}')
    return letter


def _check_transition(letter: Dunning, target: str) -> None:
    if target not in TRANSITIONS[letter.state]:
        raise Conflict(f'a letter that is {letter.state} cannot become {target}')


def _become(
    letter: Dunning, state: str, kind: type[DunningEvent], work: Work, actor: Actor
) -> None:
    previous = {'state': letter.state}
    letter.state, letter.version, letter.updated_at = state, letter.version + 1, work.at
    letter.save()
    announce(kind, letter, previous, work, actor)


def announce(
    kind: type[DunningEvent],
    letter: Dunning,
    previous: dict[str, typing.Any],
    work: Work,
    actor: Actor,
) -> None:
    """Record an event of this letter; the object names its customer and invoices."""
    shot: dict[str, typing.Any] = {name: getattr(letter, name) for name in SHOWN}
    shot['customer_code'] = letter.party.code
    numbers = DunningLine.select(peewee.fn.array_agg(DunningLine.number))
    shot['invoices'] = sorted(numbers.where(DunningLine.dunning == letter).scalar() or [])
    work.record(kind(id=letter.id, uid=str(letter.uid), object=shot, previous=previous), actor)
