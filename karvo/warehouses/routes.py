"""/warehouses of se-erp/v2."""

import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET

from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.http import Page, Resource, endpoint, found
from karvo.kit.text import like
from karvo.products.reads import product_by_name
from karvo.se_erp import se_erp
from karvo.settings.reads import business_date, read_settings
from karvo.warehouses.operations.documents import adjust_stock, receive_goods
from karvo.warehouses.operations.setup import add_location, change_warehouse, create_warehouse
from karvo.warehouses.operations.transfers import (
    cancel_transfer,
    create_transfer,
    receive_transfer,
)
from karvo.warehouses.reads import (
    DOCUMENTS,
    MOVES,
    ONE_SKU,
    STOCK,
    STOCK_AS_OF,
    TRANSFERS,
    WAREHOUSES,
    read_one,
    valuation,
)
from karvo.warehouses.schemas import (
    NewAdjustment,
    NewLocation,
    NewReceipt,
    NewTransfer,
    TransferReceipt,
    WarehouseChange,
)
from karvo.warehouses.wire import (
    AsOfQuery,
    DocumentLine,
    DocumentOut,
    LotRow,
    MoveOut,
    MoveQuery,
    SkuQuery,
    StockOfSku,
    StockOfWarehouse,
    StockQuery,
    StockRow,
    StockTotal,
    TransferOut,
    TransferQuery,
    ValuationOut,
    WarehouseIn,
    WarehouseOut,
    WarehouseQuery,
)

COST = 'products:cost'
STATES = ('in_transit', 'received', 'cancelled')
KINDS = ('receipt', 'opening', 'adjustment', 'scrap', 'transfer', 'issue', 'return') + (
    'correction',
    'consumption',
)


class Warehouses(Resource):
    """All warehouses."""

    dialect = se_erp

    @endpoint(scope='warehouses:read')
    def on_get(self, actor: Actor, query: WarehouseQuery) -> Page[WarehouseOut]:
        """List all warehouses."""
        filters = {
            'active': query.active,
            'search': like(query.search) if query.search else None,
            'updated_since': query.updated_since,
        }
        rows, total = WAREHOUSES.read(WarehouseOut, filters, paging.slice_of(query))
        return paging.page_of(query, rows, total)

    @endpoint(scope='warehouses:write', status=201)
    def on_post(self, actor: Actor, body: WarehouseIn) -> WarehouseOut:
        """Create a new warehouse; the first one is the default."""
        return _warehouse(create_warehouse(body, actor=actor))


class OneWarehouse(Resource):
    """One warehouse."""

    dialect = se_erp

    @endpoint(scope='warehouses:read')
    def on_get(self, actor: Actor, id: int) -> WarehouseOut:
        """Get a warehouse with its locations."""
        return _warehouse(id)

    @endpoint(scope='warehouses:write')
    def on_put(
        self, actor: Actor, id: int, body: WarehouseChange, version: int | None
    ) -> WarehouseOut:
        """Update a warehouse; absent = unchanged."""
        change_warehouse(id, body, actor=actor, version=version)
        return _warehouse(id)


class Locations(Resource):
    """The parts of a warehouse."""

    dialect = se_erp

    @endpoint(scope='warehouses:write', status=201)
    def on_post(self, actor: Actor, id: int, body: NewLocation) -> WarehouseOut:
        """Add a location to a warehouse."""
        add_location(id, body, actor=actor)
        return _warehouse(id)


class Stock(Resource):
    """Stock of all products."""

    dialect = se_erp

    @endpoint(scope='warehouses:read')
    def on_get(self, actor: Actor, query: StockQuery) -> Page[StockRow]:
        """Stock overview across all warehouses."""
        warehouse = query.warehouse.upper() if query.warehouse else None
        filters: dict[str, typing.Any] = {
            'warehouse': warehouse,
            'low_stock': query.low_stock,
            'search': like(query.search) if query.search else None,
        }
        listing = STOCK
        if query.as_of is not None:
            listing, filters['as_of'] = STOCK_AS_OF, query.as_of
        rows, total = listing.read(StockRow, filters, paging.slice_of(query))
        return paging.page_of(query, [_costless(row, actor) for row in rows], total)


class StockOfOne(Resource):
    """Stock of one product."""

    dialect = se_erp

    @endpoint(scope='warehouses:read')
    def on_get(self, actor: Actor, sku: str, query: SkuQuery) -> StockOfSku:
        """Stock levels for a specific SKU, with alias resolution."""
        product = found(product_by_name(sku, query.customer_code or ''), 'Product')
        text = database.json(ONE_SKU, {'id': product.id})
        parts = msgspec.json.decode(text or b'', type=_Parts)
        total = _total(parts, actor)
        return StockOfSku(
            sku=product.sku,
            requested_sku=sku,
            product_id=product.id,
            name_fr=product.name_fr,
            name_en=product.name_en,
            uom=product.uom,
            is_tracked=parts.cost is not None or bool(product.track_stock),
            reorder_point=product.reorder_point,
            below_reorder=product.reorder_point is not None
            and total.available <= product.reorder_point,
            total=total,
            warehouses=parts.warehouses,
            lots=parts.lots,
        )


class _Cost(msgspec.Struct, kw_only=True):
    qty: Decimal
    value: Decimal
    unit_cost: Decimal


class _Parts(msgspec.Struct, kw_only=True):
    warehouses: list[StockOfWarehouse]
    lots: list[LotRow]
    cost: _Cost | None


def _total(parts: _Parts, actor: Actor) -> StockTotal:
    names = ('on_hand', 'reserved', 'available', 'incoming')
    sums = {n: sum((getattr(w, n) for w in parts.warehouses), Decimal(0)) for n in names}
    if parts.cost is None or not actor.may(COST):
        return StockTotal(**sums)
    return StockTotal(**sums, unit_cost=parts.cost.unit_cost, value=parts.cost.value)


class Receipts(Resource):
    """Goods that come in."""

    dialect = se_erp

    @endpoint(scope='warehouses:write', status=201)
    def on_post(self, actor: Actor, body: NewReceipt) -> DocumentOut:
        """Receive goods; account 1200 against 2050, or 3000 for an opening."""
        return _document(receive_goods(body, actor=actor), actor)


class Adjustments(Resource):
    """Stock put right."""

    dialect = se_erp

    @endpoint(scope='warehouses:write', status=201)
    def on_post(self, actor: Actor, body: NewAdjustment) -> DocumentOut:
        """Adjust stock by a change or to what was counted."""
        return _document(adjust_stock(body, actor=actor), actor)


class Moves(Resource):
    """Everything that moved."""

    dialect = se_erp

    @endpoint(scope='warehouses:read')
    def on_get(self, actor: Actor, query: MoveQuery) -> Page[MoveOut]:
        """List stock moves, the latest first."""
        product = found(product_by_name(query.sku), 'Product') if query.sku else None
        filters = {
            'product_id': product.id if product else None,
            'warehouse': query.warehouse.upper() if query.warehouse else None,
            'kind': paging.choices(query.kind, KINDS, 'kind'),
            'date_from': query.date_from,
            'date_to': query.date_to,
        }
        rows, total = MOVES.read(MoveOut, filters, paging.slice_of(query))
        return paging.page_of(query, [_costless(row, actor) for row in rows], total)


class Transfers(Resource):
    """All transfers."""

    dialect = se_erp

    @endpoint(scope='warehouses:read')
    def on_get(self, actor: Actor, query: TransferQuery) -> Page[TransferOut]:
        """List transfers, the latest first."""
        filters = {
            'status': paging.choices(query.status, STATES, 'status'),
            'date_from': query.date_from,
            'date_to': query.date_to,
            'updated_since': query.updated_since,
        }
        rows, total = TRANSFERS.read(TransferOut, filters, paging.slice_of(query))
        return paging.page_of(query, rows, total)

    @endpoint(scope='warehouses:write', status=201)
    def on_post(self, actor: Actor, body: NewTransfer) -> TransferOut:
        """Create an inter-warehouse transfer."""
        return _transfer(create_transfer(body, actor=actor))


class OneTransfer(Resource):
    """One transfer."""

    dialect = se_erp

    @endpoint(scope='warehouses:read')
    def on_get(self, actor: Actor, transfer_id: int) -> TransferOut:
        """Get a transfer with its lines."""
        return _transfer(transfer_id)


class ReceivingTransfer(Resource):
    """The second step of a transfer."""

    dialect = se_erp

    @endpoint(scope='warehouses:write')
    def on_post(self, actor: Actor, transfer_id: int, body: TransferReceipt) -> TransferOut:
        """Receive what is in transit; a difference is an adjustment."""
        receive_transfer(transfer_id, body, actor=actor)
        return _transfer(transfer_id)


class CancellingTransfer(Resource):
    """A transfer that does not arrive."""

    dialect = se_erp

    @endpoint(scope='warehouses:write')
    def on_post(self, actor: Actor, transfer_id: int) -> TransferOut:
        """Cancel what is in transit; it goes back to where it came from."""
        cancel_transfer(transfer_id, actor=actor)
        return _transfer(transfer_id)


class OneValuation(Resource):
    """What stock is worth."""

    dialect = se_erp

    @endpoint(scope='products:cost')
    def on_get(self, actor: Actor, query: AsOfQuery) -> ValuationOut:
        """Stock by its moves and by the ledger, as of a day."""
        as_of = query.as_of or business_date(read_settings())
        found_ = valuation(as_of)
        return ValuationOut(
            as_of=as_of,
            stock=found_.stock,
            ledger=found_.ledger,
            difference=found_.stock - found_.ledger,
        )


Row = typing.TypeVar('Row', StockRow, MoveOut, DocumentLine)


def _costless(row: Row, actor: Actor) -> Row:
    if not actor.may(COST):
        row.unit_cost = row.value = UNSET
    return row


def _warehouse(warehouse_id: int) -> WarehouseOut:
    shown: WarehouseOut = found(read_one(WAREHOUSES, WarehouseOut, warehouse_id), 'Warehouse')
    return shown


def _transfer(transfer_id: int) -> TransferOut:
    shown: TransferOut = found(read_one(TRANSFERS, TransferOut, transfer_id), 'Transfer')
    return shown


def _document(document_id: int, actor: Actor) -> DocumentOut:
    shown: DocumentOut = found(read_one(DOCUMENTS, DocumentOut, document_id), 'Document')
    shown.lines = [_costless(line, actor) for line in shown.lines or []]
    if not actor.may(COST):
        shown.value = UNSET
    return shown


routes = [
    ('/warehouses', Warehouses()),
    ('/warehouses/{id:int}', OneWarehouse()),
    ('/warehouses/{id:int}/locations', Locations()),
    ('/warehouses/stock', Stock()),
    ('/warehouses/stock/{sku}', StockOfOne()),
    ('/warehouses/receipts', Receipts()),
    ('/warehouses/adjustments', Adjustments()),
    ('/warehouses/moves', Moves()),
    ('/warehouses/transfers', Transfers()),
    ('/warehouses/transfers/{transfer_id:int}', OneTransfer()),
    ('/warehouses/transfers/{transfer_id:int}/receive', ReceivingTransfer()),
    ('/warehouses/transfers/{transfer_id:int}/cancel', CancellingTransfer()),
    ('/warehouses/valuation', OneValuation()),
]
