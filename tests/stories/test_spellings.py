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

    def pay_through_karbon(self, books: Spellings, number: str, amount: float) -> None:
        [row] = books.get('/v3/Invoices', "$filter=InvoiceStatus eq 'Approved'").json['value']
        assert row['InvoiceNumber'] == number
        body = {'InvoiceKey': row['InvoiceKey'], 'PaymentMethod': 'EFT',
                'PaymentDate': row['InvoiceDate'], 'TotalAmount': amount}  # fmt: skip
        answer = books.client.simulate_post('/v3/ManualPayments', json=body, headers=books.bearer)
        assert answer.status_code == 201, answer.text

    def create_through_v2(self, books: Spellings, customer_id: int) -> str:
        item = {'description': 'Web Development', 'amount': 1500.00, 'qty': 1}
        body: dict[str, typing.Any] = {'customer_id': customer_id, 'items': [item]}
        answer = books.client.simulate_post('/api/v2/invoices', json=body, headers=books.bearer)
        assert answer.status_code == 201, answer.text
        return str(answer.json['data']['invoice_number'])
