"""Whatever happens to stock, in whatever order: WHS-5 holds and nothing goes below zero."""

import functools
import typing
from decimal import Decimal

import falcon
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from karvo.backorders.models import Backorder
from karvo.backorders.operations.allocate import allocate_all
from karvo.backorders.operations.change import cancel_backorder
from karvo.backorders.schemas import Cancellation
from karvo.cli import check
from karvo.kit.actor import Actor, system_actor
from karvo.kit.clock import now
from karvo.kit.db import current_place
from karvo.kit.errors import Conflict
from karvo.kit.work import atomic
from karvo.ledger.operations import post_entry, side
from karvo.ledger.schemas import COST_OF_SALES, INVENTORY, NewEntry
from karvo.shipments.models import Shipment
from karvo.shipments.operations.advance import change_shipment
from karvo.shipments.operations.create import create_shipment
from karvo.shipments.operations.fulfil import fulfil_backorder
from karvo.shipments.schemas import Fulfilment, NewShipment, ShipmentChange
from karvo.warehouses.models import StockLevel, StockMove, Transfer
from karvo.warehouses.operations.documents import adjust_stock, receive_goods
from karvo.warehouses.operations.setup import create_warehouse
from karvo.warehouses.operations.stock import Stock
from karvo.warehouses.operations.transfers import (
    cancel_transfer,
    create_transfer,
    receive_transfer,
)
from karvo.warehouses.reads import wrong_stock
from karvo.warehouses.schemas import (
    AdjustmentLine,
    NewAdjustment,
    NewReceipt,
    NewTransfer,
    StockLine,
    TransferLine,
    TransferReceipt,
    WarehouseChange,
)
from tests.conftest import Api, new_tenant, wide_key
from tests.recycled import recycle

D = Decimal
CODES, SKUS = ('MTL', 'QC'), ('A-1', 'B-1', 'C-1')
codes = st.sampled_from(CODES)
skus = st.sampled_from(SKUS)
quantities = st.decimals(D('0.0001'), D(50), places=4)
lots = st.sampled_from([None, 'L1', 'L2'])
lines = st.integers(1, 6)


def me() -> Actor:
    return system_actor('test', current_place())


class Store(RuleBasedStateMachine):
    """Several products in two warehouses; what is refused must change nothing."""

    def __init__(self, app: falcon.App) -> None:
        super().__init__()
        # Books of its own for each run: what is drawn hangs on what was there.
        self.tenant = new_tenant()
        api = Api(app, self.tenant, wide_key(self.tenant))
        for sku in SKUS:
            assert api.post('/products', {'sku': sku, 'name_en': sku, 'cost': 3}).status_code == 201
        self.api = api
        self.company = api.company()
        self.company.__enter__()
        for code in CODES:
            create_warehouse(WarehouseChange(code=code, name=code), actor=me())

    def teardown(self) -> None:
        assert check.problems() == []
        self.company.__exit__(None, None, None)
        recycle(self.tenant)

    @rule(sku=skus, code=codes, qty=quantities, cost=st.decimals(0, 90, places=4), lot=lots)
    def receive(self, sku: str, code: str, qty: Decimal, cost: Decimal, lot: str | None) -> None:
        line = StockLine(sku=sku, qty=qty, unit_cost=cost, lot=lot)
        receive_goods(NewReceipt(warehouse=code, lines=[line]), actor=me())

    @rule(sku=skus, code=codes, qty=quantities, sign=st.sampled_from([1, -1]), lot=lots)
    def adjust(self, sku: str, code: str, qty: Decimal, sign: int, lot: str | None) -> None:
        line = AdjustmentLine(sku=sku, qty=qty * sign, lot=lot)
        self.tolerantly(
            lambda: adjust_stock(NewAdjustment(warehouse=code, lines=[line]), actor=me())
        )

    @rule(first=st.tuples(skus, quantities), second=st.tuples(skus, quantities),
          code=codes, two_step=st.booleans())  # fmt: skip
    def transfer(
        self,
        first: tuple[str, Decimal],
        second: tuple[str, Decimal],
        code: str,
        two_step: bool,
    ) -> None:
        new = NewTransfer(
            from_warehouse=code,
            to_warehouse=CODES[code == 'MTL'],
            lines=[TransferLine(sku=sku, qty=qty) for sku, qty in (first, second)],
            two_step=two_step,
        )
        self.tolerantly(lambda: create_transfer(new, actor=me()))

    @rule(is_cancelled=st.booleans())
    def end_transfer(self, is_cancelled: bool) -> None:
        row = Transfer.select().where(Transfer.state == 'in_transit').first()
        if row and is_cancelled:
            cancel_transfer(row.id, actor=me())
        elif row:
            receive_transfer(row.id, TransferReceipt(), actor=me())

    @rule(sku=st.integers(0, 2), warehouse=st.integers(1, 2), qty=quantities, line=lines)
    def reserve(self, sku: int, warehouse: int, qty: Decimal, line: int) -> None:
        self.tolerantly(
            lambda: self.change(sku, lambda s, p: s.reserve('t', 10 * p + line, p, warehouse, qty))
        )

    @rule(sku=st.integers(0, 2), line=lines)
    def release(self, sku: int, line: int) -> None:
        self.change(sku, lambda s, p: s.release('t', 10 * p + line))

    @rule(sku=st.integers(0, 2), warehouse=st.integers(1, 2), qty=quantities)
    def ship(self, sku: int, warehouse: int, qty: Decimal) -> None:
        self.tolerantly(
            lambda: self.change(sku, lambda s, p: s.issue(p, warehouse, qty, kind='issue', line=1))
        )

    @rule(first=st.tuples(skus, quantities), second=st.tuples(skus, quantities))
    def sell(self, first: tuple[str, Decimal], second: tuple[str, Decimal]) -> None:
        """A shipment of an invoice: reserved, perhaps in part."""
        wanted = [{'sku': sku, 'qty': str(qty), 'unit_price': 1} for sku, qty in (first, second)]
        body = {'customer_code': 'A', 'customer_name': 'A', 'lines': wanted}
        made = self.api.post('/invoices', body).json['id']
        self.tolerantly(lambda: create_shipment(NewShipment(invoice_id=made), actor=me()))

    @rule(status=st.sampled_from(['shipped', 'cancelled', 'on_hold', 'pending', 'delivered']),
          n=st.integers(1, 4))  # fmt: skip
    def move_shipment(self, status: typing.Any, n: int) -> None:
        if Shipment.get_or_none(Shipment.id == n):
            change = ShipmentChange(status=status)
            self.tolerantly(lambda: change_shipment(n, change, actor=me()))

    @rule(n=st.integers(1, 3), is_cancelled=st.booleans())
    def end_backorder(self, n: int, is_cancelled: bool) -> None:
        if Backorder.get_or_none(Backorder.id == n) is None:
            return
        if is_cancelled:
            self.tolerantly(lambda: cancel_backorder(n, Cancellation(), actor=me()))
        else:
            self.tolerantly(lambda: fulfil_backorder(n, Fulfilment(), actor=me()))

    @rule()
    def allocate(self) -> None:
        allocate_all(actor=me())

    @rule()
    def return_the_last_issue(self) -> None:
        move = (
            StockMove.select()
            .where((StockMove.kind == 'issue') & (StockMove.source_type == 't'))
            .order_by(StockMove.id.desc())
            .first()
        )
        if move:
            self.change(
                move.product_id - 1,
                lambda s, p: (
                    -(
                        -move.value
                        + s.receive(
                            p,
                            move.warehouse_id,
                            -move.qty,
                            value=-move.value,
                            kind='return',
                            line=1,
                        )
                    )
                ),
            )

    def change(self, sku: int, change) -> None:
        """One unit of work over a product; what it returns goes to the cost of goods sold."""
        with atomic() as work:
            stock = Stock([sku + 1])
            value = change(stock, sku + 1) or D(0)
            sides = [side(COST_OF_SALES, value), side(INVENTORY, -value)]
            today = now().date()
            entry = NewEntry(
                date=today, journal='stock', memo='test', source=('t', 1), postings=sides
            )
            post_entry(entry, work=work)
            stock.save(today, ('t', 1), '', work=work)

    def tolerantly(self, change) -> None:
        before = self.state()
        try:
            change()
        except Conflict:
            assert self.state() == before

    def state(self) -> list[tuple]:
        rows = StockLevel.select().order_by(StockLevel.id)
        return [(r.warehouse_id, r.product_id, r.qty, r.reserved) for r in rows]

    @invariant()
    def everything_agrees(self) -> None:
        assert list(wrong_stock()) == []

    @invariant()
    def nothing_is_below_zero(self) -> None:
        assert not StockLevel.select().where(StockLevel.qty < StockLevel.reserved).exists()


def test_random_interleavings(app: falcon.App) -> None:
    run_state_machine_as_test(
        functools.partial(Store, app),
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
