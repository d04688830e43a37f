"""Shipments as rows: found, locked, stamped, announced; what holds them up."""

import typing
from decimal import Decimal

from karvo.billing.credit import credit_holds
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, PreconditionFailed, not_found
from karvo.kit.work import Work
from karvo.settings.reads import business_date
from karvo.settings.schemas import Settings
from karvo.shipments.models import Shipment, ShipmentLine
from karvo.shipments.schemas import ShipmentEvent
from karvo.whmis.reads import missing_sds

SOURCE = 'shipment_line'  #: of reservations
OVERRIDE = 'credit.override'
ZERO = Decimal(0)
NUMBER_OF = 'SELECT number FROM @document WHERE id = %(id)s'


def locked_shipment(shipment_id: int, version: int | None = None) -> Shipment:
    """The row, locked. Raises NotFound, PreconditionFailed."""
    row = Shipment.select().where(Shipment.id == shipment_id).for_update().get_or_none()
    if row is None:
        raise not_found('Shipment')
    if version is not None and version != row.version:
        raise PreconditionFailed(f'the shipment is at version {row.version}')
    return row


def lines_of(shipment: Shipment) -> list[ShipmentLine]:
    """In order."""
    own = ShipmentLine.shipment == shipment
    return list(ShipmentLine.select().where(own).order_by(ShipmentLine.position))


def product_ids_of(lines: typing.Iterable[ShipmentLine]) -> list[int]:
    """Each once, in order."""
    return sorted({line.product_id for line in lines if line.product_id is not None})


def touch(row: Shipment, work: Work, **values: typing.Any) -> None:
    """Set these columns, and the version and time with them."""
    for name, value in values.items():
        setattr(row, name, value)
    row.version, row.updated_at = row.version + 1, work.at
    row.save()


def note(row: Shipment, status: str, text: str | None, work: Work, actor: Actor) -> None:
    """A line of its history; the caller saves the row."""
    by = actor.name or actor.kind
    entry = {'status': status, 'at': work.at.isoformat(), 'by': by, 'note': text}
    row.history = [*row.history, entry]


def announce(
    kind: type[ShipmentEvent],
    row: Shipment,
    lines: list[ShipmentLine],
    work: Work,
    actor: Actor,
    previous: dict[str, typing.Any] | None = None,
    number: str | None = None,
) -> None:
    """Record an event of this shipment."""
    shown = {
        'id': row.id,
        'number': number or row.number,
        'status': row.state,
        'party_id': row.party_id,
        'customer_code': row.customer_code,
        'invoice_id': row.document_id,
        'invoice_no': _invoice_no(row),
        'method': row.method,
        'carrier': row.carrier,
        'tracking_number': row.tracking_number,
        'claim_id': row.claim_id,
        'lines': [
            {'product_id': line.product_id, 'sku': line.sku, 'qty': line.qty} for line in lines
        ],
        'version': row.version,
    }
    work.record(kind(id=row.id, uid=str(row.uid), object=shown, previous=previous or {}), actor)


def _invoice_no(row: Shipment) -> str | None:
    if row.document_id is None:
        return None
    found = database.run(NUMBER_OF, {'id': row.document_id}).fetchone()
    return str(found[0]) if found else None


def check_credit(party_id: int, settings: Settings, reason: str | None, actor: Actor) -> list[str]:
    """What stands against the customer and is overridden (AR-6). Raises Conflict, Forbidden."""
    holds = credit_holds(party_id, settings, business_date(settings))
    if not holds:
        return []
    if not reason:
        raise Conflict(f'credit hold: {"; ".join(holds)}', code='erp_credit_limit')
    actor.require(OVERRIDE)
    return holds


def audit_override(
    row: Shipment, holds: list[str], reason: str | None, work: Work, actor: Actor
) -> None:
    """Who let it pass, and why."""
    if holds:
        said = {'holds': holds, 'reason': reason}
        work.audit('credit.overridden', 'shipment', row.id, actor, None, said)


def check_sds(product_ids: list[int], settings: Settings) -> list[str]:
    """WH-7: hazardous goods without a safety data sheet warn, or stop where the company says so.

    Raises Conflict where they stop.
    """
    found = missing_sds(product_ids)
    if found and settings.block_ship_without_sds == 'block':
        raise Conflict(f'no current safety data sheet: {", ".join(found)}', code='erp_sds_missing')
    return [f'sds_missing: {sku}' for sku in found]
