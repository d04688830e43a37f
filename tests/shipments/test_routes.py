"""/shipments over HTTP (SHP-1 to SHP-7)."""

import pytest

from karvo.kit.actor import system_actor
from karvo.kit.db import current_place
from karvo.shipments.operations.advance import mark_returned
from tests.conftest import INVOICE, Api
from tests.shipping import (
    balance,
    events,
    key_with,
    on_hand,
    receive,
    refused,
    sell,
    ship,
    work_off,
)


class TestCreating:
    def test_the_api_texts_flow(self, shop: Api) -> None:
        """An invoice of goods that nobody tracks ships without a warehouse (WHS-6)."""
        shop.post('/invoices', INVOICE)
        body = {'invoice_no': 'INV-2026-0042', 'customer_code': 'ACME01'}
        made = shop.post('/shipments', body | {'method': 'delivery_run'})
        assert made.status_code == 201, made.text
        assert made.json['shipment_no'].startswith('SHP-')
        assert (made.json['status'], made.json['next_status']) == ('pending', 'picking')
        assert made.json['warehouse'] is None and made.json['lines'][0]['qty'] == 50
        for status in ('picking', 'packed', 'shipped', 'delivered'):
            answer = shop.post(f'/shipments/{made.json["id"]}/advance')
            assert (answer.status_code, answer.json['status']) == (200, status)
        assert answer.json['previous_status'] == 'shipped'
        assert answer.json['next_status'] is None and answer.json['delivered_at']
        refused(shop.post(f'/shipments/{made.json["id"]}/advance'), 'cannot advance')

    def test_stock_is_reserved(self, shop: Api) -> None:
        made = ship(shop, sell(shop, ('A-1', 4), ('S-1', 1)))
        assert [line['sku'] for line in made['lines']] == ['A-1']  # the visit does not ship
        assert made['warehouse'] == 'MTL'
        assert on_hand(shop, 'A-1') == (10, 4)
        assert events(shop, 'shipment.') == ['shipment.created']

    def test_what_is_short_goes_on_backorder(self, shop: Api) -> None:
        made = ship(shop, sell(shop, ('A-1', 4), ('B-1', 5)))
        assert [(x['qty'], x['qty_backordered']) for x in made['lines']] == [(4, 0), (3, 2)]
        assert made['warnings'] == ['backordered']
        [row] = shop.get('/backorders').json['data']
        assert (row['sku'], row['qty'], row['status'], row['warehouse']) == (
            'B-1',
            2,
            'open',
            'MTL',
        )
        refused(shop.post('/shipments', {'invoice_id': 1}), 'on backorder')

    def test_nothing_there_is_refused_and_changes_nothing(self, shop: Api) -> None:
        ship(shop, sell(shop, ('B-1', 3)))
        invoice = sell(shop, ('B-1', 2))
        said = refused(shop.post('/shipments', {'invoice_id': invoice['id']}), 'B-1: 2 wanted, 0')
        assert said['code'] == 'erp_insufficient_stock'
        assert shop.get('/backorders').json['total'] == 0
        assert shop.get('/shipments').json['total'] == 1

    def test_not_in_parts(self, shop: Api) -> None:
        invoice = sell(shop, ('A-1', 4), ('B-1', 5))
        body = {'invoice_id': invoice['id'], 'partial': False}
        refused(shop.post('/shipments', body), 'B-1: 5 wanted, 3 available')

    def test_a_product_without_backorders(self, shop: Api) -> None:
        shop.put('/products/2', {'allow_backorder': False})
        invoice = sell(shop, ('A-1', 4), ('B-1', 5))
        refused(shop.post('/shipments', {'invoice_id': invoice['id']}), 'B-1')

    def test_in_two_parts_and_then_nothing_is_left(self, shop: Api) -> None:
        invoice = sell(shop, ('A-1', 7))
        ship(shop, invoice, lines=[{'sku': 'a-1', 'qty': 3}])
        second = ship(shop, invoice)
        assert second['lines'][0]['qty'] == 4
        refused(shop.post('/shipments', {'invoice_id': invoice['id']}), 'already fully shipped')
        shop.put(f'/shipments/{second["id"]}', {'status': 'cancelled'})
        assert ship(shop, invoice, lines=[{'line_no': 1}])['lines'][0]['qty'] == 4

    @pytest.mark.parametrize(
        ('line', 'field'),
        [
            ({'sku': 'A-1', 'qty': 8}, 'lines[0].qty'),
            ({'sku': 'B-1', 'qty': 1}, 'lines[0]'),
            ({'line_no': 9}, 'lines[0]'),
            ({'sku': 'S-1'}, 'lines[0]'),
        ],
    )
    def test_more_than_is_left_or_what_is_not_on_it(self, shop: Api, line, field) -> None:
        invoice = sell(shop, ('A-1', 7), ('S-1', 1))
        answer = shop.post('/shipments', {'invoice_id': invoice['id'], 'lines': [line]})
        assert field in refused(answer)['data']['params']

    @pytest.mark.parametrize(
        ('body', 'field'),
        [
            ({}, 'invoice_no'),
            ({'invoice_no': 'NOPE'}, 'invoice_no'),
            ({'invoice_id': 1, 'customer_code': 'OTHER'}, 'customer_code'),
            ({'invoice_id': 1, 'method': 'drone'}, 'method'),
            ({'invoice_id': 1, 'warehouse': 'NOPE'}, 'warehouse'),
            ({'invoice_id': 1, 'scheduled_date': '1801-01-01'}, 'scheduled_date'),
            ({'invoice_id': 1, 'lines': [{'sku': 'A-1', 'qty': 1, 'lot': 'L9'}]}, 'lot'),
        ],
    )
    def test_fields_at_fault(self, shop: Api, body, field) -> None:
        sell(shop, ('A-1', 1))
        assert field in refused(shop.post('/shipments', body))['data']['params']
        assert on_hand(shop, 'A-1') == (10, 0)

    def test_draft_and_void_invoices(self, shop: Api) -> None:
        draft = sell(shop, ('A-1', 1), status='draft')
        refused(shop.post('/shipments', {'invoice_id': draft['id']}), 'draft')
        void = sell(shop, ('A-1', 1))
        shop.put(f'/invoices/{void["id"]}', {'status': 'void'})
        refused(shop.post('/shipments', {'invoice_id': void['id']}), 'void')

    def test_an_invoice_without_lines_is_one_lump(self, shop: Api) -> None:
        body = {'customer_code': 'A', 'customer_name': 'A', 'subtotal': 10}
        invoice = shop.post('/invoices', body).json
        made = ship(shop, invoice)
        assert [(x['sku'], x['qty']) for x in made['lines']] == [(None, 1)]
        refused(shop.post('/shipments', {'invoice_id': invoice['id']}), 'already fully shipped')
        shop.put(f'/shipments/{made["id"]}', {'status': 'shipped'})
        assert shop.get(f'/invoices/{invoice["id"]}').json['fulfilment_status'] == 'full'

    def test_from_the_warehouse_that_has_it(self, shop: Api) -> None:
        """The default where it has anything of it, else who has most (WHS-2)."""
        assert ship(shop, sell(shop, ('A-1', 10)))['warehouse'] == 'MTL'
        assert ship(shop, sell(shop, ('A-1', 1)))['warehouse'] == 'QC'
        assert ship(shop, sell(shop, ('B-1', 1)), warehouse='mtl')['warehouse'] == 'MTL'

    def test_from_the_customers_own_warehouse_before_the_companys(self, shop: Api) -> None:
        invoice = sell(shop, ('A-1', 1))
        customer = f'/customers/{invoice["customer_id"]}'
        refused_one = shop.put(customer, {'default_warehouse': 'NOWHERE'})
        assert refused_one.status_code == 422
        assert 'default_warehouse' in refused_one.json['error']
        assert shop.put(customer, {'default_warehouse': 'qc'}).json['default_warehouse'] == 'QC'
        assert ship(shop, invoice)['warehouse'] == 'QC'
        # It has nothing of B: the company's default is asked next.
        assert ship(shop, sell(shop, ('B-1', 1)))['warehouse'] == 'MTL'


class TestLeaving:
    def test_stock_and_cost_leave_together(self, shop: Api) -> None:
        made = ship(shop, sell(shop, ('A-1', 4)))
        shown = shop.put(f'/shipments/{made["id"]}', {'status': 'shipped'}).json
        assert (shown['status'], shown['lines'][0]['cost']) == ('shipped', 20)
        assert on_hand(shop, 'A-1') == (6, 0)
        assert balance(shop, '5000') == 20
        moves = shop.get('/warehouses/moves?kind=issue').json['data']
        assert [(m['qty'], m['source_type'], m['source_id']) for m in moves] == [
            (-4, 'shipment', made['id'])
        ]
        assert 'stock.moved' in events(shop, 'stock.')

    def test_the_first_one_of_a_sheet_shows_that_it_went_along(self, shop: Api) -> None:
        shop.post('/products', {'sku': 'HAZ', 'name': 'Acid', 'hazardous': True})
        sheet = {
            'revised_on': '2026-03-01',
            'product_identifier': 'Acid',
            'supplier': {'name': 'Boréale', 'phone': '418 555-0100'},
            'classification': [{'class_code': 'flammable_liquids', 'category': '2'}],
        }
        assert shop.post('/whmis/HAZ', sheet).status_code == 201
        shown = []
        for _ in range(2):
            one = f'/shipments/{ship(shop, sell(shop, ("HAZ", 1)))["id"]}'
            assert shop.get(one).json['sds_attached'] == []
            shop.put(one, {'status': 'shipped'})
            work_off(shop)
            shown.append(shop.get(one).json['sds_attached'])
        assert shown == [[{'sku': 'HAZ', 'version': 1}], []]

    def test_every_step_is_announced_and_kept(self, shop: Api) -> None:
        made = ship(shop, sell(shop, ('A-1', 4)))
        shown = shop.put(f'/shipments/{made["id"]}', {'status': 'delivered', 'note': 'at once'})
        assert [h['status'] for h in shown.json['history']] == [
            'pending',
            'picking',
            'packed',
            'shipped',
            'delivered',
        ]
        assert shown.json['history'][-1]['note'] == 'at once'
        told = events(shop, 'shipment.')
        assert told[1:] == [
            name
            for status in ('picking', 'packed', 'shipped', 'delivered')
            for name in (f'shipment.{status}', 'shipment.status_changed')
        ]

    def test_cancelled_afterwards_it_comes_back(self, shop: Api) -> None:
        made = ship(shop, sell(shop, ('A-1', 4)))
        shop.put(f'/shipments/{made["id"]}', {'status': 'shipped'})
        cancelled = shop.put(f'/shipments/{made["id"]}', {'status': 'cancelled'})
        assert cancelled.json['status'] == 'cancelled'
        assert on_hand(shop, 'A-1') == (10, 0)
        assert balance(shop, '5000') == 0

    def test_cancelled_before_it_is_free_again(self, shop: Api) -> None:
        made = ship(shop, sell(shop, ('A-1', 4)))
        shop.put(f'/shipments/{made["id"]}', {'status': 'cancelled'})
        assert on_hand(shop, 'A-1') == (10, 0)

    def test_picked_up_it_leaves_when_it_is_taken(self, shop: Api) -> None:
        made = ship(shop, sell(shop, ('A-1', 4)), method='pickup')
        shop.put(f'/shipments/{made["id"]}', {'status': 'packed'})
        proof = {'name': 'J. Roy', 'signature_ref': 'sig/1'}
        taken = shop.post(f'/shipments/{made["id"]}/advance', {'proof': proof}).json
        assert (taken['status'], taken['proof_of_delivery']['name']) == ('delivered', 'J. Roy')
        assert taken['shipped_at'] and taken['proof_of_delivery']['at']
        assert on_hand(shop, 'A-1') == (6, 0)

    def test_what_became_short_meanwhile_stops_it_whole(self, shop: Api) -> None:
        """What is tracked is decided when it leaves; what fails changes nothing (SHP-4)."""
        shop.post('/products', {'sku': 'C-1', 'name': 'Rag'})
        made = ship(shop, sell(shop, ('A-1', 4), ('C-1', 5)))
        receive(shop, 'C-1', 2)
        answer = shop.put(f'/shipments/{made["id"]}', {'status': 'shipped'})
        refused(answer, 'C-1: 5 wanted, 2 available')
        assert shop.get(f'/shipments/{made["id"]}').json['status'] == 'pending'
        assert on_hand(shop, 'A-1') == (10, 4)

    def test_what_is_kept_by_lot_names_it_when_it_comes_and_when_it_leaves(self, shop: Api) -> None:
        place = {'warehouse': 'MTL', 'qty': 5, 'unit_cost': 4}
        new = {'sku': 'D-1', 'name': 'Dye', 'track': 'lot'}
        without = shop.post('/products', new | {'initial_stock': place})
        assert without.status_code == 422 and 'kept by lot' in without.json['error']
        place |= {'lot': 'N1'}
        made = shop.post('/products', new | {'initial_stock': place}).json
        assert (made['track'], made['stock']['on_hand']) == ('lot', 5)
        leaving = ship(shop, sell(shop, ('D-1', 2)))
        one, line = f'/shipments/{leaving["id"]}', leaving['lines'][0]['id']
        refused(shop.put(one, {'status': 'shipped'}), 'kept by lot')
        assert shop.get(one).json['status'] == 'pending'
        shop.put(one, {'lots': [{'line_id': line, 'lot': 'N1'}]})
        assert shop.put(one, {'status': 'shipped'}).json['lines'][0]['lots'] == [
            {'lot': 'N1', 'qty': 2}
        ]

    def test_lots(self, shop: Api) -> None:
        for lot in ('L1', 'L2'):
            lines = [{'sku': 'B-1', 'qty': 5, 'unit_cost': 4, 'lot': lot}]
            shop.post('/warehouses/receipts', {'warehouse': 'MTL', 'lines': lines})
        invoice = sell(shop, ('B-1', 6))
        lines = [{'sku': 'B-1', 'qty': 6, 'lot': 'l2'}]
        made = ship(shop, invoice, lines=lines)
        assert [(x['qty'], x['qty_backordered'], x['lot']) for x in made['lines']] == [(5, 1, 'L2')]
        one, line = f'/shipments/{made["id"]}', made['lines'][0]['id']
        refused(shop.put(one, {'lots': [{'line_id': line, 'lot': 'L9'}]}), 'L9 is unknown')
        shop.put(one, {'lots': [{'line_id': line, 'lot': 'L1'}]})
        shown = shop.put(one, {'status': 'shipped'}).json
        assert shown['lines'][0]['lots'] == [{'lot': 'L1', 'qty': 5}]
        shop.put(one, {'status': 'cancelled'})
        left = {x['lot']: x['qty'] for x in shop.get('/warehouses/stock/B-1').json['lots']}
        assert left == {'L1': 5, 'L2': 5}

    def test_hazardous_goods_without_a_sheet_warn(self, shop: Api) -> None:
        shop.put('/products/1', {'hazardous': True})
        made = ship(shop, sell(shop, ('A-1', 1)))
        shown = shop.put(f'/shipments/{made["id"]}', {'status': 'shipped'}).json
        assert shown['warnings'] == ['sds_missing: A-1']


class TestHolding:
    def test_it_goes_back_to_where_it_was(self, shop: Api) -> None:
        made = ship(shop, sell(shop, ('A-1', 4)))
        one = f'/shipments/{made["id"]}'
        shop.put(one, {'status': 'picking'})
        held = shop.put(one, {'status': 'on_hold', 'note': 'unpaid'}).json
        assert (held['status'], held['previous_status']) == ('on_hold', 'picking')
        refused(shop.post(f'{one}/advance'), 'shipment is on hold')
        refused(shop.put(one, {'status': 'packed'}), 'on hold')
        assert shop.put(one, {'status': 'picking'}).json['status'] == 'picking'
        assert events(shop, 'shipment.')[-1] == 'shipment.status_changed'

    def test_backward_before_it_left(self, shop: Api) -> None:
        made = ship(shop, sell(shop, ('A-1', 4)))
        one = f'/shipments/{made["id"]}'
        shop.put(one, {'status': 'packed'})
        assert shop.put(one, {'status': 'pending'}).json['status'] == 'pending'
        shop.put(one, {'status': 'shipped'})
        refused(shop.put(one, {'status': 'packed'}), 'cannot become packed')

    def test_returned_is_said_by_a_claim_or_a_return_only(self, shop: Api) -> None:
        made = ship(shop, sell(shop, ('A-1', 4)))
        one = f'/shipments/{made["id"]}'
        shop.put(one, {'status': 'delivered'})
        refused(shop.put(one, {'status': 'returned'}), 'by a claim or a return')


class TestSaying:
    def test_tracking_until_it_is_delivered(self, shop: Api) -> None:
        made = ship(shop, sell(shop, ('A-1', 4)), carrier='Purolator', method='carrier')
        one = f'/shipments/{made["id"]}'
        shown = shop.put(one, {'tracking_number': '329'}).json
        assert shown['tracking_url'].endswith('pin=329')
        assert shop.get('/shipments?search=329').json['total'] == 1
        shop.put(one, {'status': 'delivered'})
        refused(shop.put(one, {'carrier': 'UPS'}), 'only the notes')
        assert shop.put(one, {'notes': 'left at the door'}).json['notes'] == 'left at the door'
        assert shop.put(one, {'carrier': 'Purolator'}).status_code == 200  # unchanged

    def test_if_match(self, shop: Api) -> None:
        made = ship(shop, sell(shop, ('A-1', 4)))
        one = f'/shipments/{made["id"]}'
        assert shop.get(one).headers['etag'] == '"1"'
        stale = {'headers': {'If-Match': '"9"'}}
        assert shop.put(one, {'driver': 'Luc'}, **stale).status_code == 412
        assert shop.post(f'{one}/advance', {}, **stale).status_code == 412

    def test_packages_weigh(self, shop: Api) -> None:
        packages = [{'weight_kg': '2.5', 'dims': '40 x 30 x 20 cm'}, {'weight_kg': 1}]
        made = ship(shop, sell(shop, ('A-1', 4)), packages=packages, route='R7', stop_no=3)
        assert (made['weight_kg'], len(made['packages']), made['stop_no']) == (3.5, 2, 3)

    def test_lists(self, shop: Api) -> None:
        ship(shop, sell(shop, ('A-1', 1)), scheduled_date='2026-12-01', route='R1')
        other = ship(shop, sell(shop, ('A-1', 1)), scheduled_date='2026-12-05', method='pickup')
        shop.put(f'/shipments/{other["id"]}', {'status': 'on_hold'})
        for query, ids in {
            'status=on_hold': [2],
            'status=pending,on_hold&orderby=scheduled_date': [1, 2],
            'method=pickup': [2],
            'route=R1': [1],
            'date_from=2026-12-02': [2],
            'date_to=2026-12-01': [1],
            'customer_code=acme': [2, 1],
            'invoice_no=INV-2026-0001': [1],
            'warehouse=mtl&carrier=ups': [],
            'invoice_id=2': [2],
        }.items():
            shown = shop.get(f'/shipments?{query}').json
            assert [row['id'] for row in shown['data']] == ids, query
        refused(shop.get('/shipments?status=lost'))
        refused(shop.get('/shipments?orderby=weight'))

    def test_cost_needs_its_scope(self, shop: Api) -> None:
        made = ship(shop, sell(shop, ('A-1', 4)))
        shop.put(f'/shipments/{made["id"]}', {'status': 'shipped'})
        seen = shop.get(f'/shipments/{made["id"]}', **key_with(shop, 'read-only')).json
        assert 'cost' not in seen['lines'][0]


class TestRights:
    def test_a_read_only_key_reads(self, shop: Api) -> None:
        made = ship(shop, sell(shop, ('A-1', 4)))
        one, key = f'/shipments/{made["id"]}', key_with(shop, 'read-only')
        assert shop.get(one, **key).status_code == 200
        assert shop.get(f'{one}/packing-slip', **key).status_code == 200
        assert shop.post('/shipments', {'invoice_id': 1}, **key).status_code == 403
        assert shop.put(one, {'notes': 'x'}, **key).status_code == 403
        assert shop.post(f'{one}/advance', {}, **key).status_code == 403

    def test_anothers_ids_are_unknown(self, shop: Api, other: Api) -> None:
        made = ship(shop, sell(shop, ('A-1', 4)))
        one = f'/shipments/{made["id"]}'
        for answer in (other.get(one), other.put(one, {}), other.post(f'{one}/advance')):
            assert (answer.status_code, answer.json['code']) == (404, 'erp_not_found')
        assert other.get(f'{one}/delivery-slip').status_code == 404
        refused(other.post('/shipments', {'invoice_id': 1}))


class TestCredit:
    def test_a_hold_stops_making_and_leaving(self, shop: Api) -> None:
        made = ship(shop, sell(shop, ('A-1', 4)))
        shop.put('/customers/1', {'credit_hold': True, 'credit_hold_reason': 'bounced'})
        invoice = sell(shop, ('B-1', 1))
        answer = shop.post('/shipments', {'invoice_id': invoice['id']})
        assert refused(answer, 'credit hold', 'bounced')['code'] == 'erp_credit_limit'
        one = f'/shipments/{made["id"]}'
        assert shop.put(one, {'status': 'packed'}).status_code == 200
        refused(shop.post(f'{one}/advance'), 'credit hold')
        assert on_hand(shop, 'A-1') == (10, 4)

    def test_over_the_limit(self, shop: Api) -> None:
        invoice = sell(shop, ('A-1', 4))
        shop.put('/customers/1', {'credit_limit': 10})
        refused(shop.post('/shipments', {'invoice_id': invoice['id']}), 'credit limit is 10')
        shop.post('/billing/payments', {'customer_code': 'ACME', 'amount': 40})
        assert shop.post('/shipments', {'invoice_id': invoice['id']}).status_code == 201

    def test_long_overdue(self, shop: Api) -> None:
        sell(shop, ('B-1', 1), date='2026-01-05', due_date='2026-01-10')
        invoice = sell(shop, ('A-1', 4))
        refused(shop.post('/shipments', {'invoice_id': invoice['id']}), 'days overdue')
        shop.put('/settings', {'auto_hold_days': 0})
        assert shop.post('/shipments', {'invoice_id': invoice['id']}).status_code == 201

    def test_whoever_may_overrides_with_a_reason(self, shop: Api) -> None:
        invoice = sell(shop, ('A-1', 4))
        shop.put('/customers/1', {'credit_hold': True})
        body = {'invoice_id': invoice['id'], 'override_reason': 'the owner said so'}
        assert shop.post('/shipments', body).status_code == 403
        key = key_with(shop, 'read-write', 'credit.override')
        made = shop.post('/shipments', body, **key)
        assert made.json['warnings'] == ['credit_hold_overridden']
        refused(shop.put('/shipments/1', {'status': 'shipped'}, **key), 'credit hold')
        gone = {'status': 'shipped', 'override_reason': 'the owner said so'}
        assert shop.put('/shipments/1', gone, **key).json['status'] == 'shipped'


class TestOnInvoices:
    def test_they_show_what_goes_and_what_is_gone(self, shop: Api) -> None:
        invoice = sell(shop, ('A-1', 4), ('B-1', 5))
        one = f'/invoices/{invoice["id"]}'
        assert shop.get(one).json['fulfilment_status'] == 'none'
        made = ship(shop, invoice)
        shown = shop.get(one).json
        assert (shown['fulfilment_status'], shown['shipment']['id']) == ('none', made['id'])
        assert [b['qty'] for b in shown['backorders']] == [2]
        assert shop.get('/invoices?shipped=true').json['total'] == 0
        shop.put(f'/shipments/{made["id"]}', {'status': 'shipped'})
        assert shop.get(one).json['fulfilment_status'] == 'partial'
        receive(shop, 'B-1', 9)
        shop.post('/backorders/1/fulfill')
        shop.put('/shipments/2', {'status': 'delivered'})
        shown = shop.get(one).json
        assert shown['fulfilment_status'] == 'full'
        assert [s['status'] for s in shown['shipments']] == ['shipped', 'delivered']
        assert shown['shipment'] == shown['shipments'][-1]
        assert shop.get('/invoices?shipped=true').json['total'] == 1
        assert shop.get('/invoices?shipped=false').json['total'] == 0

    def test_embedded(self, shop: Api) -> None:
        invoice = sell(shop, ('A-1', 4))
        made = ship(shop, invoice)
        shown = shop.get(f'/invoices/{invoice["id"]}?_embed=shipments').json
        assert [row['id'] for row in shown['_embedded']['shipments'][0]] == [made['id']]

    def test_one_that_has_left_cannot_be_voided(self, shop: Api) -> None:
        invoice = sell(shop, ('A-1', 4))
        made = ship(shop, invoice)
        shop.put(f'/shipments/{made["id"]}', {'status': 'shipped'})
        one = f'/invoices/{invoice["id"]}'
        refused(shop.delete(one), 'invoice has shipments')
        refused(shop.put(one, {'status': 'void'}), 'invoice has shipments')
        shop.put(f'/shipments/{made["id"]}', {'status': 'cancelled'})
        assert shop.delete(one).status_code == 200

    def test_voided_what_has_not_left_is_cancelled(self, shop: Api) -> None:
        invoice = sell(shop, ('A-1', 4), ('B-1', 5))
        made = ship(shop, invoice)
        shop.put(f'/invoices/{invoice["id"]}', {'status': 'void'})
        refused(shop.put(f'/shipments/{made["id"]}', {'status': 'shipped'}), 'is void')
        work_off(shop)
        assert shop.get(f'/shipments/{made["id"]}').json['status'] == 'cancelled'
        assert shop.get('/backorders/1').json['status'] == 'cancelled'
        assert on_hand(shop, 'A-1') == (10, 0)

    def test_a_customer_with_open_shipments_stays(self, shop: Api) -> None:
        invoice = sell(shop, ('A-1', 1))
        ship(shop, invoice)
        shop.put(f'/invoices/{invoice["id"]}', {'status': 'paid'})
        refused(shop.delete('/customers/1'), 'open shipments')


def test_returned(shop: Api) -> None:
    made = ship(shop, sell(shop, ('A-1', 4)))
    shop.put(f'/shipments/{made["id"]}', {'status': 'delivered'})
    with shop.company():
        mark_returned(made['id'], 'CLM-1', actor=system_actor('test', current_place()))
    assert shop.get(f'/shipments/{made["id"]}').json['status'] == 'returned'
    assert events(shop, 'shipment.returned') == ['shipment.returned']
