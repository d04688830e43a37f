"""Proposing letters: one for each customer and run, about all his overdue invoices (AR-7)."""

import datetime as dt
import typing
from decimal import Decimal

from karvo.customers.interest import accrued, agreed_rate
from karvo.customers.models import Party
from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.money import ZERO
from karvo.kit.work import Work, atomic
from karvo.receivables.models import Dunning, DunningLine
from karvo.receivables.operations.letters import announce, cancel
from karvo.receivables.reads import overdue_lines, parties_to_ask, read_levels
from karvo.receivables.schemas import DunningProposed, Level, Overdue
from karvo.settings.reads import read_settings
from karvo.settings.schemas import Settings

MOST = 100  #: customers in one transaction


def propose_letters(day: dt.date, *, actor: Actor) -> int:
    """Drafts for customers with an invoice that reached a level nobody asked at; how many.

    Safe to repeat, and to go on with after it was killed: a customer with a letter of that day has
    it already, and an invoice that a letter lists was asked for at its level.
    """
    levels, settings = read_levels(), read_settings()
    after, count = 0, 0
    while parties := parties_to_ask(day, levels, after, MOST):
        with atomic() as work:
            rows = Party.select().where(Party.id.in_(parties)).order_by(Party.id).for_update()
            locked = {party.id: party for party in rows}
            for party_id, lines in overdue_lines(day, levels, parties).items():
                if any(line.level > line.asked for line in lines):
                    _propose(locked[party_id], lines, levels, day, settings, work, actor)
                    count += 1
        after = parties[-1]
    return count


def _propose(
    party: Party,
    lines: list[Overdue],
    levels: list[Level],
    day: dt.date,
    settings: Settings,
    work: Work,
    actor: Actor,
) -> None:
    for older in Dunning.select().where((Dunning.party == party) & (Dunning.state == 'draft')):
        cancel(older, 'superseded', work, actor)
    reached = max(line.level for line in lines)
    level = next(one for one in levels if one.level == reached)
    letter = Dunning.create(
        uid=ids.uuid7(),
        key=ids.random_key(),
        party=party,
        run_on=day,
        state='draft',
        currency=settings.currency,
        total=sum((line.balance for line in lines), ZERO),
        interest=_interest(party, lines, settings),
        created_at=work.at,
        updated_at=work.at,
        **_said(level),
    )
    DunningLine.insert_many([_row(letter, line) for line in lines]).execute()
    announce(DunningProposed, letter, {}, work, actor)


def _said(level: Level) -> dict[str, typing.Any]:
    names = ('level', 'name_fr', 'name_en', 'text_fr', 'text_en', 'fee', 'sets_hold')
    return {name: getattr(level, name) for name in (*names, 'is_collections')}


def _row(letter: Dunning, line: Overdue) -> dict[str, typing.Any]:
    names = ('number', 'date', 'due_date', 'days', 'level', 'total', 'balance')
    return {n: getattr(line, n) for n in names} | {'dunning': letter.id, 'document': line.id}


def _interest(party: Party, lines: list[Overdue], settings: Settings) -> Decimal:
    rate = agreed_rate(party.interest_rate_annual, party.interest_agreed_on, settings)
    return sum((accrued(line.balance, rate, line.days) for line in lines), ZERO)
