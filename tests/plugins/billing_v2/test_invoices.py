"""/api/v2/invoices and their payments."""

import datetime as dt
import typing

import pytest

from karvo.kit.db import statement_count
from tests.conftest import INVOICE, Api
from tests.plugins.billing_v2.conftest import BillingV2

#: of the text, verbatim
SAMPLE = {
    'customer_id': 1,
    'date': '2024-01-15',
    'due_date': '2024-02-15',
    'items': [{'description': 'Web Development', 'amount': 1500.00, 'qty': 1}],
    'notes': 'Payment due within 30 days',
}
MEMBERS = [
    'id', 'invoice_number', 'customer_id', 'amount', 'amount_due', 'currency', 'status', 'date',
    'due_date', 'items', 'subtotal', 'tax', 'notes', 'created_at', 'updated_at',
]  # fmt: skip
WORK = {'description': 'Work', 'amount': 100}


@pytest.fixture
def jane(v2: BillingV2) -> BillingV2:
    """A company with one customer, in its own province; she has the id of the text's sample."""
    made = v2.post('/customers', {'account': 'Jane', 'state': 'QC', 'country': 'CA'}).json
    assert made['data']['id'] == 1
    return v2


def made(v2: BillingV2, *items: typing.Any, **values: typing.Any) -> dict[str, typing.Any]:
    body = {'customer_id': 1, 'items': list(items) or [WORK], **values}
    answer = v2.post('/invoices', body)
    assert answer.status_code == 201, answer.text
    return answer.json['data']


def pay(v2: BillingV2, invoice: dict[str, typing.Any], amount: float) -> None:
    answer = v2.post(f'/invoices/{invoice["id"]}/payments', {'amount': amount})
    assert answer.status_code == 201, answer.text


def numbers(v2: BillingV2, query: str = '') -> list[int]:
    page = v2.get(f'/invoices?{query}').json
    assert page['meta']['total_records'] == len(page['data'])
    return [row['id'] for row in page['data']]


class TestCreate:
    def test_the_sample_of_the_text(self, jane: BillingV2) -> None:
        answer = jane.post('/invoices', SAMPLE)
        assert answer.status_code == 201
        assert (answer.json['success'], answer.json['message']) == (True, 'Invoice created')
        data = answer.json['data']
        assert list(data) == [*MEMBERS, 'warnings']
        assert (data['id'], data['customer_id']) == (1, 1)
        assert data['invoice_number'] == 'INV-2024-0001'
        assert (data['amount'], data['amount_due'], data['tax']) == (1500, 1500, 0)
        assert (data['status'], data['currency']) == ('Unpaid', 'CAD')
        assert (data['date'], data['due_date']) == ('2024-01-15', '2024-02-15')
        assert data['notes'] == 'Payment due within 30 days'
        assert data['items'] == [
            {'id': 1, 'description': 'Web Development', 'amount': 1500, 'qty': 1, 'total': 1500}
        ]
        assert '"amount":1500.00,"qty":1,"total":1500.00' in answer.text
        assert jane.api.get('/invoices/1').json['status'] == 'overdue'
        assert jane.api.difference() == 0

    def test_amount_is_the_price_of_one(self, jane: BillingV2) -> None:
        one = made(jane, {**WORK, 'qty': 2.5}, {'description': 'Part', 'amount': 0.0125, 'qty': 8})
        assert [(x['amount'], x['qty'], x['total']) for x in one['items']] == [
            (100, 2.5, 250), (0.0125, 8, 0.1)
        ]  # fmt: skip
        assert one['amount'] == one['subtotal'] == 250.1

    def test_dates_are_today_and_the_terms_where_none_are_sent(self, jane: BillingV2) -> None:
        one = made(jane)
        days = dt.date.fromisoformat(one['due_date']) - dt.date.fromisoformat(one['date'])
        assert days.days == 30

    def test_what_is_wrong(self, jane: BillingV2) -> None:
        for change, errors in (
            ({'items': []}, {'items': 'Items is required'}),
            ({'items': None}, {'items': 'Items is required'}),
            ({'customer_id': None}, {'customer_id': 'Customer id is required'}),
            ({'customer_id': 99}, {'customer_id': 'Customer id not found'}),
            ({'due_date': '2024-01-14'}, {'due_date': 'Due date must not be before the date'}),
            ({'date': 'soon'}, {'date': 'Date must be a date like 2026-11-20'}),
            (_of(amount=0), {'items[0].amount': 'Amount must be greater than 0'}),
            (_of(amount=-5), {'items[0].amount': 'Amount must be greater than 0'}),
            (_of(amount=0.001), {'items[0].amount': 'Amount must be greater than 0'}),
            (_of(amount=None), {'items[0].amount': 'Amount is required'}),
            (_of(qty=0), {'items[0].qty': 'Qty must be greater than 0'}),
            (_of(description=''), {'items[0].description': 'Description is required'}),
            (_of(product_id=7), {'items[0].product_id': 'Product id is unknown'}),
            (_of(tax_rate=101), {'items[0].tax_rate': 'Tax rate must be at most 100'}),
            ({'items': [WORK] * 1001}, {'items': 'Items must be at most 1000'}),
        ):
            refused = jane.post('/invoices', {**SAMPLE, **change})
            assert (refused.status_code, refused.json) == (
                400, {'success': False, 'errors': errors, 'message': 'Validation failed',
                      'code': refused.json['code']}
            )  # fmt: skip
        assert numbers(jane) == []

    def test_another_companys_customer(self, jane: BillingV2, other: Api) -> None:
        refused = BillingV2(other).post('/invoices', SAMPLE)
        assert refused.json['errors'] == {'customer_id': 'Customer id not found'}

    def test_once_for_one_idempotency_key(self, jane: BillingV2) -> None:
        headers = {'Idempotency-Key': 'i-1'}
        first, again = (jane.post('/invoices', SAMPLE, headers=headers) for _ in range(2))
        assert first.json == again.json
        assert numbers(jane) == [1]


def _of(**change: typing.Any) -> dict[str, typing.Any]:
    return {'items': [{**WORK, **change}]}


class TestTaxes:
    def test_none_unless_asked_for(self, jane: BillingV2) -> None:
        for item, tax in (
            (WORK, 0),
            ({**WORK, 'taxed': False}, 0),
            ({**WORK, 'tax_rate': 0}, 0),
            ({**WORK, 'taxed': True}, 14.98),
            ({**WORK, 'tax_rate': 10}, 10),
            ({**WORK, 'tax_rate': 5}, 5),
            ({**WORK, 'tax_rate': 14.975}, 14.98),
        ):
            one = made(jane, item)
            assert (one['subtotal'], one['tax'], one['amount']) == (100, tax, 100 + tax), item

    def test_whoever_is_registered_is_told(self, jane: BillingV2) -> None:
        assert made(jane)['warnings'] == ['no_tax_applied']
        assert 'no_tax_applied' not in made(jane, {**WORK, 'taxed': True}).get('warnings', [])
        assert 'warnings' not in made(jane, {**WORK, 'tax_rate': 0})
        for one in jane.api.get('/settings/tax-registrations').json['data']:
            jane.api.put(f'/settings/tax-registrations/{one["id"]}', {'is_active': False})
        assert 'warnings' not in made(jane)

    def test_by_a_setting_of_the_company(self, jane: BillingV2) -> None:
        jane.api.put('/settings', {'v2_auto_tax': True})
        assert made(jane)['tax'] == 14.98
        assert made(jane, {**WORK, 'taxed': False})['tax'] == 0
        assert made(jane, {**WORK, 'tax_rate': 10})['tax'] == 10

    def test_by_the_product(self, jane: BillingV2) -> None:
        for product, tax in (({'tax_rate': 10}, 10), ({'taxable': True}, 14.98), ({}, 0)):
            new = {'name': 'Hosting', 'price': 100, **product}
            product_id = jane.post('/products', new).json['data']['id']
            one = made(jane, {'product_id': product_id})
            assert (one['tax'], one['items'][0]['description']) == (tax, 'Hosting')
            assert 'no_tax_applied' not in one.get('warnings', [])
            assert made(jane, {'product_id': product_id, 'taxed': True})['tax'] == 14.98
            assert made(jane, {'product_id': product_id, 'taxed': False})['tax'] == 0
            assert made(jane, {'product_id': product_id, 'tax_rate': 5, 'amount': 10})['tax'] == 0.5

    def test_a_product_that_was_deleted(self, jane: BillingV2) -> None:
        product_id = jane.post('/products', {'name': 'A', 'price': 1}).json['data']['id']
        jane.delete(f'/products/{product_id}')
        body = {'customer_id': 1, 'items': [WORK, {'product_id': product_id}]}
        refused = jane.post('/invoices', body)
        assert refused.json['errors'] == {'items[1].product_id': 'Product id is archived'}

    def test_lines_of_every_kind_together(self, jane: BillingV2) -> None:
        one = made(jane, WORK, {**WORK, 'taxed': True}, {**WORK, 'tax_rate': 10})
        assert (one['subtotal'], one['tax']) == (300, 24.98)
        assert jane.api.get(f'/invoices/{one["id"]}').json['total'] == one['amount'] == 324.98


class TestList:
    def test_what_the_text_shows(self, jane: BillingV2) -> None:
        jane.post('/invoices', SAMPLE)
        page = jane.get('/invoices').json
        assert list(page) == ['success', 'data', 'meta']
        assert page['meta'] == {
            'current_page': 1,
            'total_pages': 1,
            'total_records': 1,
            'limit': 20,
        }
        [row] = page['data']
        assert list(row) == MEMBERS
        shown = ('id', 'customer_id', 'amount', 'status', 'due_date')
        assert [row[name] for name in shown] == [1, 1, 1500, 'Unpaid', '2024-02-15']
        assert row['items'][0] | {'id': 0} == {
            'id': 0, 'description': 'Web Development', 'amount': 1500, 'qty': 1, 'total': 1500
        }  # fmt: skip

    def test_by_status_however_it_is_written(self, jane: BillingV2) -> None:
        unpaid, part, paid, gone = (made(jane, date=f'2026-01-0{n}') for n in range(1, 5))
        pay(jane, part, 40)
        pay(jane, paid, 100)
        jane.api.post(f'/invoices/{gone["id"]}/write-off', {'reason': 'lost'})
        for query in ('Partially%20Paid', 'Partially+Paid', 'partially_paid', 'PARTIALLY%2BPAID'):
            assert numbers(jane, f'status={query}') == [part['id']]
        assert numbers(jane, 'status=unpaid') == [unpaid['id']]
        assert numbers(jane, 'status=Paid') == [gone['id'], paid['id']]
        assert len(numbers(jane, 'status=')) == 4
        refused = jane.get('/invoices?status=Overdue')
        assert refused.json['errors'] == {
            'status': 'Status must be one of Unpaid, Partially Paid, Paid'
        }
        rows = {row['id']: row for row in jane.get('/invoices').json['data']}
        assert [rows[x['id']]['status'] for x in (unpaid, part, paid, gone)] == [
            'Unpaid', 'Partially Paid', 'Paid', 'Paid'
        ]  # fmt: skip
        assert [x for x in rows.values() if x.get('written_off')] == [rows[gone['id']]]
        assert rows[part['id']]['amount_due'] == 60

    def test_by_customer_dates_and_text(self, jane: BillingV2) -> None:
        jane.post('/customers', {'account': 'Émile', 'country': 'CA'})
        first, second = made(jane, date='2026-01-10'), made(jane, date='2026-02-10')
        third = made(jane, date='2026-03-10', customer_id=2)
        assert numbers(jane) == [third['id'], second['id'], first['id']]
        assert numbers(jane, 'customer_id=2') == [third['id']]
        assert numbers(jane, 'date_from=2026-02-10') == [third['id'], second['id']]
        assert numbers(jane, 'date_to=2026-02-10') == [second['id'], first['id']]
        assert numbers(jane, 'date_from=2026-02-01&date_to=2026-02-28') == [second['id']]
        assert numbers(jane, 'search=emile') == [third['id']]
        assert numbers(jane, f'search={first["invoice_number"]}') == [first['id']]
        assert numbers(jane, 'customer_id=77') == []
        for query in ('customer_id=x', 'date_from=x', 'date_to=2026-02-30'):
            refused = jane.get(f'/invoices?{query}')
            assert (refused.status_code, list(refused.json['errors'])) == (
                400, [query.partition('=')[0]]
            )  # fmt: skip

    def test_neither_drafts_nor_what_was_voided(self, v2: BillingV2) -> None:
        draft = v2.api.post('/invoices', {**INVOICE, 'status': 'draft'}).json
        void = v2.api.post('/invoices', {**INVOICE, 'invoice_no': 'A-1'}).json
        deleted = v2.api.post('/invoices', {**INVOICE, 'invoice_no': 'A-2'}).json
        v2.api.put(f'/invoices/{void["id"]}', {'status': 'void'})
        v2.api.delete(f'/invoices/{deleted["id"]}')
        assert numbers(v2) == []
        for one in (draft, void, deleted):
            for method, path, body in (
                ('GET', '', None),
                ('PUT', '', {'notes': 'x'}),
                ('DELETE', '', None),
                ('GET', '/payments', None),
                ('POST', '/payments', {'amount': 1}),
            ):
                answer = v2.ask(method, f'/invoices/{one["id"]}{path}', body)
                assert (answer.status_code, answer.json) == (
                    404, {'success': False, 'message': 'Invoice not found', 'code': 'erp_not_found'}
                )  # fmt: skip

    def test_what_se_erp_posted_is_there_with_its_taxes(self, v2: BillingV2) -> None:
        v2.api.post('/invoices', INVOICE)
        [row] = v2.get('/invoices').json['data']
        assert (row['amount'], row['subtotal'], row['tax']) == (1437.19, 1250, 187.19)
        assert [(x['amount'], x['qty'], x['total']) for x in row['items']] == [(25, 50, 1250)]

    def test_a_hundred_cost_as_many_statements_as_one(self, jane: BillingV2) -> None:
        for _ in range(12):
            made(jane, WORK, WORK)
        assert [
            x['current_page'] for x in (jane.get('/invoices?page=2&limit=5').json['meta'],)
        ] == [2]
        costs = []
        for limit in (1, 12):
            before = statement_count()
            assert len(jane.get(f'/invoices?limit={limit}').json['data']) == limit
            costs.append(statement_count() - before)
        assert costs[0] == costs[1] <= 2


class TestOne:
    def test_get(self, jane: BillingV2) -> None:
        one = made(jane, **{k: v for k, v in SAMPLE.items() if k != 'items'})
        answer = jane.get(f'/invoices/{one["id"]}')
        del one['warnings']
        assert (answer.status_code, answer.json) == (200, {'success': True, 'data': one})

    def test_put_changes_what_posting_leaves_open(self, jane: BillingV2) -> None:
        one = made(jane, date='2026-01-10', due_date='2026-02-10', notes='Old')
        path = f'/invoices/{one["id"]}'
        answer = jane.put(path, {'due_date': '2026-03-10', 'notes': None})
        assert (answer.status_code, answer.json['message']) == (200, 'Invoice updated')
        assert (answer.json['data']['due_date'], answer.json['data']['notes']) == (
            '2026-03-10',
            None,
        )
        refused = jane.put(path, {'due_date': '2026-01-09'})
        assert refused.json['errors'] == {'due_date': 'Due date must not be before the date'}

    def test_what_was_read_may_be_sent_back_and_nothing_else(self, jane: BillingV2) -> None:
        jane.post('/customers', {'account': 'Other'})
        one = made(jane, {**WORK, 'qty': 2}, WORK)
        path = f'/invoices/{one["id"]}'
        assert jane.put(path, {**one, 'notes': 'New'}).json['data']['notes'] == 'New'
        for change in (
            {'customer_id': 2},
            {'date': '2026-01-01'},
            {'amount': 5},
            {'items': [WORK]},
            {'items': [WORK, WORK]},
        ):
            [name] = change
            refused = jane.put(path, change)
            assert (refused.status_code, list(refused.json['errors'])) == (400, [name])
            assert refused.json['errors'][name].endswith(' cannot be changed')

    def test_taxes_and_products_may_be_sent_back_and_not_changed(self, jane: BillingV2) -> None:
        goods = {'name': 'Hosting', 'price': 10, 'tax_rate': 10}
        product = jane.post('/products', goods).json['data']['id']
        items = [
            {**WORK, 'taxed': True},
            {**WORK, 'tax_rate': 7},
            {'product_id': product},
            WORK,
        ]
        path = f'/invoices/{made(jane, *items)["id"]}'
        for same in ({'tax_rate': 14.975}, {}, {'taxed': True, 'tax_rate': 14.975}):
            said = [{**items[0], **same}, items[1], {'product_id': product, 'tax_rate': 10}, WORK]
            assert jane.put(path, {'items': said}).status_code == 200
        assert jane.put(path, {'items': [*items[:3], {**WORK, 'taxed': False}]}).status_code == 200
        for n, change in (
            (0, {'taxed': False}),
            (0, {'tax_rate': 0}),
            (1, {'tax_rate': 8}),
            (1, {'tax_rate': None, 'taxed': True}),
            (1, {'tax_rate': None, 'taxed': False}),
            (2, {'product_id': product + 1}),
            (2, {'taxed': True}),
            (3, {'taxed': True}),
            (3, {'product_id': product}),
            (3, {'tax_rate': 5}),
        ):
            said = [{**item, **change} if n == at else item for at, item in enumerate(items)]
            refused = jane.put(path, {'items': said})
            assert refused.status_code == 400, (n, change)
            assert refused.json['errors'] == {'items': 'Items cannot be changed'}

    def test_a_line_for_nothing_may_be_sent_back(self, v2: BillingV2) -> None:
        lines = [*INVOICE['lines'], {'description': 'Gift', 'qty': 1, 'unit_price': 0}]
        v2.api.post('/invoices', {**INVOICE, 'lines': lines})
        [row] = v2.get('/invoices').json['data']
        assert [item['amount'] for item in row['items']][-1] == 0
        answer = v2.put(f'/invoices/{row["id"]}', {**row, 'notes': 'New'})
        assert (answer.status_code, answer.json['data']['notes']) == (200, 'New')

    def test_delete_voids(self, jane: BillingV2) -> None:
        one = made(jane)
        path = f'/invoices/{one["id"]}'
        answer = jane.delete(path)
        assert (answer.status_code, answer.json) == (
            200, {'success': True, 'message': 'Invoice deleted'}
        )  # fmt: skip
        assert jane.get(path).status_code == jane.delete(path).status_code == 404
        assert made(jane)['invoice_number'].endswith('0002')
        assert jane.api.difference() == 0

    def test_one_with_payments_stays(self, jane: BillingV2) -> None:
        one = made(jane)
        pay(jane, one, 10)
        refused = jane.delete(f'/invoices/{one["id"]}')
        assert (refused.status_code, refused.json['message']) == (400, 'invoice has payments')

    def test_another_companys_is_not_found(self, jane: BillingV2, other: Api) -> None:
        path = f'/invoices/{made(jane)["id"]}'
        for method, body in (('GET', None), ('PUT', {'notes': 'x'}), ('DELETE', None)):
            assert BillingV2(other).ask(method, path, body).status_code == 404


class TestPayments:
    def test_until_it_is_paid(self, jane: BillingV2) -> None:
        one = made(jane)
        path = f'/invoices/{one["id"]}'
        body = {'amount': 60, 'date': one['date'], 'method': 'cheque', 'reference': '1042'}
        answer = jane.post(f'{path}/payments', body)
        assert (answer.status_code, answer.json['message']) == (201, 'Payment recorded')
        data = answer.json['data']
        assert {name: data[name] for name in body} == body
        assert (data['invoice_id'], data['applied'], data['currency']) == (one['id'], 60, 'CAD')
        assert data['payment_number'].startswith('PAY-')
        part = jane.get(path).json['data']
        assert (part['status'], part['amount_due']) == ('Partially Paid', 40)
        pay(jane, one, 40)
        paid = jane.get(path).json['data']
        assert (paid['status'], paid['amount_due'], paid['amount']) == ('Paid', 0, 100)
        page = jane.get(f'{path}/payments').json
        assert [row['amount'] for row in page['data']] == [40, 60]
        assert page['meta']['total_records'] == 2
        assert jane.api.difference() == 0

    def test_what_is_wrong(self, jane: BillingV2) -> None:
        path = f'/invoices/{made(jane)["id"]}/payments'
        for body, errors in (
            ({}, {'amount': 'Amount is required'}),
            ({'amount': 0}, {'amount': 'Amount must be greater than 0'}),
            ({'amount': 1, 'method': 'shells'}, None),
            ({'amount': 1, 'date': '1800-01-01'}, None),
        ):
            refused = jane.post(path, body)
            assert refused.status_code == 400
            assert refused.json['errors'] == errors or errors is None and refused.json['errors']
        over = jane.post(path, {'amount': 100.01})
        assert (over.status_code, over.json['message']) == (
            400, 'amount 100.01 exceeds balance 100.00'
        )  # fmt: skip
        assert jane.get(path).json['data'] == []

    def test_one_taken_back(self, jane: BillingV2) -> None:
        first, second = made(jane), made(jane)
        path = f'/invoices/{first["id"]}'
        body = {'amount': 60}
        payment = jane.post(f'{path}/payments', body).json['data']['id']
        gone = (404, {'success': False, 'message': 'Payment not found', 'code': 'erp_not_found'})
        for wrong in (f'/invoices/{second["id"]}/payments/{payment}', f'{path}/payments/999'):
            answer = jane.delete(wrong)
            assert (answer.status_code, answer.json) == gone
        answer = jane.delete(f'{path}/payments/{payment}')
        assert (answer.status_code, answer.json['message']) == (200, 'Payment deleted')
        shown = jane.get(path).json['data']
        assert (shown['status'], shown['amount_due']) == ('Unpaid', 100)
        assert jane.get(f'{path}/payments').json['data'] == []
        assert jane.delete(f'{path}/payments/{payment}').status_code == 404
        assert jane.api.difference() == 0

    def test_once_for_one_idempotency_key(self, jane: BillingV2) -> None:
        path, headers = f'/invoices/{made(jane)["id"]}/payments', {'Idempotency-Key': 'p-1'}
        first, again = (jane.post(path, {'amount': 60}, headers=headers) for _ in range(2))
        assert (first.status_code, again.json) == (201, first.json)
        assert len(jane.get(path).json['data']) == 1
