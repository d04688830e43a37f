"""Negotiations: asked for, countered, decided, expired (PRI-6 to PRI-8)."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

from karvo.customers.reads import customer_by_code
from karvo.customers.schemas import Customer
from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, Forbidden, Invalid, PreconditionFailed, invalid, missing
from karvo.kit.errors import not_found as no_such
from karvo.kit.work import Work, atomic
from karvo.pricing.models import OPEN, TRANSITIONS, Negotiation, PriceRule
from karvo.pricing.operations.rules import announce as announce_rule
from karvo.pricing.operations.rules import check_currency, check_dates
from karvo.pricing.reads import prices_for_lines
from karvo.pricing.schemas import (
    Decision,
    NegotiationApproved,
    NegotiationCountered,
    NegotiationCreated,
    NegotiationEvent,
    NegotiationExpired,
    NegotiationRejected,
    NegotiationWithdrawn,
    NewNegotiation,
    PricedLine,
    PriceRuleCreated,
    PriceRuleUpdated,
    Turn,
)
from karvo.products.reads import products_for_lines
from karvo.products.schemas import LineProduct
from karvo.settings.reads import business_date, read_settings

OVERRIDE = 'price.override'
VALID_DAYS = 90  #: of an approved price, where nobody says otherwise
BECOMES = {
    'approve': 'approved',
    'reject': 'rejected',
    'counter': 'countered',
    'withdraw': 'withdrawn',
}
EVENTS: dict[str, type[NegotiationEvent]] = {
    'approved': NegotiationApproved,
    'rejected': NegotiationRejected,
    'countered': NegotiationCountered,
    'withdrawn': NegotiationWithdrawn,
    'expired': NegotiationExpired,
}
SHOWN = ('id', 'number', 'party_id', 'product_id', 'sku', 'requested_price', 'qty') + (
    'current_price',
    'currency',
    'status',
    'counter_price',
    'counter_by',
    'price',
    'valid_from',
    'valid_until',
    'version',
)
#: what a decision may change, of what is shown
DECIDED = ('status', 'counter_price', 'counter_by', 'price', 'valid_from', 'valid_until')


def create_negotiation(new: NewNegotiation, *, actor: Actor) -> int:
    """Ask for a price; the id. Raises Invalid, Conflict (one is open for customer and SKU)."""
    with atomic() as work:
        settings = read_settings()
        today = business_date(settings)
        check_currency(new.currency, settings)
        party, product = _party(new.customer), _product(new)
        _check_period(new.valid_from, new.valid_until, today)
        [current] = prices_for_lines([PricedLine(product, new.qty)], party, today)
        _expire_own(party.id, product.id, today, work, actor)
        _refuse_second(party.id, product)
        row = Negotiation.create(
            uid=ids.uuid7(),
            key=ids.random_key(),
            party=party.id,
            product=product.id,
            sku=product.sku,
            requested_price=new.requested_price,
            qty=new.qty,
            current_price=current.price,
            currency=settings.currency,
            reason=new.reason,
            valid_from=new.valid_from,
            valid_until=new.valid_until,
            status='pending',
            proposed_by=_person(actor),
            history=[_turn(work, actor, 'pending', 'customer', new.requested_price, new.reason)],
            created_at=work.at,
            updated_at=work.at,
        )
        number = work.take_number('NEG', today.year, 'negotiation', row.id).token
        _announce(NegotiationCreated, row, {}, work, actor, number=number)
    return row.id


def decide_negotiation(
    negotiation_id: int, decision: Decision, *, actor: Actor, version: int | None = None
) -> None:
    """Approve, reject, counter or withdraw (PRI-7).

    Raises Conflict (not open, expired, not this side's turn; nothing is offered to a customer, or
    of a product, that was archived since), Missing (reason, counter_price),
    Forbidden (self-approval under four eyes, below cost without price.override).
    """
    with atomic() as work:
        row = _locked(negotiation_id, version)
        status = BECOMES[decision.action]
        settings = read_settings()
        today = business_date(settings)
        _check_transition(row, status, today)
        _check_prices(row, decision)
        before = {name: getattr(row, name) for name in DECIDED}
        if status in ('countered', 'approved'):
            _check_still_sold(row)
        if status == 'countered':
            price, side = _counter(row, decision, actor), row.counter_by
        elif status == 'approved':
            _check_four_eyes(row, decision, settings.four_eyes_pricing, actor)
            price, side = _agreed(row, decision, actor), None
            _grant(row, price, decision.valid_until, today, work, actor)
        else:
            _check_reason(status, decision)
            price, side = None, None
        _close(row, status, work, actor)
        turn = _turn(work, actor, status, side, price, decision.reason)
        row.history = [*row.history, turn]
        row.save()
        previous = {name: was for name, was in before.items() if was != getattr(row, name)}
        _announce(EVENTS[status], row, previous, work, actor)


def expire_negotiations(day: dt.date, *, actor: Actor) -> int:
    """End the open ones whose time is over on that day; how many. Safe to repeat."""
    with atomic() as work:
        return _expire(Negotiation.valid_until < day, work, actor)


def _expire(condition: typing.Any, work: Work, actor: Actor) -> int:
    open_ones = Negotiation.select().where(condition & Negotiation.status.in_(OPEN))
    rows = list(open_ones.order_by(Negotiation.id).for_update())
    for row in rows:
        before = {'status': row.status}
        _close(row, 'expired', work, actor)
        row.history = [*row.history, _turn(work, actor, 'expired', None, None, None)]
        row.save()
        _announce(NegotiationExpired, row, before, work, actor)
    return len(rows)


def _expire_own(party_id: int, product_id: int, today: dt.date, work: Work, actor: Actor) -> None:
    same = (Negotiation.party == party_id) & (Negotiation.product == product_id)
    _expire(same & (Negotiation.valid_until < today), work, actor)


def _party(code: str) -> Customer:
    party = customer_by_code(code)
    if party is None or party.deleted_at:
        raise Invalid('customer_code not found', fields={'customer': 'not found'})
    return party


def _product(new: NewNegotiation) -> LineProduct:
    found = products_for_lines([new.sku], new.customer)
    product = found.get(new.sku.upper())
    if product is None:
        raise Invalid(f'unknown sku {new.sku}', fields={'sku': 'is unknown'})
    if product.status == 'archived':
        raise Invalid(f'{new.sku} is archived', fields={'sku': 'is archived'})
    return product


def _check_period(start: dt.date | None, end: dt.date | None, today: dt.date) -> None:
    check_dates(today, valid_from=start, valid_until=end)
    if end and end < (start or today):
        raise invalid(valid_until='must not be in the past or before valid_from')


def _refuse_second(party_id: int, product: LineProduct) -> None:
    same = (Negotiation.party == party_id) & (Negotiation.product == product.id)
    other = Negotiation.get_or_none(same & Negotiation.status.in_(OPEN))
    if other is not None:
        raise Conflict(f'negotiation {other.number} of {product.sku} is open already')


def _locked(negotiation_id: int, version: int | None) -> Negotiation:
    query = Negotiation.select().where(Negotiation.id == negotiation_id)
    row = query.for_update().get_or_none()
    if row is None:
        raise no_such('Negotiation')
    if version is not None and version != row.version:
        raise PreconditionFailed(f'the negotiation is at version {row.version}')
    return row


def _check_transition(row: Negotiation, status: str, today: dt.date) -> None:
    if row.status in OPEN and row.valid_until and row.valid_until < today:
        raise Conflict('negotiation already expired')
    if status not in TRANSITIONS[row.status]:
        raise Conflict(f'negotiation already {row.status}')


def _check_still_sold(row: Negotiation) -> None:
    if row.product.status == 'archived':
        raise Conflict(f'{row.sku} is archived')
    if row.party.deleted_at:
        raise Conflict(f'the customer {row.party.code} is archived')


def _check_prices(row: Negotiation, decision: Decision) -> None:
    """A price that the action does not take is refused, not passed over (PRI-7).

    The negotiation's own, sent back with the rest of it, says nothing new (G-10).
    """
    counter = decision.counter_price
    if decision.action != 'counter' and counter is not None and counter != row.counter_price:
        raise invalid(counter_price='goes with counter; approve takes approved_price')
    if decision.action != 'approve' and decision.approved_price is not None:
        raise invalid(approved_price='goes with approve')


def _counter(row: Negotiation, decision: Decision, actor: Actor) -> Decimal:
    """A counter-offer; the sides take turns, the request was the customer's."""
    if decision.counter_price is None:
        raise missing('counter_price')
    last = row.counter_by or 'customer'
    turn = 'company' if last == 'customer' else 'customer'
    if decision.by and decision.by != turn:
        raise Conflict(f'it is the turn of the {turn}')
    row.counter_price, row.counter_by = decision.counter_price, turn
    row.proposed_by = _person(actor)
    return decision.counter_price


def _check_reason(status: str, decision: Decision) -> None:
    if status == 'rejected' and not (decision.reason or '').strip():
        raise missing('reason')


def _check_four_eyes(row: Negotiation, decision: Decision, is_on: bool, actor: Actor) -> None:
    """PRI-8: nobody approves the price that he named himself."""
    names_own = decision.approved_price is not None
    if is_on and (names_own or row.proposed_by == _person(actor)):
        raise Forbidden('four eyes: somebody else must approve this price')


def _agreed(row: Negotiation, decision: Decision, actor: Actor) -> Decimal:
    """The price: given, else the counter-offer, else what was asked for (PRI-7)."""
    on_table = row.counter_price if row.status == 'countered' else row.requested_price
    price = decision.approved_price or on_table or row.requested_price
    if price < (row.product.cost or Decimal(0)) and not actor.may(OVERRIDE):
        raise Forbidden(f'{price} is below cost: the scope {OVERRIDE} is needed')
    row.price = price
    return price


def _grant(
    row: Negotiation,
    price: Decimal,
    valid_until: dt.date | None,
    today: dt.date,
    work: Work,
    actor: Actor,
) -> None:
    """The tier-1 price; an older one of the same customer, product and quantity ends (PRI-7)."""
    check_dates(today, valid_until=valid_until)
    start = max(today, row.valid_from or today)
    until = valid_until or row.valid_until or start + dt.timedelta(days=VALID_DAYS)
    if until < start:
        raise invalid(valid_until='must not be before the price begins')
    row.valid_from, row.valid_until = start, until
    for older in _older(row, start, until):
        _end(older, start, until, work, actor)
    rule = PriceRule.create(
        uid=ids.uuid7(),
        key=ids.random_key(),
        name=f'{row.number}',
        scope='customer',
        party=row.party_id,
        target='sku',
        product=row.product_id,
        method='fixed',
        value=price,
        min_qty=row.qty,
        valid_from=start,
        valid_to=until,
        negotiation=row.id,
        created_at=work.at,
        updated_at=work.at,
    )
    announce_rule(PriceRuleCreated, rule, {}, work, actor)


def _end(older: PriceRule, start: dt.date, until: dt.date, work: Work, actor: Actor) -> None:
    """End a price where its successor begins: it was right on the days before.

    One that would only have begun later begins after its successor, or never where it ends sooner.
    One that began on the same day was right on no day: it never holds again.
    """
    eve, after = start - dt.timedelta(days=1), until + dt.timedelta(days=1)
    begun = older.valid_from or dt.date.min
    previous: dict[str, typing.Any]
    if begun < start:
        previous, older.valid_to = {'valid_to': older.valid_to}, eve
    elif begun > start and (older.valid_to is None or older.valid_to >= after):
        previous, older.valid_from = {'valid_from': older.valid_from}, after
    else:
        previous, older.is_active = {'is_active': True}, False
    older.version, older.updated_at = older.version + 1, work.at
    older.save()
    announce_rule(PriceRuleUpdated, older, previous, work, actor)


def _older(row: Negotiation, start: dt.date, until: dt.date) -> list[PriceRule]:
    """Prices agreed for the same customer, product and quantity, on some of the same days."""
    same = (PriceRule.party == row.party_id) & (PriceRule.product == row.product_id)
    negotiated = PriceRule.negotiation.is_null(False) & (PriceRule.min_qty == row.qty)
    begun = PriceRule.valid_from.is_null() | (PriceRule.valid_from <= until)
    lasting = PriceRule.valid_to.is_null() | (PriceRule.valid_to >= start)
    query = PriceRule.select().where(same & negotiated & PriceRule.is_active & begun & lasting)
    return list(query.order_by(PriceRule.id).for_update())


def _close(row: Negotiation, status: str, work: Work, actor: Actor) -> None:
    row.status, row.version, row.updated_at = status, row.version + 1, work.at
    if status not in OPEN:
        row.decided_by, row.decided_at = actor.name or actor.kind, work.at


def _person(actor: Actor) -> str:
    return f'{actor.kind}:{actor.id}'


def _turn(
    work: Work,
    actor: Actor,
    status: typing.Any,
    side: typing.Any,
    price: Decimal | None,
    reason: str | None,
) -> dict[str, typing.Any]:
    by = actor.name or actor.kind
    turn = Turn(at=work.at, status=status, by=by, side=side, price=price, reason=reason)
    return typing.cast(dict[str, typing.Any], msgspec.to_builtins(turn))


def _announce(
    kind: type[NegotiationEvent],
    row: Negotiation,
    previous: dict[str, typing.Any],
    work: Work,
    actor: Actor,
    **more: typing.Any,
) -> None:
    shot = {name: getattr(row, name) for name in SHOWN} | more
    work.record(kind(id=row.id, uid=str(row.uid), object=shot, previous=previous), actor)
