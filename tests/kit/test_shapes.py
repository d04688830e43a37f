"""Structs held against their own hints, and values that are too deep for anybody."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
import pytest
from msgspec import UNSET, UnsetType

from karvo.kit.errors import Invalid, Malformed
from karvo.kit.fields import Line, Metadata, Quantity
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
