"""Credits of invoices whose lines bear different taxes (T-9)."""

import typing
from decimal import Decimal

import pytest

from karvo.invoices.operations.create import create_invoice
from karvo.invoices.schemas import NewInvoice, NewLine
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place
from tests.conftest import Api

RATED = NewLine(description='A', unit_price=Decimal(100), tax_rate=Decimal('0.10'))
FREE = NewLine(description='B', unit_price=Decimal(100), tax_rate=Decimal(0))
LOCAL = NewLine(description='C', unit_price=Decimal(100))
A, B, C = ({'description': name, 'unit_price': 100} for name in 'ABC')


@pytest.fixture
def mixed(shop: Api) -> Api:
    """Invoice 1: A at 10 %, B untaxed, C at the place's 14.975 %: 324.98."""
    shop.post('/customers', {'code': 'MIX', 'name': 'Mixed'})
    with shop.company():
        new = NewInvoice(customer='MIX', lines=[RATED, FREE, LOCAL])
        made = create_invoice(new, actor=system_actor('clerk', current_place()))
    assert (made.id, made.total) == (1, Decimal('324.98'))
    return shop


def taxes(api: Api, **values: typing.Any) -> dict[str, float]:
    answer = api.post('/billing/credits', {'invoice_id': 1, 'reason': 'x', **values})
    assert answer.status_code == 201, answer.text
    return {tax['code']: tax['amount'] for tax in answer.json['taxes'] if tax['amount']}


class TestByLines:
    def test_each_line_gives_back_its_own_taxes(self, mixed: Api) -> None:
        assert taxes(mixed, lines=[A]) == {'OWN-10': 10}
        assert taxes(mixed, lines=[B]) == {}
        assert taxes(mixed, lines=[C]) == {'TPS': 5, 'TVQ': 9.98}
        assert mixed.get('/invoices/1').json['balance'] == 0

    def test_part_of_one(self, mixed: Api) -> None:
        half = {**C, 'qty': '0.5'}
        assert taxes(mixed, lines=[half]) == {'TPS': 2.5, 'TVQ': 4.99}
        assert taxes(mixed, lines=[A, half]) == {'OWN-10': 10, 'TPS': 2.5, 'TVQ': 4.99}

    def test_never_more_than_is_left(self, mixed: Api) -> None:
        assert taxes(mixed, amount=150) == {'OWN-10': 5, 'TPS': 2.5, 'TVQ': 4.99}
        assert taxes(mixed, lines=[A]) == {'OWN-10': 5}
        assert taxes(mixed, amount=50) == {'TPS': 2.5, 'TVQ': 4.99}
        assert mixed.get('/invoices/1').json['balance'] == 0

    def test_a_line_that_is_none_of_the_invoices_is_in_proportion(self, mixed: Api) -> None:
        goodwill = {'description': 'Goodwill', 'unit_price': 30}
        assert taxes(mixed, lines=[goodwill]) == {'OWN-10': 1, 'TPS': 0.5, 'TVQ': 1}

    def test_one_product_twice_is_told_apart_by_its_price(self, shop: Api) -> None:
        shop.post('/customers', {'code': 'MIX', 'name': 'Mixed'})
        shop.post('/products', {'sku': 'P', 'name': 'x', 'price': 100})
        lines = [
            {'sku': 'P', 'unit_price': 80, 'tax_code': 'exempt'},
            {'sku': 'P', 'unit_price': 100},
        ]
        assert shop.post('/invoices', {'customer_code': 'MIX', 'lines': lines}).json['id'] == 1
        assert taxes(shop, lines=[{'sku': 'P', 'unit_price': 100}]) == {'TPS': 5, 'TVQ': 9.98}
        assert taxes(shop, lines=[{'sku': 'P', 'unit_price': 80}]) == {}


class TestLinesWithoutAPrice:
    """They take what the invoice charged, whatever the product costs this customer today."""

    @pytest.fixture
    def sold(self, shop: Api) -> Api:
        shop.post('/customers', {'code': 'MIX', 'name': 'Mixed'})
        shop.post('/products', {'sku': 'P', 'name': 'x', 'price': 100, 'aliases': ['OLD-P']})
        return shop

    def invoiced(self, api: Api, *lines: dict[str, typing.Any], **values: typing.Any) -> None:
        body = {'customer_code': 'MIX', 'lines': list(lines)} | values
        answer = api.post('/invoices', body)
        assert answer.status_code == 201, answer.text

    def credited(self, api: Api, *lines: dict[str, typing.Any]) -> typing.Any:
        return api.post('/billing/credits', {'invoice_id': 1, 'reason': 'x', 'lines': list(lines)})

    @pytest.mark.parametrize('name', ['P', 'old-p'])
    def test_the_invoices_price_less_its_discount(self, sold: Api, name: str) -> None:
        self.invoiced(sold, {'sku': 'P', 'qty': 10, 'unit_price': 80, 'discount_pct': 25})
        assert self.credited(sold, {'sku': name, 'qty': 2}).json['subtotal'] == 120

    def test_not_what_a_rule_makes_of_it_today(self, sold: Api) -> None:
        self.invoiced(sold, {'sku': 'P', 'qty': 2})
        sold.post('/pricing/rules', {'sku': 'P', 'value': 30})
        assert self.credited(sold, {'sku': 'P'}).json['subtotal'] == 100
        assert self.credited(sold, {'sku': 'P', 'line_total': 100}).json['subtotal'] == 100

    def test_before_tax_where_the_invoices_price_held_it(self, sold: Api) -> None:
        line = {'sku': 'P', 'qty': 2, 'unit_price': '114.975'}
        self.invoiced(sold, line, prices_include_tax=True)
        assert self.credited(sold, {'sku': 'P'}).json['subtotal'] == 100

    @pytest.mark.parametrize(
        ('qty', 'price'), [(1000, '0.10'), (20000, '0.07'), (300, '1.99'), (5000, '0.35')]
    )
    def test_all_of_it_with_its_taxes_leaves_nothing(self, sold: Api, qty: int, price: str) -> None:
        line = {'sku': 'P', 'qty': qty, 'unit_price': price}
        self.invoiced(sold, line, prices_include_tax=True)
        self.credited(sold, {'sku': 'P', 'qty': qty})
        assert sold.get('/invoices/1').json['balance'] == 0

    @pytest.mark.parametrize('holds_tax', [False, True])
    def test_a_discount_that_is_named_goes_before_the_invoices(
        self, sold: Api, holds_tax: bool
    ) -> None:
        price = '114.975' if holds_tax else '100'
        line = {'sku': 'P', 'qty': 2, 'unit_price': price, 'discount_pct': 25}
        self.invoiced(sold, line, prices_include_tax=holds_tax)
        assert self.credited(sold, {'sku': 'P', 'discount_pct': 10}).json['subtotal'] == 90

    def test_of_what_is_no_product(self, sold: Api) -> None:
        self.invoiced(sold, {'description': 'Rental', 'qty': 3, 'unit_price': 7})
        assert self.credited(sold, {'description': 'rental'}).json['subtotal'] == 7

    def test_several_prices_must_be_told_apart(self, sold: Api) -> None:
        self.invoiced(sold, {'sku': 'P'}, {'sku': 'P', 'unit_price': 90})
        answer = self.credited(sold, {'sku': 'P'})
        assert answer.status_code == 422
        assert answer.json['data']['params'] == {
            'lines[0].unit_price': 'must be given: the invoice has several of this'
        }
        assert self.credited(sold, {'sku': 'P', 'unit_price': 90}).json['subtotal'] == 90

    def test_what_the_invoice_does_not_have_costs_what_it_costs(self, sold: Api) -> None:
        self.invoiced(sold, {'description': 'Rental', 'unit_price': 500})
        assert self.credited(sold, {'sku': 'P'}).json['subtotal'] == 100
