"""/shipments of se-erp/v2."""

import typing

from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.http import Page, Resource, endpoint, found
from karvo.kit.printed import Pdf, PrintQuery, pdf_reply
from karvo.kit.text import like
from karvo.se_erp import se_erp
from karvo.shipments.documents import form_of, slip_pdf
from karvo.shipments.models import METHODS, STATES
from karvo.shipments.operations.advance import advance_shipment, change_shipment
from karvo.shipments.operations.create import Made, create_shipment
from karvo.shipments.reads import SHIPMENTS, ShipmentRead, read_letter, read_shipment
from karvo.shipments.wire import (
    FIELDS,
    LINKS,
    AdvanceIn,
    ShipmentChangeIn,
    ShipmentIn,
    ShipmentOut,
    ShipmentQuery,
    advance_change,
    new_shipment,
    shipment_change,
    shipment_out,
)

COST = 'products:cost'


class Shipments(Resource):
    """All shipments."""

    dialect = se_erp
    fields = FIELDS
    links = LINKS

    @endpoint(scope='shipments:read')
    def on_get(self, actor: Actor, query: ShipmentQuery) -> Page[ShipmentOut]:
        """List shipments with status and customer filters."""
        names = ('customer_code', 'invoice_no', 'carrier', 'route', 'date_from', 'date_to')
        filters: dict[str, typing.Any] = {name: getattr(query, name) for name in names}
        filters |= {
            'status': paging.choices(query.status, STATES, 'status'),
            'method': paging.choices(query.method, METHODS, 'method'),
            'invoice_id': query.invoice_id or None,
            'warehouse': query.warehouse.upper() if query.warehouse else None,
            'search': like(query.search) if query.search else None,
            'updated_since': query.updated_since,
        }
        rows, total = SHIPMENTS.read(ShipmentRead, filters, paging.slice_of(query))
        return paging.page_of(query, [_shown(row, actor) for row in rows], total)

    @endpoint(scope='shipments:write', status=201)
    def on_post(self, actor: Actor, body: ShipmentIn) -> ShipmentOut:
        """Create a new shipment from an invoice; stock is reserved, the rest goes on backorder."""
        return _made(create_shipment(new_shipment(body), actor=actor), actor)


class OneShipment(Resource):
    """One shipment."""

    dialect = se_erp
    fields = FIELDS
    links = LINKS

    @endpoint(scope='shipments:read')
    def on_get(self, actor: Actor, id: int) -> ShipmentOut:
        """Get full shipment details with tracking."""
        return _shown(_read(id), actor)

    @endpoint(scope='shipments:write')
    def on_put(
        self, actor: Actor, id: int, body: ShipmentChangeIn, version: int | None
    ) -> ShipmentOut:
        """Update status, tracking number, or carrier; hold with `on_hold`, resume by the status."""
        change = shipment_change(body)
        return _made(change_shipment(id, change, actor=actor, version=version), actor)


class Advance(Resource):
    """The next step."""

    dialect = se_erp
    fields = FIELDS
    links = LINKS

    @endpoint(scope='shipments:write')
    def on_post(self, actor: Actor, id: int, body: AdvanceIn, version: int | None) -> ShipmentOut:
        """Advance shipment to next status in workflow."""
        change = advance_change(body)
        return _made(advance_shipment(id, change, actor=actor, version=version), actor)


class PackingSlip(Resource):
    """Printing for who packs."""

    dialect = se_erp

    @endpoint(scope='shipments:read')
    def on_get(self, actor: Actor, id: int, query: PrintQuery) -> Pdf:
        """The packing slip as PDF: what to take, from where; in French, English or both."""
        return _paper(id, 'packing_slip', query)


class DeliverySlip(Resource):
    """Printing for who receives."""

    dialect = se_erp

    @endpoint(scope='shipments:read')
    def on_get(self, actor: Actor, id: int, query: PrintQuery) -> Pdf:
        """The delivery slip as PDF, to be signed; in French, English or both."""
        return _paper(id, 'delivery_slip', query)


def _paper(shipment_id: int, kind: str, query: PrintQuery) -> Pdf:
    row = _read(shipment_id)
    day = (row.shipped_at or row.created_at).date()
    if row.scheduled_date and not row.shipped_at:
        day = row.scheduled_date
    letter = read_letter(shipment_id)
    form = form_of(row, letter, query.lang)
    body = slip_pdf(kind, row, letter, form, day)
    return pdf_reply(body, f'{kind.replace("_", "-")}-{row.shipment_no}', form)


def _read(shipment_id: int) -> ShipmentRead:
    return found(read_shipment(shipment_id), 'Shipment')


def _made(made: Made, actor: Actor) -> ShipmentOut:
    return _shown(_read(made.id), actor, made.warnings)


def _shown(row: ShipmentRead, actor: Actor, warnings: list[str] | None = None) -> ShipmentOut:
    return shipment_out(row, language=actor.language, sees_cost=actor.may(COST), warnings=warnings)


routes = [
    ('/shipments', Shipments()),
    ('/shipments/{id:int}', OneShipment()),
    ('/shipments/{id:int}/advance', Advance()),
    ('/shipments/{id:int}/packing-slip', PackingSlip()),
    ('/shipments/{id:int}/delivery-slip', DeliverySlip()),
]
