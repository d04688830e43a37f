"""Moving shipments through their states, as the table says (SHP-3 to SHP-6)."""

import typing

import msgspec
from msgspec import UNSET

from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, invalid
from karvo.kit.work import Work, atomic
from karvo.settings.reads import read_settings
from karvo.shipments.compute import next_status, steps, tracking_url
from karvo.shipments.models import ISSUED, Shipment, ShipmentLine
from karvo.shipments.operations.create import Made, details, search_text
from karvo.shipments.operations.issue import issue_goods, release_goods, return_goods, set_lots
from karvo.shipments.operations.rows import (
    announce,
    audit_override,
    check_credit,
    check_sds,
    lines_of,
    locked_shipment,
    note,
    product_ids_of,
    touch,
)
from karvo.shipments.schemas import (
    BY_STATUS,
    Proof,
    ShipmentChange,
    ShipmentShipped,
    ShipmentStatusChanged,
    ShipmentUpdated,
)

CLOSED = ('delivered', 'returned', 'cancelled')


class _Trip(msgspec.Struct):
    """What comes along on every step of one request."""

    lines: list[ShipmentLine]
    work: Work
    actor: Actor
    change: ShipmentChange
    warnings: list[str] = msgspec.field(default_factory=list)


def advance_shipment(
    shipment_id: int, change: ShipmentChange, *, actor: Actor, version: int | None = None
) -> Made:
    """One step on. Raises NotFound, Conflict (at an end, on hold, short, credit hold)."""
    with atomic() as work:
        row = locked_shipment(shipment_id, version)
        if row.state == 'on_hold':
            raise Conflict('shipment is on hold')
        target = next_status(row.state, row.method)
        if target is None:
            raise Conflict(f'a {row.state} shipment cannot advance')
        trip = _Trip(lines_of(row), work, actor, change)
        _say(row, trip)
        _step(row, target, trip)
    return Made(row.id, trip.warnings)


def change_shipment(
    shipment_id: int, change: ShipmentChange, *, actor: Actor, version: int | None = None
) -> Made:
    """What is said of it, then every step to the status asked for; all or nothing (SHP-5)."""
    with atomic() as work:
        row = locked_shipment(shipment_id, version)
        trip = _Trip(lines_of(row), work, actor, change)
        _say(row, trip)
        if change.status is not UNSET and change.status != row.state:
            if change.status == 'returned':
                raise Conflict('a shipment is returned by a claim or a return')
            for target in steps(row.state, change.status, row.method, row.previous_state):
                _step(row, target, trip)
    return Made(row.id, trip.warnings)


def mark_returned(shipment_id: int, text: str, *, actor: Actor) -> None:
    """delivered → returned, by a claim or a return, which move the goods (SHP-6)."""
    with atomic() as work:
        row = locked_shipment(shipment_id)
        trip = _Trip(lines_of(row), work, actor, ShipmentChange(note=text))
        for target in steps(row.state, 'returned', row.method, row.previous_state):
            _step(row, target, trip)


def cancel_of_invoice(document_id: int, text: str, *, actor: Actor) -> None:
    """An invoice was voided: what of it has not left does not go (INV-9)."""
    with atomic() as work:
        own = ShipmentLine.select(ShipmentLine.shipment).where(ShipmentLine.document == document_id)
        waiting = Shipment.id.in_(own) & Shipment.state.not_in((*ISSUED, 'cancelled'))
        for row in list(Shipment.select().where(waiting).order_by(Shipment.id).for_update()):
            trip = _Trip(lines_of(row), work, actor, ShipmentChange(note=text))
            others = [line for line in trip.lines if line.document_id != document_id and line.qty]
            if others:
                _drop(row, document_id, trip)
            else:
                _step(row, 'cancelled', trip)


def _drop(row: Shipment, document_id: int, trip: _Trip) -> None:
    """The lines of one invoice, where the shipment goes for others too."""
    dropped = [line for line in trip.lines if line.document_id == document_id]
    release_goods(row, dropped, trip.work)
    for line in dropped:
        line.qty = 0
        line.save()
    note(row, row.state, trip.change.note, trip.work, trip.actor)
    touch(row, trip.work)
    announce(ShipmentUpdated, row, trip.lines, trip.work, trip.actor)


def _say(row: Shipment, trip: _Trip) -> None:
    """Carrier, tracking and the like, until it is delivered; the notes always (SHP-5)."""
    change = trip.change
    values = {n: v for n, v in _said(row, change).items() if v != getattr(row, n)}
    if row.state in CLOSED and (set(values) - {'notes'} or change.lots or change.proof):
        raise Conflict(f'of a {row.state} shipment only the notes change')
    if 'method' in values and row.state in ISSUED:
        raise Conflict('the method stays once the goods have left')
    if change.lots:
        if row.state in ISSUED:
            raise Conflict('the lots stay once the goods have left')
        set_lots({one.line_id: one.lot for one in change.lots}, trip.lines)
    if change.proof is not None:
        values['proof'] = _proof(change.proof, trip.work)
    if not values and not change.lots:
        return
    previous = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    row.search_text = search_text(row)
    touch(row, trip.work)
    announce(ShipmentUpdated, row, trip.lines, trip.work, trip.actor, previous)


def _said(row: Shipment, change: ShipmentChange) -> dict[str, typing.Any]:
    values = details(change)
    if change.method is not UNSET:
        if row.state == 'on_hold' and row.previous_state is None:
            raise invalid(method='cannot change now')
        values['method'] = change.method
    tracked = {'carrier', 'tracking_number'} & values.keys()
    if tracked and change.tracking_url is UNSET:
        carrier = values.get('carrier', row.carrier)
        number = values.get('tracking_number', row.tracking_number)
        if found := tracking_url(carrier, number):
            values['tracking_url'] = found
        else:
            values.pop('tracking_url', None)
    return values


def _proof(proof: Proof, work: Work) -> dict[str, typing.Any]:
    shown = msgspec.to_builtins(proof)
    shown['at'] = shown['at'] or work.at.isoformat()
    return typing.cast(dict[str, typing.Any], shown)


def _step(row: Shipment, target: str, trip: _Trip) -> None:
    """One row of the table, and what it does to stock."""
    work, before = trip.work, row.state
    if target == 'cancelled':
        (return_goods(row, trip.lines, work, trip.actor)
         if before in ISSUED else release_goods(row, trip.lines, work))  # fmt: skip
    elif before == 'packed' and target in ISSUED:
        _leave(row, trip)
    row.previous_state = before if target == 'on_hold' else None
    row.state = target
    if target == 'delivered':
        row.delivered_at = work.at
    note(row, target, trip.change.note, work, trip.actor)
    touch(row, work)
    # Picked up, the goods leave and arrive at once: both are told (SHP-4).
    has_left_too = before == 'packed' and target == 'delivered'
    told = (ShipmentShipped if has_left_too else None, BY_STATUS.get(target), ShipmentStatusChanged)
    kinds = [kind for kind in told if kind]
    is_resumed = before == 'on_hold' and target != 'cancelled'
    for kind in kinds[1:] if is_resumed and len(kinds) > 1 else kinds:
        announce(kind, row, trip.lines, work, trip.actor, {'status': before})


def _leave(row: Shipment, trip: _Trip) -> None:
    """SHP-4: credit, safety data sheets, stock; whatever refuses leaves everything as it was."""
    settings, reason = read_settings(), trip.change.override_reason
    if row.claim_id is None:
        holds = check_credit(row.party_id, settings, reason, trip.actor)
        audit_override(row, holds, reason, trip.work, trip.actor)
        trip.warnings += ['credit_hold_overridden'] if holds else []
    trip.warnings += check_sds(product_ids_of(line for line in trip.lines if line.qty), settings)
    issue_goods(row, trip.lines, trip.work, trip.actor)
    row.shipped_at = trip.work.at
