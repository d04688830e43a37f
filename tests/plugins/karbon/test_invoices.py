"""GET /v3/Invoices and /v3/Invoices/{InvoiceKey}, as clients of Karbon ask."""

import datetime as dt
import json
import time

import pytest

from karvo.invoices.models import Document
from karvo.kit.errors import Conflict, InFlight, Invalid, invalid
from plugins.karbon.dialect import dialect
from plugins.karbon.odata import Options
from tenants.models import Company
from tenants.operations import switch_plugin
from tests.conftest import Api, wide_key
from tests.plugins.karbon.conftest import Karbon, invoice

#: members and their order, of Karbon's own sample
MEMBERS = [
    'InvoiceKey', 'InvoiceNumber', 'TotalAmountDue', 'InvoiceTotal', 'InvoiceSubTotal',
    'InvoiceTaxTotal', 'InvoiceDate', 'PaymentDueDate', 'UpdatedAt', 'CurrencyCode',
    'PaymentInstructions', 'InvoiceStatus', 'Client', 'TaxLineItems',
]  # fmt: skip
CLIENT = [
    'ClientKey', 'ClientType', 'Name', 'AddressLine', 'City', 'StateProvinceCounty', 'ZipCode',
    'Country', 'EmailAddress',
]  # fmt: skip
LINE = [
    'LineItemKey', 'BillableItemEntityKey', 'BillableItemType', 'BillableItemEntityType',
    'Description', 'Quantity', 'UnitPrice', 'Amount', 'TaxRate', 'TaxRateName',
]  # fmt: skip


def numbered(karbon: Karbon, count: int) -> None:
    """Invoices of the last `count` days, the newest first: INV-2026-0001 is today's."""
    today = dt.date.fromisoformat(invoice(karbon.api, invoice_no=None)['date'])
    for day in range(1, count):
        invoice(karbon.api, invoice_no=None, date=(today - dt.timedelta(days=day)).isoformat())


class TestList:
    def test_the_sample_of_the_text(self, karbon: Karbon) -> None:
        numbered(karbon, 5)
        answer = karbon.get('/Invoices?$orderby=InvoiceDate+desc&$top=4')
        assert answer.status_code == 200
        assert answer.headers['odata-version'] == '4.0'
        assert list(answer.json) == ['@odata.context', '@odata.count', '@odata.nextLink', 'value']
        assert answer.json['@odata.context'].endswith('/v3/$metadata#Invoices')
        dates = [row['InvoiceDate'] for row in answer.json['value']]
        assert (answer.json['@odata.count'], len(dates)) == (5, 4)
        assert dates == sorted(dates, reverse=True)
        assert dates[0].endswith('T00:00:00Z')

    def test_members_in_karbons_order(self, karbon: Karbon) -> None:
        made = invoice(karbon.api)
        [row] = karbon.get('/Invoices').json['value']
        assert list(row) == MEMBERS
        assert list(row['Client']) == CLIENT
        assert row['InvoiceNumber'] == made['invoice_no']
        assert (row['InvoiceTotal'], row['InvoiceSubTotal']) == (1437.19, 1250.0)
        assert (row['InvoiceTaxTotal'], row['TotalAmountDue']) == (187.19, 1437.19)
        assert [x['TaxValue'] for x in row['TaxLineItems']] == [62.5, 124.69]
        assert row['InvoiceStatus'] == 'Approved'
        assert row['PaymentInstructions'] is None
        assert row['Client']['Name'] == 'Acme Distribution Inc.'
        assert row['Client']['ClientType'] == 'Organization'
        assert len(row['InvoiceKey']) == 12

    def test_instructions_are_the_companys(self, karbon: Karbon) -> None:
        karbon.api.put('/settings', {'payment_instructions': 'Virement à 815-30000'})
        invoice(karbon.api)
        [row] = karbon.get('/Invoices').json['value']
        assert row['PaymentInstructions'] == 'Virement à 815-30000'

    def test_links_lead_to_the_end_and_keep_every_option(self, karbon: Karbon) -> None:
        numbered(karbon, 7)
        page = karbon.get("/Invoices?$top=3&$orderby=InvoiceNumber&foo=b%20r&$filter="
                          "InvoiceStatus%20eq%20'Approved'").json  # fmt: skip
        assert 'foo=b%20r' in page['@odata.nextLink']
        seen = [row['InvoiceNumber'] for row in page['value']]
        while '@odata.nextLink' in page:
            page = karbon.follow(page['@odata.nextLink']).json
            seen += [row['InvoiceNumber'] for row in page['value']]
        assert (len(seen), seen) == (7, sorted(seen))

    @pytest.mark.parametrize(
        ('query', 'shown', 'has_link'),
        [('$top=0', 0, False), ('$top=1000', 3, False), ('$skip=2', 1, False),
         ('$skip=9', 0, False), ('$top=1&$skip=1', 1, True), ('$count=true', 3, False)],
    )  # fmt: skip
    def test_windows(self, karbon: Karbon, query: str, shown: int, has_link: bool) -> None:
        numbered(karbon, 3)
        page = karbon.get(f'/Invoices?{query}').json
        assert (page['@odata.count'], len(page['value'])) == (3, shown)
        assert ('@odata.nextLink' in page) is has_link

    @pytest.mark.parametrize('name', ['InvoiceDate', 'InvoiceNumber', 'CreatedAt', 'UpdatedAt'])
    def test_orders(self, karbon: Karbon, name: str) -> None:
        numbered(karbon, 3)
        up = [x['InvoiceKey'] for x in karbon.get(f'/Invoices?$orderby={name}').json['value']]
        down = karbon.get(f'/Invoices?$orderby={name}%20desc').json['value']
        assert up == [x['InvoiceKey'] for x in reversed(down)]
        assert len(set(up)) == 3

    @pytest.mark.parametrize(
        'query',
        ['$orderby=Total', '$orderby=InvoiceDate%20up', '$top=-1', '$top=many', '$skip=-1',
         "$filter=Total%20eq%20'1'", "$filter=InvoiceStatus%20eq%20'Lost'", '$filter=and',
         "$filter=InvoiceStatus%20ne%20'Paid'", '$expand=Payments', '$apply=x', '$search=acme',
         '$select=Nothing', '$count=perhaps'],
    )  # fmt: skip
    def test_what_is_not_understood_is_refused(self, karbon: Karbon, query: str) -> None:
        invoice(karbon.api)
        answer = karbon.get(f'/Invoices?{query}')
        assert answer.status_code == 400
        assert answer.json['error']['code'] == 'BadRequest'
        assert '$' in answer.json['error']['message']

    @pytest.mark.parametrize(
        ('text', 'is_good'),
        [("(A eq 'Paid') or (A eq 'Voided')", True), ("((A eq 'Paid') or A eq 'Voided')", True),
         ("( A   eq  'Paid' )", True), ("(A eq 'Paid' or (A eq 'Voided'))", True),
         ("(A eq 'Paid'", False), ("A eq 'Paid')", False), (")A eq 'Paid'(", False),
         ("(A eq 'Paid' or A eq 'Voided'", False), ("(A eq 'Paid')) or (A eq 'Voided')", False),
         ("(((A eq 'Paid')))", False), ('()', False), ("A eq 'Paid' or", False)],
    )  # fmt: skip
    def test_parentheses_of_a_filter_come_in_pairs(self, text: str, is_good: bool) -> None:
        options = Options(filter=text.replace('A', 'InvoiceStatus'))
        if is_good:
            assert options.stages and set(options.stages) <= {'paid', 'void'}
        else:
            with pytest.raises(Invalid):
                print(options.stages)

    @pytest.mark.parametrize('fill', [' ', '( ', ' or '])
    def test_a_long_filter_is_read_at_once(self, fill: str) -> None:
        text = f"InvoiceStatus eq 'Paid'{fill * (7900 // len(fill))}x"
        started = time.process_time()
        with pytest.raises(Invalid):
            print(Options(filter=text).stages)
        assert time.process_time() - started < 0.05

    def test_selected_members(self, karbon: Karbon) -> None:
        invoice(karbon.api)
        page = karbon.get('/Invoices?$select=InvoiceKey,InvoiceTotal').json
        assert [list(row) for row in page['value']] == [['InvoiceKey', 'InvoiceTotal']]

    def test_what_is_expanded_stays_with_what_is_selected(self, karbon: Karbon) -> None:
        invoice(karbon.api)
        query = '?$select=InvoiceKey&$expand=LineItems'
        [row] = karbon.get(f'/Invoices{query}').json['value']
        assert list(row) == ['InvoiceKey', 'LineItems'] and len(row['LineItems']) == 1
        one = karbon.get(f'/Invoices/{row["InvoiceKey"]}{query}').json
        assert list(one) == ['@odata.context', 'InvoiceKey', 'LineItems']
        for text in ('*', '*,InvoiceKey'):
            [row] = karbon.get(f'/Invoices?$select={text}').json['value']
            assert list(row) == MEMBERS

    @pytest.mark.parametrize('name', ['Nothing', '@odata.context', 'invoice_key'])
    def test_unknown_members_are_refused_where_there_is_nothing(
        self, karbon: Karbon, name: str
    ) -> None:
        for path in ('/Invoices', '/Invoices/AAAAAAAAAAAA'):
            answer = karbon.get(f'{path}?$select=InvoiceKey,{name}')
            assert answer.status_code == 400
            assert '$select does not know' in answer.json['error']['message']

    def test_lines_in_the_list(self, karbon: Karbon) -> None:
        invoice(karbon.api)
        page = karbon.get('/Invoices?$expand=LineItems').json
        assert page['@odata.context'].endswith('#Invoices(LineItems())')
        assert len(page['value'][0]['LineItems']) == 1


class TestStatuses:
    def status(self, karbon: Karbon, key: str) -> str:
        return karbon.get(f'/Invoices/{key}').json['InvoiceStatus']

    def test_each_stage_of_an_invoice(self, karbon: Karbon) -> None:
        made = invoice(karbon.api)
        key = karbon.get('/Invoices').json['value'][0]['InvoiceKey']
        assert self.status(karbon, key) == 'Approved'
        karbon.api.post(f'/invoices/{made["id"]}/send', {'mark_only': True})
        assert self.status(karbon, key) == 'AwaitingPayment'
        pay = {'invoice_no': made['invoice_no'], 'amount': 1000, 'method': 'eft'}
        karbon.api.post('/billing/payments', pay)
        assert self.status(karbon, key) == 'AwaitingPayment'
        karbon.api.post('/billing/payments', {**pay, 'amount': 437.19})
        assert self.status(karbon, key) == 'Paid'

    def test_drafts_are_hidden_and_voided_ones_are_not(self, karbon: Karbon) -> None:
        draft = invoice(karbon.api, status='draft', invoice_no=None)
        void = invoice(karbon.api)
        karbon.api.delete(f'/invoices/{void["id"]}')
        page = karbon.get('/Invoices').json
        assert page['@odata.count'] == 1
        [row] = page['value']
        assert (row['InvoiceStatus'], row['TotalAmountDue']) == ('Voided', 0)
        with karbon.api.company():
            key = Document.get_by_id(draft['id']).key
        answer = karbon.get(f'/Invoices/{key}')
        assert (answer.status_code, answer.json['error']['code']) == (404, 'NotFound')

    def test_filtered_by_one_and_by_several(self, karbon: Karbon) -> None:
        paid, sent = invoice(karbon.api), invoice(karbon.api, invoice_no=None)
        invoice(karbon.api, invoice_no=None)
        karbon.api.post('/billing/payments', {'invoice_id': paid['id'], 'amount': 1437.19})
        karbon.api.post(f'/invoices/{sent["id"]}/send', {'mark_only': True})

        def count(text: str) -> int:
            return karbon.get(f'/Invoices?$filter={text}').json['@odata.count']

        assert count("InvoiceStatus%20eq%20'Paid'") == 1
        assert count("InvoiceStatus%20eq%20'Paid'%20or%20InvoiceStatus%20eq%20'Approved'") == 2
        assert count("(InvoiceStatus+eq+'AwaitingPayment')") == 1
        assert count("InvoiceStatus%20eq%20'Exported'") == 0


class TestOne:
    def test_with_its_lines(self, karbon: Karbon) -> None:
        invoice(karbon.api)
        key = karbon.get('/Invoices').json['value'][0]['InvoiceKey']
        plain = karbon.get(f'/Invoices/{key}').json
        assert list(plain) == ['@odata.context', *MEMBERS]
        assert plain['@odata.context'].endswith('/v3/$metadata#Invoices/$entity')
        whole = karbon.get(f'/Invoices/{key}?$expand=LineItems').json
        assert list(whole) == ['@odata.context', *MEMBERS, 'LineItems']
        assert '#Invoices(LineItems())' in whole['@odata.context']
        [line] = whole['LineItems']
        assert list(line) == LINE
        assert len(bytes.fromhex(line['LineItemKey'])) == 16
        assert (line['BillableItemType'], line['BillableItemEntityKey']) == ('Entity', None)
        assert (line['Quantity'], line['UnitPrice'], line['Amount']) == (50, 25, 1250)
        assert (line['TaxRate'], line['TaxRateName']) == (14.975, 'TPS+TVQ')

    def test_lines_without_tax(self, karbon: Karbon) -> None:
        lines = [{'description': 'Don', 'qty': 1, 'unit_price': 10, 'tax_code': 'exempt'}]
        karbon.api.post('/invoices', {'customer_code': 'X', 'customer_name': 'X', 'lines': lines})
        [row] = karbon.get('/Invoices?$expand=LineItems').json['value']
        [line] = row['LineItems']
        assert (line['TaxRate'], line['TaxRateName']) == (0, 'No Tax Set')

    def test_another_companys_is_not_found(self, karbon: Karbon, other: Api) -> None:
        invoice(other)
        key = Karbon(other).get('/Invoices').json['value'][0]['InvoiceKey']
        assert karbon.get(f'/Invoices/{key}').status_code == 404
        assert karbon.get('/Invoices').json['@odata.count'] == 0


class TestCredentials:
    def test_none_and_wrong_ones(self, karbon: Karbon) -> None:
        for headers in ({}, {'Authorization': 'Bearer se_wrong'}, {'AccessKey': 'x'}):
            answer = karbon.client.simulate_get('/v3/Invoices', headers=headers)
            assert answer.status_code == 401
            assert answer.json['error']['code'] == 'Unauthorized'

    def test_the_access_key_names_the_tokens_company(self, karbon: Karbon, other: Api) -> None:
        def row(api: Api) -> Company:
            return Company.get(Company.uid == api.tenant.company_id)

        for named in (str(row(karbon.api).uid), str(row(karbon.api).uid).upper(),
                      row(karbon.api).key):  # fmt: skip
            assert karbon.get('/Invoices', AccessKey=named).status_code == 200
        for named in (str(row(other).uid), row(other).key, 'nonsense'):
            assert karbon.get('/Invoices', AccessKey=named).status_code == 401

    def test_se_erps_header_opens_nothing_here(self, karbon: Karbon) -> None:
        headers = {'X-SE-ERP-Key': karbon.key}
        assert karbon.client.simulate_get('/v3/Invoices', headers=headers).status_code == 401

    def test_too_many_requests(self, karbon: Karbon) -> None:
        plain = Karbon(karbon.api, wide_key(karbon.api.tenant, rate_limit=None))
        first = plain.get('/Invoices')
        assert first.headers['x-ratelimit-limit'] == '120'
        for _ in range(119):
            plain.get('/Payments')
        refused = plain.get('/Invoices')
        assert refused.status_code == 429
        seconds = refused.headers['retry-after']
        assert refused.json == {
            'statusCode': '429',
            'message': f'Rate limit is exceeded. Try again in {seconds} seconds.',
        }


class TestRefusals:
    def test_unknown_routes_and_methods(self, karbon: Karbon) -> None:
        for method, path in (('GET', '/Contacts'), ('DELETE', '/Invoices'), ('GET', '')):
            answer = karbon.ask(method, path)
            assert (answer.status_code, answer.json['error']['code']) == (404, 'NotFound')

    def test_unreadable_json(self, karbon: Karbon) -> None:
        headers = {'Authorization': f'Bearer {karbon.key}', 'Content-Type': 'application/json'}
        answer = karbon.client.simulate_post('/v3/ManualPayments', headers=headers, body=b'{"a')
        assert (answer.status_code, answer.json['error']['code']) == (400, 'BadRequest')

    def test_too_large_and_still_running(self, karbon: Karbon) -> None:
        body = {'InvoiceKey': 'x' * 1_000_001}
        answer = karbon.ask('POST', '/ManualPayments', body)
        assert (answer.status_code, answer.json['error']['code']) == (413, 'RequestEntityTooLarge')
        assert dialect.error(InFlight('the first is still running'), {})[0] == 409
        assert {'409', '413'} <= dialect.refusals.keys()

    def test_only_names_of_members_are_translated(self) -> None:
        fields = {'date': 'PaymentDate', 'amount': 'TotalAmount'}
        problem = invalid(date='must be a date like 2026-11-20', amount='exceeds the update')
        told = dialect.error(problem, fields)[1].error.message
        assert told == 'PaymentDate must be a date like 2026-11-20; TotalAmount exceeds the update'
        assert dialect.error(Conflict('the date is over'), fields)[1].error.message.startswith(
            'the'
        )

    def test_a_disabled_dialect_is_unknown_in_its_own_words(self, karbon: Karbon) -> None:
        assert switch_plugin(karbon.api.tenant.slug, 'karbon', False) == {'karbon'}
        answer = karbon.get('/Invoices')
        assert (answer.status_code, answer.json['error']['code']) == (404, 'NotFound')
        switch_plugin(karbon.api.tenant.slug, 'karbon', True)
        assert karbon.get('/Invoices').status_code == 200


class TestPayments:
    def test_a_manual_payment(self, karbon: Karbon) -> None:
        invoice(karbon.api)
        key = karbon.get('/Invoices').json['value'][0]['InvoiceKey']
        body = {'InvoiceKey': key, 'PaymentMethod': 'Credit Card',
                'PaymentDate': '2026-11-20T00:00:00Z', 'TotalAmount': 437.19}  # fmt: skip
        made = karbon.ask('POST', '/ManualPayments', body)
        assert made.status_code == 201, made.text
        assert made.json['Invoices'][0]['InvoiceKey'] == key
        assert made.json['PaymentMethod'] == 'Credit Card'
        assert karbon.get(f'/Invoices/{key}').json['TotalAmountDue'] == 1000
        page = karbon.get('/Payments').json
        assert (page['@odata.count'], page['value'][0]['TotalAmount']) == (1, 437.19)
        assert karbon.api.difference() == 0

    def test_more_than_is_owed(self, karbon: Karbon) -> None:
        invoice(karbon.api)
        key = karbon.get('/Invoices').json['value'][0]['InvoiceKey']
        body = {'InvoiceKey': key, 'PaymentMethod': 'Cash', 'PaymentDate': '2026-11-20',
                'TotalAmount': 2000}  # fmt: skip
        answer = karbon.ask('POST', '/ManualPayments', body)
        assert answer.status_code == 409
        assert 'exceeds' in answer.json['error']['message']

    @pytest.mark.parametrize('change', [{'TotalAmount': 0}, {'PaymentMethod': 'Barter'},
                                        {'PaymentDate': 'soon'}])  # fmt: skip
    def test_a_bad_one_names_the_member(self, karbon: Karbon, change: dict[str, object]) -> None:
        invoice(karbon.api)
        key = karbon.get('/Invoices').json['value'][0]['InvoiceKey']
        body = {'InvoiceKey': key, 'PaymentMethod': 'Cash', 'PaymentDate': '2026-11-20',
                'TotalAmount': 20, **change}  # fmt: skip
        answer = karbon.ask('POST', '/ManualPayments', body)
        assert answer.status_code == 400
        assert next(iter(change)) in answer.json['error']['message']

    def test_a_reader_may_not_pay(self, karbon: Karbon) -> None:
        reader = Karbon(karbon.api, wide_key(karbon.api.tenant, scopes=['read-only']))
        answer = reader.ask('POST', '/ManualPayments', {})
        assert (answer.status_code, answer.json['error']['code']) == (403, 'Forbidden')


def test_the_document(karbon: Karbon) -> None:
    answer = karbon.client.simulate_get('/openapi/karbon.json')
    assert answer.status_code == 200
    assert set(answer.json['paths']) == {
        '/Invoices', '/Invoices/{invoice_key}', '/Payments', '/ManualPayments'
    }  # fmt: skip
    listed = answer.json['paths']['/Invoices']['get']
    assert {'$orderby', '$top', '$skip', '$filter'} <= {x['name'] for x in listed['parameters']}
    assert json.dumps(answer.json).count('rest_') == 0
    assert listed['security'] == [{'bearer': []}, {'bearer': [], 'accessKey': []}]
    shapes = answer.json['components']['schemas']
    refusals = {
        status: one['content']['application/json']['schema']['$ref'].rpartition('/')[2]
        for status, one in listed['responses'].items()
        if status > '400'
    }
    assert refusals.pop('429') == 'TooMany' and set(refusals.values()) == {'ODataError'}
    assert set(shapes['TooMany']['properties']) == {'statusCode', 'message'}
