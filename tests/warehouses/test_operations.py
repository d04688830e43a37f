"""Receiving, adjusting, transferring: quantities, values, entries, refusals."""

import datetime as dt
from decimal import Decimal

import pytest

from karvo.kit.actor import Actor, system_actor
from karvo.kit.db import current_place
from karvo.kit.errors import Conflict, Invalid
from karvo.kit.work import atomic
from karvo.ledger.reads import balance_of
from karvo.warehouses.models import Quant, StockCost, StockLevel, StockMove
from karvo.warehouses.operations.documents import adjust_stock, receive_goods
from karvo.warehouses.operations.setup import add_location, create_warehouse
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
    NewLocation,
    NewReceipt,
    NewTransfer,
    ReceivedLine,
    StockLine,
    TransferLine,
    TransferReceipt,
    WarehouseChange,
)
from tests.conftest import Api

D = Decimal


@pytest.fixture
def books(api: Api):
    """Two warehouses and two products; inside the company."""
    for sku in ('A-1', 'B-1'):
        assert api.post('/products', {'sku': sku, 'name_en': sku, 'cost': 4}).status_code == 201
    with api.company():
        for code in ('MTL', 'QC'):
            create_warehouse(WarehouseChange(code=code, name=code), actor=me())
        yield api
        assert list(wrong_stock()) == []


def me() -> Actor:
    return system_actor('test', current_place())


def receive(sku: str, qty: int, cost: str | None = None, warehouse: str = 'MTL', **more) -> int:
    line = StockLine(sku=sku, qty=D(qty), unit_cost=D(cost) if cost else None, **more)
    return receive_goods(NewReceipt(warehouse=warehouse, lines=[line]), actor=me())


def on_hand(warehouse_id: int) -> Decimal:
    rows = StockLevel.select().where(StockLevel.warehouse == warehouse_id)
    return sum((row.qty for row in rows), D(0))


class TestReceiving:
    def test_raises_stock_and_account_1200_at_cost(self, books: Api) -> None:
        receive('A-1', 10, '20')
        receive('a-1', 30, '24')
        cost = StockCost.get()
        assert (cost.qty, cost.value, cost.unit_cost) == (D(40), D('920.00'), D(23))
        assert balance_of('1200') == D('920.00') == -balance_of('2050')

    def test_without_a_cost_at_the_products(self, books: Api) -> None:
        receive('B-1', 5)
        assert balance_of('1200') == D('20.00')

    def test_refuses_a_service(self, books: Api) -> None:
        made = books.post('/products', {'sku': 'S-1', 'name_en': 'Visit', 'type': 'service'})
        assert made.status_code == 201
        with pytest.raises(Invalid, match='service'):
            receive('S-1', 1)

    def test_an_opening_is_capital(self, books: Api) -> None:
        line = StockLine(sku='A-1', qty=D(2), unit_cost=D(50))
        receive_goods(NewReceipt(warehouse='MTL', lines=[line], is_opening=True), actor=me())
        assert -balance_of('3000') == D('100.00')


class TestAdjusting:
    def adjust(self, *lines: AdjustmentLine, **more) -> int:
        return adjust_stock(NewAdjustment(warehouse='MTL', lines=[*lines], **more), actor=me())

    def test_up_and_down(self, books: Api) -> None:
        receive('A-1', 10, '5')
        self.adjust(AdjustmentLine(sku='A-1', qty=D(-4)), AdjustmentLine(sku='B-1', qty=D(2)))
        assert balance_of('5060') == D('20.00') - D('8.00')

    def test_to_what_was_counted(self, books: Api) -> None:
        receive('A-1', 10, '5')
        self.adjust(AdjustmentLine(sku='A-1', counted=D(7)))
        assert on_hand(1) == 7

    def test_scrap_has_its_own_account(self, books: Api) -> None:
        receive('A-1', 10, '5')
        self.adjust(AdjustmentLine(sku='A-1', qty=D(-1)), is_scrap=True)
        assert balance_of('5070') == D('5.00')

    def test_never_below_zero(self, books: Api) -> None:
        receive('A-1', 1, '5')
        with pytest.raises(Conflict, match='A-1: 2 wanted, 1 available'):
            self.adjust(AdjustmentLine(sku='A-1', qty=D(-2)))

    def test_unless_the_product_allows_it(self, books: Api) -> None:
        receive('A-1', 1, '5')
        assert books.put('/products/1', {'allow_negative': True}).status_code == 200
        self.adjust(AdjustmentLine(sku='A-1', qty=D(-3)))
        assert on_hand(1) == -2
        receive('A-1', 10, '6')
        assert balance_of('5000') == D('2.00')  # two of them had left at 5.00, they cost 6.00
        assert StockCost.get().value == D('48.00')

    def test_reserved_stock_is_not_available(self, books: Api) -> None:
        receive('A-1', 5, '5')
        with atomic() as work:
            stock = Stock([1])
            stock.reserve('test', 1, 1, 1, D(4))
            stock.save_now(work.at.date(), ('test', 1), '', work=work)
        with pytest.raises(Conflict, match='1 available'):
            self.adjust(AdjustmentLine(sku='A-1', qty=D(-2)))


class TestLots:
    def test_what_expires_first_leaves_first(self, books: Api) -> None:
        receive('A-1', 5, '5', lot='late', lot_expires_on=None)
        line = StockLine(sku='A-1', qty=D(5), lot='soon', lot_expires_on=dt.date(2027, 1, 1))
        receive_goods(NewReceipt(warehouse='MTL', lines=[line]), actor=me())
        line = AdjustmentLine(sku='A-1', qty=D(-6))
        adjust_stock(NewAdjustment(warehouse='MTL', lines=[line]), actor=me())
        moved = [(m.lot_id, m.qty) for m in StockMove.select().order_by(StockMove.id)][-2:]
        assert moved == [(2, D(-5)), (1, D(-1))]

    def test_a_lot_that_is_named_must_have_it(self, books: Api) -> None:
        receive('A-1', 5, '5', lot='X1')
        receive('A-1', 5, '5', lot='X2')
        line = AdjustmentLine(sku='A-1', qty=D(-6), lot='X2')
        with pytest.raises(Conflict, match='5 available'):
            adjust_stock(NewAdjustment(warehouse='MTL', lines=[line]), actor=me())

    def test_a_transfer_in_two_steps_keeps_them(self, books: Api) -> None:
        receive('A-1', 5, '5', lot='X1')
        receive('A-1', 5, '5', lot='X2')
        lines = [TransferLine(sku='A-1', qty=D(7))]
        new = NewTransfer(from_warehouse='MTL', to_warehouse='QC', lines=lines, two_step=True)
        receive_transfer(create_transfer(new, actor=me()), TransferReceipt(), actor=me())
        came = StockMove.select().where((StockMove.warehouse == 2) & (StockMove.qty > 0))
        assert {(m.lot_id, m.qty) for m in came} == {(1, D(5)), (2, D(2))}


class TestLocations:
    def test_what_was_counted_at_one_is_put_right_there_alone(self, books: Api) -> None:
        receive('A-1', 10, '5')
        add_location(1, NewLocation(code='A-01'), actor=me())
        receive('A-1', 5, '5', location='a-01')
        line = AdjustmentLine(sku='A-1', counted=D(3), location='A-01')
        adjust_stock(NewAdjustment(warehouse='MTL', lines=[line]), actor=me())
        assert (on_hand(1), balance_of('5060')) == (13, D('10.00'))
        line = AdjustmentLine(sku='A-1', qty=D(-4), location='A-01')
        with pytest.raises(Conflict, match='3 available'):
            adjust_stock(NewAdjustment(warehouse='MTL', lines=[line]), actor=me())


class TestTransferring:
    def transfer(self, qty: int, **more) -> int:
        line = TransferLine(sku='A-1', qty=D(qty))
        new = NewTransfer(from_warehouse='MTL', to_warehouse='QC', lines=[line], **more)
        return create_transfer(new, actor=me())

    def test_in_one_step(self, books: Api) -> None:
        receive('A-1', 10, '5')
        self.transfer(4)
        assert (on_hand(1), on_hand(2), balance_of('1200')) == (6, 4, D('50.00'))

    def test_in_two_steps_by_way_of_1210(self, books: Api) -> None:
        receive('A-1', 10, '5')
        number = self.transfer(4, two_step=True)
        assert (on_hand(2), balance_of('1200'), balance_of('1210')) == (0, D('30.00'), D('20.00'))
        line_id = 1
        lines = [ReceivedLine(line_id=line_id, qty=D(3))]
        receive_transfer(number, TransferReceipt(lines=lines), actor=me())
        assert (on_hand(2), balance_of('1200'), balance_of('1210')) == (3, D('45.00'), D(0))
        assert balance_of('5060') == D('5.00')
        with pytest.raises(Conflict, match='received'):
            receive_transfer(number, TransferReceipt(), actor=me())

    def test_cancelled_it_goes_back(self, books: Api) -> None:
        receive('A-1', 10, '5')
        cancel_transfer(self.transfer(4, two_step=True), actor=me())
        assert (on_hand(1), balance_of('1200'), balance_of('1210')) == (10, D('50.00'), D(0))

    def test_cancelled_it_goes_back_to_the_places_it_was_taken_from(self, books: Api) -> None:
        add_location(1, NewLocation(code='A-01'), actor=me())
        receive('A-1', 3, '5')
        receive('A-1', 5, '5', location='A-01')
        before = self.lying()
        assert sum(before.values()) == 8 and len(before) == 2
        number = self.transfer(7, two_step=True)
        assert sum(self.lying().values()) == 1
        cancel_transfer(number, actor=me())
        assert self.lying() == before

    def lying(self) -> dict[int, Decimal]:
        """Quantity by location."""
        return {q.location_id: q.qty for q in Quant.select() if q.qty}

    def test_short_names_every_sku(self, books: Api) -> None:
        receive('A-1', 1, '5')
        lines = [TransferLine(sku=sku, qty=D(2)) for sku in ('A-1', 'B-1')]
        new = NewTransfer(from_warehouse='MTL', to_warehouse='QC', lines=lines)
        with pytest.raises(Conflict, match='A-1: 2 wanted, 1 available; B-1: 2 wanted, 0 avail'):
            create_transfer(new, actor=me())

    def test_not_to_itself(self, books: Api) -> None:
        line = TransferLine(sku='A-1', qty=D(1))
        new = NewTransfer(from_warehouse='MTL', to_warehouse='mtl', lines=[line])
        with pytest.raises(Invalid):
            create_transfer(new, actor=me())
