"""From the shelf to the customer and back in part: the API text's flow, end to end over HTTP."""

import datetime as dt
import typing

import pytest

from karvo.app import handlers
from karvo.integrity.checks import problems
from karvo.kit import handling
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place
from tests.conftest import INVOICE, Api


@pytest.fixture
def shop(api: Api) -> 'Shop':
    return Shop(api)


class Shop:
    """A company with a warehouse and 80 cleaners at 12.00."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.post('/products', {'sku': 'CLN-5000', 'name': 'Cleaner 5L', 'price': 25})
        self.post('/warehouses', {'code': 'MTL', 'name': 'Montréal'})
        lines = [{'sku': 'CLN-5000', 'qty': 80, 'unit_cost': 12}]
        self.post('/warehouses/receipts', {'warehouse': 'MTL', 'lines': lines})

    def post(self, path: str, body: typing.Any = None, status: int = 201) -> dict[str, typing.Any]:
        return self.sound(self.api.post(path, body), status)

    def put(self, path: str, body: typing.Any) -> dict[str, typing.Any]:
        return self.sound(self.api.put(path, body), 200)

    def sound(self, answer: typing.Any, status: int) -> dict[str, typing.Any]:
        """After every step: the ledger balances, stock is what its moves and account 1200 say."""
        assert answer.status_code == status, answer.text
        self.check()
        return typing.cast(dict[str, typing.Any], answer.json)

    def check(self) -> None:
        with self.api.company():
            assert problems() == []
        assert self.api.difference() == 0
        assert self.api.get('/warehouses/valuation').json['difference'] == 0

    def stock(self) -> tuple[float, float]:
        """(on hand, reserved)."""
        total = self.api.get('/warehouses/stock/CLN-5000').json['total']
        return total['on_hand'], total['reserved']

    def handle(self) -> None:
        """What a worker does with the events so far."""
        with self.api.company():
            actor = system_actor('worker', current_place(), tenant_id=self.api.tenant.tenant_id)
            while (due := handling.handle(handlers, actor)) and due <= dt.datetime.now(dt.UTC):
                pass
        self.check()


class TestFlow:
    def test_invoice_shipment_delivery_claim_credit(self, shop: Shop) -> None:
        invoice = shop.post('/invoices', INVOICE)
        assert invoice['invoice_no'] == 'INV-2026-0042'
        shipment = shop.post(
            '/shipments', {'invoice_no': 'INV-2026-0042', 'method': 'delivery_run'}
        )
        assert (shipment['status'], shop.stock()) == ('pending', (80, 50))
        path = f'/shipments/{shipment["id"]}/advance'
        seen = [shop.post(path, {}, 200)['status'] for _ in range(4)]
        assert seen == ['picking', 'packed', 'shipped', 'delivered']
        assert shop.stock() == (30, 0)
        assert shop.api.post(path, {}).status_code == 422
        shown = shop.api.get('/invoices/1').json
        assert (shown['fulfilment_status'], shown['shipments'][0]['status']) == (
            'full',
            'delivered',
        )
        claim = shop.post(
            '/claims',
            {
                'customer_code': 'ACME01',
                'invoice_no': 'INV-2026-0042',
                'type': 'damaged',
                'description': 'Ten arrived broken',
                'lines': [{'sku': 'CLN-5000', 'qty': 10}],
                'amount_claimed': 287.44,
            },
        )
        one = f'/claims/{claim["id"]}'
        shop.put(one, {'status': 'under_review'})
        approved = {'status': 'approved', 'amount_approved': 287.44, 'resolution': 'credit_note'}
        shop.put(one, approved)
        resolved = shop.put(one, {'status': 'resolved'})
        assert resolved['credit_note_id']
        assert shop.api.get('/invoices/1').json['balance'] == pytest.approx(1437.19 - 287.44)
        shop.handle()

    def test_a_claim_is_replaced_by_goods_at_no_price(self, shop: Shop) -> None:
        shop.post('/invoices', INVOICE)
        shipment = shop.post('/shipments', {'invoice_no': 'INV-2026-0042'})
        shop.put(f'/shipments/{shipment["id"]}', {'status': 'delivered'})
        claim = shop.post(
            '/claims',
            {
                'customer_code': 'ACME01',
                'invoice_no': 'INV-2026-0042',
                'type': 'defective',
                'description': 'Five leak',
                'lines': [{'sku': 'CLN-5000', 'qty': 5}],
                'amount_claimed': 100,
            },
        )
        one = f'/claims/{claim["id"]}'
        shop.put(one, {'status': 'under_review'})
        asked = {'status': 'approved', 'amount_approved': 100, 'resolution': 'replacement'}
        shop.put(one, asked)
        shop.put(one, {'status': 'resolved'})
        shop.handle()
        shop.handle()
        replaced = shop.api.get(one).json['replacement_shipment_id']
        assert replaced
        path = f'/shipments/{replaced}'
        shop.put(path, {'status': 'delivered'})
        assert shop.stock() == (25, 0)
        assert shop.api.get('/shipments').json['total'] == 2

    def test_more_than_there_is_becomes_a_backorder_that_a_receipt_fills(self, shop: Shop) -> None:
        lines = [{'sku': 'CLN-5000', 'description': 'Cleaner', 'qty': 100, 'unit_price': 25}]
        shop.post('/invoices', {'customer_code': 'ACME01', 'customer_name': 'Acme', 'lines': lines})
        shipment = shop.post('/shipments', {'invoice_id': 1})
        assert shipment['lines'][0]['qty_backordered'] == 20
        shop.put(f'/shipments/{shipment["id"]}', {'status': 'shipped'})
        assert shop.stock() == (0, 0)
        more = [{'sku': 'CLN-5000', 'qty': 50, 'unit_cost': 13}]
        shop.post('/warehouses/receipts', {'warehouse': 'MTL', 'lines': more})
        shop.handle()
        [waiting] = shop.api.get('/backorders').json['data']
        assert (waiting['status'], shop.stock()) == ('allocated', (50, 20))
        shop.post(f'/backorders/{waiting["id"]}/fulfill', {}, 200)
        second = shop.api.get('/shipments').json['data'][0]
        shop.put(f'/shipments/{second["id"]}', {'status': 'delivered'})
        assert shop.stock() == (30, 0)
        assert shop.api.get('/invoices/1').json['fulfilment_status'] == 'full'
