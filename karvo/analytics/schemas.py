"""The semantic query: what is asked, in names of the model. The only way to a figure."""

import datetime as dt
import typing

import msgspec

Grain = typing.Literal['day', 'week', 'month', 'quarter', 'year']
Direction = typing.Literal['asc', 'desc']
Op = typing.Literal['=', 'in', '!=', '>', '>=', '<', '<=']

MOST_ROWS = 1000
Name = typing.Annotated[str, msgspec.Meta(max_length=64)]
Value = typing.Annotated[str, msgspec.Meta(max_length=500)] | int | float


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Inclusive days, and what they were called."""

    start: dt.date = msgspec.field(name='from')
    end: dt.date = msgspec.field(name='to')
    label: Name = ''


class Period(Span, frozen=True, kw_only=True):
    """The days of a question; `field` is the date that counts."""

    field: Name = 'invoice_date'


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """A condition on a dimension (by its field or name), or on a metric of the query."""

    field: Name
    op: Op = '='
    value: Value | typing.Annotated[list[Value], msgspec.Meta(min_length=1, max_length=200)]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """By a metric of the query, or by a dimension or the grain."""

    by: Name
    dir: Direction = 'desc'


class SemanticQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Figures by dimensions. `share`: each row's percentage of the total before the limit."""

    metrics: typing.Annotated[list[Name], msgspec.Meta(min_length=1, max_length=5)]
    dimensions: typing.Annotated[list[Name], msgspec.Meta(max_length=3)] = []
    grain: Grain | None = None
    time: Period | None = None
    compare: Span | None = None
    filters: typing.Annotated[list[Filter], msgspec.Meta(max_length=20)] = []
    order: typing.Annotated[list[Order], msgspec.Meta(max_length=3)] = []
    limit: typing.Annotated[int, msgspec.Meta(ge=1, le=MOST_ROWS)] | None = None
    share: bool = False


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of the answer. `unit`: text, money, count, quantity or percent."""

    name: str
    label: str
    unit: str


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Rows in order; amounts exact. `is_cut`: there were more than the cap."""

    columns: list[Column]
    rows: list[dict[str, typing.Any]]
    is_cut: bool = False
