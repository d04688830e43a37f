"""One engine for every list: filters, order, pages and the total, in one SQL statement.

A `Listing` is declared in a module's `reads.py`; each dialect maps its own parameters to it. The
text of a statement depends only on which filters and order are used, so it is built once a shape.
"""

import datetime as dt
import functools
import typing

import msgspec
from msgspec import Meta

from karvo.kit.db import database
from karvo.kit.errors import Invalid
from karvo.kit.http import Page, Ready
from karvo.kit.json_text import Member, json_array, json_object

Row = typing.TypeVar('Row')

PageNumber = typing.Annotated[int, Meta(ge=1, le=10_000_000)]
PerPage = typing.Annotated[int, Meta(ge=1, le=100)]
Search = typing.Annotated[str, Meta(max_length=200)]


class ListQuery(msgspec.Struct, kw_only=True):
    """What every se-erp/v2 list understands (G-12)."""

    page: PageNumber = 1
    per_page: PerPage = 25
    orderby: str = ''
    order: typing.Literal['asc', 'desc', ''] = ''
    search: Search = ''
    updated_since: dt.datetime | None = None


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a list, in which order. `order` is '' for the list's own direction."""

    limit: int = 25
    offset: int = 0
    orderby: str = ''
    order: str = ''


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A list of one kind of row. SQL texts name tables as `@table`; each `%` must be doubled.

    `filters` maps a filter's name to a condition that uses `%(name)s`; `orders` maps what may be
    ordered by to a column, `nullable` names those of them that may be NULL (they come last);
    `default` is (order, direction). The page is found first and its columns read afterwards, so
    that an index can serve the order whatever the columns cost. But for a first page in the
    default order with filters of `indexed` only: no row is skipped there, so each is read once.
    """

    source: str
    columns: str = ''
    members: tuple[Member, ...] = ()  #: instead of columns, where each millisecond counts
    where: str = 'true'
    filters: dict[str, str] = {}
    orders: dict[str, str] = {}
    default: tuple[str, str] = ('id', 'asc')
    tiebreak: str = 'id'
    nullable: frozenset[str] = frozenset()
    #: filters that an index serves together with the default order; None = not known
    indexed: frozenset[str] | None = None
    joins: str = ''  #: what the columns need besides the source

    def __hash__(self) -> int:
        return id(self)

    def read(
        self, row: type[Row], filters: dict[str, typing.Any], part: Slice
    ) -> tuple[list[Row], int]:
        """(rows, total). Filters of None do not count; raises Invalid for an unknown order."""
        total, data = self._values(filters, part)
        return _decoder(typing.cast(typing.Any, row)).decode(data or b'[]'), int(total or 0)

    def answer(self, filters: dict[str, typing.Any], page: 'PageOf') -> Ready[typing.Any]:
        """The page as PostgreSQL writes it; its columns are the wire's members."""
        return ready_page(self._values(filters, page.slice), page)

    def _values(self, filters: dict[str, typing.Any], part: Slice) -> tuple[bytes | None, ...]:
        used = [n for n, value in filters.items() if value is not None and n in self.filters]
        orderby, order = self._ordering(part)
        sql = self.statement(frozenset(used), orderby, order, not part.offset)
        return database.values(sql, {**filters, 'limit': part.limit, 'offset': part.offset})

    def _ordering(self, part: Slice) -> tuple[str, str]:
        name, direction = self.default
        if not part.orderby:
            return name, part.order or direction
        if part.orderby not in self.orders:
            allowed = ', '.join(sorted(self.orders))
            raise Invalid(
                f'orderby must be one of {allowed}', fields={'orderby': f'must be one of {allowed}'}
            )
        if part.orderby != name:
            name, direction = part.orderby, 'asc'
        return name, part.order or direction

    @functools.lru_cache(maxsize=2000)  # noqa: B019 - listings are module constants
    def statement(
        self, used: frozenset[str], orderby: str, order: str, is_first: bool = False
    ) -> str:
        """The SQL of one shape."""
        parts = [self.where, *(self.filters[name] for name in sorted(used))]
        conditions = ' AND '.join(part for part in parts if part != 'true') or 'true'
        ordered = self._order_sql(orderby, order)
        all_rows, row = self._json()
        skipped = '' if is_first else ' OFFSET %(offset)s'
        cut = f'WHERE {conditions} ORDER BY {ordered} LIMIT %(limit)s{skipped}'
        found = f'{self.joins} {cut}'
        if not (is_first and self._is_indexed(used) and (orderby, order) == self.default):
            found = f"""{self.joins} WHERE {self.tiebreak} = ANY (ARRAY(
      SELECT {self.tiebreak} FROM {self.source} {cut})) ORDER BY {ordered}"""
        return f"""
SELECT (SELECT count(*) FROM {self.source} WHERE {conditions}), {all_rows} FROM (
    SELECT {row} FROM {self.source} {found}) p"""

    def _is_indexed(self, used: frozenset[str]) -> bool:
        return self.indexed is not None and used <= self.indexed

    def _json(self) -> tuple[str, str]:
        """How rows become one JSON array, and what is read of each of them."""
        if self.members:
            return json_array("p.object, ','"), f'{json_object(self.members)} AS object'
        return "coalesce(json_agg(row_to_json(p)), '[]')::text", self.columns

    def _order_sql(self, orderby: str, order: str) -> str:
        column = self.orders.get(orderby, orderby)
        # NULLS LAST where it is not needed would keep an index from serving a descending order.
        nulls = ' NULLS LAST' if orderby in self.nullable else ''
        if column == self.tiebreak:
            return f'{column} {order}'
        return f'{column} {order}{nulls}, {self.tiebreak} {order}'


@functools.cache
def _decoder(row: type) -> msgspec.json.Decoder[typing.Any]:
    return msgspec.json.Decoder(list[row])  # type: ignore[valid-type]


class PageOf(typing.NamedTuple):
    """Which page was asked for."""

    page: int
    per_page: int
    slice: Slice


def page_asked(query: ListQuery) -> PageOf:
    return PageOf(query.page, query.per_page, slice_of(query))


def ready_page(values: tuple[bytes | None, ...], asked: PageOf) -> Ready[typing.Any]:
    """The standard envelope round (total, rows as a JSON array)."""
    total = int(values[0] or 0)
    pages = -(-total // asked.per_page)
    tail = f',"total":{total},"page":{asked.page},"per_page":{asked.per_page}'
    rest = f'{tail},"total_pages":{pages}}}'.encode()
    body = b''.join((b'{"data":', values[1] or b'[]', rest))
    return Ready(body, {'X-WP-Total': str(total), 'X-WP-TotalPages': str(pages)})


def slice_of(query: ListQuery) -> Slice:
    offset = (query.page - 1) * query.per_page
    return Slice(limit=query.per_page, offset=offset, orderby=query.orderby, order=query.order)


def page_of(query: ListQuery, rows: list[Row], total: int) -> Page[Row]:
    """The standard envelope."""
    pages = -(-total // query.per_page)
    return Page(data=rows, total=total, page=query.page, per_page=query.per_page, total_pages=pages)


def choices(text: str | None, allowed: typing.Collection[str], field: str) -> list[str] | None:
    """A comma list whose every value is known; an unknown one is refused, not an empty list."""
    if text is None or not text.strip():
        return None
    values = [part.strip() for part in text.split(',') if part.strip()]
    unknown = [value for value in values if value not in allowed]
    if unknown:
        why = f'must be of {", ".join(sorted(allowed))}'
        raise Invalid(f'{field} {why}', fields={field: why})
    return values


def words(text: str | None) -> list[str] | None:
    """A comma list of free values; None when empty."""
    values = [part.strip() for part in (text or '').split(',') if part.strip()]
    return values or None
