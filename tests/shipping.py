"""Goods, invoices and shipments as tests ask for them."""

import typing

from karvo.app import handlers
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place
from karvo.kit.handling import handle
from tests.conftest import Api, wide_key

Json = dict[str, typing.Any]


def stock_up(api: Api) -> None:
    """Two warehouses; ten A-1 at 5.00 and three B-1 at 4.00 in the first, two A-1 in the other."""
    for code in ('MTL', 'QC'):
        assert api.post('/warehouses', {'code': code, 'name': code}).status_code == 201
    places = [{'warehouse_code': 'MTL', 'qty': 10}, {'warehouse_code': 'QC', 'qty': 2}]
    made = api.post('/products', {'sku': 'A-1', 'name': 'Mop', 'cost': 5, 'stock': places})
    assert made.status_code == 201, made.text
    place = {'warehouse': 'MTL', 'qty': 3, 'unit_cost': 4}
    made = api.post('/products', {'sku': 'B-1', 'name': 'Pail', 'initial_stock': place})
    assert made.status_code == 201, made.text
    assert api.post('/products', {'sku': 'S-1', 'name': 'Visit', 'type': 'service'})


def sell(api: Api, *lines: tuple[str, int], **more: typing.Any) -> Json:
    """A posted invoice of (SKU, quantity)."""
    wanted = [{'sku': sku, 'description': sku, 'qty': qty, 'unit_price': 9} for sku, qty in lines]
    body = {'customer_code': 'ACME', 'customer_name': 'Acme', 'lines': wanted} | more
    made = api.post('/invoices', body)
    assert made.status_code == 201, made.text
    return made.json


def ship(api: Api, invoice: Json, **more: typing.Any) -> Json:
    """A shipment of it."""
    made = api.post('/shipments', {'invoice_id': invoice['id']} | more)
    assert made.status_code == 201, made.text
    return made.json


def receive(api: Api, sku: str, qty: int, warehouse: str = 'MTL') -> None:
    """Goods arrive, and who cares for it hears of it."""
    lines = [{'sku': sku, 'qty': qty, 'unit_cost': 5}]
    made = api.post('/warehouses/receipts', {'warehouse': warehouse, 'lines': lines})
    assert made.status_code == 201, made.text
    work_off(api)


def work_off(api: Api) -> None:
    """All handlers have heard of all events."""
    with api.company():
        handle(handlers, system_actor('test', current_place()))


def on_hand(api: Api, sku: str, warehouse: str = 'MTL') -> tuple[float, float]:
    """(on hand, reserved)."""
    rows = api.get(f'/warehouses/stock/{sku}').json['warehouses']
    found = next(row for row in rows if row['warehouse'] == warehouse)
    return found['on_hand'], found['reserved']


def balance(api: Api, code: str) -> float:
    """Debits − credits of an account."""
    rows = api.get('/ledger/trial-balance').json['data']
    return sum(row['balance'] for row in rows if row['code'] == code)


def refused(answer: typing.Any, *words: str) -> Json:
    """422, and the refusal says these words."""
    assert answer.status_code == 422, answer.text
    assert all(word in answer.json['error'] for word in words), answer.text
    return answer.json


def events(api: Api, prefix: str) -> list[str]:
    """Types of what was announced."""
    rows = api.get('/events?limit=1000').json['data']
    return [row['type'] for row in rows if row['type'].startswith(prefix)]


def key_with(api: Api, *scopes: str) -> Json:
    """Headers of another key."""
    return {'headers': {'X-SE-ERP-Key': wide_key(api.tenant, scopes=list(scopes))}}
