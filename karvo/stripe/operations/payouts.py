"""What Stripe keeps and what it pays out.

Gross to the receivable, the fee to expense; the net waits on the clearing account until a payout
empties it.
"""

from karvo.kit.actor import Actor
from karvo.kit.work import Work, atomic
from karvo.ledger.operations import first_open_date, post_entry, reverse_source, side
from karvo.ledger.schemas import BANK, CLEARING, PROCESSING_FEES, NewEntry
from karvo.settings.reads import business_date, read_settings
from karvo.settings.schemas import Settings
from karvo.stripe.amounts import amount_of
from karvo.stripe.models import StripeEffect
from karvo.stripe.operations.effects import date_of, finish, locked_effect
from karvo.stripe.schemas import BalanceTransaction, Payout, PayoutFailed, PayoutPaid

PAYOUT = 'stripe_payout'  #: source of the entries in the ledger


def book_fee(moved: BalanceTransaction, *, actor: Actor) -> None:
    """Dr processing fees, Cr clearing; the other way round where Stripe gives a fee back."""
    with atomic() as work:
        effect = locked_effect(f'fee:{moved.id}', work)
        if effect.state:
            return
        settings = read_settings()
        if moved.currency.upper() != settings.currency:
            finish(effect, 'skipped', f'in {moved.currency.upper()}')
            return
        fee = amount_of(moved.fee, moved.currency)
        entry = NewEntry(
            date=first_open_date(settings, date_of(moved.created, settings)),
            journal='cash',
            memo=f'Stripe {moved.id}',
            source=('stripe_fee', effect.id),
            postings=[side(PROCESSING_FEES, fee), side(CLEARING, -fee)],
        )
        post_entry(entry, work=work)
        finish(effect, 'done')


def book_payout(payout: Payout, *, actor: Actor) -> None:
    """`payout.paid`: Dr bank, Cr clearing; not if it is known to have failed."""
    with atomic() as work:
        effect = locked_effect(f'payout:{payout.id}', work)
        if effect.state:
            return
        settings = read_settings()
        if payout.currency.upper() != settings.currency:
            finish(effect, 'skipped', f'in {payout.currency.upper()}')
            return
        amount = amount_of(payout.amount, payout.currency)
        entry = NewEntry(
            date=first_open_date(settings, date_of(payout.created, settings)),
            journal='cash',
            memo=f'Stripe {payout.id}',
            source=(PAYOUT, effect.id),
            postings=[side(BANK, amount), side(CLEARING, -amount)],
        )
        post_entry(entry, work=work)
        finish(effect, 'paid')
        _announce(PayoutPaid, effect, payout, work, actor)


def fail_payout(payout: Payout, *, actor: Actor) -> None:
    """`payout.failed`: the bank sent it back, or never took it."""
    with atomic() as work:
        effect = locked_effect(f'payout:{payout.id}', work)
        if effect.state == 'paid':
            settings = read_settings()
            _reverse(effect, payout, settings, work)
        if effect.state in ('', 'paid'):
            finish(effect, 'failed', (payout.failure_message or '')[:500])
            _announce(PayoutFailed, effect, payout, work, actor)


def _reverse(effect: StripeEffect, payout: Payout, settings: Settings, work: Work) -> None:
    date = first_open_date(settings, business_date(settings))
    reverse_source((PAYOUT, effect.id), date, f'Stripe {payout.id}', work=work)


def _announce(
    event: type[PayoutPaid | PayoutFailed],
    effect: StripeEffect,
    payout: Payout,
    work: Work,
    actor: Actor,
) -> None:
    shown = {
        'id': effect.id,
        'payout': payout.id,
        'amount': amount_of(payout.amount, payout.currency),
        'currency': payout.currency.upper(),
        'reason': effect.reason,
    }
    work.record(event(id=effect.id, uid='', object=shown), actor)
