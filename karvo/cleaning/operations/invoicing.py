"""Periods settled on their billing day, each once (CLN-2)."""

import datetime as dt
import typing
from decimal import Decimal

from karvo.cleaning.compute import (
    Period,
    active_days,
    indexations,
    indexed,
    period_after,
    share,
    total_of,
)
from karvo.cleaning.models import CleaningContract, CleaningLine, CleaningVisit
from karvo.cleaning.operations.contracts import announce, last_day, locked_contract, save_contract
from karvo.cleaning.reads import suspensions_of
from karvo.cleaning.schemas import ContractInvoiced
from karvo.customers.schemas import Address
from karvo.invoices.operations.create import create_invoice
from karvo.invoices.schemas import NewInvoice, NewLine
from karvo.kit import words
from karvo.kit.actor import Actor
from karvo.kit.money import ZERO, line_total
from karvo.kit.work import Work, atomic

SOURCE = 'cleaning'
SAID = {
    'fr': 'Entretien – {name}, du {start} au {end}',
    'en': 'Cleaning – {name}, {start} to {end}',
}
PART = {'fr': ' ({active} jours sur {days})', 'en': ' ({active} of {days} days)'}
#: With the last statement, as the invoice itself is, whose row they refer to.
SETTLE = """
period§ AS (
  INSERT INTO @cleaning_period (contract_id, period_start, period_end, days, active_days, amount,
    document_id, created_at)
  VALUES (%(contract)s::bigint, %(start)s::date, %(end)s::date, %(days)s::int, %(active)s::int,
    %(amount)s::numeric, %(document)s::bigint, %(at)s::timestamptz)),
visits§ AS (
  UPDATE @cleaning_visit SET document_id = %(document)s::bigint
  WHERE id = ANY(%(visits)s::bigint[]))"""
CHARGE = """
visits§ AS (
  UPDATE @cleaning_visit SET document_id = %(document)s::bigint
  WHERE id = ANY(%(visits)s::bigint[]))"""


class Charged(typing.NamedTuple):
    """What a period costs: the lines of its invoice, and the visits that they are for."""

    lines: list[NewLine]
    visits: list[int]


def settle_period(contract_id: int, day: dt.date, *, actor: Actor) -> bool:
    """Settle the next period whose billing day has come; whether there was one.

    The contract is locked, so that no two settle the same period; its unique index is the last
    guard. Raises what an invoice may be refused for (a locked period, an archived customer).
    """
    with atomic() as work:
        contract = locked_contract(contract_id)
        period = _next_period(contract)
        if period is None or period.billed_on > day:
            return False
        active = active_days(period, suspensions_of(contract.id))
        charged = _charged(contract, period, active)
        amount = total_of(_amount(line) for line in charged.lines)
        document_id = _invoice(contract, charged, day, period, actor) if amount else None
        _settle(contract, period, active, amount, charged, document_id, work)
        contract.billed_through = period.end
        save_contract(contract, work)
        _announce_invoice(contract, period, amount, document_id, work, actor)
    return True


def settle_late_visits(contract_id: int, day: dt.date, *, actor: Actor) -> bool:
    """Invoice what was completed after the last period was settled; whether there was any.

    The visits carry their invoice from then on, which is why none is charged twice.
    """
    with atomic() as work:
        contract = locked_contract(contract_id)
        days = [visit.date for visit in _unbilled(contract, day)]
        if contract.next_invoice_on is not None or not days:
            return False
        span = Period(min(days), max(days), min(days), max(days))
        charged = _charged(contract, span, span.days)
        amount = total_of(_amount(line) for line in charged.lines)
        if not amount:
            return False
        document_id = _invoice(contract, charged, day, span, actor)
        work.write(CHARGE, {'document': document_id, 'visits': charged.visits})
        _announce_invoice(contract, span, amount, document_id, work, actor)
    return True


def _announce_invoice(
    contract: CleaningContract,
    period: Period,
    amount: Decimal,
    document_id: int | None,
    work: Work,
    actor: Actor,
) -> None:
    announce(
        ContractInvoiced,
        contract,
        {},
        work,
        actor,
        period_start=period.start,
        period_end=period.end,
        amount=amount,
        invoice_id=document_id,
    )


def _next_period(contract: CleaningContract) -> Period | None:
    if contract.next_invoice_on is None:
        return None
    end = last_day(contract)
    return period_after(
        contract.billed_through, contract.start_date, end, contract.billing, contract.billing_day
    )


def _charged(contract: CleaningContract, period: Period, active: int) -> Charged:
    times = indexations(contract.priced_on, period.first, contract.indexation_month)
    rate = contract.indexation_pct

    def price(amount: Decimal) -> Decimal:
        return indexed(amount, rate, times)

    if contract.billing == 'per_visit':
        return _by_visits(contract, period, price)
    if contract.price_per_period is not None:
        amount = share(price(contract.price_per_period), active, period.days)
        part = _part(active, period.days)
        return Charged([_line(contract, period, amount, Decimal(1), *part)], [])
    lines = [_period_line(line, period, active, price) for line in _lines(contract)
             if line.frequency != 'once' or period.start == contract.start_date]  # fmt: skip
    return Charged([line for line in lines if _amount(line)], [])


Priced = typing.Callable[[Decimal], Decimal]


def _lines(contract: CleaningContract) -> list[CleaningLine]:
    return list(contract.lines.order_by(CleaningLine.position))


def _period_line(line: CleaningLine, period: Period, active: int, price: Priced) -> NewLine:
    """The whole line for a whole period, else its share as one amount. What is done once is
    not shared out."""
    french, english = line.task_fr, line.task_en
    unit_price = price(line.unit_price)
    if active == period.days or line.frequency == 'once':
        return _new(french, english, line.qty, unit_price)
    amount = share(line_total(line.qty, unit_price, ZERO), active, period.days)
    part = _part(active, period.days)
    return _new(french + part[0], english + part[1], Decimal(1), amount)


def _by_visits(contract: CleaningContract, period: Period, price: Priced) -> Charged:
    """Completed visits that no invoice holds yet; late ones of earlier periods too."""
    visits = _unbilled(contract, period.end)
    ids = [int(visit.id) for visit in visits]
    if not visits:
        return Charged([], [])
    if contract.price_per_period is not None:
        unit_price = price(contract.price_per_period)
        return Charged([_line(contract, period, unit_price, Decimal(len(visits)))], ids)
    lines = []
    for line in _lines(contract):
        times = sum(_is_done(visit, line) for visit in visits)
        if times and line.unit_price:
            qty = line.qty * times
            lines.append(_new(line.task_fr, line.task_en, qty, price(line.unit_price)))
    return Charged(lines, ids)


def _unbilled(contract: CleaningContract, until: dt.date) -> list[CleaningVisit]:
    own = (CleaningVisit.contract == contract) & (CleaningVisit.state == 'completed')
    open_ones = own & CleaningVisit.billable & CleaningVisit.document.is_null()
    query = CleaningVisit.select().where(open_ones & (CleaningVisit.date <= until))
    return list(query.order_by(CleaningVisit.id).for_update())


def _is_done(visit: CleaningVisit, line: CleaningLine) -> bool:
    """A visit that names no task was for all of them."""
    if not visit.tasks:
        return True
    return any(task['line_id'] == line.id and task.get('done', True) for task in visit.tasks)


def _part(active: int, days: int) -> tuple[str, str]:
    if active == days:
        return '', ''
    french, english = (PART[language].format(active=active, days=days) for language in PART)
    return french, english


def _line(
    contract: CleaningContract,
    period: Period,
    unit_price: Decimal,
    qty: Decimal,
    french_part: str = '',
    english_part: str = '',
) -> NewLine:
    french, english = (
        said.format(
            name=contract.name,
            start=words.day(period.start, language),
            end=words.day(period.end, language),
        )
        for language, said in SAID.items()
    )
    return _new(french + french_part, english + english_part, qty, unit_price)


def _new(french: str, english: str, qty: Decimal, unit_price: Decimal) -> NewLine:
    return NewLine(
        description=english,
        description_fr=french,
        quantity=qty,
        unit_price=unit_price,
        kind='service',
    )


def _amount(line: NewLine) -> Decimal:
    return line_total(line.quantity, line.unit_price or ZERO, ZERO)


def _invoice(
    contract: CleaningContract, charged: Charged, day: dt.date, period: Period, actor: Actor
) -> int:
    """Dated on the day it is made; taxed where the site is (CLN-1)."""
    new = NewInvoice(
        customer_id=contract.party_id,
        date=day,
        lines=charged.lines,
        ship_to=_address(contract),
        po_reference=contract.po_reference,
        language=contract.language,
        source=SOURCE,
        metadata={
            'contract_no': contract.number or '',
            'period_start': str(period.start),
            'period_end': str(period.end),
        },
    )
    return create_invoice(new, actor=actor).id


def _address(contract: CleaningContract) -> Address | None:
    site = contract.site
    if not (site.get('province') or site.get('country')):
        return None
    return Address(
        attention=site.get('name'),
        line1=site.get('address'),
        city=site.get('city'),
        province=site.get('province'),
        postal_code=site.get('postal_code'),
        country=site.get('country') or 'CA',
    )


def _settle(
    contract: CleaningContract,
    period: Period,
    active: int,
    amount: Decimal,
    charged: Charged,
    document_id: int | None,
    work: Work,
) -> None:
    named = {
        'contract': contract.id,
        'start': period.start,
        'end': period.end,
        'days': period.days,
        'active': active,
        'amount': amount,
        'document': document_id,
        'visits': charged.visits,
        'at': work.at,
    }
    work.write(SETTLE, named)
