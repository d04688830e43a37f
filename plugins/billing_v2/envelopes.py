"""What every answer of api/v2 is wrapped in, and how its lists are asked for."""

import datetime as dt
import typing

import msgspec
from msgspec import Meta

from karvo.kit.paging import PageNumber, Search, Slice

Item = typing.TypeVar('Item')


MOST = 100  #: rows of a page


class ListQuery(msgspec.Struct, kw_only=True):
    """What every list understands; a `limit` over 100 is 100 (G-12)."""

    page: PageNumber = 1
    limit: typing.Annotated[int, Meta(ge=1)] = 20
    search: Search = ''

    def __post_init__(self) -> None:
        self.limit = min(self.limit, MOST)


class ListMeta(msgspec.Struct, kw_only=True):
    """Where in the list this page is; `limit` is the one that was used."""

    current_page: int
    total_pages: int
    total_records: int
    limit: int


class Listed(msgspec.Struct, typing.Generic[Item], kw_only=True):
    """A page of a list."""

    success: typing.Literal[True] = True
    data: list[Item]
    meta: ListMeta


class One(msgspec.Struct, typing.Generic[Item], kw_only=True):
    """One record; `message` says what was done with it."""

    success: typing.Literal[True] = True
    data: Item
    message: str | msgspec.UnsetType = msgspec.UNSET


class Done(msgspec.Struct, kw_only=True):
    """That it is gone."""

    success: typing.Literal[True] = True
    message: str


def part_of(query: ListQuery, orderby: str = '', order: str = '') -> Slice:
    """The page that is asked for."""
    offset = (query.page - 1) * query.limit
    return Slice(limit=query.limit, offset=offset, orderby=orderby, order=order)


def listed(rows: list[Item], total: int, query: ListQuery) -> Listed[Item]:
    """The rows of a page, and how many there are in all."""
    pages = -(-total // query.limit)
    meta = ListMeta(
        current_page=query.page, total_pages=pages, total_records=total, limit=query.limit
    )
    return Listed(data=rows, meta=meta)


def seconds(instant: dt.datetime) -> dt.datetime:
    """`2024-01-15T10:00:00Z`: without fractions, as the text writes instants."""
    return instant.astimezone(dt.UTC).replace(microsecond=0)
