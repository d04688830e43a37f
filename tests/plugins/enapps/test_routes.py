"""Enapps' addresses, as its text's samples and a web shop ask them."""

import datetime as dt

import pytest

from karvo.app import document_of
from tests.conftest import Api, wide_key
from tests.plugins.enapps.conftest import Enapps, invoice

INVOICE_MEMBERS = [
    'id', 'number', 'partner_id', 'address_invoice_id', 'payment_term', 'reference', 'currency',
    'invoice_date', 'due_date', 'state', 'total_net', 'total_gross', 'amount_tax',
]  # fmt: skip
LINE_MEMBERS = [
    'id', 'invoice_id', 'product_id', 'parameters', 'quantity', 'description', 'price_unit',
    'line_total', 'tax_name',
]  # fmt: skip


class TestInvoices:
    def test_of_a_partner(self, enapps: Enapps) -> None:
        made = invoice(enapps.api, po_reference='PO-7')
        partner = made['customer_id']
        answer = enapps.get(f'/invoices?partner_id={partner}')
        assert answer.status_code == 200
        [row] = answer.json
        assert list(row) == INVOICE_MEMBERS
        assert (row['id'], row['number'], row['partner_id']) == (
            made['id'], made['invoice_no'], partner
        )  # fmt: skip
        assert (row['total_net'], row['total_gross'], row['amount_tax']) == (1250, 1437.19, 187.19)
        assert (row['state'], row['reference'], row['currency']) == ('unpaid', 'PO-7', 'CAD')
        assert row['invoice_date'] == made['date'] and row['due_date'] == made['due_date']
        assert answer.headers['x-total-count'] == '1'
        assert answer.headers['x-page-count'] == '1'

    def test_the_samples_address_ends_with_a_slash(self, enapps: Enapps) -> None:
        made = invoice(enapps.api)
        assert len(enapps.get(f'/invoices/?partner_id={made["customer_id"]}').json) == 1

    def test_needs_a_partner_or_an_id(self, enapps: Enapps) -> None:
        made = invoice(enapps.api)
        refused = enapps.get('/invoices/')
        assert (refused.status_code, refused.json) == (400, {'error': 'partner_id is required'})
        assert [x['id'] for x in enapps.get(f'/invoices?_id={made["id"]}').json] == [made['id']]
        both = f'/invoices?_id={made["id"]}&partner_id='
        assert len(enapps.get(f'{both}{made["customer_id"]}').json) == 1
        assert enapps.get(f'{both}{made["customer_id"] + 1}').json == []

    def test_what_nobody_knows_is_an_empty_list(self, enapps: Enapps) -> None:
        for query in ('partner_id=999', '_id=999'):
            answer = enapps.get(f'/invoices?{query}')
            assert (answer.status_code, answer.json) == (200, [])

    def test_neither_drafts_nor_what_was_voided(self, enapps: Enapps) -> None:
        draft = invoice(enapps.api, status='draft')
        void = invoice(enapps.api)
        enapps.api.delete(f'/invoices/{void["id"]}')
        for one in (draft, void):
            assert enapps.get(f'/invoices?_id={one["id"]}').json == []

    def test_state_follows_the_balance(self, enapps: Enapps) -> None:
        made = invoice(enapps.api)
        path = f'/invoices?_id={made["id"]}'
        enapps.api.post('/billing/payments', {'invoice_id': made['id'], 'amount': 437.19})
        assert enapps.get(path).json[0]['state'] == 'unpaid'
        enapps.api.post('/billing/payments', {'invoice_id': made['id'], 'amount': 1000})
        assert enapps.get(path).json[0]['state'] == 'paid'

    def test_of_a_day_and_later(self, enapps: Enapps) -> None:
        new = invoice(enapps.api)
        old = (dt.date.fromisoformat(new['date']) - dt.timedelta(days=3)).isoformat()
        invoice(enapps.api, date=old)
        path = f'/invoices?partner_id={new["customer_id"]}&invoice_date='
        assert len(enapps.get(path + old).json) == 2
        assert [x['id'] for x in enapps.get(path + new['date']).json] == [new['id']]
        refused = enapps.get(path + '2026-13-01')
        assert refused.status_code == 400 and 'invoice_date' in refused.json['error']

    def test_a_hundred_a_page_oldest_first(self, enapps: Enapps) -> None:
        line = {'description': 'x', 'qty': 1, 'unit_price': 1}
        made = [invoice(enapps.api, lines=[line], subtotal=1, tps=None, tvq=None, total=None)
                for _ in range(103)]  # fmt: skip
        path = f'/invoices?partner_id={made[0]["customer_id"]}'
        first, second = enapps.get(path), enapps.get(f'{path}&page=2')
        ids = [row['id'] for row in [*first.json, *second.json]]
        assert (len(first.json), len(second.json)) == (100, 3)
        assert ids == sorted(one['id'] for one in made)
        assert (first.headers['x-total-count'], second.headers['x-page']) == ('103', '2')
        assert enapps.get(f'{path}&page=3').json == []
        assert enapps.get(f'{path}&page=0').status_code == 400

    @pytest.mark.parametrize(
        'given',
        ['additional_fields=balance,state_detail',
         'additional_fields=balance&additional_fields=state_detail',
         'additional_fields=%5B%22balance%22,%22state_detail%22%5D'],
    )  # fmt: skip
    def test_additional_fields(self, enapps: Enapps, given: str) -> None:
        made = invoice(enapps.api)
        [row] = enapps.get(f'/invoices?_id={made["id"]}&{given}').json
        assert list(row) == [*INVOICE_MEMBERS, 'balance', 'state_detail']
        assert (row['balance'], row['state_detail']) == (1437.19, 'unpaid')

    def test_every_additional_field_and_none_else(self, enapps: Enapps) -> None:
        made = invoice(enapps.api)
        names = ('amount_paid', 'po_reference', 'customer_name', 'ship_to', 'notes', 'sent_at',
                 'write_date', 'create_date', 'pdf_url')  # fmt: skip
        path = f'/invoices?_id={made["id"]}&additional_fields='
        [row] = enapps.get(path + ','.join(names)).json
        assert list(row)[len(INVOICE_MEMBERS) :] == list(names)
        assert row['pdf_url'].endswith(f'/wp-json/se-erp/v2/invoices/{made["id"]}/pdf')
        assert row['pdf_url'].startswith('http')
        refused = enapps.get(path + 'cost')
        assert (refused.status_code, 'cost' in refused.json['error']) == (400, True)


class TestWhereParametersAre:
    def test_in_a_header_as_the_sample_prints_it(self, enapps: Enapps) -> None:
        made = invoice(enapps.api)
        answer = enapps.get('/invoice_lines/', headers={'invoice_id': str(made['id'])})
        assert [row['invoice_id'] for row in answer.json] == [made['id']]

    def test_in_a_body_on_get(self, enapps: Enapps) -> None:
        made = invoice(enapps.api)
        json = {'invoice_id': made['id']}
        assert len(enapps.get('/invoice_lines', json=json).json) == 1
        form = {'Content-Type': 'application/x-www-form-urlencoded'}
        body = f'invoice_id={made["id"]}'
        assert len(enapps.get('/invoice_lines', body=body, headers=form).json) == 1
        parts = {'Content-Type': 'multipart/form-data; boundary=Xy7'}
        part = f'Content-Disposition: form-data; name="invoice_id"\r\n\r\n{made["id"]}'
        body = f'--Xy7\r\n{part}\r\n--Xy7--\r\n'
        assert len(enapps.get('/invoice_lines', body=body, headers=parts).json) == 1

    def test_bodies_that_nobody_can_read_are_refused(self, enapps: Enapps) -> None:
        deep = '{"additional_fields":' + 900 * '[' + 900 * ']' + '}'
        json = {'Content-Type': 'application/json'}
        for body in (deep, '{"invoice_date": "2026-11', 9999 * '[', '[1]', '7'):
            answer = enapps.get('/invoices?_id=1', body=body, headers=json)
            assert (answer.status_code, list(answer.json)) == (400, ['error'])
        parts = {'Content-Type': 'multipart/form-data; boundary=Xy7'}
        part = 'Content-Disposition: form-data; name="page"\r\nContent-Type: text/plain; charset='
        body = f'--Xy7\r\n{part}unicode_escape\r\n\r\n\\ud800\r\n--Xy7--\r\n'
        answer = enapps.get('/invoices?_id=1', body=body, headers=parts)
        assert (answer.status_code, list(answer.json)) == (400, ['error'])

    def test_an_empty_body_of_php_says_nothing(self, enapps: Enapps) -> None:
        for body in ('[]', '{}', 'null'):
            json = {'Content-Type': 'application/json'}
            assert enapps.get('/invoices?_id=1', body=body, headers=json).status_code == 200

    def test_a_blank_one_is_not_given(self, enapps: Enapps) -> None:
        made = invoice(enapps.api)
        refused = enapps.get('/invoices?partner_id=&_id=%20')
        assert (refused.status_code, refused.json) == (400, {'error': 'partner_id is required'})
        answer = enapps.get(
            f'/invoices?partner_id=&_id={made["id"]}&invoice_date=&page=', json={'page': ' '}
        )
        assert [row['id'] for row in answer.json] == [made['id']]
        assert len(enapps.get('/partners?ref=&website=&crm_type=', headers={'_id': ''}).json) == 1

    def test_the_query_string_wins(self, enapps: Enapps) -> None:
        made = invoice(enapps.api)
        path = f'/invoice_lines?invoice_id={made["id"]}'
        answer = enapps.get(path, json={'invoice_id': 999}, headers={'invoice_id': '998'})
        assert len(answer.json) == 1


class TestLines:
    def test_of_an_invoice(self, enapps: Enapps) -> None:
        product = {'sku': 'CLN-5000', 'name_en': 'Cleaner', 'name_fr': 'Nettoyant', 'price': 25}
        assert enapps.api.post('/products', product).status_code == 201
        made = invoice(enapps.api)
        answer = enapps.get(f'/invoice_lines?invoice_id={made["id"]}')
        [row] = answer.json
        assert list(row) == LINE_MEMBERS
        assert row['product_id'] == [made['lines'][0]['product_id'], 'Cleaner']
        assert (row['quantity'], row['price_unit'], row['line_total']) == (50, 25, 1250)
        assert (row['tax_name'], row['parameters']) == ('TPS + TVQ', [])

    def test_a_whole_quantity_is_an_integer(self, enapps: Enapps) -> None:
        lines = [{'description': d, 'qty': q, 'unit_price': 1} for d, q in (('a', 3), ('b', 2.5))]
        made = invoice(enapps.api, lines=lines, subtotal=5.5, tps=None, tvq=None, total=None)
        text = enapps.get(f'/invoice_lines?invoice_id={made["id"]}').text
        assert '"quantity":3,' in text and '"quantity":2.5,' in text
        assert '"product_id":null' in text

    def test_needs_an_invoice(self, enapps: Enapps) -> None:
        refused = enapps.get('/invoice_lines/')
        assert (refused.status_code, refused.json) == (400, {'error': 'invoice_id is required'})
        draft = invoice(enapps.api, status='draft')
        for one in (draft['id'], 999):
            assert enapps.get(f'/invoice_lines?invoice_id={one}').json == []

    def test_pages_and_more_fields(self, enapps: Enapps) -> None:
        lines = [{'description': str(n), 'qty': 1, 'unit_price': 1} for n in range(102)]
        made = invoice(enapps.api, lines=lines, subtotal=102, tps=None, tvq=None, total=None)
        path = f'/invoice_lines?invoice_id={made["id"]}&page=2&additional_fields=uom'
        answer = enapps.get(path)
        assert [row['description'] for row in answer.json] == ['100', '101']
        assert (answer.json[0]['uom'], answer.headers['x-total-count']) == ('unit', '102')


class TestPartners:
    def test_whom_invoices_name(self, enapps: Enapps) -> None:
        made = invoice(enapps.api)
        [row] = enapps.get('/partners').json
        assert list(row) == ['id', 'ref', 'name', 'crm_type', 'write_date', 'create_date']
        assert (row['id'], row['ref']) == (made['customer_id'], 'ACME01')
        today = dt.datetime.now(dt.UTC).date()
        cases = {'ref=acme01': 1, 'ref=NO': 0, 'crm_type=customer': 1, 'crm_type=prospect': 0,
                 f'_id={row["id"]}': 1, '_id=999': 0, f'write_date={today}': 1,
                 f'create_date={today + dt.timedelta(days=2)}': 0}  # fmt: skip
        for query, count in cases.items():
            assert len(enapps.get(f'/partners?{query}').json) == count, query
        assert enapps.get('/partners?crm_type=friend').status_code == 400


class TestRefusals:
    def test_each_in_its_own_words(self, enapps: Enapps) -> None:
        client = enapps.client
        assert client.simulate_get('/api/v1/invoices').status_code == 401
        for path in ('/nowhere', '/invoices/7', ''):
            answer = enapps.get(path)
            assert (answer.status_code, list(answer.json)) == (404, ['error'])
        headers = {'Authorization': f'Bearer {enapps.token}', 'Content-Type': 'application/json'}
        answer = client.simulate_post('/api/v1/auth', headers=headers, body=b'{"a')
        assert (answer.status_code, list(answer.json)) == (400, ['error'])
        assert client.simulate_post('/api/v1/invoices', headers=headers).status_code == 404

    def test_too_large(self, enapps: Enapps) -> None:
        answer = enapps.get('/partners', json={'ref': 'x' * 1_000_001})
        assert (answer.status_code, list(answer.json)) == (413, ['error'])
        assert '413' in document_of('enapps')['paths']['/partners']['get']['responses']

    def test_too_many(self, enapps: Enapps) -> None:
        plain = Enapps(enapps.api, wide_key(enapps.api.tenant, rate_limit=None))
        for _ in range(60):
            assert plain.get('/partners').status_code == 200
        answer = plain.get('/partners')
        assert (answer.status_code, answer.json) == (429, {'error': 'Rate limit exceeded'})
        assert int(answer.headers['retry-after']) <= 60

    def test_another_companys(self, enapps: Enapps, other: Api) -> None:
        made = invoice(other)
        assert enapps.get(f'/invoices?_id={made["id"]}').json == []
        assert enapps.get(f'/invoice_lines?invoice_id={made["id"]}').json == []
        assert enapps.get('/partners').json == []


class TestDocument:
    def test_logging_in_is_no_write(self) -> None:
        operation = document_of('enapps')['paths']['/auth']['post']
        assert 'Idempotency-Key' not in [one['name'] for one in operation['parameters']]

    def test_groups_are_the_first_part_of_the_address(self) -> None:
        document = document_of('enapps')
        groups = [tag['name'] for tag in document['tags']]
        assert groups == ['auth', 'invoices', 'invoice_lines', 'partners']
