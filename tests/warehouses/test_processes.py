"""Eight processes at once over one product: what they take is never more than there is."""

import pathlib

from karvo.integrity.checks import problems
from karvo.warehouses.models import StockLevel, StockMove
from tests.conftest import Api
from tests.tenants.workers import process

PROCESSES, STEPS = 8, 12
WORK = """
import random
from decimal import Decimal
from karvo.kit.actor import system_actor
from karvo.kit.db import close_all, company, company_place
from karvo.kit.errors import Conflict
from karvo.shipments.operations.advance import change_shipment
from karvo.shipments.operations.create import create_shipment
from karvo.shipments.schemas import NewShipment, ShipmentChange
from karvo.warehouses.operations.documents import adjust_stock, receive_goods
from karvo.warehouses.operations.transfers import create_transfer
from karvo.warehouses.schemas import (
    AdjustmentLine, NewAdjustment, NewReceipt, NewTransfer, StockLine, TransferLine,
)

numbers = random.Random({seed})
place = company_place({company})
me = system_actor('test', place)
codes = ['MTL', 'QC']


def receive(qty):
    lines = [StockLine(sku='A-1', qty=qty, unit_cost=Decimal(numbers.randint(1, 9)))]
    receive_goods(NewReceipt(warehouse=codes[0], lines=lines), actor=me)


def take(qty):
    lines = [AdjustmentLine(sku='A-1', qty=-qty)]
    adjust_stock(NewAdjustment(warehouse=codes[0], lines=lines), actor=me)


def move(qty):
    lines = [TransferLine(sku='A-1', qty=qty)]
    new = NewTransfer(from_warehouse=codes[0], to_warehouse=codes[1], lines=lines)
    create_transfer(new, actor=me)


def ship(qty):
    made = create_shipment(NewShipment(invoice_id={invoice}), actor=me)
    target = numbers.choice(['shipped', 'cancelled', 'delivered'])
    change_shipment(made.id, ShipmentChange(status=target), actor=me)


done = 0
with company(place):
    for _ in range({steps}):
        numbers.shuffle(codes)
        try:
            numbers.choice([receive, take, take, move, ship])(Decimal(numbers.randint(1, 6)))
            done += 1
        except Conflict:
            pass
    close_all()
print('done', done)
"""


def test_never_below_zero(api: Api, tmp_path: pathlib.Path) -> None:
    assert api.post('/products', {'sku': 'A-1', 'name': 'A', 'cost': 3}).status_code == 201
    for code in ('MTL', 'QC'):
        assert api.post('/warehouses', {'code': code, 'name': code}).status_code == 201
    stocked = {'warehouse': 'MTL', 'lines': [{'sku': 'A-1', 'qty': 20, 'unit_cost': 4}]}
    assert api.post('/warehouses/receipts', stocked).status_code == 201
    lines = [{'sku': 'A-1', 'qty': 9, 'unit_price': 10}]
    bodies = [{'customer_code': 'A', 'customer_name': 'A', 'lines': lines}] * PROCESSES
    invoices = [api.post('/invoices', body).json['id'] for body in bodies]
    assert api.tenant
    number = api.tenant.schema.removeprefix('c_')
    running = [
        process(
            WORK.format(seed=seed, company=number, invoice=invoice, steps=STEPS),
            tmp_path / str(seed),
        )
        for seed, invoice in enumerate(invoices)
    ]
    told = [one.communicate(timeout=60)[0].split() for one in running]
    assert [words[:1] for words in told] == [['done']] * PROCESSES
    assert sum(int(words[1]) for words in told) > PROCESSES * STEPS / 4
    with api.company():
        assert problems() == []
        assert not StockLevel.select().where(StockLevel.qty < StockLevel.reserved).exists()
        kinds = {move.kind for move in StockMove.select()}
    assert {'receipt', 'adjustment', 'transfer', 'issue'} <= kinds
