"""Quotes as read: one, many, whose."""

import datetime as dt
import typing
from collections.abc import Iterator

import falcon
import pytest

from karvo.kit.errors import Invalid
from karvo.kit.paging import Slice
from plugins.sales.reads import list_quotes, read_quote
from plugins.sales.schemas import QuoteFilter, QuoteRead
from tests.conftest import Api
from tests.plugins.sales.conftest import own_company
from tests.plugins.sales.desk import LINE, OTHER, TODAY, Desk


class TestOne:
    def test_in_one_statement(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        quote = desk.quote('converted', lines=[LINE, OTHER])
        sent: list[str] = []
        monkeypatch.setattr('karvo.kit.db._hooks', [lambda path, sql: sent.append(sql)])
        assert desk.read(quote.id) == quote
        assert len(sent) == 1

    def test_of_another_company(self, desk: Desk, other: Api) -> None:
        quote = desk.quote()
        with other.company():
            assert read_quote(quote.id) is None
            assert list_quotes(QuoteFilter(), Slice()) == ([], 0)


class Shelf:
    """A company with four quotes."""

    def __init__(self, desk: Desk) -> None:
        desk.api.post('/customers', {'code': 'BEE', 'name': 'Côté & fils'})
        self.desk = desk
        self.first = desk.quote(date=dt.date(2026, 11, 1), lines=[OTHER])
        self.second = desk.quote('sent', date=dt.date(2026, 11, 2), reference='PO-77')
        self.third = desk.quote('accepted', customer='BEE', date=dt.date(2026, 11, 2))
        self.fourth = desk.quote('declined', customer='BEE', valid_until=TODAY)

    def found(self, part: Slice | None = None, **wanted: typing.Any) -> list[int]:
        """Which of the four, by their places."""
        places = {one.id: n for n, one in enumerate(self.all(), 1)}
        return [places[row.id] for row in self.read(part or Slice(), **wanted)[0]]

    def read(self, part: Slice, **wanted: typing.Any) -> tuple[list[QuoteRead], int]:
        with self.desk.api.company():
            return list_quotes(QuoteFilter(**wanted), part)

    def all(self) -> list[QuoteRead]:
        return [self.first, self.second, self.third, self.fourth]


@pytest.fixture(scope='module')
def shelf(app: falcon.App) -> Iterator[Shelf]:
    with own_company(app) as desk:
        yield Shelf(desk)


class TestList:
    @pytest.mark.parametrize(
        ('wanted', 'expected'),
        [
            ({'status': ['sent', 'accepted']}, [3, 2]),
            ({'status': ['declined']}, [4]),
            ({'customer': 'BEE'}, [4, 3]),
            ({'customer': 'NOBODY'}, []),
            ({'date_to': dt.date(2026, 11, 2)}, [3, 2, 1]),
            ({'date_from': dt.date(2026, 11, 2), 'date_to': dt.date(2026, 11, 2)}, [3, 2]),
            ({'valid_before': dt.date(2026, 11, 21)}, [4]),
            ({'search': 'Côte & F'}, [4, 3]),
            ({'search': 'po-77'}, [2]),
            ({'search': '%'}, []),
            ({'customer': 'BEE', 'status': ['accepted'], 'search': 'Q-2026'}, [3]),
        ],
    )
    def test_filters(
        self, shelf: Shelf, wanted: dict[str, typing.Any], expected: list[int]
    ) -> None:
        assert shelf.found(**wanted) == expected
        assert shelf.read(Slice(limit=1), **wanted)[1] == len(expected)

    def test_by_number_customer_and_time(self, shelf: Shelf) -> None:
        assert shelf.found(search=shelf.second.number.lower()) == [2]
        assert shelf.found(customer_id=shelf.third.customer_id) == [4, 3]
        assert shelf.found(updated_since=shelf.third.updated_at) == [4, 3]

    @pytest.mark.parametrize(
        ('orderby', 'order', 'expected'),
        [
            ('date', 'asc', [3, 4]),
            ('', '', [4, 3]),
            ('valid_until', 'asc', [4, 3]),
            ('total', 'desc', [4, 3]),
            ('number', 'asc', [3, 4]),
            ('created_at', 'desc', [4, 3]),
            ('updated_at', 'asc', [3, 4]),
        ],
    )
    def test_orders(self, shelf: Shelf, orderby: str, order: str, expected: list[int]) -> None:
        part = Slice(orderby=orderby, order=order)
        assert shelf.found(part, customer='BEE') == expected

    def test_pages(self, shelf: Shelf) -> None:
        days = {'date_to': dt.date(2026, 11, 2)}
        pages = [shelf.found(Slice(limit=2, offset=n), **days) for n in (0, 2, 4)]
        assert pages == [[3, 2], [1], []]

    def test_an_order_that_is_not_known(self, shelf: Shelf) -> None:
        with pytest.raises(Invalid):
            shelf.read(Slice(orderby='notes'))

    def test_lines_where_they_are_asked_for(self, shelf: Shelf) -> None:
        rows, _ = shelf.read(Slice(limit=1))
        assert rows[0].lines is None
        with shelf.desk.api.company():
            rows, _ = list_quotes(QuoteFilter(customer='BEE'), Slice(), with_lines=True)
        assert [len(row.lines or []) for row in rows] == [1, 1]
        assert rows[0] == shelf.fourth
