"""/backorders of se-erp/v2. Shipments lie above backorders; fulfilling is their verb."""

import typing

from karvo.backorders.operations.change import cancel_backorder, change_backorder
from karvo.backorders.operations.create import create_backorder
from karvo.backorders.reads import BACKORDERS, BackorderRead, read_backorder
from karvo.backorders.schemas import Cancellation
from karvo.backorders.wire import (
    FIELDS,
    LINKS,
    BackorderChangeIn,
    BackorderIn,
    BackorderOut,
    BackorderQuery,
    CancelIn,
    FulfilIn,
    backorder_change,
    backorder_out,
    new_backorder,
)
from karvo.customers.reads import customer_by_code
from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.http import Page, Resource, endpoint, found
from karvo.products.reads import product_by_name
from karvo.se_erp import se_erp
from karvo.settings.reads import spoken_language, today_params
from karvo.shipments.operations.fulfil import fulfil_backorder
from karvo.shipments.schemas import Fulfilment

STATES = ('open', 'allocated', 'fulfilled', 'cancelled')


class Backorders(Resource):
    """All backorders."""

    dialect = se_erp
    fields = FIELDS
    links = LINKS

    @endpoint(scope='backorders:read')
    def on_get(self, actor: Actor, query: BackorderQuery) -> Page[BackorderOut]:
        """List all backorders with filters."""
        return _page(query, actor)

    @endpoint(scope='backorders:write', status=201)
    def on_post(self, actor: Actor, body: BackorderIn) -> BackorderOut:
        """Create a backorder entry."""
        return _one(create_backorder(new_backorder(body), actor=actor), actor)


class OneBackorder(Resource):
    """One backorder."""

    dialect = se_erp
    fields = FIELDS
    links = LINKS

    @endpoint(scope='backorders:read')
    def on_get(self, actor: Actor, id: int) -> BackorderOut:
        """Get backorder details."""
        return _one(id, actor)

    @endpoint(scope='backorders:write')
    def on_put(
        self, actor: Actor, id: int, body: BackorderChangeIn, version: int | None
    ) -> BackorderOut:
        """Update backorder status or expected date."""
        change = backorder_change(body)
        row = found(read_backorder(id), 'Backorder')
        if body.status == 'fulfilled' and row.status != 'fulfilled':
            how = Fulfilment(override_reason=body.override_reason)
            fulfil_backorder(id, how, actor=actor, change=change, version=version)
        else:
            change_backorder(id, change, actor=actor, version=version)
        return _one(id, actor)


class Fulfil(Resource):
    """Fulfilling."""

    dialect = se_erp
    fields = FIELDS
    links = LINKS

    @endpoint(scope='backorders:write')
    def on_post(self, actor: Actor, id: int, body: FulfilIn, version: int | None) -> BackorderOut:
        """Mark backorder as fulfilled: its goods go on a shipment."""
        how = Fulfilment(
            qty=body.qty,
            warehouse=body.warehouse,
            create_shipment=body.create_shipment,
            override_reason=body.override_reason,
        )
        fulfil_backorder(id, how, actor=actor, version=version)
        return _one(id, actor)


class Cancel(Resource):
    """Cancelling."""

    dialect = se_erp
    fields = FIELDS
    links = LINKS

    @endpoint(scope='backorders:write')
    def on_post(self, actor: Actor, id: int, body: CancelIn) -> BackorderOut:
        """Cancel a backorder; with `create_credit` what was invoiced is credited."""
        how = Cancellation(reason=body.reason, create_credit=body.create_credit)
        cancel_backorder(id, how, actor=actor)
        return _one(id, actor)


class ByCustomer(Resource):
    """What one customer waits for."""

    dialect = se_erp
    links = LINKS

    @endpoint(scope='backorders:read')
    def on_get(self, actor: Actor, code: str, query: BackorderQuery) -> Page[BackorderOut]:
        """Backorders for a specific customer."""
        party = customer_by_code(code)
        known = found(None if party and party.deleted_at else party, 'Customer')
        return _page(query, actor, customer_id=known.id)


class BySku(Resource):
    """Who waits for one product."""

    dialect = se_erp
    links = LINKS

    @endpoint(scope='backorders:read')
    def on_get(self, actor: Actor, sku: str, query: BackorderQuery) -> Page[BackorderOut]:
        """Backorders for a specific product SKU, with alias resolution."""
        product = found(product_by_name(sku, query.customer_code or ''), 'Product')
        return _page(query, actor, product_id=product.id)


def _page(query: BackorderQuery, actor: Actor, **own: int) -> Page[BackorderOut]:
    names = ('customer_code', 'invoice_no', 'overdue', 'date_from', 'date_to', 'updated_since')
    filters: dict[str, typing.Any] = {name: getattr(query, name) for name in names}
    product = product_by_name(query.sku, query.customer_code or '') if query.sku else None
    filters |= {
        'status': paging.choices(query.status, STATES, 'status'),
        'product_id': (product.id if product else 0) if query.sku else None,
        'warehouse': query.warehouse.upper() if query.warehouse else None,
        'search': query.search or None,
        **today_params(),
    }
    rows, total = BACKORDERS.read(BackorderRead, filters | own, paging.slice_of(query))
    language = spoken_language(actor.language)
    return paging.page_of(query, [backorder_out(row, language) for row in rows], total)


def _one(backorder_id: int, actor: Actor) -> BackorderOut:
    row = found(read_backorder(backorder_id), 'Backorder')
    return backorder_out(row, spoken_language(actor.language))


routes = [
    ('/backorders', Backorders()),
    ('/backorders/{id:int}', OneBackorder()),
    ('/backorders/{id:int}/fulfill', Fulfil()),
    ('/backorders/{id:int}/cancel', Cancel()),
    ('/backorders/by-customer/{code}', ByCustomer()),
    ('/backorders/by-sku/{sku}', BySku()),
]
