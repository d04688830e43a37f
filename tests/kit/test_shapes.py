"""Structs held against their own hints, and values that are too deep for anybody."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
import pytest
from msgspec import UNSET, UnsetType

from karvo.kit.errors import Invalid, Malformed
from karvo.kit.fields import Line, Metadata, Money, Quantity
from karvo.kit.shapes import check_shape, decode_body, decode_query


class Item(msgspec.Struct, kw_only=True):
    name: Line
    qty: Quantity = Decimal(1)


class Order(msgspec.Struct, kw_only=True):
    items: list[Item] = []
    note: Line | None | UnsetType = UNSET
    day: dt.date | None = None
    metadata: Metadata = {}


class TestCheckShape:
    @pytest.mark.parametrize(
        'values',
        [
            {},
            {'note': None, 'day': dt.date(2026, 11, 20), 'metadata': {'a': [1, 'b']}},
            {'items': [Item(name='x' * 200, qty=Decimal('0.0001'))]},
        ],
    )
    def test_lets_pass(self, values: dict[str, typing.Any]) -> None:
        check_shape(Order(**values))

    @pytest.mark.parametrize(
        ('values', 'field', 'why'),
        [
            ({'note': 'a\0'}, 'note', 'must not hold the NUL character'),
            ({'note': 'x' * 201}, 'note', 'must have at most 200 characters'),
            ({'metadata': {'a': {'\0': 1}}}, 'metadata', 'must not hold the NUL character'),
            ({'items': [Item(name='x'), Item(name='\0')]}, 'items[1].name', 'must not hold'),
            ({'items': [Item(name='x', qty=Decimal(0))]}, 'items[0].qty', 'must be more than 0'),
            ({'items': [Item(name='x', qty=Decimal('NaN'))]}, 'items[0].qty', 'must be a number'),
        ],
    )
    def test_names_what_is_wrong(self, values: dict[str, typing.Any], field: str, why: str) -> None:
        with pytest.raises(Invalid) as caught:
            check_shape(Order(**values))
        assert list(caught.value.fields) == [field]
        assert caught.value.fields[field].startswith(why)


class TestDepth:
    DEEP = b'{"items":' + 900 * b'[' + 900 * b']' + b'}'

    def test_a_body_that_is_too_deep_is_refused(self) -> None:
        with pytest.raises(Malformed):
            decode_body(self.DEEP, Order)

    def test_and_so_is_a_parameter(self) -> None:
        with pytest.raises(Malformed):
            decode_query(msgspec.json.decode(self.DEEP), Order)


class Sum(msgspec.Struct, kw_only=True, frozen=True):
    amount: Money = Decimal(7)
    others: list[Item] = []
    metadata: Metadata = {}


DIGITS = 'amount must have at most 12 digits before the point'
HUGE = {
    '1e999999999': DIGITS,
    '-1e999999999': DIGITS,
    '1e12': DIGITS,
    '1e99999999999999999999': 'amount must be a number',
    '1e-999999999': 'amount must have at most 2 decimals',
    '0.001': 'amount must have at most 2 decimals',
}


class TestExponents:
    """No number that JSON can write is more than a refusal."""

    @pytest.mark.parametrize('quote', ['', '"'])
    @pytest.mark.parametrize(('number', 'why'), HUGE.items())
    def test_out_of_bounds(self, number: str, why: str, quote: str) -> None:
        with pytest.raises(Invalid) as caught:
            decode_body(f'{{"amount":{quote}{number}{quote}}}'.encode(), Sum)
        assert caught.value.message == why
        with pytest.raises(Invalid):
            decode_query({'amount': number}, Sum)

    @pytest.mark.parametrize(
        ('number', 'value'),
        [
            ('0e-100000', '0'),
            ('0e999999999', '0'),
            ('-0e999999999', '0'),
            ('1e11', '100000000000'),
            ('12.50' + '0' * 20_000, '12.5'),
        ],
    )
    def test_within_bounds_however_it_is_written(self, number: str, value: str) -> None:
        sent = f'{{"amount":{number},"others":[{{"name":"x","qty":1{"." + "0" * 20_000}}}]}}'
        for found in (
            decode_body(sent.encode(), Sum),
            decode_body(f'{{"amount":"{number}"}}'.encode(), Sum),
            decode_query({'amount': number}, Sum),
        ):
            assert found.amount == Decimal(value)
            assert all(len(str(x)) < 50 for x in (found.amount, *(i.qty for i in found.others)))

    @pytest.mark.parametrize('number', ['1e999999999', '1e99999999999999999999', '0e999999999'])
    def test_where_nothing_is_bounded(self, number: str) -> None:
        body = f'{{"metadata":{{"a":{number}}},"amount":"x"}}'
        with pytest.raises(Invalid, match='amount must be a number'):
            decode_body(body.encode(), Sum)
        decode_body(f'{{"metadata":{{"a":{number}}}}}'.encode(), Sum)
