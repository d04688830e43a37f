"""/backorders over HTTP (BO-1 to BO-6)."""

import datetime as dt
import typing

import pytest

from karvo.backorders.operations.allocate import allocate_all, announce_overdue
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place
from tests.conftest import Api
from tests.shipping import (
    Json,
    events,
    key_with,
    on_hand,
    receive,
    refused,
    sell,
    ship,
    work_off,
)


def wait_for(api: Api, sku: str, qty: int, **more: typing.Any) -> Json:
    """A backorder of its own."""
    if not api.get('/customers?search=acme').json['total']:
        api.post('/customers', {'code': 'ACME', 'name': 'Acme'})
    made = api.post('/backorders', {'customer_code': 'ACME', 'sku': sku, 'qty': qty} | more)
    assert made.status_code == 201, made.text
    return made.json


def statuses(api: Api) -> dict[int, tuple[str, float]]:
    """{id: (status, allocated)}."""
    rows = api.get('/backorders').json['data']
    return {row['id']: (row['status'], row['qty_allocated']) for row in rows}


class TestCreating:
    def test_one(self, shop: Api) -> None:
        body = {
            'priority': 2,
            'expected_date': '2026-12-15',
            'date': '2026-11-02',
            'po_number': 'P',
        }
        made = wait_for(shop, 'a-1', 4, **body)
        assert made['backorder_no'].startswith('BO-')
        assert (made['status'], made['qty_remaining'], made['sku']) == ('open', 4, 'A-1')
        assert (made['requested_date'], made['priority']) == ('2026-11-02', 2)
        assert wait_for(shop, 'A-1', 4)['id'] != made['id']  # twice is twice
        assert events(shop, 'backorder.') == ['backorder.created'] * 2

    def test_history_may_be_over_and_moves_nothing(self, shop: Api) -> None:
        stock = shop.get('/warehouses/stock').json['data']
        done = wait_for(shop, 'A-1', 4, status='fulfilled', date='2026-05-04')
        assert (done['status'], done['qty_fulfilled'], done['qty_remaining']) == ('fulfilled', 4, 0)
        assert wait_for(shop, 'A-1', 4, status='cancelled')['status'] == 'cancelled'
        assert shop.get('/warehouses/stock').json['data'] == stock
        ended = shop.post(f'/backorders/{done["id"]}/fulfill', {})
        assert ended.status_code == 422, ended.text

    @pytest.mark.parametrize(
        ('body', 'fields'),
        [
            ({}, {'customer_code', 'sku', 'qty'}),
            ({'customer_code': 'NOPE', 'sku': 'A-1', 'qty': 1}, {'customer_code'}),
            ({'customer_code': 'ACME', 'sku': 'NOPE', 'qty': 1}, {'sku'}),
            ({'customer_code': 'ACME', 'sku': 'A-1', 'qty': 0}, {'qty'}),
            ({'customer_code': 'ACME', 'sku': 'A-1', 'qty': 1, 'priority': 10}, {'priority'}),
            ({'invoice_id': 1, 'sku': 'B-1', 'qty': 1}, {'sku'}),
            ({'invoice_id': 1, 'sku': 'A-1', 'qty': 5}, {'qty'}),
            ({'invoice_id': 1, 'sku': 'A-1', 'qty': 1, 'customer_code': 'X'}, {'customer_code'}),
            ({'invoice_no': 'NOPE', 'sku': 'A-1', 'qty': 1}, {'invoice_no'}),
        ],
    )
    def test_fields_at_fault(self, shop: Api, body, fields) -> None:
        sell(shop, ('A-1', 4))
        params = refused(shop.post('/backorders', body))['data']['params']
        assert fields <= set(params)

    def test_of_an_invoice_at_most_what_is_unshipped(self, shop: Api) -> None:
        invoice = sell(shop, ('A-1', 4))
        ship(shop, invoice, lines=[{'sku': 'A-1', 'qty': 1}])
        body = {'invoice_no': invoice['invoice_no'], 'sku': 'A-1'}
        refused(shop.post('/backorders', body | {'qty': 4}), 'unshipped: 3')
        made = shop.post('/backorders', body | {'qty': 2}).json
        assert (made['invoice_id'], made['customer_code']) == (invoice['id'], 'ACME')
        assert ship(shop, invoice)['lines'][0]['qty'] == 1  # two wait


class TestAllocating:
    def test_by_priority_then_date_then_id(self, shop: Api) -> None:
        ship(shop, sell(shop, ('B-1', 3)))
        late = wait_for(shop, 'B-1', 2, date='2026-11-09')
        early = wait_for(shop, 'B-1', 3, date='2026-11-02')
        urgent = wait_for(shop, 'B-1', 4, priority=1)
        receive(shop, 'B-1', 5)
        assert statuses(shop) == {
            urgent['id']: ('allocated', 4),
            early['id']: ('open', 1),
            late['id']: ('open', 0),
        }
        receive(shop, 'B-1', 9)
        assert sorted(statuses(shop).values()) == [('allocated', n) for n in (2, 3, 4)]
        assert on_hand(shop, 'B-1') == (17, 12)
        told = events(shop, 'backorder.')
        assert told.count('backorder.allocated') == told.count('backorder.ready') == 3
        assert events(shop, 'shipment.') == ['shipment.created']  # nothing ships by itself

    def test_by_night_what_has_become_free(self, shop: Api) -> None:
        held = ship(shop, sell(shop, ('B-1', 3)))
        wait_for(shop, 'B-1', 2)
        shop.put(f'/shipments/{held["id"]}', {'status': 'cancelled'})
        for done in (1, 0):
            with shop.company():
                assert allocate_all(actor=system_actor('test', current_place())) == done
        assert statuses(shop) == {1: ('allocated', 2)}

    def test_by_hand_and_given_back(self, shop: Api) -> None:
        wait_for(shop, 'B-1', 4)
        refused(shop.put('/backorders/1', {'status': 'allocated'}), 'B-1: 4 wanted, 3 available')
        assert shop.put('/backorders/1', {'qty': 3}).json['qty'] == 3
        assert shop.put('/backorders/1', {'status': 'allocated'}).json['status'] == 'allocated'
        assert on_hand(shop, 'B-1') == (3, 3)
        assert shop.put('/backorders/1', {'status': 'open'}).json['status'] == 'open'
        assert on_hand(shop, 'B-1') == (3, 0)

    def test_only_in_its_own_warehouse(self, shop: Api) -> None:
        wait_for(shop, 'B-1', 2, warehouse='QC')
        receive(shop, 'B-1', 5)
        assert statuses(shop) == {1: ('open', 0)}
        receive(shop, 'B-1', 5, 'QC')
        assert statuses(shop) == {1: ('allocated', 2)}


class TestFulfilling:
    def test_makes_a_shipment(self, shop: Api) -> None:
        wait_for(shop, 'A-1', 4)
        done = shop.post('/backorders/1/fulfill').json
        assert (done['status'], done['qty_remaining'], done['shipment_id']) == ('fulfilled', 0, 1)
        shown = shop.get('/shipments/1').json
        assert (shown['status'], shown['lines'][0]['backorder_id']) == ('pending', 1)
        assert shown['invoice_id'] is None
        assert on_hand(shop, 'A-1') == (10, 4)
        refused(shop.post('/backorders/1/fulfill'), 'fulfilled already')
        assert shop.put('/shipments/1', {'status': 'shipped'}).json['lines'][0]['cost'] == 20

    def test_in_parts_and_onto_an_open_shipment(self, shop: Api) -> None:
        invoice = sell(shop, ('A-1', 1), ('B-1', 5))
        ship(shop, invoice)
        receive(shop, 'B-1', 4)
        assert statuses(shop) == {1: ('allocated', 2)}
        part = shop.post('/backorders/1/fulfill', {'qty': 1}).json
        assert (part['status'], part['qty_fulfilled'], part['qty_allocated']) == ('allocated', 1, 1)
        assert shop.post('/backorders/1/fulfill').json['status'] == 'fulfilled'
        lines = shop.get('/shipments/1').json['lines']
        assert [(x['sku'], x['qty']) for x in lines] == [
            ('A-1', 1), ('B-1', 3), ('B-1', 1), ('B-1', 1)
        ]  # fmt: skip
        shop.put('/shipments/1', {'status': 'shipped'})
        assert shop.get(f'/invoices/{invoice["id"]}').json['fulfilment_status'] == 'full'

    def test_too_little_there(self, shop: Api) -> None:
        wait_for(shop, 'B-1', 4)
        said = refused(shop.post('/backorders/1/fulfill'), 'B-1: 4 wanted, 3 available')
        assert said['code'] == 'erp_insufficient_stock'
        refused(shop.post('/backorders/1/fulfill', {'qty': 5}), 'at most what remains: 4')
        assert shop.post('/backorders/1/fulfill', {'qty': 3}).json['status'] == 'open'

    def test_without_a_shipment(self, shop: Api) -> None:
        wait_for(shop, 'A-1', 4)
        shop.put('/backorders/1', {'status': 'allocated'})
        done = shop.post('/backorders/1/fulfill', {'create_shipment': False}).json
        assert (done['status'], done['shipment_id']) == ('fulfilled', None)
        assert on_hand(shop, 'A-1') == (10, 0)

    def test_by_put_with_other_members(self, shop: Api) -> None:
        wait_for(shop, 'A-1', 4)
        done = shop.put('/backorders/1', {'status': 'fulfilled', 'qty': 2, 'notes': 'x'}).json
        assert (done['status'], done['qty'], done['notes']) == ('fulfilled', 2, 'x')
        assert shop.get('/shipments/1').json['lines'][0]['qty'] == 2

    def test_a_service_is_not_shipped(self, shop: Api) -> None:
        wait_for(shop, 'S-1', 1)
        refused(shop.post('/backorders/1/fulfill'), 'is a service')

    def test_not_under_a_credit_hold(self, shop: Api) -> None:
        wait_for(shop, 'A-1', 1)
        shop.put('/customers/1', {'credit_hold': True})
        refused(shop.post('/backorders/1/fulfill'), 'credit hold')


class TestCancelling:
    def test_stock_is_free_again(self, shop: Api) -> None:
        wait_for(shop, 'B-1', 2)
        shop.put('/backorders/1', {'status': 'allocated'})
        done = shop.post('/backorders/1/cancel', {'reason': 'changed his mind'}).json
        assert (done['status'], done['cancelled_reason']) == ('cancelled', 'changed his mind')
        assert on_hand(shop, 'B-1') == (3, 0)
        refused(shop.post('/backorders/1/cancel'), 'cancelled already')
        refused(shop.post('/backorders/1/fulfill'), 'cannot become fulfilled')
        refused(shop.put('/backorders/1', {'priority': 1}), 'only the notes')

    def test_a_fulfilled_one_stays(self, shop: Api) -> None:
        wait_for(shop, 'A-1', 2)
        shop.post('/backorders/1/fulfill')
        refused(shop.post('/backorders/1/cancel'), 'cannot become cancelled')
        refused(shop.put('/backorders/1', {'status': 'open'}), 'cannot become open')

    def test_what_was_invoiced_is_credited(self, shop: Api) -> None:
        invoice = sell(shop, ('B-1', 5))
        ship(shop, invoice)
        done = shop.post('/backorders/1/cancel', {'create_credit': True}).json
        credit = shop.get(f'/billing/credits/{done["credit_note_id"]}').json
        assert (credit['subtotal'], credit['lines'][0]['qty']) == (18, 2)
        shown = shop.get(f'/invoices/{invoice["id"]}').json
        assert shown['balance'] == round(shown['total'] - credit['total'], 2)
        refused(shop.post('/shipments', {'invoice_id': invoice['id']}), 'fully shipped')

    def test_of_a_paid_invoice_or_of_none_nothing_is(self, shop: Api) -> None:
        invoice = sell(shop, ('B-1', 5))
        ship(shop, invoice)
        shop.put(f'/invoices/{invoice["id"]}', {'status': 'paid'})
        refused(shop.post('/backorders/1/cancel', {'create_credit': True}), 'is paid')
        wait_for(shop, 'A-1', 1)
        refused(shop.post('/backorders/2/cancel', {'create_credit': True}), 'nothing to credit')
        assert {row[0] for row in statuses(shop).values()} == {'open'}


class TestReading:
    def test_lists(self, shop: Api) -> None:
        shop.put('/products/1', {'aliases': ['OLD-1']})
        wait_for(shop, 'A-1', 4, expected_date='2026-01-05', po_number='PO-9')
        wait_for(shop, 'B-1', 1, expected_date='2036-01-05', warehouse='QC')
        shop.post('/customers', {'code': 'B', 'name': 'B'})
        for query, ids in {
            '?overdue=true': [1],
            '?overdue=false&orderby=priority': [2],
            '?sku=old-1': [1],
            '?sku=NOPE': [],
            '?status=open,allocated': [2, 1],
            '?warehouse=qc': [2],
            '?search=po-9': [1],
            '?customer_code=B': [],
            '/by-customer/acme': [2, 1],
            '/by-customer/B': [],
            '/by-sku/OLD-1': [1],
        }.items():
            shown = shop.get(f'/backorders{query}').json
            assert [row['id'] for row in shown['data']] == ids, query
        assert shop.get('/backorders/by-customer/NOPE').status_code == 404
        assert shop.get('/backorders/by-sku/NOPE').status_code == 404
        refused(shop.get('/backorders?status=lost'))

    def test_overdue_is_told_once_a_date(self, shop: Api) -> None:
        wait_for(shop, 'A-1', 4, expected_date='2026-01-05')

        def tell() -> int:
            with shop.company():
                day = dt.date(2026, 11, 20)
                return announce_overdue(day, actor=system_actor('test', current_place()))

        assert (tell(), tell()) == (1, 0)
        shop.put('/backorders/1', {'expected_date': '2026-02-05'})
        assert (tell(), tell()) == (1, 0)
        assert events(shop, 'backorder.overdue') == ['backorder.overdue'] * 2

    def test_rights(self, shop: Api, other: Api) -> None:
        wait_for(shop, 'A-1', 4)
        key = key_with(shop, 'read-only')
        assert shop.get('/backorders/1', **key).status_code == 200
        for path in ('/backorders', '/backorders/1/fulfill', '/backorders/1/cancel'):
            assert shop.post(path, {}, **key).status_code == 403
        assert other.get('/backorders/1').status_code == 404
        assert other.put('/backorders/1', {'priority': 1}).status_code == 404
        assert other.post('/backorders/1/fulfill').status_code == 404
        assert other.post('/backorders/1/cancel').status_code == 404
        work_off(shop)
