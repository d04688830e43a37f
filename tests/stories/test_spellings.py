"""One book, four APIs: after every step each of them tells the same facts, to the cent."""

import typing
from decimal import Decimal

import falcon
import pytest

from tests.conftest import INVOICE, Api, wide_key
from tests.spellings import Fact, Spellings

SCOPES = ['read-write', 'settings:write', 'period.unlock']


@pytest.fixture
def books(app: falcon.App, api: Api) -> Spellings:
    """A key that may ask for deleted ones too."""
    assert api.tenant is not None
    return Spellings(Api(app, api.tenant, wide_key(api.tenant, scopes=SCOPES)))


class TestStory:
    def test_create_pay_in_part_pay_credit_void(self, books: Spellings) -> None:
        api = books.api
        assert books.agree() == {}
        made = api.post('/invoices', INVOICE).json
        number = made['invoice_no']
        whole = Fact(Decimal('1437.19'), Decimal(1250), Decimal('187.19'), Decimal('1437.19'))
        assert books.agree() == {number: whole}

        draft = api.post('/invoices', {**INVOICE, 'invoice_no': None, 'status': 'draft'})
        assert draft.status_code == 201
        assert list(books.agree()) == [number]

        self.pay_through_karbon(books, number, 437.19)
        assert books.agree()[number].balance == 1000
        paid = api.post('/billing/payments', {'invoice_no': number, 'amount': 1000})
        assert paid.status_code == 201
        assert books.agree()[number] == whole._replace(balance=Decimal(0))

        second = self.create_through_v2(books, made['customer_id'])
        assert books.agree()[second].balance == 1500
        credit = {'invoice_no': second, 'amount': 400, 'reason': 'scratched'}
        assert api.post('/billing/credits', credit).status_code == 201
        assert books.agree()[second].balance == 1100

        third = api.post('/invoices', {**INVOICE, 'invoice_no': None}).json
        assert len(books.agree()) == 3
        assert api.delete(f'/invoices/{third["id"]}').status_code == 200
        assert set(books.agree()) == {number, second}
        assert api.difference() == 0

    def test_other_taxes_and_a_bad_debt(self, books: Spellings) -> None:
        api = books.api
        product = {'sku': 'BOOK', 'name': 'Book', 'price': 40, 'pst_exempt': True}
        book = api.post('/products', product).json['id']
        customer = api.post('/customers', {'code': 'ACME01', 'name': 'Acme'}).json['id']
        items = [
            {'description': 'Seven', 'amount': 100, 'tax_rate': 7},
            {'product_id': book},
            {'description': 'Place', 'amount': 10, 'taxed': True},
            {'description': 'Free', 'amount': 1},
        ]
        number = self.create_through_v2(books, customer, items)
        # OWN-7 of 100: 7.00; TPS of 50: 2.50; TVQ of 10: 1.00.
        mixed = Fact(Decimal('161.50'), Decimal(151), Decimal('10.50'), Decimal('161.50'))
        assert books.agree() == {number: mixed}
        self.check_lines(books, number)

        credit = {'invoice_no': number, 'reason': 'torn', 'lines': [{'sku': 'BOOK'}]}
        assert api.post('/billing/credits', credit).json['total'] == 42
        assert books.agree()[number].balance == Decimal('119.50')

        bad = api.post('/invoices', {**INVOICE, 'invoice_no': None}).json
        api.post('/billing/payments', {'invoice_id': bad['id'], 'amount': 10})
        lost = api.post(f'/invoices/{bad["id"]}/write-off', {'reason': 'bankrupt'})
        assert lost.status_code == 200, lost.text
        facts = books.agree()
        assert len(facts) == 2
        assert facts[bad['invoice_no']].balance == 0
        assert api.difference() == 0

    def check_lines(self, books: Spellings, number: str) -> None:
        """The dialects that tell a line's taxes name those that it bore."""
        [row] = books.get('/v3/Invoices').json['value']
        assert row['InvoiceNumber'] == number
        whole = books.get(f'/v3/Invoices/{row["InvoiceKey"]}', '$expand=LineItems').json
        told = [(line['TaxRateName'], line['TaxRate']) for line in whole['LineItems']]
        assert told == [('OWN-7', 7), ('TPS', 5), ('TPS+TVQ', 14.975), ('No Tax Set', 0)]
        [partner] = books.get('/api/v1/partners').json
        [invoice] = books.get('/api/v1/invoices', f'partner_id={partner["id"]}').json
        lines = books.get('/api/v1/invoice_lines', f'invoice_id={invoice["id"]}').json
        assert [line['tax_name'] for line in lines] == ['OWN-7', 'TPS', 'TPS + TVQ', '']

    def pay_through_karbon(self, books: Spellings, number: str, amount: float) -> None:
        [row] = books.get('/v3/Invoices', "$filter=InvoiceStatus eq 'Approved'").json['value']
        assert row['InvoiceNumber'] == number
        body = {'InvoiceKey': row['InvoiceKey'], 'PaymentMethod': 'EFT',
                'PaymentDate': row['InvoiceDate'], 'TotalAmount': amount}  # fmt: skip
        answer = books.client.simulate_post('/v3/ManualPayments', json=body, headers=books.bearer)
        assert answer.status_code == 201, answer.text

    def create_through_v2(
        self, books: Spellings, customer_id: int, items: list[typing.Any] | None = None
    ) -> str:
        item = {'description': 'Web Development', 'amount': 1500.00, 'qty': 1}
        body: dict[str, typing.Any] = {'customer_id': customer_id, 'items': items or [item]}
        answer = books.client.simulate_post('/api/v2/invoices', json=body, headers=books.bearer)
        assert answer.status_code == 201, answer.text
        return str(answer.json['data']['invoice_number'])
