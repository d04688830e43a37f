"""The replacement that a resolved claim makes: once, at no price."""

import datetime as dt
import typing

from karvo.kit.actor import system_actor
from karvo.kit.db import current_place
from karvo.kit.jobs import StoredEvent
from karvo.shipments.jobs import claim_resolved
from tests.conftest import Api
from tests.shipping import balance, on_hand, sell, ship


def resolved(**more: typing.Any) -> StoredEvent:
    line = {'product_id': 1, 'sku': 'A-1', 'qty': 2}
    claim = {'id': 7, 'number': 'CLM-1', 'resolution': 'replacement', 'party_id': 1}
    return StoredEvent(
        seq=1,
        uid='evt_1',
        type='claim.resolved',
        occurred_at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
        resource='claim',
        resource_id=7,
        object=claim | {'invoice_id': 1, 'lines': [line]} | more,
        previous={},
    )


def tell(api: Api, event: StoredEvent) -> None:
    with api.company():
        claim_resolved(event, system_actor('test', current_place()))


def test_once_however_often_it_is_told(shop: Api) -> None:
    shop.put(f'/shipments/{ship(shop, sell(shop, ("A-1", 4)))["id"]}', {'status': 'delivered'})
    for _ in range(2):
        tell(shop, resolved())
    [row] = [r for r in shop.get('/shipments').json['data'] if r['claim_id'] == 7]
    assert (row['lines'][0]['qty'], row['invoice_id'], row['status']) == (2, 1, 'pending')
    assert on_hand(shop, 'A-1') == (6, 2)
    owed = balance(shop, '1100')
    shop.put('/customers/1', {'credit_hold': True})
    assert shop.put(f'/shipments/{row["id"]}', {'status': 'delivered'}).status_code == 200
    assert balance(shop, '1100') == owed and balance(shop, '5000') == 30
    assert shop.get('/invoices/1').json['fulfilment_status'] == 'full'


def test_what_is_not_there_waits(shop: Api) -> None:
    sell(shop, ('A-1', 1))
    tell(shop, resolved(lines=[{'product_id': 2, 'sku': 'B-1', 'qty': 5}]))
    [row] = shop.get('/shipments').json['data']
    assert [(x['qty'], x['qty_backordered']) for x in row['lines']] == [(3, 2)]
    assert shop.get('/backorders').json['data'][0]['qty'] == 2


def test_other_resolutions_ship_nothing(shop: Api) -> None:
    tell(shop, resolved(resolution='credit_note'))
    assert shop.get('/shipments').json['total'] == 0
